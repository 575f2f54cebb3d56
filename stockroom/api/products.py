"""Products: one manufacturer's presentation each, with its rule, codes and ingredients, and this clinic's level."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.api.product_schemas import (
    ArchivingFields,
    CodeAttachedSchema,
    CodeFields,
    CodeRepointedSchema,
    HouseCodeSchema,
    LevelSetSchema,
    NewVersionFields,
    ProductAddedSchema,
    ProductArchivedSchema,
    ProductFields,
    ProductRevisedSchema,
    ProductSchema,
    RepointFields,
    StockLevelFields,
    StockLevelSchema,
    code_of,
    contents_of,
    product_of,
    rule_of,
    shown,
)
from stockroom.api.rule_versions import RuleVersionsSchema, versions_shown
from stockroom.http.etags import asked_version, asked_version_if_any, etag_of
from stockroom.http.fields import Choice, QueryFlag, Uid, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.add_product import ProductAdded, add_product
from stockroom.operations.archive_product import ArchiveProduct, ProductArchived, archive_product
from stockroom.operations.attach_code import AttachCode, CodeAttached, attach_code
from stockroom.operations.give_house_code import GiveHouseCode, HouseCodeGiven, give_house_code
from stockroom.operations.repoint_code import CodeRepointed, RepointCode, repoint_code
from stockroom.operations.revise_product import (
    ConfirmProduct,
    ProductRevised,
    ReviseProduct,
    confirm_product,
    revise_product,
)
from stockroom.operations.set_levels import LevelSet, SetStockLevel, set_stock_level
from stockroom.queries.catalogue import ProductFilter, product, products
from stockroom.queries.levels import StockLevelRow, stock_level
from stockroom.queries.product_versions import rule_versions
from stockroom.reads.base_units import units_of_products
from stockroom.vocabulary import BaseUnit, ProductKind

blp = ResourceBlueprint("products", __name__, description="What can be stocked")
Tagged = tuple[Any, int, dict[str, str]]


class ProductsArgs(PageArgs):
    text = Words(
        most=100,
        load_default=None,
        metadata={"description": "part of the name of the product or of its manufacturer"},
    )
    manufacturer_uid = Uid(load_default=None)
    group_uid = Uid(load_default=None)
    kind = Choice(ProductKind, load_default=None)
    incomplete = QueryFlag(
        load_default=False, metadata={"description": "only what nobody has confirmed as it now is"}
    )


@blp.route("")
class Products(MethodView):
    @blp.arguments(ProductsArgs, location="query")
    @blp.response(200, page_schema(ProductSchema, "ProductPage"))
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """The catalogue, or what of it is asked for, oldest first"""
        after, limit = args.pop("cursor"), args.pop("limit")
        with installation().reading() as connection:
            page = products(connection, only=ProductFilter(**args), after=after, limit=limit)
        return {"items": [shown(row) for row in page.items], "next_cursor": page.next_cursor}

    @blp.arguments(ProductFields)
    @blp.response(201, ProductAddedSchema)
    def post(self, body: dict[str, Any]) -> ProductAdded:
        """Add a product; it is incomplete until its rule is confirmed"""
        added: ProductAdded = act(add_product, product_of(body))
        return added


@blp.route("/<uid>")
class Product(MethodView):
    @blp.response(200, ProductSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> Tagged:
        """One product with the rule in force"""
        with installation().reading() as connection:
            row = product(connection, uid=uid)
        return shown(row), 200, {"ETag": etag_of(row.version)}


@blp.route("/<uid>/rule")
class ProductRule(MethodView):
    @if_match()
    @blp.arguments(NewVersionFields)
    @blp.response(200, ProductRevisedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> Tagged:
        """Put a new rule in force, to be confirmed again; opened vials keep theirs"""
        command = ReviseProduct(
            product_uid=uid,
            version=asked_version(),
            rule=rule_of(body["rule"], _unit_of(uid)),
            ingredients=contents_of(body["ingredients"]),
            reason=body["reason"],
        )
        revised: ProductRevised = act(revise_product, command)
        return revised, 200, {"ETag": etag_of(revised.version)}


@blp.route("/<uid>/rule-versions")
class ProductRuleVersions(MethodView):
    @blp.response(200, RuleVersionsSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """What was true of a product when: who wrote each version, why, and what was opened under it"""
        with installation().reading() as connection:
            row = product(connection, uid=uid)
            versions = rule_versions(connection, acting().clinic_id, product_uid=uid)
        return versions_shown(versions, row.base_unit)


@blp.route("/<uid>/confirmation")
class ProductConfirmation(MethodView):
    @if_match()
    @blp.response(200, ProductRevisedSchema, headers=ETAG_HEADERS)
    def post(self, uid: str) -> Tagged:
        """Say that the rule in force is true, as it was read"""
        command = ConfirmProduct(product_uid=uid, version=asked_version())
        confirmed: ProductRevised = act(confirm_product, command)
        return confirmed, 200, {"ETag": etag_of(confirmed.version)}


@blp.route("/<uid>/archiving")
class ProductArchiving(MethodView):
    @if_match()
    @blp.arguments(ArchivingFields)
    @blp.response(200, ProductArchivedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> Tagged:
        """Take a product off the lists from which one chooses, or put it back; its stock stays"""
        command = ArchiveProduct(product_uid=uid, version=asked_version(), is_archived=body["archived"])
        archived: ProductArchived = act(archive_product, command)
        return archived, 200, {"ETag": etag_of(archived.version)}


@blp.route("/<uid>/trade-items")
class ProductTradeItems(MethodView):
    @blp.arguments(CodeFields)
    @blp.response(201, CodeAttachedSchema)
    def post(self, body: dict[str, Any], uid: str) -> CodeAttached:
        """Give a product a further code, at one pack level"""
        attached: CodeAttached = act(attach_code, AttachCode(product_uid=uid, code=code_of(body)))
        return attached


@blp.route("/<uid>/repointed-codes")
class ProductRepointedCodes(MethodView):
    @blp.arguments(RepointFields)
    @blp.response(200, CodeRepointedSchema)
    def post(self, body: dict[str, Any], uid: str) -> CodeRepointed:
        """Make a code that names another product name this one; the journal keeps both, and why"""
        command = RepointCode(product_uid=uid, code=code_of(body["code"]), reason=body["reason"])
        repointed: CodeRepointed = act(repoint_code, command)
        return repointed


@blp.route("/<uid>/house-code")
class ProductHouseCode(MethodView):
    @blp.response(201, HouseCodeSchema)
    def post(self, uid: str) -> HouseCodeGiven:
        """Give single packs that bear no code a GTIN of the house, to be printed on labels"""
        given: HouseCodeGiven = act(give_house_code, GiveHouseCode(product_uid=uid))
        return given


@blp.route("/<uid>/stock-level")
class ProductStockLevel(MethodView):
    @blp.response(200, StockLevelSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> Tagged:
        """Minimum and target of a product in this clinic"""
        with installation().reading() as connection:
            row: StockLevelRow = stock_level(connection, acting().clinic_id, product_uid=uid)
        return row, 200, {"ETag": etag_of(row.version)}

    @if_match(required=False)
    @blp.arguments(StockLevelFields)
    @blp.response(200, LevelSetSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> Tagged:
        """Set minimum and target of a product in this clinic"""
        command = SetStockLevel(product_uid=uid, version=asked_version_if_any(), **body)
        level: LevelSet = act(set_stock_level, command)
        return level, 200, {"ETag": etag_of(level.version)}


def _unit_of(uid: str) -> BaseUnit:
    with installation().reading() as connection:
        return units_of_products(connection, [uid])[uid]
