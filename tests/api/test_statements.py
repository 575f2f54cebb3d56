"""How many statements do the two requests take that are sent all day?  Counted, so that they carry no noise."""

from __future__ import annotations

from typing import Any

import pytest

from bench.measuring import counted
from stockroom.clock import now
from tests.api.calling import Caller, amount, nurse
from tests.failing_entries import FailingEntries
from tests.receiving import gs1
from tests.serving import Served
from tests.sessions import patient

__all__ = ["nurse"]


def test_a_look_up_takes_two_statements(served: Served, nurse: Caller) -> None:
    filler = served.house.product("Filler")
    served.clinic.lot_on_shelf(filler, "A1")

    with counted(served.store.engine) as said:
        nurse.post("/scans", {"scan": gs1(filler.gtin, "A1")}, 200)

    assert len(said) == 2, "\n".join(said)


@pytest.mark.parametrize("by", ["product", "lot", "scan"])
def test_a_use_takes_the_token_and_the_act(
    served: Served, nurse: Caller, entries_fail_first: FailingEntries, by: str
) -> None:
    entries_fail_first.stop()
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=9)
    things: dict[str, dict[str, Any]] = {
        "product": {"product_uid": needle.uid},
        "lot": {"lot_uid": lot.uid},
        "scan": {"scan": gs1(needle.gtin, "N1")},
    }
    plan = {"patient_uid": patient(served.house), "planned_at": now().isoformat()}
    visit = nurse.post("/sessions", plan)["session_uid"]
    line = {"thing": things[by], "quantity": amount("1", "piece")}

    with counted(served.store.engine) as said:
        told = nurse.post(f"/sessions/{visit}/usages", {"lines": [line]})

    assert told["used"][0]["quantity"] == amount("1", "piece")
    assert len(said) <= 11, "\n".join(said)
