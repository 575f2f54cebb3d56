"""Are the jobs shown to those who keep the house, and run when they ask?"""

from __future__ import annotations

from stockroom.jobs.runner import Workshop, attend
from stockroom.rules.timetable import PLANS
from tests.api.asking import Asking, accepted, refused
from tests.jobs.shop import NotingPostman
from tests.serving import Served


def test_jobs_are_shown_with_their_next_and_last_run(served: Served) -> None:
    manager = Asking(served, served.clinic.manager)
    before = manager.get("jobs").get_json()["items"]

    attend(Workshop(store=served.store, postman=NotingPostman()))
    after = manager.get("jobs").get_json()["items"]

    assert [job["name"] for job in before] == [plan.name for plan in PLANS]
    assert all(job["last_run_at"] is None and job["next_run_at"] for job in before)
    assert all(job["last_run"]["state"] == "done" for job in after)
    refused(Asking(served, served.clinic.nurse).get("jobs"), 403, "action_forbidden")


def test_a_run_is_asked_for_and_taken_by_the_schedule(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    shop = Workshop(store=served.store, postman=NotingPostman())
    attend(shop)

    asked = accepted(manager, nurse, "POST", "jobs/anchor/runs", status=202)
    waiting = {job["name"]: job["unfinished"] for job in manager.get("jobs").get_json()["items"]}
    reports = attend(shop)
    after = {job["name"]: job for job in manager.get("jobs").get_json()["items"]}

    assert asked["job"] == "anchor"
    assert waiting["anchor"]["state"] == "waiting" and waiting["verify"] is None
    assert "anchor" in [report.job for report in reports]
    assert after["anchor"]["unfinished"] is None
    assert after["anchor"]["last_run"]["is_by_hand"] is True


def test_a_job_that_there_is_not_is_not_found(served: Served) -> None:
    refused(Asking(served, served.clinic.manager).post("jobs/nothing/runs"), 404, "job_unknown")
