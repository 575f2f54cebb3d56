"""What was written down late in this clinic lately, and what does it break?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.db.identifiers import first_uid_of
from stockroom.models import Container, Deviation, Line, Location, Lot, Movement, Person, Placing, Product
from stockroom.vocabulary import MovementKind, Rule

_put_in = aliased(Location)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLate:
    """A movement, or a placing of a container, that was written down after it happened."""

    uid: str
    """Of the movement, or of the container that was put elsewhere."""
    kind: str
    occurred_at: datetime
    recorded_at: datetime
    reason: str
    actor: str
    things: str
    rules: tuple[str, ...]
    waits: bool
    """A deviation of it waits for a second person."""
    is_placing: bool = False


def recorded_late(
    connection: Connection, clinic_id: int, *, since: datetime, limit: int = 100
) -> tuple[RecordedLate, ...]:
    """Give what was recorded late since an instant, the newest first; five statements."""
    moved = _movements(connection, clinic_id, since, limit)
    placed = _placings(connection, clinic_id, since, limit)
    return tuple(sorted((*moved, *placed), key=lambda each: each.recorded_at, reverse=True)[:limit])


def _movements(connection: Connection, clinic_id: int, since: datetime, limit: int) -> list[RecordedLate]:
    rows = connection.execute(
        select(
            Movement.id,
            Movement.uid,
            Movement.kind,
            Movement.occurred_at,
            Movement.recorded_at,
            Movement.reason,
            Person.name.label("actor"),
        )
        .join(Person, Person.id == Movement.actor_id)
        .where(
            Movement.clinic_id == clinic_id,
            Movement.uid >= first_uid_of(since),
            Movement.is_late,
            Movement.kind.not_in((MovementKind.REVERSE, MovementKind.CORRECT)),
        )
        .order_by(Movement.id.desc())
        .limit(limit)
    ).all()
    ids = [row.id for row in rows]
    named, rules = _things_of(connection, clinic_id, ids), _rules_of(connection, clinic_id, ids)
    return [
        RecordedLate(
            uid=row.uid,
            kind=row.kind,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            reason=row.reason,
            actor=row.actor,
            things=", ".join(named.get(row.id, ())),
            rules=tuple(dict.fromkeys(rule for rule, _ in rules.get(row.id, ()))),
            waits=any(not is_signed for _, is_signed in rules.get(row.id, ())),
        )
        for row in rows
    ]


def _placings(connection: Connection, clinic_id: int, since: datetime, limit: int) -> list[RecordedLate]:
    """Containers that were put elsewhere; what such a placing broke was written in the same instant."""
    rows = connection.execute(
        select(
            Placing.id,
            Location.uid,
            Placing.placed_at,
            Placing.recorded_at,
            Placing.late_reason,
            Person.name.label("actor"),
            Product.name,
            Lot.id.label("lot_id"),
            Lot.number,
            Container.short_code,
            _put_in.name.label("place"),
        )
        .join(
            Container,
            and_(Container.clinic_id == Placing.clinic_id, Container.location_id == Placing.container_id),
        )
        .join(Location, and_(Location.clinic_id == Placing.clinic_id, Location.id == Placing.container_id))
        .join(_put_in, and_(_put_in.clinic_id == Placing.clinic_id, _put_in.id == Placing.location_id))
        .join(Lot, and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Person, Person.id == Placing.placed_by_id)
        .where(Placing.clinic_id == clinic_id, Placing.late_reason != "", Placing.recorded_at >= since)
        .order_by(Placing.recorded_at.desc())
        .limit(limit)
    ).all()
    broken = _broken_by_placings(connection, clinic_id, {row.lot_id for row in rows}) if rows else {}
    return [
        RecordedLate(
            uid=row.uid,
            kind="moved",
            occurred_at=row.placed_at,
            recorded_at=row.recorded_at,
            reason=row.late_reason,
            actor=row.actor,
            things=f"{row.name} {row.number}, {row.short_code} → {row.place}",
            rules=(Rule.BEYOND_WINDOW.value,) if (row.lot_id, row.recorded_at) in broken else (),
            waits=broken.get((row.lot_id, row.recorded_at), False),
            is_placing=True,
        )
        for row in rows
    ]


def _broken_by_placings(
    connection: Connection, clinic_id: int, lot_ids: Collection[int]
) -> dict[tuple[int, datetime], bool]:
    """(lot, when it was written down) → whether it waits for a second person."""
    rows = connection.execute(
        select(Deviation.lot_id, Deviation.recorded_at, Deviation.signed_at)
        .join(Movement, and_(Movement.clinic_id == Deviation.clinic_id, Movement.id == Deviation.movement_id))
        .where(
            Deviation.clinic_id == clinic_id,
            Deviation.lot_id.in_(lot_ids),
            Deviation.rule == Rule.BEYOND_WINDOW,
            Movement.recorded_at < Deviation.recorded_at,
        )
    )
    return {(row.lot_id, row.recorded_at): row.signed_at is None for row in rows}


def _things_of(connection: Connection, clinic_id: int, ids: Iterable[int]) -> dict[int, list[str]]:
    named: dict[int, list[str]] = {}
    rows = connection.execute(
        select(Line.movement_id, Product.name, Lot.number)
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(Line.clinic_id == clinic_id, Line.movement_id.in_(list(ids)))
        .order_by(Line.id)
    )
    for row in rows:
        said = f"{row.name} {row.number}"
        of_it = named.setdefault(row.movement_id, [])
        if said not in of_it:
            of_it.append(said)
    return named


def _rules_of(
    connection: Connection, clinic_id: int, ids: Iterable[int]
) -> dict[int, list[tuple[str, bool]]]:
    rules: dict[int, list[tuple[str, bool]]] = {}
    for row in connection.execute(
        select(Deviation.movement_id, Deviation.rule, Deviation.signed_at)
        .where(Deviation.clinic_id == clinic_id, Deviation.movement_id.in_(list(ids)))
        .order_by(Deviation.id)
    ):
        rules.setdefault(row.movement_id, []).append((row.rule, row.signed_at is not None))
    return rules
