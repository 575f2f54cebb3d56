"""How much of the recalled lots does each clinic's book place where, under which references did some go back?

Built on a trace of the lots over every clinic: quantities name nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, cast, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.ledger.trace_lines import NEWEST
from stockroom.ledger.trace_lots import LotNamed
from stockroom.models import (
    Clinic,
    Line,
    Lot,
    Movement,
    Product,
    Supplier,
    SupplierReturn,
    Transfer,
    TransferLine,
)
from stockroom.queries.trace_rows import Account, ForwardTrace
from stockroom.rules.recalled_quantities import LotBooks, LotSums, sum_up

_sent = aliased(Movement, name="sent")
_arrived = aliased(Movement, name="arrived")
_reversal = aliased(Line, name="reversal")
_undone = aliased(Line, name="undone")


@dataclass(frozen=True, slots=True, kw_only=True)
class WentBack:
    """Some of a lot that was returned to a supplier, and stands."""

    lot_uid: str
    lot_number: str
    product_uid: str
    presentation: str
    content_quantity: int
    base_unit: str
    clinic_name: str
    supplier: str
    reference: str
    returned_at: datetime
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LotHere:
    """One clinic's share of a recalled lot, or of a cocktail that was made with one."""

    lot: LotNamed
    is_made_with_it: bool
    books: LotBooks


@dataclass(frozen=True, slots=True, kw_only=True)
class LotEverywhere:
    """A recalled lot over all clinics."""

    product_uid: str
    product_name: str
    strength: str
    presentation: str
    content_quantity: int
    base_unit: str
    number: str
    clinics: int
    sums: LotSums


@dataclass(frozen=True, kw_only=True)
class RecalledQuantities:
    """Where everything is that a recall covers, to the last base unit."""

    here: tuple[LotHere, ...]
    """By clinic; the recalled lots before what was made with them."""
    everywhere: tuple[LotEverywhere, ...]
    """The recalled lots alone, by product and number."""
    went_back: tuple[WentBack, ...]

    @property
    def is_complete(self) -> bool:
        return all(each.sums.is_complete for each in self.everywhere) and all(
            each.books.difference == 0 for each in self.here
        )


def recalled_quantities(
    connection: Connection, trace: ForwardTrace, *, as_of: datetime = NEWEST
) -> RecalledQuantities:
    """Add up what a trace of the recalled lots found; `trace` saw every clinic, as of the same instant.

    Two statements.
    """
    lots = {each.lot.lot_id: each for each in trace.lots}
    accounts = {account.lot_uid: account for account in trace.accounts}
    on_the_way = _on_the_way(connection, lots, as_of) if lots else {}
    here = tuple(
        LotHere(
            lot=each.lot,
            is_made_with_it=each.depth > 0,
            books=_books(accounts[each.lot.uid], on_the_way.get(each.lot.lot_id, 0)),
        )
        for each in sorted(
            trace.lots,
            key=lambda each: (
                each.depth > 0, each.lot.product_name, each.lot.number, each.lot.clinic_name, each.lot.uid,
            ),
        )
    )  # fmt: skip
    return RecalledQuantities(
        here=here, everywhere=_everywhere(here), went_back=_went_back(connection, lots, as_of) if lots else ()
    )


def _books(account: Account, on_the_way: int) -> LotBooks:
    return LotBooks(
        received=account.received + account.made,
        arrived=account.arrived,
        corrected_in=account.adjusted_in,
        used=account.used,
        compounded=account.compounded,
        disposed=account.disposed,
        returned=account.returned,
        dispatched=account.dispatched,
        corrected_out=account.adjusted_out,
        on_hand=account.on_hand,
        on_the_way=on_the_way,
    )


def _everywhere(here: tuple[LotHere, ...]) -> tuple[LotEverywhere, ...]:
    """One row a product and number; a number that a lot was once taken for, and under which nothing stands, has none."""
    shares: dict[tuple[str, str], list[LotHere]] = {}
    for each in here:
        if not each.is_made_with_it and each.books != LotBooks():
            shares.setdefault((each.lot.product_uid, each.lot.number), []).append(each)
    return tuple(
        LotEverywhere(
            product_uid=of[0].lot.product_uid,
            product_name=of[0].lot.product_name,
            strength=of[0].lot.strength,
            presentation=of[0].lot.presentation,
            content_quantity=of[0].lot.content_quantity,
            base_unit=of[0].lot.base_unit,
            number=of[0].lot.number,
            clinics=len({each.lot.clinic_id for each in of}),
            sums=sum_up(each.books for each in of),
        )
        for of in shares.values()
    )


