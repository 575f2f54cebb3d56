"""Is one manufacturer's lot one lot, whoever names it at the same moment in which clinic?  (PostgreSQL)

SQLite has one writer, so that nobody else can name a lot meanwhile.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

from stockroom.db.engine import open_engine
from stockroom.db.store import Store, open_store
from stockroom.db.transaction import Work
from stockroom.ledger.lot_rows import LotOf, ensure_lots
from stockroom.models import Transfer
from stockroom.operations.correct_lot import CorrectLot, LotCorrected, correct_lot
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.rules.correcting import OtherExpiryKnown
from tests.builders import FAR, NOW, Clinic, House, LotAt, key
from tests.conftest import KEYS

pytestmark = pytest.mark.postgres
HELD_SECONDS = 1.0


@pytest.fixture
def house(postgres_url: str, tmp_path: Path) -> Iterator[House]:
    engine = open_engine(postgres_url)
    yield House(open_store(engine, keyring=KEYS, anchor_file=tmp_path / "anchors.jsonl"))
    engine.dispose()


@contextmanager
def meanwhile(clinic: Clinic, body: Callable[[Work], object]) -> Iterator[list[str]]:
    """Let another act of `clinic` do `body` and commit a second later; gives the list of what ended."""
    begun, ended = threading.Event(), list[str]()

    def held(work: Work) -> None:
        body(work)
        begun.set()
        time.sleep(HELD_SECONDS)
        ended.append("other")

    other = threading.Thread(target=lambda: clinic.act("test.meanwhile", held))
    other.start()
    assert begun.wait(30)
    yield ended
    other.join()


def put_right(store: Store, house: House, lot: LotAt) -> LotCorrected:
    command = CorrectLot(lot_uid=lot.uid, number="A7", expires_on=FAR, reason="Misread")
    return correct_lot(store, command, actor=house.practitioner, key=key(), now=NOW)


def test_a_lot_that_is_named_elsewhere_at_this_moment_is_seen(house: House) -> None:
    there, filler = house.another_clinic(), house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    assert house.practitioner
    named = LotOf(product_id=filler.id, product_name="Filler", number="A7", expires_on=date(2027, 1, 31))

    with meanwhile(there, lambda work: ensure_lots(work, [named])), pytest.raises(OtherExpiryKnown):
        put_right(house.store, house, lot)


def test_goods_that_arrive_at_this_moment_arrive_before_their_lot_is_renamed(house: House) -> None:
    there = house.another_clinic()
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    assert house.practitioner
    line = DispatchLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=5_000)
    sent = DispatchGoods(to_clinic_uid=there.uid, lines=(line,))
    dispatch_goods(house.store, sent, actor=house.manager, key=key(), now=NOW)
    arriving = select(Transfer.id).with_for_update()

    with meanwhile(there, lambda work: work.connection.execute(arriving).one()) as ended:
        put_right(house.store, house, lot)
        ended.append("mine")

    assert ended == ["other", "mine"]
