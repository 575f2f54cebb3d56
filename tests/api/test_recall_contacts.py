"""Are patients of a recall told, its issuer answered, and exercises held over HTTP?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.clock import now
from stockroom.models import ProductHold
from tests.api.calling import Caller, manager, nurse, stranger
from tests.builders import Goods
from tests.recall_cases import case_of
from tests.receiving import rows_of
from tests.serving import Served
from tests.sessions import line, patient, session, used

__all__ = ["manager", "nurse", "stranger"]
AT = "2026-03-01T10:00:00+02:00"


class Used:
    """A filler of lot A1, of which one patient got something."""

    def __init__(self, served: Served) -> None:
        self.filler: Goods = served.house.product("Filler")
        lot = served.clinic.lot_on_shelf(self.filler, "A1", presentations=9)
        self.patient_uid = patient(served.house)
        visit = session(served.house, self.patient_uid, now=now(), planned_at=now())
        used(served.house, visit, line(lot, 5000), now=now())


@pytest.fixture
def known(served: Served) -> Used:
    return Used(served)


def _attempt(**said: Any) -> dict[str, Any]:
    return {"channel": "phone", "tried_at": AT, "outcome": "no_answer", **said}


def test_a_patient_is_told_and_the_issuer_is_answered(
    served: Served, known: Used, nurse: Caller, manager: Caller, stranger: Caller
) -> None:
    path = f"/recalls/{case_of(served.house, known.filler, 'A1')}"
    attempts = f"{path}/contacts/{known.patient_uid}/attempts"

    nurse.post(attempts, {"channel": "owl"}, 422)
    nurse.post(attempts, _attempt(outcome="unreachable", next_step="call_again"), 422)
    (uid,) = nurse.post(attempts, _attempt(outcome="reached"))["attempt_uids"]
    (reached,) = nurse.get(f"{path}/contacts")["items"]
    nurse.post(f"{path}/attempts/{uid}/withdrawal", {}, 200)
    nurse.post(f"{path}/attempts/{uid}/withdrawal", {}, 409)
    nurse.post(f"{path}/letters", {"subject": "About", "body": "Dear {who}"}, 422)
    assert nurse.post(f"{path}/letters", {"subject": "About", "body": "Dear {name}"})["number"] == 1
    nurse.post(f"{path}/letters-sent", {"patient_uids": [known.patient_uid], "sent_at": AT})
    (sent,) = nurse.get(f"{path}/contacts")["items"]
    nurse.post(f"{path}/checks", {"level": "C"}, 403)
    assert manager.post(f"{path}/checks", {"level": "C"})["share"] == 10
    told = manager.get(f"{path}/reply")
    reply = {"seen": told["seen"], "sent_to": "Demo Supply", "sent_how": "portal", "sent_at": AT}
    stale = manager.post(f"{path}/replies", {**reply, "seen": "0" * 64}, 412)
    first = manager.post(f"{path}/replies", reply)
    (kept,) = manager.get(f"{path}/replies")["items"]

    assert (reached["state"], sent["state"], len(sent["attempts"])) == ("reached", "trying", 2)
    assert stale["code"] == "reply_changed" and first["number"] == 1
    assert told["is_complete"] and told["lines"][0]["sums"]["used"] == 5000
    assert kept["lines"] == told["lines"] and "id" not in kept
    assert stranger.get(f"{path}/contacts")["items"] == []


def test_an_exercise_is_held_in_one_request(
    served: Served, known: Used, nurse: Caller, manager: Caller
) -> None:
    body = {"product_uid": known.filler.uid, "lot_number": "A1"}

    nurse.post("/mock-recalls", body, 403)
    manager.post("/mock-recalls", {**body, "lot_number": ""}, 422)
    manager.post("/mock-recalls", {**body, "product_uid": known.patient_uid}, 404)
    done = manager.post("/mock-recalls", body)
    (listed,) = manager.get("/mock-recalls")["items"]

    assert listed == done
    assert (done["lots"], done["sessions"], done["patients"], done["is_complete"]) == (1, 1, 1, True)
    assert done["listed_after_ms"] >= 0 and not rows_of(served.store, ProductHold)
    attempts = f"/recalls/{done['case_uid']}/contacts/{known.patient_uid}/attempts"
    assert nurse.post(attempts, _attempt(), 422)["code"] == "exercise_reaches_nobody"
