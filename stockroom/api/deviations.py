"""Deviations: rules that were broken or overridden, for a second person to sign."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import SecondPersonFields, signed_by
from stockroom.http.fields import Choice, Instant, QueryFlag, Uid
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.sign_deviation import SignDeviation, Signed, sign_deviation
from stockroom.queries.alerts import DeviationRow, deviations
from stockroom.queries.paging import Page
from stockroom.vocabulary import Action, Rule

blp = ResourceBlueprint("deviations", __name__, description="Rules that an act broke, and who signed it")


class DeviationSchema(Schema):
    uid = Uid(required=True)
    rule = Choice(Rule, required=True)
    reason = fields.String(required=True)
    was_asked = fields.Boolean(
        required=True, metadata={"description": "true: overridden beforehand; false: recorded afterwards"}
    )
    movement_uid = Uid(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    recorded_at = Instant(required=True)
    recorded_by = fields.String(required=True)
    agreed_by = fields.String(
        required=True, allow_none=True, metadata={"description": "the second person who agreed beforehand"}
    )
    signed_at = Instant(required=True, allow_none=True)
    signed_by = fields.String(required=True, allow_none=True)


class DeviationsArgs(PageArgs):
    with_signed = QueryFlag(load_default=False)


class SignatureFields(Schema):
    signer = fields.Nested(
        SecondPersonFields,
        load_default=None,
        metadata={"description": "who signs, where that is not the token's owner"},
    )


class SignedSchema(Schema):
    deviation_uid = Uid(required=True)
    signed_at = Instant(required=True)


@blp.route("")
class Deviations(MethodView):
    @blp.arguments(DeviationsArgs, location="query")
    @blp.response(200, page_schema(DeviationSchema, "DeviationPage"))
    def get(self, args: dict[str, Any]) -> Page[DeviationRow]:
        """Which deviations wait for a signature, the newest first"""
        after = args.pop("cursor")
        with installation().reading() as connection:
            return deviations(connection, acting().clinic_id, after=after, **args)


@blp.route("/<uid>/signature")
class Signature(MethodView):
    @blp.arguments(SignatureFields)
    @blp.response(201, SignedSchema)
    def post(self, body: dict[str, Any], uid: str) -> Signed:
        """Sign a deviation that somebody else wrote down"""
        actor, way = signed_by(body["signer"], Action.SIGN_DEVIATION)
        signed: Signed = act(sign_deviation, SignDeviation(deviation_uid=uid, way=way), by=actor)
        return signed
