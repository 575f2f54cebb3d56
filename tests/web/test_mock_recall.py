"""Is an exercise held by the server's watch, and is its evidence, and that of a recall, signed and printed?"""

from __future__ import annotations

import io
import re
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import func, select

from stockroom.clock import now
from stockroom.models import (
    EvidencePack,
    JournalEntry,
    Lot,
    Movement,
    Patient,
    ProductHold,
    RecallAttempt,
    RecallMockResult,
)
from stockroom.operations.merge_patients import MergePatients, merge_patients
from stockroom.operations.reverse import Reverse, reverse
from stockroom.queries import traces
from stockroom.web import recall_evidence_page
from tests.builders import key
from tests.evidence_annex import digest_of_annex, rows_of_annex
from tests.ledger.planting import unguarded
from tests.oracles.trace_oracle import Compound, Receive, Use
from tests.queries.history_writer import Writer
from tests.queries.test_traces import told
from tests.recall_cases import case_of
from tests.receiving import gs1, rows_of
from tests.serving import Served
from tests.sessions import line, patient, session, used
from tests.web.sending import fill_in, hidden_of


def pages_of(answer: Any) -> list[str]:
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(io.BytesIO(answer.data))]


def _recall_of(mock: str) -> str:
    return mock.replace("/mock-recalls/", "/recalls/")


def _used_lot(served: Served) -> tuple[Any, str]:
    """A lot of which two patients got something in two sessions each; the product, and one patient's uid."""
    house = served.house
    filler = house.product("Filler")
    lot = served.clinic.lot_on_shelf(filler, "MR-1", presentations=9)
    patients = [patient(house), patient(house)]
    for uid in patients * 2:
        used(house, session(house, uid, now=now(), planned_at=now()), line(lot, 5000), now=now())
    return filler, patients[0]


def test_an_exercise_names_everybody_holds_nothing_and_is_kept(served: Served) -> None:
    _used_lot(served)
    served.clinic.lot_on_shelf(served.house.product("Other"), "MR-10")
    manager, home = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/mock-recalls"

    empty = manager.get(home).text
    unsaid = fill_in(manager, home, text="")
    started = fill_in(manager, home, text="mr-1")
    page = started.headers["Location"]
    running = manager.get(page).text
    form = hidden_of(manager, page)
    none = manager.client.post(page, data=form)
    chosen = [
        part.partition('"')[0]
        for part in running.split('name="lots"')[1:]
        for part in [part.split('value="')[1]]
    ]
    exact = next(each for each in chosen if each.endswith(" MR-1"))
    done, again = (manager.client.post(page, data={**form, "lots": exact}) for _ in range(2))
    result, listed = manager.get(page).text, manager.get(home).text
    table = manager.get(f"{home}/mock-recalls.csv").text

    signed = manager.client.post(
        f"{_recall_of(page)}/evidence",
        data={**hidden_of(manager, f"{_recall_of(page)}/evidence"), "comment": "Read."},
    )
    pack = manager.get(f"{_recall_of(page)}/evidence").text.split("/evidence/")[1].split(".pdf")[0]
    paper = "\n".join(pages_of(manager.get(f"{_recall_of(page)}/evidence/{pack}.pdf")))

    assert signed.status_code == 303 and "2 patients in 4 sessions" in paper
    assert "Complete list of patients" in paper and "directly" in paper
    assert "Who was told" not in paper and "Replies" not in paper, "nobody is told of an exercise"
    assert "No exercise was held yet" in empty and unsaid.status_code == 422
    assert "data-stopwatch" in running and len(chosen) == 2
    assert none.status_code == 422
    assert done.status_code == again.status_code == 303
    assert "seconds" in result and result.count('data-label="Treated"') == 2 and "complete" in result
    assert "not finished" not in listed and "MR-1" in table.upper()
    (kept,) = rows_of(served.store, RecallMockResult)
    assert (kept.lots, kept.sessions, kept.patients, kept.is_complete) == (1, 4, 2, True)
    assert kept.listed_after_ms > 0
    assert not rows_of(served.store, ProductHold) and not rows_of(served.store, RecallAttempt)
    with served.store.reading() as connection:
        purposes = connection.execute(
            select(func.count()).where(
                JournalEntry.kind == "disclosure", JournalEntry.payload.contains("mock_recall")
            )
        ).scalar_one()
    assert purposes == 1
    nurse = served.logged_in(served.clinic.nurse)
    assert nurse.client.post(home, data={"text": "MR-1"}).status_code == 403


