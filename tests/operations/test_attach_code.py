"""Does a code name one product?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.ledger.product_rows import CodeOf, CodeTaken
from stockroom.models import TradeItem
from stockroom.operations.attach_code import AttachCode, attach_code
from stockroom.vocabulary import CodeScheme
from tests.builders import NOW, House, demo_gtin, key


def test_a_code_names_one_product(store: Store) -> None:
    house = House(store)
    first = house.product("One")
    second = house.product("Two")
    code = CodeOf(scheme=CodeScheme.GTIN, item_code=first.gtin, pack_level="each", presentation_count=1)

    with pytest.raises(CodeTaken) as refused:
        attach_code(
            store, AttachCode(product_uid=second.uid, code=code), actor=house.manager, key=key(), now=NOW
        )

    assert refused.value.product_uid == first.uid


def test_a_gtin_of_13_digits_is_kept_as_14(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("One")
    gtin = demo_gtin(990)
    code = CodeOf(scheme=CodeScheme.GTIN, item_code=gtin[1:], pack_level="case", presentation_count=100)

    attach_code(
        sqlite_store, AttachCode(product_uid=product.uid, code=code), actor=house.manager, key=key(), now=NOW
    )

    with sqlite_store.reading() as connection:
        codes = set(
            connection.execute(select(TradeItem.code).where(TradeItem.pack_level == "case")).scalars()
        )
    assert codes == {gtin}
