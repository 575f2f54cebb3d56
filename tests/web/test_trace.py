"""Does an auditor get from a lot to its patients and back, with the disclosure written down?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import event, func, select

from stockroom.clock import now
from stockroom.models import (
    JournalEntry,
    Location,
    Lot,
    Movement,
    Person,
    Receipt,
    Supplier,
    TreatmentSession,
)
from stockroom.operations.dispose import FinishContainer, finish_container
from stockroom.operations.merge_patients import MergePatients, merge_patients
from stockroom.queries import traces
from stockroom.vocabulary import ContainerType, DisposalReason
from tests.builders import LotAt, key
from tests.cocktails import add, begin, finish
from tests.failing_entries import FailingEntries
from tests.receiving import gs1, rows_of, scanned, take_in
from tests.serving import Served
from tests.sessions import line, opened, patient, session, used


class Trail:
    """A filler of lot -T1 used on one patient in two sessions."""

    def __init__(self, served: Served, *, presentations: int = 9) -> None:
        house, clinic = served.house, served.clinic
        self.filler = house.product("Filler <b>")
        self.lot = clinic.lot_on_shelf(self.filler, "-T1", presentations=presentations)
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
    assert "<svg" in page.text and "Statement of completeness" in page.text
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


def _leads_to(served: Served, text: str) -> str:
    """Where the auditor's box leads, without the address of the clinic's traces."""
    path = f"/c/{served.clinic.uid}/trace"
    answer = served.logged_in(served.clinic.auditor).send(path, path, scan=text)
    assert answer.status_code == 303, (text, answer.text)
    return str(answer.headers["Location"]).partition(path)[2]


def test_the_box_takes_anything(served: Served) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler <b>", content_quantity=5000)
    came = take_in(
        house, scanned(clinic.fridge, gs1(filler.gtin, "T2", serial="SER-1")), delivery_note="DN 77 <b>"
    )
    lot_uid = came.lines[0].lot_uid
    (receipt,) = rows_of(served.store, Receipt, Receipt.uid == came.receipt_uid)
    (supplier,) = rows_of(served.store, Supplier, Supplier.id == receipt.supplier_id)
    (movement,) = rows_of(served.store, Movement, Movement.id == receipt.movement_id)
    (lot,) = rows_of(served.store, Lot, Lot.uid == lot_uid)
    on_shelf = LotAt(id=lot.id, uid=lot.uid, number="T2", location_id=clinic.fridge.id)
    vial = opened(house, on_shelf, now=now())
    (fridge,) = rows_of(served.store, Location, Location.uid == clinic.fridge.uid)
    visit = session(house, planned_at=now())
    (visited,) = rows_of(served.store, TreatmentSession, TreatmentSession.uid == visit)

    for text, leads_to in (
        ("T2", f"/lot/{lot_uid}"),
        ("t2", f"/lot/{lot_uid}"),
        (gs1(filler.gtin, "T2"), f"/lot/{lot_uid}"),
        (gs1(filler.gtin, "T2", serial="SER-1"), f"/lot/{lot_uid}"),
        ("SER-1", f"/lot/{lot_uid}"),
        (lot_uid, f"/lot/{lot_uid}"),
        (vial.short_code.lower(), f"/container/{vial.container_uid}"),
        (f"SRC:{vial.short_code}", f"/container/{vial.container_uid}"),
        (filler.gtin, f"/of/product/{filler.uid}"),
        ("filler", f"/of/product/{filler.uid}"),
        ("DN 77 <b>", f"/of/receipt/{receipt.uid}"),
        ("dn 77", f"/of/receipt/{receipt.uid}"),
        (supplier.name, f"/of/supplier/{supplier.uid}"),
        (f"#{movement.seq}", f"/of/movement/{movement.uid}"),
        (movement.uid, f"/of/movement/{movement.uid}"),
        (fridge.name, f"/of/location/{fridge.uid}"),
        (fridge.short_code, f"/of/location/{fridge.uid}"),
        (visited.short_code, f"/session/{visit}"),
    ):
        assert _leads_to(served, text) == leads_to, text


def test_a_vial_that_ended_is_traced_by_its_code_too(served: Served) -> None:
    house, clinic = served.house, served.clinic
    lot = clinic.lot_on_shelf(house.product("Toxin", content_quantity=5000), "A1")
    vial = opened(house, lot, now=now())
    finish_container(
        served.store,
        FinishContainer(container_uid=vial.container_uid, reason=DisposalReason.BROKEN),
        actor=clinic.nurse,
        key="end",
        now=now(),
    )

    assert _leads_to(served, vial.short_code) == f"/container/{vial.container_uid}"


def test_what_leads_to_several_lots_lists_them_page_by_page(served: Served) -> None:
    trail = Trail(served)
    auditor = served.logged_in(served.clinic.auditor)
    path = f"{trail.path}/of/product/{trail.filler.uid}"

    alone = auditor.get(path)
    for n in range(60):
        served.clinic.lot_on_shelf(trail.filler, f"M{n:02d}")
    first, second, searched = auditor.get(path), auditor.get(f"{path}?page=2"), auditor.get(f"{path}?q=-t1")

    assert alone.status_code == 303 and alone.headers["Location"].endswith(f"/trace/lot/{trail.lot.uid}")
    assert "Page 1 of 2" in first.text and "M59" in first.text and "M00" not in first.text
    assert "M00" in second.text and "<b>" not in second.text
    assert "-T1" in searched.text and "M00" not in searched.text


def test_a_room_and_a_person_lead_to_their_sessions(served: Served) -> None:
    trail = Trail(served)
    (person,) = rows_of(served.store, Person, Person.id == served.clinic.nurse.person_id)

    leads_to = _leads_to(served, person.name)
    page = served.logged_in(served.clinic.auditor).get(f"{trail.path}{leads_to}")

    assert leads_to == f"/of/person/{person.uid}"
    assert all(f"/trace/session/{uid}" in page.text for uid in trail.sessions)
    assert _disclosures(served) == 0, "no patient is named on it"
    take_in(served.house, scanned(served.clinic.fridge, gs1(trail.filler.gtin, "NEVER-USED")))
    whole = served.logged_in(served.clinic.auditor).get(f"{trail.path}/person/{person.uid}")
    assert f"{trail.path}/person/{person.uid}" in page.text and "NEVER-USED" in whole.text


def test_lots_of_one_number_are_offered_also_in_other_letters_and_of_other_products(served: Served) -> None:
    clinic, house = served.clinic, served.house
    lots = [
        clinic.lot_on_shelf(house.product(name), number)
        for name, number in (("Filler", "aB1"), ("Filler two", "AB1"), ("Filler three", "ab1"))
    ]
    path = f"/c/{clinic.uid}/trace"

    answer = served.logged_in(clinic.auditor).send(path, path, scan="Ab1")

    assert answer.status_code == 200 and "Which one?" in answer.text
    assert all(f"/trace/lot/{lot.uid}" in answer.text for lot in lots)


def test_a_pack_whose_lot_is_not_in_the_books_says_so_and_offers_what_is(served: Served) -> None:
    trail = Trail(served)
    other = served.clinic.lot_on_shelf(served.house.product("Other"), "T9")

    answer = served.logged_in(served.clinic.auditor).send(
        trail.path, trail.path, scan=gs1(trail.filler.gtin, "T9")
    )

    assert answer.status_code == 200, "another product's lot of this number is no answer by itself"
    assert "is not in the books of this clinic" in answer.text
    assert f"/trace/of/product/{trail.filler.uid}" in answer.text
    assert f"/trace/lot/{other.uid}" in answer.text


def _uses_in(page: str) -> str:
    return page.partition("Every use")[2].partition("</table>")[0]


def test_a_long_trace_is_read_page_by_page_and_its_files_are_whole(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail = Trail(served, presentations=70)
    for _ in range(60):
        used(
            served.house,
            session(served.house, trail.patient_uid),
            line(trail.lot, trail.filler.content_quantity),
        )
    auditor = served.logged_in(served.clinic.auditor)
    path = f"{trail.path}/lot/{trail.lot.uid}"

    page, second = auditor.get(path), auditor.get(f"{path}?part=uses&page=2")
    table = auditor.get(f"{path}/uses.csv").text.splitlines()

    assert "All 62 rows, page by page" in page.text and page.text.count("Entry") <= 52
    assert "Page 2 of 2" in second.text and "Statement of completeness" not in second.text
    assert second.text.count('data-label="Entry"') == 12
    assert len(table) == 63

    monkeypatch.setitem(traces.traced_forward.__kwdefaults__, "held_max", 60)
    files = ("uses.csv", "trace.json")
    held = [auditor.get(f"{path}/{file}").text for file in files]
    summary, other = auditor.get(path), auditor.get(f"{path}?part=uses&page=2")
    place = auditor.get(f"{path}?part=lying").text
    monkeypatch.setitem(traces.traced_forward.__kwdefaults__, "held_max", 2)

    assert "1 patient in 62 sessions" in summary.text and "There are 62 uses" in summary.text
    assert "62 ×" in summary.text and "All 62 rows, page by page" in summary.text
    assert _uses_in(other.text) == _uses_in(second.text) and '<svg class="flow"' not in other.text
    assert "Quantity" in place and 'data-label="Entry"' not in place
    assert [auditor.get(f"{path}/{file}").text for file in files] == held
    assert held[0].splitlines() == table and len(json.loads(held[1])["uses"]) == 62


@pytest.mark.parametrize("held_max", [60, 1])
def test_records_that_were_merged_are_one_patient_in_the_sentence_the_picture_and_the_files(
    served: Served, monkeypatch: pytest.MonkeyPatch, held_max: int
) -> None:
    trail = Trail(served)
    twin = patient(served.house)
    used(served.house, session(served.house, twin), line(trail.lot, trail.filler.content_quantity))
    auditor = served.logged_in(served.clinic.auditor)
    path = f"{trail.path}/lot/{trail.lot.uid}"
    monkeypatch.setitem(traces.traced_forward.__kwdefaults__, "held_max", held_max)
    before = auditor.get(path).text

    merge = MergePatients(into_uid=trail.patient_uid, merged_uid=twin)
    merge_patients(served.store, merge, actor=served.house.nurse, key=key("merge"), now=now())
    page, told = auditor.get(path).text, auditor.get(f"{path}/trace.json").get_json()

    assert "2 patients in 3 sessions" in before and "1 patient in 3 sessions" in page
    drawn = page.partition('<svg class="flow"')[2].partition("</svg>")[0]
    assert drawn.count(f"/patients/{trail.patient_uid}") == (held_max > 1) and twin not in drawn
    assert {each["uid"]: each["meant_uid"] for each in told["patients"]} == {
        trail.patient_uid: trail.patient_uid,
        twin: trail.patient_uid,
    }
    assert {use["patient_uid"] for use in told["uses"]} == {trail.patient_uid, twin}


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


def test_a_longer_trace_costs_no_more_statements(served: Served, entries_fail_first: FailingEntries) -> None:
    entries_fail_first.stop()
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


def test_a_cocktail_is_traced_back_to_what_went_into_it(served: Served) -> None:
    house, clinic = served.house, served.clinic
    saline = house.product("Saline <b>", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    came = take_in(house, scanned(clinic.fridge, gs1(saline.gtin, "S1")), delivery_note="DN-S")
    draft = begin(house, None, session(house), reason="to try").preparation_uid
    add(house, draft, lot_uid=came.lines[0].lot_uid, quantity=2000)
    made = finish(house, draft, output_quantity=2000)
    auditor = served.logged_in(clinic.auditor)
    path = f"/c/{clinic.uid}/trace"

    forward = auditor.get(f"{path}/preparation/{draft}").text
    back = auditor.get(f"{path}/made_of/{made.lot_uid}").text
    table = auditor.get(f"{path}/made_of/{made.lot_uid}/uses.csv").text.splitlines()

    assert f"/trace/made_of/{made.lot_uid}" in forward
    assert "What went into lot" in back and "S1" in back and "DN-S" in back and "<svg" in back
    assert "Saline &lt;b&gt;" in back and "<b>" not in back
    assert len(table) == 3 and any(row.startswith("S1,") for row in table)
    assert _disclosures(served) == 0, "nobody is named on it"
