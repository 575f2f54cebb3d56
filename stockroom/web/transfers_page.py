"""What is on its way between this clinic and others, and what became of it?"""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation
from stockroom.queries.transfer_lists import TransferFilter, transfer_count, transfers_listed
from stockroom.queries.transfers import transfer as transfer_of
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit, TransferState
from stockroom.web.counted import packs_of
from stockroom.web.csv_file import csv_file
from stockroom.web.listing import ROWS, Listing, asked_listing

blp = Blueprint("transfers_page", __name__, url_prefix="/c/<clinic_uid>/transfers")
EXPORT_ROWS = 20_000


def _only(listing: Listing) -> TransferFilter:
    """What the address narrows the list to; what it may not ask is as if it were not there."""
    state, way = listing.narrowed.get("state"), listing.narrowed.get("way")
    return TransferFilter(
        state=TransferState(state) if state in list(TransferState) else None,
        way=way if way in ("in", "out") else None,
        text=listing.q,
    )


def _listing() -> Listing:
    return asked_listing(columns=("sent",), usual="-sent", filters=("state", "way"))


@blp.get("")
def transfers(clinic_uid: str) -> ResponseReturnValue:
    """The transfers from and to this clinic, the newest first."""
    listing, clinic_id = _listing(), acting().clinic_id
    with installation().reading() as connection:
        count = transfer_count(connection, clinic_id, only=_only(listing))
        rows = transfers_listed(
            connection,
            clinic_id,
            only=_only(listing),
            newest_first=listing.is_descending,
            offset=listing.offset,
            limit=ROWS,
        )
    return render_template("transfer/list.html", rows=rows, count=count, listing=listing)


@blp.get("/transfers.csv")
def transfers_csv(clinic_uid: str) -> Response:
    """The same as a file."""
    listing = _listing()
    with installation().reading() as connection:
        rows = transfers_listed(connection, acting().clinic_id, only=_only(listing), limit=EXPORT_ROWS)
    heads = ("transfer", "state", "from", "to", "sent_at", "sent_by", "arrived_at", "arrived_by", "lines")
    return csv_file(
        "transfers",
        heads,
        (
            (
                row.uid, row.state, row.from_clinic, row.to_clinic, row.dispatched_at, row.dispatched_by,
                row.arrived_at, row.arrived_by, row.line_count,
            )
            for row in rows
        ),
    )  # fmt: skip


@blp.get("/<transfer_uid>")
def transfer(clinic_uid: str, transfer_uid: str) -> ResponseReturnValue:
    """One transfer document with its lines."""
    with installation().reading() as connection:
        shown = transfer_of(connection, acting().clinic_id, uid=transfer_uid)
    return render_template(
        "transfer/transfer.html",
        row=shown.transfer,
        lines=shown.lines,
        packs=packs_of(shown.lines),
        is_coming=shown.transfer.to_clinic_uid == clinic_uid,
        is_on_its_way=shown.transfer.state == TransferState.DISPATCHED,
    )


@blp.get("/<transfer_uid>/lines.csv")
def lines_csv(clinic_uid: str, transfer_uid: str) -> Response:
    """Its lines as a file, to go with the box."""
    with installation().reading() as connection:
        shown = transfer_of(connection, acting().clinic_id, uid=transfer_uid)
    heads = ("line", "product", "lot", "expires_on", "sent", "arrived", "short", "broken", "unit")
    return csv_file(
        "transfer",
        heads,
        (
            (
                line.number, line.product_name, line.lot_number, line.expires_on,
                *(
                    show_quantity(quantity, BaseUnit(line.base_unit)).quantity
                    for quantity in (
                        line.dispatched_quantity,
                        line.arrived_quantity,
                        line.short_quantity,
                        line.broken_quantity,
                    )
                ),
                show_quantity(0, BaseUnit(line.base_unit)).unit,
            )
            for line in shown.lines
        ),
    )  # fmt: skip
