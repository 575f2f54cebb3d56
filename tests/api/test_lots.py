"""Do lots say where they lie and how they came there, and can they be stopped and put right?"""

from __future__ import annotations

from tests.api.calling import Caller, amount, manager, nurse, practitioner, stranger
from tests.builders import FAR, key
from tests.recalls import notice_sent
from tests.serving import Served

__all__ = ["manager", "nurse", "practitioner", "stranger"]
NOBODY = "00000000-0000-7000-8000-000000000000"


def test_lots_are_listed_by_product_number_and_place(served: Served, nurse: Caller) -> None:
    filler, other = served.house.product("Filler", content_quantity=2000), served.house.product("Other")
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=2)
    served.clinic.lot_on_shelf(other, "A1", at=served.clinic.cupboard)

    for query in ({"product_uid": filler.uid}, {"location_uid": served.clinic.fridge.uid}):
        (row,) = nurse.get("/lots", **query)["items"]
        assert (row["uid"], row["on_hand"]) == (lot.uid, amount("4"))
    assert len(nurse.get("/lots", number="A1")["items"]) == 2
    assert nurse.get("/lots", number="a1")["items"] == []
    assert nurse.get("/lots", colour="red", status=422)["errors"] == {"query": {"colour": ["Unknown field."]}}


def test_a_lot_shows_its_places_and_its_statement_page_by_page(served: Served, nurse: Caller) -> None:
    filler = served.house.product("Filler", content_quantity=2000)
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    for quantity in ("2", "4"):
        line = {"lot_uid": lot.uid, "from_uid": served.clinic.fridge.uid, "quantity": amount(quantity)}
        nurse.post("/moves", {"to_uid": served.clinic.cupboard.uid, "lines": [line]})

    (place,) = nurse.get(f"/lots/{lot.uid}")["places"]
    first = nurse.get(f"/lots/{lot.uid}/statement", limit=2)
    second = nurse.get(f"/lots/{lot.uid}/statement", limit=2, cursor=first["next_cursor"])

    assert (place["location_name"], place["quantity"], place["is_usable"]) == ("Cupboard", amount("6"), True)
    assert [line["movement_kind"] for line in first["items"] + second["items"]] == [
        "receive", "transfer", "transfer",
    ]  # fmt: skip
    assert second["next_cursor"] is None


def test_a_hold_stops_a_lot_until_it_is_lifted(
    served: Served, nurse: Caller, manager: Caller, stranger: Caller
) -> None:
    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    why = {"reason": "suspicion", "note": "Cloudy"}

    stranger.post(f"/lots/{lot.uid}/holds", why, 404)
    hold = nurse.post(f"/lots/{lot.uid}/holds", why)
    (listed,) = nurse.get("/holds")["items"]
    stopped = nurse.get(f"/lots/{lot.uid}")["places"][0]["is_usable"]
    nurse.post(f"/holds/{hold['hold_uid']}/release", {"note": "Looked at"}, 403)
    manager.post(f"/holds/{hold['hold_uid']}/release", {"note": "Looked at"}, 200)

    assert (listed["uid"], listed["lot_number"], stopped) == (hold["hold_uid"], "A1", False)
    assert nurse.get("/holds")["items"] == []
    assert [row["release_note"] for row in nurse.get("/holds", with_released="true")["items"]] == [
        "Looked at"
    ]
    assert nurse.get(f"/lots/{lot.uid}")["places"][0]["is_usable"] is True


def test_a_hold_of_a_place_names_what_lies_there(served: Served, nurse: Caller) -> None:
    served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    path = f"/locations/{served.clinic.fridge.uid}/holds"

    recall = nurse.post(path, {"reason": "recall", "note": "x"}, 422)
    placed = nurse.post(path, {"reason": "temperature", "note": "12 degrees"})

    assert "A recall is declared at /recalls." in recall["errors"]["json"]["reason"][0]
    assert placed["place_count"] == 1
    assert [place["lot_number"] for place in nurse.get("/holds")["items"][0]["places"]] == ["A1"]


