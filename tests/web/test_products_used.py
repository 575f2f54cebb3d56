"""Is everything that was used on the record, by every mark, corrections and cocktails too, once that was written down?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]
from sqlalchemy import select

from stockroom.clock import now
from stockroom.models import JournalEntry, User
from stockroom.operations.correct_use import CorrectedLine, CorrectUse, correct_use
from stockroom.operations.employ import GiveRole, give_role
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.write_recipe import ComponentOf
from stockroom.rules.using import AreaUse, ThingName
from stockroom.vocabulary import ContainerType, Role
from tests.api.calling import Caller
from tests.builders import key
from tests.cocktails import add, begin, finish, recipe
from tests.patients import disclosures
from tests.serving import Browser, Served
from tests.sessions import line, patient, rows, scan_of, session, used


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


def words_of(paper: bytes) -> str:
    document = PdfDocument(paper)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def filler_used(served: Served, visit: str) -> tuple[str, str]:
    """A filler by its scan, and a needle; the needle's movement."""
    house, clinic = served.house, served.clinic
    filler = house.product("Filler", container_type=ContainerType.SINGLE_DOSE)
    lot = clinic.lot_on_shelf(filler, "F-2025-7")
    given = line(
        scan_of(filler, lot, serial="SN-44"), 5_000, areas=(AreaUse(area="face", quantity=5_000),),
        technique="nappage", depth_um=1_500,
    )  # fmt: skip
    used(house, visit, given, now=now())
    needles = clinic.lot_on_shelf(house.needle(), "N-1", presentations=9)
    return filler.gtin, used(house, visit, line(needles, 3), now=now()).movement_uid


def test_a_session_s_record_names_everything_and_keeps_what_was_corrected(
    served: Served, browser: Browser
) -> None:
    house, nurse = served.house, served.clinic.nurse
    visit = session(house, planned_at=now() - timedelta(minutes=5))
    gtin, needles = filler_used(served, visit)
    correct_use(
        served.store,
        CorrectUse(movement_uid=needles, reason="one fell", lines=(CorrectedLine(n=1, quantity=2),)),
        actor=nurse, key=key(), now=now(),
    )  # fmt: skip
    there = f"/c/{nurse.clinic_uid}/sessions/{visit}/products-used"
    before = disclosures(served.store)

    page = browser.get(there).text
    paper = browser.client.get(f"{there}/record.pdf")
    sheet = browser.client.get(f"{there}/for-patient.pdf")
    care = browser.client.get(f"/c/{nurse.clinic_uid}/sessions/{visit}/aftercare.pdf")

    assert disclosures(served.store) > before
    for said in (page, words_of(paper.data)):
        for words in (
            "Filler",
            gtin,
            "F-2025-7",
            "SN-44",
            "Face",
            "Nappage",
            "1.5 mm",
            "one fell",
            "taken back",
        ):
            assert words in said, words
    assert "<s>3</s>" in page
    on_sheet = words_of(sheet.data)
    assert "F-2025-7" in on_sheet and "Needle" not in on_sheet
    assert "make-up" in words_of(care.data) and "24 hours" in words_of(care.data)
    assert {paper.mimetype, sheet.mimetype, care.mimetype} == {"application/pdf"}


def test_a_cocktail_is_named_with_everything_that_is_in_it(served: Served, browser: Browser) -> None:
    house, clinic = served.house, served.clinic
    visit = session(house, planned_at=now() - timedelta(minutes=5))
    vitamin = house.product("Vitamin C", container_type=ContainerType.SINGLE_DOSE)
    lot = clinic.lot_on_shelf(vitamin, "VC-9")
    written = recipe(
        house, "Glow", ComponentOf(quantity=5_000, product_uid=vitamin.uid), output_quantity=5_000
    )
    draft = begin(house, written.recipe_uid, visit, now=now())
    add(house, draft.preparation_uid, lot_uid=lot.uid, now=now())
    cocktail = finish(house, draft.preparation_uid, now=now())
    given = line(
        ThingName(lot_uid=cocktail.lot_uid),
        cocktail.output_quantity,
        prescriber_uid=clinic.practitioner.person_uid,
    )
    used(house, visit, given, now=now())

    page = browser.get(f"/c/{clinic.nurse.clinic_uid}/sessions/{visit}/products-used").text
    told = Caller(served, clinic.nurse).get(f"/sessions/{visit}/products-used")

    assert "version 1" in page and "VC-9" in page and "prepared by" in page and "nobody checked it" in page
    within = told["sessions"][0]["uses"][0]["cocktail"]
    assert (within["version_number"], within["ingredients"][0]["goods"]["lot_number"]) == (1, "VC-9")


