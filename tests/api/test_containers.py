"""Can a vial be opened, found on the board, put elsewhere and finished?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import now
from tests.api.calling import Caller, amount, manager, nurse, stranger
from tests.builders import key
from tests.receiving import gs1
from tests.serving import Served

__all__ = ["manager", "nurse", "stranger"]


def test_a_scanned_vial_is_opened_once_and_stands_on_the_board(served: Served, nurse: Caller) -> None:
    filler = served.house.product("Filler", content_quantity=2000, waste_stream="yellow lid")
    served.clinic.lot_on_shelf(filler, "A1", presentations=2)
    body, request = {"thing": {"scan": gs1(filler.gtin, "A1")}}, key("open")

    opened = nurse.post("/containers", body, request=request)
    again = nurse.post("/containers", body, request=request)
    (row,) = nurse.get("/containers")["items"]

    assert opened == again
    assert (opened["quantity"], opened["lot_number"], opened["overridden"]) == (amount("2"), "A1", [])
    assert (row["uid"], row["left_quantity"], row["stands_in"]) == (
        opened["container_uid"], amount("2"), "Fridge",
    )  # fmt: skip
    assert row["waste_stream"] == "yellow lid"
    assert row == nurse.get(f"/containers/{row['uid']}")
    assert nurse.get("/containers", short_code=row["short_code"])["items"] == [row]
    assert nurse.get("/containers", short_code="2222")["items"] == []


def test_a_vial_on_hold_is_refused_with_who_may_override(
    served: Served, nurse: Caller, manager: Caller
) -> None:
    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    nurse.post(f"/lots/{lot.uid}/holds", {"reason": "suspicion", "note": "Cloudy"})
    body = {"thing": {"lot_uid": lot.uid}}

    refused = nurse.post("/containers", body, 422)
    forbidden = nurse.post("/containers", {**body, "override": {"rules": ["held"], "reason": "Clear"}}, 403)

    assert (refused["code"], refused["rules"]) == ("lot_on_hold", ["held"])
    assert refused["may_override"] == ["manager", "practitioner"]
    assert forbidden["code"] == "override_forbidden"
    assert nurse.get("/containers")["items"] == []


def test_a_container_is_put_elsewhere_and_finished_with_a_reason(served: Served, nurse: Caller) -> None:
    lot = served.clinic.lot_on_shelf(served.house.product("Filler", content_quantity=2000), "A1")
    uid = nurse.post("/containers", {"thing": {"lot_uid": lot.uid}})["container_uid"]

    nurse.post(f"/containers/{uid}/placings", {"to_uid": served.clinic.cupboard.uid})
    refused = nurse.post(f"/containers/{uid}/ending", {}, 422)
    ended = nurse.post(f"/containers/{uid}/ending", {"reason": "contaminated"}, 200)

    assert refused["code"] == "remainder_needs_reason"
    assert (ended["state"], ended["disposed_quantity"]) == ("discarded", amount("2"))
    shown = nurse.get(f"/containers/{uid}")
    assert (shown["stands_in"], shown["state"], shown["left_quantity"]) == (
        "Cupboard", "discarded", amount("0"),
    )  # fmt: skip


def test_what_was_put_elsewhere_before_is_recorded_late(served: Served, nurse: Caller) -> None:
    clinic = served.clinic
    lot = clinic.lot_on_shelf(served.house.product("Filler", content_quantity=2000), "A1", presentations=2)
    uid = nurse.post("/containers", {"thing": {"lot_uid": lot.uid}})["container_uid"]
    line = {"lot_uid": lot.uid, "from_uid": clinic.fridge.uid, "quantity": amount("2")}
    late = {"happened_at": f"{now() - timedelta(hours=80):%Y-%m-%dT%H:%M:%SZ}", "late_reason": "No power"}
    to = {"to_uid": clinic.cupboard.uid}

    moved = nurse.post("/moves", {**to, "lines": [line], **late})
    nurse.post(f"/containers/{uid}/placings", {**to, **late}, 422)
    placed = nurse.post(
        f"/containers/{uid}/placings", {**to, **late, "happened_at": f"{now():%Y-%m-%dT%H:%M:%S.%fZ}"}
    )
    nurse.post("/moves", {**to, "lines": [line], **late, "late_reason": ""}, 422)

    assert moved["broken_rules"] == ["beyond_window", "before_arrival"]  # it came in just now
    assert (placed["stands_in_uid"], placed["serves_one"], placed["broken_rules"]) == (
        clinic.cupboard.uid,
        False,
        [],
    )
    shown = nurse.get(f"/movements/{moved['movement_uid']}")
    assert (shown["is_late"], shown["occurred_at"]) == (True, late["happened_at"])


def test_a_manager_opens_nothing_and_another_clinic_finds_nothing(
    served: Served, nurse: Caller, manager: Caller, stranger: Caller
) -> None:
    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    body = {"thing": {"lot_uid": lot.uid}}

    manager.post("/containers", body, 403)
    stranger.post("/containers", body, 404)
    uid = nurse.post("/containers", body)["container_uid"]

    stranger.get(f"/containers/{uid}", 404)
    stranger.post(f"/containers/{uid}/ending", {"reason": "broken"}, 404)
    nurse.post("/containers", {**body, "colour": "red"}, 422)


def test_things_are_thrown_away_in_the_unit_of_their_product(served: Served, nurse: Caller) -> None:
    lot = served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=5)
    line = {"thing": {"lot_uid": lot.uid}, "quantity": amount("2", "piece")}
    wrong = {**line, "quantity": amount("2")}

    refused = nurse.post("/disposals", {"lines": [wrong], "reason": "broken"}, 422)
    nurse.post("/disposals", {"lines": [line], "reason": "broken"})

    assert (refused["code"], refused["expected"]) == ("unit_mismatch", "piece")
    assert served.clinic.on_hand(lot) == 3
