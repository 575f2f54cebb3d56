"""Is every text of a recall's letters kept, the newest for printing, and none that could not be printed?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.operations.write_recall_letter import (
    RecallLetterWritten,
    WriteRecallLetter,
    write_recall_letter,
)
from stockroom.queries.recall_answers import letter_texts
from stockroom.reads.recall_cases import RecallClosed, any_case
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key
from tests.recall_cases import case_of, close


def test_every_text_stays_and_the_newest_is_first(store: Store) -> None:
    house = House(store)
    case_uid = case_of(house, house.product("Filler"), "A1")

    def write(body: str, *, once: str = "") -> RecallLetterWritten:
        command = WriteRecallLetter(case_uid=case_uid, subject=" About {products} ", body=body)
        return write_recall_letter(store, command, actor=house.nurse, key=once or key(), now=NOW)

    with pytest.raises(InvalidValue):
        write("Dear {nobody}")
    assert write("Dear {name},\r\n\r\nfirst", once="k") == write("Dear {name},\r\n\r\nfirst", once="k")
    assert write("second").number == 2
    with store.reading() as connection:
        texts = letter_texts(connection, case_id=any_case(connection, case_uid).id)
    assert [(each.number, each.subject, each.body) for each in texts] == [
        (2, "About {products}", "second"), (1, "About {products}", "Dear {name},\n\nfirst")
    ]  # fmt: skip
    close(house, case_uid)
    with pytest.raises(RecallClosed):
        write("third")
    command = WriteRecallLetter(case_uid=case_uid, subject="a", body="b")
    with pytest.raises(ActionForbidden):
        write_recall_letter(store, command, actor=house.clinic.auditor, key=key(), now=NOW)
