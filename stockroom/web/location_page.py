"""What lies in this place, opened and sealed, what of it is stopped, and how much should lie here?"""

from __future__ import annotations

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.queries.containers import ContainerRow, open_board
from stockroom.queries.holds import HoldRow, holds
from stockroom.queries.levels import par_levels
from stockroom.queries.locations import LocationRow, account
from stockroom.queries.standing import stops_of_lots
from stockroom.queries.stock_lists import LOT_ORDERS, Part, StockFilter, lot_count, lots_listed
from stockroom.queries.usual_packs import usual_packs
from stockroom.units import show_quantity
from stockroom.vocabulary import VIRTUAL_KINDS, BaseUnit
from stockroom.web.csv_file import csv_file
from stockroom.web.listing import ROWS, asked_listing

blp = Blueprint("location_page", __name__, url_prefix="/c/<clinic_uid>/locations/<location_uid>")
EXPORT_ROWS = 20_000
PARS_MAX = 500


@blp.get("")
def location(clinic_uid: str, location_uid: str) -> ResponseReturnValue:
    """One place with the lots that lie there, what expires first at the top."""
    clinic_id, at = acting().clinic_id, present()
    listing = asked_listing(columns=LOT_ORDERS, usual="expiry")
    only = StockFilter(location_uid=location_uid, text=listing.q)
    part = Part(order=listing.sort, descending=listing.is_descending, offset=listing.offset, limit=ROWS)
    with installation().reading() as connection:
        place = account(connection, clinic_id, uid=location_uid)
        count = lot_count(connection, clinic_id, now=at, only=only)
        rows = lots_listed(connection, clinic_id, now=at, part=part, only=only)
        packs = usual_packs(connection, {row.product_uid for row in rows})
        stopped_lots = {row.lot_uid for row in rows if not row.usable}
        stops = stops_of_lots(connection, clinic_id, lot_uids=stopped_lots, now=at)
        opened = open_board(connection, clinic_id)
        stopped = holds(connection, clinic_id)
        pars = par_levels(connection, clinic_id, location_uid=location_uid, limit=PARS_MAX).items
    return render_template(
        "location/location.html",
        place=place,
        is_account=place.kind in VIRTUAL_KINDS,
        label=write_label(OwnLabel(LabelKind.LOCATION, place.short_code)),
        rows=rows,
        packs=packs,
        stops=stops,
        count=count,
        listing=listing,
        opened=_standing_in(opened, place),
        holds=_covering(stopped, place),
        pars=pars,
    )


def _standing_in(opened: tuple[ContainerRow, ...], place: LocationRow) -> list[ContainerRow]:
    return [each for each in opened if each.stands_in_uid == place.uid]


def _covering(stopped: tuple[HoldRow, ...], place: LocationRow) -> list[HoldRow]:
    """The holds that name goods at this very place; those of whole lots stand beside their lots."""
    return [hold for hold in stopped if any(each.location_uid == place.uid for each in hold.places)]


@blp.get("/lots.csv")
def lots_csv(clinic_uid: str, location_uid: str) -> Response:
    """What lies there as a file."""
    clinic_id = acting().clinic_id
    only = StockFilter(location_uid=location_uid)
    with installation().reading() as connection:
        account(connection, clinic_id, uid=location_uid)
        rows = lots_listed(
            connection, clinic_id, now=present(), part=Part(order="expiry", limit=EXPORT_ROWS), only=only
        )
    heads = ("product", "strength", "lot", "expires_on", "usable_before", "on_hand", "usable", "unit")
    return csv_file(
        "place",
        heads,
        (
            (
                row.product_name, row.strength, row.lot_number, row.expires_on,
                row.beyond_use_at or row.expires_at,
                show_quantity(row.on_hand, BaseUnit(row.base_unit)).quantity,
                show_quantity(row.usable, BaseUnit(row.base_unit)).quantity,
                show_quantity(0, BaseUnit(row.base_unit)).unit,
            )
            for row in rows
        ),
    )  # fmt: skip
