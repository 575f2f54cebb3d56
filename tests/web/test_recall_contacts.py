"""Are the patients of a recall reached from the screen: list, attempt, letters, reply, each file as it should be?"""

from __future__ import annotations

import io
from typing import Any

import pypdfium2
import pytest
from sqlalchemy import select

from stockroom.clock import now
from stockroom.models import JournalEntry
from stockroom.queries.trace_patients import patients_reached
from tests.builders import key
from tests.recall_cases import case_of, close
from tests.receiving import rows_of
from tests.serving import Served
from tests.sessions import line, patient, session, used
from tests.web.sending import fill_in, hidden_of


class Recalled:
    """A filler of lot A1, used on two patients in three sessions, and its case."""

    def __init__(self, served: Served) -> None:
        house = served.house
        filler = house.product("Filler")
        lot = served.clinic.lot_on_shelf(filler, "A1", presentations=9)
        self.patients = [patient(house), patient(house)]
        for uid in (self.patients[0], *self.patients):
            used(house, session(house, uid, now=now(), planned_at=now()), line(lot, 5000), now=now())
        self.case_uid = case_of(house, filler, "A1")
        self.path = f"/c/{served.clinic.uid}/recalls/{self.case_uid}"


@pytest.fixture
def recalled(served: Served) -> Recalled:
    return Recalled(served)


def pages_of(answer: Any) -> list[str]:
    assert answer.status_code == 200 and answer.mimetype == "application/pdf"
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(io.BytesIO(answer.data))]


def kinds(served: Served) -> list[str]:
    with served.store.reading() as connection:
        rows = connection.execute(select(JournalEntry.kind).order_by(JournalEntry.seq))
        return list(rows.scalars())


def test_each_patient_is_told_once_and_the_list_says_how_far_it_is(
    served: Served, recalled: Recalled
) -> None:
    nurse = served.logged_in(served.clinic.nurse)
    home = f"{recalled.path}/contacts"
    one = f"{home}/{recalled.patients[0]}"

    before = nurse.get(home).text
    refused = fill_in(
        nurse, one, channel="phone", outcome="", tried_at="2026-03-01T10:00", next_step="nothing"
    )
    form = {**hidden_of(nurse, one), "channel": "phone", "outcome": "reached", "next_step": "nothing"}
    form |= {"tried_at": "2026-03-01T10:00", "note": "glad of <b>it</b>"}
    done, again = (nurse.client.post(one, data=form) for _ in range(2))
    after, whole = nurse.get(home).text, nurse.get(f"{home}?show=all").text
    shown = nurse.get(one).text

    assert "2 patients got something of it" in before and "not tried" in before
    assert refused.status_code == 422 and "Choose one." in refused.text
    assert done.status_code == again.status_code == 303
    assert f"{recalled.patients[0]}" not in after and f"{recalled.patients[0]}" in whole
    assert "1 (50 %)" in after and "glad of &lt;b&gt;it" in shown and shown.count("Take back") == 2

    (attempt,) = rows_of(served.store, JournalEntry, JournalEntry.kind == "recall.reach")
    assert "glad" not in attempt.payload
    uid = shown.partition("/attempts/")[2].partition("/withdrawal")[0]
    taken = nurse.send(one, f"{one}/attempts/{uid}/withdrawal", key=key("web"))
    assert taken.status_code == 303 and "written down by mistake" in nurse.get(one).text
    assert nurse.get(f"{home}/{served.house.supplier_uid}").status_code == 404


