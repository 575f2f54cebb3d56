"""Product groups: equivalents, which needs, recipes and minimums may name."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Uid, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.add_party import AddParty, PartyAdded, PartyKind, add_party
from stockroom.queries.paging import Page
from stockroom.queries.product_groups import ProductGroupRow, product_groups

blp = ResourceBlueprint("product-groups", __name__, description="Products that may stand for each other")


class ProductGroupFields(Schema):
    """What is said when a group is added; a product names its group when it is added."""

    name = Words(required=True)


class ProductGroupSchema(Schema):
    uid = Uid(required=True)
    name = fields.String(required=True)


class ProductGroupAddedSchema(Schema):
    uid = Uid(required=True)


@blp.route("")
class ProductGroups(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(ProductGroupSchema, "ProductGroupPage"))
    def get(self, args: dict[str, Any]) -> Page[ProductGroupRow]:
        """The groups of equivalents, oldest first"""
        with installation().reading() as connection:
            return product_groups(connection, after=args["cursor"], limit=args["limit"])

    @blp.arguments(ProductGroupFields)
    @blp.response(201, ProductGroupAddedSchema)
    def post(self, body: dict[str, Any]) -> PartyAdded:
        """Add a group of equivalents"""
        added: PartyAdded = act(add_party, AddParty(kind=PartyKind.PRODUCT_GROUP, **body))
        return added