def test_a_recall_counts_in_every_clinic_and_ends_in_every_clinic(
    served: Served, nurse: Caller, manager: Caller, stranger: Caller
) -> None:
    filler = served.house.product("Filler")
    lot = served.clinic.lot_on_shelf(filler, "A1")
    notice = notice_sent(filler.uid, "A1", reference="Notice 7")

    nurse.post("/recalls", notice, 403)
    placed = manager.post("/recalls", notice)
    again = manager.post("/recalls", notice, 409)
    (seen,) = stranger.get("/recalls")["items"]

    assert placed["lot_uids"] == [lot.uid]
    assert (again["code"], seen["uid"], seen["held"]) == ("already_recalled", placed["case_uid"], 1)
    (held,) = stranger.get(f"/recalls/{placed['case_uid']}")["holds"]
    assert held["uid"] == placed["hold_uids"][0] and held["released_at"] is None
    manager.post(f"/recalls/holds/{held['uid']}/release", {"note": "Withdrawn"}, 200)
    assert stranger.get(f"/recalls/{placed['case_uid']}")["held"] == 0


def test_a_recall_goes_its_way_from_notice_to_closing(
    served: Served, manager: Caller, practitioner: Caller, nurse: Caller
) -> None:
    filler = served.house.product("Filler")
    asked = notice_sent(filler.uid, "A1", reference="Notice 8")
    letter = {"file_name": "letter.pdf", "content": "JVBERi0xLjQ="}
    case = manager.post("/recalls", {**asked, "lines": [], "file": letter})
    path = f"/recalls/{case['case_uid']}"
    search = {"lines": [{"kind": "lot", "first": "A1"}], "statement": "Looked everywhere."}

    assert manager.get(path)["state"] == "filed" and case["file_uid"] is not None
    manager.post(f"{path}/findings", search)
    assert manager.get(path)["state"] == "not_affected"
    served.clinic.lot_on_shelf(filler, "A1")
    manager.post(f"{path}/findings", search, 409)
    added = manager.post(f"{path}/lines", {"lines": asked["lines"]})
    manager.post(f"{path}/notices", {"notice": {**asked["notice"], "reference": "Notice 8b"}})
    assert len(added["lot_uids"]) == 1 and nurse.get(f"{path}/sessions")["items"] == []
    assert manager.post(f"{path}/closing", {"reason": "All returned."}, 403)["code"] == "own_recall"
    left = practitioner.post(f"{path}/closing", {"reason": "All returned."}, 422)
    assert left["code"] == "stock_not_accounted_for"
    practitioner.post(f"{path}/closing", {"reason": "All returned.", "releases": True}, 200)
    manager.post(f"{path}/notices", {"notice": {**asked["notice"], "reference": "Notice 9"}}, 409)
    assert manager.get("/recalls")["items"] == []
    again = manager.post(f"{path}/reopening", {"reason": "Another box was found."}, 200)
    assert len(again["hold_uids"]) == 1
    manager.post(f"{path}/release", {"note": "It was another lot."}, 200)
    seen = manager.get(path)
    assert [step["kind"] for step in seen["steps"]] == [
        "released", "closed", "reopened", "held_again", "released",
    ]  # fmt: skip


def test_a_wrong_number_is_put_right_and_stays_findable(
    served: Served, nurse: Caller, practitioner: Caller
) -> None:
    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    right = {"number": "AI", "expires_on": FAR.isoformat(), "reason": "Misread"}
    request = key("correct")

    nurse.post(f"/lots/{lot.uid}/correction", right, 403)
    corrected = practitioner.post(f"/lots/{lot.uid}/correction", right, request=request)
    again = practitioner.post(f"/lots/{lot.uid}/correction", right, request=request)

    assert corrected == again
    shown = nurse.get(f"/lots/{corrected['lot_uid']}")
    assert (shown["lot"]["number"], [name["number"] for name in shown["former_names"]]) == ("AI", ["A1"])
    assert nurse.get(f"/lots/{lot.uid}")["lot"]["superseded_by_uid"] == corrected["lot_uid"]


def test_another_clinics_lot_is_the_same_as_none(served: Served, stranger: Caller) -> None:
    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")

    for path in ("", "/statement"):
        theirs = stranger.get(f"/lots/{lot.uid}{path}", 404)
        none = stranger.get(f"/lots/{NOBODY}{path}", 404)
        assert {**theirs, "uid": 0, "instance": 0, "request_id": 0, "detail": 0} == {
            **none, "uid": 0, "instance": 0, "request_id": 0, "detail": 0,
        }  # fmt: skip
        stranger.get(f"/lots/no-uid{path}", 404)
