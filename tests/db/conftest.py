"""What the tests of the database borrow: the ledger's history with a row in every table that matters."""

from __future__ import annotations

from tests.ledger.conftest import postgres_scene, scene, sqlite_scene

__all__ = ["postgres_scene", "scene", "sqlite_scene"]
