"""How are the lines of goods that come in written?  Shared by receipts and opening stock."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from stockroom.api.scan_text import ScanText
from stockroom.api.things import with_units
from stockroom.http.fields import Choice, CivilDate, Instant, Uid, WholeNumber, Words
from stockroom.http.quantities import StockQuantity
from stockroom.ledger.receipts import Booked
from stockroom.reads.arrivals import ArrivingLine
from stockroom.rules.receiving import NOT_KNOWN_YET, CostOf
from stockroom.vocabulary import BenchDecision, CostState

LINES_MAX = 5_000
READING_MAX = 4096
PACK_TEXT_MAX = 100


class CostFields(Schema):
    """What one whole presentation cost: a price, free, or not known yet."""

    state = Choice(CostState, required=True)
    unit_cost_minor = WholeNumber(
        load_default=None, metadata={"description": "in the smallest unit of the currency"}
    )
    currency = Words(
        most=3, load_default=None, metadata={"description": "ISO 4217; the clinic's if left out"}
    )

    @post_load
    def _cost(self, said: dict[str, Any], **_: Any) -> CostOf:
        return CostOf(**said)


class ArrivingLineFields(Schema):
    """One line: a scan, or what was read by eye, or both where the scan says too little."""

    location_uid = Uid(required=True, metadata={"description": "where it was put"})
    scan = ScanText(load_default=None)
    reading = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=READING_MAX),
        metadata={"description": "which of the readings that a refusal offered is on the pack"},
    )
    product_uid = Uid(load_default=None)
    lot_number = fields.String(
        load_default=None,
        validate=validate.Length(min=1, max=PACK_TEXT_MAX),
        metadata={"description": "as printed, case-sensitive"},
    )
    expires_on = CivilDate(load_default=None)
    expires_at = Instant(load_default=None)
    serial = fields.String(load_default=None, validate=validate.Length(min=1, max=PACK_TEXT_MAX))
    pack_count = WholeNumber(
        least=1, load_default=None, metadata={"description": "packs of the level that was scanned"}
    )
    cost = fields.Nested(CostFields, load_default=NOT_KNOWN_YET)
    decision = Words(
        most=2000,
        lines=True,
        load_default="",
        metadata={"description": "why expired, short-dated or doubtful goods are accepted"},
    )
    bench = Choice(
        BenchDecision,
        load_default=BenchDecision.UNDECIDED,
        metadata={"description": "whether packs that the bench had received came with this line"},
    )

    @post_load
    def _line(self, said: dict[str, Any], **_: Any) -> ArrivingLine:
        return ArrivingLine(**said)


class BookedLineSchema(Schema):
    receipt_line_uid = Uid(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    number_is_ours = fields.Boolean(required=True)
    quantity = StockQuantity(required=True)


class BookedSchema(Schema):
    """What was booked, line by line in the order of the request."""

    receipt_uid = Uid(required=True)
    movement_uid = Uid(required=True)
    lines = fields.List(fields.Nested(BookedLineSchema), required=True)


def arriving_lines(line: type[ArrivingLineFields] = ArrivingLineFields) -> fields.List:
    """Give the field that holds the lines of goods that come in."""
    return fields.List(fields.Nested(line), required=True, validate=validate.Length(min=1, max=LINES_MAX))


def shown(booked: Booked) -> dict[str, Any]:
    """Give a receipt that was just booked, each line with the unit of its product."""
    return {
        "receipt_uid": booked.receipt_uid,
        "movement_uid": booked.movement_uid,
        "lines": with_units(booked.lines),
    }
