"""Can anybody override what he or she may not?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from stockroom.errors import NeedsOverride, StockroomError
from stockroom.rules import overriding
from stockroom.rules.agreeing import (
    NOBODY_ASKED,
    Agreement,
    SecondPerson,
    SecondPersonMayNot,
    SecondPersonMissing,
)
from stockroom.rules.override_rights import may_override
from stockroom.rules.overriding import Override
from stockroom.rules.overriding import judge as judge_with
from stockroom.rules.permissions import permitted
from stockroom.rules.suitability import FlagRule, PatientFacts
from stockroom.rules.usability import GRAVITY, Broken, Purpose, Thing, broken_rules
from stockroom.vocabulary import (
    Action,
    ContainerState,
    Effect,
    HoldReason,
    LocationKind,
    RegulatoryClass,
    Role,
    Rule,
    SubjectKind,
)

MakeThing = Callable[..., Thing]
NOW = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
TODAY = date(2026, 6, 30)
PATIENT = PatientFacts(patient_id=5, allergies_asked=True, allergy_ingredient_ids=frozenset({9}))
PRACTITIONER = permitted({Role.PRACTITIONER})
MANAGER = permitted({Role.MANAGER})
NURSE = permitted({Role.NURSE})
CLINICAL = set(GRAVITY) - {Rule.RECALLED, Rule.HELD, Rule.NOT_USABLE_PLACE, Rule.EARLIER_LOT}

FAULTS: dict[Rule, tuple[dict[str, Any], type[StockroomError]]] = {
    Rule.RECALLED: ({"hold_reasons": (HoldReason.RECALL,)}, overriding.LotRecalled),
    Rule.ALLERGY: ({"ingredient_ids": frozenset({9})}, overriding.PatientAllergic),
    Rule.EXPIRED: ({"expires_on": date(2026, 6, 29)}, overriding.LotExpired),
    Rule.BEYOND_USE: ({"opened": True, "beyond_use_at": NOW}, overriding.PastBeyondUse),
    Rule.PUNCTURES_SPENT: ({"opened": True, "punctures_left": 0}, overriding.PuncturesSpent),
    Rule.HELD: ({"hold_reasons": (HoldReason.SUSPICION,)}, overriding.LotOnHold),
    Rule.NOT_USABLE_PLACE: ({"location_kind": LocationKind.RETURNS}, overriding.NotInUsablePlace),
    Rule.OTHER_PATIENT: ({"dedicated_patient_id": 6}, overriding.KeptForOtherPatient),
    Rule.ALLERGY_NOT_ASKED: ({}, overriding.AllergiesNotAsked),
    Rule.PRODUCT_INCOMPLETE: ({"product_confirmed": False}, overriding.ProductIncomplete),
    Rule.NOT_AUTHORISED: ({"is_authorised_here": False}, overriding.NotAuthorisedHere),
    Rule.CONTRAINDICATED: ({}, overriding.ContraindicatedForPatient),
    Rule.CAUTION: ({}, overriding.CautionAsked),
    Rule.NO_PRESCRIBER: ({"regulatory_class": RegulatoryClass.MEDICINE}, overriding.PrescriberMissing),
    Rule.EARLIER_LOT: ({}, overriding.EarlierLotWaiting),
    Rule.INCOMPATIBLE: ({}, overriding.NotToBeMixed),
}


FLAGGED = {Rule.CONTRAINDICATED: Effect.STOP, Rule.CAUTION: Effect.CAUTION}


def flag_rules(rule: Rule) -> tuple[FlagRule, ...]:
    if rule not in FLAGGED:
        return ()
    said = FlagRule(
        flag="pregnancy",
        from_on=TODAY,
        until_on=None,
        effect=FLAGGED[rule],
        subject_kind=SubjectKind.REGULATORY_CLASS,
        subject="cosmetic",
    )
    return (said,)


def broken_by(make_thing: MakeThing, rule: Rule) -> tuple[Broken, ...]:
    if rule is Rule.INCOMPATIBLE:
        thing = make_thing()
        return (Broken(rule=rule, thing=thing, purpose=Purpose.COMPOUND, incompatible=("A with B",)),)
    asked = rule is not Rule.ALLERGY_NOT_ASKED
    return broken_rules(
        make_thing(**FAULTS[rule][0]),
        now=NOW,
        today=TODAY,
        purpose=Purpose.USE,
        patient=PatientFacts(
            patient_id=5,
            allergies_asked=asked,
            allergy_ingredient_ids=frozenset({9}),
            flag_rules=flag_rules(rule),
        ),
        earlier=make_thing(lot_id=2, lot_number="A0") if rule is Rule.EARLIER_LOT else None,
    )


def judge(
    broken: Iterable[Broken], *, override: Override | None, actions: frozenset[Action]
) -> tuple[Rule, ...]:
    """In a clinic that wants no second person."""
    return judge_with(broken, override=override, actions=actions, agreement=NOBODY_ASKED)


def second(*roles: Role, is_another: bool = True) -> SecondPerson:
    return SecondPerson(person_id=8, uid="second", is_another=is_another, actions=permitted(roles))


def override(*rules: Rule, reason: str = "No other vial in the house") -> Override:
    return Override(rules=frozenset(rules), reason=reason)


@pytest.mark.parametrize("rule", GRAVITY)
def test_each_broken_rule_has_its_own_stop_that_names_lot_and_product(
    make_thing: MakeThing, rule: Rule
) -> None:
    with pytest.raises(FAULTS[rule][1]) as stop:
        judge(broken_by(make_thing, rule), override=None, actions=frozenset(Action))

    assert "A1" in str(stop.value)
    assert "Demo Vitamin C" in str(stop.value)
    assert "{" not in str(stop.value)
    assert stop.value.answered_for
    assert isinstance(stop.value, NeedsOverride) == (rule is not Rule.RECALLED)


@pytest.mark.parametrize("rule", [rule for rule in GRAVITY if rule is not Rule.RECALLED])
def test_a_practitioner_overrides_everything_but_a_recall(make_thing: MakeThing, rule: Rule) -> None:
    broken = broken_by(make_thing, rule)

    assert judge(broken, override=override(rule), actions=PRACTITIONER) == (rule,)


@pytest.mark.parametrize("rule", [rule for rule in GRAVITY if rule is not Rule.RECALLED])
@pytest.mark.parametrize(
    "actions", [MANAGER, NURSE, permitted({Role.AUDITOR, Role.ADMINISTRATOR}), frozenset()]
)
def test_a_manager_overrides_the_stock_rules_a_nurse_answers_cautions_and_others_none(
    make_thing: MakeThing, rule: Rule, actions: frozenset[Action]
) -> None:
    broken = broken_by(make_thing, rule)

    if (actions == MANAGER and rule not in CLINICAL) or (actions == NURSE and rule is Rule.CAUTION):
        assert judge(broken, override=override(rule), actions=actions) == (rule,)
    else:
        with pytest.raises(overriding.OverrideForbidden) as refusal:
            judge(broken, override=override(rule), actions=actions)
        assert "practitioner" in refusal.value.may_override


@pytest.mark.parametrize("actions", [PRACTITIONER, frozenset(Action)])
def test_nobody_overrides_a_recall(make_thing: MakeThing, actions: frozenset[Action]) -> None:
    with pytest.raises(overriding.LotRecalled):
        judge(broken_by(make_thing, Rule.RECALLED), override=override(*Rule), actions=actions)


@pytest.mark.parametrize("state", [ContainerState.FINISHED, ContainerState.DISCARDED])
def test_nobody_overrides_a_container_that_is_finished(make_thing: MakeThing, state: ContainerState) -> None:
    thing = make_thing(opened=True, container_state=state, expires_on=date(2026, 1, 1))
    broken = broken_rules(thing, now=NOW, today=TODAY, purpose=Purpose.USE, patient=PATIENT)

    with pytest.raises(overriding.ContainerClosed):
        judge(broken, override=override(*Rule), actions=PRACTITIONER)


def test_nothing_broken_needs_nothing() -> None:
    assert judge((), override=None, actions=NURSE) == ()


def test_the_stop_is_the_gravest_and_tells_everything_else(make_thing: MakeThing) -> None:
    thing = make_thing(
        hold_reasons=(HoldReason.TEMPERATURE,), expires_on=date(2026, 6, 29), product_confirmed=False
    )
    broken = broken_rules(thing, now=NOW, today=TODAY, purpose=Purpose.OPEN, patient=PATIENT)

    with pytest.raises(overriding.LotExpired) as stop:
        judge(reversed(broken), override=None, actions=PRACTITIONER)

    assert stop.value.rules == ("expired", "held", "product_incomplete")
    assert stop.value.may_override == ("practitioner",)
    assert stop.value.expired == date(2026, 6, 29)


def test_an_override_covers_only_the_rules_it_names(make_thing: MakeThing) -> None:
    thing = make_thing(hold_reasons=(HoldReason.TEMPERATURE,), expires_on=date(2026, 6, 29))
    broken = broken_rules(thing, now=NOW, today=TODAY, purpose=Purpose.USE, patient=PATIENT)

    with pytest.raises(overriding.LotExpired):
        judge(broken, override=override(Rule.HELD), actions=PRACTITIONER)
    assert judge(broken, override=override(Rule.HELD, Rule.EXPIRED), actions=PRACTITIONER) == (
        Rule.EXPIRED,
        Rule.HELD,
    )


@pytest.mark.parametrize("reason", ["", "  \n"])
def test_an_override_without_a_reason_is_refused(make_thing: MakeThing, reason: str) -> None:
    with pytest.raises(overriding.OverrideReasonMissing):
        judge(
            broken_by(make_thing, Rule.HELD),
            override=override(Rule.HELD, reason=reason),
            actions=PRACTITIONER,
        )


def test_a_clinic_may_want_a_second_person(make_thing: MakeThing) -> None:
    broken, alone = broken_by(make_thing, Rule.HELD), override(Rule.HELD)
    wanted = frozenset({Rule.HELD})

    with pytest.raises(SecondPersonMissing) as refusal:
        judge_with(broken, override=alone, actions=PRACTITIONER, agreement=Agreement(wanted_for=wanted))
    assert isinstance(refusal.value, NeedsOverride)
    assert refusal.value.rules == ("held",)
    assert refusal.value.may_override == ("manager", "practitioner")

    together = Agreement(wanted_for=wanted, by=second(Role.MANAGER))
    assert judge_with(broken, override=alone, actions=PRACTITIONER, agreement=together) == (Rule.HELD,)


def test_a_second_person_is_wanted_only_for_the_rules_that_the_clinic_names(make_thing: MakeThing) -> None:
    agreement = Agreement(wanted_for=frozenset({Rule.EXPIRED}))

    passed = judge_with(
        broken_by(make_thing, Rule.HELD),
        override=override(Rule.HELD),
        actions=PRACTITIONER,
        agreement=agreement,
    )

    assert passed == (Rule.HELD,)


@pytest.mark.parametrize(
    "by",
    [
        second(Role.PRACTITIONER, is_another=False),
        second(Role.NURSE),
        second(),
    ],
    ids=["the author", "a nurse", "nobody who works here"],
)
@pytest.mark.parametrize("wanted", [frozenset({Rule.HELD}), frozenset()], ids=["wanted", "not wanted"])
def test_not_everybody_can_agree(make_thing: MakeThing, by: SecondPerson, wanted: frozenset[Rule]) -> None:
    with pytest.raises(SecondPersonMayNot) as refusal:
        judge_with(
            broken_by(make_thing, Rule.HELD),
            override=override(Rule.HELD),
            actions=PRACTITIONER,
            agreement=Agreement(wanted_for=wanted, by=by),
        )

    assert refusal.value.may_override == ("manager", "practitioner")


def test_whoever_agrees_agrees_to_what_the_clinic_wants_a_second_person_for(make_thing: MakeThing) -> None:
    broken = broken_rules(
        make_thing(hold_reasons=(HoldReason.SUSPICION,), expires_on=date(2026, 6, 29)),
        now=NOW,
        today=TODAY,
        purpose=Purpose.USE,
        patient=PATIENT,
    )
    manager = second(Role.MANAGER)

    passed = judge_with(
        broken,
        override=override(Rule.HELD, Rule.EXPIRED),
        actions=PRACTITIONER,
        agreement=Agreement(wanted_for=frozenset({Rule.HELD}), by=manager),
    )

    assert passed == (Rule.EXPIRED, Rule.HELD)
    with pytest.raises(SecondPersonMayNot):
        judge_with(
            broken,
            override=override(Rule.HELD, Rule.EXPIRED),
            actions=PRACTITIONER,
            agreement=Agreement(wanted_for=frozenset({Rule.EXPIRED}), by=manager),
        )


def test_sending_to_another_clinic_is_a_decision_about_stock(make_thing: MakeThing) -> None:
    expired = make_thing(expires_on=date(2026, 6, 29))
    recalled = make_thing(hold_reasons=(HoldReason.RECALL,))

    (late,) = broken_rules(expired, now=NOW, today=TODAY, purpose=Purpose.DISPATCH)
    (stopped,) = broken_rules(recalled, now=NOW, today=TODAY, purpose=Purpose.DISPATCH)

    assert may_override(late) == {Role.MANAGER, Role.PRACTITIONER}
    assert may_override(stopped) == frozenset()


def test_l14_no_stop_carries_what_is_known_of_the_patient(make_thing: MakeThing) -> None:
    for rule in GRAVITY:
        broken = broken_by(make_thing, rule)
        stop = overriding.stop_for(broken[0], broken)
        assert not {"patient", "patient_id", "ingredients", "ingredient_ids"} & set(stop.facts)
