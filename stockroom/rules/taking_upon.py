"""Which facts make somebody take a rule upon herself?  Where others are known afterwards, she is asked anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from stockroom.rules.suitability import PatientFacts, speaking
from stockroom.rules.usability import Broken
from stockroom.vocabulary import Effect, Rule


def facts_behind(
    broken: Broken, patients: Iterable[PatientFacts], *, on: date, technique: str | None = None
) -> tuple[str, ...]:
    """Give what makes the rule broken for these patients, who get it by that technique; nothing where it can be
    broken in one way only.
    """
    rule, thing = broken.rule, broken.thing
    if rule is Rule.HELD:
        return tuple(sorted({reason.value for reason in thing.hold_reasons}))
    if rule is Rule.INCOMPATIBLE:
        return broken.incompatible
    if rule is Rule.ALLERGY_NOT_ASKED:
        return tuple(str(each.patient_id) for each in patients if not each.allergies_asked)
    if rule is Rule.ALLERGY:
        return tuple(
            f"{each.patient_id} {ingredient_id}"
            for each in patients
            for ingredient_id in sorted(each.allergy_ingredient_ids & thing.ingredient_ids)
        )
    if rule in (Rule.CONTRAINDICATED, Rule.CAUTION):
        return tuple(
            f"{each.patient_id} {says.flag} {says.from_on} {says.subject_kind.value} {says.subject}"
            for each in patients
            for says in speaking(
                each.flag_rules,
                ingredient_ids=thing.ingredient_ids,
                regulatory_classes=thing.classes_within,
                technique=technique,
                on=on,
            )
            if (says.effect is Effect.STOP) is (rule is Rule.CONTRAINDICATED)
        )
    return ()
