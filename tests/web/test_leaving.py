"""Is what people may do written on their pages with its evidence, and does one button end everything?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import civil_date, now
from stockroom.vocabulary import Role
from tests.api.calling import Caller
from tests.builders import key
from tests.serving import Served
from tests.sessions import session


def test_a_person_is_authorised_with_evidence_and_leaves_in_one_act(served: Served) -> None:
    house, clinic = served.house, served.clinic
    browser = served.logged_in(clinic.administrator)
    who, colleague = house.practitioner, clinic.employ(Role.PRACTITIONER, name="Carl Colleague")
    visit = session(house, practitioner_uid=who.person_uid, planned_at=now() + timedelta(days=1))
    there = f"/c/{clinic.uid}/administration/people/{who.person_uid}"
    today = civil_date(now(), served.clinic.zone).isoformat()
    grant = {
        "kind": "inject", "from_on": today, "until_on": "", "scope": "mesogun", "training": "Gun <b> course",
        "trained_on": today, "file_reference": "binder 9",
    }  # fmt: skip

    browser.send(there, f"{there}/authorisations", **grant, key=key())
    shown = browser.get(there).text
    ended = browser.send(there, f"{there}/authorisations/inject/ending", scope="mesogun", key=key())
    unsure = browser.send(there, f"{there}/leaving", key=key(), colleague_uid="")
    open_work = browser.send(there, f"{there}/leaving", key=key(), colleague_uid="", sure="y")
    leaver = served.logged_in(who)
    done = browser.send(there, f"{there}/leaving", key=key(), colleague_uid=colleague.person_uid, sure="y")
    after = browser.get(there).text
    then = browser.get(f"/c/{clinic.uid}/people-on-day?day={today}").text
    file = browser.client.get(f"/c/{clinic.uid}/people-on-day/people-on-day.csv?day={today}").text

    assert "Gun &lt;b&gt; course" in shown and "binder 9" in shown and "Mesogun" in shown
    assert (ended.status_code, unsure.status_code, done.status_code) == (303, 303, 303)
    assert open_work.status_code == 422 and "1 sessions to come" in open_work.text
    assert "Left on" in after and "This person leaves" not in after
    assert leaver.client.get(f"/c/{clinic.uid}/sessions/{visit}").status_code in (302, 303, 401)
    assert "Carl Colleague" in served.logged_in(house.nurse).get(f"/c/{clinic.uid}/sessions/{visit}").text
    assert "Gun &lt;b&gt; course" in then and "binder 9" in file
    assert served.logged_in(house.nurse).client.get(f"/c/{clinic.uid}/people-on-day").status_code == 403


def test_a_program_lets_somebody_leave_and_asks_about_a_day(served: Served) -> None:
    clinic, nurse = served.clinic, served.house.nurse
    administrator = Caller(served, clinic.administrator)
    body = {"kind": "check", "from_on": str(civil_date(now(), clinic.zone)), "training": "Second checks"}

    administrator.post(f"/people/{nurse.person_uid}/authorisations", body)
    held = administrator.get("/people/on-day", day=str(civil_date(now(), clinic.zone)))["items"]
    left = administrator.post(f"/people/{nurse.person_uid}/leaving", {}, status=200)
    administrator.post(f"/people/{nurse.person_uid}/leaving", {}, status=409)

    of_nurse = next(each for each in held if each["uid"] == nurse.person_uid)
    assert [role["role"] for role in of_nurse["roles"]] == ["nurse"]
    assert "Second checks" in {each["training"] for each in of_nurse["authorisations"]}
    assert left["handed_over"] == []
    assert administrator.get(f"/people/{nurse.person_uid}")["left_on"] == left["left_on"]
    Caller(served, served.house.practitioner).get("/people/on-day", 403, day="2026-01-01")
