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
from stockroom.models import Clinic, Line, Location, Lot, Movement, Product, TransferLine
from stockroom.queries.trace_lots import LOT_COLUMNS, in_clinics, is_asked, over
from stockroom.vocabulary import LocationKind


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
_NOTHING = cast(null(), BigInteger)


class _Net:
    """The statement that follows a net; a step goes each of six ways, of which a knot has some."""

    def __init__(self, *, forward: bool) -> None:
        self._forward = forward
        start = (
            select(Lot.clinic_id.label("clinic_id"), Lot.id.label("lot_id"), _NOTHING.label("movement_id"))
            .where(in_clinics(Lot.clinic_id), is_asked(Lot.id))
            .cte("net", recursive=True)
        )
        self._net = start.union(self._step(start))

    def statement(self) -> Any:
        """Give the knots: a lot with its columns, or a movement."""
        net = self._net
        lot_columns = LOT_COLUMNS[1:]
        return (
            select(net.c.lot_id, net.c.movement_id, Lot.superseded_by_id, *lot_columns)
            .select_from(net)
            .outerjoin(Lot, and_(Lot.clinic_id == net.c.clinic_id, Lot.id == net.c.lot_id))
            .outerjoin(Product, Product.id == Lot.product_id)
            .outerjoin(Clinic, Clinic.id == Lot.clinic_id)
            .order_by(net.c.lot_id)
        )

    def _step(self, net: Any) -> Any:
        way = _WAYS.c.way
        line, other, movement = aliased(Line), aliased(Line), aliased(Movement)
        source, target = aliased(Location), aliased(Location)
        sent, far, kin, own = aliased(TransferLine), aliased(Lot), aliased(Lot), aliased(Lot)

        def on(n: int, knot: Any) -> Any:
            """The knot's key on one way, nothing on the others: an index finds no row for nothing."""
            return case((way == n, knot))

        lot, moved = net.c.lot_id, net.c.movement_id
        into, out_of = (target, source) if self._forward else (source, target)
        into_side, out_of_side = (line.to_id, other.from_id) if self._forward else (line.from_id, other.to_id)
        near, distant = (
            (sent.from_lot_id, sent.to_lot_id) if self._forward else (sent.to_lot_id, sent.from_lot_id)
        )
        next_movement, linked = (
            (movement.replaces_movement_id, movement.id == on(2, moved))
            if self._forward
            else (movement.id, movement.replaces_movement_id == on(2, moved))
        )
        steps = (
            _WAYS.join(
                net, or_(and_(way.in_((1, 4, 5, 6)), lot.is_not(None)), and_(way.in_((2, 3)), moved.is_not(None)))
            )
            .outerjoin(
                line,
                and_(
                    line.clinic_id == net.c.clinic_id, line.lot_id == on(1, lot), line.session_id.is_(None),
                    func.coalesce(line.reverses_line_id, 0) == 0,
                ),
            )
            .outerjoin(into, and_(into.clinic_id == line.clinic_id, into.id == into_side))
            .outerjoin(movement, and_(movement.clinic_id == net.c.clinic_id, linked))
            .outerjoin(
                other,
                and_(
                    other.clinic_id == net.c.clinic_id, other.movement_id == on(3, moved),
                    func.coalesce(other.reverses_line_id, 0) == 0,
                ),
            )
            .outerjoin(out_of, and_(out_of.clinic_id == other.clinic_id, out_of.id == out_of_side))
            .outerjoin(sent, near == on(4, lot))
            .outerjoin(far, and_(far.id == distant, in_clinics(far.clinic_id)))
            .outerjoin(kin, and_(kin.clinic_id == net.c.clinic_id, kin.superseded_by_id == on(5, lot)))
            .outerjoin(own, and_(own.clinic_id == net.c.clinic_id, own.id == on(6, lot)))
        )  # fmt: skip
        compounding = LocationKind.COMPOUNDING.value
        clinic = case((way == 4, far.clinic_id), else_=net.c.clinic_id)
        next_lot = case(
            (and_(way == 3, func.coalesce(out_of.kind, "") == compounding), other.lot_id),
            (way == 4, far.id),
            (way == 5, kin.id),
            (way == 6, own.superseded_by_id),
        )
        movement_next = case(
            (and_(way == 1, func.coalesce(into.kind, "") == compounding), line.movement_id),
            (way == 2, next_movement),
        )
        return (
            select(clinic, next_lot, movement_next)
            .select_from(steps)
            .where(func.coalesce(next_lot, movement_next, 0) > 0)
        )


_FORWARD = Once(_Net(forward=True).statement())
_BACK = Once(_Net(forward=False).statement())
