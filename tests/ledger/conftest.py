"""What every test of the ledger may ask for: a history with one of everything, on each database.

It is built once per database kind and copied, so that a table of faults does not build it every time.
"""

from __future__ import annotations

import copy
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from stockroom.db.engine import open_engine
from stockroom.db.store import Store, open_store
from tests.conftest import KEYS
from tests.ledger.scene import Scene, build
from tests.postgres_cluster import PostgresCluster
from tests.postgres_lending import Lender
from tests.warm_engines import open_warm


@pytest.fixture(scope="session")
def sqlite_scene(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Scene]:
    """A file with the history in it."""
    folder = tmp_path_factory.mktemp("scene")
    path = folder / "scene.sqlite"
    shutil.copy(sqlite_template, path)
    return path, _built(f"sqlite:///{path}", folder)


@pytest.fixture(scope="session")
def postgres_scene(postgres: PostgresCluster, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Scene]:
    """A database with the history in it."""
    name = f"template_scene_{os.urandom(4).hex()}"  # other folders may borrow this fixture
    url = postgres.create_database(name, template="template_stockroom")
    return name, _built(url, tmp_path_factory.mktemp("scene"))


def _built(url: str, folder: Path) -> Scene:
    engine = open_engine(url)
    scene = build(open_store(engine, keyring=KEYS, anchor_file=folder / "anchors.jsonl"))
    if scene.store.is_sqlite:
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    engine.dispose()
    return scene


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def scene(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scene]:
    """A fresh copy of a history in which nothing is wrong."""
    template, built = request.getfixturevalue(f"{request.param}_scene")
    if request.param == "sqlite":
        shutil.copy(template, tmp_path / "scene.sqlite")
        with _opened(built, f"sqlite:///{tmp_path / 'scene.sqlite'}", tmp_path) as opened:
            yield opened
        return
    lender: Lender = request.getfixturevalue("lender")
    with lender.lent(template) as url, _opened(built, url, tmp_path) as opened:
        yield opened


class _opened:  # noqa: N801 - reads as what it does
    """The built scene on a store of its own."""

    def __init__(self, built: Scene, url: str, folder: Path) -> None:
        self._engine = open_warm(url)
        store = open_store(self._engine, keyring=KEYS, anchor_file=folder / "anchors.jsonl")
        self._scene = _moved(built, store)

    def __enter__(self) -> Scene:
        return self._scene

    def __exit__(self, *_exception: object) -> None:
        self._engine.dispose()


def _moved(built: Scene, store: Store) -> Scene:
    scene, house, clinic = copy.copy(built), copy.copy(built.house), copy.copy(built.clinic)
    house.store = clinic.store = store
    house.clinic, clinic.house = clinic, house
    scene.house, scene.clinic = house, clinic
    return scene
