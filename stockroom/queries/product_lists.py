"""Which products are in the catalogue, a page at a time, and how much of each is here?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Connection, and_, cast, func, or_, select

from stockroom.models import (
    Balance,
    Container,
    Manufacturer,
    Product,
    ProductGroup,
    ProductRule,
    StockLevel,
    TradeItem,
)
from stockroom.vocabulary import ProductKind

PRODUCT_ORDERS = ("name", "manufacturer")


@dataclass(frozen=True, kw_only=True)
class CatalogueFilter:
    """Which products are asked for; None, empty and False ask for nothing."""

    text: str = ""
    """Part of the name, strength, manufacturer or group, in any case, or a whole code; taken literally."""
    regulatory_class: str | None = None
    made_here: bool = False
    incomplete: bool = False
    """Only what nobody has confirmed as it now is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedProduct:
    """A product as the catalogue shows it; the quantity is in its base unit."""

    uid: str
    kind: str
    name: str
    strength: str
    presentation: str
    base_unit: str
    content_quantity: int
    manufacturer: str | None
    group: str | None
    regulatory_class: str | None
    storage_class: str | None
    is_confirmed: bool
    is_archived: bool
    on_hand: int
    """In this clinic, opened and held included."""
    opened: int
    """Base units of it that lie in opened containers."""
    minimum_count: int | None

    @property
    def product_uid(self) -> str:
        return self.uid


def catalogue_count(connection: Connection, *, only: CatalogueFilter) -> int:
    """Count the products; one statement."""
    counted = _joined(select(func.count()).select_from(Product))
    return int(connection.execute(counted.where(*_conditions(only))).scalar_one())


def catalogue_listed(
    connection: Connection,
    clinic_id: int,
    *,
    only: CatalogueFilter,
    order: str = "name",
    descending: bool = False,
    offset: int = 0,
    limit: int,
) -> tuple[ListedProduct, ...]:
    """Give products in one of PRODUCT_ORDERS with what a clinic has of them; one statement."""
    key: Any = {"name": Product.name, "manufacturer": Manufacturer.name}[order]
    total = select(cast(func.coalesce(func.sum(Balance.quantity), 0), BigInteger)).where(
        Balance.clinic_id == clinic_id, Balance.product_id == Product.id, Balance.quantity > 0
    )
    holder = and_(Container.clinic_id == Balance.clinic_id, Container.location_id == Balance.location_id)
    here = total.correlate(Product).scalar_subquery()
    opened = total.join(Container, holder).correlate(Product).scalar_subquery()
    level = and_(StockLevel.clinic_id == clinic_id, StockLevel.product_id == Product.id)
    statement = _joined(
        select(
            *_columns(), here.label("on_hand"), opened.label("opened"), StockLevel.minimum_count
        ).select_from(Product)
    )
    rows = connection.execute(
        statement.outerjoin(StockLevel, level)
        .where(*_conditions(only))
        .order_by(
            key.is_(None), key.desc() if descending else key, Product.name, Product.strength, Product.id
        )
        .limit(limit)
        .offset(offset)
    )
    return tuple(ListedProduct(**row._mapping) for row in rows)


def _columns() -> list[Any]:
    return [
        Product.uid,
        Product.kind,
        Product.name,
        Product.strength,
        Product.presentation,
        Product.base_unit,
        Product.content_quantity,
        Manufacturer.name.label("manufacturer"),
        ProductGroup.name.label("group"),
        ProductRule.regulatory_class,
        ProductRule.storage_class,
        or_(Product.kind != ProductKind.MANUFACTURED, ProductRule.confirmed_at.is_not(None)).label(
            "is_confirmed"
        ),
        Product.archived_at.is_not(None).label("is_archived"),
    ]


def _joined(statement: Any) -> Any:
    in_force = and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
    return (
        statement.outerjoin(ProductRule, in_force)
        .outerjoin(Manufacturer, Manufacturer.id == Product.manufacturer_id)
        .outerjoin(ProductGroup, ProductGroup.id == Product.group_id)
    )


def _conditions(only: CatalogueFilter) -> Iterator[ColumnElement[bool]]:
    yield Product.kind != ProductKind.AD_HOC
    if only.text:
        named = (Product.name, Product.strength, Manufacturer.name, ProductGroup.name)
        coded = (
            select(TradeItem.id)
            .where(TradeItem.product_id == Product.id, TradeItem.code == only.text)
            .correlate(Product)
            .exists()
        )
        yield or_(coded, *(column.icontains(only.text, autoescape=True) for column in named))
    if only.made_here:
        yield Product.kind != ProductKind.MANUFACTURED
    if only.regulatory_class is not None:
        yield ProductRule.regulatory_class == only.regulatory_class
    if only.incomplete:
        yield and_(Product.kind == ProductKind.MANUFACTURED, ProductRule.confirmed_at.is_(None))
