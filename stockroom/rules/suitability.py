"""Does what is in a thing suit this patient?  Her allergies and flags against everything that is in it.

A flag stops nothing by itself: rules say what it means for a regulatory class, an ingredient, a class of
ingredients or a technique (reference data with their sources, and a word of each clinic).  Unknown is not safe:
a patient whom nobody has asked, and contents that nobody has confirmed, are *not known*, never suitable.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from stockroom.vocabulary import Effect, Fit, RegulatoryClass, SubjectKind


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagRule:
    """A rule that a flag of a patient brings, as the clinic follows it."""

    flag: str
    from_on: date
    until_on: date | None
    effect: Effect
    subject_kind: SubjectKind
    """A rule about a class of ingredients comes as one about each of them."""
    subject: str
    """The regulatory class, the technique's slug, or the key of the ingredient."""

    def holds_on(self, day: date) -> bool:
        """True on the days of the flag, the first and the last included."""
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True, kw_only=True)
class PatientFacts:
    """What the rules must know of the patient for whom a thing is meant."""

    patient_id: int
    allergies_asked: bool
    """Somebody has asked her about allergies and flags."""
    allergy_ingredient_ids: frozenset[int]
    """By themselves or by their class."""
    flag_rules: tuple[FlagRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """Everything that is in a thing, those of everything mixed into it included."""

    ingredient_ids: frozenset[int]
    regulatory_classes: frozenset[RegulatoryClass]
    is_known: bool
    """A permitted role has confirmed what is in it, of each part."""

    def __or__(self, other: Contents) -> Contents:
        """What is in a mixture of both."""
        return Contents(
            ingredient_ids=self.ingredient_ids | other.ingredient_ids,
            regulatory_classes=self.regulatory_classes | other.regulatory_classes,
            is_known=self.is_known and other.is_known,
        )


NOTHING_IN_IT = Contents(ingredient_ids=frozenset(), regulatory_classes=frozenset(), is_known=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether contents suit a patient on a day, and why not."""

    fit: Fit
    ingredient_ids: frozenset[int] = frozenset()
    """What she does not bear.  Shown to people, never journalled (L14)."""
    flags: tuple[str, ...] = ()
    """Which of her flags stop it, or ask for a word."""


def speaking(
    flag_rules: Iterable[FlagRule],
    *,
    ingredient_ids: frozenset[int],
    regulatory_classes: frozenset[RegulatoryClass],
    technique: str | None,
    on: date,
) -> tuple[FlagRule, ...]:
    """Give the rules that say something of such contents on that day, given by that technique (None: not said)."""
    subjects = {
        SubjectKind.REGULATORY_CLASS: {each.value for each in regulatory_classes},
        SubjectKind.INGREDIENT: {str(each) for each in ingredient_ids},
        SubjectKind.TECHNIQUE: {technique} if technique is not None else set(),
    }
    return tuple(
        rule
        for rule in flag_rules
        if rule.effect is not Effect.NONE
        and rule.holds_on(on)
        and rule.subject in subjects.get(rule.subject_kind, ())
    )


def may_contain_something(ingredient_ids: frozenset[int], *, is_known: bool) -> bool:
    """False only for what is known to hold nothing that anybody could be allergic to, such as a needle."""
    return bool(ingredient_ids) or not is_known


def judged(contents: Contents, patient: PatientFacts, *, on: date, technique: str | None = None) -> Verdict:
    """Say whether contents suit a patient on a day: the gravest of what speaks against them.

    A stop is certain whatever else is unknown; then comes what nobody knows; then a caution.
    """
    shared = patient.allergy_ingredient_ids & contents.ingredient_ids
    rules = speaking(
        patient.flag_rules,
        ingredient_ids=contents.ingredient_ids,
        regulatory_classes=contents.regulatory_classes,
        technique=technique,
        on=on,
    )
    flags = tuple(dict.fromkeys(rule.flag for rule in rules))
    if shared or any(rule.effect is Effect.STOP for rule in rules):
        return Verdict(fit=Fit.STOP, ingredient_ids=shared, flags=flags)
    nobody_asked = not patient.allergies_asked and may_contain_something(
        contents.ingredient_ids, is_known=contents.is_known
    )
    if nobody_asked or not contents.is_known:
        return Verdict(fit=Fit.NOT_KNOWN, flags=flags)
    return Verdict(fit=Fit.CAUTION if rules else Fit.SUITS, flags=flags)


def best_of(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Of several equivalents the one that suits best serves a need; None where there is none at all."""
    return min(verdicts, key=lambda each: _GRAVITY[each.fit], default=None)


def worst_of(verdicts: Iterable[Verdict]) -> Verdict | None:
    """What goes together is as bad as its worst part."""
    return max(verdicts, key=lambda each: _GRAVITY[each.fit], default=None)


_GRAVITY = {fit: n for n, fit in enumerate(Fit)}
