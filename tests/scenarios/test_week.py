"""A week in the clinic: delivery on Monday, cocktail on Tuesday, recall on Thursday, trace on Friday.

The whole of it over HTTP, every pack, vial and cocktail by its scan; once in process on each database,
and once through a real server.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.ledger.verify import verify
from stockroom.vocabulary import ContainerType
from tests.builders import Goods, demo_gtin
from tests.receiving import gs1
from tests.scenarios.clinic_week import Answer, ClinicWeek, Colleague, on, some, used

NEXT_YEAR = date(2027, 6, 30)
GS_DATAMATRIX = "]d2"
"""What a scanner says in front of a GS1 DataMatrix (ISO/IEC 15424)."""


def pack(goods: Goods, lot: str, expires_on: date = NEXT_YEAR, **more: str) -> str:
    """The DataMatrix of a pack as the scanner types it, group separators included."""
    return GS_DATAMATRIX + gs1(goods.gtin, lot, expires_on, **more)


def vial(opened: Answer) -> str:
    """The label that the nurse wrote on an opened vial."""
    return write_label(OwnLabel(LabelKind.CONTAINER, opened["short_code"]))


def syringe(cocktail: Answer) -> str:
    """The label of a cocktail."""
    return write_label(OwnLabel(LabelKind.PREPARATION, cocktail["short_code"]))


@dataclass
class Shelf:
    """What the clinic buys."""

    hyaluron: Goods
    vitamin: Goods
    biotin: Goods
    needle: Goods
    cream: Goods


@dataclass
class Story:
    """The people of the week, and what they will remember on Friday."""

    week: ClinicWeek
    shelf: Shelf
    nurse: Colleague
    practitioner: Colleague
    manager: Colleague
    auditor: Colleague
    recipe_uid: str = ""
    hyaluron_lot_uid: str = ""
    receipt_uid: str = ""
    ana: str = ""
    bea: str = ""
    clara: str = ""
    visit_of_ana: str = ""
    visit_of_bea: str = ""
    cocktail_lot_uid: str = ""
    label_of_cocktail: str = ""
    label_of_vial: str = ""
    needles: str = ""
    movement_with_needles: str = ""


@pytest.fixture(params=["sqlite", "sqlite, served", pytest.param("postgres", marks=pytest.mark.postgres)])
def story(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Story]:
    database, _, served = request.param.partition(", ")
    week = ClinicWeek(request.getfixturevalue(f"{database}_url"), tmp_path)
    clinic = week.house.clinic
    with week.served() if served else nullcontext():
        yield Story(
            week=week,
            shelf=_shelf(week),
            nurse=week.somebody(clinic.nurse),
            practitioner=week.somebody(clinic.practitioner),
            manager=week.somebody(clinic.manager),
            auditor=week.auditor(),
        )
    week.close()


def _shelf(week: ClinicWeek) -> Shelf:
    house = week.house
    return Shelf(
        hyaluron=house.product("Hyaluron Demo 5 mL", content_quantity=5000),
        vitamin=house.product(
            "Vitamin C Demo 1 mL", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE
        ),
        biotin=house.product("Biotin Demo 5 mL", content_quantity=5000),
        needle=house.needle("Needle Demo 30G 4 mm"),
        cream=house.product(
            "Numbing cream Demo 30 mL",
            content_quantity=30_000,
            container_type=ContainerType.MULTI_USE_TOPICAL,
            in_use_minutes=30 * 24 * 60,
        ),
    )


def test_a_week_from_the_suppliers_box_to_the_patient_and_back(story: Story) -> None:
    the_recipe_is_written_and_approved(story)
    monday_the_delivery(story)
    tuesday_the_cocktail(story)
    tuesday_the_visit_of_ana(story)
    tuesday_what_was_booked_wrongly(story)
    wednesday_a_patient_of_another_lot(story)
    thursday_the_recall(story)
    friday_the_trace(story)
    the_books_are_true(story)


def the_recipe_is_written_and_approved(story: Story) -> None:
    nurse, practitioner, shelf = story.nurse, story.practitioner, story.shelf
    written = nurse.does(
        "recipes",
        name="Glow Demo",
        version={
            "components": [
                {"product_uid": shelf.hyaluron.uid, "quantity": some("2")},
                {"product_uid": shelf.vitamin.uid, "quantity": some("1")},
            ],
            "output_quantity": some("3"),
            "beyond_use_minutes": 60,
            "reason": "first version",
        },
    )
    story.recipe_uid = written["recipe_uid"]
    approval = f"recipes/{written['recipe_uid']}/versions/{written['version_uid']}/approval"

    assert nurse.does(approval).refusal == "action_forbidden"
    practitioner.does(approval).done()


def monday_the_delivery(story: Story) -> None:
    week, nurse, shelf = story.week, story.nurse, story.shelf
    house, fridge = week.house, week.house.clinic.fridge.uid
    arrived = on("Monday", "08:30")
    new_box_of_needles = GS_DATAMATRIX + gs1(demo_gtin(900_001), "N-7", NEXT_YEAR, serial="0042")
    delivery = [
        {"scan": pack(shelf.hyaluron, "HA-26", serial="S1"), "pack_count": 1, "location_uid": fridge},
        {"scan": pack(shelf.hyaluron, "HA-27"), "pack_count": 2, "location_uid": fridge},
        {"scan": pack(shelf.vitamin, "VC-1"), "pack_count": 10, "location_uid": fridge},
        {"scan": pack(shelf.biotin, "B-1"), "pack_count": 1, "location_uid": fridge},
        {"scan": pack(shelf.cream, "CR-1"), "pack_count": 1, "location_uid": fridge},
        {"scan": new_box_of_needles, "location_uid": fridge},
        {
            "scan": pack(shelf.vitamin, "VC-OLD", date(2026, 3, 2)),
            "pack_count": 3,
            "location_uid": fridge,
            "decision": "for today's visits only",
        },
    ]
    week.it_is("Monday", "08:45")

    unknown = nurse.receives("DN-0302", *delivery, supplier_uid=house.supplier_uid, at=arrived)

    assert unknown.refusal == "code_unknown"
    assert (unknown.told["lot_number"], unknown.told["expires_on"]) == ("N-7", "2027-06-30")
    assert nurse.asks("receipts")["items"] == []

    story.manager.does(
        f"products/{shelf.needle.uid}/trade-items",
        scheme="gtin",
        item_code=demo_gtin(900_001),
        pack_level="box",
        presentation_count=100,
    ).done()
    received = nurse.receives("DN-0302", *delivery, supplier_uid=house.supplier_uid, at=arrived)

    story.receipt_uid = received["receipt_uid"]
    lots = {line["lot_number"]: line for line in received["lines"]}
    assert lots["HA-26"]["quantity"] == some("5")
    assert lots["N-7"]["quantity"] == some("100", "piece")
    story.hyaluron_lot_uid = lots["HA-26"]["lot_uid"]
    assert nurse.has(story.hyaluron_lot_uid) == {"Fridge": "5 mL"}
    assert nurse.reads(pack(shelf.hyaluron, "HA-26"))["lot"]["lot_number"] == "HA-26"


def tuesday_the_cocktail(story: Story) -> None:
    week, nurse, shelf = story.week, story.nurse, story.shelf
    week.it_is("Tuesday", "09:00")
    story.ana, story.bea = nurse.registers("Ana Invented", "P-1"), nurse.registers("Bea Invented", "P-2")
    by = {"practitioner_uid": story.practitioner.person_uid}
    story.visit_of_ana = nurse.plans_visit(story.ana, on("Tuesday", "09:30"), **by)
    story.visit_of_bea = nurse.plans_visit(story.bea, on("Tuesday", "10:30"), **by)

    week.it_is("Tuesday", "09:15")
    opened = nurse.opens(pack(shelf.hyaluron, "HA-26"))
    cocktail = nurse.begins_cocktail(story.recipe_uid, story.visit_of_ana)
    wrong = nurse.scans(cocktail, pack(shelf.biotin, "B-1"))
    expired = nurse.scans(cocktail, pack(shelf.vitamin, "VC-OLD", date(2026, 3, 2)))
    hyaluron = nurse.scans(cocktail, vial(opened))
    vitamin = nurse.scans(cocktail, pack(shelf.vitamin, "VC-1"))

    assert wrong.refusal == "wrong_product"
    assert expired.refusal == "lot_expired"
    assert expired.told["expired"] == "2026-03-02"
    assert (hyaluron["quantity"], hyaluron["lacking_quantity"]) == (some("2"), some("0"))
    assert vitamin["quantity"] == some("1")

    week.it_is("Tuesday", "09:25")
    made = nurse.finishes_cocktail(cocktail, week.house.clinic.room.uid)

    story.cocktail_lot_uid = made["lot_uid"]
    assert made["output_quantity"] == some("3")
    assert made["beyond_use_at"] == "2026-03-03T08:15:00Z"  # an hour after it was begun
    assert nurse.has(story.hyaluron_lot_uid) == {opened["short_code"]: "3 mL"}
    story.label_of_cocktail, story.label_of_vial = syringe(cocktail), vial(opened)


def tuesday_the_visit_of_ana(story: Story) -> None:
    week, nurse, shelf = story.week, story.nurse, story.shelf
    week.it_is("Tuesday", "09:30")
    nurse.brings(story.visit_of_ana, "arrived", "in_treatment")
    tube = nurse.opens(pack(shelf.cream, "CR-1"))
    needles = pack(shelf.needle, "N-7")
    face: dict[str, Any] = {
        "areas": [{"area": "face", "quantity": some("2.5")}, {"area": "neck", "quantity": some("0.5")}],
        "technique": "nappage",
        "indication": "skin-rejuvenation",
        "depth_um": 1500,
    }

    unprescribed = nurse.uses(story.visit_of_ana, used(story.label_of_cocktail, "3", **face))
    face["prescriber_uid"] = story.practitioner.person_uid
    given = nurse.uses(
        story.visit_of_ana,
        used(vial(tube), "1.5"),
        used(needles, "3", "piece"),
        used(story.label_of_cocktail, "3", **face),
    )

    assert unprescribed.refusal == "prescriber_missing"
    assert [thing["lot_number"] for thing in given["used"]][:2] == ["CR-1", "N-7"]
    assert given["overridden"] == []
    assert nurse.has(story.cocktail_lot_uid) == {}
    story.movement_with_needles, story.needles = given["movement_uid"], needles


def tuesday_what_was_booked_wrongly(story: Story) -> None:
    """Two needles and not three; and the vial's half millilitre was Bea's, who lay in the other room."""
    week, nurse = story.week, story.nurse
    week.it_is("Tuesday", "09:50")
    lines = nurse.asks(f"movements/{story.movement_with_needles}")["lines"]
    (line,) = [line["n"] for line in lines if line["lot_number"] == "N-7"]

    taken_back = nurse.takes_back(story.movement_with_needles, "two needles, not three", line)
    again = nurse.takes_back(story.movement_with_needles, "two needles, not three", line)
    nurse.uses(story.visit_of_ana, used(story.needles, "2", "piece")).done()

    assert taken_back["line_numbers"] == [line]
    assert again.status == 409
    nurse.brings(story.visit_of_bea, "arrived", "in_treatment")
    booked = nurse.uses(story.visit_of_ana, used(story.label_of_vial, "0.5"))
    week.it_is("Tuesday", "10:00")
    right = nurse.was_really_in(story.visit_of_bea, booked["movement_uid"], "it was Bea, in room 2")

    assert right["broken_rules"] == []
    visit = nurse.asks(f"sessions/{story.visit_of_bea}")
    assert [(use["lot_number"], use["quantity"]) for use in visit["uses"]] == [("HA-26", some("0.5"))]
    for session in (story.visit_of_ana, story.visit_of_bea):
        nurse.brings(session, "finished")


def wednesday_a_patient_of_another_lot(story: Story) -> None:
    week, nurse, shelf = story.week, story.nurse, story.shelf
    week.it_is("Wednesday", "09:20")
    story.clara = nurse.registers("Clara Invented", "P-3")
    visit = nurse.plans_visit(
        story.clara, on("Wednesday", "09:30"), practitioner_uid=story.practitioner.person_uid
    )
    nurse.brings(visit, "arrived", "in_treatment")
    too_late = nurse.uses(visit, used(story.label_of_vial, "0.5"))
    fresh = nurse.opens(pack(shelf.hyaluron, "HA-27"))

    nurse.uses(visit, used(vial(fresh), "1")).done()

    assert too_late.refusal == "past_beyond_use"  # opened on Tuesday at 09:15, kept a day
    nurse.brings(visit, "finished")


def thursday_the_recall(story: Story) -> None:
    week, nurse, shelf = story.week, story.nurse, story.shelf
    week.it_is("Thursday", "11:00")

    forbidden = nurse.recalls(shelf.hyaluron.uid, "HA-26", "maker's notice of today")
    placed = story.manager.recalls(shelf.hyaluron.uid, "HA-26", "maker's notice of today")
    visit = nurse.plans_visit(story.bea, on("Thursday", "12:00"))
    stopped = nurse.uses(
        visit,
        used(story.label_of_vial, "0.5"),
    )

    assert forbidden.refusal == "action_forbidden"
    assert placed["lot_uids"] == [story.hyaluron_lot_uid]
    assert placed["prepared_lot_uids"] == [story.cocktail_lot_uid]
    assert stopped.refusal == "lot_recalled"


def friday_the_trace(story: Story) -> None:
    week, auditor = story.week, story.auditor
    week.it_is("Friday", "16:00")

    forward = auditor.traces(gtin=story.shelf.hyaluron.gtin, lot_number="HA-26")
    back = auditor.traces(patient=story.ana)

    reached = {
        (use["patient_uid"], use["lot_number"], use["quantity"]["quantity"]) for use in forward["uses"]
    }
    cocktail = next(lot["number"] for lot in forward["lots"] if lot["uid"] == story.cocktail_lot_uid)
    assert reached == {(story.ana, cocktail, "3"), (story.bea, "HA-26", "0.5")}
    assert {patient["reference"] for patient in forward["patients"]} == {"P-1", "P-2"}
    assert forward["is_complete"]
    assert [(lying["quantity"]) for lying in forward["lying"]] == [some("2.5")]

    assert {(use["lot_number"], use["quantity"]["quantity"]) for use in back["uses"]} == {
        ("CR-1", "1.5"),
        ("N-7", "2"),
        (cocktail, "3"),
    }
    origin = {each["lot_number"]: each for each in back["origins"]}
    assert set(origin) == {"HA-26", "VC-1", "CR-1", "N-7"}
    assert {each["receipt_uid"] for each in origin.values()} == {story.receipt_uid}
    assert {(each["supplier_name"], each["delivery_note"]) for each in origin.values()} == {
        ("Demo Supply", "DN-0302")
    }
    assert auditor.recalls(story.shelf.hyaluron.uid, "HA-27", "no").refusal == "action_forbidden"


def the_books_are_true(story: Story) -> None:
    report = verify(story.week.store)

    assert report.ok, report.findings
