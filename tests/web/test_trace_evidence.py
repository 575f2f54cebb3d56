"""Is what a trace says signed as it was read, printed as it was signed, and told as of a past instant?"""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from pypdfium2 import PdfDocument
from sqlalchemy import select

from stockroom.clock import now
from stockroom.models import JournalEntry, Lot, Movement
from stockroom.operations.employ import GiveRole, give_role
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.use_device import UseDevice, use_device
from stockroom.queries import traces
from stockroom.queries.evidence import evidence_about
from stockroom.rules.using import ThingName
from stockroom.vocabulary import BaseUnit, ContainerType, Role
from stockroom.web import trace_evidence_page
from tests.builders import LotAt, key
from tests.devices import device
from tests.evidence_annex import digest_of_annex, rows_of_annex
from tests.ledger.planting import unguarded
from tests.receiving import gs1, rows_of, scanned, take_in
from tests.serving import Browser, Served
from tests.sessions import line, opened, patient, session, used


class Story:
    """A filler that came in a delivery, was opened, and was used in two sessions with a device."""

    def __init__(self, served: Served) -> None:
        house, clinic = served.house, served.clinic
        self.filler = house.product("Filler", content_quantity=2000)
        came = take_in(house, scanned(clinic.fridge, gs1(self.filler.gtin, "EV1")), delivery_note="DN-9")
        (lot,) = rows_of(served.store, Lot, Lot.uid == came.lines[0].lot_uid)
        self.lot = LotAt(id=lot.id, uid=lot.uid, number="EV1", location_id=clinic.fridge.id)
        self.vial = opened(house, self.lot, now=now())
        self.patients = [patient(house), patient(house)]
        self.sessions = [session(house, each) for each in self.patients]
        for each in self.sessions:
            used(house, each, line(self.vial, 500), now=now())
        self.pen = device(house, serial="SN-77")
        use = UseDevice(session_uid=self.sessions[0], device_uid=self.pen)
        use_device(served.store, use, actor=house.nurse, key=key("device"), now=now())
        self.path = f"/c/{clinic.uid}/trace"
        self.page = f"{self.path}/lot/{self.lot.uid}/evidence"


@pytest.fixture
def story(served: Served) -> Story:
    return Story(served)


def hidden(text: str) -> dict[str, str]:
    """The hidden fields of the form that signs."""
    fields = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", text):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and name[1] != "csrf_token":
            fields[name[1]] = value[1]
    return fields


def sign(browser: Browser, page: str, comment: str = "All compared.", **changed: str) -> Any:
    form = hidden(browser.get(page).text) | {"comment": comment} | changed
    return browser.send(page, page, **form)


def text_of(pdf: bytes) -> str:
    pages = PdfDocument(io.BytesIO(pdf))
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in pages)


def test_an_auditor_signs_what_was_read_and_prints_it(served: Served, story: Story) -> None:
    auditor = served.logged_in(served.clinic.auditor)
    page = auditor.get(story.page).text
    assert "1 vial received = 1 mL on hand + 1 mL used" in page and "adds up" in page
    assert "Nobody has signed this off yet" in page

    answer = sign(auditor, story.page, "Compared with the paper <b>log</b>.")
    shown = auditor.get(story.page).text
    with served.store.reading() as connection:
        (pack,) = evidence_about(connection, served.clinic.id, subject_uid=story.lot.uid)
    printed = auditor.client.get(f"{story.page}/{pack.uid}.pdf")

    assert answer.status_code == 303
    assert "Compared with the paper &lt;b&gt;log&lt;/b&gt;." in shown and f"{pack.uid}.pdf" in shown
    assert printed.mimetype == "application/pdf"
    told = text_of(printed.data)
    for word in (
        "Statement of completeness", "1 vial received = 1 mL on hand + 1 mL used", "DN-9", "EV1", pack.digest,
        pack.head_hash, "As of", "Compared with the paper <b>log</b>.", pack.signed_by, "1 / ",
        "What is printed here is what was signed",
    ):  # fmt: skip
        assert word in told, word
    with served.store.reading() as connection:
        kinds = connection.execute(select(JournalEntry.kind).order_by(JournalEntry.seq)).scalars().all()
    assert "export" in kinds and "disclosure" in kinds


