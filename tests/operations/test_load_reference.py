"""Does the reference data get into the tables, and stay right when it is loaded again?"""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import func, select

from stockroom.db.store import Store
from stockroom.models import Ingredient, ReferenceItem
from stockroom.operations.load_reference import is_loaded, load_reference
from stockroom.reference import load
from tests.builders import NOW, House, key


def test_loading_again_adds_nothing(store: Store) -> None:
    house = House(store)
    reference = load()

    again = load_reference(store, reference, actor=house.system, key=key(), now=NOW)

    with store.reading() as connection:
        ingredients = connection.execute(select(func.count()).select_from(Ingredient)).scalar_one()
        kinds = set(connection.execute(select(ReferenceItem.kind)).scalars())
    assert ingredients == again.ingredient_count == len(reference.ingredients)
    assert {"areas", "techniques", "protocols", "cocktail_patterns", "incompatibilities"} <= kinds


def test_every_row_names_its_source(store: Store) -> None:
    House(store)

    with store.reading() as connection:
        sources = connection.execute(select(ReferenceItem.sources)).scalars().all()

    assert sources and all(sources)


def test_what_is_loaded_is_told_from_what_is_not(store: Store) -> None:
    House(store)
    shipped = load()
    newer = replace(shipped, areas=shipped.areas[1:])

    with store.reading() as connection:
        assert is_loaded(connection, shipped)
        assert not is_loaded(connection, newer)
