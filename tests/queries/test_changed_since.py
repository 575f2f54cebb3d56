"""Is it told of movements what was taken back of them, and of those alone?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.db.store import Store
from stockroom.operations.reverse import Reverse, reverse
from stockroom.queries.changed_since import changes_of
from tests.builders import NOW, House, key
from tests.counts import priced
from tests.sessions import line, session, used

LATER = NOW + timedelta(hours=1)


def test_a_line_that_was_taken_back_is_told_with_who_when_and_why(store: Store) -> None:
    house = House(store)
    clinic = house.clinic
    lot = priced(house, house.product("Filler", content_quantity=1000), "A1", packs=4, cents=1000)
    visit = session(house)
    moved = used(house, visit, line(lot, 1000), line(lot, 2000)).movement_uid
    kept = used(house, visit, line(lot, 1000)).movement_uid
    back = Reverse(movement_uid=moved, reason="another vial", line_numbers=(2,))
    reverse(store, back, actor=clinic.practitioner, key=key("back"), now=LATER)

    with store.reading() as connection:
        told = changes_of(connection, (clinic.id,), (moved, kept, None))
        none_after = changes_of(connection, (clinic.id,), (moved,), after=LATER)
        elsewhere = changes_of(connection, (), (moved,))

    gone = told.of_line(moved, 2)
    assert gone is not None and told.of_line(moved, 1) is None
    assert (gone.at, gone.by, gone.reason, gone.replaced) == (
        LATER, "Practitioner Vitosha", "another vial", False,
    )  # fmt: skip
    assert told.of_goods(moved, lot.uid, 2000) == told.of_movement(moved) == gone
    assert told.of_goods(moved, lot.uid, 1000) is None and told.of_movement(kept) is None
    assert [each.line_count for each in told.lines(moved)] == [2] and told.in_place == {}
    assert none_after.taken_back == elsewhere.taken_back == {}
