"""Allocations: what is kept for today's session, and giving it back."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import (
    OverrideFields,
    ThingFields,
    in_base_units,
    override_of,
    units_of_things,
    with_units,
)
from stockroom.http.fields import Choice, Instant, Quantity, QueryFlag, Uid
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.allocate import Allocate, Allocated, Release, Released, allocate, release
from stockroom.queries.allocations import AllocationRow, allocations
from stockroom.queries.paging import Page
from stockroom.vocabulary import AllocationState, Rule

blp = ResourceBlueprint("allocations", __name__, description="What is kept for a session of today")


class AllocationFields(Schema):
    """A quantity of a lot, or of a product of which we pick, for a session of today."""

    session_uid = Uid(required=True)
    thing = fields.Nested(ThingFields, required=True)
    quantity = Quantity(required=True)
    override = fields.Nested(OverrideFields, load_default=None)


class KeptSchema(Schema):
    allocation_uid = Uid(required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    place = fields.String(required=True)
    quantity = StockQuantity(required=True)


class AllocatedSchema(Schema):
    session_uid = Uid(required=True)
    kept = fields.List(fields.Nested(KeptSchema), required=True)
    overridden = fields.List(Choice(Rule), required=True)


class AllocationReleasedSchema(Schema):
    allocation_uid = Uid(required=True)


class AllocationSchema(Schema):
    uid = Uid(required=True)
    state = Choice(AllocationState, required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    location_uid = Uid(required=True)
    location_name = fields.String(required=True)
    quantity = StockQuantity(required=True)
    used_quantity = StockQuantity(required=True)
    session_uid = Uid(required=True, allow_none=True)
    preparation_uid = Uid(required=True, allow_none=True)
    made_at = Instant(required=True)
    ended_at = Instant(required=True, allow_none=True)


class AllocationsArgs(PageArgs):
    session_uid = Uid(load_default=None)
    lot_uid = Uid(load_default=None)
    with_ended = QueryFlag(load_default=False)


@blp.route("")
class Allocations(MethodView):
    @blp.arguments(AllocationsArgs, location="query")
    @blp.response(200, page_schema(AllocationSchema, "AllocationPage"))
    def get(self, args: dict[str, Any]) -> Page[AllocationRow]:
        """What is promised in this clinic, the newest first"""
        after = args.pop("cursor")
        with installation().reading() as connection:
            return allocations(connection, acting().clinic_id, after=after, **args)

    @blp.arguments(AllocationFields)
    @blp.response(201, AllocatedSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Keep something for a session of today"""
        (unit,) = units_of_things([body["thing"]])
        quantity = in_base_units(body["quantity"], unit)
        allocated: Allocated = act(
            allocate, Allocate(**{**body, "quantity": quantity, "override": override_of(body["override"])})
        )
        return {
            "session_uid": allocated.session_uid,
            "kept": with_units(allocated.kept),
            "overridden": allocated.overridden,
        }


@blp.route("/<uid>/release")
class AllocationRelease(MethodView):
    @blp.response(200, AllocationReleasedSchema)
    def post(self, uid: str) -> Released:
        """Give back what was kept for a session"""
        released: Released = act(release, Release(allocation_uid=uid))
        return released
