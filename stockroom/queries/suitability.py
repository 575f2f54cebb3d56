"""What does each flag of a patient mean in this clinic, by whose word, and from where?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, or_, select

from stockroom.models import (
    ClinicSuitabilityRule,
    Ingredient,
    Person,
    ReferenceItem,
    SuitabilityRule,
)
from stockroom.vocabulary import Effect, SubjectKind

_OWN: Any = (
    select(
        ClinicSuitabilityRule.flag,
        ClinicSuitabilityRule.subject_kind,
        ClinicSuitabilityRule.subject,
        ClinicSuitabilityRule.effect,
        ClinicSuitabilityRule.source,
        ClinicSuitabilityRule.updated_at,
        Person.name.label("updated_by"),
    )
    .join(Person, Person.id == ClinicSuitabilityRule.updated_by_id)
    .where(ClinicSuitabilityRule.clinic_id == bindparam("clinic"))
)
_HOUSE: Any = select(SuitabilityRule.__table__)
_NAMES = select(ReferenceItem.kind, ReferenceItem.slug, ReferenceItem.name).where(
    or_(
        ReferenceItem.kind == "techniques",
        and_(ReferenceItem.kind == "contraindications", ReferenceItem.slug != "ingredient-allergy"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleShown:
    """What a flag does to something in the clinic."""

    flag: str
    flag_name: str
    subject_kind: SubjectKind
    subject: str
    subject_name: str
    effect: Effect
    """What counts here."""
    by_reference: Effect | None
    """What the reference data say; None for a rule of the clinic's own."""
    sources: tuple[str, ...]
    """Of the reference data, or what the clinic wrote."""
    note: str
    is_own: bool
    updated_at: datetime | None
    updated_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FlagName:
    """A contraindication that a patient may be flagged with."""

    slug: str
    name: str


def flag_names(connection: Connection) -> tuple[FlagName, ...]:
    """Give the contraindications that are flags, by name; one statement."""
    rows = connection.execute(_NAMES.order_by(ReferenceItem.name))
    return tuple(FlagName(slug=row.slug, name=row.name) for row in rows if row.kind == "contraindications")


def suitability_rules(connection: Connection, clinic_id: int) -> tuple[RuleShown, ...]:
    """Give every rule of the clinic, flag by flag; four statements."""
    own = {_key(row): row for row in connection.execute(_OWN, {"clinic": clinic_id})}
    house = {_key(row): row for row in connection.execute(_HOUSE)}
    names: dict[tuple[str, str], str] = {(row.kind, row.slug): row.name for row in connection.execute(_NAMES)}
    ingredients = connection.execute(select(Ingredient.slug, Ingredient.name))
    names |= {("ingredient", row.slug): row.name for row in ingredients}
    shown = [_rule(key, own.get(key), house.get(key), names) for key in own.keys() | house.keys()]
    return tuple(
        sorted(shown, key=lambda each: (each.flag_name, each.subject_kind, each.subject_name.casefold()))
    )


def _key(row: Row[Any]) -> tuple[str, str, str]:
    return row.flag, row.subject_kind, row.subject


def _rule(
    key: tuple[str, str, str],
    own: Row[Any] | None,
    house: Row[Any] | None,
    names: dict[tuple[str, str], str],
) -> RuleShown:
    flag, kind, subject = key
    said_in = "techniques" if kind == SubjectKind.TECHNIQUE else kind
    by_reference = None if house is None else Effect(house.effect)
    return RuleShown(
        flag=flag,
        flag_name=names.get(("contraindications", flag), flag),
        subject_kind=SubjectKind(kind),
        subject=subject,
        subject_name=names.get((said_in, subject), subject.replace("_", " ")),
        effect=by_reference or Effect.NONE if own is None else Effect(own.effect),
        by_reference=by_reference,
        sources=(own.source,) if own is not None else tuple((house.sources if house else "").split()),
        note="" if house is None else house.note,
        is_own=own is not None,
        updated_at=None if own is None else own.updated_at,
        updated_by=None if own is None else own.updated_by,
    )
