"""Is everything that was used on the record, by every mark, corrections and cocktails too, once that was written down?"""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_datetime
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]
from sqlalchemy import select

from stockroom.clock import now
from stockroom.http.wording import INSTANT
from stockroom.ledger.product_rows import CodeOf
from stockroom.models import JournalEntry, User
from stockroom.operations.attach_code import AttachCode, attach_code
from stockroom.operations.correct_use import CorrectedLine, CorrectUse, correct_use
from stockroom.operations.employ import GiveRole, give_role
from stockroom.operations.finish_preparation import PreparationFinished
from stockroom.operations.open_container import ContainerOpened, OpenContainer, open_container
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.use_device import UseDevice, use_device
from stockroom.operations.write_recipe import ComponentOf
from stockroom.rules.using import AreaUse, ThingName
from stockroom.vocabulary import BaseUnit, CodeScheme, ContainerType, Role, SignOnWay
from tests.api.calling import Caller
from tests.builders import Goods, demo_gtin, key
from tests.cocktails import add, begin, colleague, finish, recipe
from tests.devices import device
from tests.patients import disclosures
from tests.serving import Browser, Served
from tests.sessions import line, patient, rows, scan_of, session, used


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


def words_of(paper: bytes) -> str:
    document = PdfDocument(paper)
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def filler_used(served: Served, visit: str) -> tuple[str, str, str]:
    """A filler by its scan, and needles; the code of each, and the needles' movement."""
    house, clinic = served.house, served.clinic
    filler, needle = house.product("Filler", container_type=ContainerType.SINGLE_DOSE), house.needle()
    lot = clinic.lot_on_shelf(filler, "F-2025-7", expires_on=date(2031, 1, 31))
    given = line(
        scan_of(filler, lot, serial="SN-44", expires_on=date(2031, 1, 31)), 4_700,
        areas=(AreaUse(area="face", quantity=4_000), AreaUse(area="neck", quantity=700)),
        technique="nappage", depth_um=1_500,
        practitioner_uid=clinic.employ(
            Role.PRACTITIONER, name="Doctor Injecting", authorised=("inject",)
        ).person_uid,
    )  # fmt: skip
    used(house, visit, given, now=now())
    needles = clinic.lot_on_shelf(needle, "N-1", presentations=9, expires_on=date(2031, 2, 28))
    return filler.gtin, needle.gtin, used(house, visit, line(needles, 3), now=now()).movement_uid


def another_code(served: Served, product: Goods) -> Goods:
    """The product as it is known by a second code, that of another country's pack."""
    gtin = demo_gtin(900_000 + product.id)
    code = CodeOf(scheme=CodeScheme.GTIN, item_code=gtin, pack_level="each", presentation_count=1)
    command = AttachCode(product_uid=product.uid, code=code)
    attach_code(served.store, command, actor=served.house.system, key=key(), now=now())
    return replace(product, gtin=gtin)


def cocktail_used(served: Served, visit: str) -> tuple[str, str, ContainerOpened, PreparationFinished]:
    """A checked cocktail of a vial and an ampoule, both with a serial and by a second code, then what was left of the
    vial; their codes, the vial, and the cocktail."""
    house, clinic, march, april = served.house, served.clinic, date(2031, 3, 31), date(2031, 4, 30)
    vial = another_code(served, house.product("Acid", content_quantity=8_000))
    ampoule = another_code(served, house.product("Vitamin", container_type=ContainerType.SINGLE_DOSE))
    acid, vitamin = (
        clinic.lot_on_shelf(each, number, expires_on=expiry)
        for each, number, expiry in ((vial, "AC-3", march), (ampoule, "VC-9", april))
    )
    command = OpenContainer(thing=scan_of(vial, acid, serial="VIAL-7", expires_on=march))
    opened = open_container(served.store, command, actor=house.nurse, key=key(), now=now())
    parts = (
        ComponentOf(quantity=2_100, product_uid=vial.uid),
        ComponentOf(quantity=5_000, product_uid=ampoule.uid),
    )
    mix = recipe(house, "Glow", *parts, output_quantity=7_100)
    draft = begin(house, mix.recipe_uid, visit, now=now()).preparation_uid
    add(house, draft, location_uid=opened.container_uid, now=now())
    scanned = scan_of(ampoule, vitamin, serial="AMP-5", expires_on=april).scan
    add(house, draft, scan=scanned, now=now())
    checker = colleague(house, Role.NURSE).person_uid
    made = finish(house, draft, checked_by_uid=checker, checked_way=SignOnWay.PIN, now=now())
    given = line(
        ThingName(lot_uid=made.lot_uid), made.output_quantity, prescriber_uid=clinic.practitioner.person_uid
    )
    used(house, visit, given, now=now())
    left = line(opened, 600, technique="point-by-point", areas=(AreaUse(area="arms", quantity=600),))
    used(house, visit, left, now=now())
    return vial.gtin, ampoule.gtin, opened, made


