"""Is a recall filed, its lots read from the letter and confirmed, and the case closed, from the screens?"""

from __future__ import annotations

import io
import re
from typing import Any

from reportlab.pdfgen import canvas

from stockroom.clock import now
from stockroom.models import ClinicHold, JournalEntry, ProductHold, RecallCase, RecallFinding
from tests.builders import LotAt
from tests.receiving import rows_of
from tests.serving import Browser, Served
from tests.sessions import line, patient, session, used
from tests.web.sending import fill_in, hidden_of, post


def letter(*lines: str) -> bytes:
    """A letter as a PDF."""
    drawn = io.BytesIO()
    page = canvas.Canvas(drawn)
    for n, said in enumerate(lines):
        page.drawString(50, 800 - 20 * n, said)
    page.save()
    return drawn.getvalue()


def home(served: Served) -> str:
    return f"/c/{served.clinic.uid}/recalls"


def told(**more: Any) -> dict[str, Any]:
    """What a person types of a notice."""
    return {
        "title": "Filler <b>",
        "issuer": "Demo Laboratories",
        "reference": "FSN-2026-1",
        "recall_class": "II",
        "received_at": "2020-01-02T10:00",
        "received_how": "letter",
        "received_by": "",
        "answer_by": "2020-01-09T10:00",
        "supplier": "",
        "asked": "Stop using it.",
        "note": "",
        **more,
    }


def filed(served: Served, browser: Browser, **more: Any) -> str:
    """A notice filed by the screen; the address of its case."""
    sent = fill_in(browser, f"{home(served)}/new", **told(**more))
    assert sent.status_code == 303, sent.text
    return str(sent.headers["Location"]).removesuffix("/lots")


def lines_in(page: str, **said: str) -> dict[str, str]:
    """The fields of the lines on a page of proposals, as they stand there."""
    fields = dict(re.findall(r'<input id="[^"]*" name="(lines-\d+-\w+)" type="hidden" value="([^"]*)"', page))
    fields |= dict.fromkeys(re.findall(r'name="(lines-\d+-ticked)" value="y" checked', page), "y")
    for name, options in re.findall(r'name="(lines-\d+-product)"[^>]*>(.*?)</select>', page, re.DOTALL):
        fields[name] = next(iter(re.findall(r'<option selected value="([^"]*)"', options)), "")
    return fields | said


def reasons(served: Served, lot: LotAt) -> int:
    return len(rows_of(served.store, ProductHold, ProductHold.lot_number == lot.number))


def test_a_letter_is_filed_read_confirmed_and_stops_its_lots_everywhere(served: Served) -> None:
    house = served.house
    filler = house.product("Filler <b>", content_quantity=2000)
    lots = [served.clinic.lot_on_shelf(filler, number) for number in ("LF2301", "LF2303", "lf2301")]
    used(house, session(house, patient(house), now=now(), planned_at=now()), line(lots[0], 2000), now=now())
    manager, doctor = served.logged_in(house.manager), served.logged_in(house.practitioner)
    said = letter("URGENT FIELD SAFETY NOTICE", "Lots: LF2301, LF2302 to LF2310")

    path = filed(served, manager, file=(io.BytesIO(said), "letter.pdf"))
    asked = manager.get(f"{path}/lots").text
    file_uid = re.findall(r'value="([0-9a-f-]{36})"[^>]*>letter.pdf', asked)[0]
    every, of_any = (
        fill_in(manager, f"{path}/lots", action=f"{path}/lots/read", product=uid, text=" * ", file_uid="")
        for uid in (filler.uid, "")
    )
    read = fill_in(
        manager, f"{path}/lots", action=f"{path}/lots/read", product=filler.uid, text="", file_uid=file_uid
    )
    confirmed = {**hidden_keys(read.text), **lines_in(read.text)}
    done = post(manager, f"{path}/lots", confirmed)
    again = post(manager, f"{path}/lots", confirmed)

    assert every.status_code == of_any.status_code == 422 and "choose the product" in of_any.text
    assert "that is every number: 3 lots of this product are in the books." in every.text
    assert "LF2302 – LF2310" in read.text and "lf2301" in read.text  # near, and not ticked
    assert (done.status_code, again.status_code) == (303, 303)
    assert [reasons(served, lot) for lot in lots] == [1, 1, 0]
    shown, sessions = manager.get(path).text, manager.get(f"{path}/sessions").text
    heads, *listed = manager.get(f"{path}/sessions.csv").text.splitlines()
    assert heads.endswith(",stands,changed_since_entry") and all(row.endswith(",") for row in listed)
    assert "FSN-2026-1" in shown and "letter.pdf" in shown and "LF2302 – LF2310" in shown
    assert "<b>" not in shown.replace("<body", "") and "Not told yet" in shown and ">scope<" not in sessions
    assert manager.client.get(re.findall(r'href="([^"]*/files/[^"]*)"', shown)[0]).data == said
    disclosed = rows_of(served.store, JournalEntry, JournalEntry.stream == "disclosures")
    assert len([row for row in disclosed if '"recall"' in row.payload]) == 1
    assert "R-1" in manager.get(home(served)).text and "overdue" in manager.get(home(served)).text
    own = fill_in(manager, f"{path}/closing", reason="done", untold_reason="x")
    assert own.status_code == 403 and "Somebody else closes it" in own.text
    refused = fill_in(doctor, f"{path}/closing", reason="All went back.")
    assert refused.status_code == 422 and "were not told" in refused.text and "All went back." in refused.text
    closed = fill_in(
        doctor, f"{path}/closing", reason="All went back.", untold_reason="Written to.", left_reason="In bin."
    )
    assert closed.status_code == 303 and "closed" in doctor.get(path).text
    assert fill_in(doctor, f"{path}/reopening", reason="A box was found.").status_code == 303
    assert fill_in(doctor, f"{path}/release", reason="It is another lot.").status_code == 303
    assert all(row.released_at for row in rows_of(served.store, ProductHold))
    assert rows_of(served.store, ClinicHold) == []