def test_what_came_later_changes_no_signed_pack_and_a_changed_line_is_told(
    served: Served, story: Story
) -> None:
    auditor = served.logged_in(served.clinic.auditor)
    sign(auditor, story.page)
    used(served.house, session(served.house, story.patients[0]), line(story.vial, 250), now=now())
    with served.store.reading() as connection:
        (pack,) = evidence_about(connection, served.clinic.id, subject_uid=story.lot.uid)
    pdf = f"{story.page}/{pack.uid}.pdf"

    later = text_of(auditor.client.get(pdf).data)
    assert "what was signed: its digest is the same" in later and "1 mL used" in later
    with unguarded(served.store) as connection:
        connection.exec_driver_sql(
            "UPDATE line SET quantity = 400 WHERE quantity = 500 AND session_id IS NOT NULL"
        )
    assert "IS NOT WHAT WAS SIGNED" in text_of(auditor.client.get(pdf).data)


def test_a_pack_has_every_use_in_an_annex_that_its_digest_vouches_for_however_many_are_printed(
    served: Served, story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    auditor = served.logged_in(served.clinic.auditor)
    sign(auditor, story.page)
    with served.store.reading() as connection:
        (pack,) = evidence_about(connection, served.clinic.id, subject_uid=story.lot.uid)
    rows = f"{story.page}/{pack.uid}/rows.csv"
    first = rows_of(served.store, Movement, Movement.kind == "use")[0]
    held = rows_of_annex(auditor.get(rows).text)
    back = Reverse(movement_uid=first.uid, reason="wrong <b>vial</b>")
    reverse(served.store, back, actor=served.house.nurse, key=key("back"), now=now())

    monkeypatch.setitem(traces.traced_forward.__kwdefaults__, "held_max", 1)
    monkeypatch.setattr(trace_evidence_page, "ROWS_ON_PAPER_MAX", 1)
    later, told = auditor.get(rows), text_of(auditor.client.get(f"{story.page}/{pack.uid}.pdf").data)

    changed = rows_of_annex(later.text)
    uses = [row for row in changed if row["what"] == "use"]
    assert f"{pack.annex}.csv" in later.headers["Content-Disposition"]
    assert digest_of_annex(held) == digest_of_annex(changed) == pack.digest
    assert not any(row["changed_since_entry"] for row in held)
    assert len(uses) == 2 and [row["quantity"] for row in uses] == ["0.5 mL"] * 2
    assert not uses[1]["changed_since_entry"] and "wrong <b>vial</b>" in uses[0]["changed_since_entry"]
    assert "wrong <b>vial</b>" in told
    assert f"The first 1 of 2. The annex, {pack.annex}.csv," in told and pack.digest in told
    assert "What is printed here is what was signed" in told
    assert auditor.get(f"{story.page}/{story.sessions[0]}/rows.csv").status_code == 404
    assert f"{pack.uid}/rows.csv" in auditor.get(story.page).text


def test_what_is_not_read_any_more_or_has_no_word_is_not_signed(served: Served, story: Story) -> None:
    auditor, nurse = served.logged_in(served.clinic.auditor), served.logged_in(served.clinic.nurse)

    wordless = sign(auditor, story.page, "")
    other = sign(auditor, story.page, digest="0" * 64)
    forbidden = nurse.send(story.page, story.page, comment="x")

    assert (wordless.status_code, other.status_code, forbidden.status_code) == (422, 409, 403)
    assert "What you looked at" in wordless.text and "All compared." in other.text
    assert "Sign it off" not in nurse.get(story.page).text
    with served.store.reading() as connection:
        assert evidence_about(connection, served.clinic.id, subject_uid=story.lot.uid) == ()


def test_a_trace_is_read_as_of_a_past_instant_on_the_page_and_in_its_files(
    served: Served, story: Story
) -> None:
    auditor = served.logged_in(served.clinic.auditor)
    with served.store.reading() as connection:
        recorded = connection.execute(
            select(Movement.recorded_at).where(Movement.kind == "use").order_by(Movement.id)
        ).scalars().all()  # fmt: skip
    first = quote((recorded[1] - timedelta(microseconds=1)).isoformat())
    path = f"{story.path}/lot/{story.lot.uid}"

    page = auditor.get(f"{path}?as_of={first}").text
    table = auditor.get(f"{path}/uses.csv?as_of={first}").text.splitlines()
    told = json.loads(auditor.get(f"{path}/trace.json?as_of={first}").text)
    statement = auditor.get(f"{path}/statement.csv?as_of={first}").text.splitlines()
    nonsense = auditor.get(f"{path}?as_of=soon")

    assert "As of" in page and "1 patient in 1 session" in page
    assert len(table) == 2 and len(told["uses"]) == 1 and told["as_of"]
    assert statement[1].split(",")[-2:] == ["1500", "0"]
    assert nonsense.status_code == 422


def test_a_device_and_an_opened_head_lead_to_every_patient_and_back(served: Served, story: Story) -> None:
    house, clinic = served.house, served.clinic
    head = house.product(
        "Head", content_quantity=3, base_unit=BaseUnit.PIECE, container_type=ContainerType.COUNTED_USE
    )
    clinic.lot_on_shelf(head, "H1")
    unit = OpenContainer(thing=ThingName(scan=gs1(head.gtin, "H1", serial="HEAD-5")))
    mounted = open_container(served.store, unit, actor=house.nurse, key=key("head"), now=now())
    for each in story.sessions:
        used(house, each, line(mounted, 1), now=now())
    auditor = served.logged_in(clinic.auditor)

    to_device = auditor.send(story.path, story.path, scan="SN-77").headers["Location"]
    to_head = auditor.send(story.path, story.path, scan="HEAD-5").headers["Location"]
    by_device, by_head = auditor.get(to_device).text, auditor.get(to_head).text
    back = auditor.get(f"{story.path}/session/{story.sessions[0]}").text

    idle = auditor.get(f"{story.path}/device/{device(house, serial='SN-78')}").text

    assert "0 patients in 0 sessions" in idle
    assert to_device.endswith(f"/device/{story.pen}") and "1 patient in 1 session" in by_device
    assert "EV1" in by_device, "what was used with it is on its trace"
    assert to_head.endswith(f"/container/{mounted.container_uid}") and "2 patients in 2 sessions" in by_head
    unused = opened(house, clinic.lot_on_shelf(story.filler, "EV2"), now=now())
    of_one = auditor.get(f"{story.path}/container/{unused.container_uid}").text
    assert f"Opened {unused.short_code} of lot EV2 of Filler" in of_one, "what no use is said of is the vial"
    assert "What is left of the whole lot, and where" in of_one
    signing = auditor.get(f"{story.path}/container/{unused.container_uid}/evidence").text
    assert f"Evidence: opened {unused.short_code} of lot EV2" in signing
    assert f"/trace/device/{story.pen}" in back and "SN-77" in back


def test_a_code_and_a_number_typed_together_name_a_lot_and_the_picture_shows_its_vial(
    served: Served, story: Story
) -> None:
    auditor = served.logged_in(served.clinic.auditor)
    there = auditor.send(story.path, story.path, scan=f"{story.filler.gtin} ev1").headers["Location"]
    page = auditor.get(there).text

    assert there.endswith(f"/lot/{story.lot.uid}")
    assert ">Vials</text>" in page and f"/trace/container/{story.vial.container_uid}" in page


def test_lots_of_the_same_number_are_named_beside_the_trace_and_not_in_it(
    served: Served, story: Story
) -> None:
    other = served.clinic.lot_on_shelf(served.house.product("Other"), "ev1")
    page = served.logged_in(served.clinic.auditor).get(f"{story.path}/lot/{story.lot.uid}").text
    assert "Other lots here bear this number" in page and f"/trace/lot/{other.uid}" in page


def test_a_delivery_a_room_and_a_person_are_traced_at_once(served: Served, story: Story) -> None:
    auditor = served.logged_in(served.clinic.auditor)
    (visit,) = {each.split("/")[-1] for each in story.sessions[:1]}
    (movement,) = rows_of(served.store, Movement, Movement.kind == "receive")
    pages = (
        f"{story.path}/receipt/{movement.document_uid}",
        f"{story.path}/supplier/{served.house.supplier_uid}",
        f"{story.path}/person/{served.clinic.nurse.person_uid}",
    )
    for page in pages:
        assert "2 patients in 2 sessions" in auditor.get(page).text, page
    assert visit
    assert auditor.get(f"{story.path}/receipt/{visit}").status_code == 404


def test_a_pack_over_clinics_is_printed_by_whoever_sees_them(served: Served, story: Story) -> None:
    rila = served.house.another_clinic("Rila")
    given = GiveRole(user_uid=served.uid_of_user(served.clinic.auditor), role=Role.AUDITOR)
    give_role(served.store, given, actor=rila.system, key=key(), now=now())
    sign(served.logged_in(served.clinic.auditor), story.page)
    with served.store.reading() as connection:
        (pack,) = evidence_about(connection, served.clinic.id, subject_uid=story.lot.uid)

    refused = served.logged_in(served.clinic.manager).get(f"{story.page}/{pack.uid}.pdf")

    assert pack.clinic_uids == {served.clinic.uid, rila.uid}
    assert refused.status_code == 403 and pack.signed_by in refused.text
