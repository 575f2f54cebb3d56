"""What speaks against treating a patient, on the screens: arrival, flags, what does not suit, joining, handing out."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest

from stockroom.clock import now
from stockroom.models import PatientFlag, SessionTick
from stockroom.operations.plan_session import NeedOf
from stockroom.operations.use_device import UseDevice, use_device
from stockroom.vocabulary import ContainerType, Rule, SessionState
from tests.api.calling import Caller
from tests.builders import NOW, key
from tests.devices import device
from tests.patients import ask, flag, patient_row, register
from tests.recall_cases import case_of
from tests.serving import Browser, Served
from tests.sessions import advance, line, over, patient, rows, session, used
from tests.web.benching import code
from tests.web.test_products_used import words_of


@pytest.fixture
def nurse(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


@pytest.fixture
def clinic(served: Served) -> str:
    return f"/c/{served.clinic.uid}"


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def _send(browser: Browser, served: Served, patient_uid: str, page: str, action: str, **form: Any) -> Any:
    return browser.send(
        page,
        action,
        key=_key(browser.get(page).text),
        version=str(patient_row(served.store, patient_uid).version),
        **form,
    )


def _planned(served: Served, uid: str, product: Any) -> str:
    needs = (NeedOf(quantity=1000, product_uid=product.uid),)
    return session(served.house, uid, needs=needs, planned_at=now() + timedelta(minutes=1), now=now())


def test_on_arrival_one_tap_says_asked_unchanged_and_what_was_done_is_ticked(
    served: Served, nurse: Browser, clinic: str
) -> None:
    uid = register(served.house, "Ana Demo").patient_uid
    ask(served.house, uid, "vitamin-c", now=now() - timedelta(days=40))
    visit = session(served.house, uid)
    bench = f"{clinic}/sessions/{visit}"

    arrived = nurse.send(bench, f"{bench}/state", key=_key(nurse.get(bench).text), to="arrived")
    assert arrived.status_code == 303 and arrived.location.endswith("/arrival")
    page = nurse.get(f"{bench}/arrival").text
    assert "Vitamin C" in page and "Asked, unchanged: to the bench" in page and "No alcohol" in page
    for span in ("24 to 48 hours.", "At least 1 week."):
        assert f"<strong>{span}</strong>" in page
    form = {
        "key": _key(page),
        "version": str(patient_row(served.store, uid).version),
        "done": ["consultation", "clean-area"],
        "asked": "yes",
    }
    once, twice = (nurse.send(f"{bench}/arrival", f"{bench}/arrival", **form) for _ in range(2))

    assert (once.status_code, once.location) == (twice.status_code, twice.location) == (303, bench)
    assert [row.instruction for row in rows(served.store, SessionTick)] == ["clean-area", "consultation"]
    assert now() - patient_row(served.store, uid).allergies_asked_at < timedelta(minutes=5)
    assert "asked" in nurse.get(bench).text
    unticked = {
        **form,
        "key": _key(nurse.get(f"{bench}/arrival").text),
        "asked": "no",
        "done": ["clean-area"],
    }
    nurse.send(f"{bench}/arrival", f"{bench}/arrival", **unticked)
    assert [(row.instruction, row.is_done) for row in rows(served.store, SessionTick)][2:] == [
        ("consultation", False)
    ]


def test_a_stale_arrival_page_confirms_nothing(served: Served, nurse: Browser, clinic: str) -> None:
    uid = patient(served.house)
    page = f"{clinic}/sessions/{session(served.house, uid)}/arrival"
    form = {"key": _key(nurse.get(page).text), "version": "1", "asked": "yes", "done": ["consultation"]}

    stale = nurse.send(page, page, **form)

    assert stale.status_code == 412
    assert 'value="consultation" id="before-consultation" checked' in stale.text
    assert rows(served.store, SessionTick) == []


def test_a_scan_before_the_session_goes_to_the_bench_and_keeps_the_ticks(
    served: Served, nurse: Browser, clinic: str
) -> None:
    filler = served.house.product("Filler", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=2)
    uid = patient(served.house)
    bench = f"{clinic}/sessions/{session(served.house, uid)}"
    page = nurse.get(f"{bench}/arrival").text
    form = {
        "key": _key(page),
        "version": "1",
        "asked": "no",
        "done": ["consultation"],
        "scan": code(filler, lot),
    }

    stale = nurse.send(f"{bench}/arrival", f"{bench}/arrival", **{**form, "version": "9", "asked": "yes"})
    assert stale.status_code == 412 and f'value="{form["scan"]}"'.split("\x1d")[0] in stale.text
    assert served.clinic.on_hand(lot) == 4000

    before = patient_row(served.store, uid)
    form["version"], asked_at = str(before.version), before.allergies_asked_at
    for _ in range(2):
        led = nurse.send(f"{bench}/arrival", f"{bench}/arrival", **form)
        assert (led.status_code, led.location) == (307, f"{bench}/scan")
        used = nurse.send(bench, f"{bench}/scan", **form)
        assert used.status_code == 303 and used.location.startswith(f"{bench}?last=")

    assert served.clinic.on_hand(lot) == 2000
    assert [row.instruction for row in rows(served.store, SessionTick)] == ["consultation"]
    assert patient_row(served.store, uid).allergies_asked_at == asked_at


@pytest.mark.parametrize("step", ["finish", "devices", "by-hand?area=face"])
def test_a_scan_beside_the_bench_is_a_scan_of_the_session(
    served: Served, nurse: Browser, clinic: str, step: str
) -> None:
    bench = f"{clinic}/sessions/{session(served.house, patient(served.house))}"

    bar = nurse.get(f"{bench}/{step}").text.partition('<form class="scan-bar"')[2].partition("</form>")[0]

    assert f'action="{bench}/scan"' in bar and 'name="key"' in bar
    assert ('name="area" value="face"' in bar) is ("area" in step)


def test_a_new_allergy_to_a_class_shows_what_is_planned_and_does_not_suit(
    served: Served, nurse: Browser, clinic: str
) -> None:
    numbing = served.house.product("Numbing", ingredients=("lidocaine",))
    uid = patient(served.house)
    visit = _planned(served, uid, numbing)
    page = f"{clinic}/sessions/{visit}/arrival"
    assert "unsuitable" not in nurse.get(f"{clinic}/today").text

    done = _send(
        nurse,
        served,
        uid,
        page,
        f"{clinic}/patients/{uid}/allergies/more",
        allergy="class:anaesthetic",
        session_uid=visit,
    )

    assert done.location == page
    arrival = nurse.get(page).text
    assert "Written down. 1 session has something planned that does not suit: it stands below." in arrival
    assert 0 < arrival.find("Planned, and does not suit the patient") < arrival.find("Done beforehand")
    assert "Does not suit the patient" in nurse.get(f"{clinic}/sessions/{visit}").text
    today = nurse.get(f"{clinic}/today").text
    assert "unsuitable" in today and "1 session has something planned that does not suit" in today
    listed = nurse.get(f"{clinic}/unsuitable").text
    assert "Numbing" in listed and "Lidocaine" in listed and "Ana" in listed
    assert "Does not suit its patient any more" in nurse.get(f"{clinic}/alerts").text
    rila = served.house.another_clinic()
    elsewhere = served.logged_in(rila.nurse).get(f"/c/{rila.uid}/unsuitable").text
    assert "Everything that is planned suits" in elsewhere


def test_a_flag_is_noted_ended_and_taken_out_on_her_page(served: Served, nurse: Browser, clinic: str) -> None:
    uid = patient(served.house)
    visit = session(served.house, uid)
    page = f"{clinic}/patients/{uid}"

    _send(nurse, served, uid, page, f"{page}/flags", flag="anticoagulants", from_on="2026-01-01", until_on="")
    assert "Anticoagulants" in nurse.get(f"{clinic}/sessions/{visit}").text
    again = _send(nurse, served, uid, page, f"{page}/flags", flag="anticoagulants")
    assert again.status_code == 303
    assert "stands in the record already" in nurse.get(page).text
    (row,) = rows(served.store, PatientFlag)
    _send(nurse, served, uid, page, f"{page}/flags/{row.uid}/ending", until_on="2026-02-01")
    assert "<s>Anticoagulants</s>" in nurse.get(page).text
    _send(nurse, served, uid, page, f"{page}/flags/{row.uid}/withdrawal")
    assert rows(served.store, PatientFlag) == []


def test_the_stop_of_a_flag_is_answered_by_a_practitioner_and_stands_in_the_session(
    served: Served, nurse: Browser, clinic: str
) -> None:
    house = served.house
    filler = house.product("Filler", content_quantity=1)
    lot = house.clinic.lot_on_shelf(filler, "F1", presentations=3)
    uid = patient(house)
    flag(house, uid, "herpes", from_on=date(2026, 1, 1))
    visit = session(house, uid)
    advance(house, visit, SessionState.ARRIVED)

    used(house, visit, line(lot), override=over(Rule.CONTRAINDICATED), actor=house.practitioner)

    assert "all the same: contraindicated" in nurse.get(f"{clinic}/sessions/{visit}").text


def test_what_a_flag_means_is_decided_by_a_practitioner_on_the_screen(
    served: Served, nurse: Browser, clinic: str
) -> None:
    page = f"{clinic}/suitability"
    doctor = served.logged_in(served.clinic.practitioner)
    form = {"flag": "herpes", "subject": "regulatory_class:medicine", "effect": "caution"}

    assert "Decide so" not in nurse.get(page).text
    assert nurse.send(f"{clinic}/today", page, key="k" * 8, **form).status_code == 403
    refused = doctor.send(page, page, key=_key(doctor.get(page).text), source="", **form)
    assert refused.status_code == 422 and 'value="regulatory_class:medicine" selected' in refused.text
    doctor.send(page, page, key=_key(doctor.get(page).text), source="our own doctors", **form)

    shown = nurse.get(page).text
    assert "decided here" in shown and "our own doctors" in shown


def test_two_records_are_joined_once_somebody_is_sure(served: Served, nurse: Browser, clinic: str) -> None:
    one, other = (register(served.house, name).patient_uid for name in ("Ana Maidenova", "Ana Marriedova"))
    session(served.house, one)
    page = f"{clinic}/patients/{one}/merge"

    found = nurse.send(page, f"{page}/search", text="Marriedova")
    assert "Ana Marriedova" in found.text
    unsure = nurse.send(page, page, key=_key(found.text), merged_uid=other)
    assert unsure.status_code == 303 and patient_row(served.store, other).merged_into_id is None
    nurse.send(page, page, key=_key(found.text), merged_uid=other, sure="yes")

    assert patient_row(served.store, other).merged_into_id == patient_row(served.store, one).id


def test_everything_held_is_handed_out_by_those_who_may(served: Served, nurse: Browser, clinic: str) -> None:
    house = served.house
    manager = served.logged_in(served.clinic.manager)
    uid = patient(house, "vitamin-c")
    flag(house, uid, "pregnancy")
    needle = house.needle()
    needles = house.clinic.lot_on_shelf(needle, "N7", presentations=3)
    visit = session(house, uid)
    used(house, visit, line(needles))
    pen = UseDevice(session_uid=visit, device_uid=device(house, "Pen", serial="PEN-9"))
    use_device(served.store, pen, actor=house.nurse, key=key(), now=NOW)
    case = case_of(house, needle, "N7")
    tried = {
        "channel": "phone",
        "tried_at": NOW.isoformat(),
        "outcome": "reached",
        "note": "asked her to come",
    }
    Caller(served, house.nurse).post(f"/recalls/{case}/contacts/{uid}/attempts", tried)

    held = json.loads(manager.get(f"{clinic}/patients/{uid}/held.json").text)
    paper = manager.get(f"{clinic}/patients/{uid}/held.pdf")

    assert [each["flag"] for each in held["flags"]] == ["pregnancy"]
    assert held["clinics"][0]["products_used"][0]["lot_number"] == "N7"
    assert [each["serial"] for each in held["clinics"][0]["devices"]] == ["PEN-9"]
    (recall,) = held["recalls"]
    assert [(each["outcome"], each["note"]) for each in recall["attempts"]] == [
        ("reached", "asked her to come")
    ]
    assert recall["listed_at"] and not recall["exercise"]
    on_paper = " ".join(words_of(paper.data).split())
    assert "PEN-9" in on_paper and "reached: asked her to come" in on_paper
    assert paper.headers["Cache-Control"] == "no-store"
    assert nurse.get(f"{clinic}/patients/{uid}/held.json").status_code == 403
