"""Do goods go back to a supplier over HTTP, and is it told what is owed for them?"""

from __future__ import annotations

from tests.api.calling import Caller, amount, manager, nurse, practitioner, stranger
from tests.serving import Served

__all__ = ["manager", "nurse", "practitioner", "stranger"]


def test_a_return_is_made_listed_and_settled(
    served: Served, nurse: Caller, practitioner: Caller, stranger: Caller
) -> None:
    lot = served.clinic.lot_on_shelf(served.house.product("Filler", content_quantity=2000), "A1")
    line = {
        "lot_uid": lot.uid,
        "from_uid": served.clinic.fridge.uid,
        "quantity": amount("2"),
    }
    body = {
        "supplier_uid": served.house.supplier_uid,
        "reference": "RMA-7",
        "reason": "crushed",
        "expects": "credit",
        "lines": [line],
    }

    practitioner.post("/returns-to-supplier", body, 403)
    nurse.post("/returns-to-supplier", {**body, "expects": "money"}, 422)
    done = nurse.post("/returns-to-supplier", body)
    path = f"/returns-to-supplier/{done['return_uid']}"
    shown = nurse.get(path)
    (awaited,) = nurse.get("/returns-to-supplier", awaited="true")["items"]
    nurse.post(f"{path}/settlement", {"paper": "CN-1"}, 200)
    again = nurse.post(f"{path}/settlement", {"paper": "CN-1"}, 409)

    assert (shown["reference"], shown["expects"], shown["lines"][0]["quantity"]) == (
        "RMA-7", "credit", amount("2"),
    )  # fmt: skip
    assert "id" not in shown and awaited["uid"] == done["return_uid"]
    assert again["code"] == "return_settled_before"
    assert nurse.get(path)["settled_by_paper"] == "CN-1"
    assert nurse.get("/returns-to-supplier", awaited="true")["items"] == []
    stranger.get(path, 404)
