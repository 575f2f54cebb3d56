"""A protocol is changed and a course planned from it: dates move, sessions fall out and are added, needs go along."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from stockroom import clock
from tests.browser.at_bench import one, shown
from tests.browser.day_of_sessions import product_of
from tests.browser.shop import Shop
from tests.browser.visiting import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]
BOOSTER = "Demo Hydra Booster"


def _patient(shop: Shop) -> str:
    """A patient of the clinic; another than the other tests' ones."""
    row = one(
        shop,
        "SELECT p.uid FROM patient p JOIN treatment_session s ON s.patient_id = p.id"
        " WHERE s.clinic_id = (SELECT min(id) FROM clinic) AND p.merged_into_id IS NULL"
        " AND p.data_key IS NOT NULL ORDER BY p.id DESC LIMIT 1 OFFSET 60",
    )
    return shown(row.uid)


def _kept(shop: Shop, patient_uid: str) -> int:
    """How many allocations are in force for sessions of this patient."""
    row = one(
        shop,
        "SELECT count(*) AS n FROM allocation JOIN treatment_session s ON s.id = allocation.session_id"
        " JOIN patient ON patient.id = s.patient_id WHERE patient.uid = :uid AND allocation.state = 'active'",
        uid=patient_uid.replace("-", ""),
    )
    return int(row.n)


def _protocol_with_a_need(doctor: Visit) -> str:
    """A template of the source texts gets what a session takes; the address of its page."""
    page = doctor.page
    doctor.go("protocols")
    page.locator("main table a", has_text="Skin").first.click()
    source = page.locator(".version-reason", has_text="From:").first.inner_text()
    assert len(source) > len("From: "), "it names its source"
    doctor.tap("Change", exact=True)
    row = page.locator(".use-row").last
    row.get_by_label("Of what").or_(row.locator("input").first).first.fill(BOOSTER)
    row.locator("input").last.fill("2 mL")
    page.get_by_label("Why it is written").fill("What one session takes")
    doctor.press(page.locator("main .acts .btn-primary"))
    page.get_by_text("Courses that are planned keep theirs").wait_for()
    now = page.locator(".version-approved")
    expect(now).to_contain_text(BOOSTER)
    expect(now).to_contain_text(source.removeprefix("From: "))
    return page.url.rsplit("/", 1)[1]


def test_a_course_is_planned_moved_and_falls_out_session_by_session(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    doctor = visit("practitioner")
    doctor.expects_refusals = True
    page = doctor.page
    protocol_uid = _protocol_with_a_need(doctor)
    patient_uid = _patient(shop)
    today = clock.civil_date(clock.now(), "Europe/Sofia")

    doctor.go(f"courses/new?patient={patient_uid}&protocol={protocol_uid}")
    page.get_by_label("First session").fill(today.isoformat())
    page.get_by_label("Time").fill("23:59")
    page.get_by_label("Sessions", exact=True).fill("4")
    doctor.tap("Show the days")
    assert page.locator(".course-days .need-chip").count() == 4
    doctor.press(page.locator("main .acts .btn-primary"))
    page.wait_for_url("**/courses/*")
    sessions = page.locator("li.course-session")
    assert sessions.count() == 4
    expect(sessions.nth(1).locator(".need-chip")).to_contain_text(BOOSTER)
    course = page.url

    doctor.go(f"products/{product_of(shop, BOOSTER)}")  # the days on which it is needed
    assert page.locator("section, main").filter(has_text="Planned sessions").count()

    page.goto(course)
    sessions.nth(0).locator(".course-when").click()
    doctor.tap("Lay out what it needs")
    doctor.tap("First to expire")
    page.get_by_text("everything is laid out").wait_for()
    kept = _kept(shop, patient_uid)
    page.goto(course)
    moving = sessions.nth(0)
    moving.locator("summary").click()
    moving.get_by_label("Day", exact=True).fill((today + timedelta(days=1)).isoformat())
    moving.get_by_label("Move all that follow").check()
    moving.get_by_role("button", name="Move", exact=True).click()
    page.get_by_text("4 sessions moved.").wait_for()
    assert (kept, _kept(shop, patient_uid)) == (1, 0), "what was kept for today is free again"

    second = sessions.nth(1)
    second.locator("summary").click()
    second.get_by_label("Day", exact=True).fill((today + timedelta(days=3)).isoformat())
    second.get_by_role("button", name="Move", exact=True).click()
    why = sessions.nth(1).get_by_label("Why it is sooner than the protocol says")
    why.fill("She travels")
    sessions.nth(1).get_by_role("button", name="Move", exact=True).click()
    expect(sessions.nth(1)).to_contain_text("She travels")

    for nth, button, word in ((2, "Nobody came", "did not come"), (3, "Cancel this session", "cancelled")):
        sessions.nth(nth).locator("summary").click()
        sessions.nth(nth).get_by_role("button", name=button).click()
        page.get_by_text("What was kept for it is free again").wait_for()
        expect(sessions.nth(nth)).to_contain_text(word)
    added = page.locator("#add")
    assert (
        added.get_by_label("Time").input_value() == "23:59"
        and added.get_by_label("Day", exact=True).input_value()
    )
    added.get_by_role("button", name="Plan it").click()
    page.get_by_text("One more session is planned.").wait_for()

    assert sessions.count() == 5
    assert page.locator("li.course-fell-out").count() == 2
    assert doctor.faults == []
