"""How is a line of the books shown?  Shared by movements and the statements of lots."""

from __future__ import annotations

from marshmallow import Schema, fields

from stockroom.http.fields import Choice, Instant, Uid, WholeNumber
from stockroom.http.quantities import StockQuantity
from stockroom.vocabulary import LocationKind, MovementKind


class BookLineSchema(Schema):
    """A quantity of one lot, from where to where."""

    movement_uid = Uid(required=True)
    movement_kind = Choice(MovementKind, required=True)
    seq = WholeNumber(required=True, metadata={"description": "the number of its journal entry"})
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    n = WholeNumber(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    source_uid = Uid(required=True)
    source_name = fields.String(required=True)
    source_kind = Choice(LocationKind, required=True)
    target_uid = Uid(required=True)
    target_name = fields.String(required=True)
    target_kind = Choice(LocationKind, required=True)
    quantity = StockQuantity(required=True)
    session_uid = Uid(required=True, allow_none=True)
    is_reversed = fields.Boolean(required=True)
    is_reversal = fields.Boolean(required=True)
