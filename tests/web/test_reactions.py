"""Is a reaction written down on its session's page, shown on the patient's, and told over the API?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import now
from tests.api.calling import Caller
from tests.builders import key
from tests.patients import disclosures
from tests.serving import Served
from tests.sessions import patient, session


def test_a_reaction_is_written_down_added_to_and_shown(served: Served) -> None:
    nurse = served.clinic.nurse
    browser, who = served.logged_in(nurse), patient(served.house)
    visit = session(served.house, who, planned_at=now() - timedelta(hours=2))
    there = f"/c/{nurse.clinic_uid}/sessions/{visit}/reactions"
    at = now().strftime("%Y-%m-%dT%H:%M")
    form = {
        "effect": "bruising",
        "severity": "severe",
        "began_at": at,
        "outcome": "ongoing",
        "note": "<b>cheek",
    }

    empty = browser.get(there).text
    refused = browser.send(there, there, **{**form, "key": key(), "effect": ""})
    unsaid = browser.send(there, there, **{**form, "key": key(), "severity": ""})
    once = key()
    for _ in range(2):
        assert browser.send(there, there, **{**form, "key": once}).status_code == 303
    page = browser.get(there).text
    uid = page.split('id="r-')[1][:36]
    later = {**form, "key": key(), "severity": "mild", "outcome": "resolved", "note": "gone"}
    assert browser.send(there, f"{there}/{uid}/amendment", **later).status_code == 303
    stale = browser.send(there, f"{there}/{uid}/amendment", **{**later, "key": key()})
    after = browser.get(there).text
    hers = browser.get(f"/c/{nurse.clinic_uid}/patients/{who}").text

    assert "None is known" in empty and refused.status_code == 422
    assert unsaid.status_code == 422 and "Say how grave it is." in unsaid.text
    assert 'value="mild" selected' not in empty and 'selected value="mild"' not in empty
    assert page.count("&lt;b&gt;cheek") >= 1 and "<b>cheek" not in page
    assert stale.status_code == 409 and "Look at it again" in stale.text
    assert "What was known before" in after and "gone" in after
    assert "Bruising or haematoma" in hers and "resolved" in hers


def test_a_program_writes_and_reads_reactions(served: Served) -> None:
    nurse = Caller(served, served.clinic.nurse)
    who = patient(served.house)
    visit = session(served.house, who, planned_at=now() - timedelta(hours=2))
    body = {
        "effect": "itching",
        "severity": "mild",
        "began_at": (now() - timedelta(minutes=3)).isoformat(),
        "outcome": "recovering",
    }

    made = nurse.post(f"/sessions/{visit}/reactions", body)
    nurse.post(f"/reactions/{made['reaction_uid']}/amendments", {**body, "outcome": "resolved"})
    nurse.post(f"/reactions/{made['reaction_uid']}/amendments", body, status=409)
    before = disclosures(served.store)
    told = nurse.get(f"/sessions/{visit}/reactions")["items"]
    hers = nurse.get(f"/patients/{who}/reactions")["items"]

    assert told == hers and told[0]["now"]["outcome"] == "resolved"
    assert [row["outcome"] for row in told[0]["before"]] == ["recovering"]
    assert disclosures(served.store) == before + 1, "one page: her reactions"
    Caller(served, served.house.another_clinic().nurse).get(f"/sessions/{visit}/reactions", status=404)
    Caller(served, served.clinic.manager).post(f"/sessions/{visit}/reactions", body, status=403)
