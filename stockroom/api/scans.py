"""Scans: what a scanned text says, and what of it is known in this clinic.  Nothing is written."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation, present, zone_here
from stockroom.api.blueprint import ResourceBlueprint, writes_nothing
from stockroom.api.scan_text import ScanText
from stockroom.barcodes.scan import Doubt, Scan, format_bracketed, parse_scan
from stockroom.clock import civil_date
from stockroom.http.fields import CivilDate, Instant, Uid, WholeNumber
from stockroom.http.quantities import StockQuantity
from stockroom.queries.packs import PlaceStock
from stockroom.queries.scans import known_here

blp = ResourceBlueprint("scans", __name__, description="What a scanned or typed text says")


class ScanFields(Schema):
    scan = ScanText(required=True, metadata={"description": "the text exactly as the scanner gave it"})


class ReadingSchema(Schema):
    """What one reading of the text says; absent facts are null, nothing is guessed."""

    scheme = fields.String(required=True)
    gtin = fields.String(required=True, allow_none=True)
    product_code = fields.String(required=True, allow_none=True)
    lot_number = fields.String(required=True, allow_none=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = fields.NaiveDateTime(
        required=True, allow_none=True, metadata={"description": "the wall time that the label's maker meant"}
    )
    produced_on = CivilDate(required=True, allow_none=True)
    serial = fields.String(required=True, allow_none=True)
    quantity = WholeNumber(
        required=True, allow_none=True, metadata={"description": "packs, as the code says"}
    )
    sscc = fields.String(required=True, allow_none=True)
    text = fields.String(required=True, metadata={"description": "as printed below a barcode"})


class DoubtSchema(Schema):
    """Why the text may say something else; a person chooses one of the readings."""

    code = fields.String(required=True)
    field = fields.String(required=True)
    value = fields.String(required=True)
    position = WholeNumber(required=True)
    readings = fields.List(fields.Nested(ReadingSchema), required=True)


class PackSchema(Schema):
    """The product that the code names, and what one pack holds."""

    trade_item_uid = Uid(required=True)
    pack_level = fields.String(required=True)
    presentation_count = WholeNumber(required=True)
    pack_quantity = StockQuantity(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)


class PlaceStockSchema(Schema):
    location_uid = Uid(required=True)
    location_name = fields.String(required=True)
    container_code = fields.String(required=True, allow_none=True)
    quantity = StockQuantity(required=True)
    allocated = StockQuantity(required=True)


class OtherLotSchema(Schema):
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)


class LotHereSchema(Schema):
    """The lot in this clinic's books, and where it lies."""

    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    places = fields.List(fields.Nested(PlaceStockSchema), required=True)
    once_recorded_so = fields.List(
        fields.Nested(OtherLotSchema),
        required=True,
        metadata={"description": "other lots that were once booked under this number, by mistake"},
    )


class LabelSchema(Schema):
    """The thing under a label of ours."""

    kind = fields.String(required=True)
    uid = Uid(required=True)


class ScanSchema(ReadingSchema):
    doubts = fields.List(fields.Nested(DoubtSchema), required=True)
    pack = fields.Nested(PackSchema, required=True, allow_none=True)
    lot = fields.Nested(LotHereSchema, required=True, allow_none=True)
    label = fields.Nested(LabelSchema, required=True, allow_none=True)


@blp.route("")
class Scans(MethodView):
    @writes_nothing
    @blp.arguments(ScanFields)
    @blp.response(200, ScanSchema)
    def post(self, body: dict[str, str]) -> dict[str, Any]:
        """Read a scan, and say what of it is known here"""
        scan = parse_scan(body["scan"], today=civil_date(present(), zone_here()))
        with installation().glancing() as glance:
            known = known_here(glance, acting().clinic_id, scan)
        lot = known.lot and {
            "lot_uid": known.lot.lot_uid,
            "lot_number": known.lot.lot_number,
            "expires_on": known.lot.expires_on,
            "expires_at": known.lot.expires_at,
            "once_recorded_so": known.lot.once_recorded_so,
            "places": [_with_unit(place, known.lot.base_unit) for place in known.lot.places],
        }
        doubts = [_doubt(doubt) for doubt in scan.doubts]
        return {**_reading(scan), "doubts": doubts, "pack": known.pack, "lot": lot, "label": known.label}


_FACTS = (
    "scheme", "gtin", "product_code", "lot_number", "expires_on", "expires_at", "produced_on", "serial",
    "quantity", "sscc",
)  # fmt: skip


def _reading(scan: Scan) -> dict[str, Any]:
    return {**{name: getattr(scan, name) for name in _FACTS}, "text": format_bracketed(scan)}


def _doubt(doubt: Doubt) -> dict[str, Any]:
    told = {name: getattr(doubt, name) for name in ("code", "field", "value", "position")}
    return {**told, "readings": [_reading(each) for each in doubt.readings]}


def _with_unit(place: PlaceStock, base_unit: str) -> dict[str, Any]:
    names = ("location_uid", "location_name", "container_code", "quantity", "allocated")
    return {**{name: getattr(place, name) for name in names}, "base_unit": base_unit}