def test_a_lot_that_went_through_two_cocktails_into_120_sessions_is_listed_within_a_minute(
    served: Served,
) -> None:
    first, second = Compound("c1", (("l", 150),), 140), Compound("c2", (("c1", 140),), 130)
    uses = [Use("c2", f"s{n}@0", 1) for n in range(120)]
    writer = Writer(served.store, served.house)
    writer.write([("t", told(Receive("l", 200, "d"), first, second, *uses))])
    (lot,) = rows_of(served.store, Lot, Lot.kind == "manufactured")
    manager, home = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/mock-recalls"

    page = fill_in(manager, home, text=lot.number).headers["Location"]
    (chosen,) = re.findall(r'name="lots"[^>]*value="([^"]+)"', manager.get(page).text)
    manager.client.post(page, data={**hidden_of(manager, page), "lots": chosen})
    (kept,) = rows_of(served.store, RecallMockResult)

    assert (kept.lots, kept.cocktails, kept.sessions) == (1, 2, 120)
    assert kept.is_complete and kept.listed_after_ms < 60_000
    assert "120" in manager.get(page).text


def test_a_lot_that_nobody_knows_says_so_and_a_scan_means_its_product_alone(served: Served) -> None:
    manager, home = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/mock-recalls"
    filler = served.house.product("Filler")
    for product in (filler, served.house.product("Other")):
        served.clinic.lot_on_shelf(product, "SAME-1")

    unknown, typed, scanned = (
        manager.get(fill_in(manager, home, text=text).headers["Location"]).text
        for text in ("NEVER <b>", "SAME-1", gs1(filler.gtin, "SAME-1"))
    )

    assert "No lot is called like this" in unknown
    assert (typed.count('name="lots"'), scanned.count('name="lots"')) == (2, 1)
    assert f"SAME-1 · {filler.gtin}" in scanned and "]d2" not in scanned, "called as people read it"


def test_the_evidence_of_a_recall_is_signed_and_printed_as_it_stood(served: Served) -> None:
    house, auditor = served.house, served.logged_in(served.clinic.auditor)
    filler, patient_uid = _used_lot(served)
    case_uid = case_of(house, filler, "MR-1", "MR-99")
    path = f"/c/{served.clinic.uid}/recalls/{case_uid}"
    home = f"{path}/evidence"

    unsigned = auditor.get(home).text
    form = hidden_of(auditor, home)
    forged = auditor.client.post(home, data={**form, "digest": "0" * 64, "comment": "looked"})
    wordless = auditor.client.post(home, data=form)
    signed = auditor.client.post(home, data={**form, "comment": "All sessions compared with the diary."})
    page = auditor.get(home).text
    paper = f"{home}/{page.split('/evidence/')[1].split('.pdf')[0]}.pdf"
    before = "\n".join(pages_of(auditor.get(paper)))
    nurse = served.logged_in(served.clinic.nurse)
    fill_in(
        nurse, f"{path}/contacts/{patient_uid}", action="", channel="phone", outcome="reached",
        tried_at="2026-03-01T10:00", next_step="nothing",
    )  # fmt: skip
    after = "\n".join(pages_of(auditor.get(paper)))

    assert "Nobody has signed this off yet" in unsigned
    assert forged.status_code == 409 and wordless.status_code == 422 and signed.status_code == 303
    for said in (
        "Books are kept since", "Notice 1", "What it covers", "What was held", "Statement of completeness",
        "Affected sessions and patients", "2 patients in 4 sessions", "Who was told", "Replies to the issuer",
        "Nothing was answered.", "Course and closing", "All sessions compared", "MR-99", "none",
        "What is printed here is what was signed",
    ):  # fmt: skip
        assert said in before, said
    assert "Ana " not in before and "IS NOT WHAT WAS SIGNED" not in after
    assert "reached 0 (0 %)" in after.replace("\r\n", " ")
    assert auditor.client.get(paper.replace(case_uid, house.supplier_uid)).status_code == 404


