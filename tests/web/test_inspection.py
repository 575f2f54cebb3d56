"""Does one screen, and one paper, answer an unannounced visit about a lot, in the order in which it asks?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from stockroom.db.transaction import DISCLOSURES
from stockroom.ledger.journal import anchor_heads
from stockroom.models import JournalEntry
from stockroom.operations.count import Count, CountedLine, count
from stockroom.operations.merge_patients import MergePatients, merge_patients
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.release_hold import ReleaseHold, release_hold
from stockroom.outside.pdf_text import text_of
from stockroom.vocabulary import HoldReason, Role, SessionState
from stockroom.web import inspection_page, inspection_paper
from tests.builders import NOW, LotAt, key
from tests.serving import Served, serve
from tests.sessions import advance, line, opened, patient, session, used
from tests.thermometers import HOUR, read


class Visited:
    """A lot of three vials: one opened and injected, the rest counted, held and released, in a fridge that was warm."""

    def __init__(self, served: Served) -> None:
        self.served, house, clinic = served, served.house, served.clinic
        self.clinic = clinic
        read(clinic, 45, at=NOW - 30 * HOUR)  # before it came
        product = house.product("Filler <i>", content_quantity=2000)
        self.lot: LotAt = clinic.lot_on_shelf(product, "A1", presentations=3, now=NOW - 20 * HOUR)
        self.untouched = clinic.lot_on_shelf(product, "Z9", now=NOW - 20 * HOUR)
        self.other = clinic.lot_on_shelf(product, "Y8", now=NOW - 20 * HOUR)
        read(clinic, 52, at=NOW - 10 * HOUR)
        self.session = session(house, patient(house))
        advance(house, self.session, SessionState.ARRIVED, SessionState.IN_TREATMENT)
        self.vial = opened(house, self.lot)
        injector = clinic.practitioner
        used(house, self.session, line(self.vial, 1500, practitioner_uid=injector.person_uid), now=NOW + HOUR)
        counted = CountedLine(
            lot_uid=self.lot.uid,
            location_uid=clinic.fridge.uid,
            counted_at=NOW + 2 * HOUR,
            found_quantity=4000,
        )
        count(house.store, Count(lines=(counted,)), actor=house.nurse, key=key("count"), now=NOW + 2 * HOUR)
        hold = PlaceHold(reason=HoldReason.SUSPICION, note="a cloudy vial", lot_uid=self.lot.uid)
        placed = place_hold(house.store, hold, actor=house.nurse, key=key("hold"), now=NOW + 3 * HOUR)
        free = ReleaseHold(hold_uid=placed.hold_uid, note="it was the light")
        release_hold(house.store, free, actor=house.practitioner, key=key("free"), now=NOW + 4 * HOUR)
        anchor_heads(house.store, now=NOW + 5 * HOUR)
        self.auditor = clinic.employ(Role.AUDITOR, name="Ida Inspector")
        self.path = f"/c/{clinic.uid}/lots/{self.lot.uid}/inspection"


@pytest.fixture(scope="module")
def visited(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visited]:
    folder = tmp_path_factory.mktemp("visit")
    shutil.copy(sqlite_template, folder / "visit.sqlite")
    running = serve(f"sqlite:///{folder / 'visit.sqlite'}", folder)
    yield Visited(running)
    running.store.engine.dispose()


def test_the_screen_answers_in_the_order_in_which_it_is_asked(visited: Visited) -> None:
    page = visited.served.logged_in(visited.auditor).get(visited.path).text

    order = [
        "Journal intact up to entry", "Printed by Ida Inspector", "1. Who got it: 1 patient", "1.5 mL",
        "2. Who had it in hand", "3. Where the rest lies", "4. Holds", "a cloudy vial", "it was the light",
        "5. Temperatures where it lay", "5.2 °C to 5.2 °C, 1 reading",
    ]  # fmt: skip
    places = [page.find(words) for words in order]
    assert -1 not in places, order[places.index(-1)]
    assert places == sorted(places)
    assert "Filler &lt;i&gt;" in page and "<i>" not in page
    told = page[page.find("2. Who had") : page.find("3. Where")]
    for act in ("received", "opened", "injected", "booked the use", "counted"):
        assert f'<th scope="row">{act}</th>' in told, act
    assert "inject from 1 Jan 2020 until further notice" in told
    assert "2 vials" in page[page.find("3. Where") : page.find("4. Holds")]
    assert "Ana" not in page  # references alone


def test_the_paper_says_the_same_and_both_are_written_down(visited: Visited) -> None:
    auditor = visited.served.logged_in(visited.auditor)

    paper = auditor.client.get(f"{visited.path}.pdf")

    assert paper.mimetype == "application/pdf" and paper.data.startswith(b"%PDF")
    with visited.served.store.reading() as connection:
        rows = connection.execute(select(JournalEntry.kind, JournalEntry.stream, JournalEntry.payload)).all()
    exports = [row for row in rows if row.kind == "export" and "inspection.pdf" in row.payload]
    shown = [row for row in rows if row.stream == DISCLOSURES and '"inspection"' in row.payload]
    assert exports and shown


def test_a_lot_that_nobody_used_is_answered_too(visited: Visited) -> None:
    auditor = visited.served.logged_in(visited.auditor)

    page = auditor.get(visited.path.replace(visited.lot.uid, visited.untouched.uid)).text

    assert "1. Who got it: 0 patients" in page and "None, ever." in page and "never" in page
    assert auditor.get(visited.path.replace(visited.lot.uid, visited.clinic.uid)).status_code == 404
    administrator = visited.served.logged_in(visited.clinic.administrator)
    assert administrator.client.get(visited.path).status_code == 403


def test_somebody_who_was_not_authorised_on_the_day_is_seen(visited: Visited) -> None:
    nurse = visited.clinic.employ(Role.NURSE, name="Nina Unasked", authorised=("compound",))
    house = visited.served.house
    visit = session(house, patient(house))
    advance(house, visit, SessionState.ARRIVED, SessionState.IN_TREATMENT)
    later = NOW + timedelta(hours=6)
    used(house, visit, line(visited.other, 2000, practitioner_uid=nurse.person_uid), now=later)

    page = visited.served.logged_in(visited.auditor).get(
        visited.path.replace(visited.lot.uid, visited.other.uid)
    )

    assert "Nina Unasked" in page.text and "not authorised to inject on" in page.text
    assert "not authorised to receive" not in page.text  # which nobody ever was here


def test_of_very_many_patients_some_stand_on_the_screen_and_merged_records_are_one(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler", content_quantity=1000)
    lot = clinic.lot_on_shelf(filler, "M1", presentations=9)
    people = [patient(house) for _ in range(4)]
    for uid in people:
        used(house, session(house, uid), line(lot, 1000))
    auditor = served.logged_in(clinic.auditor)
    path = f"/c/{clinic.uid}/lots/{lot.uid}/inspection"
    merge = MergePatients(into_uid=people[0], merged_uid=people[3])
    merge_patients(served.store, merge, actor=house.nurse, key=key("merge"), now=NOW)
    monkeypatch.setattr(inspection_page, "PATIENTS", 2)
    monkeypatch.setattr(inspection_paper, "ROWS_ON_PAPER_MAX", 3)

    first, second = auditor.get(path).text, auditor.get(f"{path}?page=2").text
    paper = " ".join(text_of(auditor.client.get(f"{path}.pdf").data).split())

    traced = "/trace/patient/"
    assert first.count(traced) == 2 and "Page 1 of 2" in first and "1. Who got it: 3 patients" in first
    assert second.count(traced) == 1 and people[2] in second and "5. Temperatures" in second
    assert "1. Who got it: 3 patients" in paper and "The first 3 of 4 uses" in paper
