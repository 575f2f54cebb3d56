"""Is a use that somebody rewrote found out: how, where and by whom something was injected?"""

# ruff: noqa: N802 - the number of the invariant stands in the name as it is written

from __future__ import annotations

import pytest
from sqlalchemy import text

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.rules.using import AreaUse
from tests.builders import House
from tests.ledger.planting import unguarded
from tests.sessions import line, opened, scan_of, session, used


@pytest.fixture
def house(store: Store) -> House:
    """A house in which two volumes went into three areas of a patient."""
    made = House(store)
    filler = made.product("Filler")
    lot = made.clinic.lot_on_shelf(filler, "A1", presentations=2)
    opened(made, lot)
    visit = session(made, practitioner_uid=made.practitioner.person_uid)
    areas = (AreaUse(area="face", quantity=300), AreaUse(area="neck", quantity=200))
    used(made, visit, line(scan_of(filler, lot), quantity=500, areas=areas))
    used(made, visit, line(scan_of(filler, lot), quantity=100, areas=(AreaUse(area="scalp", quantity=100),)))
    return made


def test_uses_as_they_were_written_down_are_right(house: House) -> None:
    assert verify(house.store).ok


@pytest.mark.parametrize(
    "forgery",
    [
        "UPDATE usage SET technique = 'another'",
        "UPDATE usage SET identified_by = 'by_hand'",
        "UPDATE usage_area SET area = 'hand' WHERE area = 'neck'",
        "UPDATE usage_area SET quantity = 199 WHERE area = 'neck'",
        "DELETE FROM usage_area WHERE area = 'scalp'",
    ],
)
def test_L12_a_use_that_was_rewritten_is_found(house: House, forgery: str) -> None:
    with unguarded(house.store) as connection:
        connection.execute(text(forgery))

    found = {finding.invariant: finding for finding in verify(house.store).findings}

    assert found["L12"].table == "usage"