def test_a_patient_s_record_holds_all_her_sessions_and_a_program_reads_it(
    served: Served, browser: Browser
) -> None:
    house, nurse = served.house, served.clinic.nurse
    visit = session(house, planned_at=now() - timedelta(minutes=5))
    _, needles = filler_used(served, visit)
    reverse(
        served.store, Reverse(movement_uid=needles, reason="not opened"), actor=nurse, key=key(), now=now()
    )
    caller = Caller(served, nurse)
    patient = caller.get(f"/sessions/{visit}/products-used")["patient_uid"]

    page = browser.get(f"/c/{nurse.clinic_uid}/patients/{patient}/products-used").text
    paper = browser.client.get(f"/c/{nurse.clinic_uid}/patients/{patient}/products-used/record.pdf")
    told = caller.get(f"/patients/{patient}/products-used")

    assert "F-2025-7" in page and "not opened" in page and "F-2025-7" in words_of(paper.data)
    uses = told["sessions"][0]["uses"]
    assert [use["taken_back"] is None for use in uses] == [True, False]
    assert uses[0]["areas"] == [{"name": "Face", "quantity": {"quantity": "5", "unit": "mL"}}]


def test_a_patient_s_record_is_of_every_clinic_where_its_reader_holds_a_role(
    served: Served, browser: Browser
) -> None:
    house, clinic, other = served.house, served.clinic, served.house.another_clinic("Rila")
    her = patient(house)
    here, there = session(house, her, planned_at=now()), session(house, her, clinic=other, planned_at=now())
    filler = house.product("Filler", container_type=ContainerType.SINGLE_DOSE)
    for each, visit, number in ((clinic, here, "H-1"), (other, there, "T-1")):
        given = line(each.lot_on_shelf(filler, number), 5_000)
        used(house, visit, given, actor=each.nurse, now=now())
    address = f"/c/{clinic.uid}/patients/{her}/products-used"
    caller = Caller(served, clinic.nurse)

    def shown_there() -> int:
        written = rows(served.store, JournalEntry, clinic_id=other.id, stream="disclosures")
        return sum(each.actor_uid == clinic.nurse.person_uid for each in written)

    page, told = browser.get(address).text, caller.get(f"/patients/{her}/products-used")
    assert "H-1" in page and "T-1" not in page and "1 other clinic has treated" in page
    assert (len(told["sessions"]), told["unseen_clinics"], shown_there()) == (1, 1, 0)

    with served.store.reading() as connection:
        user_uid = connection.execute(select(User.uid).where(User.id == clinic.nurse.user_id)).scalar_one()
    role = GiveRole(user_uid=user_uid, role=Role.NURSE)
    give_role(served.store, role, actor=other.system, key=key(), now=now())
    browser = served.logged_in(clinic.nurse)  # a role that was given ends the log-ins

    page, told = browser.get(address).text, caller.get(f"/patients/{her}/products-used")
    paper, sheet = (browser.client.get(f"{address}/{name}.pdf").data for name in ("record", "for-patient"))
    for said in (page, words_of(paper), words_of(sheet)):
        assert all(word in said for word in ("H-1", "T-1", "Rila")), said
    assert f"/c/{other.uid}/sessions/{there}" in page and "other clinic" not in page
    newest = told["sessions"][0]
    assert (newest["clinic"], newest["clinic_uid"]) == ("Rila", other.uid)
    assert told["unseen_clinics"] == 0 and shown_there() > 0


def test_another_clinic_s_session_is_not_found_and_an_administrator_reads_no_patient(served: Served) -> None:
    clinic = served.clinic
    visit = session(served.house, planned_at=now())
    there = f"/sessions/{visit}/products-used"
    other = served.house.another_clinic()

    assert served.logged_in(other.nurse).client.get(f"/c/{other.nurse.clinic_uid}{there}").status_code == 404
    administrator = served.logged_in(clinic.administrator).client
    assert administrator.get(f"/c/{clinic.nurse.clinic_uid}{there}").status_code == 403
    assert Caller(served, clinic.nurse).get(there)["sessions"][0]["uses"] == []
