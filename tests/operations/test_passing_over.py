"""Is it asked once, answered with one tap and kept, why an earlier lot is not taken first?"""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.verify import verify
from stockroom.models import JournalEntry, PassedOverLot
from stockroom.operations.add_ingredient import RemoveIngredient, remove_ingredient
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.count import Count, CountedLine, count
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.use import Use, use
from stockroom.rules.overriding import EarlierLotWaiting
from stockroom.rules.passing_over import PassOver
from stockroom.rules.using import ThingName, UseLine
from stockroom.vocabulary import ContainerType, LocationKind, PassingOver
from tests.builders import NOW, House, LotAt, key
from tests.cocktails import add, begin, patient_with_session, stock
from tests.ledger.planting import unguarded


class Fridge:
    """Three lots of one product in one place: two expire sooner than the one in the nurse's hand."""

    def __init__(self, store: Store, container: ContainerType = ContainerType.SINGLE_DOSE) -> None:
        self.house = house = House(store)
        self.product = product = house.product("Ampoule", content_quantity=2000, container_type=container)
        shelf = house.clinic.lot_on_shelf
        self.first = shelf(product, "FIRST", expires_on=date(2026, 6, 1))
        self.second = shelf(product, "SECOND", expires_on=date(2026, 9, 1))
        self.later = shelf(product, "LATER", presentations=5, expires_on=date(2027, 6, 1))
        self.session_uid = patient_with_session(house, "Ana A")

    def add(self, draft: str, *said: PassOver) -> Any:
        return add(self.house, draft, lot_uid=self.later.uid, quantity=1000, passing_over=said)

    def draft(self) -> str:
        return begin(self.house, None, self.session_uid, reason="dry skin").preparation_uid


def said(lot: LotAt, answer: PassingOver = PassingOver.NOT_THERE, words: str = "") -> PassOver:
    return PassOver(lot_uid=lot.uid, answer=answer, words=words)


def kept(store: Store) -> list[tuple[int, int, str, str]]:
    rows = select(PassedOverLot.lot_id, PassedOverLot.taken_lot_id, PassedOverLot.answer, PassedOverLot.words)
    with store.reading() as connection:
        return [tuple(row) for row in connection.execute(rows.order_by(PassedOverLot.id))]


def test_each_earlier_lot_is_asked_about_until_it_is_answered_and_a_nurse_may_answer(store: Store) -> None:
    fridge = Fridge(store)
    draft, before = fridge.draft(), stock(store)

    with pytest.raises(EarlierLotWaiting) as asked:
        fridge.add(draft)
    assert asked.value.earlier_lot_uid == fridge.first.uid
    with pytest.raises(EarlierLotWaiting) as asked:
        fridge.add(draft, said(fridge.first))
    assert (asked.value.earlier_lot_uid, stock(store)) == (fridge.second.uid, before)
    added = fridge.add(
        draft, said(fridge.first), said(fridge.second, PassingOver.KEPT_FOR, "Mrs A on Friday")
    )

    assert added.overridden == ()
    assert kept(store) == [
        (fridge.first.id, fridge.later.id, "not_there", ""),
        (fridge.second.id, fridge.later.id, "kept_for", "Mrs A on Friday"),
    ]
    entries = select(JournalEntry.payload).where(JournalEntry.payload.contains("passed_over"))
    with store.reading() as connection:
        (payload,) = connection.execute(entries).scalars()
    assert [each["answer"] for each in json.loads(payload)["passed_over"]] == ["not_there", "kept_for"]
    assert "Mrs A" not in payload


def test_what_is_kept_for_nobody_is_no_answer_and_one_about_another_lot_is_about_nothing(
    sqlite_store: Store,
) -> None:
    fridge = Fridge(sqlite_store)
    draft = fridge.draft()

    with pytest.raises(InvalidValue):
        fridge.add(draft, said(fridge.first, PassingOver.KEPT_FOR, " "))
    with pytest.raises(InvalidValue):
        fridge.add(draft, said(fridge.first), said(fridge.first))
    add(fridge.house, draft, lot_uid=fridge.first.uid, quantity=500, passing_over=(said(fridge.later),))

    assert kept(sqlite_store) == []


def test_a_use_asks_too_and_keeps_the_answer(store: Store) -> None:
    fridge = Fridge(store)
    line = UseLine(
        thing=ThingName(lot_uid=fridge.later.uid),
        quantity=2000,
        prescriber_uid=fridge.house.practitioner.person_uid,
    )

    def use_it(*answers: PassOver) -> None:
        command = Use(session_uid=fridge.session_uid, lines=(line,), passing_over=answers)
        use(store, command, actor=fridge.house.nurse, key=key(), now=NOW)

    with pytest.raises(EarlierLotWaiting):
        use_it(said(fridge.first))
    use_it(said(fridge.first, PassingOver.DAMAGED), said(fridge.second))

    assert [row[2] for row in kept(store)] == ["damaged", "not_there"]


def test_an_opening_asks_too_and_keeps_the_answer(sqlite_store: Store) -> None:
    fridge = Fridge(sqlite_store, ContainerType.MULTI_DOSE)

    def open_it(*answers: PassOver) -> None:
        command = OpenContainer(thing=ThingName(lot_uid=fridge.later.uid), passing_over=answers)
        open_container(sqlite_store, command, actor=fridge.house.nurse, key=key(), now=NOW)

    with pytest.raises(EarlierLotWaiting):
        open_it()
    open_it(said(fridge.first), said(fridge.second))

    assert len(kept(sqlite_store)) == 2


