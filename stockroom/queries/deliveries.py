"""Which deliveries are in work, what stands on each, and what does each line still lack?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select, tuple_
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.errors import ThingNotFound
from stockroom.models import Delivery, DeliveryLine, Lot, Person, Receipt, Supplier
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.reads.bench_receipts import LotKey, unmatched_lines
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.deliveries import brought, product_facts, standing_lines, taken_in
from stockroom.reads.delivery_lines import doubtful_readings
from stockroom.reads.orders_owed import OwedLine, as_owed, owed_lines
from stockroom.reads.usual_places import usual_places
from stockroom.rules.order_matching import Beyond, Matched, match
from stockroom.rules.receiving import Concern
from stockroom.rules.unpacking import Lack, LineState, concerns_about, lacking
from stockroom.vocabulary import ArrivalState, BenchDecision, DeliveryState, LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRow:
    """A delivery on the table, posted (then it has a receipt) or given up."""

    uid: str
    version: int
    state: str
    supplier_uid: str | None
    supplier: str | None
    delivery_note: str
    arrived_at: datetime
    state_on_arrival: str
    started_by: str
    started_at: datetime
    updated_at: datetime
    receipt_uid: str | None
    line_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForOrder:
    """So many whole presentations of a line of a delivery are for a line of an order."""

    order_uid: str
    reference: str
    order_line_uid: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedHere:
    """A line of the supplier's orders of which something is owed, and what of it is in this delivery."""

    line: OwedLine
    here_count: int

    @property
    def left_count(self) -> int:
        """What stays owed once the delivery is booked."""
        return max(self.line.owed_count - self.here_count, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryLineRow:
    """One lot as it stands on a delivery."""

    uid: str
    n: int
    version: int
    raw_scan: str | None
    reading: str | None
    readings: tuple[str, ...]
    """What a scan in doubt may say; empty when it is clear."""
    code: str | None
    """The code of the pack, known or not."""
    product_uid: str | None
    """None while nobody knows which it is."""
    product_name: str | None
    strength: str | None
    presentation: str | None
    pack_level: str | None
    base_unit: str | None
    presentation_count: int
    content_quantity: int | None
    quantity: int | None
    """Base units that are taken in of this line."""
    lot_number: str | None
    expires_on: date | None
    expires_at: datetime | None
    serial: str | None
    pack_count: int
    location_uid: str | None
    location_name: str | None
    usual_place_uid: str | None
    """Where the product was put last; only while nobody has said where it is put now."""
    cost_state: str
    unit_cost_minor: int | None
    currency: str | None
    decision: str
    bench_decision: str
    bench_quantity: int
    """Base units of this lot that the bench had received and that no delivery has taken off."""
    books_expiry: date | datetime | None
    now_called: str | None
    """The lot that goods of this number were found to be before; None where the number was never misread."""
    order_choice: str
    fault: str | None
    """What is wrong with packs that were put aside or refused."""
    refused_count: int
    """Of the packs, those that were refused at the door."""
    for_orders: tuple[ForOrder, ...]
    """Which lines of orders it is for."""
    beyond: Beyond | None
    """None where all of it is for what is owed, or the supplier owes nothing."""
    beyond_count: int
    concerns: tuple[Concern, ...]
    lacks: tuple[Lack, ...]
    entered_by: str
    entered_at: datetime


@dataclass(frozen=True, kw_only=True)
class DeliveryShown:
    """A delivery with its lines."""

    delivery: DeliveryRow
    lines: tuple[DeliveryLineRow, ...]
    owed: tuple[OwedHere, ...] = ()
    """What its supplier owes, what is due first first; empty once it was posted or given up."""


def deliveries(
    connection: Connection,
    clinic_id: int,
    *,
    state: DeliveryState | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[DeliveryRow]:
    """Give the clinic's deliveries, the newest first; one statement.  Raises CursorUnreadable."""
    statement = _deliveries(clinic_id)
    if state is not None:
        statement = statement.where(Delivery.state == state)
    return page_of(connection, statement, Delivery, _show, after=after, limit=limit, newest_first=True)


def delivery(connection: Connection, clinic_id: int, *, uid: str, now: datetime) -> DeliveryShown:
    """Give a delivery with its lines, what each lacks now and which orders it is for; eight statements at most.

    Raises ThingNotFound.
    """
    wanted = _deliveries(clinic_id).add_columns(Delivery.id, Delivery.supplier_id).where(Delivery.uid == uid)
    found = connection.execute(wanted).first() if is_uid(uid) else None
    if found is None:
        raise ThingNotFound(thing="delivery", uid=uid[:40])
    clinic = clinic_settings(connection, clinic_id)
    rows = standing_lines(connection, clinic_id, found.id)
    lots = _lot_keys(rows)
    bench: dict[LotKey, int] = {}
    for each in unmatched_lines(connection, clinic_id, lots):
        key = (each.product_id, each.lot_number)
        bench[key] = bench.get(key, 0) + each.quantity
    books = _in_books(connection, clinic_id, lots)
    people = _people(connection, {row.entered_by_id for row in rows})
    homeless = {row.meant_id for row in rows if row.location_id is None and product_facts(row) is not None}
    owed: tuple[OwedLine, ...] = ()
    if found.supplier_id is not None and found.state == DeliveryState.OPEN:
        owed = owed_lines(connection, clinic_id, supplier_id=found.supplier_id)
    matched = match(brought(rows), as_owed(owed))
    judge = _Judge(
        now=now,
        clinic=clinic,
        came_doubtful=found.state_on_arrival != ArrivalState.GOOD,
        bench=bench,
        books=books.expiries,
        here=books.here,
        misread=books.misread,
        people=people,
        usual=usual_places(connection, clinic_id, homeless),
        owed={each.line_id: each for each in owed},
        matched=matched,
    )
    return DeliveryShown(
        delivery=_show(found),
        lines=tuple(judge.line(row) for row in rows),
        owed=tuple(OwedHere(line=each, here_count=matched.of_order_line(each.line_id)) for each in owed),
    )


@dataclass(frozen=True, kw_only=True)
class _Judge:
    """What the lines of a delivery are looked at with."""

    now: datetime
    clinic: Row[Any]
    came_doubtful: bool
    bench: Mapping[LotKey, int]
    books: Mapping[LotKey, date | datetime | None]
    here: frozenset[LotKey]
    """Lots that are this clinic's under their number."""
    misread: Mapping[LotKey, str]
    people: Mapping[int, str]
    usual: Mapping[int, Row[Any]]
    owed: Mapping[int, OwedLine]
    """What the supplier owes, by the line's key."""
    matched: Matched

    def line(self, row: Row[Any]) -> DeliveryLineRow:
        product = product_facts(row)
        key: LotKey = (row.meant_id or 0, row.lot_number or "")
        state = LineState(
            product=product,
            in_doubt=row.in_doubt,
            lot_number=row.lot_number,
            expires_on=row.expires_on,
            expires_at=row.expires_at,
            serial=row.serial,
            pack_count=row.pack_count,
            place=LocationKind(row.location_kind) if row.location_kind else None,
            decision=row.decision,
            bench=BenchDecision(row.bench_decision),
            bench_quantity=self.bench.get(key, 0),
            books_expiry=self.books.get(key),
            is_in_books=key in self.books,
            now_called=None if key in self.here else self.misread.get(key),
            is_refused=not taken_in(row),
            is_beyond_order=row.n in self.matched.undecided,
        )
        found = concerns_about(
            state,
            now=self.now,
            today=civil_date(self.now, self.clinic.time_zone),
            short_dated_days=self.clinic.short_dated_days,
            came_doubtful=self.came_doubtful,
            country=self.clinic.country,
        )
        usual = self.usual.get(row.meant_id) if row.location_id is None else None
        return replace(
            _line(row, state, found, self.people, self.clinic.time_zone),
            usual_place_uid=None if usual is None else usual.uid,
            **self._of_orders(row.n),
        )

    def _of_orders(self, n: int) -> dict[str, Any]:
        """What a line is for, and what of it is for nothing that is owed."""
        over, strange = self.matched.over.get(n, 0), self.matched.not_ordered.get(n, 0)
        beyond = Beyond.OVER if over else Beyond.NOT_ORDERED if strange and self.owed else None
        parts = tuple(
            ForOrder(
                order_uid=self.owed[part.line_id].order_uid,
                reference=self.owed[part.line_id].reference,
                order_line_uid=self.owed[part.line_id].line_uid,
                count=part.count,
            )
            for part in self.matched.of_line(n)
        )
        return {"for_orders": parts, "beyond": beyond, "beyond_count": over or strange}


def _line(
    row: Row[Any],
    state: LineState,
    found: tuple[Concern, ...],
    people: Mapping[int, str],
    zone: str,
) -> DeliveryLineRow:
    known = state.product is not None
    said = {
        name: getattr(row, name)
        for name in DeliveryLineRow.__dataclass_fields__
        if name in row._mapping and name not in _OF_PRODUCT
    }
    said |= {name: getattr(row, name) if known else None for name in _OF_PRODUCT}
    return DeliveryLineRow(
        **said,
        readings=doubtful_readings(row.raw_scan, today=civil_date(row.entered_at, zone))
        if row.in_doubt
        else (),
        code=row.other_code or row.gtin,
        quantity=taken_in(row) * row.presentation_count * row.content_quantity if known else None,
        bench_quantity=state.bench_quantity,
        books_expiry=state.books_expiry,
        now_called=state.now_called,
        concerns=found,
        lacks=lacking(state, found),
        entered_by=people[row.entered_by_id],
        usual_place_uid=None,
        for_orders=(),
        beyond=None,
        beyond_count=0,
    )


_OF_PRODUCT = (
    "product_uid", "product_name", "strength", "presentation", "pack_level", "base_unit", "content_quantity",
)  # fmt: skip


def _lot_keys(rows: Sequence[Row[Any]]) -> frozenset[LotKey]:
    return frozenset(
        (row.meant_id, row.lot_number)
        for row in rows
        if row.lot_number is not None and product_facts(row) is not None
    )


@dataclass(frozen=True, kw_only=True)
class _InBooks:
    """What the books say of the lots on a delivery."""

    expiries: Mapping[LotKey, date | datetime | None]
    here: frozenset[LotKey]
    misread: Mapping[LotKey, str]


def _in_books(connection: Connection, clinic_id: int, lots: frozenset[LotKey]) -> _InBooks:
    """One manufacturer's lot is one lot in every clinic; a misread number is a clinic's own mistake."""
    if not lots:
        return _InBooks(expiries={}, here=frozenset(), misread={})
    became = aliased(Lot, name="became")
    rows = connection.execute(
        select(
            Lot.product_id,
            Lot.number,
            Lot.clinic_id,
            Lot.expires_on,
            Lot.expires_at,
            became.number.label("now_called"),
        )
        .outerjoin(became, and_(became.clinic_id == Lot.clinic_id, became.id == Lot.superseded_by_id))
        .where(tuple_(Lot.product_id, Lot.number).in_(sorted(lots)))
        .order_by(Lot.id.desc())
    ).all()
    standing = [row for row in rows if row.now_called is None]
    ours = [row for row in rows if row.clinic_id == clinic_id]
    return _InBooks(
        expiries={(row.product_id, row.number): row.expires_on or row.expires_at for row in standing},
        here=frozenset((row.product_id, row.number) for row in ours if row.now_called is None),
        misread={(row.product_id, row.number): row.now_called for row in ours if row.now_called is not None},
    )


def _people(connection: Connection, ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    rows = connection.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


def _deliveries(clinic_id: int) -> Any:
    line_count = (
        select(func.count())
        .select_from(DeliveryLine)
        .where(
            DeliveryLine.clinic_id == Delivery.clinic_id,
            DeliveryLine.delivery_id == Delivery.id,
            DeliveryLine.removed_at.is_(None),
        )
        .scalar_subquery()
    )
    return (
        select(
            Delivery.uid,
            Delivery.version,
            Delivery.state,
            Supplier.uid.label("supplier_uid"),
            Supplier.name.label("supplier"),
            Delivery.delivery_note,
            Delivery.arrived_at,
            Delivery.state_on_arrival,
            Person.name.label("started_by"),
            Delivery.created_at.label("started_at"),
            Delivery.updated_at,
            Receipt.uid.label("receipt_uid"),
            line_count.label("line_count"),
        )
        .select_from(Delivery)
        .join(Person, Person.id == Delivery.started_by_id)
        .outerjoin(Supplier, Supplier.id == Delivery.supplier_id)
        .outerjoin(Receipt, and_(Receipt.clinic_id == Delivery.clinic_id, Receipt.id == Delivery.receipt_id))
        .where(Delivery.clinic_id == clinic_id)
    )


def _show(row: Row[Any]) -> DeliveryRow:
    return DeliveryRow(**{name: getattr(row, name) for name in DeliveryRow.__dataclass_fields__})
