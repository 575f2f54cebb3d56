"""Are devices and sharps boxes kept on their pages, scanned or chosen in a session, and told to programs?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.clock import now
from stockroom.models import Device, DeviceAct, SharpsBox
from stockroom.vocabulary import Rule
from tests.api.calling import Caller
from tests.builders import key
from tests.devices import device
from tests.operations.test_second_person import want
from tests.patients import flag
from tests.serving import Served
from tests.sessions import patient, rows, session
from tests.web.benching import page_of, scan


@pytest.fixture
def pen(served: Served) -> str:
    return device(served.house, now=now())


def test_a_scanned_device_stands_in_the_session_once_it_is_clean(served: Served, pen: str) -> None:
    nurse = served.clinic.nurse
    browser = served.logged_in(nurse)
    first, second = (session(served.house, planned_at=now()) for _ in range(2))

    used = scan(browser, served, first, "010952000000099821SN-1")
    page = browser.get(page_of(served, first)).text
    stopped = scan(browser, served, second, "SN-1")
    there = f"/c/{nurse.clinic_uid}/sessions/{second}/devices"
    choice = browser.get(there).text
    asked = f'action="{there}"'
    assert asked in stopped.text and f'name="device_uid" value="{pen}"' in stopped.text
    cleaned = browser.send(there, there, key=key(), device_uid=pen, cleaned="yes", scan="SN-1")
    record = browser.get(f"/c/{nurse.clinic_uid}/sessions/{second}/products-used").text

    followed = browser.send(there, f"/c/{nurse.clinic_uid}/scan", scan="010952000000099821SN-1")
    assert followed.headers["Location"].endswith(pen)
    assert used.status_code == 303 and "Pen" in page and "SN-1" in page
    assert stopped.status_code == 422 and "was not cleaned since" in stopped.text
    assert "I cleaned it just now: Pen" in choice
    assert cleaned.status_code == 303 and "09520000000998" in record and "Mesogun" in record
    acts = [(row.kind, row.raw_scan) for row in rows(served.store, DeviceAct)]
    assert acts == [("used", "010952000000099821SN-1"), ("cleaned", None), ("used", "SN-1")]


def test_a_device_s_label_is_printed_and_scans_back_in_a_session_and_anywhere(
    served: Served, pen: str
) -> None:
    nurse = served.clinic.nurse
    browser = served.logged_in(nurse)
    (row,) = rows(served.store, Device)
    there, labels = f"/c/{nurse.clinic_uid}/devices/{pen}", f"/c/{nurse.clinic_uid}/labels/device/{pen}"
    code = write_label(OwnLabel(LabelKind.DEVICE, row.short_code))
    visit = session(served.house, planned_at=now())

    assert labels in browser.get(there).text
    asked = browser.get(labels).text
    assert all(said in asked for said in (row.short_code, "SN-1", "09520000000998"))
    assert "syringes" not in asked
    printed = browser.send(labels, labels, key=key(), paper="roll-57-32", start="1", part_count="1")
    drawn = browser.get(printed.headers["Location"]).text
    followed = browser.send(there, f"/c/{nurse.clinic_uid}/scan", scan=code)
    taken = scan(browser, served, visit, code)
    strange = scan(browser, served, visit, "SRD:ZZZ9")

    assert printed.status_code == 303 and row.short_code in drawn
    assert followed.headers["Location"].endswith(pen)
    assert (taken.status_code, strange.status_code) == (303, 400)
    (act,) = rows(served.store, DeviceAct)
    assert (act.kind, act.raw_scan) == ("used", code)
    assert Caller(served, nurse).post("/scans", {"scan": code}, status=200)["label"]["uid"] == pen


def test_a_device_is_registered_held_and_released_on_its_page(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    home = f"/c/{served.clinic.manager.clinic_uid}/devices"
    form = {
        "kind": "electroporation-device", "name": "Wave <b>", "serial": "W-7", "room_uid": served.clinic.room.uid,
        "needs_service": "y", "serviced_until": "2030-01-01", "udi_di": "", "manufacturer": "Demo",
    }  # fmt: skip

    assert "No device yet" in manager.get(home).text
    wrong = manager.send(f"{home}/new", f"{home}/new", **{**form, "serial": ""}, key=key())
    once = key()
    made = [manager.send(f"{home}/new", f"{home}/new", **form, key=once) for _ in range(2)]
    there = made[0].headers["Location"]
    manager.send(there, f"{there}/hold", key=key(), reason="it smells")
    held = manager.get(there).text
    assert "on hold" in manager.get(f"{home}/devices.csv").text
    manager.send(there, f"{there}/release", key=key(), reason="repaired")
    after = manager.get(there).text
    version = after.split('name="version" value="')[1].split('"')[0]
    stale = manager.send(there, there, **form, key=key(), version="1")
    saved = manager.send(there, there, **{**form, "name": "Wave 2"}, key=key(), version=version)

    assert wrong.status_code == 422 and "Wave &lt;b&gt;" in wrong.text
    assert there == made[1].headers["Location"]
    assert "it smells" in held and "on hold" in held and "ready" in after and "repaired" in after
    assert (stale.status_code, saved.status_code) == (412, 303)
    assert served.logged_in(served.clinic.nurse).client.get(f"{home}/new").status_code == 403


def test_a_program_keeps_devices_and_sharps_boxes(served: Served, pen: str) -> None:
    nurse, manager = Caller(served, served.clinic.nurse), Caller(served, served.clinic.manager)
    visit = session(served.house, planned_at=now())

    used = nurse.post(f"/sessions/{visit}/devices", {"device_uid": pen})
    dirty = nurse.get(f"/devices/{pen}")["is_clean"]
    nurse.post(f"/sessions/device-uses/{used['act_uid']}/reversal", {})
    nurse.post(f"/devices/{pen}/cleanings", {"how": "wiped"})
    manager.post(f"/devices/{pen}/services", {"serviced_until": str(now().date() - timedelta(days=1))})
    late = nurse.post(f"/sessions/{visit}/devices", {"device_uid": pen}, status=422)
    acts = nurse.get(f"/devices/{pen}/acts")["items"]
    box = nurse.post(
        "/sharps-boxes", {"room_uid": served.clinic.room.uid, "waste_stream": "sharps_medicinal"}
    )
    label = nurse.post("/labels", {"kind": "sharps_box", "thing_uid": box["box_uid"], "paper": "roll-57-32"})
    drawn = nurse.client.get(f"/api/v1/labels/{label['print_uid']}/file", query_string={"format": "svg"}).text
    nurse.post(f"/sharps-boxes/{box['box_uid']}/collection", {"note": "n"}, status=409)
    nurse.post(f"/sharps-boxes/{box['box_uid']}/closing", {"reason": "three_quarters"})
    nurse.post(f"/sharps-boxes/{box['box_uid']}/collection", {"note": "note 5"})
    (gone,) = nurse.get("/sharps-boxes")["items"]

    assert (dirty, late["code"]) == (False, "service_overdue")
    assert [each["kind"] for each in acts] == ["serviced", "cleaned", "taken_back", "used"]
    assert box["short_code"] in drawn and "SHARPS" in drawn
    assert (gone["collection_note"], gone["close_reason"]) == ("note 5", "three_quarters")
    Caller(served, served.house.another_clinic().nurse).get(f"/devices/{pen}", status=404)


def test_a_sharps_box_is_opened_closed_and_collected_on_its_page(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)
    there = f"/c/{served.clinic.nurse.clinic_uid}/sharps"

    empty = browser.get(there).text
    form = {"room_uid": served.clinic.room.uid, "waste_stream": "sharps"}
    assert browser.send(there, there, **form, key=key()).status_code == 303
    opened = browser.get(there).text
    uid = re.findall(r"/sharps/([0-9a-f-]{36})/closing", opened)[0]
    closing = browser.send(there, f"{there}/{uid}/closing", reason="date", key=key())
    assert closing.status_code == 303
    code = re.search(r'<th scope="row">(\w+) ', opened)[1]
    assert f"Opened: box {code}. Write this code and " in opened
    another = browser.get(closing.headers["Location"]).text
    assert f"Closed: box {code}." in another
    for chosen in form.values():  # another like it is one tap away
        assert f'<option selected value="{chosen}"' in another
    assert browser.send(there, f"{there}/{uid}/collection", note="", key=key()).status_code == 422
    assert browser.send(there, f"{there}/{uid}/collection", note="note 9", key=key()).status_code == 303

    assert "No box stands here" in empty and "note 9" in browser.get(there).text


def test_sharps_boxes_that_went_together_have_one_note(served: Served) -> None:
    browser = served.logged_in(served.clinic.nurse)
    there = f"/c/{served.clinic.nurse.clinic_uid}/sharps"
    for _ in range(3):
        browser.send(there, there, room_uid=served.clinic.room.uid, waste_stream="sharps", key=key())
    uids = re.findall(r"/sharps/([0-9a-f-]{36})/closing", browser.get(there).text)
    for uid in uids[:2]:
        browser.send(there, f"{there}/{uid}/closing", reason="date", key=key())
    shown = browser.get(there).text
    form = {"box": re.findall(r'name="box" value="([0-9a-f-]{36})"', shown), "key": key()}

    nobody = browser.send(there, f"{there}/collection", note=" ", **form)
    for _ in range(2):
        assert browser.send(there, f"{there}/collection", note="note 12", **form).status_code == 303

    assert "The 2 closed ones went together" in shown and set(form["box"]) == set(uids[:2])
    assert nobody.status_code == 422
    assert sorted(row.collection_note for row in rows(served.store, SharpsBox)) == ["", "note 12", "note 12"]


def test_a_device_that_a_flag_speaks_against_is_answered_where_it_was_scanned_or_chosen(
    served: Served, pen: str
) -> None:
    doctor, house = served.house.practitioner, served.house
    ana = patient(house)
    flag(house, ana, "pregnancy", from_on=now().date())
    first, second, third = (session(house, ana, planned_at=now()) for _ in range(3))
    browser = served.logged_in(doctor)
    nurses = served.logged_in(served.clinic.nurse)
    why = {"override_rules": "contraindicated", "override_reason": "She was told, and wants it"}

    stopped = scan(browser, served, first, "SN-1")
    nurse_stopped = scan(nurses, served, first, "SN-1")
    taken = scan(browser, served, first, "SN-1", **why)
    there = f"/c/{doctor.clinic_uid}/sessions/{second}/devices"
    asked = browser.send(there, there, key=key(), device_uid=pen)
    chosen = browser.send(there, there, key=key(), device_uid=pen, **why)
    program = Caller(served, doctor)
    refused = program.post(f"/sessions/{third}/devices", {"device_uid": pen}, status=422)
    override = {"rules": ["contraindicated"], "reason": "She was told, and wants it"}
    program.post(f"/sessions/{third}/devices", {"device_uid": pen, "override": override})
    want(house, Rule.CONTRAINDICATED)
    alone = scan(browser, served, session(house, ana, planned_at=now()), "SN-1", **why)

    assert "Call a colleague (practitioner)" in alone.text and 'name="second_badge"' in alone.text
    assert "is not for this patient" in stopped.text and 'value="contraindicated"' in stopped.text
    assert "ask the practitioner" in nurse_stopped.text and "contraindicated" not in nurse_stopped.text
    assert 'value="contraindicated"' in asked.text and refused["code"] == "device_contraindicated"
    assert (taken.status_code, asked.status_code, chosen.status_code) == (303, stopped.status_code, 303)
    assert "She was told" in browser.get(page_of(served, first)).text
    assert len(rows(served.store, DeviceAct)) == 3
