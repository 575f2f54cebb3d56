"""Does the verifier write an entry as the ledger writes it, with no line of code of the ledger's?"""

from __future__ import annotations

import json
from hashlib import sha256

from sqlalchemy import func, select

from stockroom.ledger.encoding import canonical
from stockroom.ledger.verify.entries import _canonical, entries
from stockroom.models import JournalEntry
from tests.ledger.scene import Scene

ENTRY = JournalEntry.__table__.c
EVERY_LETTER = "".join(map(chr, (*range(0xD800), *range(0xE000, 0x110000))))


def test_every_letter_is_written_as_the_ledger_writes_it() -> None:
    said = [7, None, EVERY_LETTER, 2**53]

    assert (
        _canonical(said).decode()
        == canonical(said)
        == json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    )


def test_a_journal_is_read_in_its_order_however_long_and_from_where_asked(scene: Scene) -> None:
    of_it = (ENTRY.clinic_id == scene.clinic.id) & (ENTRY.stream == "changes")
    with scene.store.reading() as connection:
        count = connection.execute(select(func.count()).where(of_it)).scalar_one()
        found = list(entries(connection, JournalEntry.__table__, of_it))
        later = list(entries(connection, JournalEntry.__table__, of_it & (ENTRY.seq > 3)))

    assert [each.seq for each in found] == [*range(1, count + 1)]
    assert all(each.hash == each.must_be and len(each.must_be) == sha256().digest_size * 2 for each in found)
    assert later == found[3:]
