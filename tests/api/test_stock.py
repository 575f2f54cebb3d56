"""Does the API say what is on hand, what expires, what is low, what was done and what must be looked at?"""

from __future__ import annotations

from datetime import date, timedelta

from stockroom.clock import civil_date, now
from tests.api.calling import Caller, administrator, amount, manager, nurse, stranger
from tests.jobs.shop import minimum
from tests.orders import Ordering
from tests.recalls import notice_sent
from tests.serving import Served
from tests.sessions import patient

__all__ = ["administrator", "manager", "nurse", "stranger"]


def test_stock_is_listed_by_product_and_page(served: Served, nurse: Caller, stranger: Caller) -> None:
    for name in ("Filler A", "Filler B", "Filler C"):
        served.clinic.lot_on_shelf(served.house.product(name, content_quantity=2000), "L1", presentations=2)

    first = nurse.get("/stock", limit=2)
    second = nurse.get("/stock", limit=2, cursor=first["next_cursor"])

    assert [row["name"] for row in first["items"] + second["items"]] == ["Filler A", "Filler B", "Filler C"]
    assert (first["items"][0]["on_hand"], first["items"][0]["sealed_count"]) == (amount("4"), 2)
    assert second["next_cursor"] is None
    assert stranger.get("/stock")["items"] == []


def test_what_expires_is_listed_by_day_and_opened_vials_by_hour(served: Served, nurse: Caller) -> None:
    today = civil_date(now(), served.clinic.zone)
    filler = served.house.product("Filler", content_quantity=2000, in_use_minutes=120)
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=2, expires_on=today + timedelta(days=40))
    nurse.post("/containers", {"thing": {"lot_uid": lot.uid}})

    assert nurse.get("/stock/expiring", days=30, hours=1) == {"lots": [], "things": []}
    found = nurse.get("/stock/expiring", days=40, hours=3)

    assert [(row["lot_number"], row["quantity"]) for row in found["lots"]] == [("A1", amount("4"))]
    assert [(row["stands_in"], row["quantity"]) for row in found["things"]] == [("Fridge", amount("2"))]
    nurse.get("/stock/expiring", 422, days=99_999)


def test_what_is_low_or_has_no_minimum_is_listed(served: Served, nurse: Caller) -> None:
    served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")

    (row,) = nurse.get("/stock/below-minimum")["items"]

    assert (row["name"], row["usable_sealed_count"], row["minimum_count"]) == ("Filler", 1, None)
    assert (row["supply"], row["on_order_count"], row["due_on"]) == (None, 0, None)


def test_what_is_low_says_what_is_on_order(served: Served, nurse: Caller) -> None:
    product, ordering = served.house.product("Filler"), Ordering(served.house, now=now())
    minimum(served.clinic, product, 3)
    ordering.put(product, 2)
    ordering.place(expected_on=date(2030, 5, 12))

    (row,) = nurse.get("/stock/below-minimum")["items"]

    assert (row["supply"], row["on_order_count"], row["due_on"]) == ("too_little", 2, "2030-05-12")


def test_the_journal_is_paged_by_number_for_who_may_read_it(
    served: Served, nurse: Caller, manager: Caller, administrator: Caller
) -> None:
    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    nurse.post(f"/lots/{lot.uid}/holds", {"reason": "suspicion", "note": "Cloudy"})

    (held,) = manager.get("/journal", kind="hold.place")["items"]
    seen, cursor = [], None
    while True:
        page = administrator.get("/journal", limit=3, cursor=cursor)
        seen += [entry["seq"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert (held["payload"]["lot"], held["roles"]) == (lot.uid, "nurse")
    assert seen == list(range(len(seen), 0, -1))
    assert manager.get("/journal", stream="disclosures")["items"] == []
    nurse.get("/journal", 403)


def test_an_alert_is_listed_until_it_is_dealt_with(
    served: Served, nurse: Caller, manager: Caller, stranger: Caller
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=3)
    planned = {"patient_uid": patient(served.house), "planned_at": now().isoformat()}
    session = nurse.post("/sessions", planned)["session_uid"]
    kept = {"session_uid": session, "thing": {"lot_uid": lot.uid}, "quantity": amount("2", "piece")}
    nurse.post("/allocations", kept)
    manager.post("/recalls", notice_sent(needle.uid, "N1", reference="Notice 7"))

    (alert,) = nurse.get("/alerts")["items"]

    assert isinstance(alert["facts"], dict)
    assert alert["resolved_at"] is None
    assert stranger.get("/alerts")["items"] == []
