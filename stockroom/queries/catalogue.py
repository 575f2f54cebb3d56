"""What can be stocked, bought and used?  Products with the rule in force, their codes and ingredients; parties."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, or_, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import (
    Ingredient,
    Manufacturer,
    Product,
    ProductGroup,
    ProductIngredient,
    ProductRule,
    RuleIncompatibility,
    Supplier,
    TradeItem,
)
from stockroom.queries.paging import PAGE_ROWS, Page, is_uid, page_of
from stockroom.vocabulary import ProductKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyRow:
    """A manufacturer or a supplier."""

    uid: str
    name: str
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRow:
    """A code under which a product is sold."""

    uid: str
    scheme: str
    item_code: str
    pack_level: str
    presentation_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentRow:
    """An ingredient of a product."""

    uid: str
    slug: str
    name: str
    amount: str
    is_excipient: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ApartRow:
    """An ingredient with which a product is not mixed, and why."""

    uid: str
    slug: str
    name: str
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconstitutionRow:
    """How one presentation of a powder becomes a liquid, in microlitres, and how long that keeps."""

    diluent_uid: str
    diluent: str
    diluent_quantity: int
    output_quantity: int
    minutes: int
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRow:
    """What is true of a product by one version of its rule; until it is confirmed the product is incomplete."""

    version: int
    container_type: str | None
    storage_class: str | None
    regulatory_class: str | None
    authorised_in: tuple[str, ...]
    in_use_minutes_room: int | None
    in_use_minutes_refrigerated: int | None
    in_use_source: str
    lot_carry: str
    expiry_carry: str
    serial_carry: str
    punctures_max: int | None
    overfill_max_quantity: int
    residual_max_quantity: int
    ingredients_known: bool
    is_single_use: bool
    needle_gauge: int | None
    needle_length_um: int | None
    pin_count: int | None
    waste_stream: str
    confirmed_at: datetime | None
    reconstitution: ReconstitutionRow | None
    incompatibilities: tuple[ApartRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductRow:
    """A product with everything that is said of it."""

    uid: str
    version: int
    kind: str
    manufacturer_uid: str | None
    manufacturer: str | None
    group_uid: str | None
    group: str | None
    name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    graduation_quantity: int
    usual_draw_quantity: int | None
    needle: str
    archived_at: datetime | None
    rule: RuleRow | None
    codes: tuple[CodeRow, ...]
    ingredients: tuple[ContentRow, ...]


diluent = aliased(Product, name="diluent")
"""In what a powder is dissolved."""
_RULE_FIELDS = tuple(
    name for name in RuleRow.__dataclass_fields__ if name not in ("reconstitution", "incompatibilities")
)
_PRODUCT_FIELDS = (
    "uid", "version", "kind", "name", "strength", "presentation", "base_unit", "content_quantity",
    "graduation_quantity", "usual_draw_quantity", "needle", "archived_at",
)  # fmt: skip


def manufacturers(
    connection: Connection, *, after: str | None = None, limit: int = PAGE_ROWS
) -> Page[PartyRow]:
    """Give the manufacturers; one statement.  Raises CursorUnreadable."""
    return _parties(connection, Manufacturer, after, limit)


def suppliers(connection: Connection, *, after: str | None = None, limit: int = PAGE_ROWS) -> Page[PartyRow]:
    """Give the suppliers; one statement.  Raises CursorUnreadable."""
    return _parties(connection, Supplier, after, limit)


@dataclass(frozen=True, kw_only=True)
class ProductFilter:
    """Which products are asked for; None asks for nothing."""

    text: str | None = None
    """Part of the name of the product or of its manufacturer, in any case, taken literally."""
    manufacturer_uid: str | None = None
    group_uid: str | None = None
    kind: ProductKind | None = None
    incomplete: bool = False
    """Only those that nobody has confirmed as they now are."""


EVERY_PRODUCT = ProductFilter()


def products(
    connection: Connection,
    *,
    only: ProductFilter = EVERY_PRODUCT,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[ProductRow]:
    """Give the products with their rules, codes and ingredients, oldest first; four statements.

    Raises CursorUnreadable.
    """
    statement = _products().where(*_conditions(only))
    page = page_of(connection, statement, Product, _itself, after=after, limit=limit)
    return Page(items=_whole(connection, page.items), next_cursor=page.next_cursor)


def product(connection: Connection, *, uid: str) -> ProductRow:
    """Give one product; four statements.  Raises ThingNotFound."""
    rows = connection.execute(_products().where(Product.uid == uid)).all() if is_uid(uid) else []
    if not rows:
        raise ThingNotFound(thing="product", uid=uid[:40])
    return _whole(connection, rows)[0]


def _parties(connection: Connection, model: Any, after: str | None, limit: int) -> Page[PartyRow]:
    statement = select(model.uid, model.name, model.version)
    return page_of(
        connection, statement, model, lambda row: PartyRow(**row._mapping), after=after, limit=limit
    )


def _products() -> Any:
    in_force = and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
    return (
        select(
            Product.id,
            *(getattr(Product, name) for name in _PRODUCT_FIELDS),
            *rule_columns(),
            Manufacturer.uid.label("manufacturer_uid"),
            Manufacturer.name.label("manufacturer"),
            ProductGroup.uid.label("group_uid"),
            ProductGroup.name.label("group"),
        )
        .select_from(Product)
        .outerjoin(ProductRule, in_force)
        .outerjoin(diluent, diluent.id == ProductRule.diluent_id)
        .outerjoin(Manufacturer, Manufacturer.id == Product.manufacturer_id)
        .outerjoin(ProductGroup, ProductGroup.id == Product.group_id)
    )


def rule_columns() -> list[Any]:
    """What a row of the rule says, for a statement over ProductRule to which `diluent` is joined."""
    return [
        ProductRule.id.label("rule_id"),
        *(getattr(ProductRule, name).label(f"rule_{name}") for name in _RULE_FIELDS),
        diluent.uid.label("diluent_uid"),
        diluent.name.label("diluent_name"),
        ProductRule.diluent_quantity,
        ProductRule.reconstituted_quantity,
        ProductRule.reconstituted_minutes,
        ProductRule.reconstitution_source,
    ]


def _conditions(only: ProductFilter) -> Iterator[Any]:
    """A text reads the catalogue through, which is small; everything else has an index."""
    if only.text is not None:
        in_either = (Product.name, Manufacturer.name)
        yield or_(*(name.icontains(only.text, autoescape=True) for name in in_either))
    if only.manufacturer_uid is not None:
        yield Product.manufacturer_id == _id_of(Manufacturer, only.manufacturer_uid)
    if only.group_uid is not None:
        yield Product.group_id == _id_of(ProductGroup, only.group_uid)
    if only.kind is not None:
        yield Product.kind == only.kind
    if only.incomplete:
        yield Product.kind == ProductKind.MANUFACTURED
        yield ProductRule.confirmed_at.is_(None)


def _id_of(model: Any, uid: str) -> Any:
    return select(model.id).where(model.uid == uid).scalar_subquery()


def _itself(row: Row[Any]) -> Row[Any]:
    return row


def _whole(connection: Connection, rows: Iterable[Row[Any]]) -> tuple[ProductRow, ...]:
    found = list(rows)
    ids = [row.id for row in found]
    codes = _codes(connection, ids) if ids else {}
    ingredients = _ingredients(connection, ids) if ids else {}
    apart = incompatibilities(connection, [row.rule_id for row in found if row.rule_id is not None])
    return tuple(
        ProductRow(
            **{name: getattr(row, name) for name in _PRODUCT_FIELDS},
            manufacturer_uid=row.manufacturer_uid,
            manufacturer=row.manufacturer,
            group_uid=row.group_uid,
            group=row.group,
            rule=None if row.rule_version is None else rule_shown(row, apart.get(row.rule_id, ())),
            codes=tuple(codes.get(row.id, ())),
            ingredients=tuple(ingredients.get(row.id, ())),
        )
        for row in found
    )


def rule_shown(row: Row[Any], apart: Iterable[ApartRow]) -> RuleRow:
    """Give the version that a row of `rule_columns` says."""
    values = {name: getattr(row, f"rule_{name}") for name in _RULE_FIELDS}
    values["authorised_in"] = tuple(values["authorised_in"].split())
    reconstitution = None
    if row.diluent_uid is not None:
        reconstitution = ReconstitutionRow(
            diluent_uid=row.diluent_uid,
            diluent=row.diluent_name,
            diluent_quantity=row.diluent_quantity,
            output_quantity=row.reconstituted_quantity,
            minutes=row.reconstituted_minutes,
            source=row.reconstitution_source,
        )
    return RuleRow(**values, reconstitution=reconstitution, incompatibilities=tuple(apart))


def incompatibilities(connection: Connection, rule_ids: Iterable[int]) -> dict[int, list[ApartRow]]:
    """Give with what products are not mixed by these versions (ids); one statement, none for none."""
    wanted = list(rule_ids)
    found: dict[int, list[ApartRow]] = {}
    if not wanted:
        return found
    for row in connection.execute(
        select(
            RuleIncompatibility.product_rule_id,
            Ingredient.uid,
            Ingredient.slug,
            Ingredient.name,
            RuleIncompatibility.says,
        )
        .join(Ingredient, Ingredient.id == RuleIncompatibility.ingredient_id)
        .where(RuleIncompatibility.product_rule_id.in_(wanted))
        .order_by(Ingredient.name)
    ):
        apart = ApartRow(uid=row.uid, slug=row.slug, name=row.name, says=row.says)
        found.setdefault(row.product_rule_id, []).append(apart)
    return found


def _codes(connection: Connection, ids: list[int]) -> dict[int, list[CodeRow]]:
    found: dict[int, list[CodeRow]] = {}
    for row in connection.execute(
        select(TradeItem.__table__).where(TradeItem.product_id.in_(ids)).order_by(TradeItem.id)
    ):
        code = CodeRow(
            uid=row.uid,
            scheme=row.scheme,
            item_code=row.code,
            pack_level=row.pack_level,
            presentation_count=row.presentation_count,
        )
        found.setdefault(row.product_id, []).append(code)
    return found


def _ingredients(connection: Connection, ids: list[int]) -> dict[int, list[ContentRow]]:
    found: dict[int, list[ContentRow]] = {}
    for row in connection.execute(
        select(
            ProductIngredient.product_id,
            Ingredient.uid,
            Ingredient.slug,
            Ingredient.name,
            ProductIngredient.amount,
            ProductIngredient.is_excipient,
        )
        .join(Ingredient, Ingredient.id == ProductIngredient.ingredient_id)
        .where(ProductIngredient.product_id.in_(ids))
        .order_by(Ingredient.name)
    ):
        values = {name: value for name, value in row._mapping.items() if name != "product_id"}
        found.setdefault(row.product_id, []).append(ContentRow(**values))
    return found