def test_an_answer_holds_for_its_cocktail_and_is_written_once(store: Store) -> None:
    fridge = Fridge(store)
    draft = fridge.draft()
    answers = (
        said(fridge.first, PassingOver.DAMAGED),
        said(fridge.second, PassingOver.KEPT_FOR, "Mrs A on Friday"),
    )

    fridge.add(draft, *answers)
    fridge.add(draft)

    assert [row[2] for row in kept(store)] == ["damaged", "kept_for"]
    with pytest.raises(EarlierLotWaiting):  # another cocktail is another question
        fridge.add(begin(fridge.house, None, fridge.session_uid, reason="again").preparation_uid)
    assert verify(store, anchors=False).ok


def test_an_answer_holds_for_its_session_also_where_the_next_lot_is_answered_only_then(
    sqlite_store: Store,
) -> None:
    fridge = Fridge(sqlite_store)

    def use_it(lot: LotAt, *answers: PassOver) -> None:
        line = UseLine(
            thing=ThingName(lot_uid=lot.uid),
            quantity=2000,
            prescriber_uid=fridge.house.practitioner.person_uid,
        )
        command = Use(session_uid=fridge.session_uid, lines=(line,), passing_over=answers)
        use(sqlite_store, command, actor=fridge.house.nurse, key=key(), now=NOW)

    use_it(fridge.second, said(fridge.first, PassingOver.DAMAGED))
    fridge.house.clinic.lot_on_shelf(fridge.product, "THIRD", expires_on=date(2026, 10, 1))
    with pytest.raises(EarlierLotWaiting) as asked:
        use_it(fridge.later)
    third = asked.value.earlier_lot_uid
    use_it(fridge.later, PassOver(lot_uid=third, answer=PassingOver.DAMAGED))
    use_it(fridge.later)

    assert [row[2] for row in kept(sqlite_store)] == ["damaged", "damaged"]


@pytest.mark.parametrize("what", ["counted", "moved"])
def test_that_a_lot_is_not_there_holds_for_everybody_until_it_is_counted_or_moved(
    sqlite_store: Store, what: str
) -> None:
    fridge = Fridge(sqlite_store, ContainerType.MULTI_DOSE)
    clinic, later = fridge.house.clinic, NOW + timedelta(hours=1)

    def open_it(*answers: PassOver, now: datetime = NOW) -> None:
        command = OpenContainer(thing=ThingName(lot_uid=fridge.later.uid), passing_over=answers)
        open_container(sqlite_store, command, actor=fridge.house.nurse, key=key(), now=now)

    open_it(said(fridge.first), said(fridge.second))
    open_it()
    assert len(kept(sqlite_store)) == 2
    if what == "counted":
        line = CountedLine(
            lot_uid=fridge.first.uid, location_uid=clinic.fridge.uid, found_quantity=2000, counted_at=later
        )
        count(sqlite_store, Count(lines=(line,)), actor=fridge.house.nurse, key=key(), now=later)
    else:
        away = clinic.place("Cupboard", LocationKind.CUPBOARD)
        for source, target in ((clinic.fridge, away), (away, clinic.fridge)):
            goods = MoveLine(lot_uid=fridge.first.uid, from_uid=source.uid, quantity=2000)
            move = MoveGoods(to_uid=target.uid, lines=(goods,))
            move_goods(sqlite_store, move, actor=fridge.house.nurse, key=key(), now=later)

    with pytest.raises(EarlierLotWaiting) as asked:
        open_it(now=later)
    assert asked.value.earlier_lot_uid == fridge.first.uid


def test_what_is_not_there_is_neither_picked_nor_kept_while_another_lot_is(store: Store) -> None:
    fridge = Fridge(store)
    house, other = fridge.house, patient_with_session(fridge.house, "Eva E")
    any_of_it = ThingName(product_uid=fridge.product.uid)

    def taken(session_uid: str, thing: ThingName, quantity: int = 2000, *answers: PassOver) -> list[str]:
        line = UseLine(thing=thing, quantity=quantity, prescriber_uid=house.practitioner.person_uid)
        command = Use(session_uid=session_uid, lines=(line,), passing_over=answers)
        return [each.lot_number for each in use(store, command, actor=house.nurse, key=key(), now=NOW).used]

    second = said(fridge.second, PassingOver.KEPT_FOR, "Mrs A on Friday")
    taken(fridge.session_uid, ThingName(lot_uid=fridge.later.uid), 2000, said(fridge.first), second)

    assert taken(fridge.session_uid, any_of_it) == ["LATER"]
    draft = begin(house, None, other, reason="dry skin").preparation_uid
    assert add(house, draft, product_uid=fridge.product.uid, quantity=1000).lot_number == "SECOND"
    remove_ingredient(
        store,
        RemoveIngredient(preparation_uid=draft, n=1),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    assert taken(other, any_of_it) == ["SECOND"]  # it was kept in the other session
    keeping = Allocate(session_uid=other, thing=any_of_it, quantity=2000)
    kept_now = allocate(store, keeping, actor=house.nurse, key=key(), now=NOW).kept
    assert [each.lot_number for each in kept_now] == ["LATER"]
    assert taken(other, any_of_it, 8000) == ["LATER", "FIRST"]  # without it there is too little


def test_verify_sees_an_answer_that_is_gone_or_rewritten(sqlite_store: Store) -> None:
    fridge = Fridge(sqlite_store)
    fridge.add(fridge.draft(), said(fridge.first), said(fridge.second))
    assert verify(sqlite_store).findings == ()

    with unguarded(sqlite_store) as connection:
        connection.execute(text("DELETE FROM passed_over_lot WHERE answer = 'not_there' AND id = 1"))
        connection.execute(text("UPDATE passed_over_lot SET answer = 'damaged'"))

    found = [finding for finding in verify(sqlite_store).findings if finding.table == "passed_over_lot"]
    assert [finding.total for finding in found] == [2]
