"""What is this lot: may it be used, where does it lie, where did it come from, and what became of it?"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.queries import lots as lot_queries
from stockroom.queries.changed_since import Changes
from stockroom.queries.history import History, HistoryLine, history_of_lot
from stockroom.queries.holds import HoldRow, holds
from stockroom.queries.lot_origins import LotOrigin, origins_of_lot
from stockroom.queries.lots import FormerName, LotRow
from stockroom.queries.standing import Standing, standings_of_lot
from stockroom.queries.stock import LotHere, stock_of_lot
from stockroom.queries.usual_packs import usual_packs
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit
from stockroom.web.changed_since import CHANGED, changed_here, mark_of_goods
from stockroom.web.csv_file import csv_file
from stockroom.web.listing import ROWS, asked_listing

blp = Blueprint("lot_page", __name__, url_prefix="/c/<clinic_uid>/lots")
EXPORT_ROWS = 20_000


@dataclass(frozen=True, kw_only=True)
class Lot:
    """Everything that the page shows beside the history."""

    row: LotRow
    places: tuple[LotHere, ...]
    standings: dict[str, Standing]
    holds: tuple[HoldRow, ...]
    origins: tuple[LotOrigin, ...]
    former_names: tuple[FormerName, ...]

    @property
    def state(self) -> str:
        """usable, partly (at some places), kept for one patient, unusable or empty."""
        if not self.places:
            return "empty"
        if self.standings and all(each.is_kept for each in self.standings.values()):
            return "kept"
        usable = [place.is_usable for place in self.places]
        return "usable" if all(usable) else "partly" if any(usable) else "unusable"

    @property
    def reasons(self) -> tuple[str, ...]:
        """Everything that stops some of it, the gravest first."""
        return tuple(dict.fromkeys(rule.value for each in self.standings.values() for rule in each.rules))

    @property
    def opened(self) -> int:
        """Base units that lie in opened containers."""
        return sum(place.quantity for place in self.places if place.container_code is not None)

    @property
    def has_sealed(self) -> bool:
        return any(place.container_code is None for place in self.places)


@blp.get("/<lot_uid>")
def lot(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """One lot with its history, the newest act first."""
    listing = asked_listing(columns=("books",), usual="books")
    shown = _lot(lot_uid)
    history = _history(lot_uid, offset=listing.offset, limit=ROWS)
    with installation().reading() as connection:
        packs = usual_packs(connection, (shown.row.product_uid,))
    return render_template("lot/lot.html", lot=shown, packs=packs, history=history, listing=listing)


@blp.get("/<lot_uid>/history.csv")
def history_csv(clinic_uid: str, lot_uid: str) -> Response:
    """The whole history as a file, the newest line first."""
    with installation().reading() as connection:
        row = lot_queries.lot(connection, acting().clinic_id, uid=lot_uid)
    history = _history(lot_uid, offset=0, limit=EXPORT_ROWS)
    heads = (
        "journal_number", "movement", "kind", "occurred_at", "recorded_at", "by", "from", "to",
        "quantity", "on_hand_after", "unit", "reason", "reversed", "session", CHANGED,
    )  # fmt: skip
    unit = BaseUnit(row.base_unit)
    changes = changed_here(line.movement_uid for line in history.lines)
    return csv_file("lot-history", heads, (_cells(line, unit, lot_uid, changes) for line in history.lines))


def _cells(line: HistoryLine, unit: BaseUnit, lot_uid: str, changes: Changes) -> tuple[str | int, ...]:
    moved, after = show_quantity(line.quantity, unit), show_quantity(line.on_hand_after, unit)
    return (
        line.seq, line.movement_uid, line.kind, line.occurred_at.isoformat(), line.recorded_at.isoformat(),
        line.actor, line.source_name, line.target_name, moved.quantity, after.quantity, moved.unit,
        line.reason, "yes" if line.is_reversed else "no", line.session_uid or "",
        mark_of_goods(changes, line.movement_uid, lot_uid, line.quantity, line.source_uid),
    )  # fmt: skip


def _history(lot_uid: str, *, offset: int, limit: int) -> History:
    with installation().reading() as connection:
        return history_of_lot(connection, acting().clinic_id, lot_uid=lot_uid, offset=offset, limit=limit)


def _lot(lot_uid: str) -> Lot:
    clinic_id, at = acting().clinic_id, present()
    with installation().reading() as connection:
        row = lot_queries.lot(connection, clinic_id, uid=lot_uid)
        open_holds = holds(connection, clinic_id)
        return Lot(
            row=row,
            places=stock_of_lot(connection, clinic_id, now=at, lot_uid=lot_uid),
            standings=standings_of_lot(connection, clinic_id, lot_uid=lot_uid, now=at),
            holds=tuple(hold for hold in open_holds if _covers(hold, row)),
            origins=origins_of_lot(connection, clinic_id, lot_uid=lot_uid),
            former_names=lot_queries.former_names(connection, clinic_id, lot_uid=lot_uid),
        )


def _covers(hold: HoldRow, lot: LotRow) -> bool:
    """Whether a hold names the lot, its number or product, or some of it at a place."""
    if hold.is_everywhere:
        return hold.product_uid == lot.product_uid and hold.lot_number in (None, lot.number)
    return hold.lot_uid == lot.uid or any(place.lot_uid == lot.uid for place in hold.places)
