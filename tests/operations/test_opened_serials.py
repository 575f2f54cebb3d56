"""Is a serialised unit opened once, and is what was opened under its serial known at the next scan?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import Container
from stockroom.operations.add_ingredient import RemoveIngredient, remove_ingredient
from stockroom.operations.open_container import ContainerOpened, OpenContainer, open_container
from stockroom.operations.reverse import Reverse, reverse
from stockroom.queries.finding_for_trace import serial_found
from stockroom.reads.serials import SerialMixed, SerialOpened, SerialUsed
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType
from tests.builders import NOW, Goods, House, LotAt, key
from tests.cocktails import add, begin, finish
from tests.ledger.planting import unguarded
from tests.sessions import books, line, opened, rows, scan_of, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def filler(house: House, name: str = "Filler") -> tuple[Goods, LotAt]:
    product = house.product(name, in_use_minutes=90)
    return product, house.clinic.lot_on_shelf(product, "A1", presentations=4)


def opened_by_scan(house: House, thing: ThingName, **values: object) -> ContainerOpened:
    command = OpenContainer(thing=thing, **values)  # type: ignore[arg-type]
    return open_container(house.store, command, actor=house.nurse, key=key("open"), now=NOW)


def test_the_same_serial_opened_twice_is_refused_at_the_opening_and_names_the_first(house: House) -> None:
    product, lot = filler(house)
    first = opened_by_scan(house, scan_of(product, lot, serial="S-1"))
    assert rows(house.store, Container)[0].serial == "S-1"
    before = books(house.store)

    with pytest.raises(SerialOpened) as refusal:
        opened_by_scan(house, scan_of(product, lot, serial="S-1"))

    said = refusal.value
    assert (said.serial, said.container, said.opened_at) == ("S-1", first.short_code, NOW)
    assert said.opened_by
    assert books(house.store) == before
    opened_by_scan(house, scan_of(product, lot, serial="S-2"))


def test_a_serial_of_another_product_is_another_unit(small: House) -> None:
    for product, lot in (filler(small), filler(small, "Softer filler")):
        opened_by_scan(small, scan_of(product, lot, serial="S-1"))

    assert [each.serial for each in rows(small.store, Container)] == ["S-1", "S-1"]


def test_an_opening_that_was_taken_back_leaves_the_serial_free(house: House) -> None:
    product, lot = filler(house)
    first = opened_by_scan(house, scan_of(product, lot, serial="S-1"))
    undo = Reverse(movement_uid=first.movement_uid, reason="The wrong box")
    reverse(house.store, undo, actor=house.manager, key=key("undo"), now=NOW)

    opened_by_scan(house, scan_of(product, lot, serial="S-1"))


def test_a_unit_that_was_used_is_not_opened(small: House) -> None:
    product, lot = filler(small)
    vial = opened_by_scan(small, scan_of(product, lot, serial="S-1"))
    scanned = ThingName(scan=scan_of(product, lot, serial="S-1").scan, location_uid=vial.container_uid)
    used(small, session(small), line(scanned, 100))
    undo = small.clinic.on_hand(lot)

    with pytest.raises(SerialUsed):
        opened_by_scan(small, scan_of(product, lot, serial="S-1"))

    assert small.clinic.on_hand(lot) == undo


def test_a_serial_is_used_from_the_vial_that_was_opened_under_it_and_from_no_other(house: House) -> None:
    product, lot = filler(house)
    mine = opened_by_scan(house, scan_of(product, lot, serial="S-1"))
    other = opened(house, lot)
    scan, visit = scan_of(product, lot, serial="S-1").scan, session(house)

    with pytest.raises(SerialOpened) as refusal:
        used(house, visit, line(ThingName(scan=scan, location_uid=other.container_uid), 100))
    used(house, visit, line(ThingName(scan=scan, location_uid=mine.container_uid), 100))

    assert refusal.value.container == mine.short_code


def test_an_opening_that_has_happened_is_recorded_with_its_serial_and_never_refused_for_it(
    small: House,
) -> None:
    product, lot = filler(small)
    opened_by_scan(small, scan_of(product, lot, serial="S-1"))

    then = NOW - timedelta(minutes=30)
    command = OpenContainer(thing=scan_of(product, lot, serial="S-1"), opened_at=then, reason="Busy room")
    open_container(small.store, command, actor=small.manager, key=key("late"), now=NOW)

    assert [each.serial for each in rows(small.store, Container)] == ["S-1", "S-1"]


def test_a_serial_that_was_rewritten_is_found(small: House) -> None:
    product, lot = filler(small)
    opened_by_scan(small, scan_of(product, lot, serial="S-1"))
    opened(small, lot)
    assert verify(small.store).ok

    with unguarded(small.store) as connection:
        connection.execute(text("UPDATE container SET serial = 'S-9' WHERE serial IS NOT NULL"))

    (finding,) = verify(small.store).findings
    assert (finding.invariant, finding.table) == ("containers", "container")


def test_a_unit_that_was_used_or_opened_goes_into_no_cocktail(house: House) -> None:
    ampoule = house.product("Vitamin", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(ampoule, "A1", presentations=4)
    used(house, session(house), line(scan_of(ampoule, lot, serial="S-1"), 5_000))
    own = opened_by_scan(house, scan_of(ampoule, lot, serial="S-2"))
    opened_by_scan(house, scan_of(ampoule, lot, serial="S-3"))
    draft = begin(house, None, session(house), reason="own request").preparation_uid

    for serial, refusal in (("S-1", SerialUsed), ("S-3", SerialOpened)):
        with pytest.raises(refusal):
            add(house, draft, scan=scan_of(ampoule, lot, serial=serial).scan, quantity=1_000)

    taken = add(house, draft, scan=scan_of(ampoule, lot, serial="S-2").scan, quantity=1_000)
    assert (taken.n, taken.container_code) == (1, own.short_code)


def test_a_unit_that_went_into_a_cocktail_is_taken_by_nothing_else_and_its_serial_leads_there(
    house: House,
) -> None:
    ampoule = house.product("Vitamin", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(ampoule, "A1", presentations=4)
    first, second = (begin(house, None, session(house), reason="own request") for _ in range(2))
    scan = {serial: scan_of(ampoule, lot, serial=serial) for serial in ("S-1", "S-2")}
    add(house, first.preparation_uid, scan=scan["S-1"].scan, quantity=1_000)
    added = add(house, second.preparation_uid, scan=scan["S-2"].scan, quantity=1_000)

    with pytest.raises(SerialMixed) as refusal:
        add(house, second.preparation_uid, scan=scan["S-1"].scan, quantity=1_000)
    with pytest.raises(SerialMixed):
        opened_by_scan(house, scan["S-1"])
    with pytest.raises(SerialMixed):
        used(house, session(house), line(scan["S-1"], 5_000))
    out = RemoveIngredient(preparation_uid=second.preparation_uid, n=added.n)
    remove_ingredient(house.store, out, actor=house.nurse, key=key("out"), now=NOW)
    opened_by_scan(house, scan["S-2"])
    finish(house, first.preparation_uid)

    assert (refusal.value.serial, refusal.value.cocktail) == ("S-1", first.short_code)
    with house.store.reading() as connection:
        found = [serial_found(connection, house.clinic.id, serial=serial) for serial in ("S-1", "S-2")]
    assert [[each.kind for each in things] for things in found] == [["preparation"], ["container"]]
    assert verify(house.store).ok
