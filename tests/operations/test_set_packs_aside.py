"""Are packs that are not all right put aside or refused at the door, and is it taken back?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.operations.post_delivery import DiscardDelivery, discard_delivery
from stockroom.operations.set_packs_aside import RefusePacks, SetPacksAside, refuse_packs, set_packs_aside
from stockroom.reads.deliveries import DeliveryLineStale
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import Fault, LocationKind
from tests.builders import NOW, House, key
from tests.receiving import gs1, journalled
from tests.unpacking import OnTable


def refuse(table: OnTable, n: int, packs: int, fault: Fault = Fault.DAMAGED) -> None:
    line = next(each for each in table.lines if each.n == n)
    command = RefusePacks(
        delivery_uid=table.uid, line_uid=line.uid, version=line.version, packs=packs, fault=fault
    )
    refuse_packs(table.store, command, actor=table.house.nurse, key=key(), now=table.now)


def aside(
    table: OnTable, n: int, packs: int, *, actor: Any = None, with_key: str | None = None, **more: Any
) -> None:
    line = next(each for each in table.lines if each.n == n)
    said = {
        "into_uid": table.house.clinic.account(LocationKind.QUARANTINE).uid,
        "version": line.version,
        "fault": Fault.DAMAGED,
        "words": "crushed",
        **more,
    }
    command = SetPacksAside(delivery_uid=table.uid, line_uid=line.uid, packs=packs, **said)
    by = actor or table.house.nurse
    set_packs_aside(table.store, command, actor=by, key=with_key or key(), now=table.now)


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("more than there are", InvalidValue),
        ("none", InvalidValue),
        ("into the fridge", InvalidValue),
        ("more refused than there are", InvalidValue),
        ("fewer packs than were refused", InvalidValue),
        ("all of it refused", InvalidValue),
    ],
)
def test_what_cannot_be_put_aside_or_refused_is_refused(
    sqlite_store: Store, case: str, refusal: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=3)
    acts = {
        "more than there are": lambda: aside(table, 1, 4),
        "none": lambda: aside(table, 1, 0),
        "into the fridge": lambda: aside(table, 1, 1, into_uid=house.clinic.fridge.uid),
        "more refused than there are": lambda: refuse(table, 1, 4),
        "fewer packs than were refused": lambda: (refuse(table, 1, 2), table.say(1, pack_count=1)),
        "all of it refused": lambda: (refuse(table, 1, 3), table.post()),
    }

    with pytest.raises(refusal):
        acts[case]()


def test_what_was_refused_can_be_taken_back_and_a_delivery_refused_whole_is_given_up(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=3)
    refuse(table, 1, 3)
    refused = [(line.refused_count, line.fault) for line in table.lines]
    refuse(table, 1, 0)
    taken_back = [(line.refused_count, line.fault) for line in table.lines]
    refuse(table, 1, 3)

    command = DiscardDelivery(delivery_uid=table.uid, version=table.version)
    discard_delivery(house.store, command, actor=house.nurse, key=key(), now=NOW)

    assert (refused, taken_back) == ([(3, "damaged")], [(0, None)])
    assert table.row.state == "discarded"


def test_some_packs_become_a_line_of_their_own_and_all_of_them_stay_on_theirs(store: Store) -> None:
    house = House(store)
    filler, table = house.product("Filler"), OnTable(house)
    table.scan(gs1(filler.gtin, "A1"), pack_count=3)

    aside(table, 1, 1)
    aside(table, 1, 2, words="", stays_owed=True)

    assert [
        (line.n, line.pack_count, line.fault, line.order_choice, line.decision) for line in table.lines
    ] == [
        (1, 2, "damaged", "apart", ""),
        (2, 1, "damaged", "undecided", "crushed"),
    ]
    assert table.lines[1].raw_scan == table.lines[0].raw_scan
    assert len(journalled(house.clinic, "delivery.set_aside")) == 2


def test_it_is_done_once_by_who_receives_and_on_the_line_that_was_read(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler, table, practitioner = house.product("Filler"), OnTable(house), house.practitioner
    table.scan(gs1(filler.gtin, "A1"), pack_count=3)

    with pytest.raises(ActionForbidden):
        aside(table, 1, 1, actor=practitioner)
    with pytest.raises(DeliveryLineStale):
        aside(table, 1, 1, version=9)
    with pytest.raises(ThingNotFound):
        aside(table, 1, 1, into_uid=house.another_clinic().fridge.uid)
    version = table.lines[0].version
    for _ in range(2):
        aside(table, 1, 1, with_key="same", version=version)

    assert [line.pack_count for line in table.lines] == [2, 1]
