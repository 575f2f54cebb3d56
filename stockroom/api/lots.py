"""Lots: which there are, where they lie, their statement, and putting a number or expiry right."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.booklines import BookLineSchema
from stockroom.api.holding import HoldPlacedSchema, LotHoldFields
from stockroom.api.scans import OtherLotSchema
from stockroom.http.fields import Choice, CivilDate, Flag, Instant, Uid, Words
from stockroom.http.paging import FlatPageArgs, LinePageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.correct_lot import CorrectLot, LotCorrected, correct_lot
from stockroom.operations.place_hold import HoldPlaced, PlaceHold, place_hold
from stockroom.queries import lots as lot_queries
from stockroom.queries.lots import LotRow
from stockroom.queries.movements import LineRow, statement_page
from stockroom.queries.paging import Page
from stockroom.queries.stock import stock_of_lot
from stockroom.rules.correcting import Change
from stockroom.vocabulary import LocationKind, LotKind

blp = ResourceBlueprint("lots", __name__, description="Stock of one product under one number")
_NUMBER_MAX = 100


class LotSchema(Schema):
    uid = Uid(required=True)
    number = fields.String(required=True)
    number_is_ours = fields.Boolean(required=True)
    kind = Choice(LotKind, required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    superseded_by_uid = Uid(
        required=True, allow_none=True, metadata={"description": "the lot that it turned out to be"}
    )
    on_hand = StockQuantity(required=True)


class LotPlaceSchema(Schema):
    """What of the lot lies at one place."""

    location_uid = Uid(required=True)
    location_name = fields.String(required=True)
    location_kind = Choice(LocationKind, required=True)
    container_code = fields.String(required=True, allow_none=True)
    standing_name = fields.String(required=True, allow_none=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    quantity = StockQuantity(required=True)
    allocated = StockQuantity(required=True)
    is_usable = fields.Boolean(required=True)


class FormerNameSchema(Schema):
    """Under what it was booked before it was corrected."""

    number = fields.String(required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    reason = fields.String(required=True)
    recorded_at = Instant(required=True)


class LotShownSchema(Schema):
    lot = fields.Nested(LotSchema, required=True)
    places = fields.List(fields.Nested(LotPlaceSchema), required=True)
    former_names = fields.List(fields.Nested(FormerNameSchema), required=True)
    once_recorded_so = fields.List(
        fields.Nested(OtherLotSchema),
        required=True,
        metadata={"description": "other lots that were once booked under this number, by mistake"},
    )


class LotsArgs(FlatPageArgs):
    product_uid = Uid(load_default=None)
    number = fields.String(load_default=None, validate=validate.Length(min=1, max=_NUMBER_MAX))
    location_uid = Uid(load_default=None)


class CorrectionFields(Schema):
    """What the pack really says."""

    number = fields.String(
        required=True,
        validate=validate.Length(min=1, max=_NUMBER_MAX),
        metadata={"description": "as printed; another lot's number here declares the two one"},
    )
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(load_default=None)
    reason = Words(required=True, most=2000, lines=True)
    conflict_stated = Flag(
        load_default=False,
        metadata={"description": "the packs were looked at: another expiry in the books is the wrong one"},
    )


class ChangedLimitSchema(Schema):
    uid = Uid(required=True)
    old = Instant(required=True, allow_none=True)
    new = Instant(required=True, allow_none=True)
    change = Choice(Change, required=True)


class LotCorrectedSchema(Schema):
    lot_uid = Uid(required=True)
    reversal_uid = Uid(required=True, allow_none=True)
    movement_uids = fields.List(Uid(), required=True)
    limits = fields.List(fields.Nested(ChangedLimitSchema), required=True)
    lost_allocation_uids = fields.List(Uid(), required=True)


@blp.route("")
class Lots(MethodView):
    @blp.arguments(LotsArgs, location="query")
    @blp.response(200, page_schema(LotSchema, "LotPage"))
    def get(self, args: dict[str, Any]) -> Page[LotRow]:
        """The lots of this clinic, the newest first; of one product, number or place where named"""
        after = args.pop("cursor")
        with installation().reading() as connection:
            return lot_queries.lots(connection, acting().clinic_id, after=after, **args)


@blp.route("/<uid>")
class Lot(MethodView):
    @blp.response(200, LotShownSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """One lot: where it lies, and what it was called before"""
        clinic_id = acting().clinic_id
        with installation().reading() as connection:
            return {
                "lot": lot_queries.lot(connection, clinic_id, uid=uid),
                "places": stock_of_lot(connection, clinic_id, now=present(), lot_uid=uid),
                "once_recorded_so": lot_queries.once_recorded_as(connection, clinic_id, lot_uid=uid),
                "former_names": lot_queries.former_names(connection, clinic_id, lot_uid=uid),
            }


@blp.route("/<uid>/statement")
class LotStatement(MethodView):
    @blp.arguments(LinePageArgs, location="query")
    @blp.response(200, page_schema(BookLineSchema, "LinePage"))
    def get(self, args: dict[str, Any], uid: str) -> Page[LineRow]:
        """Every line of a lot, in the order of the books"""
        with installation().reading() as connection:
            return statement_page(
                connection, acting().clinic_id, lot_uid=uid, after=args["cursor"], limit=args["limit"]
            )


@blp.route("/<uid>/holds")
class LotHolds(MethodView):
    @blp.arguments(LotHoldFields)
    @blp.response(201, HoldPlacedSchema)
    def post(self, body: dict[str, Any], uid: str) -> HoldPlaced:
        """Stop a lot, everywhere in this clinic or what lies at one place"""
        placed: HoldPlaced = act(place_hold, PlaceHold(lot_uid=uid, **body))
        return placed


@blp.route("/<uid>/correction")
class LotCorrection(MethodView):
    @blp.arguments(CorrectionFields)
    @blp.response(201, LotCorrectedSchema)
    def post(self, body: dict[str, Any], uid: str) -> LotCorrected:
        """Put a wrongly read number or expiry right, in one act"""
        corrected: LotCorrected = act(correct_lot, CorrectLot(lot_uid=uid, **body))
        return corrected
