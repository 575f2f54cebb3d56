"""Reference data of the source texts: areas, techniques, indications, protocols … to choose words from."""

from __future__ import annotations

from dataclasses import fields as fields_of
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import installation
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.errors import ThingNotFound
from stockroom.queries.reference import reference_rows
from stockroom.reference import Reference as ReferenceTables

blp = ResourceBlueprint(
    "reference", __name__, description="Words to choose from, with where they are written"
)
KINDS = tuple(
    field.name
    for field in fields_of(ReferenceTables)
    if field.name not in ("sources", "ingredients", "suitability_rules")
)
_KIND = {
    "in": "path",
    "name": "kind",
    "required": True,
    "description": "which table; ingredients have a resource of their own",
    "schema": {"type": "string", "enum": list(KINDS)},
}


class ReferenceRowSchema(Schema):
    slug = fields.String(required=True, metadata={"description": "sessions and usages name it by this"})
    name = fields.String(required=True)
    detail = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "further columns, by kind"}
    )
    sources = fields.List(fields.String(), required=True)


class ReferenceSchema(Schema):
    kind = fields.String(required=True)
    items = fields.List(fields.Nested(ReferenceRowSchema), required=True)


@blp.route("/<kind>", parameters=[_KIND])
class Reference(MethodView):
    @blp.response(200, ReferenceSchema)
    def get(self, kind: str) -> dict[str, Any]:
        """All rows of one kind, by name"""
        if kind not in KINDS:
            raise ThingNotFound(thing="kind of reference data", uid=kind[:40])
        with installation().reading() as connection:
            return {"kind": kind, "items": reference_rows(connection, kind=kind)}
