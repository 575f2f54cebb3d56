"""Do lots say where they lie and how they came there, and can they be stopped and put right?"""

from __future__ import annotations

from tests.api.calling import Caller, amount, manager, nurse, practitioner, stranger
from tests.builders import FAR, key
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
    notice = {"product_uid": filler.uid, "lot_number": "A1", "note": "Notice 7"}

    nurse.post("/recalls", notice, 403)
    placed = manager.post("/recalls", notice)
    again = manager.post("/recalls", notice, 409)
    (seen,) = stranger.get("/recalls")["items"]

    assert placed["lot_uids"] == [lot.uid]
    assert (again["code"], seen["uid"], seen["is_everywhere"]) == (
        "already_recalled", placed["hold_uid"], True,
    )  # fmt: skip
    manager.post(f"/recalls/{placed['hold_uid']}/release", {"note": "Withdrawn"}, 200)
    assert stranger.get("/recalls")["items"] == []


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