def on_wall(at: datetime | str | None) -> str:
    assert at is not None
    instant = datetime.fromisoformat(at) if isinstance(at, str) else at
    return str(format_datetime(instant, INSTANT, tzinfo=ZoneInfo("Europe/Sofia"), locale="en"))


def squeezed(*said: str) -> str:
    """The letters of what is said: where a cell breaks its line is no part of it."""
    return "".join("".join(said).split())


def test_every_mark_of_what_was_used_stands_on_the_screen_on_paper_and_on_her_sheet(
    served: Served, browser: Browser
) -> None:
    house, nurse, clinic = served.house, served.clinic.nurse, served.clinic
    pen = device(house, "Pen", serial="PEN-1", now=now())
    doctor = clinic.practitioner.person_uid
    visit = session(house, planned_at=now() - timedelta(minutes=5), practitioner_uid=doctor)
    gtin, needle_udi, needles = filler_used(served, visit)
    acid_udi, vitamin_udi, vial, cocktail = cocktail_used(served, visit)
    thread = house.product(
        "Thread", content_quantity=1, base_unit=BaseUnit.PIECE, container_type=ContainerType.NONE
    )
    used(house, visit, line(clinic.lot_on_shelf(thread, "T-1", presentations=4), 4), now=now())
    use_device(served.store, UseDevice(session_uid=visit, device_uid=pen), actor=nurse, key=key(), now=now())
    fixed = CorrectUse(movement_uid=needles, reason="one fell", lines=(CorrectedLine(n=1, quantity=2),))
    correct_use(served.store, fixed, actor=nurse, key=key(), now=now())
    before = disclosures(served.store)
    answer = Caller(served, nurse).get(f"/sessions/{visit}/products-used")
    told = answer["sessions"][0]
    times = {use["goods"]["brand"]: on_wall(use["occurred_at"]) for use in told["uses"]}
    fell = (
        f"taken back {on_wall(told['uses'][1]['taken_back']['at'])} by Nurse Vitosha: one fell (another line"
    )
    there = f"/c/{nurse.clinic_uid}/sessions/{visit}"

    page = browser.get(f"{there}/products-used").text
    paper, sheet, care = (
        browser.client.get(f"{there}/{name}.pdf")
        for name in ("products-used/record", "products-used/for-patient", "aftercare")
    )

    assert disclosures(served.store) > before
    assert {paper.mimetype, sheet.mimetype, care.mimetype} == {"application/pdf"}
    maker, tail = "Demo Laboratories", "Practitioner Vitosha"
    filler = ("Neck 0.7 mL Nappage, 1.5 mm", times["Filler"], "Doctor Injecting")
    acid = ("31 Mar 2031 0.6 mL Arms Point by point", times["Acid"], tail)
    needle = ("28 Feb 2031", "3", times["Needle 30G 4 mm"], tail)
    righted = ("28 Feb 2031", "2", times["Needle 30G 4 mm"], tail)
    mixed = ("7.1 mL", times["Glow"], tail, "prescribed by Practitioner Vitosha")
    glow = next(use["cocktail"] for use in told["uses"] if use["cocktail"])
    how = (
        f"{glow['short_code']}: Glow, version 1 · prepared by Nurse Vitosha, {on_wall(glow['ended_at'])}",
        f" · checked by Second nurse · beyond use from {on_wall(cocktail.beyond_use_at)}",
    )
    screen = squeezed(html.unescape(re.sub(r"<[^>]*>", " ", page)))
    on_screen: tuple[tuple[str, ...], ...] = (
        ("Filler vial", maker, "F-2025-7 UDI-DI", gtin, "serial SN-44 31 Jan 2031 4.7 mL Face 4 mL,", *filler),
        ("Needle 30G 4 mm vial", maker, fell, "stands in its place) N-1 UDI-DI", needle_udi, *needle),
        ("corrected by Nurse Vitosha: one fell N-1 UDI-DI", needle_udi, *righted),
        ("Acid vial", maker, "AC-3 UDI-DI", acid_udi, "serial VIAL-7", *acid),
        ("Thread vial", maker, "T-1 UDI-DI", thread.gtin),
        mixed, how,
        ("Acid vial", maker, "· from", vial.short_code, "AC-3 UDI-DI", acid_udi, "serial VIAL-7 31 Mar 2031 2.1 mL"),
        ("Vitamin vial", maker, "VC-9 UDI-DI", vitamin_udi, "serial AMP-5 30 Apr 2031 5 mL"),
        ("Pen (Mesogun) · Demo Devices · UDI-DI 09520000000998 · serial PEN-1",),
    )  # fmt: skip
    for row in on_screen:
        assert squeezed(*row) in screen, row
    assert "<s>3</s>" in page
    printed = squeezed(words_of(paper.data))
    on_paper: tuple[tuple[str, ...], ...] = (
        ("Filler vial", maker, gtin, "F-2025-7 SN-44 31 Jan 2031 4.7 mL Face 4 mL", *filler),
        ("Needle 30G 4 mm vial", fell, "stands in its place)", maker, needle_udi, "N-1", *needle),
        ("corrected by Nurse Vitosha: one fell", maker, needle_udi, "N-1", *righted),
        ("Acid vial", maker, acid_udi, "AC-3 VIAL-7", *acid),
        ("Thread vial", maker, thread.gtin, "T-1"),
        mixed, how,
        ("Acid vial", maker, acid_udi, "AC-3 VIAL-7 31 Mar 2031 2.1 mL", vial.short_code),
        ("Vitamin vial", maker, vitamin_udi, "VC-9 AMP-5 30 Apr 2031 5 mL"),
        ("Pen (Mesogun) Demo Devices 09520000000998 PEN-1",),
    )  # fmt: skip
    for row in on_paper:
        assert squeezed(*row) in printed, row
    hers = squeezed(words_of(sheet.data))
    on_sheet: tuple[tuple[str, ...], ...] = (
        ("Filler vial", maker, gtin, "F-2025-7 SN-44 4.7 mL Face 4 mL Neck 0.7 mL"),
        ("Acid vial", maker, acid_udi, "AC-3 VIAL-7 in a cocktail"),
        ("Vitamin vial", maker, vitamin_udi, "VC-9 AMP-5 in a cocktail"),
        ("Acid vial", maker, acid_udi, "AC-3 VIAL-7 0.6 mL Arms"),
        ("Thread vial", maker, thread.gtin, "T-1", "4"),
    )
    for row in on_sheet:
        assert squeezed(*row) in hers, row
    assert "Needle30G" not in hers and squeezed(times["Filler"]) in hers
    assert "make-up" in words_of(care.data) and "24 hours" in words_of(care.data)

    record = f"/c/{nurse.clinic_uid}/patients/{answer['patient_uid']}"
    manager = served.logged_in(clinic.manager)
    held = json.loads(manager.get(f"{record}/held.json").text)["clinics"][0]["products_used"]
    parts = next(each["cocktail_of"] for each in held if each["cocktail_of"])
    assert [(each["udi_di"], each["serial"], each["quantity"]["quantity"]) for each in parts] == [
        (acid_udi, "VIAL-7", "2.1"), (vitamin_udi, "AMP-5", "5"),
    ]  # fmt: skip
    handed_out = squeezed(words_of(manager.get(f"{record}/held.pdf").data))
    assert squeezed("Vitamin vial", maker, vitamin_udi, "VC-9 AMP-5") in handed_out
    assert (
        squeezed("Filler vial", maker, gtin, "F-2025-7 SN-44 31 Jan 2031 4.7 mL Face 4 mL", *filler)
        in handed_out
    )


def test_a_patient_s_record_holds_all_her_sessions_and_a_program_reads_it(
    served: Served, browser: Browser
) -> None:
    house, nurse = served.house, served.clinic.nurse
    visit = session(house, planned_at=now() - timedelta(minutes=5))
    *_, needles = filler_used(served, visit)
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
    assert uses[0]["areas"][1] == {"name": "Neck", "quantity": {"quantity": "0.7", "unit": "mL"}}


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
