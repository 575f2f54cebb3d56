"""Is what is known of a product confirmed, and confirmed again when it changes?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError

from stockroom.db.store import Store
from stockroom.ledger.product_rows import RuleOf
from stockroom.ledger.verify import verify
from stockroom.models import ProductRule, RuleIngredient
from stockroom.operations.add_product import AddProduct, add_product
from stockroom.operations.revise_product import (
    ConfirmProduct,
    ReviseProduct,
    RuleIncomplete,
    confirm_product,
    revise_product,
)
from stockroom.reads.products import ProductChanged
from stockroom.vocabulary import BaseUnit
from tests.builders import NOW, House, key


def _filler(house: House, **changes: Any) -> AddProduct:
    facts: dict[str, Any] = {
        "manufacturer_uid": house.manufacturer_uid,
        "name": "Demo filler",
        "strength": "18 mg/mL",
        "presentation": "syringe",
        "base_unit": BaseUnit.MICROLITRE,
        "content_quantity": 2000,
        "rule": RuleOf(),
    }
    return AddProduct(**{**facts, **changes})


def test_what_is_not_known_cannot_be_confirmed(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    added = add_product(sqlite_store, _filler(house), actor=house.manager, key=key(), now=NOW)

    with pytest.raises(RuleIncomplete):
        confirm_product(
            sqlite_store,
            ConfirmProduct(product_uid=added.product_uid, version=1),
            actor=house.practitioner,
            key=key(),
            now=NOW,
        )


def test_a_revision_has_to_be_confirmed_again_and_keeps_the_old_rule(store: Store) -> None:
    house = House(store)
    product = house.product("One")

    revised = revise_product(
        store,
        ReviseProduct(product_uid=product.uid, version=2, rule=RuleOf(in_use_minutes_room=60)),
        actor=house.manager,
        key=key(),
        now=NOW,
    )

    with store.reading() as connection:
        rules = connection.execute(
            select(ProductRule.version, ProductRule.superseded_at, ProductRule.confirmed_at)
            .where(ProductRule.product_id == product.id)
            .order_by(ProductRule.version)
        ).all()
    assert revised.rule_version == 2
    assert rules[0].superseded_at == NOW and rules[0].confirmed_at is not None
    assert rules[1].superseded_at is None and rules[1].confirmed_at is None


def test_a_product_changed_in_the_meantime_is_read_again(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("One")

    with pytest.raises(ProductChanged):
        revise_product(
            sqlite_store,
            ReviseProduct(product_uid=product.uid, version=1, rule=RuleOf()),
            actor=house.manager,
            key=key(),
            now=NOW,
        )


def test_what_a_version_says_is_never_rewritten_and_the_journal_proves_it(store: Store) -> None:
    house = House(store)
    product = house.product("One", ingredients=("lidocaine",))
    command = ReviseProduct(product_uid=product.uid, version=2, rule=RuleOf(), reason="the maker wrote")
    revise_product(store, command, actor=house.manager, key=key(), now=NOW)

    with store.reading() as connection:
        held = connection.execute(
            select(ProductRule.version, ProductRule.reason, RuleIngredient.ingredient_id)
            .outerjoin(RuleIngredient, RuleIngredient.product_rule_id == ProductRule.id)
            .where(ProductRule.product_id == product.id)
            .order_by(ProductRule.version)
        ).all()
    assert [(row.version, row.reason, row.ingredient_id is not None) for row in held] == [
        (1, "", True),
        (2, "the maker wrote", False),
    ]
    assert verify(store, anchors=False).ok
    for statement in (
        update(ProductRule).values(in_use_minutes_room=9),
        update(RuleIngredient).values(amount="9"),
        delete(RuleIngredient),
    ):
        with (
            pytest.raises(DBAPIError, match="append-only"),
            store.engine.connect().execution_options(write=True) as connection,
            connection.begin(),
        ):
            connection.execute(statement)


def test_a_life_after_opening_is_confirmed_only_with_where_it_is_written(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("One", in_use_source="", confirmed=False)
    command = ConfirmProduct(product_uid=product.uid, version=1)

    with pytest.raises(RuleIncomplete, match="written"):
        confirm_product(sqlite_store, command, actor=house.practitioner, key=key(), now=NOW)
