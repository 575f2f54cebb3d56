"""Are drafts first, then what is due first, is late what is late, and is everything of an order's past there?"""

from __future__ import annotations

from datetime import date, timedelta

from stockroom.db.store import Store
from stockroom.operations.reverse import Reverse, reverse
from stockroom.queries.order_history import OrderEvent, OrderHappening, order_history
from stockroom.queries.order_lists import ListedOrder, OrderFilter, OrderPart, order_count, orders_listed
from stockroom.queries.purchase_orders import purchase_order
from tests.builders import NOW, House, key
from tests.orders import DUE, Ordering, delivered, sells
from tests.queries.counting import counted

LATER = DUE + timedelta(days=1)


def listed(house: House, today: date = LATER, **only: object) -> tuple[ListedOrder, ...]:
    asked = OrderFilter(**only)  # type: ignore[arg-type]
    with house.store.reading() as connection:
        rows = orders_listed(connection, house.clinic.id, only=asked, today=today)
        assert order_count(connection, house.clinic.id, only=asked, today=today) == len(rows)
    return rows


def sent(house: House, reference: str, **more: object) -> Ordering:
    ordering = Ordering(house)
    ordering.put(house.product(f"Product of {reference}"), 2)
    ordering.place(reference=reference, **more)
    return ordering


def test_drafts_come_first_then_what_is_due_first_then_what_is_over(store: Store) -> None:
    house = House(store)
    over, off, far, no_day, near = (
        sent(house, name, expected_on=day)
        for name, day in (
            ("over", DUE),
            ("off", DUE),
            ("far", date(2026, 4, 1)),
            ("no day", None),
            ("near", DUE),
        )
    )
    over.expect(rest_is_coming=False)
    off.cancel()
    draft = Ordering(house)

    rows = listed(house)

    assert [row.uid for row in rows] == [draft.uid, near.uid, far.uid, no_day.uid, off.uid, over.uid]
    assert [row.state.value for row in rows[:2]] == ["draft", "ordered"]
    assert [row.is_late for row in rows] == [False, True, False, False, False, False]
    assert [row.uid for row in listed(house, part=OrderPart.LATE)] == [near.uid]
    assert [row.uid for row in listed(house, today=DUE, part=OrderPart.LATE)] == []
    assert len(listed(house, part=OrderPart.OPEN)) == 4


def test_what_a_supplier_put_off_is_not_late_before_that_day(store: Store) -> None:
    house = House(store)
    put_off = sent(house, "PO-1")
    put_off.expect(none_until=date(2026, 4, 1))

    (row,) = listed(house, part=OrderPart.OPEN)

    assert (row.due_on, row.is_late) == (date(2026, 4, 1), False)
    assert listed(house, part=OrderPart.LATE) == ()
    assert len(listed(house, today=date(2026, 4, 2), part=OrderPart.LATE)) == 1


def test_a_list_is_narrowed_by_supplier_product_and_words_and_adds_up(store: Store) -> None:
    house = House(store)
    filler, needle = house.product("Filler"), house.product("Needle")
    sells(house, filler)
    ordering = Ordering(house)
    ordering.put(filler, 2)
    ordering.put(needle, 3)
    other = sent(house, "Other")

    (row,) = listed(house, product_uid=filler.uid)

    assert row.uid == ordering.uid
    assert [(each.minor, each.currency) for each in row.total.known] == [(25_000, "EUR")]
    assert (row.total.unpriced_count, row.line_count, row.ordered_count, row.owed_count) == (1, 2, 23, 0)
    assert [each.uid for each in listed(house, text="s-77")] == [ordering.uid]
    assert [each.uid for each in listed(house, text="OTHER")] == [other.uid]
    assert len(listed(house, supplier_uid=house.supplier_uid)) == 2
    assert listed(house, supplier_uid=filler.uid) == ()


def test_it_costs_the_same_for_one_order_as_for_many(store: Store) -> None:
    house = House(store)

    def cost() -> int:
        with store.reading() as connection, counted(connection) as statements:
            orders_listed(connection, house.clinic.id, only=OrderFilter(), today=LATER)
        return len(statements)

    sent(house, "one")
    one = cost()
    for n in range(3):
        sent(house, f"more {n}")

    assert cost() == one == 2


def test_the_past_of_an_order_is_told_with_what_came_and_was_taken_back(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    ordering = Ordering(house)
    ordering.put(filler, 4)
    ordering.place()
    ordering.expect(none_until=date(2026, 3, 20))
    receipt = delivered(house, filler, "A1", 3)
    ordering.match(receipt, 3)

    def past() -> list[OrderEvent]:
        with store.reading() as connection:
            shown = purchase_order(connection, house.clinic.id, uid=ordering.uid)
            return list(order_history(connection, house.clinic.id, shown.order))

    came = {event.kind: event for event in past()}[OrderHappening.ARRIVED]
    taken_back = Reverse(movement_uid=receipt.movement_uid, reason="wrong box")
    reverse(store, taken_back, actor=house.manager, key=key(), now=NOW)
    ordering.cancel()

    kinds = {event.kind: event for event in past()}
    assert kinds.keys() == set(OrderHappening)
    assert (came.count, came.receipt_uid, came.is_taken_back) == (3, receipt.receipt_uid, False)
    assert kinds[OrderHappening.ARRIVED].is_taken_back
    assert kinds[OrderHappening.ANSWERED].none_until == date(2026, 3, 20)
    assert kinds[OrderHappening.CANCELLED].reason == "Not needed"
