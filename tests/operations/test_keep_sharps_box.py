"""Does a sharps box stand until its date, close once, and go with a note?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import SharpsBox
from stockroom.operations.keep_sharps_box import (
    BoxClosed,
    BoxCollected,
    BoxOpen,
    CloseSharpsBox,
    CollectSharpsBox,
    OpenSharpsBox,
    SharpsBoxKept,
    close_sharps_box,
    collect_sharps_box,
    open_sharps_box,
)
from stockroom.queries.sharps_boxes import sharps_boxes, sharps_boxes_due
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import SharpsReason, WasteStream
from tests.builders import NOW, House, key
from tests.sessions import rows


def opened(house: House, room_uid: str | None = None) -> SharpsBoxKept:
    command = OpenSharpsBox(
        room_uid=room_uid or house.clinic.room.uid, waste_stream=WasteStream.SHARPS_MEDICINAL
    )
    return open_sharps_box(house.store, command, actor=house.nurse, key=key("box"), now=NOW)


def test_a_box_stands_for_as_long_as_the_clinic_says_and_is_due_on_its_last_day(store: Store) -> None:
    house = House(store)
    box = opened(house)
    last = NOW.date() + timedelta(days=90)

    with store.reading() as connection:
        due = [
            [
                each.uid
                for each in sharps_boxes_due(connection, house.clinic.id, today=last - timedelta(days=n))
            ]
            for n in (1, 0)
        ]
    assert box.close_by_on == last
    assert due == [[], [box.box_uid]]


def test_it_is_closed_once_then_collected_once_with_a_note(store: Store) -> None:
    house = House(store)
    box = opened(house)
    close = CloseSharpsBox(box_uid=box.box_uid, reason=SharpsReason.THREE_QUARTERS)
    collect = CollectSharpsBox(box_uid=box.box_uid, note="note 77, Demo Waste")
    by = {"actor": house.nurse, "now": NOW}

    with pytest.raises(BoxOpen):
        collect_sharps_box(store, collect, key=key(), **by)  # type: ignore[arg-type]
    close_sharps_box(store, close, key=key(), **by)  # type: ignore[arg-type]
    with pytest.raises(BoxClosed):
        close_sharps_box(store, close, key=key(), **by)  # type: ignore[arg-type]
    with pytest.raises(InvalidValue):
        collect_sharps_box(store, CollectSharpsBox(box_uid=box.box_uid, note=" "), key=key(), **by)  # type: ignore[arg-type]
    collect_sharps_box(store, collect, key=key(), **by)  # type: ignore[arg-type]
    with pytest.raises(BoxCollected):
        collect_sharps_box(store, collect, key=key(), **by)  # type: ignore[arg-type]

    (row,) = rows(store, SharpsBox)
    assert (row.close_reason, row.collection_note) == ("three_quarters", "note 77, Demo Waste")
    with store.reading() as connection:
        assert sharps_boxes(connection, house.clinic.id) == ()


def test_it_stands_in_a_room_of_this_clinic_and_is_opened_by_who_keeps_the_day(store: Store) -> None:
    house = House(store)

    with pytest.raises(InvalidValue):
        opened(house, house.clinic.fridge.uid)
    with pytest.raises(ThingNotFound):
        opened(house, house.another_clinic().room.uid)
    with pytest.raises(ActionForbidden):
        command = OpenSharpsBox(room_uid=house.clinic.room.uid, waste_stream=WasteStream.SHARPS)
        open_sharps_box(store, command, actor=house.clinic.auditor, key=key(), now=NOW)
    assert rows(store, SharpsBox) == []
