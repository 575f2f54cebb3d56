"""Are alerts shown with what they are about, and answered by those whom they concern?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from stockroom.clock import now
from stockroom.jobs.runner import Workshop, run
from stockroom.notices import AlertKind
from stockroom.operations.raise_alert import RaiseAlert, raise_alert
from stockroom.rules.alerting import Cause
from stockroom.vocabulary import Role
from tests.api.asking import NOBODYS_UID, Asking, refused
from tests.builders import key
from tests.jobs.shop import NotingPostman, minimum
from tests.serving import Served


def _told(served: Served) -> dict[str, Any]:
    """A lot that expires soon and a product that is low, both told of."""
    today = now().date()
    served.clinic.lot_on_shelf(
        served.house.product("Filler"), "A1", expires_on=today + timedelta(days=5), now=now()
    )
    minimum(served.clinic, served.house.product("Serum"), 3)
    shop = Workshop(store=served.store, postman=NotingPostman())
    for job in ("expiring", "low-stock"):
        assert run(shop, job).ok
    items = Asking(served, served.clinic.nurse).items("alerts")
    return {item["kind"]: item for item in items}


def test_alerts_say_what_they_are_about_and_what_to_do(served: Served) -> None:
    told = _told(served)

    expiring, low = told["expiring"], told["low_stock"]
    assert expiring["thing"]["lot_number"] == "A1"
    assert expiring["thing"]["places"] == ["Fridge"]
    assert expiring["thing"]["quantity"] == {"quantity": "5", "unit": "mL"}
    assert expiring["thing"]["worth"] is None
    assert (expiring["severity"], expiring["state"]) == ("urgent", "open")
    assert low["thing"]["name"] == "Serum" and low["thing"]["quantity"] is None
    assert all(item["title"] and item["advice"] for item in told.values())


def test_alerts_are_narrowed(served: Served) -> None:
    _told(served)
    nurse = Asking(served, served.clinic.nurse)

    assert [item["kind"] for item in nurse.items("alerts", kind="expiring")] == ["expiring"]
    assert {item["kind"] for item in nurse.items("alerts", severity="urgent")} == {"expiring", "low_stock"}
    assert nurse.items("alerts", severity="note") == []
    assert nurse.items("alerts", subject_uid=NOBODYS_UID) == []
    assert len(nurse.items("alerts", waiting="true", concerning_me="true")) == 2
    refused(nurse.get("alerts", kind="nothing"), 422, "invalid_fields")


def test_an_alert_is_acknowledged_by_whom_it_concerns(served: Served) -> None:
    told = _told(served)
    nurse = Asking(served, served.clinic.nurse)
    stranger = Asking(served, served.house.another_clinic().nurse)
    path = f"alerts/{told['expiring']['uid']}/acknowledgement"

    refused(stranger.post(path), 404, "thing_not_found")
    refused(nurse.post(path, with_key=None), 400, "key_missing")
    first, second = (nurse.post(path, with_key="answer-once") for _ in range(2))

    assert first.status_code == 201 and first.get_json()["state"] == "acknowledged"
    assert first.get_json() == second.get_json()
    assert [item["kind"] for item in nurse.items("alerts", waiting="true")] == ["low_stock"]
    (shown,) = nurse.items("alerts", kind="expiring")
    assert shown["answered_by"].startswith("Nurse")


def test_an_alert_is_put_off_until_then(served: Served) -> None:
    told = _told(served)
    manager = Asking(served, served.clinic.manager)
    until = (now() + timedelta(days=2)).isoformat()
    path = f"alerts/{told['low_stock']['uid']}/snooze"

    refused(manager.post(path, {"until": until, "unheard_of": 1}), 422, "invalid_fields")
    answered = manager.post(path, {"until": until}).get_json()

    assert answered["state"] == "snoozed" and answered["snoozed_until"] is not None
    past = (now() - timedelta(days=2)).isoformat()
    refused(manager.post(path, {"until": past}), 422, "invalid_value")
    assert [item["kind"] for item in manager.items("alerts", waiting="true")] == ["expiring"]


def test_an_alert_about_jobs_is_not_a_nurses(served: Served) -> None:
    cause = Cause(
        kind=AlertKind.JOB_LATE,
        subject_kind="job",
        subject_uid=NOBODYS_UID,
        period="x",
        facts={"job": "anchor"},
    )
    raised = raise_alert(
        served.store, RaiseAlert(cause=cause), actor=served.clinic.system, key=key(), now=now()
    )
    nurse, administrator = (
        Asking(served, actor) for actor in (served.clinic.nurse, served.clinic.administrator)
    )

    answer = nurse.post(f"alerts/{raised.alert_uid}/acknowledgement")

    refused(answer, 403, "alert_not_yours")
    assert Role.ADMINISTRATOR.value in answer.get_json()["concerns"]
    assert nurse.items("alerts", concerning_me="true") == []
    (item,) = administrator.items("alerts", concerning_me="true")
    assert item["facts"] == {"job": "anchor"} and item["thing"] is None
