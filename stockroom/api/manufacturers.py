"""Manufacturers: who makes the products, each under a name of its own."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.add_party import AddParty, PartyAdded, PartyKind, add_party
from stockroom.queries.catalogue import PartyRow, manufacturers
from stockroom.queries.paging import Page

blp = ResourceBlueprint("manufacturers", __name__, description="Who makes the products")


class ManufacturerFields(Schema):
    """What is said when a manufacturer is added."""

    name = Words(required=True)


class ManufacturerSchema(Schema):
    uid = Uid(required=True)
    name = fields.String(required=True)
    version = WholeNumber(required=True)


class ManufacturerAddedSchema(Schema):
    uid = Uid(required=True)


@blp.route("")
class Manufacturers(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(ManufacturerSchema, "ManufacturerPage"))
    def get(self, args: dict[str, Any]) -> Page[PartyRow]:
        """The manufacturers, oldest first"""
        with installation().reading() as connection:
            return manufacturers(connection, after=args["cursor"], limit=args["limit"])

    @blp.arguments(ManufacturerFields)
    @blp.response(201, ManufacturerAddedSchema)
    def post(self, body: dict[str, Any]) -> PartyAdded:
        """Add a manufacturer"""
        added: PartyAdded = act(add_party, AddParty(kind=PartyKind.MANUFACTURER, **body))
        return added
