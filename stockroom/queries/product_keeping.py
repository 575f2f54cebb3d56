"""How is a product kept here: how much should there be, and who sells it?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, select

from stockroom.models import (
    Location,
    ParLevel,
    Product,
    StockLevel,
    Supplier,
    SupplierItem,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelHere:
    """Minimum and target in sealed presentations; `version` is None where none is set."""

    minimum_count: int | None
    target_count: int | None
    version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParHere:
    """How many sealed presentations a place should hold."""

    location_uid: str
    location_name: str
    par_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldBy:
    """How a supplier sells the product; the price is of one pack, in minor units."""

    supplier_uid: str
    supplier: str
    item_code: str
    pack_count: int
    lead_time_days: int | None
    is_preferred: bool
    last_price_minor: int | None
    currency: str | None


@dataclass(frozen=True, kw_only=True)
class Keeping:
    """Everything of it."""

    level: LevelHere
    pars: tuple[ParHere, ...]
    sold_by: tuple[SoldBy, ...]


def keeping_of(connection: Connection, clinic_id: int, *, product_uid: str) -> Keeping:
    """Give how a clinic keeps a product, in three statements."""
    which = select(Product.id).where(Product.uid == product_uid).scalar_subquery()
    level = connection.execute(
        select(StockLevel.minimum_count, StockLevel.target_count, StockLevel.version).where(
            StockLevel.clinic_id == clinic_id, StockLevel.product_id == which
        )
    ).one_or_none()
    nothing = {"minimum_count": None, "target_count": None, "version": None}
    return Keeping(
        level=LevelHere(**(nothing if level is None else dict(level._mapping))),
        pars=tuple(ParHere(**row._mapping) for row in connection.execute(_pars(clinic_id, which))),
        sold_by=tuple(SoldBy(**row._mapping) for row in connection.execute(_sold_by(which))),
    )


def _pars(clinic_id: int, which: Any) -> Any:
    place = and_(Location.clinic_id == ParLevel.clinic_id, Location.id == ParLevel.location_id)
    return (
        select(Location.uid.label("location_uid"), Location.name.label("location_name"), ParLevel.par_count)
        .join(Location, place)
        .where(ParLevel.clinic_id == clinic_id, ParLevel.product_id == which)
        .order_by(Location.name)
    )


def _sold_by(which: Any) -> Any:
    return (
        select(
            Supplier.uid.label("supplier_uid"),
            Supplier.name.label("supplier"),
            SupplierItem.item_code,
            SupplierItem.pack_count,
            SupplierItem.lead_time_days,
            SupplierItem.is_preferred,
            SupplierItem.last_price_minor,
            SupplierItem.currency,
        )
        .join(Supplier, Supplier.id == SupplierItem.supplier_id)
        .where(SupplierItem.product_id == which)
        .order_by(SupplierItem.is_preferred.desc(), Supplier.name)
    )
