"""May goods be taken in as they are stated?  What must be said of them, and what somebody must decide.

What goods must carry is in their product's rule (Regulation (EU) 2017/745, Annex VI part C, for devices;
Directive 2001/83/EC, article 54, for medicines): a missing date is asked for, never invented.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from stockroom.errors import InvalidValue, NeedsOverride, Refused, extracted
from stockroom.rules.expiry import end_of_day, has_passed
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import UNUSABLE_KINDS, BenchDecision, Carry, CostState, LocationKind

PACKS_MAX = 1_000_000
"""More packs than this on one line are a slip of the finger."""
EVERYWHERE = "*"
"""In a product's list of countries: authorised wherever it is used (needles, creams of the trade)."""
TEXT_MAX = 500
"""Characters that a reference or a decision may have."""


@dataclass(eq=False, kw_only=True)
class ArrivedBeforeBooks(Refused):
    """Goods that were there before the books begin are opening stock."""

    code: ClassVar[str] = "arrived_before_books"
    message: ClassVar[str] = extracted(
        "The books of this clinic begin on {books_begin_on}. Bring forward what arrived before as opening stock."
    )
    books_begin_on: date


@dataclass(eq=False, kw_only=True)
class LotNumberMissing(Refused):
    """The product carries a lot number and none was stated."""

    code: ClassVar[str] = "lot_number_missing"
    message: ClassVar[str] = extracted(
        "Line {line}: read the lot number of {product} on the pack and enter it."
    )
    line: int
    product: str


@dataclass(eq=False, kw_only=True)
class ExpiryMissing(Refused):
    """The product carries an expiry date and none was stated."""

    code: ClassVar[str] = "expiry_missing"
    message: ClassVar[str] = extracted(
        "Line {line}: read the expiry date of {product} (lot {lot_number}) on the pack and enter it."
    )
    line: int
    product: str
    lot_number: str


@dataclass(eq=False, kw_only=True)
class SerialMissing(Refused):
    """The product carries a serial and none was stated."""

    code: ClassVar[str] = "serial_missing"
    message: ClassVar[str] = extracted("Line {line}: scan the serial of each pack of {product}.")
    line: int
    product: str


@dataclass(eq=False, kw_only=True)
class SerialNamesOnePack(Refused):
    """A serial stands for one pack, never for several."""

    code: ClassVar[str] = "serial_names_one_pack"
    message: ClassVar[str] = extracted(
        "Line {line}: serial {serial} is one pack of {product}, not {packs}. Scan each pack by itself."
    )
    line: int
    product: str
    serial: str
    packs: int


@dataclass(eq=False, kw_only=True)
class SerialTwice(Refused):
    """The same pack was scanned twice."""

    code: ClassVar[str] = "serial_twice"
    message: ClassVar[str] = extracted(
        "Line {line}: serial {serial} of {product} is on line {earlier} already. Take one of them off."
    )
    line: int
    earlier: int
    product: str
    serial: str


@dataclass(eq=False, kw_only=True)
class DecisionMissing(NeedsOverride):
    """Expired, short-dated or doubtful goods are taken in only when somebody says why."""

    code: ClassVar[str] = "decision_missing"
    message: ClassVar[str] = extracted(
        "Nothing was booked. Say why these are accepted, or take them off and send them back: {lines}"
    )
    lines: tuple[str, ...]
    """Each as `line: lot number, product, what is wrong`."""


class Concern(StrEnum):
    """Why goods need a decision before they are taken in."""

    EXPIRED = "expired"
    SHORT_DATED = "short_dated"
    DOUBTFUL = "doubtful"
    NOT_AUTHORISED = "not_authorised"
    """The product is confirmed, and not authorised in the clinic's country."""


@dataclass(frozen=True, kw_only=True)
class ProductFacts:
    """What taking goods in must know of their product."""

    product_id: int
    product_uid: str
    name: str
    is_manufactured: bool
    content_quantity: int
    lot_carry: Carry
    expiry_carry: Carry
    serial_carry: Carry
    authorised_in: frozenset[str] | None = None
    """Countries, or `EVERYWHERE`; None while nobody has confirmed the product, which is a stop of its own at use."""

    def is_authorised_in(self, country: str) -> bool:
        """False only where it is known that it is not."""
        return self.authorised_in is None or bool({country, EVERYWHERE} & self.authorised_in)


