"""Which lots may a trace have to look at?  Everything within reach, however deep, in one statement a direction.

Lots and the movements between them are the knots of one net; a recursive statement follows it to its end.  It
follows what was reversed too, for what stood at a past instant may be reversed now: `trace_walk` takes of it
what stands.  Uses are no knots: however many there are, they are not read here.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    Connection,
    and_,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from stockroom.db.compiled_once import Once
from stockroom.ledger.trace_lines import is_first_booking, is_kind
from stockroom.ledger.trace_lots import LOT_COLUMNS, in_clinics, is_asked, over
from stockroom.models import Clinic, Line, Location, Lot, Movement, Product, TransferLine
from stockroom.vocabulary import LocationKind, LotKind


@dataclass(frozen=True, kw_only=True)
class Reach:
    """The lots within reach, as rows of `LOT_COLUMNS`, and the movements between them."""

    lots: Sequence[Any]
    movement_ids: frozenset[int]


def reach_forward(connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int]) -> Reach:
    """Give what may have been made of these lots, or was sent of them to these clinics; one statement."""
    return _reach(over(connection, _FORWARD, clinic_ids, lot_ids))


def reach_back(connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int]) -> Reach:
    """Give what these lots may have been made of, came from, or were taken for; one statement."""
    return _reach(over(connection, _BACK, clinic_ids, lot_ids))


def _reach(rows: Sequence[Any]) -> Reach:
    return Reach(
        lots=[row for row in rows if row.lot_id is not None],
        movement_ids=frozenset(row.movement_id for row in rows if row.movement_id is not None),
    )


_WAYS = union_all(*(select(literal_column(str(n)).label("way")) for n in range(1, 7))).subquery("ways")
"""1: from a lot to the movements that mixed it, or that made it.  2: from a movement to the one that it replaces, or
those that replace it.  3: from a movement to the lots that came out of it, or went into it.  4: to the lot as it
arrived in another clinic, or left one.  5 and 6: to the lots that were taken for it, and that it turned out to be."""
_NOTHING = cast(null(), BigInteger)
_way = _WAYS.c.way
_line, _other, _movement = aliased(Line), aliased(Line), aliased(Movement)
_place, _other_place = aliased(Location), aliased(Location)
_sent, _own, _far, _kin = aliased(TransferLine), aliased(Lot), aliased(Lot), aliased(Lot)


def _on(way: int, knot: Any, *conditions: Any) -> Any:
    """The knot's key on one way, nothing on the others: an index finds no row for nothing."""
    return case((and_(_way == way, *conditions), knot))


def _net(*, forward: bool) -> Any:
    """The statement that follows a net from some lots; a step goes each of six ways, of which a knot has some."""
    start = (
        select(Lot.clinic_id.label("clinic_id"), Lot.id.label("lot_id"), _NOTHING.label("movement_id"))
        .where(in_clinics(Lot.clinic_id), is_asked(Lot.id))
        .cte("net", recursive=True)
    )
    clinic, lot, moved = _next(start, forward=forward)
    net = start.union(
        select(clinic, lot, moved)
        .select_from(_joined(start, forward=forward))
        .where(func.coalesce(lot, moved, 0) > 0)
    )
    return (
        select(net.c.lot_id, net.c.movement_id, Lot.superseded_by_id, *LOT_COLUMNS[1:])
        .select_from(net)
        .outerjoin(Lot, and_(Lot.clinic_id == net.c.clinic_id, Lot.id == net.c.lot_id))
        .outerjoin(Product, Product.id == Lot.product_id)
        .outerjoin(Clinic, Clinic.id == Lot.clinic_id)
        .order_by(net.c.lot_id)
    )


def _joined(net: Any, *, forward: bool) -> Any:
    """What each way leads to from a knot, by outer joins, which keep their order."""
    clinic, lot, moved = net.c.clinic_id, net.c.lot_id, net.c.movement_id
    is_lot = and_(_way.in_((1, 4, 5, 6)), lot.is_not(None))
    is_moved = and_(_way.in_((2, 3)), moved.is_not(None))
    mixed = _on(1, lot) if forward else _on(1, lot, _own.kind == LotKind.PREPARED.value)
    linked = _movement.id if forward else _movement.replaces_movement_id
    return (
        _WAYS.join(net, or_(is_lot, is_moved))
        .outerjoin(_own, and_(_own.clinic_id == clinic, _own.id == case((_way.in_((1, 6)), lot))))
        .outerjoin(
            _line,
            and_(
                _line.clinic_id == clinic, _line.lot_id == mixed, _line.session_id.is_(None),
                is_first_booking(_line),
            ),
        )
        .outerjoin(
            _place,
            and_(_place.clinic_id == _line.clinic_id, _place.id == (_line.to_id if forward else _line.from_id)),
        )
        .outerjoin(_movement, and_(_movement.clinic_id == clinic, linked == _on(2, moved)))
        .outerjoin(
            _other,
            and_(_other.clinic_id == clinic, _other.movement_id == _on(3, moved), is_first_booking(_other)),
        )
        .outerjoin(
            _other_place,
            and_(
                _other_place.clinic_id == _other.clinic_id,
                _other_place.id == (_other.from_id if forward else _other.to_id),
            ),
        )
        .outerjoin(_sent, (_sent.from_lot_id if forward else _sent.to_lot_id) == _on(4, lot))
        .outerjoin(
            _far,
            and_(_far.id == (_sent.to_lot_id if forward else _sent.from_lot_id), in_clinics(_far.clinic_id)),
        )
        .outerjoin(_kin, and_(_kin.clinic_id == clinic, _kin.superseded_by_id == _on(5, lot)))
    )  # fmt: skip


def _next(net: Any, *, forward: bool) -> tuple[Any, Any, Any]:
    """The clinic, and the lot or the movement, that a way has led to; nothing where it leads nowhere."""
    clinic = case((_way == 4, _far.clinic_id), else_=net.c.clinic_id)
    lot = case(
        (and_(_way == 3, is_kind(_other_place, LocationKind.COMPOUNDING)), _other.lot_id),
        (_way == 4, _far.id),
        (_way == 5, _kin.id),
        (_way == 6, _own.superseded_by_id),
    )
    moved = case(
        (and_(_way == 1, is_kind(_place, LocationKind.COMPOUNDING)), _line.movement_id),
        (_way == 2, _movement.replaces_movement_id if forward else _movement.id),
    )
    return clinic, lot, moved


_FORWARD = Once(_net(forward=True))
_BACK = Once(_net(forward=False))
