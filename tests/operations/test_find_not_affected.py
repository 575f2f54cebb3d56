"""Is it signed that the clinics have and had none of it, and is the search kept as it was made?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.verify import verify
from stockroom.models import RecallFinding, Signature
from stockroom.operations.find_not_affected import FindNotAffected, SomeIsInTheBooks, find_not_affected
from stockroom.operations.open_recall import AddToRecall, OpenRecall, add_to_recall, open_recall
from stockroom.reads.recall_cases import any_case
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.recalling import ScopeLine
from stockroom.vocabulary import RecallState, ScopeKind, SignOnWay
from tests.builders import NOW, House, key
from tests.correcting import nothing_moves, rows
from tests.recalls import lot_line, notice


def _asked(case_uid: str, number: str = "A1", product_uid: str = "") -> FindNotAffected:
    line = ScopeLine(product_uid=product_uid, kind=ScopeKind.LOT, first=number)
    return FindNotAffected(
        case_uid=case_uid, lines=(line,), statement="None was here.", way=SignOnWay.PASSWORD
    )


def test_a_search_that_found_nothing_is_signed_and_kept(store: Store) -> None:
    house = House(store)
    house.clinic.lot_on_shelf(house.product("Filler"), "a1")
    filed = OpenRecall(title="Filler", notice=notice())
    case_uid = open_recall(store, filed, actor=house.manager, key=key(), now=NOW).case_uid

    found = find_not_affected(store, _asked(case_uid), actor=house.manager, key=key(), now=NOW)

    (kept,) = rows(store, RecallFinding)
    assert kept.uid == found.finding_uid and kept.recorded_by_id == house.manager.person_id
    searched = json.loads(kept.searched)
    assert searched["known_lots"] == found.known_lots == 1
    assert [(each["said"], [near[1] for near in each["near"]]) for each in searched["lines"]] == [
        ("A1", ["a1"])
    ]
    assert [row.act for row in rows(store, Signature)] == ["recall.not_affected"]
    with store.reading() as connection:
        assert any_case(connection, case_uid).state is RecallState.NOT_AFFECTED
    assert verify(store).ok


def test_what_is_in_the_books_is_not_signed_away(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    house.clinic.lot_on_shelf(product, "A1")
    filed = OpenRecall(title="Filler", notice=notice())
    case_uid = open_recall(sqlite_store, filed, actor=house.manager, key=key(), now=NOW).case_uid
    asked, manager, nurse = _asked(case_uid), house.manager, house.nurse

    with nothing_moves(sqlite_store):
        for command, actor, error in (
            (asked, manager, SomeIsInTheBooks),
            (replace(asked, lines=()), manager, InvalidValue),
            (replace(asked, statement=" "), manager, InvalidValue),
            (_asked(case_uid, "B2"), nurse, ActionForbidden),
        ):
            with pytest.raises(error):
                find_not_affected(sqlite_store, command, actor=actor, key=key(), now=NOW)

    lines = (lot_line(product.uid, "A1"),)
    add_to_recall(
        sqlite_store, AddToRecall(case_uid=case_uid, lines=lines), actor=manager, key=key(), now=NOW
    )
    with pytest.raises(InvalidValue):
        find_not_affected(sqlite_store, _asked(case_uid, "B2"), actor=manager, key=key(), now=NOW)
