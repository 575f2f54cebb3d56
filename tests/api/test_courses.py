"""Are protocols kept, and courses planned, moved and ended, over the API?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from stockroom.clock import now
from tests.api.calling import Caller, amount, nurse, practitioner, stranger
from tests.builders import key
from tests.serving import Served
from tests.sessions import patient

__all__ = ["nurse", "practitioner", "stranger"]


def _says(**more: Any) -> dict[str, Any]:
    return {
        "name": "Skin",
        "reason": "Agreed",
        "sessions_from": 3,
        "interval": {"least": 3, "most": 4, "unit": "weeks"},
        **more,
    }


def _day(weeks: int) -> datetime:
    return now() + timedelta(weeks=weeks, hours=1)


def _plan(served: Served, *weeks: int, **more: Any) -> dict[str, Any]:
    planned_at = [_day(each).isoformat() for each in weeks]
    return {"patient_uid": patient(served.house), "planned_at": planned_at, **more}


def test_a_protocol_is_written_read_and_changed_by_who_has_read_it(
    served: Served, practitioner: Caller, nurse: Caller
) -> None:
    filler = served.house.product("Filler")
    needs = [{"product_uid": filler.uid, "quantity": amount("2"), "use": "treatment"}]

    written = practitioner.post("/protocols", _says(needs=needs, areas=["face"], technique="nappage"))
    path = f"/protocols/{written['protocol_uid']}"
    answer = practitioner.client.get(f"/api/v1{path}")
    practitioner.put(path, _says(), 428)
    changed = practitioner.put(path, _says(name="Skin 2"), If_Match=answer.headers["ETag"])
    practitioner.put(path, _says(), 412, If_Match=answer.headers["ETag"])
    retired = practitioner.put(f"{path}/retirement", {"is_retired": True}, If_Match='"2"')

    shown = nurse.get(path)
    assert (shown["name"], len(shown["versions"]), changed["number"], retired["version"]) == (
        "Skin 2",
        2,
        2,
        3,
    )
    assert shown["versions"][1]["needs"][0]["quantity"] == amount("2")
    assert nurse.get("/protocols")["items"][0]["retired_at"] is not None
    assert nurse.post("/protocols", _says(name="Hair"), 403)["code"] == "action_forbidden"
    assert practitioner.post("/protocols", _says(name="Hair", moon=1), 422)
    assert practitioner.post("/protocols", _says(name="Hair", areas=["moon"]), 422)["code"] == "invalid_value"


def test_a_course_is_planned_moved_lengthened_and_ended(
    served: Served, nurse: Caller, practitioner: Caller, stranger: Caller
) -> None:
    filler = served.house.product("Filler", content_quantity=2_000)
    served.clinic.lot_on_shelf(filler, "A1")
    needs = [{"product_uid": filler.uid, "quantity": amount("2")}]
    template = practitioner.post("/protocols", _says(needs=needs))["protocol_uid"]
    body, request = _plan(served, 1, 4, protocol_uid=template, external_reference="C-7"), key("api")

    planned = nurse.post("/courses", body, request=request)
    assert nurse.post("/courses", body, request=request) == planned
    path = f"/courses/{planned['course_uid']}"
    shown = nurse.get(path)

    assert [each["needs"][0]["is_short"] for each in shown["sessions"]] == [False, True]
    assert nurse.get("/courses", external_reference="C-7", state="running")["items"] == [shown["course"]]
    move = {"session_uid": planned["session_uids"][1], "planned_at": _day(3).isoformat()}
    assert nurse.post(f"{path}/moves", move, 422, If_Match='"1"')["code"] == "interval_too_short"
    moved = nurse.post(f"{path}/moves", {**move, "interval_reason": "Asked"}, 200, If_Match='"1"')
    nurse.post(f"{path}/moves", move, 412, If_Match='"1"')
    added = nurse.post(f"{path}/sessions", {"planned_at": _day(8).isoformat()}, If_Match='"2"')
    over = nurse.post(f"{path}/ending", None, 200, If_Match='"3"')

    assert (moved["version"], added["version"], len(over["cancelled"])) == (2, 3, 3)
    assert nurse.get(path)["answers"][0]["reason"] == "Asked"
    assert nurse.post(f"{path}/ending", None, 409, If_Match='"4"')["code"] == "course_ended"
    stranger.get(path, 404)


def test_nonsense_is_refused(served: Served, nurse: Caller) -> None:
    assert nurse.post("/courses", _plan(served, 1), 422)["code"] == "invalid_value"  # no name, no protocol
    assert nurse.post("/courses", _plan(served, -2, name="Late"), 422)["code"] == "planned_in_past"
    assert nurse.post("/courses", _plan(served, 1, name="X", moon=True), 422)
    nurse.post("/courses", {**_plan(served, 1, name="X"), "patient_uid": "nobody"}, 422)


def test_an_agenda_comes_in_by_its_numbers_as_often_as_it_is_sent(served: Served, nurse: Caller) -> None:
    ana = {"reference": "P-7", "name": "Ana Demo", "born_on": "1990-04-01"}
    registered = nurse.post("/patients/matches", ana, 200)
    assert nurse.post("/patients/matches", ana, 200) == {**registered, "is_new": False}
    assert nurse.post("/patients/matches", {**ana, "name": "Eva Demo"}, 422)["code"] == "table_has_faults"
    visit = {"external_reference": "V-7", "patient_reference": "P-7", "planned_at": _day(1).isoformat()}
    visit["course_reference"] = "C-9"

    first = nurse.post("/sessions/matches", {"sessions": [visit]}, 200)
    again = nurse.post("/sessions/matches", {"sessions": [visit]}, 200)
    moved = nurse.post("/sessions/matches", {"sessions": [{**visit, "planned_at": _day(2).isoformat()}]}, 200)

    assert [(each["added"], each["changed"], each["unchanged"]) for each in (first, again, moved)] == [
        (1, 0, 0), (0, 0, 1), (0, 1, 0),
    ]  # fmt: skip
    (found,) = nurse.get("/sessions", external_reference="V-7")["items"]
    assert (found["uid"], found["version"]) == (first["sessions"][0]["session_uid"], 2)
    assert found["patient_uid"] == registered["patient_uid"]
    assert nurse.get("/courses", external_reference="C-9")["items"][0]["session_count"] == 1
    wrong = nurse.post("/sessions/matches", {"sessions": [{**visit, "patient_reference": "P-8"}]}, 422)
    assert (wrong["code"], "P-8" in str(wrong)) == ("table_has_faults", False)
    nurse.post("/sessions/matches", {"sessions": [{**visit, "patient_uid": found["patient_uid"]}]}, 422)
    with_course = {**_plan(served, 9, name="Mine"), "external_reference": "C-9"}
    assert nurse.post("/courses", with_course, 422)["code"] == "course_reference_taken"


def test_what_another_software_sends_is_tried_first_and_every_fault_has_its_place(
    served: Served, nurse: Caller
) -> None:
    ana = {"reference": "P-7", "name": "Ana Demo"}
    for _ in range(2):  # the second finds her as little as the first did
        dry = nurse.post("/patients/matches", {**ana, "dry_run": True}, 200)
        assert dry == {"patient_uid": None, "is_new": True}
    uid = nurse.post("/patients/matches", ana, 200)["patient_uid"]
    assert nurse.post("/patients/matches", {**ana, "dry_run": True}, 200) == {
        "patient_uid": uid,
        "is_new": False,
    }
    good = {"external_reference": "V-7", "patient_reference": "P-7", "planned_at": _day(1).isoformat()}
    late = {**good, "external_reference": "V-8", "planned_at": _day(-2).isoformat()}
    lost = {**good, "external_reference": "V-9", "patient_reference": "P-404", "room_uid": served.clinic.uid}

    tried = nurse.post("/sessions/matches", {"sessions": [good], "dry_run": True}, 200)
    for dry_run in (True, False):
        body = {"sessions": [good, late, good, lost], "dry_run": dry_run}
        refused = nurse.post("/sessions/matches", body, 422)
        assert [(each["line"], each["column"], each["code"]) for each in refused["faults"]] == [
            (2, "planned_at", "day_is_past"), (3, "external_reference", "same_as_line"),
            (4, "patient_reference", "not_known"), (4, "room_uid", "not_known"),
        ]  # fmt: skip
        assert (refused["count"], refused["column"], "P-404" in str(refused)) == (4, "planned_at", False)

    assert (tried["added"], tried["dry_run"], tried["sessions"]) == (1, True, [])
    assert nurse.get("/sessions", external_reference="V-7")["items"] == []
