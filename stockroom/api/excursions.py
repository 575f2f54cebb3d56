"""Excursions: where it was outside its limits, what lay there, and the decision about it."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import SecondPersonFields, signed_by
from stockroom.http.celsius import Celsius
from stockroom.http.fields import Choice, Instant, Quantity, QueryFlag, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.decide_excursion import (
    REASON_LONGEST,
    THINGS_MAX,
    DecideExcursion,
    ExcursionSettled,
    HeldThing,
    decide_excursion,
)
from stockroom.operations.hold_exposed import NOTE_LONGEST, ExposedHeld, HoldExposed, hold_exposed
from stockroom.queries.excursion import ExcursionShown, excursion_shown
from stockroom.queries.paging import Page, part_of
from stockroom.queries.temperatures import ExcursionRow, excursions
from stockroom.rules.temperatures import Verdict
from stockroom.units import show_quantity
from stockroom.vocabulary import Action

blp = ResourceBlueprint("excursions", __name__, description="Where it was too warm or too cold for goods")
LISTED_MAX = 1_000


class ExcursionsArgs(PageArgs):
    undecided = QueryFlag(load_default=False, metadata={"description": "only those that wait for a decision"})


class ExcursionSchema(Schema):
    uid = Uid(required=True)
    location_uid = Uid(required=True)
    place = fields.String(required=True)
    first_at = Instant(required=True, metadata={"description": "first seen outside its limits"})
    good_at = Instant(required=True, allow_none=True, metadata={"description": "last seen good before"})
    opened_at = Instant(required=True)
    opened_by = fields.String(required=True)
    verdict = Choice(Verdict, required=True, allow_none=True)
    reason = fields.String(required=True)
    decided_at = Instant(required=True, allow_none=True)
    decided_by = fields.String(required=True, allow_none=True)
    movement_uid = Uid(required=True, allow_none=True, metadata={"description": "the disposal"})


class ExposedThingSchema(Schema):
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    location_uid = Uid(required=True)
    place = fields.String(required=True)
    container_code = fields.String(required=True, allow_none=True)
    quantity = Quantity(required=True)
    is_held = fields.Boolean(required=True)


class ExcursionWholeSchema(ExcursionSchema):
    warmest = Celsius(required=True, allow_none=True)
    coldest = Celsius(required=True, allow_none=True)
    good_again_at = Instant(required=True, allow_none=True)
    things = fields.List(
        fields.Nested(ExposedThingSchema),
        required=True,
        metadata={"description": "what lay there, and where it is now"},
    )
    gone_count = WholeNumber(
        required=True,
        metadata={"description": "movements that took some of it to a patient, the bin or elsewhere"},
    )


class HoldExposedFields(Schema):
    note = Words(load_default="", most=NOTE_LONGEST)


class ExposedHeldSchema(Schema):
    hold_uid = Uid(required=True)
    spot_count = WholeNumber(required=True, metadata={"description": "lots at places"})
    gone_count = WholeNumber(required=True)


class HeldThingFields(Schema):
    lot_uid = Uid(required=True)
    location_uid = Uid(required=True, metadata={"description": "the place, or the opened container itself"})


class DecisionFields(Schema):
    verdict = Choice(
        Verdict,
        but=(Verdict.MISTAKEN,),
        instead="Correct the reading: then the excursion was none.",
        required=True,
    )
    reason = Words(required=True, most=REASON_LONGEST, lines=True)
    disposed = fields.List(
        fields.Nested(HeldThingFields),
        load_default=list,
        validate=validate.Length(max=THINGS_MAX),
        metadata={"description": "with the verdict part: what is thrown away; the rest is released"},
    )
    signer = fields.Nested(
        SecondPersonFields,
        load_default=None,
        metadata={"description": "who decides, where that is not the token's owner"},
    )


class ExcursionSettledSchema(Schema):
    excursion_uid = Uid(required=True)
    verdict = Choice(Verdict, required=True)
    released_count = WholeNumber(required=True)
    disposed_count = WholeNumber(required=True)
    movement_uid = Uid(required=True, allow_none=True)


@blp.route("")
class Excursions(MethodView):
    @blp.arguments(ExcursionsArgs, location="query")
    @blp.response(200, page_schema(ExcursionSchema, "ExcursionPage"))
    def get(self, args: dict[str, Any]) -> Page[ExcursionRow]:
        """The excursions of this clinic, the newest first"""
        with installation().reading() as connection:
            found = excursions(
                connection, acting().clinic_id, undecided_only=args["undecided"], limit=LISTED_MAX
            )
        return part_of(found, after=args["cursor"], limit=args["limit"])


@blp.route("/<uid>")
class Excursion(MethodView):
    @blp.response(200, ExcursionWholeSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """One excursion, with what lay there and where that is now"""
        with installation().reading() as connection:
            return _whole(excursion_shown(connection, acting().clinic_id, uid=uid))


@blp.route("/<uid>/holds")
class ExcursionHolds(MethodView):
    @blp.arguments(HoldExposedFields)
    @blp.response(201, ExposedHeldSchema)
    def post(self, body: dict[str, Any], uid: str) -> ExposedHeld:
        """Hold everything that lay there since the last good reading, wherever it is now"""
        held: ExposedHeld = act(hold_exposed, HoldExposed(excursion_uid=uid, note=body["note"]))
        return held


@blp.route("/<uid>/decision")
class ExcursionDecision(MethodView):
    @blp.arguments(DecisionFields)
    @blp.response(201, ExcursionSettledSchema)
    def post(self, body: dict[str, Any], uid: str) -> ExcursionSettled:
        """Decide what becomes of it: release, dispose, or a part; once and for good"""
        actor, way = signed_by(body["signer"], Action.DECIDE_EXCURSION)
        command = DecideExcursion(
            excursion_uid=uid,
            way=way,
            verdict=body["verdict"],
            reason=body["reason"],
            disposed=tuple(HeldThing(**each) for each in body["disposed"]),
        )
        settled: ExcursionSettled = act(decide_excursion, command, by=actor)
        return settled


def _whole(shown: ExcursionShown) -> dict[str, Any]:
    row = {name: getattr(shown.row, name) for name in ExcursionRow.__dataclass_fields__}
    things = [
        {
            "lot_uid": each.thing.lot_uid,
            "lot_number": each.thing.lot_number,
            "product_name": each.thing.product_name,
            "location_uid": each.location_uid,
            "place": each.place,
            "container_code": each.thing.container_code,
            "quantity": show_quantity(each.thing.quantity, each.thing.base_unit),
            "is_held": each.is_held,
        }
        for each in shown.things
    ]
    return {
        **row,
        "warmest": shown.warmest_tenths,
        "coldest": shown.coldest_tenths,
        "good_again_at": shown.good_again_at,
        "things": things,
        "gone_count": shown.gone_count,
    }