@dataclass(frozen=True, kw_only=True)
class CostOf:
    """What one whole presentation cost, in the currency's minor unit; or free; or not known yet."""

    state: CostState = CostState.UNKNOWN
    unit_cost_minor: int | None = None
    currency: str | None = None
    """The clinic's when a price names none."""


NOT_KNOWN_YET = CostOf()


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """One line of goods that come in: what, which lot, how much, and where it is put."""

    line: int
    """Its number in the request, from 1."""
    product: ProductFacts
    lot_number: str | None
    number_is_ours: bool = False
    expires_on: date | None
    expires_at: datetime | None
    serial: str | None
    pack_count: int
    quantity: int
    trade_item_id: int | None
    location_id: int
    location_kind: LocationKind
    raw_scan: str | None
    decision: str
    cost: CostOf
    bench: BenchDecision = BenchDecision.UNDECIDED
    """What is decided about packs of this lot that the bench had received before."""


def check_paper(
    delivery_note: str, late_reason: str, again_reason: str, *, arrived_on: date, books_begin_on: date
) -> None:
    """Raise InvalidValue without a delivery note, and ArrivedBeforeBooks."""
    check_text("delivery_note", delivery_note, longest=100)
    check_text("late_reason", late_reason, may_break=True)
    check_text("again_reason", again_reason, may_break=True)
    if not delivery_note:
        raise InvalidValue(field="delivery_note", problem="enter its number, or what stands for it")
    if arrived_on < books_begin_on:
        raise ArrivedBeforeBooks(books_begin_on=books_begin_on)


def check_arrivals(
    arrivals: Iterable[Arrival],
    *,
    now: datetime,
    today: date,
    short_dated_days: int,
    came_doubtful: bool,
    country: str,
) -> list[list[object]]:
    """Refuse goods of which something is missing, or that nobody has decided on.

    Gives the lines that somebody had to decide on, each as its number and why.
    Raises what `check_carried`, `check_serials` and `check_decisions` raise.
    """
    judged = tuple(arrivals)
    for arrival in judged:
        check_carried(arrival)
    check_serials(judged)
    found = [
        (
            arrival,
            concerns(
                arrival,
                now=now,
                today=today,
                short_dated_days=short_dated_days,
                came_doubtful=came_doubtful,
                country=country,
            ),
        )
        for arrival in judged
    ]
    check_decisions(found)
    return [[arrival.line, *why] for arrival, why in found if why]


def check_carried(arrival: Arrival) -> None:
    """Ask for what the product must carry and nobody has stated.

    Raises LotNumberMissing, ExpiryMissing, SerialMissing, SerialNamesOnePack, ExpiryImpossible.
    """
    product, line = arrival.product, arrival.line
    if product.lot_carry is Carry.REQUIRED and arrival.lot_number is None:
        raise LotNumberMissing(line=line, product=product.name)
    dated = arrival.expires_on is not None or arrival.expires_at is not None
    if product.expiry_carry is Carry.REQUIRED and not dated:
        raise ExpiryMissing(line=line, product=product.name, lot_number=arrival.lot_number or "")
    if product.serial_carry is Carry.REQUIRED and arrival.serial is None:
        raise SerialMissing(line=line, product=product.name)
    if arrival.serial is not None and arrival.pack_count != 1:
        raise SerialNamesOnePack(
            line=line, product=product.name, serial=arrival.serial, packs=arrival.pack_count
        )
    if arrival.expires_on is not None:
        end_of_day(arrival.expires_on, "UTC")


def check_serials(arrivals: Iterable[Arrival]) -> None:
    """Raise SerialTwice when two lines are the same pack."""
    seen: dict[tuple[int, str], int] = {}
    for arrival in arrivals:
        if arrival.serial is None:
            continue
        earlier = seen.setdefault((arrival.product.product_id, arrival.serial), arrival.line)
        if earlier != arrival.line:
            raise SerialTwice(
                line=arrival.line, earlier=earlier, product=arrival.product.name, serial=arrival.serial
            )


def concerns(
    arrival: Arrival,
    *,
    now: datetime,
    today: date,
    short_dated_days: int,
    came_doubtful: bool,
    country: str,
) -> tuple[Concern, ...]:
    """Say why this line needs a decision.

    Goods of a doubtful delivery, and what is not authorised in the clinic's country, need none while they
    are put where nothing is usable: there they wait for one.
    """
    return concerns_of(
        arrival.expires_on,
        arrival.expires_at,
        arrival.location_kind,
        now=now,
        today=today,
        short_dated_days=short_dated_days,
        came_doubtful=came_doubtful,
        is_authorised=arrival.product.is_authorised_in(country),
    )


