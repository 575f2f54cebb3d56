"""Is a look at the emergency box written down beside what the books say of it?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.models import BoxCheck
from stockroom.operations.check_emergency_box import (
    CheckEmergencyBox,
    NotAnEmergencyBox,
    check_emergency_box,
)
from stockroom.operations.set_levels import SetParLevel, set_par_level
from stockroom.operations.watch_place import WatchPlace, watch_place
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House, Place, key
from tests.correcting import books_are_true, nothing_moves, rows


def box_of(house: House) -> Place:
    """A box in which three adrenaline vials should lie and two do."""
    box = house.clinic.place("Emergency box", LocationKind.CUPBOARD)
    watch = WatchPlace(location_uid=box.uid, is_read=False, limits=None, is_emergency_box=True)
    watch_place(house.store, watch, actor=house.manager, key=key(), now=NOW)
    product = house.product("Demo adrenaline", content_quantity=1000)
    par = SetParLevel(product_uid=product.uid, location_uid=box.uid, par_count=3)
    set_par_level(house.store, par, actor=house.manager, key=key(), now=NOW)
    house.clinic.lot_on_shelf(product, "SOON", at=box, expires_on=date(2026, 5, 31))
    house.clinic.lot_on_shelf(product, "LATE", at=box)
    return box


def test_a_look_keeps_the_seal_what_is_missing_and_what_expires_first(store: Store) -> None:
    house = House(store)
    box = box_of(house)
    command = CheckEmergencyBox(
        location_uid=box.uid, is_complete=False, is_sealed=True, seal="S-100", note="one is ordered"
    )

    done = check_emergency_box(store, command, actor=house.nurse, key="look", now=NOW)
    again = check_emergency_box(store, command, actor=house.nurse, key="look", now=NOW)

    assert again == done
    assert (done.missing_count, done.earliest_expires_on) == (1, date(2026, 5, 31))
    assert [(row.seal, row.is_complete, row.missing_count) for row in rows(store, BoxCheck)] == [
        ("S-100", False, 1)
    ]
    books_are_true(store)


def test_a_seal_has_a_number_and_what_is_wrong_has_a_word(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    box, nurse = box_of(house), house.nurse
    for is_complete, is_sealed, seal, note in (
        (True, True, "", ""),
        (True, False, "S-1", "broken"),
        (True, False, "", ""),
        (False, True, "S-1", ""),
    ):
        command = CheckEmergencyBox(
            location_uid=box.uid, is_complete=is_complete, is_sealed=is_sealed, seal=seal, note=note
        )
        with nothing_moves(sqlite_store), pytest.raises(InvalidValue):
            check_emergency_box(sqlite_store, command, actor=nurse, key=key(), now=NOW)


def test_only_a_box_is_looked_at_and_by_who_keeps_the_day(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    fridge = CheckEmergencyBox(
        location_uid=house.clinic.fridge.uid, is_complete=True, is_sealed=True, seal="S-1"
    )

    with pytest.raises(NotAnEmergencyBox):
        check_emergency_box(sqlite_store, fridge, actor=house.nurse, key=key(), now=NOW)
    with pytest.raises(ActionForbidden):
        check_emergency_box(sqlite_store, fridge, actor=house.clinic.auditor, key=key(), now=NOW)
