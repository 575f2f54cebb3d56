"""Is a line of a delivery completed, decided on and taken off, and is nobody's scan overwritten?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.operations.change_delivery_line import RemoveDeliveryLine, remove_delivery_line
from stockroom.reads.arrivals import ScanContradicts
from stockroom.reads.deliveries import DeliveryLineStale
from stockroom.rules.receiving import CostOf
from stockroom.vocabulary import BenchDecision, CostState
from tests.builders import FAR, NOW, House, demo_gtin, key
from tests.receiving import gs1, journalled
from tests.unpacking import OnTable


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_what_the_code_does_not_say_is_typed(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(filler.gtin)

    changed = table.say(
        1,
        lot_number="A1",
        expires_on=FAR,
        pack_count=3,
        cost=CostOf(state=CostState.PRICED, unit_cost_minor=450),
        decision=" wanted ",
        bench=BenchDecision.KEEP,
    )

    (line,) = table.lines
    assert (line.lot_number, line.expires_on, line.pack_count) == ("A1", FAR, 3)
    assert (line.cost_state, line.unit_cost_minor, line.currency) == ("priced", 450, "EUR")
    assert (line.decision, line.bench_decision, line.raw_scan) == ("wanted", "keep", filler.gtin)
    assert (changed.version, changed.delivery_version) == (2, 3)
    assert len(journalled(house.clinic, "delivery.change_line")) == 1


def test_what_the_code_says_is_not_contradicted(house: House) -> None:
    filler, other, table = house.product("Filler"), house.product("Other"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))

    for said in ({"lot_number": "A2"}, {"expires_on": date(2027, 1, 1)}, {"product_uid": other.uid}):
        with pytest.raises(ScanContradicts):
            table.say(1, **said)

    assert table.lines[0].version == 1


def test_a_code_that_nobody_knows_is_added_to_a_product_and_not_talked_away(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(demo_gtin(999_999), "A1"))
    table.scan("HAND-WRITTEN 7")

    with pytest.raises(InvalidValue, match="add it to Filler"):
        table.say(1, product_uid=filler.uid)
    table.say(2, product_uid=filler.uid, lot_number="A2", expires_on=FAR)

    assert [line.product_id for line in table.lines] == [None, filler.id]


def test_a_line_into_which_somebody_scanned_is_looked_at_again(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))
    table.scan(gs1(filler.gtin, "A1"))

    with pytest.raises(DeliveryLineStale):
        table.say(1, version=1, pack_count=1)
    with pytest.raises(DeliveryLineStale):
        _remove(house, table, version=1)

    assert table.lines[0].pack_count == 2


def test_a_line_is_taken_off_and_its_number_is_not_given_again(house: House) -> None:
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))

    _remove(house, table, version=1)
    table.scan(gs1(filler.gtin, "A1"))

    assert [line.n for line in table.lines] == [2]


def test_a_line_of_another_delivery_is_not_meant(house: House) -> None:
    filler, table, other = house.product("Filler"), OnTable(house), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"))
    command = RemoveDeliveryLine(delivery_uid=other.uid, line_uid=table.lines[0].uid, version=1)

    with pytest.raises(ThingNotFound):
        remove_delivery_line(house.store, command, actor=house.nurse, key=key(), now=NOW)


def _remove(house: House, table: OnTable, *, version: int) -> None:
    command = RemoveDeliveryLine(delivery_uid=table.uid, line_uid=table.lines[0].uid, version=version)
    remove_delivery_line(house.store, command, actor=house.nurse, key=key(), now=NOW)
