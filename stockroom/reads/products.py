"""Which product is to be changed, and is it still as it was read?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, Row

from stockroom.errors import Refused, Stale, extracted
from stockroom.models import Product
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import ProductKind


@dataclass(eq=False, kw_only=True)
class ProductChanged(Stale):
    """Somebody changed the product since it was read."""

    code: ClassVar[str] = "product_changed"
    message: ClassVar[str] = extracted(
        "{name} was changed by somebody else. Look at it again before you change it."
    )
    name: str


@dataclass(eq=False, kw_only=True)
class NotManufactured(Refused):
    """What a recipe makes is described by the recipe."""

    code: ClassVar[str] = "not_manufactured"
    message: ClassVar[str] = extracted("{name} is made here. Change its recipe instead.")
    name: str


def product_as_read(connection: Connection, uid: str, version: int) -> Row[Any]:
    """Give the whole row of a product as it was read.  Raises ThingNotFound, NotManufactured, ProductChanged."""
    product = one_by_uid(connection, Product, uid, thing="product")
    if product.kind != ProductKind.MANUFACTURED:
        raise NotManufactured(name=product.name)
    if product.version != version:
        raise ProductChanged(name=product.name)
    return product
