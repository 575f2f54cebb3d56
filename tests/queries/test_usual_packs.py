"""Are single pieces counted in the smallest pack in which they come, and nothing else?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.queries.usual_packs import UsualPack, usual_packs
from tests.builders import House


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_pieces_are_counted_in_their_smallest_pack_and_vials_as_they_are(house: House) -> None:
    needle, vial = house.needle(), house.product("Vial")

    with house.store.reading() as connection:
        found = usual_packs(connection, (needle.uid, vial.uid))
        none = usual_packs(connection, ())

    assert (found, none) == ({needle.uid: UsualPack(count=10, level="box")}, {})