def test_the_call_list_and_the_letters_leave_with_names_and_are_written_down(
    served: Served, recalled: Recalled
) -> None:
    nurse, letters = served.logged_in(served.clinic.nurse), f"{recalled.path}/letters"
    with served.store.reading() as connection:
        first = patients_reached(connection, served.store.keyring, recalled.patients)[0]

    table = nurse.get(f"{recalled.path}/contacts/contacts.csv").text
    called = pages_of(nurse.get(f"{letters}/call-list.pdf"))
    wrong = fill_in(nurse, letters, subject="About", body="Dear {nobody}")
    kept = fill_in(nurse, letters, subject="About {products}", body="Dear {name},\n\nplease call. {case}")
    printed = pages_of(nurse.get(f"{letters}/letters.pdf"))
    alone = pages_of(nurse.get(f"{letters}/letters.pdf?patient={recalled.patients[0]}"))
    posted = fill_in(nurse, letters, action=f"{letters}/sending", sent_at="2026-03-01T10:00")
    listed = nurse.get(posted.headers["Location"]).text

    assert table.count("Ana ") == 2 and first.short_code in table
    assert "Ana" in "".join(called) and "Recalled <b>" in called[0]
    assert wrong.status_code == 422 and "{nobody}" in wrong.text and kept.status_code == 303
    assert len(printed) == 2 and len(alone) == 1
    assert all("About Filler" in page and "Dear Ana" in page and "R-1" in page for page in printed)
    assert listed.count("letter, Nurse Vitosha: sent") == 2
    assert kinds(served).count("export") == 4
    assert "disclosure" in kinds(served)


def test_the_check_says_when_enough_are_reached(served: Served, recalled: Recalled) -> None:
    manager, home = served.logged_in(served.clinic.manager), f"{recalled.path}/contacts"

    wrong = fill_in(manager, home, action=f"{home}/check", level="B", share="")
    done = fill_in(manager, home, action=f"{home}/check", level="E", share="", note="class III")
    page = manager.get(home).text

    assert wrong.status_code == 422 and "level B asks for 11 to 99 percent" in wrong.text
    assert done.status_code == 303 and "enough are reached" in page and "class III" in page


def test_an_auditor_sees_codes_and_tells_nobody(served: Served, recalled: Recalled) -> None:
    auditor, home = served.logged_in(served.clinic.auditor), f"{recalled.path}/contacts"

    page = auditor.get(home).text

    assert "2 patients" in page and "Ana " not in page
    for path in (f"{home}/{recalled.patients[0]}", f"{home}/contacts.csv", f"{recalled.path}/letters"):
        assert auditor.client.get(path).status_code == 403
    assert served.logged_in(served.clinic.administrator).client.get(home).status_code == 403


def test_the_reply_is_kept_as_it_was_seen(served: Served, recalled: Recalled) -> None:
    manager, home = served.logged_in(served.clinic.manager), f"{recalled.path}/reply"

    page = manager.get(home).text
    paper = pages_of(manager.get(f"{home}/reply.pdf"))
    table = manager.get(f"{home}/quantities.csv").text
    seen = {
        **hidden_of(manager, home),
        "sent_to": "Demo Supply",
        "sent_how": "email",
        "sent_at": "2026-03-01T10:00",
    }
    stale = manager.client.post(home, data={**seen, "seen": "0" * 64})
    done, again = (manager.client.post(home, data=seen) for _ in range(2))
    sent = pages_of(manager.get(f"{home}/replies/1.pdf"))

    assert "held, used" in page and "Everything that came is accounted for" in page
    assert "A1" in paper[0] and "Demo Laboratories" in paper[0] and 'A1,"held, used",uL,45000' in table
    assert stale.status_code in (409, 412) and "print it anew" in stale.text
    assert done.status_code == again.status_code == 303
    assert "Reply 1, sent" in sent[0] and "Demo Supply" in sent[0]
    assert "9 vials" in page and "9 vials" in paper[0], "as people count"
    by_clinic = manager.get(f"{home}/by-clinic.csv").text
    assert by_clinic.count("Vitosha") == 1 and ",A1,uL,45000" in by_clinic, "in base units, for a program"
    assert manager.get(f"{home}/replies/2.pdf").status_code == 404

    close(served.house, recalled.case_uid)
    assert manager.client.post(home, data={**seen, "key": key("web")}).status_code == 409
    assert "Write down that it was sent" not in manager.get(home).text
