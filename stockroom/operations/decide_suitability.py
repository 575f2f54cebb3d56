"""What does a flag of a patient mean in this clinic?  Another word than the reference data have, or a rule of its own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import delete, insert, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, ThingNotFound, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import ClinicSuitabilityRule, Ingredient, ReferenceItem, SuitabilityRule
from stockroom.vocabulary import Action, Effect, RegulatoryClass, SubjectKind

SOURCE_MAX = 300


@dataclass(eq=False, kw_only=True)
class SourceMissing(Refused):
    """Whoever decides otherwise than the reference data says where that comes from."""

    code: ClassVar[str] = "source_missing"
    message: ClassVar[str] = extracted(
        "Say where this rule comes from: a leaflet, a guideline, a decision of yours."
    )


@dataclass(frozen=True, kw_only=True)
class DecideSuitability:
    """What a flag does to something, in the actor's clinic."""

    flag: str
    subject_kind: SubjectKind
    subject: str
    """A regulatory class, an ingredient's or technique's slug, or a class of ingredients."""
    effect: Effect | None
    """None: the clinic follows the reference data again."""
    source: str = ""


@dataclass(frozen=True, kw_only=True)
class SuitabilityDecided:
    flag: str
    subject_kind: SubjectKind
    subject: str
    effect: Effect
    """What counts in the clinic from now on."""


def decide_suitability(
    store: Store, command: DecideSuitability, *, actor: Actor, key: str, now: datetime
) -> SuitabilityDecided:
    """Decide for the clinic what a flag means; the next scan is judged by it.

    Raises ThingNotFound for a flag or a subject that is not there, SourceMissing, InvalidValue.
    """
    return perform(
        store,
        Act(kind="suitability.decide", action=Action.DECIDE_SUITABILITY),
        command=command,
        body=lambda work: _decide(work, command),
        answer=SuitabilityDecided,
        actor=actor,
        key=key,
        now=now,
    )


def _decide(work: Work, command: DecideSuitability) -> SuitabilityDecided:
    _check(work, command)
    own = ClinicSuitabilityRule
    work.connection.execute(
        delete(own).where(
            own.clinic_id == work.clinic_id,
            own.flag == command.flag,
            own.subject_kind == command.subject_kind,
            own.subject == command.subject,
        )
    )
    if command.effect is not None:
        work.connection.execute(
            insert(own).values(
                clinic_id=work.clinic_id,
                flag=command.flag,
                subject_kind=command.subject_kind,
                subject=command.subject,
                effect=command.effect,
                source=command.source.strip(),
                updated_at=work.recorded_at,
                updated_by_id=work.actor.person_id,
            )
        )
    counts = command.effect or _by_reference(work, command)
    work.payload.update(
        flag=command.flag,
        subject_kind=command.subject_kind,
        subject=command.subject,
        effect=command.effect,
    )
    return SuitabilityDecided(
        flag=command.flag, subject_kind=command.subject_kind, subject=command.subject, effect=counts
    )


def _check(work: Work, command: DecideSuitability) -> None:
    if command.effect is not None and not command.source.strip():
        raise SourceMissing()
    if len(command.source) > SOURCE_MAX or "\x00" in command.source:
        raise InvalidValue(field="source", problem=f"at most {SOURCE_MAX} readable characters")
    if not _is_reference(work, "contraindications", command.flag):
        raise ThingNotFound(thing="flag", uid=command.flag[:40])
    if not _is_there(work, command):
        raise ThingNotFound(thing=command.subject_kind.value.replace("_", " "), uid=command.subject[:40])


def _is_there(work: Work, command: DecideSuitability) -> bool:
    if command.subject_kind is SubjectKind.REGULATORY_CLASS:
        return command.subject in set(RegulatoryClass)
    if command.subject_kind is SubjectKind.TECHNIQUE:
        return _is_reference(work, "techniques", command.subject)
    by_slug = command.subject_kind is SubjectKind.INGREDIENT
    column = Ingredient.slug if by_slug else Ingredient.ingredient_class
    found = select(Ingredient.id).where(column == command.subject).limit(1)
    return work.connection.execute(found).first() is not None


def _is_reference(work: Work, kind: str, slug: str) -> bool:
    found = select(ReferenceItem.slug).where(ReferenceItem.kind == kind, ReferenceItem.slug == slug)
    return work.connection.execute(found).first() is not None


def _by_reference(work: Work, command: DecideSuitability) -> Effect:
    rule = SuitabilityRule
    said = select(rule.effect).where(
        rule.flag == command.flag,
        rule.subject_kind == command.subject_kind,
        rule.subject == command.subject,
    )
    effect = work.connection.execute(said).scalar_one_or_none()
    return Effect.NONE if effect is None else Effect(effect)
