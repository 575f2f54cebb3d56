"""Is a place called otherwise, and given up only when nothing lies there?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Row, select, update

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.verify import verify
from stockroom.models import Container, Location, Lot, TreatmentSession
from stockroom.operations.change_location import (
    ChangeLocation,
    CloseLocation,
    LocationChanged,
    LocationInUse,
    LocationSaved,
    ReopenLocation,
    change_location,
    close_location,
    reopen_location,
)
from stockroom.reads.locations import LocationClosed, LocationNameTaken, NotAShelf
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import ThingName
from stockroom.vocabulary import LocationKind, StorageClass
from tests.builders import NOW, Clinic, House, Place, key
from tests.cocktails import add, begin, finish
from tests.correcting import open_vial, visit
from tests.receiving import gs1, scanned, take_in
from tests.sessions import line, opened, rows, session, used


def row(clinic: Clinic, place: Place) -> Row[Any]:
    with clinic.store.reading() as connection:
        return connection.execute(select(Location.__table__).where(Location.id == place.id)).one()


def close(clinic: Clinic, place: Place, **facts: Any) -> LocationSaved:
    version = facts.get("version", row(clinic, place).version)
    command = CloseLocation(location_uid=place.uid, version=version)
    actor = facts.get("actor", clinic.manager)
    return close_location(clinic.store, command, actor=actor, key=key("close"), now=NOW)


def change(clinic: Clinic, place: Place, **facts: Any) -> LocationSaved:
    values: dict[str, Any] = {
        "location_uid": place.uid,
        "version": row(clinic, place).version,
        "name": "Big fridge",
        "storage_class": StorageClass.REFRIGERATED,
        **facts,
    }
    actor, now = values.pop("actor", clinic.manager), values.pop("now", NOW)
    return change_location(clinic.store, ChangeLocation(**values), actor=actor, key=key("change"), now=now)


def test_a_place_is_called_otherwise(store: Store) -> None:
    clinic = House(store).clinic

    saved = change(clinic, clinic.fridge)

    after = row(clinic, clinic.fridge)
    assert (after.name, after.version, saved.version) == ("Big fridge", 2, 2)


def test_an_empty_place_is_closed_takes_nothing_in_and_is_opened_again(store: Store) -> None:
    house = House(store)
    clinic, filler = house.clinic, house.product("Filler", content_quantity=2000)
    pack = scanned(clinic.fridge, gs1(filler.gtin, "A1"))

    closed = close(clinic, clinic.fridge)
    with pytest.raises(LocationClosed):
        take_in(house, pack)
    again = ReopenLocation(location_uid=clinic.fridge.uid, version=closed.version)
    reopen_location(store, again, actor=clinic.manager, key=key(), now=NOW)

    take_in(house, pack)
    assert row(clinic, clinic.fridge).closed_at is None


def test_a_place_is_not_closed_while_goods_lie_there(store: Store) -> None:
    house = House(store)
    clinic, filler = house.clinic, house.product("Filler")
    lot = clinic.lot_on_shelf(filler, "A1")

    with pytest.raises(LocationInUse) as refused:
        close(clinic, clinic.fridge)
    assert "goods lie there" in str(refused.value)
    assert row(clinic, clinic.fridge).closed_at is None

    open_vial(clinic, filler, lot)
    with pytest.raises(LocationInUse) as refused:
        close(clinic, clinic.fridge)
    assert "opened vials stand there" in str(refused.value)


def test_a_room_is_not_closed_while_somebody_is_expected_there(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    clinic = house.clinic
    session, room = visit(house), clinic.room
    with sqlite_store.engine.connect().execution_options(write=True) as connection, connection.begin():
        connection.execute(
            update(TreatmentSession).where(TreatmentSession.id == session.id).values(room_id=room.id)
        )

    with pytest.raises(LocationInUse) as refused:
        close(clinic, room)

    assert "sessions are planned there" in str(refused.value)


def test_the_last_place_for_what_may_not_be_used_stays(sqlite_store: Store) -> None:
    clinic = House(sqlite_store).clinic
    quarantine = clinic.location(kind=LocationKind.QUARANTINE)

    with pytest.raises(LocationInUse):
        close(clinic, quarantine)
    clinic.place("Second quarantine", LocationKind.QUARANTINE, None)
    close(clinic, quarantine)

    assert row(clinic, quarantine).closed_at is not None


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"version": 7}, LocationChanged),
        ({"name": " "}, InvalidValue),
        ({"name": "Cupboard"}, LocationNameTaken),
        ({"location_uid": "019cad8f-ac00-700d-8d88-2912ea817faf"}, ThingNotFound),
    ],
)
def test_what_cannot_be_changes_nothing(
    sqlite_store: Store, facts: dict[str, Any], error: type[StockroomError]
) -> None:
    clinic = House(sqlite_store).clinic
    before = row(clinic, clinic.cupboard), row(clinic, clinic.fridge)

    with pytest.raises(error):
        change(clinic, clinic.fridge, **facts)

    assert (row(clinic, clinic.cupboard), row(clinic, clinic.fridge)) == before


def test_virtual_accounts_other_clinics_and_other_roles_are_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    clinic = house.clinic
    theirs = house.another_clinic().fridge

    with pytest.raises(NotAShelf):
        close(clinic, clinic.account(LocationKind.PATIENT))
    with pytest.raises(ThingNotFound):
        close(clinic, theirs)
    for other in (clinic.nurse, clinic.practitioner, clinic.auditor):
        with pytest.raises(ActionForbidden):
            close(clinic, clinic.fridge, actor=other)

    assert row(clinic, clinic.fridge).closed_at is None


def test_a_fridge_that_turns_out_to_be_none_shortens_the_vials_that_stand_in_it_and_never_again_otherwise(
    store: Store,
) -> None:
    house = House(store)
    filler = house.product("Filler", in_use_minutes_room=120, in_use_minutes_refrigerated=43_200)
    vial, visit = opened(house, house.clinic.lot_on_shelf(filler, "A1")), session(house)
    draft = begin(house, None, visit, reason="dry skin").preparation_uid
    add(house, draft, location_uid=vial.container_uid, quantity=500)
    cocktail, later = finish(house, draft), NOW + timedelta(hours=3)
    mixed = line(ThingName(lot_uid=cocktail.lot_uid), 100, prescriber_uid=house.practitioner.person_uid)
    used(house, visit, mixed, line(vial, 100), now=later)

    shortened = []
    for storage_class in (StorageClass.ROOM, StorageClass.REFRIGERATED):
        later += timedelta(hours=1)
        saved = change(house.clinic, house.clinic.fridge, storage_class=storage_class, now=later)
        shortened.append(saved.shortened)

    assert shortened == [1, 0]
    until = NOW + timedelta(hours=2)
    assert [each.beyond_use_at for each in rows(store, Container)] == [until]
    assert [each.beyond_use_at for each in rows(store, Lot, uid=cocktail.lot_uid)] == [until]
    assert verify(store, anchors=False).ok
