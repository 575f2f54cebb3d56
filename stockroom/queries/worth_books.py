"""What did everything cost, in the books read up to one point?  Deliveries and lines, generation by generation.

A lot's layers are read only where something of it is asked for.  What was drawn for a cocktail, or came from
another clinic, leads to the lines by which it left its parents, and these to the layers of the parents: a
bounded number of statements for each generation, however many lines there are.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    case,
    cast,
    func,
    or_,
    select,
    union,
)
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.models import (
    Line,
    Lot,
    Movement,
    Product,
    Receipt,
    ReceiptLine,
    ReceiptLineBefore,
    Transfer,
    TransferLine,
)
from stockroom.queries.worth_standing import Standing
from stockroom.rules.worth_flow import Bought, Drawn, Flow, Segment, Source
from stockroom.rules.worth_layers import NOTHING, UNKNOWN, Value, cost_of
from stockroom.vocabulary import CostState, LocationKind

_GENERATIONS_MAX = 60
"""Goods of goods of goods; a chain that is longer has a cost that nobody knows."""


def flow_of(
    connection: Connection,
    standing: Standing,
    *,
    lot_ids: Iterable[int] = (),
    lines: Mapping[int, int] | None = None,
) -> Flow:
    """Give what remainders of these lots and these lines (line id: lot id) cost, and all that it follows from.

    Six statements at most for each generation of goods.
    """
    sources: dict[int, list[Source]] = {}
    segments: dict[int, Segment] = {}
    asked_lots, asked_lines = set(lot_ids), dict(lines or {})
    for _ in range(_GENERATIONS_MAX):
        new_lines = {line: lot for line, lot in asked_lines.items() if line not in segments}
        segments |= _segments(connection, standing, new_lines)
        new_lots = (asked_lots | set(asked_lines.values())) - sources.keys()
        if not new_lots:
            break
        found = _layers(connection, standing, new_lots)
        sources |= found.sources
        asked_lines |= found.lines
    return Flow(sources, segments)


def _lot_of(row: Any, lot: Any = Lot) -> ColumnElement[bool]:
    """The lot of a row.  Lots are asked for by their own key: SQLite takes a clinic for few lines, which it is not."""
    return and_(row.clinic_id == lot.clinic_id, row.lot_id == lot.id)


def _segments(connection: Connection, standing: Standing, lines: Mapping[int, int]) -> dict[int, Segment]:
    """Give which base units of its lot each line took: what left the lot before it, in the order of the books."""
    if not lines:
        return {}
    line, movement, lot = aliased(Line), aliased(Movement), aliased(Lot)
    transit, adjustment = standing.ids(LocationKind.IN_TRANSIT), standing.ids(LocationKind.ADJUSTMENT)
    places = standing.virtual
    left = or_(
        and_(line.from_id.not_in(places), line.to_id.in_(places)),
        and_(line.from_id.in_(transit), line.to_id.in_(places)),
    )
    found = and_(
        line.from_id.in_(adjustment), line.to_id.not_in(places), movement.document_kind == "stocktake"
    )
    taken = case((found, -line.quantity), else_=line.quantity)
    account = (
        select(
            line.id,
            line.lot_id,
            taken.label("taken"),
            func.sum(taken)
            .over(partition_by=line.lot_id, order_by=(line.movement_id, line.n), rows=(None, 0))
            .label("until"),
        )
        .join(movement, and_(movement.clinic_id == line.clinic_id, movement.id == line.movement_id))
        .join(lot, _lot_of(line, lot))
        .where(among(lot.id, "lots"), or_(left, found), standing.stands(line, movement))
        .subquery()
    )
    rows = connection.execute(
        select(
            account.c.id, account.c.lot_id, account.c.taken, cast(account.c.until, BigInteger).label("until")
        ).where(among(account.c.id, "lines")),
        {"lots": tuple(set(lines.values())), "lines": tuple(lines)},
    )
    return {
        row.id: Segment(
            row.lot_id,
            min(row.until, row.until - row.taken),
            max(row.until, row.until - row.taken),
            row.taken < 0,
        )
        for row in rows
    }


@dataclass(frozen=True, kw_only=True)
class _Found:
    sources: dict[int, list[Source]]
    lines: dict[int, int]
    """The lines from which layers were drawn, with their lots."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Came:
    """Something that came of a lot, and when in the order of the books."""

    lot_id: int
    order: tuple[int, int]
    source: Source


