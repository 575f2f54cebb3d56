"""Is a cocktail that was made already recorded over HTTP, with what it broke?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import now
from stockroom.vocabulary import ContainerType, HoldReason
from tests.api.asking import Asking, accepted, refused
from tests.serving import Served
from tests.sessions import hold

ROUTE = "late-preparations"


def test_it_is_recorded_and_its_lot_can_be_used(served: Served) -> None:
    house, clinic = served.house, served.clinic
    dose = house.product("Dose", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    lot = clinic.lot_on_shelf(dose, "B1", presentations=3)
    hold(house, lot, HoldReason.SUSPICION)
    nurse, administrator = Asking(served, clinic.nurse), Asking(served, clinic.administrator)
    body = {
        "ingredients": [{"thing": {"lot_uid": lot.uid}, "quantity": {"quantity": "1.5", "unit": "mL"}}],
        "location_uid": clinic.room.uid,
        "occurred_at": (now() - timedelta(minutes=10)).isoformat(),
        "reason": "The network was down",
    }

    told = accepted(nurse, administrator, "POST", ROUTE, body, status=201)

    assert told["output_quantity"] == {"quantity": "1.5", "unit": "mL"}
    assert told["rules"] == ["held", "other_patient"]
    assert len(nurse.items("deviations")) == 2
    sheet = nurse.get(f"preparations/{told['preparation_uid']}").get_json()
    assert (sheet["state"], sheet["lot_uid"]) == ("finished", told["lot_uid"])
    assert [each["lot_number"] for each in sheet["ingredients"]] == ["B1"]


def test_what_cannot_have_been_is_refused(served: Served) -> None:
    clinic = served.clinic
    dose = served.house.product("Dose", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    lot = clinic.lot_on_shelf(dose, "B1")
    nurse = Asking(served, clinic.nurse)
    body = {
        "ingredients": [{"thing": {"lot_uid": lot.uid}, "quantity": {"quantity": "3", "unit": "mL"}}],
        "location_uid": clinic.room.uid,
        "occurred_at": (now() - timedelta(minutes=10)).isoformat(),
        "reason": "The network was down",
    }

    refused(nurse.post(ROUTE, body), 409, "not_in_the_books")
    refused(nurse.post(ROUTE, {**body, "ingredients": []}), 422, "invalid_fields")
    soon = (now() + timedelta(hours=1)).isoformat()
    refused(nurse.post(ROUTE, {**body, "occurred_at": soon}), 422, "occurs_in_future")
