"""Where does each run of the state machine live?  In a fresh copy of one furnished house, on either database."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from stockroom.actor import Actor
from stockroom.db.store import Store, open_store
from stockroom.ledger.journal import anchor_heads
from stockroom.operations.write_recipe import ComponentOf
from stockroom.vocabulary import (
    BaseUnit,
    ContainerType,
    LocationKind,
    RegulatoryClass,
    Role,
    StorageClass,
)
from tests.builders import NOW, Clinic, Goods, House
from tests.cocktails import recipe
from tests.conftest import KEYS
from tests.oracles.stock_acts import StockActs
from tests.oracles.stock_things import Patient, Product, Shelf
from tests.patients import ask, register
from tests.postgres_cluster import PostgresCluster
from tests.postgres_lending import Lender
from tests.warm_engines import open_warm

ACID, VITAMIN = "hyaluronic-acid", "vitamin-c"
ZONES = {"A": "Europe/Sofia", "B": "Europe/Lisbon"}
COLD, ROOM = StorageClass.REFRIGERATED, StorageClass.ROOM
PRODUCTS = {
    "filler": Product(
        content=1000, type=ContainerType.MULTI_DOSE, ingredients=frozenset({ACID}),
        minutes_room=12 * 60, minutes_cold=24 * 60, residual=50, overfill=40,
    ),
    "vial": Product(
        content=400, type=ContainerType.SINGLE_DOSE, is_prescribed=True, ingredients=frozenset({VITAMIN}),
        minutes_room=6 * 60, minutes_cold=6 * 60,
    ),
    "needle": Product(is_liquid=False),
    "serum": Product(
        content=500, type=ContainerType.MULTI_DOSE, is_confirmed=False,
        minutes_room=60, minutes_cold=None,
    ),
    "recipe": Product(is_mixture=True, is_prescribed=True),
    "ad hoc": Product(is_mixture=True, is_prescribed=True),
}  # fmt: skip
CLASSES = {
    "filler": RegulatoryClass.DEVICE,
    "vial": RegulatoryClass.MEDICINE,
    "needle": RegulatoryClass.CONSUMABLE,
    "serum": RegulatoryClass.COSMETIC,
}
PATIENTS = {
    "Ana": Patient(was_asked=True),
    "Boris": Patient(was_asked=True, allergies=frozenset({ACID})),
    "Clara": Patient(was_asked=False),
}
RECIPE = {"filler": 300, "vial": 100}
ROLES = (Role.NURSE, Role.PRACTITIONER, Role.MANAGER)


@dataclass(frozen=True)
class Furnished:
    """What the model's names are called in the database of a furnished house."""

    clinics: dict[str, Clinic]
    actors: dict[tuple[str, Role], Actor]
    goods: dict[str, Goods]
    uids: dict[str, str]
    """Of shelves, patients, and the recipe."""
    supplier_uid: str


@dataclass(frozen=True)
class Houses:
    """A furnished house, and how to open one more copy of it."""

    furnished: Furnished
    copies: Callable[[], Iterator[Store]]

    @contextmanager
    def another(self) -> Iterator[Store]:
        """A copy of its own, thrown away afterwards."""
        yield from self.copies()


def model_of_house() -> StockActs:
    """The reference as it stands when a house has just been furnished."""
    return StockActs(
        now=NOW,
        products=PRODUCTS,
        patients=PATIENTS,
        zones=ZONES,
        shelves={
            f"{clinic}.{name}": shelf
            for clinic in ZONES
            for name, shelf in (
                ("quarantine", Shelf(clinic, is_cold=None, is_usable=False)),
                ("fridge", Shelf(clinic, is_cold=True)),
                ("cupboard", Shelf(clinic, is_cold=False)),
            )
        },
        recipe=RECIPE,
    )


def furnish(store: Store) -> Furnished:
    """Make the two clinics with people, places, products, patients and a recipe."""
    house = House(store)
    clinics = {"A": house.clinic, "B": house.another_clinic("Rila", ZONES["B"])}
    uids = {}
    for name, clinic in clinics.items():
        uids[f"{name}.quarantine"] = clinic.account(LocationKind.QUARANTINE).uid
        uids[f"{name}.fridge"] = clinic.fridge.uid
        uids[f"{name}.cupboard"] = clinic.cupboard.uid
    for name, facts in PATIENTS.items():
        uids[name] = register(house, name, now=NOW - timedelta(days=2)).patient_uid
        if facts.was_asked:
            ask(house, uids[name], *facts.allergies, now=NOW - timedelta(days=2))
    goods = {name: _goods(house, name) for name in CLASSES}
    parts = [ComponentOf(quantity=quantity, product_uid=goods[name].uid) for name, quantity in RECIPE.items()]
    written = recipe(house, "Glow", *parts, output_quantity=400, loss_max_quantity=20)
    anchor_heads(store, now=NOW)
    return Furnished(
        clinics=clinics,
        actors={
            (name, role): getattr(clinic, role.value) for name, clinic in clinics.items() for role in ROLES
        },
        goods=goods,
        uids={**uids, "recipe": written.recipe_uid},
        supplier_uid=house.supplier_uid,
    )


def _goods(house: House, name: str) -> Goods:
    product = PRODUCTS[name]
    return house.product(
        name,
        content_quantity=product.content,
        base_unit=BaseUnit.MICROLITRE if product.is_liquid else BaseUnit.PIECE,
        container_type=product.type,
        regulatory_class=CLASSES[name],
        confirmed=product.is_confirmed,
        ingredients=tuple(product.ingredients),
        authorised_in=("*",),
        in_use_minutes_room=product.minutes_room,
        in_use_minutes_refrigerated=product.minutes_cold,
        residual_max_quantity=product.residual,
        overfill_max_quantity=product.overfill,
    )


def sqlite_houses(template: Path, folder: Path) -> Houses:
    """A furnished SQLite file that is copied for each run."""
    original = folder / "furnished.sqlite"
    shutil.copy(template, original)
    with _opened(f"sqlite:///{original}", folder / "anchors.jsonl") as store:
        furnished, anchors = furnish(store), store.anchor_file
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    def copies() -> Iterator[Store]:
        with TemporaryDirectory(dir=folder) as own:
            copy = Path(own, "stockroom.sqlite")
            shutil.copy(original, copy)
            with _opened(f"sqlite:///{copy}", Path(shutil.copy(anchors, own))) as store:
                yield store

    return Houses(furnished=furnished, copies=copies)


def postgres_houses(cluster: PostgresCluster, lender: Lender, folder: Path) -> Houses:
    """A furnished PostgreSQL database, of which each run is lent one like it."""
    original = f"furnished_{os.urandom(6).hex()}"
    url = cluster.create_database(original, template="template_stockroom")
    with _opened(url, folder / "anchors.jsonl") as store:
        furnished, anchors = furnish(store), store.anchor_file

    def copies() -> Iterator[Store]:
        with (
            lender.lent(original) as url,
            TemporaryDirectory(dir=folder) as own,
            _opened(url, Path(shutil.copy(anchors, own))) as store,
        ):
            yield store

    return Houses(furnished=furnished, copies=copies)


@contextmanager
def _opened(url: str, anchor_file: Path) -> Iterator[Store]:
    engine = open_warm(url)
    try:
        yield open_store(engine, keyring=KEYS, anchor_file=anchor_file)
    finally:
        engine.dispose()
