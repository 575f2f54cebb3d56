"""Is what was thrown away listed, with what it was and why, in its own clinic?"""

from __future__ import annotations

from datetime import timedelta

from bench.measuring import counted
from stockroom.clock import now
from tests.api.calling import Caller, amount, nurse, stranger
from tests.serving import Served

__all__ = ["nurse", "stranger"]


def test_what_was_thrown_away_is_listed_with_its_lines_at_constant_cost(
    served: Served, nurse: Caller, stranger: Caller
) -> None:
    filler = served.house.product("Filler", content_quantity=2000)
    lots = [served.clinic.lot_on_shelf(filler, f"A{n}", presentations=9) for n in range(3)]
    for reason, amounts in (("broken", ("2",)), ("expired", ("4", "6"))):
        lines = [
            {"thing": {"lot_uid": lot.uid}, "quantity": amount(quantity)}
            for lot, quantity in zip(lots, amounts, strict=False)
        ]
        nurse.post("/disposals", {"lines": lines, "reason": reason, "note": "seen"})

    statements = []
    for limit in (1, 50):
        with counted(served.store.engine) as said:
            page = nurse.get("/disposals", limit=limit)
        statements.append(len(said))
    first, second = page["items"]
    rest = nurse.get("/disposals", limit=1, cursor=first["movement_uid"])["items"]

    assert [(line["lot_number"], line["quantity"]) for line in first["lines"]] == [
        ("A0", amount("4")), ("A1", amount("6")),
    ]  # fmt: skip
    assert first["lines"][0]["target_kind"] == "disposal"
    assert "expired" in first["reason"] and "broken" in second["reason"]
    assert [each["movement_uid"] for each in rest] == [second["movement_uid"]]
    assert statements == [3, 3]  # the token, the movements, their lines
    assert stranger.get("/disposals")["items"] == []


def test_what_was_thrown_away_and_ended_before_is_recorded_late(served: Served, nurse: Caller) -> None:
    filler = served.house.product("Filler", content_quantity=2000)
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=9)
    then = f"{now() - timedelta(hours=80):%Y-%m-%dT%H:%M:%SZ}"
    late = {"happened_at": then, "late_reason": "The power was off"}
    thrown = {"thing": {"lot_uid": lot.uid}, "quantity": amount("2")}

    opened = nurse.post(
        "/containers", {"thing": {"lot_uid": lot.uid}, "opened_at": then, "reason": "The power was off"}
    )
    done = nurse.post(
        "/disposals",
        {
            "lines": [{**thrown, "thing": {"lot_uid": lot.uid, "location_uid": served.clinic.fridge.uid}}],
            "reason": "broken",
            **late,
        },
    )
    ended = nurse.post(
        f"/containers/{opened['container_uid']}/ending", {"reason": "contaminated", **late}, status=200
    )
    nurse.post("/disposals", {"lines": [thrown], "reason": "broken", "happened_at": then}, status=422)

    broken = ["beyond_window", "before_arrival"]  # it came in just now
    assert opened["broken_rules"] == done["broken_rules"] == ended["broken_rules"] == broken
    items = nurse.get("/disposals")["items"]
    assert {each["occurred_at"] for each in items} == {then}
    assert all("The power was off" in each["reason"] for each in items)
    assert nurse.get(f"/containers/{opened['container_uid']}")["closed_at"] == then
