"""Does the rule of what is usable see everything that makes a thing unusable?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.clock import civil_date
from stockroom.rules.expiry import has_passed
from stockroom.rules.suitability import FlagRule, PatientFacts
from stockroom.rules.usability import (
    GRAVITY,
    IS_JUDGED,
    Broken,
    Purpose,
    Thing,
    broken_rules,
    deviations,
    is_usable,
)
from stockroom.vocabulary import (
    ContainerState,
    Effect,
    HoldReason,
    LocationKind,
    RegulatoryClass,
    Rule,
    SubjectKind,
)

MakeThing = Callable[..., Thing]
NOW = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
TODAY = date(2026, 6, 30)
JUDGED = [purpose for purpose, judged in IS_JUDGED.items() if judged]
UNJUDGED = [purpose for purpose, judged in IS_JUDGED.items() if not judged]
WELL = PatientFacts(patient_id=5, allergies_asked=True, allergy_ingredient_ids=frozenset())


def rules(broken: tuple[Broken, ...]) -> list[Rule]:
    return [each.rule for each in broken]


@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_sound_thing_breaks_nothing(make_thing: MakeThing, purpose: Purpose) -> None:
    assert broken_rules(make_thing(), now=NOW, today=TODAY, purpose=purpose, patient=WELL) == ()
    assert broken_rules(make_thing(opened=True), now=NOW, today=TODAY, purpose=purpose, patient=WELL) == ()


STOCK_FAULTS: list[tuple[dict[str, Any], list[Rule]]] = [
    ({"expires_on": TODAY - timedelta(days=1)}, [Rule.EXPIRED]),
    ({"expires_on": TODAY}, []),
    ({"expires_on": None}, []),
    ({"expires_on": None, "expires_at": NOW}, [Rule.EXPIRED]),
    ({"expires_on": None, "expires_at": NOW + timedelta(minutes=1)}, []),
    ({"opened": True, "beyond_use_at": NOW}, [Rule.BEYOND_USE]),
    ({"opened": True, "punctures_left": 0}, [Rule.PUNCTURES_SPENT]),
    ({"opened": True, "punctures_left": 1}, []),
    ({"opened": True, "beyond_use_at": NOW + timedelta(seconds=1)}, []),
    ({"opened": True, "beyond_use_at": NOW, "expires_on": date(2026, 1, 1)}, [Rule.EXPIRED, Rule.BEYOND_USE]),
    ({"hold_reasons": (HoldReason.RECALL,)}, [Rule.RECALLED]),
    ({"hold_reasons": (HoldReason.TEMPERATURE,)}, [Rule.HELD]),
    ({"hold_reasons": (HoldReason.SUSPICION, HoldReason.RECALL)}, [Rule.RECALLED, Rule.HELD]),
    ({"hold_reasons": (HoldReason.NOT_RELEASED, HoldReason.SUSPICION)}, [Rule.HELD]),
    ({"location_kind": LocationKind.QUARANTINE}, [Rule.NOT_USABLE_PLACE]),
    ({"location_kind": LocationKind.RETURNS}, [Rule.NOT_USABLE_PLACE]),
    ({"location_kind": LocationKind.IN_TRANSIT}, [Rule.NOT_USABLE_PLACE]),
    ({"location_kind": LocationKind.PATIENT}, [Rule.NOT_USABLE_PLACE]),
    ({"location_kind": LocationKind.FREEZER}, []),
    ({"opened": True, "standing_kind": LocationKind.QUARANTINE}, [Rule.NOT_USABLE_PLACE]),
    ({"opened": True, "standing_kind": None}, [Rule.NOT_USABLE_PLACE]),
    ({"opened": True, "container_state": ContainerState.FINISHED}, [Rule.NOT_USABLE_PLACE]),
    ({"opened": True, "container_state": ContainerState.DISCARDED}, [Rule.NOT_USABLE_PLACE]),
]


@pytest.mark.parametrize("purpose", JUDGED)
@pytest.mark.parametrize(("changes", "expected"), STOCK_FAULTS)
def test_l8_faults_of_the_stock_stop_every_judged_act(
    make_thing: MakeThing, changes: dict[str, Any], expected: list[Rule], purpose: Purpose
) -> None:
    broken = broken_rules(make_thing(**changes), now=NOW, today=TODAY, purpose=purpose, patient=WELL)

    assert rules(broken) == expected
    assert is_usable(make_thing(**changes), now=NOW, today=TODAY, purpose=purpose, patient=WELL) == (
        not expected
    )


@pytest.mark.parametrize("purpose", UNJUDGED)
@pytest.mark.parametrize(("changes", "expected"), STOCK_FAULTS)
def test_l8_what_brings_nothing_to_a_patient_is_always_allowed(
    make_thing: MakeThing, changes: dict[str, Any], expected: list[Rule], purpose: Purpose
) -> None:
    assert is_usable(make_thing(**changes), now=NOW, today=TODAY, purpose=purpose, patient=WELL)


@pytest.mark.parametrize(
    ("changes", "patient", "purpose", "expected"),
    [
        ({"product_confirmed": False}, WELL, Purpose.OPEN, [Rule.PRODUCT_INCOMPLETE]),
        ({"product_confirmed": False}, WELL, Purpose.DISPATCH, []),
        ({"is_authorised_here": False}, WELL, Purpose.USE, [Rule.NOT_AUTHORISED]),
        ({"regulatory_class": RegulatoryClass.MEDICINE}, WELL, Purpose.USE, [Rule.NO_PRESCRIBER]),
        ({"regulatory_class": RegulatoryClass.COMPOUNDED}, WELL, Purpose.USE, [Rule.NO_PRESCRIBER]),
        ({"regulatory_class": RegulatoryClass.MEDICINE}, WELL, Purpose.COMPOUND, []),
        ({"dedicated_patient_id": 5}, WELL, Purpose.USE, []),
        ({"dedicated_patient_id": 6}, WELL, Purpose.USE, [Rule.OTHER_PATIENT]),
        ({"dedicated_patient_id": 6}, None, Purpose.COMPOUND, [Rule.OTHER_PATIENT]),
        ({"dedicated_patient_id": 6}, WELL, Purpose.DISPATCH, []),
        ({"ingredient_ids": frozenset({7, 8})}, None, Purpose.USE, []),
    ],
)
def test_faults_towards_a_patient(
    make_thing: MakeThing,
    changes: dict[str, Any],
    patient: PatientFacts | None,
    purpose: Purpose,
    expected: list[Rule],
) -> None:
    broken = broken_rules(make_thing(**changes), now=NOW, today=TODAY, purpose=purpose, patient=patient)

    assert rules(broken) == expected


def test_a_prescription_answers_for_a_medicine(make_thing: MakeThing) -> None:
    medicine = make_thing(regulatory_class=RegulatoryClass.MEDICINE)

    broken = broken_rules(
        medicine, now=NOW, today=TODAY, purpose=Purpose.USE, patient=WELL, has_prescriber=True
    )

    assert broken == ()


def test_an_allergy_says_to_which_ingredients(make_thing: MakeThing) -> None:
    patient = PatientFacts(patient_id=5, allergies_asked=True, allergy_ingredient_ids=frozenset({7, 9}))

    (broken,) = broken_rules(
        make_thing(ingredient_ids=frozenset({7, 8})),
        now=NOW,
        today=TODAY,
        purpose=Purpose.USE,
        patient=patient,
    )

    assert broken.rule is Rule.ALLERGY
    assert broken.ingredient_ids == {7}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [Rule.ALLERGY_NOT_ASKED]),
        ({"ingredient_ids": frozenset()}, []),
        (
            {"ingredient_ids": frozenset(), "product_confirmed": False},
            [Rule.ALLERGY_NOT_ASKED, Rule.PRODUCT_INCOMPLETE],
        ),
    ],
)
def test_a_patient_nobody_asked_is_safe_only_from_what_is_known_to_contain_nothing(
    make_thing: MakeThing, changes: dict[str, Any], expected: list[Rule]
) -> None:
    patient = PatientFacts(patient_id=5, allergies_asked=False, allergy_ingredient_ids=frozenset())

    broken = broken_rules(make_thing(**changes), now=NOW, today=TODAY, purpose=Purpose.USE, patient=patient)

    assert rules(broken) == expected


def test_everything_broken_is_listed_in_the_order_of_gravity(make_thing: MakeThing) -> None:
    thing = make_thing(
        opened=True,
        expires_on=date(2026, 1, 1),
        punctures_left=0,
        beyond_use_at=NOW,
        hold_reasons=(HoldReason.SUSPICION, HoldReason.RECALL),
        standing_kind=LocationKind.RETURNS,
        dedicated_patient_id=6,
        product_confirmed=False,
        is_authorised_here=False,
        regulatory_class=RegulatoryClass.MEDICINE,
    )
    patient = PatientFacts(
        patient_id=5,
        allergies_asked=False,
        allergy_ingredient_ids=frozenset({7}),
        flag_rules=tuple(
            FlagRule(
                flag="pregnancy",
                from_on=TODAY,
                until_on=None,
                effect=effect,
                subject_kind=SubjectKind.INGREDIENT,
                subject="7",
            )
            for effect in (Effect.STOP, Effect.CAUTION)
        ),
    )

    broken = broken_rules(
        thing, now=NOW, today=TODAY, purpose=Purpose.USE, patient=patient, earlier=make_thing(lot_id=2)
    )

    of_a_mixture = {Rule.INCOMPATIBLE}  # of several things, and no fault of any one of them
    assert [*rules(broken)] == [rule for rule in GRAVITY if rule not in of_a_mixture]


def test_gravity_ranks_every_rule_that_a_thing_can_break() -> None:
    assert len(set(GRAVITY)) == len(GRAVITY)
    assert set(Rule) - set(GRAVITY) == {
        Rule.PERIOD_CLOSED,
        Rule.SESSION_CLOSED,
        Rule.BEYOND_WINDOW,
        Rule.BEFORE_OPENED,
        Rule.BEFORE_ARRIVAL,
        Rule.LEFTOVERS_POOLED,
    }


def test_every_purpose_is_judged_or_not() -> None:
    assert set(IS_JUDGED) == set(Purpose)


def test_what_has_already_happened_is_recorded_and_never_refused(make_thing: MakeThing) -> None:
    thing = make_thing(hold_reasons=(HoldReason.RECALL,), expires_on=date(2026, 1, 1))

    recorded = deviations(broken_rules(thing, now=NOW, today=TODAY, purpose=Purpose.USE, patient=WELL))

    assert [each.rule for each in recorded] == [Rule.RECALLED, Rule.EXPIRED]
    assert {(each.lot_id, each.location_id) for each in recorded} == {(1, 100)}


@given(
    days=st.integers(-3, 3),
    minutes=st.integers(-3000, 3000),
    zone=st.sampled_from(["Europe/Zurich", "Pacific/Kiritimati", "America/Santiago"]),
    now=st.datetimes(min_value=datetime(2024, 1, 1), max_value=datetime(2030, 1, 1), timezones=st.just(UTC)),
)
def test_a_thing_is_usable_exactly_until_its_limit(
    make_thing: MakeThing, days: int, minutes: int, zone: str, now: datetime
) -> None:
    today = civil_date(now, zone)
    thing = make_thing(
        opened=True, expires_on=today + timedelta(days=days), beyond_use_at=now + timedelta(minutes=minutes)
    )

    usable = is_usable(thing, now=now, today=today, patient=WELL)

    assert usable == (not has_passed(thing.limit(zone), now))
