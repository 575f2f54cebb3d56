"""Is a course planned, seen, moved and ended on screen, and are its protocols written there?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from stockroom.models import Course, IntervalAnswer, ProtocolVersion, TreatmentSession
from stockroom.operations.plan_session import NeedOf
from tests.builders import NOW, Goods
from tests.courses import at, course, protocol
from tests.patients import register
from tests.serving import Browser, Served
from tests.sessions import patient, rows
from tests.web.sending import fill_in, hidden_of, post

TODAY = NOW.date()


@pytest.fixture
def path(served: Served, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setitem(served.app.extensions, "stockroom_clock", lambda: NOW)
    return f"/c/{served.clinic.uid}/courses"


@pytest.fixture
def nurse(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


def _filler(served: Served, packs: int = 2) -> Goods:
    filler = served.house.product("Filler <b>", content_quantity=2_000)
    served.clinic.lot_on_shelf(filler, "A1", presentations=packs)
    return filler


def _plan(**more: str) -> dict[str, str]:
    return {
        "act": "plan", "first_on": "2026-03-09", "at": "10:30", "count": "3", "step_count": "3", "step_unit": "weeks",
        **more,
    }  # fmt: skip


def _ana(served: Served) -> str:
    """A patient who has been here."""
    uid = patient(served.house)
    course(served.house, TODAY, patient_uid=uid, name="Once")
    return uid


def test_a_course_is_planned_from_a_protocol_once_and_shown_with_what_is_short(
    served: Served, nurse: Browser, path: str
) -> None:
    filler = _filler(served)
    template = protocol(served.house, "Skin", NeedOf(product_uid=filler.uid, quantity=2_000))
    ana = _ana(served)
    address = f"{path}/new?patient={ana}&protocol={template.protocol_uid}"
    page = nurse.get(address).text
    assert "3–6 sessions" in page and "3–4 weeks" in page and 'value="2 mL"' in page

    form = hidden_of(nurse, address) | _plan(protocol_uid=template.protocol_uid)
    form |= {"needs-0-name": "Filler <b>", "needs-0-amount": "2 mL"}
    first, again = (post(nurse, f"{path}/new", form) for _ in range(2))

    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    assert len(rows(served.store, TreatmentSession)) == 4
    shown = nurse.get(first.headers["Location"]).text
    assert "Skin" in shown and "Filler &lt;b&gt;" in shown and "9 Mar 2026 10:30" in shown
    assert shown.count("course-session course-short") == 1  # two are here, three are needed
    assert "Skin" in nurse.get(path).text
    assert "Skin" in nurse.get(f"{path}/courses.csv").text
    assert "Skin" in nurse.get(f"/c/{served.clinic.uid}/patients/{ana}").text


def test_the_days_are_shown_before_anything_is_planned_and_a_refused_form_keeps_what_was_typed(
    served: Served, nurse: Browser, path: str
) -> None:
    template, ana = protocol(served.house), _ana(served)
    address = f"{path}/new?patient={ana}"

    looked = fill_in(
        nurse, address, **_plan(act="days", first_on="2026-03-31", step_count="1", step_unit="months")
    )
    assert looked.status_code == 200 and "30 Apr 2026" in looked.text and "31 May 2026" in looked.text

    soon = _plan(protocol_uid=template.protocol_uid, step_count="2", name="Before the <i>wedding")
    asked = fill_in(nurse, address, **soon)
    assert asked.status_code == 422 and "Why it is sooner" in asked.text
    assert "Before the &lt;i&gt;wedding" in asked.text
    assert len(rows(served.store, Course)) == 1
    done = fill_in(nurse, address, **soon, interval_reason="She marries in May")
    assert done.status_code == 303
    assert "She marries in May" in nurse.get(done.headers["Location"]).text
    assert len(rows(served.store, IntervalAnswer)) == 2


def test_a_session_is_moved_alone_or_with_all_that_follow(served: Served, nurse: Browser, path: str) -> None:
    template = protocol(served.house)
    days = [TODAY + timedelta(days=21 * n) for n in (1, 2, 3)]
    planned = course(served.house, *days, protocol_uid=template.protocol_uid)
    here = f"{path}/{planned.course_uid}"
    form = hidden_of(nurse, here, action=f"{here}/move")

    asked = post(nurse, f"{here}/move", {**form, "on": "2026-03-30", "at": "09:00"})
    assert asked.status_code == 422 and "Why it is sooner" in asked.text
    moved = post(nurse, f"{here}/move", {**form, "on": "2026-03-30", "at": "09:00", "following": "y"})

    assert moved.status_code == 303
    planned_at = sorted(each.planned_at for each in rows(served.store, TreatmentSession))
    assert planned_at == [at(date(2026, 3, 30), 9), at(date(2026, 4, 20)), at(date(2026, 5, 11))]
    late = post(
        nurse, f"{here}/move", {**form, "key": "another-key-altogether", "on": "2026-04-01", "at": "09:00"}
    )
    assert late.status_code == 412


def test_sessions_are_added_and_fall_out_and_the_course_ends(
    served: Served, nurse: Browser, path: str
) -> None:
    planned = course(served.house, TODAY, TODAY + timedelta(days=30))
    here = f"{path}/{planned.course_uid}"

    added = fill_in(nurse, here, action=f"{here}/sessions", on="2026-05-04", at="12:00", is_maintenance="y")
    assert added.status_code == 303 and "maintenance" in nurse.get(here).text
    out = fill_in(nurse, here, action=f"{here}/fell-out", to="did_not_come")
    assert out.status_code == 303
    unsure = fill_in(nurse, here, action=f"{here}/ending")
    assert unsure.status_code == 303 and rows(served.store, Course)[0].state == "running"
    ended = fill_in(nurse, here, action=f"{here}/ending", sure="yes")

    assert ended.status_code == 303
    states = sorted(each.state for each in rows(served.store, TreatmentSession))
    assert states == ["cancelled", "cancelled", "did_not_come"]
    assert "Move or cancel" not in nurse.get(here).text
    assert "No course goes on" in nurse.get(path).text


def test_whose_course_it_is_is_asked_first(served: Served, nurse: Browser, path: str) -> None:
    assert "A course is a patient" in nurse.get(f"{path}/new").text
    stranger = register(served.house, "Eva Demo").patient_uid
    assert "Eva Demo" not in nurse.get(f"{path}/new?patient={stranger}").text
    assert "Eva Demo" in nurse.get(f"{path}/new?patient={stranger}&purpose=first_visit").text


def test_other_clinics_and_other_roles_see_and_change_nothing(served: Served, path: str) -> None:
    planned = course(served.house, TODAY)
    rila = served.house.another_clinic()
    stranger = served.logged_in(rila.nurse)
    assert stranger.client.get(f"/c/{rila.uid}/courses/{planned.course_uid}").status_code == 404
    auditor = served.logged_in(served.clinic.auditor)
    assert auditor.get(f"{path}/{planned.course_uid}").status_code == 200
    assert auditor.client.get(f"{path}/new").status_code == 403
    administrator = served.logged_in(served.clinic.administrator)
    assert administrator.client.get(path).status_code == 403


def test_a_protocol_is_written_changed_and_taken_out_of_use(served: Served, nurse: Browser) -> None:
    filler, there = _filler(served), f"/c/{served.clinic.uid}/protocols"
    assert "No protocol yet" in nurse.get(there).text
    assert nurse.client.get(f"{there}/new").status_code == 403
    doctor = served.logged_in(served.clinic.practitioner)
    typed: dict[str, Any] = {
        "act": "write", "name": "Glow <b>", "sessions_from": "3", "interval_from": "2", "interval_to": "4",
        "interval_unit": "weeks", "maintenance_unit": "months", "areas": ["face", "neck"], "technique": "nappage",
        "needs-0-use": "treatment", "needs-0-name": "Filler <b>", "needs-0-amount": "1.5 mL", "reason": "As taught",
    }  # fmt: skip
    wrong = fill_in(doctor, f"{there}/new", **{**typed, "needs-0-amount": "much"})
    assert wrong.status_code == 422 and "Glow &lt;b&gt;" in wrong.text

    done = fill_in(doctor, f"{there}/new", **typed)
    here = done.headers["Location"]
    page = doctor.get(here).text
    for words in (
        "Glow &lt;b&gt;",
        "3 sessions or more",
        "2–4 weeks",
        "Face, Neck",
        "Filler &lt;b&gt;",
        "1.5 mL",
    ):
        assert words in page

    form = hidden_of(doctor, f"{here}/change")
    changed = post(doctor, f"{here}/change", {**form, **typed, "sessions_to": "5", "reason": "Fewer"})
    assert changed.status_code == 303
    stale = post(
        doctor, f"{here}/change", {**form, **typed, "key": "another-key-altogether", "reason": "Late"}
    )
    assert stale.status_code == 412
    assert "3–5 sessions" in doctor.get(here).text and "Version 1" in doctor.get(here).text
    assert len(rows(served.store, ProtocolVersion)) == 2
    out = fill_in(doctor, here, action=f"{here}/retirement")
    assert out.status_code == 303 and "out of use" in doctor.get(there).text
    assert filler.uid in doctor.get(here).text


def test_a_product_and_the_stock_say_from_when_on_it_is_short(
    served: Served, nurse: Browser, path: str
) -> None:
    filler = _filler(served, packs=1)
    days = [TODAY + timedelta(days=each) for each in (2, 9)]
    course(served.house, *days, needs=(NeedOf(product_uid=filler.uid, quantity=2_000),))

    page = nurse.get(f"/c/{served.clinic.uid}/products/{filler.uid}").text
    assert "short on 11 Mar 2026" in page and "Planned sessions" in page
    stock = nurse.get(f"/c/{served.clinic.uid}/stock").text
    assert "short on 11 Mar 2026" in stock and "1 product is short for planned sessions" in stock
    api = served.api(served.token(served.clinic.nurse))
    told = api.get(f"/api/v1/products/{filler.uid}/availability").get_json()
    assert told["short_on"] == "2026-03-11" and [each["left"]["quantity"] for each in told["days"]] == [
        "0",
        "0",
    ]
