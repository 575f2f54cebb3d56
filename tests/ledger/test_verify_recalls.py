"""Does verify name the row of a recall that somebody edited, added or took away by hand, and whom a list lacks?"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.ledger.verify import recalls
from stockroom.ledger.verify.notes import Notes
from stockroom.models import ProductHold, RecallCase, RecallLot, RecallNotice, RecallSession
from tests.builders import NOW, House
from tests.ledger.planting import unguarded
from tests.recalls import recalled
from tests.sessions import line, session, used


def _edit_notice(connection: Connection) -> None:
    connection.execute(update(RecallNotice).values(reference="another"))


def _take_lot(connection: Connection) -> None:
    connection.execute(delete(RecallLot))


def _add_case(connection: Connection) -> None:
    row = connection.execute(select(RecallCase.__table__)).one()._asdict()
    connection.execute(insert(RecallCase).values({**row, "id": 99, "number": 99, "uid": new_uid(NOW)}))


def _take_session(connection: Connection) -> None:
    connection.execute(delete(RecallSession))


def _move_session(connection: Connection) -> None:
    connection.execute(update(RecallSession).values(joined="corrected"))


def _take_hold(connection: Connection) -> None:
    connection.execute(update(ProductHold).values(case_id=None))


@pytest.mark.parametrize(
    ("plant", "found"),
    [
        (_edit_notice, {"L12"}),
        (_take_lot, {"L12"}),
        (_add_case, {"L12"}),
        (_take_session, {"L12", "I-13"}),
        (_move_session, {"L12"}),
        (_take_hold, {"I-13"}),
    ],
)
def test_what_was_done_to_a_recall_by_hand_is_found(
    sqlite_store: Store, plant: Callable[[Connection], None], found: set[str]
) -> None:
    store = sqlite_store
    house = House(store)
    needle = house.needle()
    used(house, session(house), line(house.clinic.lot_on_shelf(needle, "N1", presentations=2)))
    recalled(store, needle.uid, "N1", actor=house.manager)

    before, after = Notes(), Notes()
    with store.reading() as connection:
        recalls.check(connection, before)
    with unguarded(store) as connection:
        plant(connection)
    with store.reading() as connection:
        recalls.check(connection, after)

    assert before.report().ok and before.report().counts["recall_session"] == 1
    assert {each.invariant for each in after.report().findings} == found
