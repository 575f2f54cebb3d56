"""Do goods get to another clinic and back to a supplier, in both clinics' books?"""

from __future__ import annotations

import pytest

from stockroom.clock import now
from tests.api.calling import Caller, amount, manager, nurse
from tests.builders import Clinic, Goods, LotAt
from tests.receiving import gs1
from tests.serving import Served

__all__ = ["manager", "nurse"]


@pytest.fixture
def rila(served: Served) -> Clinic:
    return served.house.another_clinic("Rila")


@pytest.fixture
def there(served: Served, rila: Clinic) -> Caller:
    """A nurse of the clinic that receives."""
    return Caller(served, rila.nurse)


@pytest.fixture
def filler(served: Served) -> Goods:
    return served.house.product("Filler", content_quantity=2000)


@pytest.fixture
def lot(served: Served, filler: Goods) -> LotAt:
    return served.clinic.lot_on_shelf(filler, "A1", presentations=5)


@pytest.fixture
def sent(served: Served, nurse: Caller, rila: Clinic, lot: LotAt) -> str:
    """A transfer of three presentations to Rila."""
    line = {"lot_uid": lot.uid, "from_uid": served.clinic.fridge.uid, "quantity": amount("6")}
    uid: str = nurse.post("/transfers", {"to_clinic_uid": rila.uid, "lines": [line]})["transfer_uid"]
    return uid


def test_a_transfer_arrives_by_scan_with_what_is_short_and_broken(
    served: Served, nurse: Caller, there: Caller, rila: Clinic, filler: Goods, sent: str
) -> None:
    arrival = {
        "arrived_at": now().isoformat(),
        "lines": [
            {
                "scan": gs1(filler.gtin, "A1"),
                "location_uid": rila.fridge.uid,
                "short_quantity": amount("2"),
                "broken_quantity": amount("2"),
            }
        ],
        "shortage_reason": "Box was open",
        "breakage_reason": "Dropped",
    }

    arrived = there.post(f"/transfers/{sent}/arrival", arrival)
    again = there.post(f"/transfers/{sent}/arrival", arrival, 409)
    shown = nurse.get(f"/transfers/{sent}")

    assert again["code"] == "transfer_arrived"
    (line,) = shown["lines"]
    assert (shown["transfer"]["state"], shown["transfer"]["to_clinic"]) == ("arrived", "Rila")
    assert (line["arrived_quantity"], line["short_quantity"], line["broken_quantity"]) == (amount("2"),) * 3
    (place,) = there.get(f"/lots/{arrived['lot_uids'][0]}")["places"]
    assert (place["location_name"], place["quantity"]) == ("Fridge", amount("2"))


def test_an_arrival_by_number_of_the_document_accounts_for_everything(
    there: Caller, rila: Clinic, sent: str
) -> None:
    line = {"number": 1, "location_uid": rila.fridge.uid, "arrived_quantity": amount("4")}
    body = {"arrived_at": now().isoformat(), "lines": [line]}

    differs = there.post(f"/transfers/{sent}/arrival", body, 422)
    lost = {"number": 1, "arrived_quantity": amount("0"), "short_quantity": amount("2")}
    there.post(f"/transfers/{sent}/arrival", {**body, "lines": [line, lost], "shortage_reason": "Never came"})

    assert differs["code"] == "arrival_differs"


def test_both_clinics_list_it_and_a_third_finds_nothing(
    served: Served, nurse: Caller, there: Caller, sent: str
) -> None:
    third = Caller(served, served.house.another_clinic("Pirin").nurse)

    for caller in (nurse, there):
        assert [row["uid"] for row in caller.get("/transfers", state="dispatched")["items"]] == [sent]
    assert third.get("/transfers")["items"] == []
    third.get(f"/transfers/{sent}", 404)
    third.post(f"/transfers/{sent}/arrival", {"arrived_at": now().isoformat(), "lines": [{"number": 1}]}, 404)


def test_goods_go_back_to_their_supplier(served: Served, nurse: Caller, lot: LotAt) -> None:
    line = {"lot_uid": lot.uid, "from_uid": served.clinic.fridge.uid, "quantity": amount("4")}
    body = {
        "supplier_uid": served.house.supplier_uid,
        "reference": "RMA-1",
        "reason": "Recalled",
        "lines": [line],
    }

    returned = nurse.post("/returns-to-supplier", body)
    part = nurse.post("/returns-to-supplier", {**body, "lines": [{**line, "quantity": amount("1")}]}, 422)

    assert part["code"] == "part_of_presentation"
    shown = nurse.get(f"/movements/{returned['movement_uid']}")
    assert (shown["kind"], shown["supplier"], shown["lines"][0]["quantity"]) == (
        "return_to_supplier", "Demo Supply", amount("4"),
    )  # fmt: skip
    nurse.post("/returns-to-supplier", {**body, "colour": "red"}, 422)


def test_who_may_not_send_goods_sends_none(served: Served, rila: Clinic, lot: LotAt) -> None:
    practitioner = Caller(served, served.clinic.practitioner)
    line = {"lot_uid": lot.uid, "from_uid": served.clinic.fridge.uid, "quantity": amount("2")}

    practitioner.post("/transfers", {"to_clinic_uid": rila.uid, "lines": [line]}, 403)

    assert served.clinic.on_hand(lot) == 10_000
