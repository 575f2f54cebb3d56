"""How are holds asked for and shown?  Shared by lots, places, holds and recalls."""

from __future__ import annotations

from marshmallow import Schema, fields

from stockroom.api.things import answer
from stockroom.http.fields import Choice, Instant, Uid, Words
from stockroom.vocabulary import HoldReason


class HoldFields(Schema):
    """Why something must not be used."""

    reason = Choice(
        HoldReason,
        but=(HoldReason.RECALL,),
        instead="A recall is declared at /recalls.",
        required=True,
    )
    note = Words(required=True, most=2000, lines=True)


class LotHoldFields(HoldFields):
    location_uid = Uid(load_default=None, metadata={"description": "only what lies here; else everywhere"})


class HoldPlacedSchema(Schema):
    hold_uid = Uid(required=True)
    place_count = fields.Integer(
        required=True, metadata={"description": "lots at places that it names; 0 for a whole lot"}
    )


class ReleaseFields(Schema):
    note = Words(required=True, most=2000, lines=True)
    override = answer()


class HoldReleasedSchema(Schema):
    hold_uid = Uid(required=True)


class HeldPlaceSchema(Schema):
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    location_uid = Uid(required=True)
    location_name = fields.String(required=True)


class HoldSchema(Schema):
    """What is stopped, by whom and why."""

    uid = Uid(required=True)
    reason = Choice(HoldReason, required=True)
    note = fields.String(required=True)
    is_everywhere = fields.Boolean(required=True)
    product_uid = Uid(required=True, allow_none=True)
    product_name = fields.String(required=True, allow_none=True)
    lot_uid = Uid(required=True, allow_none=True)
    lot_number = fields.String(required=True, allow_none=True)
    placed_at = Instant(required=True)
    placed_by = fields.String(required=True)
    released_at = Instant(required=True, allow_none=True)
    released_by = fields.String(required=True, allow_none=True)
    release_note = fields.String(required=True)
    origin_uid = Uid(
        required=True,
        allow_none=True,
        metadata={"description": "the recall that placed it, or the hold with which the goods came"},
    )
    places = fields.List(fields.Nested(HeldPlaceSchema), required=True)