def _layers(connection: Connection, standing: Standing, lot_ids: Collection[int]) -> _Found:
    """Give everything that came of these lots, the oldest first."""
    came = _bought(connection, standing, lot_ids)
    others = _came_otherwise(connection, standing, lot_ids)
    leaving = _leaving(connection, standing, others)
    lines: dict[int, int] = {}
    for row in others:
        drawn = leaving.get((row.document_uid, row.drawn_for), {}) if row.drawn_for is not None else {}
        lines |= drawn
        source: Source = Bought(row.quantity, NOTHING)  # more in a vial than its label says cost nothing more
        if row.drawn_for is not None:
            source = Drawn(row.quantity, tuple(drawn))
        came.append(_Came(lot_id=row.lot_id, order=(row.movement_id, 0), source=source))
    sources: dict[int, list[Source]] = {lot_id: [] for lot_id in lot_ids}
    for each in sorted(came, key=lambda each: each.order):
        sources[each.lot_id].append(each.source)
    return _Found(sources=sources, lines=lines)


def _bought(connection: Connection, standing: Standing, lot_ids: Collection[int]) -> list[_Came]:
    rows = connection.execute(_receipt_lines(standing), {"lots": tuple(lot_ids)})
    return [
        _Came(
            lot_id=row.lot_id,
            order=(row.movement_id, row.id),
            source=Bought(row.quantity, _cost(row)),
        )
        for row in rows
    ]


def _cost(row: Any) -> Value:
    if row.cost_state == CostState.PRICED:
        return cost_of(
            row.quantity,
            content_quantity=row.content_quantity,
            unit_cost_minor=row.unit_cost_minor,
            currency=row.currency,
        )
    return NOTHING if row.cost_state == CostState.FREE_SAMPLE else UNKNOWN


