"""Is a delivery unpacked, completed and posted over HTTP, and is a pack received at the bench?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.clock import now
from stockroom.vocabulary import LocationKind
from tests.api.asking import Asking, accepted, not_found_as_if_random, refused
from tests.api.calling import Caller, amount, manager, nurse, practitioner, stranger
from tests.benching import allow_bench_receipts
from tests.builders import FAR, demo_gtin, key
from tests.orders import Ordering
from tests.receiving import gs1
from tests.serving import Served

__all__ = ["manager", "nurse", "practitioner", "stranger"]


def begun(served: Served, who: Caller, **paper: Any) -> str:
    body = {"supplier_uid": served.house.supplier_uid, "delivery_note": "DN-1", **paper}
    uid: str = who.post("/deliveries", body)["delivery_uid"]
    return uid


def version_of(who: Caller, uid: str) -> str:
    return f'"{who.get(f"/deliveries/{uid}")["delivery"]["version"]}"'


def test_a_delivery_is_unpacked_by_two_people_and_posted_whole(
    served: Served, nurse: Caller, manager: Caller
) -> None:
    filler, fridge = served.house.product("Filler", content_quantity=2000), served.clinic.fridge
    uid = begun(served, nurse)
    nurse.post(f"/deliveries/{uid}/lines", {"scan": gs1(filler.gtin, "A1"), "location_uid": fridge.uid})

    again = {"scan": gs1(filler.gtin, "A1"), "location_uid": fridge.uid, "pack_count": 4}
    added = manager.post(f"/deliveries/{uid}/lines", again)
    shown = nurse.get(f"/deliveries/{uid}")
    booked = nurse.post(f"/deliveries/{uid}/completion", {}, If_Match=version_of(nurse, uid))

    assert (added["n"], added["pack_count"], added["was_there"]) == (1, 5, True)
    (line,) = shown["lines"]
    assert (line["product_name"], line["quantity"], line["lacks"]) == ("Filler", amount("10"), [])
    assert (booked["lines"][0]["lot_number"], booked["lines"][0]["quantity"]) == ("A1", amount("10"))
    listed = nurse.get("/deliveries", state="posted")["items"]
    assert [(row["uid"], row["receipt_uid"]) for row in listed] == [(uid, booked["receipt_uid"])]


def test_an_unknown_code_is_resolved_by_adding_it_to_a_likely_product(
    served: Served, nurse: Caller, manager: Caller
) -> None:
    filler, fridge = served.house.product("Filler", content_quantity=2000), served.clinic.fridge
    uid, unknown = begun(served, nurse), demo_gtin(99_001)
    line = nurse.post(f"/deliveries/{uid}/lines", {"scan": gs1(unknown, "A1"), "location_uid": fridge.uid})

    problem = nurse.post(f"/deliveries/{uid}/completion", {}, 422, If_Match=version_of(nurse, uid))
    likely = nurse.get(f"/deliveries/{uid}/lines/{line['line_uid']}/likely-products")["items"]
    code = {"scheme": "gtin", "item_code": unknown, "pack_level": "each", "presentation_count": 1}
    manager.post(f"/products/{filler.uid}/trade-items", code)
    nurse.post(f"/deliveries/{uid}/completion", {}, If_Match=version_of(nurse, uid))

    assert (problem["code"], problem["lines"]) == ("lines_unresolved", [f"1: {unknown}, A1"])
    assert [(each["product_uid"], each["why"]) for each in likely] == [(filler.uid, ["same_company"])]


def test_a_line_is_completed_and_taken_off_by_its_own_version(served: Served, nurse: Caller) -> None:
    filler = served.house.product("Filler")
    uid = begun(served, nurse)
    line = nurse.post(f"/deliveries/{uid}/lines", {"scan": filler.gtin})
    path = f"/deliveries/{uid}/lines/{line['line_uid']}"
    said = {"lot_number": "A1", "expires_on": FAR.isoformat(), "location_uid": served.clinic.fridge.uid}

    changed = nurse.put(path, said, If_Match='"1"')
    stale = nurse.put(path, said, 412, If_Match='"1"')
    nurse.send("delete", path, None, 412, If_Match='"1"')
    nurse.send("delete", path, None, 200, If_Match=f'"{changed["version"]}"')

    assert stale["code"] == "delivery_line_stale"
    assert nurse.get(f"/deliveries/{uid}")["lines"] == []


def test_each_write_is_keyed_guarded_and_strict(served: Served) -> None:
    may, may_not = Asking(served, served.clinic.nurse), Asking(served, served.clinic.practitioner)
    filler, fridge = served.house.product("Filler"), served.clinic.fridge
    paper = {"supplier_uid": served.house.supplier_uid, "delivery_note": "DN-1"}
    uid = accepted(may, may_not, "POST", "deliveries", paper, status=201)["delivery_uid"]
    pack = {"scan": gs1(filler.gtin, "A1"), "location_uid": fridge.uid}
    line = accepted(may, may_not, "POST", f"deliveries/{uid}/lines", pack, status=201)
    said = {"location_uid": fridge.uid, "pack_count": 2}
    path = f"deliveries/{uid}/lines/{line['line_uid']}"
    changed = accepted(may, may_not, "PUT", path, said, etag='"1"')
    accepted(may, may_not, "PUT", f"deliveries/{uid}", paper, etag=f'"{changed["delivery_version"]}"')

    accepted(may, may_not, "POST", f"deliveries/{uid}/completion", {}, status=201, etag='"4"')
    other = may.post("deliveries", paper).get_json()["delivery_uid"]
    accepted(may, may_not, "POST", f"deliveries/{other}/discarding", etag='"1"')

    refused(may.post(f"deliveries/{other}/lines", pack), 409, "delivery_over")
    not_found_as_if_random(Asking(served, served.house.another_clinic().nurse), "deliveries/{}", uid)


@pytest.mark.parametrize(("scan", "status", "code"), [("(01)123", 400, None), (None, 422, "invalid_value")])
def test_what_is_no_pack_is_refused(
    served: Served, nurse: Caller, scan: str | None, status: int, code: str | None
) -> None:
    uid = begun(served, nurse)
    problem = nurse.post(f"/deliveries/{uid}/lines", {"scan": scan} if scan else {}, status)

    assert code is None or problem["code"] == code


def test_a_pack_is_received_at_the_bench_and_taken_off_by_its_delivery(
    served: Served, nurse: Caller, practitioner: Caller
) -> None:
    filler, fridge = served.house.product("Filler", content_quantity=2000), served.clinic.fridge
    pack = {"scan": gs1(filler.gtin, "A1"), "location_uid": fridge.uid}
    forbidden = practitioner.post("/bench-receipts", pack, 422)
    allow_bench_receipts(served.clinic)

    practitioner.post("/bench-receipts", pack)
    (unmatched,) = nurse.get("/bench-receipts")["items"]
    body = {
        "supplier_uid": served.house.supplier_uid,
        "delivery_note": "DN-1",
        "arrived_at": now().isoformat(),
        "state_on_arrival": "good",
        "lines": [{**pack, "pack_count": 3}],
    }
    asked = nurse.post("/receipts", body, 422)
    body["lines"] = [{**pack, "pack_count": 3, "bench": "take_off"}]
    booked = nurse.post("/receipts", body, request=key("bench"))
    shown = nurse.get(f"/receipts/{booked['receipt_uid']}")

    assert (forbidden["code"], asked["code"]) == ("bench_receipt_not_allowed", "bench_undecided")
    assert (unmatched["lot_number"], unmatched["quantity"]) == ("A1", amount("2"))
    assert shown["lines"][0]["taken_off_quantity"] == amount("2")
    assert nurse.get("/bench-receipts")["items"] == []


def test_orders_are_shown_decided_on_and_closed_with_the_delivery(
    served: Served, nurse: Caller, manager: Caller
) -> None:
    filler, other = served.house.product("Filler", content_quantity=2000), served.house.product("Other")
    ordering = Ordering(served.house, now=now())
    ordering.put(filler, 5)
    ordering.place(expected_on=None)
    uid, fridge = begun(served, nurse), served.clinic.fridge
    packs = {"location_uid": fridge.uid, "pack_count": 4}
    line = nurse.post(f"/deliveries/{uid}/lines", {"scan": gs1(filler.gtin, "A1"), **packs})
    wrong = nurse.post(f"/deliveries/{uid}/lines", {"scan": gs1(other.gtin, "B1"), **packs})
    path = f"/deliveries/{uid}/lines"
    aside = {
        "packs": 1,
        "fault": "damaged",
        "into_uid": served.clinic.account(LocationKind.QUARANTINE).uid,
        "words": "wet",
        "stays_owed": True,
    }
    put = nurse.post(f"{path}/{line['line_uid']}/set-aside", aside, If_Match='"1"')

    asked = nurse.post(f"/deliveries/{uid}/completion", {}, 422, If_Match=version_of(nurse, uid))
    nurse.put(f"{path}/{wrong['line_uid']}/refusal", {"packs": 4, "fault": "wrong"}, If_Match='"1"')
    shown = nurse.get(f"/deliveries/{uid}")
    booked = nurse.post(f"/deliveries/{uid}/completion", {}, If_Match=version_of(nurse, uid))

    assert put["n"] == 3
    assert (asked["code"], asked["lines"]) == ("order_undecided", ["2: Other, not ordered, 4"])
    (owed,) = shown["owed"]
    assert (owed["here_count"], owed["left_count"], owed["line"]["owed_count"]) == (3, 2, 5)
    assert [(each["refused_count"], each["fault"], each["order_choice"]) for each in shown["lines"]] == [
        (0, None, "undecided"),
        (4, "wrong", "undecided"),
        (0, "damaged", "apart"),
    ]
    assert shown["lines"][0]["for_orders"][0]["count"] == 3
    assert booked["orders"] == [{"order_uid": ordering.uid, "state": "part_received", "owed_count": 2}]
    assert nurse.get(f"/deliveries/{uid}")["owed"] == []


def test_who_does_not_receive_sets_nothing_aside(served: Served, nurse: Caller, practitioner: Caller) -> None:
    filler, uid = served.house.product("Filler"), begun(served, nurse)
    line = nurse.post(f"/deliveries/{uid}/lines", {"scan": gs1(filler.gtin, "A1")})
    path = f"/deliveries/{uid}/lines/{line['line_uid']}"
    aside = {"packs": 1, "fault": "damaged", "into_uid": served.clinic.fridge.uid}

    practitioner.post(f"{path}/set-aside", aside, 403, If_Match='"1"')
    practitioner.put(f"{path}/refusal", {"packs": 1, "fault": "damaged"}, 403, If_Match='"1"')
    nurse.post(f"{path}/set-aside", {**aside, "colour": "red"}, 422, If_Match='"1"')
    into = nurse.post(f"{path}/set-aside", aside, 422, If_Match='"1"')

    assert into["field"] == "into_uid"
