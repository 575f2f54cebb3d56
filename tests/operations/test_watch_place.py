"""Does a clinic say what is asked of a place each day, without changing what was judged before?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.temperatures import kept_places
from stockroom.models import TemperatureReading
from stockroom.operations.watch_place import WatchPlace, watch_place
from stockroom.reads.locations import NotAShelf
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.temperatures import Limits
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House, key
from tests.correcting import books_are_true, rows
from tests.thermometers import HOUR, read


def test_the_newest_word_counts_and_earlier_readings_keep_their_limits(store: Store) -> None:
    house = House(store)
    read(house.clinic, 90, at=NOW - HOUR)
    wider = Limits(lowest_tenths=20, highest_tenths=150)
    command = WatchPlace(location_uid=house.clinic.fridge.uid, is_read=True, limits=wider)

    done = watch_place(store, command, actor=house.manager, key="watch", now=NOW)
    again = watch_place(store, command, actor=house.manager, key="watch", now=NOW)
    later = read(house.clinic, 90)

    assert again == done
    with store.reading() as connection:
        (fridge,) = kept_places(connection, house.clinic.id)[:1]
    assert (fridge.watch.limits, fridge.is_decided) == (wider, True)
    assert later.out_location_uids == ()
    assert [row.limit_highest_tenths for row in rows(store, TemperatureReading)] == [80, 150]
    books_are_true(store)


def test_limits_that_nothing_can_keep_are_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    for lowest, highest in ((80, 20), (20, 20), (-2000, 20), (20, 2000)):
        limits = Limits(lowest_tenths=lowest, highest_tenths=highest)
        command = WatchPlace(location_uid=house.clinic.fridge.uid, is_read=True, limits=limits)
        with pytest.raises(InvalidValue):
            watch_place(sqlite_store, command, actor=house.manager, key=key(), now=NOW)


def test_only_places_are_watched_and_by_who_looks_after_the_clinic(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    account = house.clinic.account(LocationKind.PATIENT)

    with pytest.raises(NotAShelf):
        watch_place(
            sqlite_store,
            WatchPlace(location_uid=account.uid, is_read=True, limits=None),
            actor=house.manager, key=key(), now=NOW,
        )  # fmt: skip
    with pytest.raises(ActionForbidden):
        watch_place(
            sqlite_store,
            WatchPlace(location_uid=house.clinic.fridge.uid, is_read=False, limits=None),
            actor=house.nurse, key=key(), now=NOW,
        )  # fmt: skip