def _receipt_lines(standing: Standing) -> Select[Any]:
    """What was delivered of the lots of the parameter, as its receipts said it then."""
    said, later, before = ReceiptLine, aliased(ReceiptLineBefore), aliased(ReceiptLineBefore)
    line, movement = aliased(Line), aliased(Movement)
    seq = standing.seq(said.clinic_id)
    first_change = (
        select(func.min(later.until_seq))
        .where(later.clinic_id == said.clinic_id, later.receipt_line_id == said.id, later.until_seq > seq)
        .correlate(said)
        .scalar_subquery()
    )
    is_unchanged = before.receipt_line_id.is_(None)

    def then(name: str) -> Any:
        return case((is_unchanged, getattr(said, name)), else_=getattr(before, name))

    concerned = union(
        select(ReceiptLine.id).join(Lot, _lot_of(ReceiptLine)).where(among(Lot.id, "lots")),
        select(ReceiptLineBefore.receipt_line_id)
        .join(Lot, _lot_of(ReceiptLineBefore))
        .where(among(Lot.id, "lots")),
    )
    return (
        select(
            said.id,
            then("lot_id").label("lot_id"),
            (said.quantity - said.taken_off_quantity).label("quantity"),
            then("cost_state").label("cost_state"),
            then("unit_cost_minor").label("unit_cost_minor"),
            then("currency").label("currency"),
            Product.content_quantity,
            Receipt.movement_id,
        )
        .join(Receipt, and_(Receipt.clinic_id == said.clinic_id, Receipt.id == said.receipt_id))
        .outerjoin(
            before,
            and_(
                before.clinic_id == said.clinic_id,
                before.receipt_line_id == said.id,
                before.until_seq == first_change,
            ),
        )
        .join(line, and_(line.clinic_id == said.clinic_id, line.id == then("line_id")))
        .join(movement, and_(movement.clinic_id == line.clinic_id, movement.id == line.movement_id))
        .join(Lot, and_(Lot.clinic_id == said.clinic_id, Lot.id == said.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(
            said.id.in_(concerned),
            among(then("lot_id"), "lots"),
            said.quantity > said.taken_off_quantity,
            standing.stands(line, movement),
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Inward:
    """What came of a lot without a receipt: a cocktail, goods of another clinic, more than the label said."""

    lot_id: int
    movement_id: int
    quantity: int
    document_uid: str | None
    drawn_for: int | None
    """The lot that what left its parents was drawn for; None for what cost nothing."""


def _came_otherwise(connection: Connection, standing: Standing, lot_ids: Collection[int]) -> list[_Inward]:
    line, movement, lot = aliased(Line), aliased(Movement), aliased(Lot)
    drawn = standing.ids(LocationKind.COMPOUNDING, LocationKind.IN_TRANSIT)
    adjustment = standing.ids(LocationKind.ADJUSTMENT)
    rows = connection.execute(
        select(
            line.lot_id,
            line.quantity,
            line.from_id,
            func.coalesce(movement.replaces_movement_id, movement.id).label("movement_id"),
            movement.document_uid,
        )
        .join(movement, and_(movement.clinic_id == line.clinic_id, movement.id == line.movement_id))
        .join(lot, _lot_of(line, lot))
        .where(
            among(lot.id, "lots"),
            or_(
                line.from_id.in_(drawn),
                and_(
                    line.from_id.in_(adjustment),
                    movement.document_kind.not_in(("stocktake", "receipt")),
                ),
            ),
            standing.stands(line, movement),
        )
        .order_by(line.movement_id, line.n),
        {"lots": tuple(lot_ids)},
    )
    found: dict[tuple[int, str | None, bool], _Inward] = {}
    for row in rows:
        is_drawn = row.from_id in drawn
        key = (row.lot_id, row.document_uid, is_drawn)
        earlier = found.get(key)
        found[key] = _Inward(
            lot_id=row.lot_id,
            movement_id=row.movement_id if earlier is None else earlier.movement_id,
            quantity=row.quantity + (0 if earlier is None else earlier.quantity),
            document_uid=row.document_uid,
            drawn_for=row.lot_id if is_drawn else None,
        )
    return list(found.values())


Leaving = dict[tuple[str | None, int], dict[int, int]]
"""By the paper and the lot that came of it: the lines that left for it, with their lots."""


def _leaving(connection: Connection, standing: Standing, came: Collection[_Inward]) -> Leaving:
    """Give the lines by which goods left their lots for what came of other lots."""
    papers = tuple({row.document_uid for row in came if row.drawn_for is not None and row.document_uid})
    if not papers:
        return {}
    line, movement, lot = aliased(Line), aliased(Movement), aliased(Lot)
    transit = standing.ids(LocationKind.IN_TRANSIT)
    rows = connection.execute(
        select(
            line.id,
            line.lot_id,
            line.to_id,
            movement.document_uid,
            func.coalesce(lot.superseded_by_id, lot.id).label("known_as"),
        )
        .select_from(movement)
        .join(line, and_(line.clinic_id == movement.clinic_id, line.movement_id == movement.id))
        .join(lot, and_(lot.clinic_id == line.clinic_id, lot.id == line.lot_id))
        .where(
            among(movement.document_uid, "papers"),
            line.to_id.in_(standing.ids(LocationKind.COMPOUNDING, LocationKind.IN_TRANSIT)),
            standing.stands(line, movement),
        ),
        {"papers": papers},
    ).all()
    sent = _sent(connection, papers) if any(row.to_id in transit for row in rows) else {}
    became = _known_as(connection, {row.lot_id for row in came}) if sent else {}
    by_paper: dict[str | None, list[Any]] = {}
    for row in rows:
        by_paper.setdefault(row.document_uid, []).append(row)
    leaving: Leaving = {}
    for each in came:
        if each.drawn_for is None:
            continue
        origins = sent.get((each.document_uid, became.get(each.lot_id, each.lot_id)))
        leaving[each.document_uid, each.drawn_for] = {
            row.id: row.lot_id
            for row in by_paper.get(each.document_uid, ())
            if (row.known_as in origins if origins is not None else row.to_id not in transit)
        }
    return leaving


def _sent(connection: Connection, papers: Collection[str]) -> dict[tuple[str | None, int], set[int]]:
    """Give which lots of the sender a lot of the receiver came of, by the transfer's uid."""
    origin, target = aliased(Lot), aliased(Lot)
    rows = connection.execute(
        select(
            Transfer.uid,
            func.coalesce(origin.superseded_by_id, origin.id).label("from_lot_id"),
            func.coalesce(target.superseded_by_id, target.id).label("to_lot_id"),
        )
        .join(TransferLine, TransferLine.transfer_id == Transfer.id)
        .join(origin, origin.id == TransferLine.from_lot_id)
        .join(target, target.id == TransferLine.to_lot_id)
        .where(among(Transfer.uid, "papers")),
        {"papers": tuple(papers)},
    )
    sent: dict[tuple[str | None, int], set[int]] = {}
    for row in rows:
        sent.setdefault((row.uid, row.to_lot_id), set()).add(row.from_lot_id)
    return sent


def _known_as(connection: Connection, lot_ids: Collection[int]) -> dict[int, int]:
    """Give the lot that each of these turned out to be; itself where it did not."""
    rows = connection.execute(
        select(Lot.id, func.coalesce(Lot.superseded_by_id, Lot.id).label("known_as")).where(
            among(Lot.id, "lots")
        ),
        {"lots": tuple(lot_ids)},
    )
    return {row.id: row.known_as for row in rows}
