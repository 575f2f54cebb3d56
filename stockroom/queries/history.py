"""What happened to a lot, or to an opened container, and how much was there after each act?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, case, cast, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import Container, Line, Location, Lot, Movement, Person, Supplier, TreatmentSession
from stockroom.vocabulary import PHYSICAL_KINDS, LocationKind

_source = aliased(Location, name="source")
_target = aliased(Location, name="target")
_reversal = aliased(Line, name="reversal")
_PHYSICAL = sorted(PHYSICAL_KINDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryLine:
    """One line of the books, and what was on hand after it; quantities in the product's base unit."""

    movement_uid: str
    kind: str
    seq: int
    occurred_at: datetime
    recorded_at: datetime
    is_late: bool
    reason: str
    actor: str
    supplier: str | None
    source_uid: str
    source_name: str
    source_kind: str
    target_uid: str
    target_name: str
    target_kind: str
    quantity: int
    on_hand_after: int
    """Over all places of the clinic; of a container, in it."""
    opened_after: int
    """How much of that lay in opened containers."""
    session_uid: str | None
    is_reversed: bool
    is_reversal: bool


@dataclass(frozen=True, kw_only=True)
class History:
    """A part of it, the newest line first, and how many lines there are in all."""

    lines: tuple[HistoryLine, ...]
    count: int


def history_of_lot(
    connection: Connection, clinic_id: int, *, lot_uid: str, offset: int = 0, limit: int = 50
) -> History:
    """Give a lot's lines, the newest first; two statements.  A lot that is not here has none."""
    lot = select(Lot.id).where(Lot.clinic_id == clinic_id, Lot.uid == lot_uid).scalar_subquery()
    comes, goes = _target.kind.in_(_PHYSICAL), _source.kind.in_(_PHYSICAL)
    return _history(
        connection, clinic_id, Line.lot_id == lot, comes=comes, goes=goes, offset=offset, limit=limit
    )


def history_of_container(
    connection: Connection, clinic_id: int, *, container_uid: str, offset: int = 0, limit: int = 50
) -> History:
    """Give what went into an opened container and out of it, the newest first; two statements."""
    place = and_(Location.clinic_id == Container.clinic_id, Location.id == Container.location_id)
    named = and_(Container.clinic_id == clinic_id, Location.uid == container_uid)
    lot = select(Container.lot_id).join(Location, place).where(named).scalar_subquery()
    here = select(Container.location_id).join(Location, place).where(named).scalar_subquery()
    of_it = and_(Line.lot_id == lot, or_(Line.from_id == here, Line.to_id == here))
    comes, goes = Line.to_id == here, Line.from_id == here
    return _history(connection, clinic_id, of_it, comes=comes, goes=goes, offset=offset, limit=limit)


def _history(
    connection: Connection,
    clinic_id: int,
    which: ColumnElement[bool],
    *,
    comes: ColumnElement[bool],
    goes: ColumnElement[bool],
    offset: int,
    limit: int,
) -> History:
    chosen = and_(Line.clinic_id == clinic_id, which)
    count = connection.execute(select(func.count()).select_from(Line).where(chosen)).scalar_one()
    is_in, is_out = (place.kind == LocationKind.CONTAINER for place in (_target, _source))
    after = _running(comes, goes).label("on_hand_after")
    opened = _running(and_(comes, is_in), and_(goes, is_out)).label("opened_after")
    rows = connection.execute(
        _lines(after, opened).where(chosen).order_by(Line.id.desc()).limit(limit).offset(offset)
    )
    return History(lines=tuple(HistoryLine(**row._mapping) for row in rows), count=count)


def _running(comes: ColumnElement[bool], goes: ColumnElement[bool]) -> ColumnElement[int]:
    """What came less what went, up to and with each line."""
    change = case((comes, Line.quantity), else_=0) - case((goes, Line.quantity), else_=0)
    return cast(func.sum(change).over(order_by=Line.id), BigInteger)


def _lines(after: Any, opened: Any) -> Any:
    return (
        select(
            Movement.uid.label("movement_uid"),
            Movement.kind,
            Movement.seq,
            Movement.occurred_at,
            Movement.recorded_at,
            Movement.is_late,
            Movement.reason,
            Person.name.label("actor"),
            Supplier.name.label("supplier"),
            _source.uid.label("source_uid"),
            _source.name.label("source_name"),
            _source.kind.label("source_kind"),
            _target.uid.label("target_uid"),
            _target.name.label("target_name"),
            _target.kind.label("target_kind"),
            Line.quantity,
            after,
            opened,
            TreatmentSession.uid.label("session_uid"),
            _reversal.id.is_not(None).label("is_reversed"),
            Line.reverses_line_id.is_not(None).label("is_reversal"),
        )
        .select_from(Line)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(Person, Person.id == Movement.actor_id)
        .join(_source, and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id))
        .join(_target, and_(_target.clinic_id == Line.clinic_id, _target.id == Line.to_id))
        .outerjoin(Supplier, Supplier.id == Movement.supplier_id)
        .outerjoin(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .outerjoin(
            _reversal, and_(_reversal.clinic_id == Line.clinic_id, _reversal.reverses_line_id == Line.id)
        )
    )
