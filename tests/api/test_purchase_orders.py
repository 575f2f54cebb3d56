"""Is an order written, sent, put off, matched and called off over HTTP?"""

from __future__ import annotations

from tests.api.calling import Caller, manager, nurse, practitioner, stranger
from tests.builders import key
from tests.orders import delivered, sells
from tests.serving import Served

__all__ = ["manager", "nurse", "practitioner", "stranger"]


def test_an_order_goes_from_draft_to_received(served: Served, manager: Caller, nurse: Caller) -> None:
    filler = served.house.product("Filler")
    sells(served.house, filler, pack_count=2)
    supplier, request = {"supplier_uid": served.house.supplier_uid}, key("order")
    begun = manager.post("/purchase-orders", supplier, request=request)
    path = f"/purchase-orders/{begun['order_uid']}"

    again = manager.post("/purchase-orders", supplier, request=request)
    manager.put(f"{path}/lines/{filler.uid}", {"packs": 2})
    draft = manager.get(path)
    placed = {"reference": "PO-7", "expected_on": "2199-05-12"}
    manager.post(f"{path}/placing", placed, 412, If_Match='"1"')
    manager.post(f"{path}/placing", placed, 200, If_Match='"2"')
    (line,) = manager.get(path)["lines"]
    put_off = {"none_until": "2199-06-01"}
    manager.put(f"{path}/lines/{line['uid']}/expectation", put_off, If_Match='"3"')
    receipt = delivered(served.house, filler, "A1", 3)
    came = {
        "order_line_uid": line["uid"],
        "receipt_line_uid": receipt.lines[0].receipt_line_uid,
        "count": 3,
    }
    arrived = nurse.post(f"{path}/arrivals", {"receipt_uid": receipt.receipt_uid, "came": [came]})
    shown = nurse.get(path)

    assert begun == again
    assert (draft["state"], draft["lines"][0]["item_code"], draft["lines"][0]["pack_count"]) == (
        "draft", "S-77", 2,
    )  # fmt: skip
    assert (arrived["state"], arrived["owed_count"]) == ("part_received", 1)
    assert (shown["reference"], shown["lines"][0]["due_on"]) == ("PO-7", "2199-06-01")
    assert (shown["lines"][0]["arrived_count"], shown["lines"][0]["owed_count"]) == (3, 1)
    (listed,) = nurse.get("/purchase-orders", part="open", product_uid=filler.uid)["items"]
    assert (listed["uid"], listed["state"], listed["owed_count"]) == (shown["uid"], "part_received", 1)
    assert (listed["due_on"], listed["is_late"]) == ("2199-06-01", False)
    assert nurse.get("/purchase-orders", part="late")["items"] == []
    assert [each["kind"] for each in shown["history"]].count("answered") == 1
    assert {each["kind"] for each in shown["history"]} == {"started", "ordered", "answered", "arrived"}
    called_off = manager.post(
        f"{path}/cancellation", {"reason": "Enough"}, 200, If_Match=f'"{shown["version"]}"'
    )
    assert called_off["version"] == shown["version"] + 1
    assert manager.get(path)["state"] == "cancelled"


def test_bad_input_is_refused_by_name(
    served: Served, manager: Caller, nurse: Caller, practitioner: Caller, stranger: Caller
) -> None:
    filler = served.house.product("Filler")
    supplier = {"supplier_uid": served.house.supplier_uid}
    path = f"/purchase-orders/{manager.post('/purchase-orders', supplier)['order_uid']}"

    nurse.post("/purchase-orders", supplier, 403)
    practitioner.put(f"{path}/lines/{filler.uid}", {"packs": 1}, 403)
    stranger.get(path, 404)
    manager.put(f"{path}/lines/{filler.uid}", {"packs": -1}, 422)
    manager.put(f"{path}/lines/{filler.uid}", {"packs": 1, "pack_count": 0}, 422)
    manager.put(f"{path}/lines/{filler.uid}", {"packs": "1"}, 422)
    empty = manager.post(f"{path}/placing", {}, 422, If_Match='"1"')
    manager.post("/purchase-orders", {**supplier, "colour": "red"}, 422)

    assert empty["code"] == "invalid_value"


def test_several_lines_are_set_at_once_with_code_and_price(served: Served, manager: Caller) -> None:
    filler, needle = served.house.product("Filler"), served.house.product("Needle")
    sells(served.house, filler)
    supplier = {"supplier_uid": served.house.supplier_uid}
    path = f"/purchase-orders/{manager.post('/purchase-orders', supplier)['order_uid']}"
    lines = [
        {"product_uid": filler.uid, "packs": 2, "item_code": "X-9", "price_minor": None},
        {"product_uid": needle.uid, "packs": 1, "price_minor": 300, "currency": "EUR"},
    ]

    manager.put(f"{path}/lines", {"lines": lines}, 200, If_Match='"1"')
    manager.put(f"{path}/lines", {"lines": lines}, 412, If_Match='"1"')
    half = [{**lines[1], "currency": None}]
    refused = manager.put(f"{path}/lines", {"lines": half}, 422, If_Match='"2"')
    manager.put(f"{path}/lines", {"lines": [{**lines[0], "pack_count": 0}]}, 422, If_Match='"2"')

    assert [
        (line["item_code"], line["packs_ordered"], line["price_minor"], line["currency"])
        for line in manager.get(path)["lines"]
    ] == [("X-9", 2, None, None), ("", 1, 300, "EUR")]
    assert "price" in refused["detail"]
    paper = manager.client.get(f"/api/v1{path}/file")
    assert (paper.status_code, paper.mimetype) == (200, "application/pdf") and paper.data.startswith(b"%PDF")
