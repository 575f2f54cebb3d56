"""Does a supplier, manufacturer or group have a name of its own?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.operations.add_party import AddParty, NameTaken, PartyKind, add_party
from tests.builders import NOW, House, key


def test_a_supplier_has_a_name_of_its_own(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    house.party(PartyKind.SUPPLIER, "Twice")

    with pytest.raises(NameTaken):
        add_party(
            sqlite_store,
            AddParty(kind=PartyKind.SUPPLIER, name="Twice"),
            actor=house.manager,
            key=key(),
            now=NOW,
        )