def test_a_recalls_pack_has_an_annex_and_says_what_was_taken_back_since_it_was_signed(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    house, auditor = served.house, served.logged_in(served.clinic.auditor)
    filler, _ = _used_lot(served)
    rila = house.another_clinic("Rila")
    visit = session(house, patient(house), clinic=rila, now=now(), planned_at=now())
    used(house, visit, line(rila.lot_on_shelf(filler, "MR-1"), 5000), now=now(), actor=rila.nurse)
    home = f"/c/{served.clinic.uid}/recalls/{case_of(house, filler, 'MR-1')}/evidence"
    auditor.client.post(home, data={**hidden_of(auditor, home), "comment": "looked"})
    (pack,) = rows_of(served.store, EvidencePack)
    (first, *_) = rows_of(served.store, Movement, Movement.kind == "use")
    back = Reverse(movement_uid=first.uid, reason="another patient's")
    reverse(served.store, back, actor=house.nurse, key=key("back"), now=now())

    monkeypatch.setattr(recall_evidence_page, "ROWS_ON_PAPER_MAX", 1)
    monkeypatch.setitem(traces.traced_forward.__kwdefaults__, "held_max", 1)
    rows = rows_of_annex(auditor.get(f"{home}/{pack.uid}/rows.csv").text)
    told = " ".join(" ".join(pages_of(auditor.get(f"{home}/{pack.uid}.pdf"))).split())

    assert digest_of_annex(rows) == pack.digest and "IS NOT WHAT WAS SIGNED" not in told
    uses = [row for row in rows if row["what"] == "use"]
    unseen = [row for row in rows if not row["signed_row"]]
    assert [row["changed_since_entry"] != "" for row in uses] == [True, False, False, False, False]
    assert [row["what"] for row in unseen] == ["use", "contact"], "of a clinic in which she may not trace"
    assert not any(row["patient"] or row["lot"] for row in unseen)
    assert "The first 1 of 4. The annex" in told and "The first 1 of 2. The annex" in told
    assert "another patient's" in told


def test_what_is_merged_or_erased_later_changes_no_signed_evidence_of_a_recall(served: Served) -> None:
    house, auditor = served.house, served.logged_in(served.clinic.auditor)
    filler, first = _used_lot(served)
    case_uid = case_of(house, filler, "MR-1")
    for each in rows_of(served.store, Movement, Movement.kind == "use"):
        back = Reverse(movement_uid=each.uid, reason="another lot")
        reverse(served.store, back, actor=house.nurse, key=key("back"), now=now())
    home = f"/c/{served.clinic.uid}/recalls/{case_uid}/evidence"
    auditor.client.post(home, data={**hidden_of(auditor, home), "comment": "looked"})
    (pack,) = rows_of(served.store, EvidencePack)
    other = next(row.uid for row in rows_of(served.store, Patient) if row.uid != first)

    def told() -> str:
        return " ".join(" ".join(pages_of(auditor.get(f"{home}/{pack.uid}.pdf"))).split())

    merge = MergePatients(into_uid=other, merged_uid=first)
    merge_patients(served.store, merge, actor=house.nurse, key=key("merge"), now=now())
    merged = told()
    annex = rows_of_annex(auditor.get(f"{home}/{pack.uid}/rows.csv").text)
    with unguarded(served.store) as connection:
        connection.exec_driver_sql("UPDATE patient SET erased_at = updated_at")
    erased = told()

    known = {row["patient"] for row in annex if row["what"] == "contact"}
    assert len(known) == 1 and "" not in known, "two records of one patient, by whom she is now"
    assert "the record was erased" in erased and "the record was erased" not in merged
    assert "IS NOT WHAT WAS SIGNED" not in merged and "IS NOT WHAT WAS SIGNED" not in erased
