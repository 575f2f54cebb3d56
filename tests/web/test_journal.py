"""Can the journal be read on a screen: entry by entry, by kind and person, and as a file?"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from stockroom.operations.plan_session import PlanSession, plan_session
from tests.builders import NOW
from tests.serving import Served
from tests.sessions import patient, session


@pytest.fixture
def path(served: Served) -> str:
    """The journal of a clinic in which three sessions were planned."""
    for _ in range(3):
        session(served.house, patient(served.house))
    return f"/c/{served.clinic.uid}/journal"


def test_entries_are_listed_with_who_and_what(served: Served, path: str) -> None:
    page = served.logged_in(served.clinic.auditor).get(path)

    assert page.text.count("session.plan") >= 3
    assert "Nurse" in page.text


def test_they_are_narrowed_by_kind_and_by_person(served: Served, path: str) -> None:
    auditor = served.logged_in(served.clinic.auditor)

    nothing = auditor.get(f"{path}?kind=flying")
    nurses = auditor.get(f"{path}?kind=session.plan&actor_uid={served.clinic.nurse.person_uid}")
    managers = auditor.get(f"{path}?kind=session.plan&actor_uid={served.clinic.manager.person_uid}")

    assert "No entry is like that" in nothing.text
    assert "No entry is like that" not in nurses.text
    assert "No entry is like that" in managers.text


def test_one_entry_shows_its_facts_and_its_chain(served: Served, path: str) -> None:
    auditor = served.logged_in(served.clinic.auditor)

    page = auditor.get(f"{path}/changes/1")

    assert page.status_code == 200
    assert "Hash of the entry before" in page.text
    assert auditor.get(f"{path}/changes/999999").status_code == 404
    assert auditor.get(f"{path}/secrets/1").status_code == 404


def test_the_instants_in_what_programs_write_are_read_on_the_clinics_wall(served: Served, path: str) -> None:
    at = datetime(2026, 3, 1, 9, 30, 12, 950080, tzinfo=UTC)
    told = replace(served.clinic.nurse, device=f"job low-stock {at.isoformat()}")
    plan = PlanSession(patient_uid=patient(served.house), planned_at=NOW)
    plan_session(served.store, plan, actor=told, key="job", now=NOW)
    auditor = served.logged_in(served.clinic.auditor)

    listed, file = auditor.get(path).text, auditor.get(f"{path}/entries.csv").text

    assert "job low-stock 1 Mar 2026 11:30" in listed, "Sofia is two hours ahead of UTC"
    assert "2026-03-01T09:30:12" not in listed
    assert "job low-stock 2026-03-01T09:30:12.950080+00:00" in file, "a file is for programs"


def test_the_file_holds_each_entry_once(served: Served, path: str) -> None:
    rows = served.logged_in(served.clinic.auditor).get(f"{path}/entries.csv").text.splitlines()

    numbers = [int(row.split(",")[0]) for row in rows[1:]]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[-1] == 1 and len(set(numbers)) == len(numbers)


@pytest.mark.parametrize("asked", ["before=x", "before=99999999999999999999", "stream=all", "actor_uid=me"])
def test_an_address_that_makes_no_sense_is_read_as_if_it_were_not_there(
    served: Served, path: str, asked: str
) -> None:
    assert served.logged_in(served.clinic.auditor).get(f"{path}?{asked}").status_code == 200


def test_a_nurse_reads_no_journal(served: Served, path: str) -> None:
    assert served.logged_in(served.clinic.nurse).get(path).status_code == 403


def test_a_whole_journal_leaves_with_the_script_that_proves_it(served: Served, path: str) -> None:
    auditor = served.logged_in(served.clinic.auditor)

    export = auditor.get(f"{path}/changes.jsonl").text.splitlines()
    script: dict[str, Any] = {"__name__": "check_journal"}
    exec(auditor.get("/static/check_journal.py").text, script)  # noqa: S102 - as an auditor would run it

    assert len(export) > 3
    assert script["faults"](export, []) == []
    assert auditor.get(f"{path}/secrets.jsonl").status_code == 404
    assert served.logged_in(served.clinic.nurse).get(f"{path}/changes.jsonl").status_code == 403


def test_a_file_that_leaves_is_written_down_before_it_does(served: Served, path: str) -> None:
    auditor = served.logged_in(served.clinic.auditor)

    listed = auditor.get(f"/c/{served.clinic.uid}/stock/lots.csv")
    auditor.get(f"{path}/changes.jsonl")
    exports = auditor.get(f"{path}?kind=export").text

    assert listed.status_code == 200
    assert "journal/&lt;stream&gt;.jsonl" in exports
    assert "stock/lots.csv" in exports


def test_an_auditor_signs_off_what_was_read_and_a_manager_only_looks(served: Served, path: str) -> None:
    auditor, manager = (
        served.logged_in(served.clinic.auditor),
        served.logged_in(served.clinic.manager),
    )
    form = dict(re.findall(r'name="(key|stream|first_seq|through_seq|through_hash)"[^>]*value="([^"]*)"',
                           auditor.get(f"{path}/reviews").text))  # fmt: skip

    wordless = auditor.send(f"{path}/reviews", f"{path}/reviews", **form, comment=" ")
    signed = auditor.send(f"{path}/reviews", f"{path}/reviews", **form, comment="Nothing to remark.")
    again = auditor.send(f"{path}/reviews", f"{path}/reviews", **form, comment="Nothing to remark.")
    seen = manager.get(f"{path}/reviews").text

    assert (wordless.status_code, signed.status_code, again.status_code) == (422, 303, 303)
    assert seen.count("Nothing to remark.") == 1
    assert "Sign off" not in seen


def test_over_the_api_a_manager_reads_reviews_and_signs_nothing_off(served: Served, path: str) -> None:
    client = served.api(served.token(served.clinic.manager))
    entry = client.get("/api/v1/journal?limit=1").json["items"][0]
    body = {"stream": "changes", "first_seq": 1, "through_seq": entry["seq"], "through_hash": entry["hash"]}

    refused = client.post(
        "/api/v1/journal/reviews", json={**body, "comment": "Read."}, headers={"Idempotency-Key": "review-1"}
    )

    assert refused.status_code == 403
    assert client.get("/api/v1/journal/reviews").json == {"items": []}
