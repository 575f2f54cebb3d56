"""Does an auditor get from a lot to its patients and back, with the disclosure written down?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event, func, select

from stockroom.models import JournalEntry
from tests.receiving import gs1, scanned, take_in
from tests.serving import Served
from tests.sessions import line, patient, session, used


class Trail:
    """A filler of lot -T1 used on one patient in two sessions."""

    def __init__(self, served: Served) -> None:
        house, clinic = served.house, served.clinic
        self.filler = house.product("Filler <b>")
        self.lot = clinic.lot_on_shelf(self.filler, "-T1", presentations=9)
        self.patient_uid = patient(house)
        self.sessions = [session(house, self.patient_uid) for _ in range(2)]
        for each in self.sessions:
            used(house, each, line(self.lot, self.filler.content_quantity))
        self.path = f"/c/{clinic.uid}/trace"


def _disclosures(served: Served) -> int:
    with served.store.reading() as connection:
        counted = select(func.count()).select_from(JournalEntry).where(JournalEntry.kind == "disclosure")
        return int(connection.execute(counted).scalar_one())


def test_a_typed_lot_number_leads_to_every_session_and_patient(served: Served) -> None:
    trail = Trail(served)
    auditor = served.logged_in(served.clinic.auditor)

    answer = auditor.send(trail.path, trail.path, scan="-T1")
    assert answer.status_code == 303, answer.text
    page = auditor.get(answer.headers["Location"])

    assert "1 patient in 2 sessions" in page.text
    assert "<svg" in page.text and "Where everything went" in page.text
    assert all(f"/sessions/{uid}" in page.text or "#" in page.text for uid in trail.sessions)
    assert "<b>" not in page.text
    assert _disclosures(served) == 1


def test_it_goes_back_from_the_patient_to_the_lot(served: Served) -> None:
    trail = Trail(served)

    page = served.logged_in(served.clinic.auditor).get(f"{trail.path}/patient/{trail.patient_uid}")

    assert "-T1" in page.text and "Back from a patient" in page.text


def test_the_files_hold_every_use_and_no_number_of_our_own(served: Served) -> None:
    trail = Trail(served)
    auditor = served.logged_in(served.clinic.auditor)

    table = auditor.get(f"{trail.path}/lot/{trail.lot.uid}/uses.csv").text.splitlines()
    told: dict[str, Any] = json.loads(auditor.get(f"{trail.path}/lot/{trail.lot.uid}/trace.json").text)

    assert len(table) == 3
    assert all(",'-T1," in row for row in table[1:]), "a lot number must not become a formula"
    assert {use["session_uid"] for use in told["uses"]} == set(trail.sessions)
    assert "lot_id" not in json.dumps(told)


def test_the_box_takes_a_product_or_a_delivery_note_too(served: Served) -> None:
    trail = Trail(served)
    pack = scanned(served.clinic.fridge, gs1(trail.filler.gtin, "T2"))
    came = take_in(served.house, pack, delivery_note="DN 77 <b>")
    auditor = served.logged_in(served.clinic.auditor)

    by_product = auditor.send(trail.path, trail.path, scan="filler")
    by_note = auditor.send(trail.path, trail.path, scan="DN 77 <b>")

    assert by_product.status_code == 200
    assert "-T1" in by_product.text and "T2" in by_product.text and "<b>" not in by_product.text
    assert by_note.status_code == 303
    assert by_note.headers["Location"].endswith(f"/trace/lot/{came.lines[0].lot_uid}")


def test_what_nobody_knows_is_said_beside_the_box_and_kept_in_it(served: Served) -> None:
    trail = Trail(served)

    answer = served.logged_in(served.clinic.auditor).send(trail.path, trail.path, scan="NOPE")

    nul = served.logged_in(served.clinic.auditor).send(trail.path, trail.path, scan="NO\0PE")

    assert answer.status_code == 404
    assert 'value="NOPE"' in answer.text
    assert nul.status_code == 400 and 'value="NOPE"' in nul.text


@pytest.mark.parametrize("way", ["lot", "session", "spaceship"])
def test_another_clinics_thing_or_none_at_all_is_not_found(served: Served, way: str) -> None:
    other = served.house.another_clinic("Rila")
    theirs = other.lot_on_shelf(served.house.product("Filler"), "X")

    page = served.logged_in(served.clinic.auditor).get(f"/c/{served.clinic.uid}/trace/{way}/{theirs.uid}")

    assert page.status_code == 404


def test_an_administrator_sees_no_trace(served: Served) -> None:
    page = served.logged_in(served.clinic.administrator).get(f"/c/{served.clinic.uid}/trace")

    assert page.status_code == 403


def test_a_longer_trace_costs_no_more_statements(served: Served) -> None:
    trail, counts = Trail(served), []
    auditor = served.logged_in(served.clinic.auditor)
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for _ in range(2):
        statements.clear()
        auditor.get(f"{trail.path}/lot/{trail.lot.uid}")
        counts.append(len(statements))
        used(
            served.house,
            session(served.house, patient(served.house)),
            line(trail.lot, trail.filler.content_quantity),
        )

    assert counts[0] == counts[1]
