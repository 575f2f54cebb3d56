"""Can a visit be planned, planned anew, gone through and used in, over the API?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.clock import now
from tests.api.calling import Caller, administrator, amount, manager, nurse, practitioner, stranger
from tests.builders import key
from tests.recalls import notice_sent
from tests.receiving import gs1
from tests.serving import Served
from tests.sessions import patient

__all__ = ["administrator", "manager", "nurse", "practitioner", "stranger"]


@pytest.fixture
def visit(served: Served, nurse: Caller) -> str:
    """A session of today, of a patient who was asked about allergies."""
    uid: str = nurse.post("/sessions", plan(served))["session_uid"]
    return uid


def plan(served: Served, **more: Any) -> dict[str, Any]:
    return {"patient_uid": patient(served.house), "planned_at": now().isoformat(), **more}


def test_a_session_shows_its_needs_in_the_unit_of_product_or_group(served: Served, nurse: Caller) -> None:
    filler, needle = served.house.product("Filler"), served.house.needle()
    group = nurse.client.get("/api/v1/product-groups").get_json()
    needs = [
        {"product_uid": filler.uid, "quantity": amount("2.5")},
        {"product_uid": needle.uid, "quantity": amount("1", "piece")},
    ]

    planned = nurse.post("/sessions", plan(served, needs=needs, external_reference="V-7"))
    shown = nurse.get(f"/sessions/{planned['session_uid']}")
    wrong = [{"product_uid": needle.uid, "quantity": amount("1")}]

    assert [need["quantity"] for need in shown["needs"]] == [amount("2.5"), amount("1", "piece")]
    assert (shown["session"]["external_reference"], shown["session"]["state"]) == ("V-7", "planned")
    assert nurse.post("/sessions", plan(served, needs=wrong), 422)["code"] == "unit_mismatch"
    assert group["items"] == []


def test_a_session_is_planned_anew_only_by_who_has_read_it(served: Served, nurse: Caller, visit: str) -> None:
    path = f"/sessions/{visit}"
    answer = nurse.client.get(f"/api/v1{path}")
    body = {
        "patient_uid": answer.get_json()["session"]["patient_uid"],
        "planned_at": (now() + timedelta(days=7)).isoformat(),
    }

    nurse.put(path, body, 428)
    planned = nurse.put(path, body, If_Match=answer.headers["ETag"])
    stale = nurse.put(path, body, 412, If_Match=answer.headers["ETag"])

    assert (answer.headers["ETag"], planned["version"], stale["code"]) == ('"1"', 2, "session_changed")


def test_what_a_patient_gets_is_scanned_used_once_and_shown(
    served: Served, nurse: Caller, visit: str
) -> None:
    filler, needle = served.house.product("Filler", content_quantity=2000), served.house.needle()
    served.clinic.lot_on_shelf(filler, "A1")
    served.clinic.lot_on_shelf(needle, "N1", presentations=2)
    vial = nurse.post("/containers", {"thing": {"scan": gs1(filler.gtin, "A1")}})
    body = {
        "lines": [
            {
                "thing": {"location_uid": vial["container_uid"]},
                "quantity": amount("1.5"),
                "areas": [{"area": "face", "quantity": amount("1")}],
                "depth_um": 1500,
            },
            {"thing": {"scan": gs1(needle.gtin, "N1")}, "quantity": amount("1", "piece")},
        ]
    }
    request = key("use")

    used = nurse.post(f"/sessions/{visit}/usages", body, request=request)
    again = nurse.post(f"/sessions/{visit}/usages", body, request=request)
    shown = nurse.get(f"/sessions/{visit}")["uses"]
    rows = nurse.get("/usages", session_uid=visit)["items"]

    assert used == again
    assert [each["quantity"] for each in used["used"]] == [amount("1.5"), amount("1", "piece")]
    assert [each["quantity"] for each in shown] == [amount("1.5"), amount("1", "piece")]
    assert shown[0]["areas"] == [{"area": "face", "quantity": amount("1")}]
    assert [(row["lot_number"], row["identified_by"], row["depth_um"]) for row in rows] == [
        ("N1", "scan", None), ("A1", "by_hand", 1500),
    ]  # fmt: skip
    assert nurse.get(f"/containers/{vial['container_uid']}")["left_quantity"] == amount("0.5")


def test_more_than_a_vial_usually_holds_is_asked_about_by_a_code_and_answered_with_a_reason(
    served: Served, nurse: Caller, visit: str
) -> None:
    filler = served.house.product("Filler", content_quantity=2000, overfill_max_quantity=100)
    served.clinic.lot_on_shelf(filler, "A1")
    vial = nurse.post("/containers", {"thing": {"scan": gs1(filler.gtin, "A1")}})
    line = {"thing": {"location_uid": vial["container_uid"]}, "quantity": amount("2.1")}

    used = nurse.post(f"/sessions/{visit}/usages", {"lines": [line]})
    right = {"reason": "Misread", "lines": [{"n": 2, "quantity": amount("2.3")}]}
    asked = nurse.post(f"/movements/{used['movement_uid']}/correction", right, 409)
    corrected = nurse.post(
        f"/movements/{used['movement_uid']}/correction", {**right, "overfill_reason": "Filled to the brim"}
    )

    assert used["used"][0]["overfill"] == amount("0.1")
    assert (asked["code"], asked["left"], asked["usual"]) == ("more_than_the_vial_held", "0 mL", "0 mL")
    account = nurse.get(f"/containers/{vial['container_uid']}/account")
    assert (account["overfill_quantity"], account["left_quantity"]) == (amount("0.3"), amount("0"))
    shown = nurse.get(f"/movements/{corrected['movement_uid']}")
    assert shown["reason"] == "Misread; Filled to the brim"


@pytest.mark.parametrize("path", ["usages", "late-usages"])
@pytest.mark.parametrize("by", ["lot", "product"])
def test_a_use_in_a_unit_of_something_else_is_refused_and_moves_nothing(
    served: Served, nurse: Caller, visit: str, path: str, by: str
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=3)
    thing = {"lot_uid": lot.uid} if by == "lot" or path != "usages" else {"product_uid": needle.uid}
    late = {"occurred_at": now().isoformat(), "reason": "It was busy"} if path == "late-usages" else {}

    refused = nurse.post(
        f"/sessions/{visit}/{path}", {"lines": [{"thing": thing, "quantity": amount("1", "mL")}], **late}, 422
    )

    assert (refused["code"], refused["unit"], refused["expected"]) == ("unit_mismatch", "mL", "piece")
    assert nurse.get("/usages")["items"] == []


def test_an_area_is_counted_in_what_its_line_is(served: Served, nurse: Caller, visit: str) -> None:
    lot = served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=3)
    line = {
        "thing": {"lot_uid": lot.uid},
        "quantity": amount("1", "piece"),
        "areas": [{"area": "face", "quantity": amount("1", "mL")}],
    }

    refused = nurse.post(f"/sessions/{visit}/usages", {"lines": [line]}, 422)

    assert (refused["code"], refused["unit"], refused["expected"]) == ("unit_mismatch", "mL", "piece")


def test_usages_come_in_pages_and_say_what_was_taken_back(served: Served, nurse: Caller, visit: str) -> None:
    lot = served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=3)
    body = {"lines": [{"thing": {"lot_uid": lot.uid}, "quantity": amount("1", "piece")}]}
    movements = [nurse.post(f"/sessions/{visit}/usages", body)["movement_uid"] for _ in range(3)]
    nurse.post(f"/movements/{movements[0]}/reversal", {"reason": "Not used"})

    first = nurse.get("/usages", limit=2)
    second = nurse.get("/usages", limit=2, cursor=first["next_cursor"])

    rows = first["items"] + second["items"]
    assert [(row["movement_uid"], row["stands"]) for row in rows] == [
        (movements[2], True), (movements[1], True), (movements[0], False),
    ]  # fmt: skip
    assert second["next_cursor"] is None


def test_what_was_spilled_is_taken_back_and_thrown_away(served: Served, nurse: Caller, visit: str) -> None:
    lot = served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=3)
    body = {"lines": [{"thing": {"lot_uid": lot.uid}, "quantity": amount("1", "piece")}]}
    used = nurse.post(f"/sessions/{visit}/usages", body)["movement_uid"]

    refused = nurse.post(f"/movements/{used}/spillage", {"reason": "expired"}, status=422)
    spilled = nurse.post(f"/movements/{used}/spillage", {"reason": "broken"})

    assert refused["code"] == "invalid_fields"
    assert nurse.get(f"/sessions/{visit}")["uses"] == []
    disposal = nurse.get("/disposals")["items"][0]
    assert (disposal["movement_uid"], disposal["document_uid"]) == (spilled["movement_uid"], visit)


def test_a_recalled_lot_is_refused_when_asked_and_recorded_when_it_has_happened(
    served: Served, nurse: Caller, manager: Caller, practitioner: Caller, visit: str
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=3)
    manager.post("/recalls", notice_sent(needle.uid, "N1", reference="Notice 7"))
    lines = [{"thing": {"lot_uid": lot.uid}, "quantity": amount("1", "piece")}]

    refused = nurse.post(f"/sessions/{visit}/usages", {"lines": lines}, 422)
    late = {"lines": lines, "occurred_at": now().isoformat(), "reason": "Used before the recall was seen"}
    recorded = nurse.post(f"/sessions/{visit}/late-usages", late)
    (deviation,) = nurse.get("/deviations")["items"]

    assert refused["code"] == "lot_recalled"
    assert recorded["rules"] == ["recalled"]
    assert deviation["uid"] == recorded["deviations"][0]
    nurse.post(f"/deviations/{deviation['uid']}/signature", {}, 403)
    practitioner.post(f"/deviations/{deviation['uid']}/signature", {})
    assert nurse.get("/deviations")["items"] == []
    assert len(nurse.get("/deviations", with_signed="true")["items"]) == 1


def test_what_is_kept_for_a_session_is_given_back_when_it_ends(
    served: Served, nurse: Caller, visit: str
) -> None:
    lot = served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=3)
    body = {"session_uid": visit, "thing": {"lot_uid": lot.uid}, "quantity": amount("2", "piece")}

    (first,) = nurse.post("/allocations", body)["kept"]
    nurse.post(f"/allocations/{first['allocation_uid']}/release", None, 200)
    (kept,) = nurse.post("/allocations", body)["kept"]
    (promise,) = nurse.get(f"/sessions/{visit}")["promises"]
    (listed,) = nurse.get("/allocations", session_uid=visit)["items"]
    ended = nurse.post(f"/sessions/{visit}/state", {"state": "cancelled"}, 200)

    assert kept["quantity"] == promise["quantity"] == listed["quantity"] == amount("2", "piece")
    assert ended["released"] == [kept["allocation_uid"]]
    assert nurse.get("/allocations")["items"] == []
    assert {row["state"] for row in nurse.get("/allocations", with_ended="true")["items"]} == {"released"}


def test_a_session_is_signed_by_the_practitioner_alone(
    served: Served, nurse: Caller, practitioner: Caller, visit: str
) -> None:
    path = f"/sessions/{visit}/state"

    for state in ("arrived", "in_treatment", "finished"):
        nurse.post(path, {"state": state}, 200)
    nurse.post(path, {"state": "signed"}, 403)
    practitioner.post(path, {"state": "signed"}, 200)
    over = practitioner.post(path, {"state": "cancelled"}, 409)

    assert over["code"] == "nothing_follows"
    nurse.post(path, {"state": "planned"}, 422)


def test_sessions_are_listed_by_day_and_patient_for_their_own_clinic_only(
    served: Served, nurse: Caller, administrator: Caller, stranger: Caller, visit: str
) -> None:
    session = nurse.get(f"/sessions/{visit}")["session"]
    later = (now() + timedelta(days=1)).isoformat()

    assert nurse.get("/sessions", patient_uid=session["patient_uid"])["items"] == [session]
    assert nurse.get("/sessions", planned_from=later)["items"] == []
    assert nurse.get("/sessions", planned_before=later)["items"] == [session]
    assert stranger.get("/sessions")["items"] == stranger.get("/usages")["items"] == []
    stranger.get(f"/sessions/{visit}", 404)
    administrator.get(f"/sessions/{visit}", 403)
    nurse.post("/sessions", {**plan(served), "name": "Ana"}, 422)


def test_a_past_day_is_planned_only_where_it_is_meant(served: Served, nurse: Caller) -> None:
    past = plan(served, planned_at=(now() - timedelta(days=400)).isoformat())

    refused = nurse.post("/sessions", past, 422)

    assert refused["code"] == "planned_in_past"
    nurse.post("/sessions", {**past, "past_is_meant": True})
