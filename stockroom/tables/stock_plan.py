"""What would a table of opening stock book, what is in the books already, and what cannot be right?

A line is known again by product, lot (or expiry, where goods carry no number), place and serial.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from stockroom.barcodes.gtin import normalise_gtin
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import StockroomError
from stockroom.rules.receiving import Arrival, ProductFacts, check_carried, quantity_of
from stockroom.tables import faults
from stockroom.tables.faults import Fault, fault, fault_of, in_order
from stockroom.tables.known_catalogue import folded
from stockroom.tables.stock_lines import StockLine
from stockroom.vocabulary import LocationKind


@dataclass(frozen=True, kw_only=True)
class KnownPlace:
    """A place of the clinic, and whether goods may be put there."""

    id: int
    kind: LocationKind
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class NamedGoods:
    """A product under a name, and who makes it (folded)."""

    manufacturer: str
    product: ProductFacts


BookedKey = tuple[int, str, date | None, int, str]
"""Product, lot number (empty for one of ours), the expiry where the number is ours, place, serial."""


@dataclass(frozen=True, kw_only=True)
class KnownStock:
    """What a table of opening stock may name, and what is in the books."""

    by_code: Mapping[str, ProductFacts] = field(default_factory=dict)
    by_name: Mapping[str, tuple[NamedGoods, ...]] = field(default_factory=dict)
    """By name, and by name and strength, folded."""
    places: Mapping[str, KnownPlace] = field(default_factory=dict)
    """By name (folded) and by short code."""
    lots: Mapping[tuple[int, str], date | None] = field(default_factory=dict)
    """The printed expiry of each lot in any clinic, by product and number."""
    booked: Mapping[BookedKey, int] = field(default_factory=dict)
    """Base units of opening stock that are in the books and were not taken back."""


@dataclass(frozen=True, kw_only=True)
class StockPlan:
    """What the table would book, whole; nothing is booked while there are faults."""

    arrivals: tuple[Arrival, ...]
    unchanged_count: int
    faults: tuple[Fault, ...]


def plan_stock(lines: Iterable[StockLine], known: KnownStock) -> StockPlan:
    """Judge a table of opening stock against the catalogue, the places and the books."""
    judge = _Judge(known)
    for line in lines:
        judge.take(line)
    return StockPlan(
        arrivals=tuple(judge.arrivals),
        unchanged_count=judge.unchanged_count,
        faults=in_order(judge.faults),
    )


class _Judge:
    """Takes line by line and keeps what each says for the first time."""

    def __init__(self, known: KnownStock) -> None:
        self.known = known
        self.arrivals: list[Arrival] = []
        self.unchanged_count = 0
        self.faults: list[Fault] = []
        self._seen: dict[BookedKey, int] = {}
        self._serials: dict[tuple[int, str], int] = {}
        self._expiries: dict[tuple[int, str], tuple[date | None, int]] = {}

    def take(self, line: StockLine) -> None:
        product, place = self._product(line), self._place(line)
        if product is None or place is None:
            return
        key = _key(line, product, place)
        other = (
            self._serials.setdefault((product.product_id, line.serial), line.line) if line.serial else None
        )
        if key in self._seen or (other is not None and other != line.line):
            self._refuse(
                line, "serial" if line.serial else "lot", faults.SAME_AS_LINE, other=other or self._seen[key]
            )
            return
        self._seen[key] = line.line
        arrival = self._arrival(line, product, place)
        if arrival is None or not self._agrees(line, product):
            return
        booked = self.known.booked.get(key)
        if booked is None:
            self.arrivals.append(arrival)
        elif booked == arrival.quantity:
            self.unchanged_count += 1
        else:
            text, whole = line.count, booked // product.content_quantity
            self._refuse(line, "count", faults.BOOKED_OTHERWISE, text=text, known=whole)

    def _refuse(self, line: StockLine, column: str, wrong: faults.Wrong, **facts: object) -> None:
        self.faults.append(fault(line.line, column, wrong, **facts))

    def _product(self, line: StockLine) -> ProductFacts | None:
        """The product that code and name mean together."""
        coded = self._by_code(line) if line.code else None
        if line.code and coded is None:
            self._refuse(line, "code", faults.NOT_KNOWN, thing="code", text=line.code)
            return None
        if not line.product:
            return coded
        named = self.known.by_name.get(folded(line.product), ())
        if line.manufacturer:
            named = tuple(each for each in named if each.manufacturer == folded(line.manufacturer))
        if not named:
            self._refuse(line, "product", faults.NOT_KNOWN, thing="product", text=line.product)
            return None
        if coded is not None:
            if coded.product_id in {each.product.product_id for each in named}:
                return coded
            self._refuse(line, "code", faults.CODE_OF_ANOTHER, text=line.code, known=coded.name)
            return None
        if len({each.product.product_id for each in named}) > 1:
            self._refuse(line, "product", faults.IN_DOUBT, text=line.product, other="manufacturer")
            return None
        return named[0].product

    def _by_code(self, line: StockLine) -> ProductFacts | None:
        try:
            return self.known.by_code.get(normalise_gtin(line.code)) or self.known.by_code.get(line.code)
        except ScanUnreadable:
            return self.known.by_code.get(line.code)

    def _place(self, line: StockLine) -> KnownPlace | None:
        place = self.known.places.get(folded(line.place)) or self.known.places.get(line.place.strip().upper())
        if place is None:
            self._refuse(line, "place", faults.NOT_KNOWN, thing="place", text=line.place)
        elif not place.is_open:
            self._refuse(line, "place", faults.PLACE_NOT_FIT, text=line.place)
        else:
            return place
        return None

    def _arrival(self, line: StockLine, product: ProductFacts, place: KnownPlace) -> Arrival | None:
        try:
            arrival = Arrival(
                line=len(self.arrivals) + 1,
                product=product,
                lot_number=line.lot_number or None,
                expires_on=line.expires_on,
                expires_at=None,
                serial=line.serial or None,
                pack_count=line.count,
                quantity=quantity_of(line.count, 1, product.content_quantity, line=line.line),
                trade_item_id=None,
                location_id=place.id,
                location_kind=place.kind,
                raw_scan=None,
                decision="",
                cost=line.cost,
            )
            check_carried(arrival)
        except StockroomError as error:
            self.faults.append(fault_of(line.line, "", error))
            return None
        return arrival

    def _agrees(self, line: StockLine, product: ProductFacts) -> bool:
        """False where the lot has another expiry on another line or in the books."""
        if not line.lot_number:
            return True
        lot = (product.product_id, line.lot_number)
        stated, other = self._expiries.setdefault(lot, (line.expires_on, line.line))
        if stated != line.expires_on:
            self._refuse(
                line,
                "expiry",
                faults.CONTRADICTS_LINE,
                text=line.expires_on or "–",
                other_text=stated or "–",
                other=other,
            )
            return False
        known = self.known.lots.get(lot, line.expires_on)
        if line.expires_on is not None and known != line.expires_on:
            self._refuse(line, "expiry", faults.CONTRADICTS_BOOKS, text=line.expires_on, known=known or "–")
            return False
        return True


def _key(line: StockLine, product: ProductFacts, place: KnownPlace) -> BookedKey:
    expiry = None if line.lot_number else line.expires_on
    return product.product_id, line.lot_number, expiry, place.id, line.serial
