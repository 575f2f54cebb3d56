"""Which sessions of a time had which lots, recipes, areas and hands, and to which of them did the patient react?

Only uses that stand count.  What lies behind a cocktail is found by the walk of a trace (`trace_walk`), for all
lots of the time at once: a number of statements that follows how often mixtures were mixed, never how many.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.compiled_once import Once
from stockroom.ledger import trace_lots
from stockroom.ledger.trace_lots import LotNamed
from stockroom.ledger.trace_walk import Walked, walk_back
from stockroom.models import (
    Clinic,
    Line,
    Location,
    Movement,
    Patient,
    Person,
    Product,
    Reaction,
    Recipe,
    ReferenceItem,
    TreatmentSession,
    Usage,
)
from stockroom.queries.reactions import effect_name
from stockroom.rules.reaction_signals import LotName, Treated
from stockroom.vocabulary import LocationKind, LotKind, ReactionSeverity

_target = aliased(Location, name="target")
_later = aliased(Reaction, name="later")
_USED = Once(
    select(
        Line.id.label("line_id"),
        Line.lot_id,
        Line.session_id,
        Usage.practitioner_id,
        func.coalesce(Patient.merged_into_id, Patient.id).label("patient_id"),
    )
    .select_from(Movement)
    # Outer joins keep their order on SQLite: from the movements of the time, however long the books are.
    .outerjoin(Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id))
    .outerjoin(_target, and_(_target.clinic_id == Line.clinic_id, _target.id == Line.to_id))
    .outerjoin(
        TreatmentSession,
        and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
    )
    .outerjoin(Patient, Patient.id == TreatmentSession.patient_id)
    .outerjoin(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
    .where(
        trace_lots.in_clinics(Movement.clinic_id),
        Movement.occurred_at >= bindparam("since"),
        Movement.occurred_at < bindparam("until"),
        func.coalesce(_target.kind, "") == LocationKind.PATIENT,
        func.coalesce(Line.reverses_line_id, 0) == 0,
        trace_lots.stands(Line),
    )
)
_REACTIONS = Once(
    select(
        Reaction.session_id,
        Reaction.uid,
        Reaction.severity,
        Reaction.began_at,
        effect_name().label("effect"),
        TreatmentSession.uid.label("session_uid"),
        TreatmentSession.short_code.label("session_code"),
        TreatmentSession.planned_at.label("session_at"),
        Clinic.uid.label("clinic_uid"),
        Clinic.name.label("clinic_name"),
        Clinic.id.label("clinic_id"),
        Patient.uid.label("patient_uid"),
    )
    .join(
        TreatmentSession,
        and_(TreatmentSession.clinic_id == Reaction.clinic_id, TreatmentSession.id == Reaction.session_id),
    )
    .join(Clinic, Clinic.id == Reaction.clinic_id)
    .join(Patient, Patient.id == TreatmentSession.patient_id)
    .outerjoin(
        ReferenceItem, and_(ReferenceItem.kind == "side_effects", ReferenceItem.slug == Reaction.effect)
    )
    .where(
        trace_lots.in_clinics(Reaction.clinic_id),
        trace_lots.is_asked(Reaction.session_id),
        Reaction.is_withdrawn.is_(False),
        ~select(_later.id)
        .where(_later.clinic_id == Reaction.clinic_id, _later.amends_id == Reaction.id)
        .exists(),
    )
    .order_by(Reaction.began_at, Reaction.id)
)
_PEOPLE = Once(select(Person.id, Person.uid, Person.name).where(trace_lots.is_asked(Person.id)))
_RECIPES = Once(
    select(Product.uid, Recipe.uid.label("recipe_uid"), Recipe.name)
    .join(Product, Product.id == Recipe.product_id)
    .where(among(Product.uid, "products"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """A reaction as it is known now; whose it was is shown to nobody before that is written down."""

    uid: str
    session_id: int
    session_uid: str
    session_code: str
    session_at: datetime
    clinic_id: int
    clinic_uid: str
    clinic_name: str
    patient_uid: str
    effect: str
    severity: str
    began_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A thing by uid and name."""

    uid: str
    name: str


@dataclass(frozen=True, kw_only=True)
class Exposed:
    """The sessions of a time, the reactions to them, and the names of what was in them."""

    sessions: tuple[Treated, ...]
    events: tuple[Event, ...]
    lot_uids: Mapping[LotName, Mapping[str, str]]
    """The row of each lot in each clinic, by the clinic's uid."""
    products: Mapping[str, Named]
    recipes: Mapping[str, Named]
    """By the uid of the prepared product."""
    operators: Mapping[int, Named]
    areas: Mapping[str, str]


