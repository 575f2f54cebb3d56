"""Is what should be ordered reckoned with what lies here, what was used, what is coming, and what sisters have?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.models import JournalEntry
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.set_levels import SetStockLevel, set_stock_level
from stockroom.queries.reorder_suggestions import Reorder, reorder_suggestions
from stockroom.reads.journal_position import first_since
from tests.builders import NOW, Clinic, Goods, House, key
from tests.correcting import open_vial, promise, use, visit
from tests.orders import DUE, Ordering, delivered, sells
from tests.queries.counting import counted

LATER = NOW + timedelta(hours=1)


def level(clinic: Clinic, product: Goods, minimum: int, target: int) -> None:
    command = SetStockLevel(product_uid=product.uid, minimum_count=minimum, target_count=target)
    set_stock_level(clinic.store, command, actor=clinic.manager, key=key(), now=NOW)


def reckoned(house: House, **more: Any) -> dict[str, Reorder]:
    with house.store.reading() as connection:
        rows = reorder_suggestions(connection, house.clinic.id, **{"now": LATER, **more})
    return {row.name: row for row in rows}


def test_everything_that_is_reckoned_with_is_shown(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    sells(house, filler, pack_count=10, lead_time_days=7)
    level(house.clinic, filler, 5, 20)
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=4)
    house.clinic.lot_on_shelf(filler, "X1", presentations=9, expires_on=date(2026, 3, 1))
    vial = open_vial(house.clinic, filler, lot)
    session = visit(house)
    use(house.clinic, session, (lot, vial.place, 1200))
    promise(house.clinic, lot, house.clinic.fridge, 5000, session)
    ordering = Ordering(house)
    ordering.put(filler, 1, pack_count=1)
    ordering.place()

    found = reckoned(house)["Filler"]

    shelf = found.suggestion.shelf
    assert (shelf.usable_count, shelf.promised_count, shelf.opened_quantity) == (3, 1, 3800)
    assert (shelf.used_count, shelf.minimum_count, shelf.target_count) == (1, 5, 20)
    assert (found.suggestion.on_order_count, found.suggestion.due_on) == (1, DUE)
    assert (found.suggestion.suggested_count, found.suggestion.pack_count) == (20, 2)
    assert found.offer is not None and (found.offer.item_code, found.offer.pack_count) == ("S-77", 10)


def test_what_came_was_called_off_or_is_a_draft_is_not_on_order(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    level(house.clinic, filler, 5, 20)
    part, off, draft, given_up = (Ordering(house) for _ in range(4))
    for each in (part, off, draft, given_up):
        each.put(filler, 4)
    for each in (part, off, given_up):
        each.place()
    part.match(delivered(house, filler, "A1", 3), 3)
    off.cancel()
    given_up.expect(rest_is_coming=False)
    part.expect(none_until=date(2026, 4, 1))

    found = reckoned(house)["Filler"].suggestion

    assert (found.on_order_count, found.due_on, found.shelf.usable_count) == (1, date(2026, 4, 1), 3)


def test_use_counts_for_ninety_days_and_not_once_it_is_taken_back(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=9)
    vial, session = open_vial(house.clinic, filler, lot), visit(house)
    use(house.clinic, session, (lot, vial.place, 1000))
    undone = use(house.clinic, session, (lot, vial.place, 4000))
    command = Reverse(movement_uid=undone.uid, reason="never happened")
    reverse(store, command, actor=house.practitioner, key=key(), now=LATER)

    near = reckoned(house, now=NOW + timedelta(days=89))["Filler"].suggestion
    far = reckoned(house, now=NOW + timedelta(days=91))["Filler"].suggestion

    assert (near.shelf.used_count, far.shelf.used_count) == (1, 0)
    assert (near.has_minimum, near.proposed_minimum_count) == (False, 1)


def test_none_is_passed_over_and_what_is_to_be_ordered_comes_first(store: Store) -> None:
    house = House(store)
    enough, low, without, never = (house.product(name) for name in ("Enough", "Low", "Without", "Never"))
    level(house.clinic, enough, 1, 2)
    level(house.clinic, low, 1, 2)
    house.clinic.lot_on_shelf(enough, "A1", presentations=2)
    house.clinic.lot_on_shelf(without, "B1", presentations=2)

    assert list(reckoned(house)) == ["Low", "Without", "Enough"]
    assert never.uid not in {row.product_uid for row in reckoned(house).values()}


def test_what_sisters_have_above_their_targets_is_shown(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    level(house.clinic, filler, 5, 20)
    rila, pirin = house.another_clinic(), house.another_clinic("Pirin")
    rila.lot_on_shelf(filler, "A1", presentations=7)
    pirin.lot_on_shelf(filler, "B1", presentations=7)
    level(rila, filler, 1, 3)

    alone, with_sisters = reckoned(house), reckoned(house, sister_ids=(rila.id, pirin.id))

    assert alone["Filler"].suggestion.shelf.surplus_elsewhere_count == 0
    assert with_sisters["Filler"].suggestion.shelf.surplus_elsewhere_count == 4


def test_it_costs_the_same_for_one_product_as_for_many(store: Store) -> None:
    house = House(store)

    def cost() -> int:
        with store.reading() as connection, counted(connection) as statements:
            reorder_suggestions(connection, house.clinic.id, now=LATER)
        return len([each for each in statements if "journal_entry" not in each])

    def add(number: int) -> None:
        product = house.product(f"Filler {number}")
        level(house.clinic, product, 5, 20)
        house.clinic.lot_on_shelf(product, "A1")

    add(1)
    one = cost()
    for number in range(2, 6):
        add(number)

    assert cost() == one <= 10


@pytest.mark.parametrize("minutes", [-60 * 24 * 40, -1, 0, 1, 60 * 24 * 40])
def test_the_first_entry_since_an_instant_is_found(sqlite_store: Store, minutes: int) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    for number in range(7):
        house.clinic.lot_on_shelf(product, f"A{number}", now=NOW + timedelta(minutes=number // 3))
    since = NOW + timedelta(minutes=minutes)

    with sqlite_store.reading() as connection:
        found = first_since(connection, house.clinic.id, since)
        rows = connection.execute(
            select(JournalEntry.seq, JournalEntry.recorded_at)
            .where(JournalEntry.clinic_id == house.clinic.id, JournalEntry.stream == "changes")
            .order_by(JournalEntry.seq)
        ).all()

    assert found == next((row.seq for row in rows if row.recorded_at >= since), rows[-1].seq + 1)
