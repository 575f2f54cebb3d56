"""Does a clinic get places with names of their own, and never a second account?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.operations.add_location import AddLocation, add_location
from stockroom.reads.locations import LocationNameTaken
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House, key


def test_a_place_has_a_name_of_its_own(store: Store) -> None:
    house = House(store)
    house.clinic.place("Fridge 9", LocationKind.FRIDGE)

    with pytest.raises(LocationNameTaken):
        house.clinic.place("Fridge 9", LocationKind.CUPBOARD)


def test_two_clinics_may_each_have_a_fridge_of_one_name(store: Store) -> None:
    house = House(store)
    house.clinic.place("Fridge 9", LocationKind.FRIDGE)

    house.another_clinic().place("Fridge 9", LocationKind.FRIDGE)


@pytest.mark.parametrize("kind", [LocationKind.PATIENT, LocationKind.ADJUSTMENT, LocationKind.CONTAINER])
def test_accounts_and_containers_are_not_added_by_hand(store: Store, kind: LocationKind) -> None:
    house = House(store)

    with pytest.raises(InvalidValue):
        add_location(
            store,
            AddLocation(name="Another", kind=kind, storage_class=None),
            actor=house.clinic.administrator,
            key=key(),
            now=NOW,
        )
