"""Does a hold stop what it names, and nothing else?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import ClinicHold, HoldPlace
from stockroom.operations.place_hold import NothingLiesThere, PlaceHold, place_hold
from stockroom.reads.things import Where, things
from stockroom.rules.holding import HoldCoversNothing
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import HoldReason, LocationKind
from tests.builders import NOW, Clinic, House, LotAt, key
from tests.correcting import books_are_true, nothing_moves, open_vial, prepare, rows, total


def held(house: House, *lots: LotAt) -> dict[tuple[int, int], tuple[str, ...]]:
    """The reasons for which each of these lots is held, by lot and place."""
    with house.store.reading() as connection:
        found = things(connection, house.clinic.id, Where(lot_ids=[lot.id for lot in lots]))
    return {(t.lot_id, t.location_id): tuple(r.value for r in t.hold_reasons) for t in found}


def test_a_hold_on_a_lot_covers_it_at_every_place_and_moves_nothing(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = open_vial(house.clinic, product, lot)
    other = house.clinic.lot_on_shelf(product, "B2")
    before = total(store, house.clinic)

    place_hold(
        store,
        PlaceHold(reason=HoldReason.SUSPICION, note="cloudy", lot_uid=lot.uid),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    assert held(house, lot, other) == {
        (lot.id, house.clinic.fridge.id): ("suspicion",),
        (lot.id, vial.location_id): ("suspicion",),
        (other.id, house.clinic.fridge.id): (),
    }
    assert total(store, house.clinic) == before
    books_are_true(store)


def test_a_hold_on_a_lot_covers_the_cocktails_made_from_it(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    mixed, _ = prepare(house.clinic, (lot, vial.place, 1000), output=1000)

    place_hold(
        store,
        PlaceHold(reason=HoldReason.TEMPERATURE, note="fridge failed", lot_uid=lot.uid),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    assert held(house, mixed) == {(mixed.id, house.clinic.fridge.id): ("temperature",)}


def test_a_hold_on_a_place_covers_what_lies_there_now_and_the_vials_that_stand_there(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = open_vial(house.clinic, product, lot)
    elsewhere = house.clinic.lot_on_shelf(product, "C3", at=house.clinic.cupboard)

    placed = place_hold(
        store,
        PlaceHold(reason=HoldReason.TEMPERATURE, note="warm overnight", location_uid=house.clinic.fridge.uid),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    later = house.clinic.lot_on_shelf(product, "D4", now=NOW)

    assert placed.place_count == 2
    assert held(house, lot, elsewhere, later) == {
        (lot.id, house.clinic.fridge.id): ("temperature",),
        (lot.id, vial.location_id): ("temperature",),
        (elsewhere.id, house.clinic.cupboard.id): (),
        (later.id, house.clinic.fridge.id): (),
    }


def test_a_hold_on_a_container_covers_that_container_alone(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = open_vial(house.clinic, product, lot)

    place_hold(
        store,
        PlaceHold(reason=HoldReason.SUSPICION, note="cracked", location_uid=vial.uid),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    assert held(house, lot) == {
        (lot.id, house.clinic.fridge.id): (),
        (lot.id, vial.location_id): ("suspicion",),
    }


def test_a_hold_on_a_lot_at_a_place_leaves_the_same_lot_elsewhere_alone(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    other = house.clinic.lot_on_shelf(product, "B2")

    place_hold(
        store,
        PlaceHold(
            reason=HoldReason.SUSPICION, note="x", lot_uid=lot.uid, location_uid=house.clinic.fridge.uid
        ),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    assert [(row.lot_id, row.location_id) for row in rows(store, HoldPlace)] == [
        (lot.id, house.clinic.fridge.id)
    ]
    assert held(house, other) == {(other.id, house.clinic.fridge.id): ()}


def _commands(house: House, lot: LotAt, rila: Clinic) -> dict[str, tuple[PlaceHold, type[Exception]]]:
    note = {"reason": HoldReason.SUSPICION, "note": "x"}
    return {
        "names nothing": (PlaceHold(**note), HoldCoversNothing),
        "says nothing": (PlaceHold(reason=HoldReason.SUSPICION, note=" ", lot_uid=lot.uid), InvalidValue),
        "is a recall": (PlaceHold(reason=HoldReason.RECALL, note="x", lot_uid=lot.uid), InvalidValue),
        "finds nothing": (PlaceHold(**note, location_uid=house.clinic.cupboard.uid), NothingLiesThere),
        "holds an account": (
            PlaceHold(**note, location_uid=house.clinic.account(LocationKind.SUPPLIER).uid),
            InvalidValue,
        ),
        "names another clinic's place": (PlaceHold(**note, location_uid=rila.fridge.uid), ThingNotFound),
    }


@pytest.mark.parametrize(
    "case",
    [
        "names nothing",
        "says nothing",
        "is a recall",
        "finds nothing",
        "holds an account",
        "names another clinic's place",
    ],
)
def test_a_hold_that_cannot_be_is_refused_and_leaves_nothing(sqlite_store: Store, case: str) -> None:
    house = House(sqlite_store)
    rila = house.another_clinic()
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    command, refusal = _commands(house, lot, rila)[case]
    nurse = house.nurse

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        place_hold(sqlite_store, command, actor=nurse, key=key(), now=NOW)


def test_another_clinics_lot_is_not_found_and_an_auditor_holds_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    rila = house.another_clinic()
    lot = rila.lot_on_shelf(house.product("Filler"), "A1")
    command = PlaceHold(reason=HoldReason.SUSPICION, note="x", lot_uid=lot.uid)
    nurse, auditor = house.nurse, rila.auditor

    with nothing_moves(sqlite_store):
        with pytest.raises(ThingNotFound):
            place_hold(sqlite_store, command, actor=nurse, key=key(), now=NOW)
        with pytest.raises(ActionForbidden):
            place_hold(sqlite_store, command, actor=auditor, key=key(), now=NOW)


def test_the_same_key_places_one_hold(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    command = PlaceHold(reason=HoldReason.SUSPICION, note="x", lot_uid=lot.uid)

    first = place_hold(sqlite_store, command, actor=house.nurse, key="same", now=NOW)
    second = place_hold(sqlite_store, command, actor=house.nurse, key="same", now=NOW)

    assert first == second
    with sqlite_store.reading() as connection:
        assert connection.execute(select(ClinicHold.uid)).scalars().all() == [first.hold_uid]
