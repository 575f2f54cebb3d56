"""Is a delivery taken in by scans, whole or not at all, and shown again with its costs?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.clock import now
from tests.api.calling import Caller, administrator, amount, manager, nurse, stranger
from tests.builders import FAR, demo_gtin, key
from tests.receiving import gs1
from tests.serving import Served

__all__ = ["administrator", "manager", "nurse", "stranger"]


def delivery(served: Served, *lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "supplier_uid": served.house.supplier_uid,
        "delivery_note": "DN-1",
        "arrived_at": now().isoformat(),
        "state_on_arrival": "good",
        "lines": [{"location_uid": served.clinic.fridge.uid, **line} for line in lines],
        **more,
    }


def test_a_delivery_of_scans_is_booked_and_shown(served: Served, nurse: Caller, manager: Caller) -> None:
    filler = served.house.product("Filler", content_quantity=2000)
    price = {"state": "priced", "unit_cost_minor": 1250}
    body = delivery(served, {"scan": gs1(filler.gtin, "A1"), "pack_count": 3, "cost": price})

    booked = nurse.post("/receipts", body)
    (line,) = booked["lines"]
    shown = nurse.get(f"/receipts/{booked['receipt_uid']}")
    listed = manager.get("/receipts", supplier_uid=served.house.supplier_uid)

    assert (line["lot_number"], line["quantity"]) == ("A1", amount("6"))
    assert shown["receipt"] == listed["items"][0]
    assert shown["lines"][0]["expires_on"] == FAR.isoformat()
    assert (shown["lines"][0]["unit_cost_minor"], shown["lines"][0]["currency"]) == (1250, "EUR")


def test_an_unknown_code_is_refused_with_what_was_read(served: Served, nurse: Caller) -> None:
    problem = nurse.post("/receipts", delivery(served, {"scan": gs1("09529999999990", "A1")}), 400)
    unknown = nurse.post("/receipts", delivery(served, {"scan": gs1(demo_gtin(999_999), "A1")}), 422)

    assert problem["code"] == "line_unreadable"
    assert (unknown["code"], unknown["lot_number"], unknown["expires_on"]) == (
        "code_unknown", "A1", FAR.isoformat(),
    )  # fmt: skip


def test_a_cost_that_was_not_known_is_completed_by_the_manager(
    served: Served, nurse: Caller, manager: Caller
) -> None:
    filler = served.house.product("Filler")
    first = nurse.post("/receipts", delivery(served, {"scan": gs1(filler.gtin, "A1")}))
    other = nurse.post("/receipts", delivery(served, {"scan": gs1(filler.gtin, "A2")}))
    costs = {
        "lines": [
            {"receipt_line_uid": first["lines"][0]["receipt_line_uid"], "cost": {"state": "free_sample"}}
        ]
    }

    forbidden = nurse.post(f"/receipts/{first['receipt_uid']}/costs", costs, 403)
    elsewhere = manager.post(f"/receipts/{other['receipt_uid']}/costs", costs, 404)
    manager.post(f"/receipts/{first['receipt_uid']}/costs", costs, 200)

    assert (forbidden["code"], elsewhere["code"]) == ("action_forbidden", "thing_not_found")
    (line,) = nurse.get(f"/receipts/{first['receipt_uid']}")["lines"]
    assert line["cost_state"] == "free_sample"


def test_the_same_key_books_once_and_gives_the_same_answer(served: Served, nurse: Caller) -> None:
    body, request = delivery(served, {"scan": gs1(served.house.product("Filler").gtin, "A1")}), key("twice")

    first, second = (
        nurse.post("/receipts", body, request=request),
        nurse.post("/receipts", body, request=request),
    )

    assert first == second
    assert len(nurse.get("/receipts")["items"]) == 1


def test_a_delivery_that_a_colleague_entered_is_refused_until_it_is_said_to_be_more(
    served: Served, nurse: Caller, manager: Caller
) -> None:
    body = delivery(served, {"scan": gs1(served.house.product("Filler").gtin, "A1")})
    first = nurse.post("/receipts", body)

    refused = manager.post("/receipts", body, 422)
    manager.post("/receipts", {**body, "again_reason": "The second of two boxes"})

    assert (refused["code"], refused["receipt_uid"]) == ("delivery_in_books", first["receipt_uid"])
    assert len(nurse.get("/receipts")["items"]) == 2


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"state_on_arrival": "fine"}, "state_on_arrival"),
        ({"arrived_at": "2026-03-02"}, "arrived_at"),
        ({"lines": []}, "lines"),
    ],
)
def test_a_body_that_says_something_else_is_refused_by_its_field(
    served: Served, nurse: Caller, change: dict[str, Any], field: str
) -> None:
    problem = nurse.post("/receipts", {**delivery(served, {}), **change}, 422)

    assert field in problem["errors"]["json"]


def test_another_clinics_receipt_is_not_found_and_a_reader_receives_nothing(
    served: Served, nurse: Caller, administrator: Caller, stranger: Caller
) -> None:
    body = delivery(served, {"scan": gs1(served.house.product("Filler").gtin, "A1")})
    booked = nurse.post("/receipts", body)

    theirs = stranger.get(f"/receipts/{booked['receipt_uid']}", 404)
    nobodys = stranger.get("/receipts/00000000-0000-7000-8000-000000000000", 404)

    assert theirs["code"] == nobodys["code"] == "thing_not_found"
    administrator.post("/receipts", body, 403)


def test_a_write_without_a_key_is_refused(served: Served, nurse: Caller) -> None:
    answer = nurse.client.post("/api/v1/receipts", json=delivery(served, {}))

    assert (answer.status_code, answer.get_json()["code"]) == (400, "key_missing")
