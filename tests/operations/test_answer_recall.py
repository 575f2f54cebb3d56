"""Is every reply to a recall kept as it was sent, and none that is not what was seen?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import KeyReused
from stockroom.ledger.verify import verify
from stockroom.models import RecallReply
from stockroom.operations.answer_recall import (
    AnswerRecall,
    RecallAnswered,
    ReplyChanged,
    ReplyLine,
    answer_recall,
    digest_of,
)
from stockroom.queries.recall_answers import replies
from stockroom.reads.recall_cases import RecallClosed, any_case
from stockroom.rules.contacting import ExerciseReachesNobody
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.recalled_quantities import LotBooks, sum_up
from stockroom.vocabulary import ReplyChannel
from tests.builders import NOW, House, key
from tests.recall_cases import case_of, close
from tests.receiving import rows_of


def _answer(house: House, case_uid: str, *lines: ReplyLine, once: str = "", **said: Any) -> RecallAnswered:
    facts = {
        "case_uid": case_uid, "sent_to": "Demo Supply", "sent_how": ReplyChannel.EMAIL, "sent_at": NOW,
        "lines": lines, "seen": digest_of(lines), "supplier_uid": house.supplier_uid, **said,
    }  # fmt: skip
    command = AnswerRecall(**facts)
    return answer_recall(house.store, command, actor=house.manager, key=once or key(), now=NOW)


def test_replies_stay_as_they_were_sent(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    case_uid = case_of(house, filler, "A1", "B1")
    some = ReplyLine(
        product_uid=filler.uid,
        lot_number="A1",
        sums=sum_up([LotBooks(received=10_000, used=5000, on_hand=5000)]),
    )
    none = ReplyLine(product_uid=filler.uid, lot_number="B1", sums=sum_up([]))

    assert _answer(house, case_uid, once="k").number == _answer(house, case_uid, once="k").number == 1
    assert _answer(house, case_uid, some, none, reference="CASE-9", note="all found").number == 2

    with store.reading() as connection:
        found = replies(connection, case_id=any_case(connection, case_uid).id)
    assert [(each.number, each.reference, each.supplier, len(each.lines)) for each in found] == [
        (2, "CASE-9", "Demo Supply", 2), (1, "", "Demo Supply", 0)
    ]  # fmt: skip
    assert [(line.number, line.sums) for line in found[0].lines] == [("A1", some.sums), ("B1", none.sums)]
    assert verify(store).ok


def test_a_repeated_reply_gets_its_first_answer_although_the_books_went_on(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    case_uid = case_of(house, filler, "A1")
    first, later = (
        ReplyLine(product_uid=filler.uid, lot_number="A1", sums=sum_up([LotBooks(received=9, on_hand=each)]))
        for each in (9, 5)
    )
    answered = _answer(house, case_uid, first, once="k")

    assert _answer(house, case_uid, later, once="k", seen=digest_of([first])) == answered
    with pytest.raises(KeyReused):
        _answer(house, case_uid, later, once="k")
    assert len(rows_of(store, RecallReply)) == 1


def test_a_reply_that_is_not_what_was_seen_is_not_kept(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    case_uid, exercise = case_of(house, filler, "A1"), case_of(house, filler, "A1", is_mock=True)
    line = ReplyLine(product_uid=filler.uid, lot_number="A1", sums=sum_up([]))

    with pytest.raises(ReplyChanged):
        _answer(house, case_uid, line, seen=digest_of(()))
    for wrong in ({"sent_to": " "}, {"sent_at": NOW + timedelta(hours=1)}, {"reference": "x" * 201}):
        with pytest.raises(InvalidValue):
            _answer(house, case_uid, **wrong)
    with pytest.raises(ExerciseReachesNobody):
        _answer(house, exercise)
    close(house, case_uid)
    with pytest.raises(RecallClosed):
        _answer(house, case_uid)
    command = AnswerRecall(
        case_uid=case_uid, sent_to="x", sent_how=ReplyChannel.FAX, sent_at=NOW, lines=(), seen=digest_of(())
    )
    with pytest.raises(ActionForbidden):
        answer_recall(store, command, actor=house.nurse, key=key(), now=NOW)
    assert not rows_of(store, RecallReply)
