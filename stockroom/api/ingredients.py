"""Ingredients: actives and excipients that products hold and patients may be allergic to."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import installation
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.http.fields import Uid
from stockroom.http.paging import PageArgs, page_schema
from stockroom.queries.paging import Page
from stockroom.queries.reference import IngredientRow, ingredients

blp = ResourceBlueprint("ingredients", __name__, description="What products are made of")


class IngredientSchema(Schema):
    uid = Uid(required=True)
    slug = fields.String(required=True, metadata={"description": "products name it by this"})
    name = fields.String(required=True)
    ingredient_class = fields.String(required=True)
    sources = fields.List(fields.String(), required=True)


@blp.route("")
class Ingredients(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(IngredientSchema, "IngredientPage"))
    def get(self, args: dict[str, Any]) -> Page[IngredientRow]:
        """The ingredients that are known"""
        with installation().reading() as connection:
            return ingredients(connection, after=args["cursor"], limit=args["limit"])
