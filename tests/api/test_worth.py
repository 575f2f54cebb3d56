"""Does the API say what stock of a day, losses and a session were worth, and to whom?"""

from __future__ import annotations

import pytest

from stockroom.ledger.encoding import sha256
from tests.api.calling import Caller, administrator, amount, manager, nurse, stranger
from tests.serving import Served
from tests.web.test_worth import DAY, Priced

__all__ = ["administrator", "manager", "nurse", "stranger"]
EUROS_10 = [{"currency": "EUR", "minor": 1000}]


@pytest.fixture
def priced(served: Served) -> Priced:
    """Before anybody has a token: the books do not run backwards to that day."""
    return Priced(served)


def test_stock_of_a_past_day_is_valued_by_group_and_lot(priced: Priced, manager: Caller) -> None:
    before = manager.get("/stock-worth", day=str(DAY))
    (lot,) = manager.get("/stock-worth/lots", day=str(DAY))["items"]
    priced.change_everything_later()
    after = manager.get("/stock-worth", day=str(DAY))
    later = manager.get("/stock-worth", day=str(DAY), through_entry=priced.entry())

    assert (before["total"]["value"], before["total"]["unknown_count"]) == (
        {"sums": EUROS_10, "is_whole": False},
        1,
    )
    assert before["groups"] == [{**before["total"], "name": ""}]
    assert (lot["lot_number"], lot["sealed_quantity"], lot["value"]["sums"]) == ("A1", amount("4"), EUROS_10)
    assert after == before
    assert len(after["digest"]) == len(sha256(""))
    assert later["total"]["value"] == {"sums": [{"currency": "EUR", "minor": 3000}], "is_whole": True}
    assert later["is_as_it_stood"] is False
    assert "id" not in lot


def test_losses_are_added_up_and_a_session_has_its_cost(priced: Priced, manager: Caller) -> None:
    lost = manager.get("/losses", since=str(DAY), until=str(DAY), by="reason")
    cost = manager.get(f"/sessions/{priced.visit.uid}/cost")

    assert {each["name"]: each["lost"]["sums"][0]["minor"] for each in lost["groups"]} == {
        "broken": 1000, "remainder": 250,
    }  # fmt: skip
    assert lost["total"]["net"]["sums"] == [{"currency": "EUR", "minor": 1250}]
    assert [(part["is_thrown_away"], part["value"]["sums"][0]["minor"]) for part in cost["parts"]] == [
        (False, 750),
        (True, 250),
    ]
    assert cost["total"]["sums"] == EUROS_10


def test_only_who_may_see_prices_is_told(
    priced: Priced, manager: Caller, nurse: Caller, administrator: Caller, stranger: Caller
) -> None:
    paths = ("/stock-worth", "/stock-worth/lots", f"/sessions/{priced.visit.uid}/cost")

    for path in paths:
        nurse.get(path, 403)
        administrator.get(path, 403)
    nurse.get("/losses", 403, since=str(DAY), until=str(DAY))
    manager.get("/stock-worth", 422, day="2999-01-01")
    manager.get("/stock-worth", 422, through_entry=10**9)
    manager.get("/losses", 422, since=str(DAY), until="9999-12-31")
    manager.get("/losses", 422, since="0001-01-01", until="0001-01-02")
    stranger.get(f"/sessions/{priced.visit.uid}/cost", 403)
