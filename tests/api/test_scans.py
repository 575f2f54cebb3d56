"""Does a scan say what is on the pack, and what this clinic knows of it?"""

from __future__ import annotations

from tests.api.calling import Caller, amount, nurse
from tests.builders import FAR, demo_gtin
from tests.receiving import gs1
from tests.serving import Served
from tests.sessions import opened

__all__ = ["nurse"]


def test_a_scan_of_goods_in_stock_says_product_lot_and_place(served: Served, nurse: Caller) -> None:
    filler = served.house.product("Filler", content_quantity=2000)
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=2)

    told = nurse.post("/scans", {"scan": gs1(filler.gtin, "A1", serial="S9")}, 200)

    assert (told["scheme"], told["gtin"], told["lot_number"], told["serial"]) == (
        "gs1", filler.gtin, "A1", "S9",
    )  # fmt: skip
    assert (told["expires_on"], told["doubts"]) == (FAR.isoformat(), [])
    assert told["pack"]["pack_quantity"] == amount("2")
    assert told["lot"]["lot_uid"] == lot.uid
    assert [(each["location_name"], each["quantity"]) for each in told["lot"]["places"]] == [
        ("Fridge", amount("4"))
    ]


def test_a_scan_of_goods_that_nobody_knows_is_read_all_the_same(served: Served, nurse: Caller) -> None:
    told = nurse.post("/scans", {"scan": gs1(demo_gtin(999_999), "A1")}, 200)

    assert (told["lot_number"], told["pack"], told["lot"], told["label"]) == ("A1", None, None, None)


def test_our_own_label_leads_to_its_container_and_to_nobody_elses(served: Served, nurse: Caller) -> None:
    filler = served.house.product("Filler")
    container = opened(served.house, served.clinic.lot_on_shelf(filler, "A1"))
    stranger = Caller(served, served.house.another_clinic().nurse)
    label = {"scan": f"src:{container.short_code.lower()}"}

    assert nurse.post("/scans", label, 200)["label"] == {"kind": "container", "uid": container.container_uid}
    assert stranger.post("/scans", label, 200)["label"] is None


def test_a_lost_separator_is_a_doubt_with_its_readings(served: Served, nurse: Caller) -> None:
    filler = served.house.product("Filler")

    told = nurse.post("/scans", {"scan": f"01{filler.gtin}10A117271231"}, 200)

    assert [doubt["code"] for doubt in told["doubts"]] == ["lost_separator"]
    texts = [each["text"] for each in told["doubts"][0]["readings"]]
    assert f"(01){filler.gtin}(17)271231(10)A1" in texts


def test_what_is_no_code_is_a_problem_with_the_place_of_the_fault(served: Served, nurse: Caller) -> None:
    problem = nurse.post("/scans", {"scan": "0195200000000"}, 400)

    assert problem["code"] == "wrong_check_digit"
    nurse.post("/scans", {"scan": ""}, 422)


def test_a_scan_asks_for_no_key_because_it_writes_nothing(nurse: Caller) -> None:
    answer = nurse.client.post("/api/v1/scans", json={"scan": gs1(demo_gtin(999_999), "A1")})

    assert answer.status_code == 200
