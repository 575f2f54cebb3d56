"""Is what no need asked for told from what was planned?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.rules.against_plan import AgainstPlan, Planned, against_plan, is_asked_for, must_be_meant
from stockroom.rules.scanning import Got, Wanted
from stockroom.vocabulary import BaseUnit, ContainerType, RegulatoryClass
from tests.rules.conftest import MakeThing

NOBODY: frozenset[int] = frozenset()
FILLER = Wanted(need_uid="filler", product_id=1, group_id=None, quantity=2_000)
ANY_NEEDLE = Wanted(need_uid="needle", product_id=None, group_id=7, quantity=5)


def got(product_id: int, quantity: int, group_id: int | None = None) -> Got:
    return Got(product_id=product_id, group_id=group_id, quantity=quantity)


def test_what_a_need_asked_for_is_as_planned_until_it_is_more() -> None:
    used = [got(1, 1_500), got(2, 5, 7), got(1, 1_500), got(1, 500)]
    assert against_plan([FILLER, ANY_NEEDLE], (), used, made_for_it=NOBODY) == (
        AgainstPlan(planned=Planned.AS_PLANNED),
        AgainstPlan(planned=Planned.AS_PLANNED),
        AgainstPlan(planned=Planned.MORE, beyond=1_000),
        AgainstPlan(planned=Planned.MORE, beyond=500),
    )


def test_what_no_need_asked_for_is_extra_and_meets_none() -> None:
    used = [got(3, 500), got(1, 2_000)]
    assert against_plan([FILLER], (), used, made_for_it=NOBODY) == (
        AgainstPlan(planned=Planned.EXTRA, beyond=500),
        AgainstPlan(planned=Planned.AS_PLANNED),
    )


def test_where_nothing_was_planned_nothing_is_extra() -> None:
    assert against_plan((), (), [got(3, 500)], made_for_it=NOBODY)[0].planned is Planned.AS_PLANNED
    assert is_asked_for((), product_id=3, group_id=None)


def test_a_cocktail_is_planned_with_what_went_into_it_which_is_not_given_twice() -> None:
    mixed, used = [got(1, 2_000)], [got(9, 3_000), got(1, 1_000)]
    assert against_plan([FILLER], mixed, used, made_for_it=frozenset({9})) == (
        AgainstPlan(planned=Planned.AS_PLANNED),
        AgainstPlan(planned=Planned.MORE, beyond=1_000),
    )


def test_a_met_need_still_asks_for_its_product_and_for_its_group() -> None:
    assert is_asked_for([FILLER], product_id=1, group_id=None)
    assert is_asked_for([ANY_NEEDLE], product_id=2, group_id=7)
    assert not is_asked_for([FILLER, ANY_NEEDLE], product_id=2, group_id=None)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"container_type": None, "regulatory_class": None}, True),
        ({"base_unit": BaseUnit.PIECE, "regulatory_class": RegulatoryClass.MEDICINE}, True),
        ({"base_unit": BaseUnit.PIECE, "regulatory_class": RegulatoryClass.DEVICE}, False),
        ({"regulatory_class": RegulatoryClass.CONSUMABLE}, False),
        ({"container_type": ContainerType.MULTI_USE_TOPICAL}, False),
    ],
)
def test_only_a_substance_for_one_patient_has_to_be_meant(
    make_thing: MakeThing, changes: dict[str, Any], expected: bool
) -> None:
    assert must_be_meant(make_thing(**changes)) is expected
