"""Is what should be ordered told over HTTP with its arithmetic, and put on drafts once?"""

from __future__ import annotations

from tests.api.calling import Caller, manager, nurse, stranger
from tests.builders import key
from tests.orders import sells
from tests.queries.test_reorder_suggestions import level
from tests.serving import Served

__all__ = ["manager", "nurse", "stranger"]


def test_suggestions_are_told_with_what_they_were_reckoned_with(
    served: Served, nurse: Caller, stranger: Caller
) -> None:
    low, without = served.house.product("Low"), served.house.product("Without")
    sells(served.house, low)
    level(served.clinic, low, 5, 20)
    served.clinic.lot_on_shelf(low, "A1", presentations=3)
    served.clinic.lot_on_shelf(without, "B1", presentations=2)

    first = nurse.get("/reorder-suggestions", limit=1)
    rest = nurse.get("/reorder-suggestions", cursor=first["next_cursor"])

    (found,), (other,) = first["items"], rest["items"]
    assert (found["usable_count"], found["minimum_count"], found["target_count"]) == (3, 5, 20)
    assert (found["suggested_count"], found["suggested_packs"], found["offer"]["item_code"]) == (
        20,
        2,
        "S-77",
    )
    assert found["opened"]["quantity"] == "0"
    assert (other["minimum_count"], other["proposed_minimum_count"], other["suggested_count"]) == (None, 0, 0)
    assert stranger.get("/reorder-suggestions")["items"] == []


def test_what_is_chosen_goes_onto_one_draft_once(served: Served, manager: Caller, nurse: Caller) -> None:
    filler = served.house.product("Filler")
    sells(served.house, filler)
    level(served.clinic, filler, 5, 20)
    chosen = {"product_uid": filler.uid, "supplier_uid": served.house.supplier_uid, "packs": 2}
    request = key("gather")

    nurse.post("/reorder-suggestions/orders", {"wanted": [chosen]}, 403)
    manager.post("/reorder-suggestions/orders", {"wanted": []}, 422)
    manager.post("/reorder-suggestions/orders", {"wanted": [{**chosen, "packs": 0}]}, 422)
    manager.post("/reorder-suggestions/orders", {"wanted": [{**chosen, "pack_count": 0}]}, 422)
    first = manager.post("/reorder-suggestions/orders", {"wanted": [chosen]}, request=request)
    again = manager.post("/reorder-suggestions/orders", {"wanted": [chosen]}, request=request)
    further = manager.post("/reorder-suggestions/orders", {"wanted": [chosen]})

    assert first == again and first["orders"][0]["is_new"]
    (order,) = further["orders"]
    assert (order["order_uid"], order["is_new"]) == (first["orders"][0]["order_uid"], False)
    (suggestion,) = manager.get("/reorder-suggestions")["items"]
    assert [(each["packs"], each["count"]) for each in suggestion["drafted"]] == [(2, 20)]
    assert suggestion["suggested_count"] == 20, "a draft is not on order"
