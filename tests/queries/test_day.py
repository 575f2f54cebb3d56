"""What do the pages of the day cost, and do they name what they should?"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Connection

from bench.measuring import counted
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.operations.set_levels import SetParLevel, set_par_level
from stockroom.queries.day_closing import day_end
from stockroom.queries.day_duties import duties
from stockroom.queries.day_opening import bring_list, opening
from stockroom.queries.excursion import excursion_shown
from stockroom.queries.temperatures import kinetic_mean_before, month_log, places_now
from stockroom.vocabulary import LocationKind
from tests.builders import NOW, House, key
from tests.correcting import open_vial, visit
from tests.thermometers import HOUR, read, warm_fridge

ZONE = "Europe/Sofia"
TODAY = NOW.date()


def test_the_pages_of_the_day_cost_the_same_however_much_there_is(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    clinic, product = house.clinic, house.product("Filler")
    excursion = warm_fridge(clinic, good_at=NOW - 2 * HOUR, out_at=NOW - HOUR)
    costs = []
    for n in range(2):
        clinic.lot_on_shelf(product, f"LOT{n}", now=NOW - HOUR, expires_on=TODAY)
        place = clinic.place(f"Fridge {n}", LocationKind.FRIDGE)
        read(clinic, 46, place=place, at=NOW - timedelta(minutes=30))
        open_vial(clinic, product, clinic.lot_on_shelf(product, f"OPEN{n}", now=NOW - HOUR), now=NOW - HOUR)
        visit(house, name=f"Vera Demova {n}")
        with sqlite_store.reading() as connection:
            costs.append(_statements(connection, sqlite_store, clinic.id, clinic.fridge.uid, excursion))

    assert costs[0] == costs[1]


def _statements(
    connection: Connection, store: Store, clinic_id: int, fridge: str, excursion: str
) -> tuple[int, ...]:
    asks = (
        lambda: opening(connection, clinic_id, zone=ZONE, now=NOW),
        lambda: day_end(connection, clinic_id, day=TODAY, zone=ZONE, now=NOW),
        lambda: places_now(connection, clinic_id),
        lambda: month_log(connection, clinic_id, location_uid=fridge, month=TODAY, zone=ZONE, now=NOW),
    )
    found = []
    for ask in asks:
        with counted(store.engine) as said:
            ask()
        found.append(len(said))
    assert excursion_shown(connection, clinic_id, uid=excursion).free_count
    return tuple(found)


def test_each_presentation_of_the_store_is_brought_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    clinic, product = house.clinic, house.product("Filler")
    second = clinic.place("Room 2", LocationKind.ROOM)
    for room in (clinic.room, second):
        par = SetParLevel(product_uid=product.uid, location_uid=room.uid, par_count=2)
        set_par_level(sqlite_store, par, actor=house.manager, key=key(), now=NOW)
    clinic.lot_on_shelf(product, "LATE", presentations=2)
    clinic.lot_on_shelf(product, "SOON", expires_on=TODAY + timedelta(days=9))
    clinic.lot_on_shelf(product, "PAST", expires_on=TODAY - timedelta(days=1))

    with sqlite_store.reading() as connection:
        listed = bring_list(connection, clinic.id, zone=ZONE, now=NOW)

    assert [
        (row.par.place, [(lying.lot_number, count) for lying, count in row.sources], row.short_count)
        for row in listed
    ] == [("Room 1", [("SOON", 1), ("LATE", 1)], 0), ("Room 2", [("LATE", 1)], 1)]


def test_a_month_names_its_gaps_its_runs_and_its_coldest(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    read(house.clinic, 45, at=NOW - 72 * HOUR, lowest=21)
    warm_fridge(house.clinic, good_at=NOW - HOUR)

    with sqlite_store.reading() as connection:
        log = month_log(
            connection, house.clinic.id, location_uid=house.clinic.fridge.uid, month=TODAY, zone=ZONE, now=NOW
        )
        february = month_log(
            connection,
            house.clinic.id,
            location_uid=house.clinic.fridge.uid,
            month=TODAY - timedelta(days=5),
            zone=ZONE,
            now=NOW,
        )
        mean = kinetic_mean_before(
            connection, house.clinic.id, location_id=house.clinic.fridge.id, at=NOW + HOUR
        )

    assert (log.warmest_tenths, len(log.runs), len(log.excursions)) == (124, 1, 1)
    assert [each.judgement for each in log.days] == [None, "out"]
    assert february.coldest_tenths == 21
    assert len(february.missed) == 39, "two on each working day of February from the second on, but for one"
    assert mean is not None and 450 < mean < 1_240
    assert civil_date(NOW, ZONE) == log.days[-1].day


def test_nothing_is_undone_where_everything_is_done(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    read(house.clinic, 45)

    with sqlite_store.reading() as connection:
        found = duties(connection, house.clinic.id, zone=ZONE, now=NOW)

    assert (found.unread, found.warm, found.boxes, found.unclosed) == ((), (), (), None)
