"""Which lot is the pack in the hand, where its code cannot be read?  Chosen from a list, and read off the pack."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection

from stockroom.access.acting import acting
from stockroom.clock import civil_date
from stockroom.queries.bench_lots import LotOnShelf, PrintedLot, lots_alike, printed_lot
from stockroom.rules.identifying import LotNumberDiffers, Printed, check_printed, without_tail
from stockroom.web.formats import zone_of_page


@dataclass(frozen=True, kw_only=True)
class LotChoice:
    """Lots that read alike without their last characters: one button, and the pack says which of them it is."""

    lot_uid: str
    shown: str
    quantity: int
    lot_count: int


def lot_choices(lots: Iterable[LotOnShelf]) -> tuple[LotChoice, ...]:
    """Give the buttons for the lots of a product that lie here, in their order."""
    alike: dict[str, list[LotOnShelf]] = {}
    for each in lots:
        alike.setdefault(without_tail(each.lot_number), []).append(each)
    return tuple(
        LotChoice(
            lot_uid=each[0].lot_uid,
            shown=shown,
            quantity=sum(lot.quantity for lot in each),
            lot_count=len(each),
        )
        for shown, each in alike.items()
    )


def lot_of_pack(connection: Connection, *, lot_uid: str, printed: Printed) -> PrintedLot:
    """Give the lot with whose number and expiry the pack agrees: the chosen one, or one that is shown alike.

    Raises ThingNotFound, LotNumberDiffers, ExpiryDiffers.
    """
    clinic_id = acting().clinic_id
    chosen = printed_lot(connection, clinic_id, lot_uid=lot_uid)
    try:
        _check(chosen, printed)
    except LotNumberDiffers:
        tail = printed.lot_tail.strip()
        alike = lots_alike(connection, clinic_id, chosen)
        other = next((each for each in alike if each.lot_number.endswith(tail) and tail), None)
        if other is None:
            raise
        _check(other, printed)
        return other
    return chosen


def _check(lot: PrintedLot, printed: Printed) -> None:
    expires_on = lot.expires_on
    if expires_on is None and lot.expires_at is not None:
        expires_on = civil_date(lot.expires_at, zone_of_page())
    check_printed(printed, lot_number=lot.lot_number, expires_on=expires_on)