def hidden_keys(page: str) -> dict[str, str]:
    """The token and the key of the form with the lines."""
    form = page[page.index('/lots"') :]
    return {name: re.findall(rf'name="{name}" value="([^"]*)"', form)[0] for name in ("csrf_token", "key")}


def test_a_notice_of_nothing_here_is_signed_as_not_affected(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    path = filed(served, manager)

    empty = fill_in(
        manager, f"{path}/lots", action=f"{path}/lots/read", product="", text="no number", file_uid=""
    )
    read = fill_in(
        manager, f"{path}/lots", action=f"{path}/lots/read", product="", text="Lot X1", file_uid=""
    )
    typed = {**hidden_keys(read.text), **lines_in(read.text)}
    nothing = post(manager, f"{path}/lots", typed)
    for maker in ("Filler", "Booster"):
        served.clinic.lot_on_shelf(served.house.product(maker), "TWICE-1")
    twice = fill_in(
        manager, f"{path}/lots", action=f"{path}/lots/read", product="", text="TWICE-1", file_uid=""
    )
    signed = post(manager, f"{path}/lots/not-affected", {**typed, "statement": "None was ever here."})

    assert empty.status_code == 422 and "no number" in empty.text
    assert "The books know none of it" in read.text
    assert nothing.status_code == 422
    assert ": choose" in twice.text and 'value="y" checked' not in twice.text
    assert signed.status_code == 303 and "None was ever here." in manager.get(path).text
    assert '"said":"X1"' in rows_of(served.store, RecallFinding)[0].searched


def test_a_lot_is_recalled_from_its_own_page_and_not_twice(served: Served) -> None:
    filler = served.house.product("Filler", content_quantity=2000)
    lot = served.clinic.lot_on_shelf(filler, "A1")
    manager = served.logged_in(served.clinic.manager)
    page = manager.get(f"/c/{served.clinic.uid}/lots/{lot.uid}").text
    new = re.findall(r'href="([^"]*/recalls/new[^"]*)"', page)[0].replace("&amp;", "&")
    hidden = hidden_of(manager, new)

    first = post(manager, new, {**hidden, **told()})
    again = fill_in(manager, new, **told(reference="other"))
    same = fill_in(manager, f"{home(served)}/new", **told(reference="fsn-2026-1"))

    assert first.status_code == 303 and reasons(served, lot) == 1
    for refused in (again, same):
        assert refused.status_code == 409 and str(first.headers["Location"]) in refused.text
    assert len(rows_of(served.store, RecallCase)) == 1


def test_who_may_not_recall_reads_and_no_more(served: Served) -> None:
    manager, nurse = served.logged_in(served.clinic.manager), served.logged_in(served.clinic.nurse)
    path = filed(served, manager)

    assert nurse.get(path).status_code == nurse.get(home(served)).status_code == 200
    for page in (f"{home(served)}/new", f"{path}/lots", f"{path}/closing", f"{path}/release"):
        assert nurse.client.get(page).status_code == 403
    assert nurse.client.get(f"{home(served)}/{served.clinic.uid}").status_code == 404
    assert "No recall goes on" not in nurse.get(home(served)).text
    assert "No recall was closed yet" in nurse.get(f"{home(served)}?closed=1").text