def _on_the_way(connection: Connection, lot_ids: Collection[int], as_of: datetime) -> dict[int, int]:
    """What of these lots left a clinic and has not arrived, by the lot as it stands in the sender's books now."""
    lot_id: Any = func.coalesce(Lot.superseded_by_id, Lot.id)
    rows = connection.execute(
        select(
            lot_id.label("lot_id"),
            cast(func.sum(TransferLine.dispatched_quantity), BigInteger).label("quantity"),
        )
        .select_from(TransferLine)
        .join(Transfer, Transfer.id == TransferLine.transfer_id)
        .join(Lot, Lot.id == TransferLine.from_lot_id)
        .join(_sent, _sent.id == Transfer.dispatch_movement_id)
        .outerjoin(_arrived, _arrived.id == Transfer.arrive_movement_id)
        .where(
            among(TransferLine.from_lot_id, "lots"),
            _sent.recorded_at <= as_of,
            or_(_arrived.id.is_(None), _arrived.recorded_at > as_of),
        )
        .group_by(lot_id),
        {"lots": tuple(lot_ids)},
    )
    return {row.lot_id: row.quantity for row in rows}


def _went_back(connection: Connection, lot_ids: Collection[int], as_of: datetime) -> tuple[WentBack, ...]:
    own = SupplierReturn.clinic_id
    taken_back = (
        _taken_back_by(_reversal, Line, as_of)
        .where(~_taken_back_by(_undone, _reversal, as_of).correlate(_reversal).exists())
        .correlate(Line)
        .exists()
    )
    rows = connection.execute(
        select(
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.uid.label("product_uid"),
            Product.presentation,
            Product.content_quantity,
            Product.base_unit,
            Clinic.name.label("clinic_name"),
            Supplier.name.label("supplier"),
            SupplierReturn.reference,
            SupplierReturn.returned_at,
            Line.quantity,
        )
        .select_from(Line)
        .join(SupplierReturn, and_(own == Line.clinic_id, SupplierReturn.movement_id == Line.movement_id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Clinic, Clinic.id == Line.clinic_id)
        .join(Supplier, Supplier.id == SupplierReturn.supplier_id)
        .where(among(Line.lot_id, "lots"), SupplierReturn.returned_at <= as_of, ~taken_back)
        .order_by(SupplierReturn.returned_at, SupplierReturn.id, Line.n),
        {"lots": tuple(lot_ids)},
    )
    return tuple(WentBack(**row._mapping) for row in rows)


def _taken_back_by(reversal: Any, line: Any, as_of: datetime) -> Any:
    """The reversals of a line that the books knew at an instant."""
    return (
        select(reversal.id)
        .join(Movement, and_(Movement.clinic_id == reversal.clinic_id, Movement.id == reversal.movement_id))
        .where(
            reversal.clinic_id == line.clinic_id,
            reversal.reverses_line_id == line.id,
            Movement.recorded_at <= as_of,
        )
    )


def lines_everywhere(
    connection: Connection, found: RecalledQuantities, covered: Iterable[tuple[str, str | None]]
) -> tuple[LotEverywhere, ...]:
    """Give the recalled lots with the numbers that are covered and that no clinic ever had; one statement more.

    `covered` are products by uid with a number, or None for all of the product.
    """
    known = {(each.product_uid, each.number) for each in found.everywhere}
    never = [(uid, number) for uid, number in covered if number is not None and (uid, number) not in known]
    if not never:
        return found.everywhere
    rows = connection.execute(
        select(
            Product.uid,
            Product.name,
            Product.strength,
            Product.presentation,
            Product.content_quantity,
            Product.base_unit,
        ).where(Product.uid.in_({uid for uid, _ in never}))
    )
    products = {row.uid: row for row in rows}
    none = tuple(
        LotEverywhere(
            product_uid=uid,
            product_name=products[uid].name,
            strength=products[uid].strength,
            presentation=products[uid].presentation,
            content_quantity=products[uid].content_quantity,
            base_unit=products[uid].base_unit,
            number=number,
            clinics=0,
            sums=sum_up(()),
        )
        for uid, number in never
    )
    return found.everywhere + none
