"""Is what was found booked with its reason, and are closed books closed?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import now
from tests.api.calling import Caller, amount, manager, nurse, practitioner, stranger
from tests.builders import key
from tests.receiving import gs1
from tests.serving import PASSWORD, Served

__all__ = ["manager", "nurse", "practitioner", "stranger"]


def test_a_difference_is_booked_once_with_its_reason_and_shown(
    served: Served, nurse: Caller, practitioner: Caller, stranger: Caller
) -> None:
    lot = served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=5)
    line = {
        "lot_uid": lot.uid,
        "location_uid": served.clinic.fridge.uid,
        "counted_at": now().isoformat(),
        "found_quantity": amount("0", "piece"),
    }
    body, request = {"lines": [{**line, "reason": "lost"}]}, key("count")

    practitioner.post("/stocktakes", body, 403)
    stranger.post("/stocktakes", body, 404)
    unexplained = nurse.post("/stocktakes", {"lines": [line]}, 422)
    booked = nurse.post("/stocktakes", body, request=request)
    again = nurse.post("/stocktakes", body, request=request)
    shown = nurse.get(f"/stocktakes/{booked['stocktake_uid']}")

    assert unexplained["code"] == "count_reason_missing"
    assert booked == again
    assert [(each["book_quantity"], each["found_quantity"]) for each in booked["differences"]] == [
        (amount("5", "piece"), amount("0", "piece"))
    ]
    assert (shown["lines"][0]["reason"], shown["movement_uid"]) == ("lost", booked["movement_uid"])
    assert [row["uid"] for row in nurse.get("/stocktakes")["items"]] == [booked["stocktake_uid"]]
    stranger.get(f"/stocktakes/{booked['stocktake_uid']}", 404)
    nurse.post("/stocktakes", {**body, "colour": "red"}, 422)


def test_nothing_is_dated_back_into_closed_books(served: Served, nurse: Caller, manager: Caller) -> None:
    served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    request, delivered = key("close"), {
        "supplier_uid": served.house.supplier_uid,
        "delivery_note": "DN-1",
        "arrived_at": (now() - timedelta(hours=1)).isoformat(),
        "state_on_arrival": "good",
        "lines": [
            {
                "location_uid": served.clinic.fridge.uid,
                "scan": gs1(served.house.product("Other").gtin, "B1"),
            }
        ],
    }  # fmt: skip

    nurse.post("/closed-periods", {}, 403)
    ended = manager.post("/closed-periods", {}, request=request)
    again = manager.post("/closed-periods", {}, request=request)
    (listed,) = nurse.get("/closed-periods")["items"]
    refused = nurse.post("/receipts", delivered, 422)
    nurse.post("/receipts", {**delivered, "late_reason": "The note was found today"})

    assert ended == again
    assert (listed["uid"], listed["balances_digest"]) == (
        ended["closed_period_uid"], ended["balances_digest"],
    )  # fmt: skip
    assert refused["code"] == "period_closed"


def test_more_than_the_clinic_tolerates_is_confirmed_by_a_second_person(
    served: Served, nurse: Caller, manager: Caller
) -> None:
    lot = served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=9)
    line = {
        "lot_uid": lot.uid,
        "location_uid": served.clinic.fridge.uid,
        "counted_at": now().isoformat(),
        "found_quantity": amount("0", "piece"),
        "reason": "lost",
    }
    email = served.email_with_password(served.clinic.manager)

    refused = nurse.post("/stocktakes", {"lines": [line]}, 422)
    wrong = {"email": email, "password": "not it"}
    nurse.post("/stocktakes", {"lines": [line], "second_person": wrong}, 403)
    right = {"email": email, "password": PASSWORD}
    nurse.post("/stocktakes", {"lines": [line], "second_person": right})

    assert (refused["code"], refused["why"]) == (
        "count_needs_second_person",
        ["many of a worth that nobody knows"],
    )
    assert served.clinic.on_hand(lot) == 0
