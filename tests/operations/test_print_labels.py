"""Is every printing of a label written down once, numbered, and kept?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import LabelPrint
from stockroom.operations.print_labels import LabelsPrinted, PrintLabels, print_labels
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import LabelledKind
from tests.builders import NOW, House, key
from tests.receiving import journalled, rows_of
from tests.sessions import opened


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _print(
    house: House, *, actor: Actor | None = None, request: str | None = None, **facts: Any
) -> LabelsPrinted:
    said = {"kind": LabelledKind.LOCATION, "thing_uid": house.clinic.fridge.uid, "paper": "a4-21", **facts}
    return print_labels(
        house.store, PrintLabels(**said), actor=actor or house.nurse, key=request or key("print"), now=NOW
    )


def test_printings_of_a_thing_are_numbered_and_journalled(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler", content_quantity=2000), "A1")
    vial = opened(house, lot)

    numbers = [
        _print(house, **facts).n
        for facts in (
            {}, {}, {"kind": LabelledKind.LOT, "thing_uid": lot.uid},
            {"kind": LabelledKind.CONTAINER, "thing_uid": vial.container_uid, "part_count": 4}, {},
        )
    ]  # fmt: skip

    assert numbers == [1, 2, 1, 1, 3]
    assert [row.part_count for row in rows_of(house.store, LabelPrint)] == [1, 1, 1, 4, 1]
    assert len(journalled(house.clinic, "label.print")) == 5


def test_the_same_key_prints_once(house: House) -> None:
    request = key("print")

    assert _print(house, request=request) == _print(house, request=request)
    assert len(rows_of(house.store, LabelPrint)) == 1


@pytest.mark.parametrize(
    "facts",
    [{"part_count": 0}, {"part_count": 51}, {"start": 0}, {"start": 201}, {"paper": ""}, {"paper": "x" * 41}],
)
def test_a_number_or_paper_that_cannot_be_is_refused(house: House, facts: dict[str, Any]) -> None:
    with pytest.raises(InvalidValue):
        _print(house, **facts)


def test_things_of_another_kind_or_clinic_are_not_found(house: House) -> None:
    other = house.another_clinic()
    for facts in (
        {"kind": LabelledKind.CONTAINER},
        {"kind": LabelledKind.LOT},
        {"kind": LabelledKind.PREPARATION},
        {"kind": LabelledKind.DEVICE},
        {"thing_uid": other.fridge.uid},
        {"thing_uid": "nonsense"},
    ):
        with pytest.raises(ThingNotFound):
            _print(house, **facts)


def test_an_auditor_prints_nothing(house: House) -> None:
    with pytest.raises(ActionForbidden):
        _print(house, actor=house.clinic.auditor)


@pytest.mark.parametrize("change", [update(LabelPrint).values(n=9), delete(LabelPrint)])
def test_what_was_printed_stays(house: House, change: Any) -> None:
    _print(house)

    with pytest.raises(DBAPIError, match="append-only"):
        house.clinic.act("test.tamper", lambda work: work.connection.execute(change))

    with house.store.reading() as connection:
        assert connection.execute(select(LabelPrint.n)).scalars().all() == [1]
