"""Is what lay there before the books began brought forward, once?"""

from __future__ import annotations

from tests.api.calling import Caller, amount, manager, nurse
from tests.receiving import gs1
from tests.serving import Served

__all__ = ["manager", "nurse"]


def test_stock_is_brought_forward_by_a_manager_before_anything_else(
    served: Served, manager: Caller, nurse: Caller
) -> None:
    filler = served.house.product("Filler", content_quantity=2000)
    line = {"location_uid": served.clinic.fridge.uid, "scan": gs1(filler.gtin, "A1"), "pack_count": 2}

    nurse.post("/opening-stock", {"lines": [line]}, 403)
    booked = manager.post("/opening-stock", {"lines": [line], "note": "List 1"})
    served.clinic.lot_on_shelf(filler, "B1")
    late = manager.post("/opening-stock", {"lines": [line]}, 409)

    assert booked["lines"][0]["quantity"] == amount("4")
    assert nurse.get(f"/receipts/{booked['receipt_uid']}")["receipt"]["supplier_uid"] is None
    assert late["code"] == "books_under_way"
