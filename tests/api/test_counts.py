"""Is a count made over HTTP: begun, found, asked about, compared and confirmed once?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.calling import Caller, amount, manager, nurse, practitioner, stranger
from tests.builders import LotAt, key
from tests.serving import PASSWORD, Served

__all__ = ["manager", "nurse", "practitioner", "stranger"]


@pytest.fixture
def lot(served: Served) -> LotAt:
    return served.clinic.lot_on_shelf(served.house.needle(), "N1", presentations=9)


def found(served: Served, lot: LotAt, pieces: int) -> dict[str, Any]:
    return {
        "lot_uid": lot.uid,
        "location_uid": served.clinic.fridge.uid,
        "found_quantity": amount(str(pieces), "piece"),
    }


def test_a_blind_count_is_begun_found_and_confirmed_by_two(
    served: Served, lot: LotAt, nurse: Caller, manager: Caller
) -> None:
    scope, request = {"location_uid": served.clinic.fridge.uid}, key("count")
    begun = nurse.post("/counts", scope, request=request)
    again = nurse.post("/counts", scope, request=request)
    path = f"/counts/{begun['count_uid']}"
    blind = nurse.get(path)

    first = nurse.post(f"{path}/finds", {"finds": [found(served, lot, 3)]})
    asked = manager.post(f"{path}/finds", {"finds": [found(served, lot, 2)]}, 409)
    decided = {"finds": [found(served, lot, 2)], "again": "replace", "seen": first["find_uids"]}
    manager.post(f"{path}/finds", decided)
    (thing,) = nurse.get(path)["counted"]
    (find,) = thing["finds"]
    nurse.put(f"{path}/finds/{find['uid']}", {"reason": "lost"}, If_Match='"1"')
    shown = nurse.get(path)
    tag = f'"{shown["version"]}"'
    alone = nurse.post(f"{path}/confirmation", {}, 422, If_Match=tag)
    stale = nurse.post(f"{path}/confirmation", {}, 412, If_Match='"1"')
    second = {"email": served.email_with_password(served.clinic.manager), "password": PASSWORD}
    booked = nurse.post(f"{path}/confirmation", {"second_person": second}, If_Match=tag)

    assert begun == again
    assert (blind["uncounted"][0]["book_quantity"], blind["counted"]) == (None, [])
    assert (asked["code"], asked["counted_by"]) == ("counted_before", "Nurse Vitosha")
    assert (thing["book_quantity"], thing["found_quantity"]) == (amount("9", "piece"), amount("2", "piece"))
    assert shown["why_second"] == ["many of a worth that nobody knows"]
    assert (alone["code"], stale["code"]) == ("count_needs_second_person", "count_changed")
    assert nurse.get(path)["stocktake_uid"] == booked["stocktake_uid"]
    told = nurse.get(f"/stocktakes/{booked['stocktake_uid']}")
    assert (told["second_person"], told["lines"][0]["counted_by"]) == ("Manager Vitosha", "Manager Vitosha")
    assert served.clinic.on_hand(lot) == 2
    assert nurse.get("/counts", is_open="true")["items"] == []


def test_a_find_is_taken_off_and_a_count_given_up(served: Served, lot: LotAt, nurse: Caller) -> None:
    path = f"/counts/{nurse.post('/counts', {'is_blind': False})['count_uid']}"
    (uid,) = nurse.post(f"{path}/finds", {"finds": [found(served, lot, 3)]})["find_uids"]
    nurse.send("delete", f"{path}/finds/{uid}", None, 200, If_Match='"1"')
    shown = nurse.get(path)

    given_up = nurse.post(f"{path}/giving-up", None, 200, If_Match=f'"{shown["version"]}"')
    over = nurse.post(f"{path}/finds", {"finds": [found(served, lot, 3)]}, 409)

    assert [each["book_quantity"] for each in shown["uncounted"]] == [amount("9", "piece")]
    assert given_up["count_uid"] == shown["uid"]
    assert over["code"] == "count_over"
    assert nurse.get(path)["state"] == "given_up"


def test_who_may_not_count_and_what_is_of_another_clinic(
    served: Served, lot: LotAt, nurse: Caller, practitioner: Caller, stranger: Caller
) -> None:
    path = f"/counts/{nurse.post('/counts', {})['count_uid']}"

    practitioner.post("/counts", {}, 403)
    practitioner.get(path)
    stranger.get(path, 404)
    stranger.post(f"{path}/finds", {"finds": [found(served, lot, 3)]}, 404)
    nurse.post("/counts", {"colour": "red"}, 422)
    nurse.post(f"{path}/finds", {"finds": []}, 422)
