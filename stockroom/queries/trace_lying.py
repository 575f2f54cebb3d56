"""Where do the lots of a trace lie, and where did they lie at an instant?"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, bindparam, cast, func, select, union_all
from sqlalchemy.orm import aliased

from stockroom.db.columns import UTCDateTime, written
from stockroom.db.compiled_once import Once
from stockroom.ledger.trace_lots import in_clinics, is_asked, over
from stockroom.ledger.trace_walk import Way
from stockroom.models import Balance, Container, Line, Location, Movement
from stockroom.queries.trace_rows import Lying
from stockroom.vocabulary import VIRTUAL_KINDS

_standing = aliased(Location, name="standing")
_PLACE_COLUMNS = (
    Location.uid.label("location_uid"),
    Location.name.label("location_name"),
    Container.short_code.label("container_code"),
    _standing.name.label("standing_name"),
)


def _with_place(statement: Any, row: Any) -> Any:
    """Join the place of a row, and where it stands if it is an opened container."""
    return (
        statement.outerjoin(
            Location, and_(Location.clinic_id == row.clinic_id, Location.id == row.location_id)
        )
        .outerjoin(
            Container, and_(Container.clinic_id == row.clinic_id, Container.location_id == row.location_id)
        )
        .outerjoin(
            _standing,
            and_(_standing.clinic_id == Container.clinic_id, _standing.id == Container.stands_in_id),
        )
    )


_NOW = Once(
    _with_place(select(Balance.lot_id, Balance.quantity, *_PLACE_COLUMNS).select_from(Balance), Balance)
    .where(in_clinics(Balance.clinic_id), is_asked(Balance.lot_id), Balance.quantity > written(0))
    .order_by(Balance.lot_id, Location.name)
)


def _moves(place: Any, sign: int) -> Any:
    """What came to a place, or what left it, line by line; reversals are lines, too."""
    return (
        select(
            Line.clinic_id, Line.lot_id, place.label("location_id"), (Line.quantity * sign).label("quantity")
        )
        .select_from(Line)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .where(
            in_clinics(Line.clinic_id),
            is_asked(Line.lot_id),
            Movement.recorded_at <= bindparam("as_of", type_=UTCDateTime()),
        )
    )


_moved = union_all(_moves(Line.to_id, 1), _moves(Line.from_id, -1)).subquery("moved")
_summed = (
    select(
        _moved.c.clinic_id,
        _moved.c.lot_id,
        _moved.c.location_id,
        cast(func.sum(_moved.c.quantity), BigInteger).label("quantity"),
    )
    .group_by(_moved.c.clinic_id, _moved.c.lot_id, _moved.c.location_id)
    .subquery("summed")
)
_THEN = Once(
    _with_place(select(_summed.c.lot_id, _summed.c.quantity, *_PLACE_COLUMNS).select_from(_summed), _summed.c)
    .where(_summed.c.quantity > 0, Location.kind.not_in([kind.value for kind in VIRTUAL_KINDS]))
    .order_by(_summed.c.lot_id, Location.name)
)


def lying_now(connection: Connection, ways: Mapping[int, Way]) -> tuple[Lying, ...]:
    """Give where these lots still lie, by their balances; one statement."""
    return _told(over(connection, _NOW, _clinics(ways), ways), ways)


def lying_then(connection: Connection, ways: Mapping[int, Way], *, as_of: datetime) -> tuple[Lying, ...]:
    """Give where they lay at an instant, by their lines; an opened container by where it stands now.  One statement."""
    asked = {"clinic_ids": tuple(_clinics(ways)), "ids": tuple(ways), "as_of": as_of}
    return _told(_THEN.all(connection, asked), ways)


def _clinics(ways: Mapping[int, Way]) -> Collection[int]:
    return {way.lot.clinic_id for way in ways.values()}


def _told(rows: Any, ways: Mapping[int, Way]) -> tuple[Lying, ...]:
    return tuple(
        Lying(
            lot_uid=ways[row.lot_id].lot.uid,
            location_uid=row.location_uid,
            location_name=row.standing_name or row.location_name,
            container_code=row.container_code,
            quantity=row.quantity,
        )
        for row in rows
    )
