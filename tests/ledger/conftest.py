"""What every test of the ledger may ask for: a history with one of everything, on each database."""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from tests.ledger.scene import Scene, build


@pytest.fixture
def scene(store: Store) -> Scene:
    """A history in which nothing is wrong."""
    return build(store)