def exposed_sessions(
    connection: Connection,
    clinic_ids: Collection[int],
    *,
    since: datetime,
    until: datetime,
    least: ReactionSeverity = ReactionSeverity.MILD,
) -> Exposed:
    """Give every session in which something was used from `since` until before `until`, by when it happened.

    Reactions count whenever they began, from the severity `least` on, as they are known now.
    Raises TraceTooLarge for a time of more lots than a trace may reach.
    """
    asked = {"clinic_ids": tuple(clinic_ids), "since": since, "until": until}
    used = _USED.all(connection, asked)
    session_ids = tuple({row.session_id for row in used})
    start = {lot.lot_id: lot for lot in trace_lots.lots_with_ids(connection, {row.lot_id for row in used})}
    walked = walk_back(connection, clinic_ids, start.values()) if start else Walked()
    behind = _behind(start, walked)
    areas = trace_lots.areas_of_sessions(connection, clinic_ids, session_ids) if session_ids else {}
    events = _events(connection, clinic_ids, session_ids, least)
    lots = [way.lot for way in walked.ways.values()]
    return Exposed(
        sessions=_sessions(used, behind, areas, {event.session_id for event in events}),
        events=events,
        lot_uids=_lot_uids(lots),
        products={each.product_uid: _product(each) for each in lots},
        recipes=_recipes(connection, lots),
        operators=_operators(connection, used),
        areas=_area_names(connection, areas),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inside:
    """What is in one lot that was used."""

    lots: frozenset[LotName]
    recipes: frozenset[str]


def _behind(start: Mapping[int, LotNamed], walked: Walked) -> dict[int, _Inside]:
    """By each lot that was used: itself and every lot that went into it, named once for all its uses."""
    parents: dict[int, list[int]] = {}
    for parent, child in walked.edges:
        parents.setdefault(child, []).append(parent)
    found: dict[int, _Inside] = {}
    for lot_id in start:
        reached, waiting = {lot_id}, [lot_id]
        while waiting:
            for parent in parents.get(waiting.pop(), ()):
                if parent not in reached:
                    reached.add(parent)
                    waiting.append(parent)
        found[lot_id] = _inside(walked.ways[each].lot for each in reached)
    return found


def _inside(reached: Iterable[LotNamed]) -> _Inside:
    lots = tuple(reached)
    return _Inside(
        lots=frozenset(_name(lot) for lot in lots if lot.kind is LotKind.MANUFACTURED),
        recipes=frozenset(lot.product_uid for lot in lots if lot.kind is LotKind.PREPARED),
    )


def _sessions(
    used: Iterable[Any],
    behind: Mapping[int, _Inside],
    areas: Mapping[int, list[Any]],
    reacted: Collection[int],
) -> tuple[Treated, ...]:
    by_session: dict[int, list[Any]] = {}
    for row in used:
        by_session.setdefault(row.session_id, []).append(row)
    return tuple(
        _treated(session_id, rows, behind, areas, has_event=session_id in reacted)
        for session_id, rows in sorted(by_session.items())
    )


def _treated(
    session_id: int,
    rows: Sequence[Any],
    behind: Mapping[int, _Inside],
    areas: Mapping[int, list[Any]],
    *,
    has_event: bool,
) -> Treated:
    inside = [behind[row.lot_id] for row in rows]
    return Treated(
        session_id=session_id,
        patient_id=rows[0].patient_id,
        has_event=has_event,
        lots=frozenset().union(*(each.lots for each in inside)),
        recipes=frozenset().union(*(each.recipes for each in inside)),
        operators=frozenset(row.practitioner_id for row in rows if row.practitioner_id is not None),
        areas=frozenset(part.area for row in rows for part in areas.get(row.line_id, ())),
    )


def _name(lot: LotNamed) -> LotName:
    return LotName(product_uid=lot.product_uid, number=lot.number)


def _product(lot: LotNamed) -> Named:
    return Named(uid=lot.product_uid, name=f"{lot.product_name} {lot.strength}".strip())


def _lot_uids(lots: Iterable[LotNamed]) -> dict[LotName, dict[str, str]]:
    uids: dict[LotName, dict[str, str]] = {}
    for lot in lots:
        if lot.kind is LotKind.MANUFACTURED:
            uids.setdefault(_name(lot), {})[lot.clinic_uid] = lot.uid
    return uids


def _events(
    connection: Connection, clinic_ids: Collection[int], session_ids: Collection[int], least: ReactionSeverity
) -> tuple[Event, ...]:
    if not session_ids:
        return ()
    order = list(ReactionSeverity)
    counted = {each.value for each in order[order.index(least) :]}
    rows = trace_lots.over(connection, _REACTIONS, clinic_ids, session_ids)
    return tuple(Event(**row._asdict()) for row in rows if row.severity in counted)


def _recipes(connection: Connection, lots: Iterable[LotNamed]) -> dict[str, Named]:
    """The recipe of each prepared product; a mixture without a recipe is called as its product is."""
    found = {lot.product_uid: _product(lot) for lot in lots if lot.kind is LotKind.PREPARED}
    rows = _RECIPES.all(connection, {"products": tuple(found)}) if found else ()
    return found | {row.uid: Named(uid=row.recipe_uid, name=row.name) for row in rows}


def _operators(connection: Connection, used: Iterable[Any]) -> dict[int, Named]:
    ids = {row.practitioner_id for row in used if row.practitioner_id is not None}
    rows = _PEOPLE.all(connection, {"ids": tuple(ids)}) if ids else ()
    return {row.id: Named(uid=row.uid, name=row.name) for row in rows}


def _area_names(connection: Connection, areas: Mapping[int, list[Any]]) -> dict[str, str]:
    slugs = {part.area for parts in areas.values() for part in parts}
    if not slugs:
        return {}
    rows = connection.execute(
        select(ReferenceItem.slug, ReferenceItem.name).where(
            ReferenceItem.kind == "areas", ReferenceItem.slug.in_(sorted(slugs))
        )
    )
    return {slug: slug for slug in slugs} | {row.slug: row.name for row in rows}
