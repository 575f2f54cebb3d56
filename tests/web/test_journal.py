"""Can the journal be read on a screen: entry by entry, by kind and person, and as a file?"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, update

from stockroom.clock import now
from stockroom.jobs.runner import run
from stockroom.ledger.journal import anchor_heads
from stockroom.models import ApiToken, JournalEntry
from stockroom.operations.change_clinic import ChangeClinic, change_clinic
from stockroom.operations.plan_session import PlanSession, plan_session
from stockroom.operations.set_levels import SetStockLevel, set_stock_level
from stockroom.reads.clinics import clinic_settings
from stockroom.vocabulary import ContainerType, SessionState
from tests.builders import NOW, key
from tests.jobs.shop import shop_of
from tests.ledger.planting import unguarded
from tests.serving import Served
from tests.sessions import advance, line, opened, patient, session, used


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
    plan = PlanSession(patient_uid=patient(served.house), planned_at=datetime(2031, 6, 1, 9, tzinfo=UTC))
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


def test_the_search_finds_what_names_or_moves_a_thing_and_only_that(served: Served, path: str) -> None:
    house, at = served.house, now()
    drops = house.product("Drops", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    lot = served.clinic.lot_on_shelf(drops, "SOUGHT-1")
    served.clinic.lot_on_shelf(drops, "OTHER-1")
    visit = session(house, patient(house), planned_at=at, now=at)
    advance(house, visit, SessionState.ARRIVED, SessionState.IN_TREATMENT, now=at)
    used(house, visit, line(opened(house, lot, now=at), 500), now=at)
    auditor = served.logged_in(served.clinic.auditor)

    def kinds(asked: str) -> list[str]:
        rows = auditor.get(f"{path}/entries.csv?{asked}").text.splitlines()[1:]
        return [row.split(",")[5] for row in rows]

    sought = kinds("q=SOUGHT-1")

    assert {"container.open", "use"} <= set(sought)
    assert "location.add" not in sought
    assert len(kinds("q=OTHER-1")) < len(sought)
    assert "Entries that name, or move" in auditor.get(f"{path}?q=SOUGHT-1").text
    assert kinds("q=in_treatment") == ["session.in_treatment"], (
        "a word that nothing goes by is looked for as written"
    )
    assert set(kinds("kind=session.*")) >= {"session.plan", "session.arrived", "session.in_treatment"}
    assert kinds("kind=session.*&until=2020-01-01") == []
    assert "/changes/7" in auditor.get(f"{path}?q=%237").text, "a number leads to the entry that has it"


def test_a_period_reads_from_the_first_to_the_last_instant_of_its_days(served: Served, path: str) -> None:
    auditor = served.logged_in(served.clinic.auditor)
    plan = PlanSession(patient_uid=patient(served.house), planned_at=datetime(2031, 6, 1, 9, tzinfo=UTC))
    days = [datetime(2031, 5, n, 9, tzinfo=UTC) for n in (1, 2, 2, 3)]
    for n, at in enumerate(days):
        plan_session(served.store, plan, actor=served.clinic.nurse, key=f"day-{n}", now=at)

    def count(asked: str) -> int:
        return len(auditor.get(f"{path}/entries.csv?{asked}").text.splitlines()) - 1

    assert count("kind=session.plan&since=2031-05-02&until=2031-05-02") == 2
    assert count("kind=session.plan&since=2031-05-02") == 3
    assert count("kind=session.plan&since=2031-05-04") == 0


def test_what_was_changed_stands_side_by_side(served: Served, path: str) -> None:
    with served.store.reading() as connection:
        clinic = clinic_settings(connection, served.clinic.id)
    change = ChangeClinic(
        version=clinic.version, name="Another name", time_zone=clinic.time_zone, country=clinic.country,
        currency=clinic.currency, books_begin_on=clinic.books_begin_on,
    )  # fmt: skip
    change_clinic(served.store, change, actor=served.clinic.administrator, key="other-name", now=now())
    auditor = served.logged_in(served.clinic.auditor)

    row = auditor.get(f"{path}?kind=clinic.change").text
    number = re.findall(r"journal/changes/(\d+)", row)[0]
    entry = auditor.get(f"{path}/changes/{number}").text

    assert f"name {clinic.name} → Another name" in row
    assert 'data-label="Before"' in entry and 'data-label="After"' in entry
    assert f"<del>{clinic.name}</del>" in entry and "<ins>Another name</ins>" in entry
    assert "Europe/Sofia" not in entry, "what stayed as it was is not said to be changed"


def test_what_belongs_to_no_one_clinic_has_its_own_journal(served: Served, path: str) -> None:
    served.house.product("Newest of all")
    auditor = served.logged_in(served.clinic.auditor)

    page = auditor.get(f"{path}?stream=organisation")
    entry = auditor.get(f"{path}/organisation/1")
    export = auditor.get(f"{path}/organisation.jsonl").text.splitlines()

    assert "product.add" in page.text and "log_in" in page.text
    assert entry.status_code == 200 and "Hash of this entry" in entry.text
    assert '"journal": "organisation"' in export[0]


def test_over_the_api_it_is_narrowed_in_the_same_ways(served: Served, path: str) -> None:
    client = served.api(served.token(served.clinic.manager))

    def kinds(**asked: str) -> set[str]:
        return {each["kind"] for each in client.get("/api/v1/journal", query_string=asked).json["items"]}

    assert kinds(kind="session.*") == {"session.plan"}
    assert kinds(kind="session.*", until="2020-01-01T00:00:00Z") == set()
    assert kinds(kind="session.*", actor_uid=served.clinic.manager.person_uid) == set()
    assert "patient.register" in kinds(stream="organisation", kind="patient.*")
    assert kinds(naming=served.clinic.nurse.person_uid) >= {"session.plan"}


def test_an_entry_names_the_request_that_made_it(served: Served, path: str) -> None:
    auditor = served.logged_in(served.clinic.auditor)

    listed = auditor.get(f"{path}/entries.csv")
    entries = auditor.get(f"{path}/entries.csv?kind=export").text

    assert listed.headers["X-Request-Id"] in entries, "the log names it in the same way"


def test_an_entry_names_the_token_that_made_it_and_a_reader_its_name(served: Served, path: str) -> None:
    """I-24: two tokens of one person may be called the same."""
    lot = served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    for _ in range(2):
        api = served.api(served.token(served.clinic.practitioner))
        told, sent = {"reason": "suspicion", "note": "odd"}, {"Idempotency-Key": key("hold")}
        assert api.post(f"/api/v1/lots/{lot.uid}/holds", json=told, headers=sent).status_code == 201

    with served.store.reading() as connection:
        entries = select(JournalEntry.seq, JournalEntry.payload).where(JournalEntry.kind == "hold.place")
        rows = connection.execute(entries).all()
        theirs = select(ApiToken.uid).where(ApiToken.user_id == served.clinic.practitioner.user_id)
        uids = set(connection.execute(theirs).scalars())
    assert {json.loads(row.payload)["by_token"] for row in rows} == uids and len(uids) == len(rows) == 2
    shown = served.logged_in(served.clinic.auditor).get(f"{path}/changes/{rows[0].seq}").text
    assert "by_token" in shown and 'test <span class="under">' in shown


def test_an_entry_says_what_people_call_the_things_it_names(served: Served, path: str) -> None:
    drops = served.house.product("Drops of something")
    told = SetStockLevel(product_uid=drops.uid, minimum_count=2, target_count=5)
    set_stock_level(served.store, told, actor=served.clinic.manager, key="level", now=now())
    auditor = served.logged_in(served.clinic.auditor)

    number = re.findall(r"journal/changes/(\d+)", auditor.get(f"{path}?kind=stock_level.set").text)[0]
    level = auditor.get(f"{path}/changes/{number}").text

    assert "Drops of something" in level and drops.uid in level
    assert "<del>–</del>" in level and "<ins>5</ins>" in level


def test_the_reviews_say_that_the_journal_is_intact_and_where_it_is_not(served: Served, path: str) -> None:
    auditor, store = served.logged_in(served.clinic.auditor), served.store
    anchor_heads(store, now=NOW)
    whole = auditor.get(f"{path}/reviews").text
    organisation = auditor.get(f"{path}/reviews?stream=organisation").text
    with unguarded(store) as connection:
        entry = JournalEntry.__table__
        planned = entry.c.kind == "session.plan"
        seq = connection.execute(select(func.min(entry.c.seq)).where(planned)).scalar_one()
        connection.execute(update(entry).where(planned, entry.c.seq == seq).values(roles="nobody"))
    run(shop_of(store), "verify")

    broken = auditor.get(f"{path}/reviews")

    assert "Journal intact up to entry" in whole and "Journal intact up to entry" in organisation
    assert broken.status_code == 200 and "Journal intact" not in broken.text
    assert f"The journal is NOT intact: entry {seq} is not as it was." in broken.text
    assert f'href="{path}/changes/{seq}"' in broken.text
    assert f":changes {seq}: does not hash to what it says" in broken.text  # by the job
    assert "Traceback" not in broken.text
