"""Suppliers: who sells to us, and how each sells a product: item code, pack, lead time, last price."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import installation
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.http.etags import asked_version, asked_version_if_any, etag_of
from stockroom.http.fields import Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.add_party import AddParty, PartyAdded, PartyKind, add_party
from stockroom.operations.change_supplier import ChangeSupplier, SupplierSaved, change_supplier
from stockroom.operations.set_levels import LevelSet, SetSupplierItem, set_supplier_item
from stockroom.queries.catalogue import PartyRow, suppliers
from stockroom.queries.paging import Page
from stockroom.queries.suppliers import SupplierItemRow, SupplierRow, supplier, supplier_items

blp = ResourceBlueprint("suppliers", __name__, description="Who sells to us, and how")
COUNT_MAX = 1_000_000
LEAD_TIME_DAYS_MAX = 3_650


class SupplierFields(Schema):
    """What is said when a supplier is added."""

    name = Words(required=True)
    contact = Words(most=500, load_default="", metadata={"description": "how it is reached"})


class SupplierListedSchema(Schema):
    uid = Uid(required=True)
    name = fields.String(required=True)
    version = WholeNumber(required=True)


class SupplierSchema(SupplierListedSchema):
    contact = fields.String(required=True)


class SupplierAddedSchema(Schema):
    uid = Uid(required=True)


class SupplierSavedSchema(Schema):
    supplier_uid = Uid(required=True)
    version = WholeNumber(required=True)


class SupplierItemFields(Schema):
    """How this supplier sells this product, all of it."""

    item_code = Words(required=True, most=100)
    pack_count = WholeNumber(
        required=True,
        least=1,
        most=COUNT_MAX,
        metadata={"description": "whole presentations in one orderable pack"},
    )
    lead_time_days = WholeNumber(most=LEAD_TIME_DAYS_MAX, load_default=None, allow_none=True)
    is_preferred = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    last_price_minor = WholeNumber(
        load_default=None,
        allow_none=True,
        metadata={"description": "of one pack, in the currency's minor unit; goes with `currency`"},
    )
    currency = Words(most=3, load_default=None, allow_none=True, metadata={"description": "ISO 4217"})


class SupplierItemSchema(Schema):
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    item_code = fields.String(required=True)
    pack_count = WholeNumber(required=True)
    lead_time_days = WholeNumber(required=True, allow_none=True)
    is_preferred = fields.Boolean(required=True)
    last_price_minor = WholeNumber(required=True, allow_none=True)
    currency = fields.String(required=True, allow_none=True)
    version = WholeNumber(required=True)


class SupplierItemSetSchema(Schema):
    product_uid = Uid(required=True)
    version = WholeNumber(required=True)


@blp.route("")
class Suppliers(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(SupplierListedSchema, "SupplierPage"))
    def get(self, args: dict[str, Any]) -> Page[PartyRow]:
        """The suppliers, oldest first"""
        with installation().reading() as connection:
            return suppliers(connection, after=args["cursor"], limit=args["limit"])

    @blp.arguments(SupplierFields)
    @blp.response(201, SupplierAddedSchema)
    def post(self, body: dict[str, Any]) -> PartyAdded:
        """Add a supplier"""
        added: PartyAdded = act(add_party, AddParty(kind=PartyKind.SUPPLIER, **body))
        return added


@blp.route("/<uid>")
class Supplier(MethodView):
    @blp.response(200, SupplierSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> tuple[SupplierRow, int, dict[str, str]]:
        """One supplier"""
        with installation().reading() as connection:
            row = supplier(connection, uid=uid)
        return row, 200, {"ETag": etag_of(row.version)}

    @if_match()
    @blp.arguments(SupplierFields)
    @blp.response(200, SupplierSavedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> tuple[SupplierSaved, int, dict[str, str]]:
        """Change what a supplier is called and how it is reached"""
        command = ChangeSupplier(supplier_uid=uid, version=asked_version(), **body)
        saved: SupplierSaved = act(change_supplier, command)
        return saved, 200, {"ETag": etag_of(saved.version)}


@blp.route("/<uid>/items")
class SupplierItems(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(SupplierItemSchema, "SupplierItemPage"))
    def get(self, args: dict[str, Any], uid: str) -> Page[SupplierItemRow]:
        """What a supplier sells, in the order of the catalogue"""
        with installation().reading() as connection:
            return supplier_items(connection, supplier_uid=uid, after=args["cursor"], limit=args["limit"])


@blp.route("/<uid>/items/<product_uid>")
class SupplierItem(MethodView):
    @if_match(required=False)
    @blp.arguments(SupplierItemFields)
    @blp.response(200, SupplierItemSetSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str, product_uid: str) -> tuple[LevelSet, int, dict[str, str]]:
        """Say how a supplier sells a product"""
        command = SetSupplierItem(
            supplier_uid=uid, product_uid=product_uid, version=asked_version_if_any(), **body
        )
        level: LevelSet = act(set_supplier_item, command)
        return level, 200, {"ETag": etag_of(level.version)}
