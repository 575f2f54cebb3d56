"""What must the rules know of a patient?  As columns of another statement, so that a scan asks once."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Row, Text, case, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.columns import written
from stockroom.models import (
    ClinicSuitabilityRule,
    Ingredient,
    Patient,
    PatientAllergy,
    PatientClassAllergy,
    PatientFlag,
    SuitabilityRule,
)
from stockroom.rules.suitability import FlagRule, PatientFacts
from stockroom.vocabulary import Effect, SubjectKind

merged_into = aliased(Patient)
"""The record that the patient's was merged into; join it outer, on `Patient.merged_into_id`."""
_PART, _END = "|", "\n"


def fact_columns(clinic_id: Any) -> list[Any]:
    """Give the columns from which `facts_of` reads, for a statement that has Patient and `merged_into`.

    `clinic_id`, a column or a parameter of the statement, says whose word on the rules of flags counts.
    After a merge the facts are those of the record that stands for both; what either is known not to
    bear counts, and what either is flagged with.
    """
    asked = func.coalesce(
        merged_into.allergies_asked_at, Patient.allergies_asked_at, type_=Patient.allergies_asked_at.type
    )
    return [
        func.coalesce(Patient.merged_into_id, Patient.id).label("patient_id"),
        asked.label("allergies_asked_at"),
        _allergies().label("allergies"),
        _class_allergies().label("class_allergies"),
        _rules_of_house(clinic_id).label("house_rules"),
        _rules_of_clinic(clinic_id).label("clinic_rules"),
    ]


def facts_of(row: Row[Any]) -> PatientFacts:
    """Read the facts from a row with the columns of `fact_columns`."""
    allergies = f"{row.allergies or ''} {row.class_allergies or ''}"
    return PatientFacts(
        patient_id=row.patient_id,
        allergies_asked=row.allergies_asked_at is not None,
        allergy_ingredient_ids=frozenset(int(part) for part in allergies.split()),
        flag_rules=(*_flag_rules(row.house_rules), *_flag_rules(row.clinic_rules)),
    )


def _hers(table: Any) -> ColumnElement[bool]:
    return or_(table.patient_id == Patient.id, table.patient_id == Patient.merged_into_id)


def _allergies() -> ColumnElement[str]:
    return (
        select(func.aggregate_strings(cast(PatientAllergy.ingredient_id, Text), " "))
        .where(_hers(PatientAllergy))
        .correlate(Patient)
        .scalar_subquery()
    )


def _class_allergies() -> ColumnElement[str | None]:
    """Every ingredient of the classes, those that became known since included; looked for only where she has one."""
    hers = select(PatientClassAllergy.ingredient_class).where(_hers(PatientClassAllergy)).correlate(Patient)
    of_class = (
        select(func.aggregate_strings(cast(Ingredient.id, Text), " "))
        .where(Ingredient.ingredient_class.in_(hers))
        .scalar_subquery()
    )
    return case((hers.exists(), of_class))


def _rules_of_clinic(clinic_id: Any) -> Any:
    rule = ClinicSuitabilityRule
    return _rules(rule).where(_hers(PatientFlag), rule.clinic_id == clinic_id).scalar_subquery()


def _rules_of_house(clinic_id: Any) -> Any:
    """The rules of the reference data, but for those about which the clinic has its own word."""
    rule, own = SuitabilityRule, aliased(ClinicSuitabilityRule)
    decided = (
        select(own.effect)
        .where(
            own.clinic_id == clinic_id,
            own.flag == rule.flag,
            own.subject_kind == rule.subject_kind,
            own.subject == rule.subject,
        )
        .correlate_except(own)
        .exists()
    )
    return _rules(rule).where(_hers(PatientFlag), ~decided).scalar_subquery()


def _rules(rule: Any) -> Any:
    """Her flags with what `rule` says of each, as one text; a class of ingredients as each of them."""
    of_class = rule.subject_kind == written(SubjectKind.INGREDIENT_CLASS)
    meant = or_(
        (rule.subject_kind == written(SubjectKind.INGREDIENT)) & (Ingredient.slug == rule.subject),
        of_class & (Ingredient.ingredient_class == rule.subject),
    )
    said = func.concat(
        rule.effect,
        literal(_PART),
        cast(PatientFlag.from_on, Text),
        literal(_PART),
        func.coalesce(cast(PatientFlag.until_on, Text), ""),
        literal(_PART),
        rule.subject_kind,
        literal(_PART),
        func.coalesce(cast(Ingredient.id, Text), rule.subject),
        literal(_PART),
        rule.flag,
    )
    return (
        select(func.aggregate_strings(said, _END))
        .select_from(PatientFlag)
        .join(rule, rule.flag == PatientFlag.flag)
        .outerjoin(Ingredient, meant)
        .correlate_except(PatientFlag, rule, Ingredient)
    )


def _flag_rules(text: str | None) -> tuple[FlagRule, ...]:
    return tuple(map(_flag_rule, text.split(_END))) if text else ()


def _flag_rule(line: str) -> FlagRule:
    effect, from_on, until_on, kind, subject, flag = line.split(_PART)
    return FlagRule(
        flag=flag,
        from_on=date.fromisoformat(from_on),
        until_on=date.fromisoformat(until_on) if until_on else None,
        effect=Effect(effect),
        subject_kind=_KINDS[kind],
        subject=subject,
    )


_KINDS = {kind.value: kind for kind in SubjectKind} | {
    SubjectKind.INGREDIENT_CLASS.value: SubjectKind.INGREDIENT
}
