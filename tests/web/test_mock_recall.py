"""Is an exercise held by the server's watch, and is its evidence, and that of a recall, signed and printed?"""

from __future__ import annotations

import io
from typing import Any

import pypdfium2
from sqlalchemy import func, select

from stockroom.clock import now
from stockroom.models import JournalEntry, ProductHold, RecallAttempt, RecallMockResult
from tests.recall_cases import case_of
from tests.receiving import rows_of
from tests.serving import Served
from tests.sessions import line, patient, session, used
from tests.web.sending import fill_in, hidden_of


def pages_of(answer: Any) -> list[str]:
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(io.BytesIO(answer.data))]


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


def test_a_lot_that_nobody_knows_says_so(served: Served) -> None:
    manager, home = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/mock-recalls"

    started = fill_in(manager, home, text="NEVER <b>")

    assert "No lot is called like this" in manager.get(started.headers["Location"]).text


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
