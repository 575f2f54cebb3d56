"""Does what is in a thing suit a patient, by her allergies and flags, and is unknown never safe?"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules.suitability import (
    Contents,
    FlagRule,
    PatientFacts,
    best_of,
    judged,
    speaking,
    worst_of,
)
from stockroom.rules.usability import Purpose, broken_rules, is_usable
from stockroom.vocabulary import Effect, Fit, RegulatoryClass, Rule, SubjectKind
from tests.rules.conftest import MakeThing

NOW = datetime(2026, 6, 30, 10, 0, tzinfo=UTC)
TODAY = date(2026, 6, 30)
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
WELL = PatientFacts(patient_id=5, allergies_asked=True, allergy_ingredient_ids=frozenset())
SERUM = Contents(
    ingredient_ids=frozenset({7}), regulatory_classes=frozenset({RegulatoryClass.COSMETIC}), is_known=True
)
NEEDLE = Contents(
    ingredient_ids=frozenset(), regulatory_classes=frozenset({RegulatoryClass.CONSUMABLE}), is_known=True
)
PREGNANT = FlagRule(
    flag="pregnancy",
    from_on=YESTERDAY,
    until_on=None,
    effect=Effect.STOP,
    subject_kind=SubjectKind.REGULATORY_CLASS,
    subject="cosmetic",
)


def flagged(*rules: FlagRule) -> PatientFacts:
    return replace(WELL, flag_rules=rules)


@pytest.mark.parametrize(
    ("contents", "patient", "fit"),
    [
        (SERUM, WELL, Fit.SUITS),
        (SERUM, replace(WELL, allergy_ingredient_ids=frozenset({7, 8})), Fit.STOP),
        (SERUM, replace(WELL, allergy_ingredient_ids=frozenset({8})), Fit.SUITS),
        (SERUM, replace(WELL, allergies_asked=False), Fit.NOT_KNOWN),
        (NEEDLE, replace(WELL, allergies_asked=False), Fit.SUITS),
        (replace(SERUM, is_known=False), WELL, Fit.NOT_KNOWN),
        (replace(SERUM, is_known=False), replace(WELL, allergy_ingredient_ids=frozenset({7})), Fit.STOP),
        (SERUM, flagged(PREGNANT), Fit.STOP),
        (NEEDLE, flagged(PREGNANT), Fit.SUITS),
        (SERUM, flagged(replace(PREGNANT, effect=Effect.CAUTION)), Fit.CAUTION),
        (replace(SERUM, is_known=False), flagged(replace(PREGNANT, effect=Effect.CAUTION)), Fit.NOT_KNOWN),
        (SERUM, flagged(replace(PREGNANT, effect=Effect.NONE)), Fit.SUITS),
        (SERUM, flagged(replace(PREGNANT, effect=Effect.CAUTION), PREGNANT), Fit.STOP),
        (SERUM, flagged(replace(PREGNANT, subject_kind=SubjectKind.INGREDIENT, subject="7")), Fit.STOP),
        (SERUM, flagged(replace(PREGNANT, subject_kind=SubjectKind.INGREDIENT, subject="8")), Fit.SUITS),
    ],
)
def test_the_gravest_of_what_speaks_against_it_is_said(
    contents: Contents, patient: PatientFacts, fit: Fit
) -> None:
    assert judged(contents, patient, on=TODAY).fit is fit


@pytest.mark.parametrize(
    ("from_on", "until_on", "fit"),
    [
        (TODAY, TODAY, Fit.STOP),
        (YESTERDAY, None, Fit.STOP),
        (YESTERDAY, TODAY, Fit.STOP),
        (YESTERDAY, YESTERDAY, Fit.SUITS),
        (TOMORROW, None, Fit.SUITS),
    ],
)
def test_a_flag_counts_from_its_first_day_to_its_last(from_on: date, until_on: date | None, fit: Fit) -> None:
    patient = flagged(replace(PREGNANT, from_on=from_on, until_on=until_on))

    assert judged(SERUM, patient, on=TODAY).fit is fit


def test_a_technique_speaks_where_it_was_said() -> None:
    rolled = replace(PREGNANT, subject_kind=SubjectKind.TECHNIQUE, subject="derma-rolling")

    assert judged(SERUM, flagged(rolled), on=TODAY, technique="derma-rolling").fit is Fit.STOP
    assert judged(SERUM, flagged(rolled), on=TODAY, technique="nappage").fit is Fit.SUITS
    assert judged(SERUM, flagged(rolled), on=TODAY).fit is Fit.SUITS


def test_what_she_does_not_bear_and_which_flags_speak_is_said() -> None:
    allergic = replace(flagged(PREGNANT), allergy_ingredient_ids=frozenset({7, 8}))

    verdict = judged(SERUM, allergic, on=TODAY)

    assert (verdict.ingredient_ids, verdict.flags) == (frozenset({7}), ("pregnancy",))


def test_a_caution_is_asked_where_it_goes_in_and_stops_no_promise(make_thing: MakeThing) -> None:
    patient = flagged(replace(PREGNANT, effect=Effect.CAUTION))
    thing = make_thing()

    broken = {
        purpose: [
            each.rule for each in broken_rules(thing, now=NOW, today=TODAY, purpose=purpose, patient=patient)
        ]
        for purpose in (Purpose.ALLOCATE, Purpose.OPEN, Purpose.COMPOUND, Purpose.USE)
    }

    assert broken == {
        Purpose.ALLOCATE: [],
        Purpose.OPEN: [],
        Purpose.COMPOUND: [Rule.CAUTION],
        Purpose.USE: [Rule.CAUTION],
    }
    assert is_usable(thing, now=NOW, today=TODAY, purpose=Purpose.USE, patient=patient)


INGREDIENTS = st.frozensets(st.integers(1, 6), max_size=4)
CONTENTS = st.builds(
    Contents,
    ingredient_ids=INGREDIENTS,
    regulatory_classes=st.frozensets(st.sampled_from(RegulatoryClass), min_size=1, max_size=2),
    is_known=st.booleans(),
)
DAYS = st.sampled_from([YESTERDAY, TODAY, TOMORROW])
SUBJECTS = st.one_of(
    st.tuples(
        st.just(SubjectKind.REGULATORY_CLASS), st.sampled_from([each.value for each in RegulatoryClass])
    ),
    st.tuples(st.just(SubjectKind.INGREDIENT), st.sampled_from("123456")),
    st.tuples(st.just(SubjectKind.TECHNIQUE), st.sampled_from(["nappage", "derma-rolling"])),
)
FLAG_RULES = st.builds(
    lambda flag, from_on, until_on, effect, subject: FlagRule(
        flag=flag,
        from_on=from_on,
        until_on=until_on,
        effect=effect,
        subject_kind=subject[0],
        subject=subject[1],
    ),
    st.sampled_from(["pregnancy", "herpes"]),
    DAYS,
    st.none() | DAYS,
    st.sampled_from(Effect),
    SUBJECTS,
)
PATIENTS = st.builds(
    PatientFacts,
    patient_id=st.just(5),
    allergies_asked=st.booleans(),
    allergy_ingredient_ids=INGREDIENTS,
    flag_rules=st.lists(FLAG_RULES, max_size=3).map(tuple),
)
TECHNIQUES = st.sampled_from([None, "nappage", "derma-rolling"])
GRAVER = list(Fit)


@given(contents=CONTENTS, patient=PATIENTS, more=CONTENTS, technique=TECHNIQUES)
def test_mixing_something_in_never_makes_a_cocktail_suit_better(
    contents: Contents, patient: PatientFacts, more: Contents, technique: str | None
) -> None:
    alone = judged(contents, patient, on=TODAY, technique=technique).fit
    mixed = judged(contents | more, patient, on=TODAY, technique=technique).fit

    assert GRAVER.index(mixed) >= GRAVER.index(alone)


@given(contents=CONTENTS, patient=PATIENTS, ingredient=st.integers(1, 6), rule=FLAG_RULES)
def test_a_new_allergy_or_flag_never_makes_anything_suit_better(
    contents: Contents, patient: PatientFacts, ingredient: int, rule: FlagRule
) -> None:
    before = judged(contents, patient, on=TODAY).fit
    allergic = replace(patient, allergy_ingredient_ids=patient.allergy_ingredient_ids | {ingredient})
    marked = replace(patient, flag_rules=(*patient.flag_rules, rule))

    assert GRAVER.index(judged(contents, allergic, on=TODAY).fit) >= GRAVER.index(before)
    assert GRAVER.index(judged(contents, marked, on=TODAY).fit) >= GRAVER.index(before)


@given(contents=CONTENTS, patient=PATIENTS, technique=TECHNIQUES)
def test_what_a_plan_is_told_is_what_the_scan_will_say(
    make_thing: MakeThing, contents: Contents, patient: PatientFacts, technique: str | None
) -> None:
    """Planned, kept and made things are judged by contents alone, what is scanned as a thing: they agree."""
    thing = make_thing(
        ingredient_ids=contents.ingredient_ids,
        classes_within=contents.regulatory_classes,
        product_confirmed=contents.is_known,
    )
    broken = {
        each.rule
        for each in broken_rules(
            thing,
            now=NOW,
            today=TODAY,
            purpose=Purpose.USE,
            patient=patient,
            has_prescriber=True,
            technique=technique,
        )
    }
    fit = judged(contents, patient, on=TODAY, technique=technique).fit

    assert (fit is Fit.STOP) == bool(broken & {Rule.ALLERGY, Rule.CONTRAINDICATED})
    assert (fit is Fit.SUITS) == (not broken)
    if fit is Fit.NOT_KNOWN:
        assert broken & {Rule.ALLERGY_NOT_ASKED, Rule.PRODUCT_INCOMPLETE}
    if fit is Fit.CAUTION:
        assert broken == {Rule.CAUTION}


@given(contents=CONTENTS, patient=PATIENTS)
def test_unknown_is_never_green(contents: Contents, patient: PatientFacts) -> None:
    fit = judged(contents, patient, on=TODAY).fit

    if not contents.is_known or (not patient.allergies_asked and contents.ingredient_ids):
        assert fit in (Fit.NOT_KNOWN, Fit.STOP)


@given(many=st.lists(st.tuples(CONTENTS, PATIENTS), min_size=1, max_size=4))
def test_of_equivalents_the_best_serves_and_what_goes_together_is_as_bad_as_its_worst(
    many: list[tuple[Contents, PatientFacts]],
) -> None:
    verdicts = [judged(contents, patient, on=TODAY) for contents, patient in many]
    fits = [GRAVER.index(each.fit) for each in verdicts]

    best, worst = best_of(verdicts), worst_of(verdicts)
    assert best is not None and GRAVER.index(best.fit) == min(fits)
    assert worst is not None and GRAVER.index(worst.fit) == max(fits)


@given(rules=st.lists(FLAG_RULES, max_size=4), contents=CONTENTS, technique=TECHNIQUES)
def test_only_rules_about_what_is_in_it_speak(
    rules: list[FlagRule], contents: Contents, technique: str | None
) -> None:
    said = speaking(
        rules,
        ingredient_ids=contents.ingredient_ids,
        regulatory_classes=contents.regulatory_classes,
        technique=technique,
        on=TODAY,
    )

    meant = {technique, *map(str, contents.ingredient_ids), *contents.regulatory_classes}
    assert all(each.subject in meant and each.effect is not Effect.NONE for each in said)
