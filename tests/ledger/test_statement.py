"""Do the books say the same when they are added up from their lines, now and as they were?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.db.store import Store
from stockroom.ledger.statement import AsOf, moved_since, position, positions, statement, sums
from stockroom.models import Balance, Movement
from stockroom.operations.reverse import Reverse, reverse
from tests.builders import NOW, House, LotAt, key
from tests.correcting import Vial, open_vial, rows, use, visit

LATER = NOW + timedelta(hours=1)


def _lived(house: House) -> tuple[LotAt, Vial]:
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = open_vial(house.clinic, product, lot)
    used = use(house.clinic, visit(house), (lot, vial.place, 700))
    reverse(
        house.store,
        Reverse(movement_uid=used.uid, reason="x"),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )
    return lot, vial


def test_sums_of_lines_are_the_balances(store: Store) -> None:
    house = House(store)
    lot, vial = _lived(house)

    with store.reading() as connection:
        found = sums(connection, house.clinic.id)
        of_lot = positions(connection, house.clinic.id, [lot.id])
        in_vial = position(connection, house.clinic.id, lot_id=lot.id, location_id=vial.location_id)

    kept = {(r.lot_id, r.location_id): r.quantity for r in rows(store, Balance) if r.quantity}
    assert found == of_lot == kept
    assert in_vial == 5000


def test_a_position_is_given_as_of_a_number_and_of_an_instant(store: Store) -> None:
    house = House(store)
    lot, vial = _lived(house)
    used = rows(store, Movement, Movement.kind == "use")[0]

    with store.reading() as connection:

        def at(as_of: AsOf) -> int:
            return position(
                connection, house.clinic.id, lot_id=lot.id, location_id=vial.location_id, as_of=as_of
            )

        by_number = [at(AsOf(seq=used.seq - 1)), at(AsOf(seq=used.seq)), at(AsOf())]
        by_instant = [at(AsOf(recorded_at=NOW)), at(AsOf(recorded_at=LATER))]

    assert by_number == [5000, 4300, 5000]
    assert by_instant == [4300, 5000]


def test_a_statement_tells_every_coming_and_going_with_what_lay_there_afterwards(store: Store) -> None:
    house = House(store)
    lot, vial = _lived(house)

    with store.reading() as connection:
        told = statement(connection, house.clinic.id, lot.id)

    fridge = house.clinic.fridge.id
    assert [(each.kind.value, each.location_id, each.change, each.position) for each in told] == [
        ("receive", fridge, 10_000, 10_000),
        ("open", fridge, -5000, 5000),
        ("open", vial.location_id, 5000, 5000),
        ("use", vial.location_id, -700, 4300),
        ("reverse", vial.location_id, 700, 5000),
    ]


def test_a_reversal_happened_when_what_it_reverses_did(store: Store) -> None:
    house = House(store)
    lot, vial = _lived(house)
    place = (lot.id, vial.location_id)

    with store.reading() as connection:
        since_before = moved_since(connection, house.clinic.id, {place: NOW - timedelta(minutes=1)})
        since_after = moved_since(connection, house.clinic.id, {place: NOW + timedelta(minutes=1)})

    assert since_before.get(place, 0) == 0
    assert since_after.get(place, 0) == 0
