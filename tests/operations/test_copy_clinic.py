"""Does a new clinic start with the places, levels and settings of another, and with nothing else of it?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.temperatures import kept_places
from stockroom.ledger.verify import verify
from stockroom.models import Balance, Clinic, ClinicSetting, Location, Membership, ParLevel, StockLevel
from stockroom.operations.copy_clinic import ClinicCopied, ClinicUnderWay, CopyClinic, copy_clinic
from stockroom.operations.set_levels import SetParLevel, SetStockLevel, set_par_level, set_stock_level
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.operations.watch_place import WatchPlace, watch_place
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.temperatures import Limits, Watch
from stockroom.vocabulary import LocationKind, Role, StorageClass
from tests.builders import NOW, House, key
from tests.builders import Clinic as House1


@pytest.fixture
def house(store: Store) -> House:
    """A clinic with a fridge, a cupboard, a minimum, a par level and settings of its own, and stock."""
    made = House(store)
    clinic, filler = made.clinic, made.product("Filler")
    by: dict[str, Any] = {"actor": clinic.manager, "now": NOW}
    level = SetStockLevel(product_uid=filler.uid, minimum_count=5, target_count=20)
    set_stock_level(store, level, key=key("level"), **by)
    par = SetParLevel(product_uid=filler.uid, location_uid=clinic.cupboard.uid, par_count=3)
    set_par_level(store, par, key=key("par"), **by)
    decided = {"short_dated_days": 90, "expiring_soon_days": 45}
    set_settings(store, SetSettings(values=decided, version=1), key=key("settings"), **by)
    clinic.lot_on_shelf(filler, "A1", at=clinic.fridge)
    return made


@pytest.fixture
def new(house: House) -> House1:
    return house.another_clinic("Lozenets")


def copied(house: House, new: House1, **by: Any) -> ClinicCopied:
    return copy_clinic(
        house.store,
        CopyClinic(from_clinic_uid=house.clinic.uid),
        actor=by.get("actor", new.system),
        key=by.get("key", key("copy")),
        now=NOW,
    )


def rows_of(house: House, model: Any, clinic: House1) -> list[Any]:
    with house.store.reading() as connection:
        return list(connection.execute(select(model.__table__).where(model.clinic_id == clinic.id)))


def test_places_levels_and_settings_are_there_and_no_stock_or_people(house: House, new: House1) -> None:
    done = copied(house, new)

    assert done == ClinicCopied(
        places=2, stock_levels=1, par_levels=1, settings=("expiring_soon_days", "short_dated_days")
    )
    places = {row.name: row for row in rows_of(house, Location, new)}
    assert (places["Fridge"].kind, places["Fridge"].storage_class) == (
        LocationKind.FRIDGE,
        StorageClass.REFRIGERATED,
    )
    theirs = {row.name: row for row in rows_of(house, Location, house.clinic)}
    assert {row.uid for row in places.values()}.isdisjoint(row.uid for row in theirs.values())
    (level,) = rows_of(house, StockLevel, new)
    assert (level.minimum_count, level.target_count) == (5, 20)
    (par,) = rows_of(house, ParLevel, new)
    assert (par.location_id, par.par_count) == (places["Cupboard"].id, 3)
    assert [row.name for row in rows_of(house, ClinicSetting, new)] == ["expiring_soon_days"]
    with house.store.reading() as connection:
        assert (
            connection.execute(select(Clinic.short_dated_days).where(Clinic.id == new.id)).scalar_one() == 90
        )
    assert rows_of(house, Balance, new) == []
    assert rows_of(house, Membership, new) == []
    assert verify(house.store).ok


def test_a_second_time_adds_nothing_and_what_the_clinic_decided_itself_stays(
    house: House, new: House1
) -> None:
    new.fridge  # noqa: B018 - a place of its own under the same name
    set_settings(
        house.store,
        SetSettings(values={"short_dated_days": 10}, version=1),
        actor=new.system,
        key=key("own"),
        now=NOW,
    )

    first = copied(house, new)
    again = copied(house, new)

    assert (first.places, first.settings) == (1, ("expiring_soon_days",))
    assert again == ClinicCopied(places=0, stock_levels=0, par_levels=0, settings=())
    with house.store.reading() as connection:
        assert (
            connection.execute(select(Clinic.short_dated_days).where(Clinic.id == new.id)).scalar_one() == 10
        )


def test_the_same_key_gives_the_same_answer(house: House, new: House1) -> None:
    assert copied(house, new, key="once") == copied(house, new, key="once")


def test_a_clinic_in_which_something_was_booked_is_no_copy_any_more(house: House, new: House1) -> None:
    new.lot_on_shelf(house.product("Other"), "B1")
    before = len(rows_of(house, Location, new))

    with pytest.raises(ClinicUnderWay):
        copied(house, new)

    assert len(rows_of(house, Location, new)) == before


def test_nobody_copies_a_clinic_that_he_or_she_does_not_look_after(house: House, new: House1) -> None:
    with pytest.raises(ThingNotFound):
        copied(house, new, actor=new.manager)
    with pytest.raises(ActionForbidden):
        copied(house, new, actor=new.nurse)
    with pytest.raises(InvalidValue):
        copied(house, house.clinic)
    with house.store.reading() as connection:
        levels = connection.execute(select(func.count()).select_from(StockLevel)).scalar_one()
    assert levels == 1


def test_who_looks_after_both_clinics_may(house: House, new: House1) -> None:
    manager = new.manager
    with house.store.engine.begin() as connection:
        connection.execute(
            Membership.__table__.insert().values(
                user_id=manager.user_id, clinic_id=house.clinic.id, role=Role.MANAGER
            )
        )

    assert copied(house, new, actor=manager).places == 2


def test_what_is_asked_of_a_place_each_day_is_asked_of_its_copy(house: House, new: House1) -> None:
    limits = Limits(lowest_tenths=30, highest_tenths=70)
    for lowest in (limits, None, limits):
        watch = WatchPlace(
            location_uid=house.clinic.fridge.uid, is_read=True, limits=lowest, is_emergency_box=True
        )
        watch_place(house.store, watch, actor=house.manager, key=key(), now=NOW)

    for _ in range(2):
        copied(house, new)

    with house.store.reading() as connection:
        asked = {each.name: each.watch for each in kept_places(connection, new.id)}
    assert asked["Fridge"] == Watch(is_read=True, limits=limits, is_emergency_box=True)
