"""Do the lists show what there is, in statements that do not grow with their rows?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.queries import alerts, catalogue, containers, holds, locations, lots, sessions
from stockroom.queries.paging import CursorUnreadable
from tests.builders import NOW, House
from tests.oracles.trace_oracle import Open, Receive, Undo, Use
from tests.queries.counting import counted
from tests.queries.test_traces import written


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_products_are_listed_with_rule_codes_and_ingredients_in_four_statements(house: House) -> None:
    for number in range(7):
        house.product(f"Filler {number}", ingredients=("hyaluronic-acid",) if number == 0 else ())

    with house.store.reading() as connection:
        with counted(connection) as statements:
            page = catalogue.products(connection, limit=50)
        first = catalogue.product(connection, uid=page.items[-7].uid)

    assert len(statements) == 4
    assert [row.name for row in page.items[-7:]] == [f"Filler {number}" for number in range(7)]
    assert (len(first.codes), [each.slug for each in first.ingredients]) == (2, ["hyaluronic-acid"])
    assert first.rule is not None
    assert first.rule.authorised_in == ("*",)


def test_lots_are_paged_and_say_what_is_on_hand(house: House) -> None:
    filler = house.product("Filler", content_quantity=10)
    for number in range(3):
        house.clinic.lot_on_shelf(filler, f"A{number}", presentations=number + 1)

    with house.store.reading() as connection:
        first = lots.lots(connection, house.clinic.id, limit=2)
        second = lots.lots(connection, house.clinic.id, limit=2, after=first.next_cursor)
        with pytest.raises(CursorUnreadable):
            lots.lots(connection, house.clinic.id, after="nowhere")
        with pytest.raises(ThingNotFound):
            lots.lot(connection, house.clinic.id + 1, uid=first.items[0].uid)

    shown = [(row.number, row.on_hand) for row in (*first.items, *second.items)]
    assert shown == [("A2", 30), ("A1", 20), ("A0", 10)]
    assert second.next_cursor is None


def test_a_session_shows_the_uses_that_stand(store: Store) -> None:
    writer, history = written(store, Receive("l", 9, "d"), Use("l", "s@0", 2), Undo(1), Use("l", "s@0", 3))
    uid = history.session_uids["s@0"]

    with store.reading() as connection:
        shown = sessions.session(connection, writer.clinics[0], uid=uid)
        page = sessions.sessions(connection, writer.clinics[0], patient_uid=writer.patient_uid)

    assert [use.quantity for use in shown.uses] == [3]
    assert (shown.needs, shown.promises) == ((), ())
    assert [row.uid for row in page.items] == [uid]


def test_the_open_board_shows_what_is_left_in_each_container(store: Store) -> None:
    writer, history = written(store, Receive("l", 9, "d"), Open("l", "c", 9), Use("l", "s@0", 2))

    with store.reading() as connection:
        (row,) = containers.open_board(connection, writer.clinics[0])
        by_code = containers.open_container_by_code(connection, writer.clinics[0], short_code=row.short_code)

    assert (row.uid, row.left_quantity, row.stands_in) == (history.uids["c"], 7, "Fridge")
    assert by_code == row


def test_a_quiet_clinic_has_places_and_neither_holds_nor_alerts(house: House) -> None:
    _ = house.clinic.fridge
    with house.store.reading() as connection:
        names = [row.name for row in locations.locations(connection, house.clinic.id)]
        held = holds.holds(connection, house.clinic.id)
        raised = alerts.alerts(connection, house.clinic.id, now=NOW)
        broken = alerts.deviations(connection, house.clinic.id)
    assert names == ["Fridge", "Quarantine", "Returns"]
    assert (held, raised.items, broken.items) == ((), (), ())
