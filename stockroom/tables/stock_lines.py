"""What does each line of a table of opening stock say?  Whole, sealed presentations of one lot at one place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from stockroom.rules.receiving import NOT_KNOWN_YET, PACKS_MAX, CostOf
from stockroom.tables import faults
from stockroom.tables.cells import NamedRow
from stockroom.tables.columns import Column, explained
from stockroom.tables.faults import Fault
from stockroom.tables.reader import Reader
from stockroom.vocabulary import CostState

STOCK_COLUMNS: tuple[Column, ...] = (
    Column(
        name="code",
        says=explained("A code of the product, as on the pack; instead of its name, or with it."),
        example="09520000000004",
        is_text=True,
    ),
    Column(
        name="product",
        says=explained("The product as it is called in Stockroom, with or without its strength."),
        example="Demo Filler",
    ),
    Column(
        name="manufacturer",
        says=explained("Only needed where two products have the same name."),
        example="Demo Laboratories",
    ),
    Column(
        name="lot",
        says=explained("The lot number exactly as printed, with its zeros and letters."),
        example="00123A",
        is_text=True,
    ),
    Column(
        name="expiry",
        says=explained(
            "2027-05-31 or 31.05.2027; where the pack names a month alone, 2027-05 (its last day)."
        ),
        example="2027-05-31",
        is_text=True,
    ),
    Column(name="serial", says=explained("Where packs carry one: a line for each pack."), is_text=True),
    Column(
        name="place",
        says=explained("Where it lies: the name of the fridge, cupboard or room, or the code on its label."),
        example="Fridge 1",
        is_needed=True,
    ),
    Column(
        name="count",
        says=explained(
            "How many whole, sealed vials, ampoules or pieces lie there. What is open is used up or thrown away "
            "outside the books."
        ),
        example="12",
        is_needed=True,
    ),
    Column(
        name="unit cost",
        says=explained("Of one vial, ampoule or piece; empty: not known. The currency beside it."),
        example="12,50",
    ),
    Column(name="currency", says=explained("Three letters, such as EUR."), example="EUR"),
    Column(name="free sample", says=explained("yes: it cost nothing, because it is a sample."), example="no"),
)


@dataclass(frozen=True, kw_only=True)
class StockLine:
    """One good line of a table of opening stock."""

    line: int
    code: str
    product: str
    manufacturer: str
    lot_number: str
    expires_on: date | None
    serial: str
    place: str
    count: int
    cost: CostOf = NOT_KNOWN_YET


def stock_line(row: NamedRow) -> StockLine | tuple[Fault, ...]:
    """Give what a line says, or everything that is wrong with it."""
    reader = Reader(row)
    code, product = reader.code("code"), reader.text("product")
    manufacturer = reader.text("manufacturer")
    lot, serial = reader.code("lot"), reader.code("serial")
    expires_on = reader.day("expiry")
    place = reader.text("place", needed=True)
    count = reader.count("count", least=1, most=PACKS_MAX, needed=True)
    cost = _cost(reader)
    if not reader.says("code") and not reader.says("product"):
        reader.refuse("code", faults.NEEDED)
    if serial and count is not None and count != 1:
        reader.refuse("count", faults.ONE_PACK, text=count)
    if count is None or not reader.is_good:
        return tuple(reader.faults)
    return StockLine(
        line=reader.line,
        code=code,
        product=product,
        manufacturer=manufacturer,
        lot_number=lot,
        expires_on=expires_on,
        serial=serial,
        place=place,
        count=count,
        cost=cost,
    )


def _cost(reader: Reader) -> CostOf:
    price, is_sample = reader.price("unit cost", "currency"), reader.flag("free sample")
    if is_sample and price is not None and price[0]:
        reader.refuse("free sample", faults.NOT_A_WORD, text="yes", words="no")
    if is_sample:
        return CostOf(state=CostState.FREE_SAMPLE)
    if price is None:
        return NOT_KNOWN_YET
    return CostOf(state=CostState.PRICED, unit_cost_minor=price[0], currency=price[1])
