"""Is each cocktail made from exactly the lines of its preparation, and limited by all of them?  (L11)"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.ledger.verify.notes import Notes, Query, ask, count, stream
from stockroom.models import Clinic, Container, Line, Location, Lot, Preparation

_LINES = (
    Query(
        invariant="L11",
        table="preparation",
        row="{id}",
        what="is finished, and its movement does not bring its own lot, and no other, out of compounding",
        sql="""
        SELECT p.id FROM preparation p WHERE p.state = 'finished' AND (
            p.movement_id IS NULL
            OR NOT EXISTS (SELECT 1 FROM line l JOIN location f ON f.id = l.from_id
                WHERE l.clinic_id = p.clinic_id AND l.movement_id = p.movement_id
                AND f.kind = 'compounding' AND l.lot_id = p.lot_id)
            OR EXISTS (SELECT 1 FROM line l JOIN location f ON f.id = l.from_id
                WHERE l.clinic_id = p.clinic_id AND l.movement_id = p.movement_id
                AND f.kind = 'compounding' AND l.lot_id <> p.lot_id)
            OR NOT EXISTS (SELECT 1 FROM line l JOIN location t ON t.id = l.to_id
                WHERE l.clinic_id = p.clinic_id AND l.movement_id = p.movement_id
                AND t.kind = 'compounding'))
        ORDER BY p.id""",
    ),
    Query(
        invariant="L11",
        table="line",
        row="{id}",
        what="goes through compounding, and no preparation made its movement",
        sql="""
        SELECT l.id FROM line l JOIN location f ON f.id = l.from_id JOIN location t ON t.id = l.to_id
        JOIN movement m ON m.id = l.movement_id
        LEFT JOIN preparation p ON p.clinic_id = l.clinic_id AND p.movement_id = l.movement_id
        WHERE (f.kind = 'compounding' OR t.kind = 'compounding') AND l.reverses_line_id IS NULL
            AND m.kind NOT IN ('reverse', 'correct') AND p.id IS NULL
        ORDER BY l.id""",
    ),
    Query(
        invariant="L11",
        table="preparation",
        row="{id}",
        what="was checked by who began it or made it",
        sql="""
        SELECT p.id FROM preparation p
        JOIN movement m ON m.clinic_id = p.clinic_id AND m.id = p.movement_id
        WHERE p.state = 'finished' AND p.life_minutes IS NOT NULL
            AND (p.checked_by_id = m.actor_id OR p.checked_by_id = p.started_by_id)
        ORDER BY p.id""",
    ),
    Query(
        invariant="L11",
        table="lot",
        row="{id}",
        what="came out of compounding and is not a prepared lot",
        sql="""
        SELECT DISTINCT lot.id FROM line l JOIN location f ON f.id = l.from_id
        JOIN lot ON lot.id = l.lot_id
        WHERE f.kind = 'compounding' AND l.reverses_line_id IS NULL AND lot.kind <> 'prepared'
        ORDER BY lot.id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """L11: parents are the lines of the preparation; the limit is no later than any parent's."""
    count(connection, notes, "preparation")
    ask(connection, notes, _LINES)
    for row in stream(connection, _own_limits()):
        minutes = row.life_minutes
        if row.warm_since is None and row.life_minutes_refrigerated is not None:
            minutes = row.life_minutes_refrigerated
        until = row.started_at + timedelta(minutes=minutes)
        if row.beyond_use_at is None or row.beyond_use_at > until:
            what = f"may be used until {row.beyond_use_at}, and by its own rule until {until.isoformat()}"
            notes.wrong("L11", "lot", row.id, what)
    for row in stream(connection, _made_and_parent()):
        for limit in (row.parent_beyond_use_at, row.expires_at, row.container_limit, _last_instant(row)):
            if limit is not None and row.beyond_use_at > limit:
                until, parents = row.beyond_use_at.isoformat(), limit.isoformat()
                what = f"may be used until {until}, its parent {row.parent_id} until {parents}"
                notes.wrong("L11", "lot", row.made_id, what)


def _own_limits() -> Any:
    """What may be used no longer than was settled when it was begun, for where it has lain."""
    made = and_(Lot.clinic_id == Preparation.clinic_id, Lot.id == Preparation.lot_id)
    return (
        select(
            Lot.id,
            Lot.beyond_use_at,
            Preparation.started_at,
            Preparation.life_minutes,
            Preparation.life_minutes_refrigerated,
            Preparation.warm_since,
        )
        .select_from(Preparation)
        .join(Lot, made)
        .where(Preparation.life_minutes.is_not(None))
        .order_by(Lot.id)
    )


def _made_and_parent() -> Any:
    made, parent, target = aliased(Lot), aliased(Lot), aliased(Location)
    undone = aliased(Line)
    came_from = and_(Container.clinic_id == Line.clinic_id, Container.location_id == Line.from_id)
    return (
        select(
            made.id.label("made_id"),
            made.beyond_use_at,
            parent.id.label("parent_id"),
            parent.expires_on,
            parent.expires_at,
            parent.beyond_use_at.label("parent_beyond_use_at"),
            Container.beyond_use_at.label("container_limit"),
            Clinic.time_zone,
        )
        .select_from(Preparation)
        .join(made, made.id == Preparation.lot_id)
        .join(
            Line, and_(Line.clinic_id == Preparation.clinic_id, Line.movement_id == Preparation.movement_id)
        )
        .join(target, and_(target.id == Line.to_id, target.kind == "compounding"))
        .join(parent, parent.id == Line.lot_id)
        .join(Clinic, Clinic.id == Preparation.clinic_id)
        .outerjoin(Container, came_from)
        .where(
            Line.reverses_line_id.is_(None),
            ~select(undone.id)
            .where(undone.clinic_id == Line.clinic_id, undone.reverses_line_id == Line.id)
            .exists(),
        )
        .order_by(made.id, parent.id)
    )


def _last_instant(row: Any) -> datetime | None:
    """The first instant after the parent's printed day, by the calendar of the clinic."""
    if row.expires_on is None:
        return None
    following: date = row.expires_on + timedelta(days=1)
    # Where midnight comes twice, the later one counts: the day is then over for good.
    wall = ZoneInfo(row.time_zone)
    return max(
        datetime.combine(following, time(), wall).replace(fold=fold).astimezone(UTC) for fold in (0, 1)
    )
