"""Are reports of a time read from what happened in it, however long the books are before and after it?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.queries.reaction_rates import exposed_sessions
from stockroom.queries.staff_acts import staff_acts
from stockroom.queries.worth_cut import cut_at
from tests.builders import NOW, House
from tests.queries.counting import counted

FEW = ("ix_movement_occurred", "ix_usage_by_hand", "preparation_ingredient")
"""What happened then; what was booked by hand, whenever; what went into cocktails."""
TIME: dict[str, Any] = {"since": NOW - timedelta(days=30), "until": NOW + timedelta(days=1)}


@pytest.mark.parametrize("report", ["reactions", "by person"])
def test_movements_are_found_by_when_they_happened(sqlite_store: Store, report: str) -> None:
    clinic_id = House(sqlite_store).clinic.id
    with sqlite_store.reading() as connection, counted(connection) as statements:
        if report == "reactions":
            exposed_sessions(connection, [clinic_id], **TIME)
        else:
            cut = cut_at(connection, clinic_id, day=civil_date(NOW, "Europe/Sofia"), now=NOW)
            staff_acts(connection, cut, clinic_id, **TIME)

    with sqlite_store.reading() as connection:
        for asked in [each for each in statements if "occurred_at >=" in each]:
            unknown = (None,) * asked.count("?")
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {asked}", unknown).all()
            told = [row.detail for row in plan]
            assert any(each in " ".join(told[:2]) for each in FEW), told
