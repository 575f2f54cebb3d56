"""What does a line of a delivery still lack before it can be booked?  Told while it is unpacked, not only at the end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from stockroom.rules.receiving import Concern, ProductFacts, concerns_of, names_number
from stockroom.vocabulary import BenchDecision, Carry, LocationKind


class Lack(StrEnum):
    """What somebody must still say of a line."""

    READING = "reading"
    """Which of several readings of its scan is on the pack."""
    PRODUCT = "product"
    """No product has its code."""
    LOT_NUMBER = "lot_number"
    EXPIRY = "expiry"
    OTHER_EXPIRY = "other_expiry"
    """The lot is in the books with another expiry."""
    MISREAD = "misread"
    """Goods under this number were found to be another lot before: the decision names the number, read again."""
    SERIAL = "serial"
    ONE_PACK = "one_pack"
    """A serial names one pack, and the line has several."""
    PLACE = "place"
    DECISION = "decision"
    """Expired, short-dated or doubtful goods that nobody has decided on."""
    BENCH = "bench"
    """The bench had received packs of this lot before."""
    ORDER = "order"
    """More came than is owed, or it was not ordered: is it kept?"""


@dataclass(frozen=True, kw_only=True)
class LineState:
    """A line as it stands, with what the books say of its lot."""

    product: ProductFacts | None
    in_doubt: bool
    lot_number: str | None
    expires_on: date | None
    expires_at: datetime | None
    serial: str | None
    pack_count: int
    place: LocationKind | None
    decision: str
    bench: BenchDecision
    bench_quantity: int
    """Base units that the bench had received of the lot and that no delivery has taken off."""
    books_expiry: date | datetime | None
    """The expiry of the lot in the books; None where it is not in them."""
    is_in_books: bool
    now_called: str | None
    """The lot that goods of this number were found to be; None where the number was never misread."""
    is_refused: bool = False
    """All of it was refused at the door: nothing of it is taken in."""
    is_beyond_order: bool = False
    """Something of it is beyond what is owed, and nobody has said whether it is kept."""


def concerns_about(
    state: LineState,
    *,
    now: datetime,
    today: date,
    short_dated_days: int,
    came_doubtful: bool,
    country: str,
) -> tuple[Concern, ...]:
    """Say why goods in this state need a decision; nothing before it is known what they are."""
    if state.product is None or state.is_refused:
        return ()
    return concerns_of(
        state.expires_on,
        state.expires_at,
        state.place,
        now=now,
        today=today,
        short_dated_days=short_dated_days,
        came_doubtful=came_doubtful,
        is_authorised=state.product.is_authorised_in(country),
    )


def lacking(state: LineState, found: tuple[Concern, ...]) -> tuple[Lack, ...]:
    """Say what the line still lacks, what comes first first; `found` is what speaks against its goods."""
    if state.is_refused:
        return ()
    if state.in_doubt:
        return (Lack.READING,)
    if state.product is None:
        return (Lack.PRODUCT,)
    product, printed = state.product, state.expires_on or state.expires_at
    differs = state.is_in_books and printed is not None and printed != state.books_expiry
    unmatched = state.bench_quantity > 0 and state.bench is BenchDecision.UNDECIDED
    asked = {
        Lack.LOT_NUMBER: product.lot_carry is Carry.REQUIRED and state.lot_number is None,
        Lack.EXPIRY: product.expiry_carry is Carry.REQUIRED and printed is None,
        Lack.OTHER_EXPIRY: differs,
        Lack.MISREAD: state.now_called is not None
        and not names_number(state.decision, state.lot_number or ""),
        Lack.SERIAL: product.serial_carry is Carry.REQUIRED and state.serial is None,
        Lack.ONE_PACK: state.serial is not None and state.pack_count != 1,
        Lack.PLACE: state.place is None,
        Lack.DECISION: bool(found) and not state.decision.strip(),
        Lack.BENCH: unmatched,
        Lack.ORDER: state.is_beyond_order,
    }
    return tuple(lack for lack, is_lacking in asked.items() if is_lacking)
