"""Are acts that are only tried judged as in earnest, each after the one before, and is nothing of them left?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.db.transaction import rehearsal
from stockroom.models import JournalEntry
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.reads.missing_goods import NotInTheBooks
from stockroom.rules.using import ThingName, UseLine
from tests.builders import NOW, House, LotAt, key
from tests.sessions import books, rows, session, used

THEN = NOW - timedelta(hours=2)


@dataclass
class Scene:
    house: House
    lot: LotAt
    session_uid: str

    def open(self, store: Store, request: str = "open") -> str:
        command = OpenContainer(
            thing=ThingName(lot_uid=self.lot.uid), opened_at=THEN, reason="The power was off"
        )
        return open_container(store, command, actor=self.house.nurse, key=request, now=NOW).container_uid

    def use(self, store: Store, container_uid: str, quantity: int) -> tuple[str, ...]:
        command = RecordUse(
            session_uid=self.session_uid,
            lines=(UseLine(thing=ThingName(location_uid=container_uid), quantity=quantity),),
            occurred_at=THEN + timedelta(minutes=5),
            reason="The power was off",
        )
        return record_use(store, command, actor=self.house.nurse, key=key("use"), now=NOW).rules


@pytest.fixture
def scene(store: Store) -> Scene:
    house = House(store)
    return Scene(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"), session(house))


def test_each_act_sees_those_before_it_and_none_of_them_stays(scene: Scene) -> None:
    store, clinic = scene.house.store, scene.house.clinic
    assert scene.house.nurse
    before, entries = books(store), len(rows(store, JournalEntry))

    with rehearsal(store, clinic_id=clinic.id) as tried:
        vial = scene.open(tried)
        assert scene.use(tried, vial, 2_000) == ()
        with pytest.raises(NotInTheBooks):
            scene.use(tried, vial, 4_000)
        assert scene.use(tried, vial, 3_000) == ()

    assert books(store) == before
    assert len(rows(store, JournalEntry)) == entries


def test_a_key_that_was_only_tried_is_not_consumed(scene: Scene) -> None:
    store = scene.house.store
    with rehearsal(store, clinic_id=scene.house.clinic.id) as tried:
        scene.open(tried, "the key")

    vial = scene.open(store, "the key")

    assert scene.open(store, "the key") == vial
    used(scene.house, scene.session_uid, UseLine(thing=ThingName(location_uid=vial), quantity=100))


def test_what_breaks_off_in_the_middle_leaves_the_writers_free(scene: Scene) -> None:
    store = scene.house.store
    with pytest.raises(ZeroDivisionError), rehearsal(store, clinic_id=scene.house.clinic.id) as tried:
        scene.open(tried)
        raise ZeroDivisionError

    assert scene.open(store)
