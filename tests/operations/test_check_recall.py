"""Is the level of a recall's check kept each time it is set, with how it stood?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.operations.check_recall import CheckRecall, RecallChecked, check_recall
from stockroom.queries.recall_answers import checks
from stockroom.reads.recall_cases import RecallClosed, any_case
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import CheckLevel
from tests.builders import NOW, House, key
from tests.recall_cases import case_of, close


def test_the_newest_level_counts_and_every_one_stays(store: Store) -> None:
    house = House(store)
    case_uid = case_of(house, house.product("Filler"), "A1")

    def check(level: CheckLevel, *, once: str = "", **said: Any) -> RecallChecked:
        command = CheckRecall(**{"case_uid": case_uid, "level": level, **said})
        return check_recall(store, command, actor=house.manager, key=once or key(), now=NOW)

    assert check(CheckLevel.C, once="k") == check(CheckLevel.C, once="k")
    assert check(CheckLevel.B, share=40, tried=7, reached=5, note="half way").share == 40
    for wrong in ({"share": 5}, {"tried": 1, "reached": 2, "share": 20}, {"share": 20, "note": "x" * 1_001}):
        with pytest.raises(InvalidValue):
            check(CheckLevel.B, **wrong)
    with pytest.raises(ThingNotFound):
        check(CheckLevel.A, case_uid=house.supplier_uid)

    with store.reading() as connection:
        rows = checks(connection, case_id=any_case(connection, case_uid).id)
    assert [(each.level, each.share, each.tried, each.reached, each.note) for each in rows] == [
        ("B", 40, 7, 5, "half way"), ("C", 10, 0, 0, "")
    ]  # fmt: skip
    close(house, case_uid)
    with pytest.raises(RecallClosed):
        check(CheckLevel.A)
    forbidden = CheckRecall(case_uid=case_uid, level=CheckLevel.A)
    with pytest.raises(ActionForbidden):
        check_recall(store, forbidden, actor=house.nurse, key=key(), now=NOW)
