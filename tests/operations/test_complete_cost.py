"""Is a cost completed without touching what is in stock?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import ReceiptLine
from stockroom.operations.complete_cost import (
    CompleteCost,
    CostReasonMissing,
    LineCost,
    complete_cost,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.receiving import CostOf
from stockroom.vocabulary import CostState
from tests.builders import NOW, House, key
from tests.receiving import gs1, journalled, on_shelves, rows_of, scanned, size_of_books, take_in

PRICE = CostOf(state=CostState.PRICED, unit_cost_minor=1250)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def line_of(house: House, **more: Any) -> str:
    """The uid of a received line."""
    filler = house.product("Filler")
    return (
        take_in(house, scanned(house.clinic.fridge, gs1(filler.gtin, "A1"), **more)).lines[0].receipt_line_uid
    )


def costs(house: House) -> list[tuple[str, int | None, str | None]]:
    rows = rows_of(house.store, ReceiptLine)
    return [(row.cost_state, row.unit_cost_minor, row.currency) for row in rows]


def complete(house: House, uid: str, cost: CostOf, *, actor: Any = None, reason: str = "") -> None:
    command = CompleteCost(lines=(LineCost(receipt_line_uid=uid, cost=cost),), reason=reason)
    complete_cost(house.store, command, actor=actor or house.manager, key=key(), now=NOW)


def test_an_unknown_cost_is_completed_and_nothing_else_changes(house: House) -> None:
    uid = line_of(house)
    books, shelves = size_of_books(house.store), on_shelves(house.clinic)

    complete(house, uid, PRICE)

    assert costs(house) == [("priced", 1250, "EUR")]
    assert (size_of_books(house.store), on_shelves(house.clinic)) == (books, shelves)
    assert len(journalled(house.clinic, "cost.complete")) == 1


def test_a_known_cost_changes_only_with_a_reason_and_both_stay_in_the_journal(house: House) -> None:
    uid = line_of(house, cost=CostOf(state=CostState.FREE_SAMPLE))

    with pytest.raises(CostReasonMissing):
        complete(house, uid, PRICE)
    assert costs(house) == [("free_sample", None, None)]
    complete(house, uid, PRICE, reason="It was invoiced after all")

    assert costs(house) == [("priced", 1250, "EUR")]
    payload = json.loads(journalled(house.clinic, "cost.complete")[0].payload)
    before, after = payload["costs"][0][1:]
    assert (before, after["unit_cost_minor"]) == (["free_sample", None, None], 1250)


@pytest.mark.parametrize("cost", [CostOf(), CostOf(state=CostState.PRICED), CostOf(unit_cost_minor=1)])
def test_what_is_no_cost_is_refused(house: House, cost: CostOf) -> None:
    uid = line_of(house)

    with pytest.raises(InvalidValue):
        complete(house, uid, cost)

    assert costs(house) == [("unknown", None, None)]


def test_the_same_line_twice_or_none_is_refused(house: House) -> None:
    line = LineCost(receipt_line_uid=line_of(house), cost=PRICE)

    for lines in ((), (line, line)):
        with pytest.raises(InvalidValue):
            complete_cost(house.store, CompleteCost(lines=lines), actor=house.manager, key=key(), now=NOW)


def test_another_clinic_and_another_role_do_not_complete_it(house: House) -> None:
    uid, other = line_of(house), house.another_clinic()

    with pytest.raises(ThingNotFound):
        complete(house, uid, PRICE, actor=other.manager)
    with pytest.raises(ActionForbidden):
        complete(house, uid, PRICE, actor=house.nurse)

    assert costs(house) == [("unknown", None, None)]


def test_the_same_key_completes_once(house: House) -> None:
    command = CompleteCost(lines=(LineCost(receipt_line_uid=line_of(house), cost=PRICE),))

    first = complete_cost(house.store, command, actor=house.manager, key="once", now=NOW)
    second = complete_cost(house.store, command, actor=house.manager, key="once", now=NOW)

    assert first == second
    assert len(journalled(house.clinic, "cost.complete")) == 1
