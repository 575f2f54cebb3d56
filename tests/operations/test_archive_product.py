"""Does a product leave the lists from which one chooses, and come back?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row, select

from stockroom.db.store import Store
from stockroom.models import Product
from stockroom.operations.archive_product import ArchiveProduct, ProductArchived, archive_product
from stockroom.reads.products import NotManufactured, ProductChanged
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, Goods, House, key


def row(store: Store, product: Goods) -> Row[Any]:
    with store.reading() as connection:
        return connection.execute(select(Product.__table__).where(Product.id == product.id)).one()


def archive(house: House, product: Goods, **facts: Any) -> ProductArchived:
    version = facts.get("version", row(house.store, product).version)
    command = ArchiveProduct(
        product_uid=product.uid, version=version, is_archived=facts.get("is_archived", True)
    )
    actor = facts.get("actor", house.manager)
    return archive_product(house.store, command, actor=actor, key=key("archive"), now=NOW)


def test_a_product_is_archived_and_comes_back_and_its_stock_stays(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")

    archive(house, filler)
    assert row(store, filler).archived_at == NOW
    assert house.clinic.on_hand(lot) == filler.content_quantity
    archive(house, filler, is_archived=False)

    assert row(store, filler).archived_at is None


def test_what_was_changed_meanwhile_and_what_is_made_here_stays(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    with sqlite_store.reading() as connection:
        made = connection.execute(select(Product.id, Product.uid).where(Product.kind == "ad_hoc")).first()

    with pytest.raises(ProductChanged):
        archive(house, filler, version=99)
    if made is not None:
        with pytest.raises(NotManufactured):
            archive(house, Goods(id=made.id, uid=made.uid, gtin="", content_quantity=1))

    assert row(sqlite_store, filler).archived_at is None


def test_who_does_not_keep_the_catalogue_archives_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")

    for other in (house.nurse, house.practitioner, house.clinic.auditor):
        with pytest.raises(ActionForbidden):
            archive(house, filler, actor=other)

    assert row(sqlite_store, filler).archived_at is None