def concerns_of(
    expires_on: date | None,
    expires_at: datetime | None,
    place: LocationKind | None,
    *,
    now: datetime,
    today: date,
    short_dated_days: int,
    came_doubtful: bool,
    is_authorised: bool = True,
) -> tuple[Concern, ...]:
    """Say why goods with this expiry at this place (None while nobody knows it) need a decision."""
    found = []
    if _is_expired(expires_on, expires_at, now, today):
        found.append(Concern.EXPIRED)
    elif _expires_by(expires_on, expires_at, now, today, timedelta(days=short_dated_days)):
        found.append(Concern.SHORT_DATED)
    if came_doubtful and place not in UNUSABLE_KINDS:
        found.append(Concern.DOUBTFUL)
    if not is_authorised and place not in UNUSABLE_KINDS:
        found.append(Concern.NOT_AUTHORISED)
    return tuple(found)


def check_decisions(found: Iterable[tuple[Arrival, tuple[Concern, ...]]]) -> None:
    """Raise DecisionMissing with every line that needs a decision and has none."""
    open_lines = tuple(
        f"{arrival.line}: {arrival.lot_number or '-'}, {arrival.product.name}, {', '.join(why)}"
        for arrival, why in found
        if why and not arrival.decision.strip()
    )
    if open_lines:
        raise DecisionMissing(lines=open_lines)


def names_number(decision: str, number: str) -> bool:
    """True when a decision names this lot number as a word: somebody has read it on the pack again.

    A reason for something else is no such word, so that a misread number does not slip through with it.
    """
    return re.search(rf"(?<!\w){re.escape(number)}(?!\w)", decision) is not None


def quantity_of(packs: int, presentations: int, content: int, *, line: int) -> int:
    """Give the base units of `packs` packs of so many presentations.  Raises InvalidValue."""
    if not 0 < packs <= PACKS_MAX:
        raise InvalidValue(field=f"line {line}", problem=f"from 1 to {PACKS_MAX} packs, not {packs}")
    if packs * presentations * content > QUANTITY_MAX:
        raise InvalidValue(field=f"line {line}", problem="more than any stock")
    return packs * presentations * content


def cost_in(cost: CostOf, currency: str, *, line: int) -> CostOf:
    """Give a cost with its currency.  Raises InvalidValue for a price without an amount, or the reverse."""
    field = f"line {line}"
    if cost.state is not CostState.PRICED:
        if cost.unit_cost_minor is not None or cost.currency is not None:
            raise InvalidValue(field=field, problem="only a price has an amount and a currency")
        return cost
    if cost.unit_cost_minor is None or not 0 <= cost.unit_cost_minor <= QUANTITY_MAX:
        raise InvalidValue(field=field, problem="a price is zero or more, in the currency's smallest unit")
    stated = cost.currency or currency
    if len(stated) != 3 or not (stated.isascii() and stated.isalpha() and stated.isupper()):
        raise InvalidValue(field=field, problem="a currency is three capital letters, by ISO 4217")
    return CostOf(state=cost.state, unit_cost_minor=cost.unit_cost_minor, currency=stated)


def check_text(field: str, text: str, *, longest: int = TEXT_MAX, may_break: bool = False) -> None:
    """Raise InvalidValue for a text that cannot be printed, is too long, or begins or ends with a space.

    `may_break`: it may have several lines.
    Numbers on packs are kept verbatim, so that a space nobody sees is refused, not taken away.
    """
    if len(text) > longest:
        raise InvalidValue(field=field, problem=f"longer than {longest} characters")
    if text != text.strip() or not (text.replace("\n", " ") if may_break else text).isprintable():
        raise InvalidValue(
            field=field, problem="it begins or ends with a space, or holds a control character"
        )


def _is_expired(on: date | None, at: datetime | None, now: datetime, today: date) -> bool:
    return (on is not None and on < today) or has_passed(at, now)


def _expires_by(on: date | None, at: datetime | None, now: datetime, today: date, within: timedelta) -> bool:
    return (on is not None and on <= today + within) or (at is not None and at <= now + within)
