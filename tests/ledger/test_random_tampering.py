"""Is every change that somebody with all rights makes to a journal found, and where, and is nothing else?

One history is changed at random and put back, again and again.  Each time the books and an export of the journal are
checked: the books by `verify`, the export by the script that an auditor runs without Stockroom.
"""

# ruff: noqa: N802 - the number of the invariant stands in the name as it is written

from __future__ import annotations

import json
import random
import runpy
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

import stockroom.web
from stockroom.ledger.journal import anchor_heads
from stockroom.ledger.verify.anchors import Anchored
from stockroom.ledger.verify.anchors import read as read_anchors
from stockroom.ledger.verify.journals import check
from stockroom.ledger.verify.notes import Notes
from stockroom.ledger.verify.report import Finding
from stockroom.models import JournalEntry, JournalHead
from stockroom.queries.journal_export import clinic_journal
from tests.builders import NOW
from tests.ledger.planting import unguarded
from tests.ledger.scene import Scene
from tests.ledger.test_tampering import entry_hash

SCRIPT = Path(stockroom.web.__file__).parent / "static" / "check_journal.py"
check_export: Callable[[list[str], list[str]], list[str]] = runpy.run_path(str(SCRIPT))["faults"]

_ENTRY = JournalEntry.__table__
_EDITED: dict[str, Callable[[random.Random], object]] = {
    "recorded_at": lambda chance: NOW + timedelta(microseconds=chance.randrange(1, 10**12)),
    "actor_uid": lambda chance: f"somebody {chance.random()}",
    "roles": lambda chance: f"role {chance.random()}",
    "device": lambda chance: f"device {chance.random()}",
    "kind": lambda chance: f"kind {chance.random()}",
    "key": lambda chance: f"key {chance.random()}",
    "request_digest": lambda chance: f"{chance.getrandbits(256):064x}",
    "payload": lambda chance: json.dumps({"quantity": chance.random()}),
    "answer": lambda chance: json.dumps({"n": chance.random()}),
    "previous_hash": lambda chance: f"{chance.getrandbits(256):064x}",
    "hash": lambda chance: f"{chance.getrandbits(256):064x}",
}


class Forger:
    """Somebody who may write anything into the database, and cannot reach the anchor file."""

    def __init__(self, connection: Connection, clinic_id: int, chance: random.Random) -> None:
        self.connection, self.clinic_id, self.chance = connection, clinic_id, chance
        self.newest = len(self._entries())

    def leave_all(self) -> int | None:
        """Write back what is there."""
        self._set(self._any(), device=_ENTRY.c.device)
        return None

    def edit(self) -> int:
        """Change one field of one entry."""
        seq, column = self._any(), self.chance.choice(sorted(_EDITED))
        self._set(seq, **{column: _EDITED[column](self.chance)})
        return seq

    def remove(self) -> int:
        """Take one entry away from the middle."""
        seq = self.chance.randrange(1, self.newest)
        self.connection.execute(delete(_ENTRY).where(self._is(seq)))
        return seq + 1

    def cut(self) -> int:
        """Take the newest entries away, and set the head back."""
        keep = self.chance.randrange(1, self.newest)
        self.connection.execute(delete(_ENTRY).where(self._is(_ENTRY.c.seq), _ENTRY.c.seq > keep))
        self._set_head(self._entries()[-1])
        return keep + 1

    def swap(self) -> int:
        """Let two entries change their places."""
        one, other = sorted(self.chance.sample(range(1, self.newest + 1), 2))
        for old, new in ((one, 10**6), (other, one), (10**6, other)):
            self._set(old, seq=new)
        return one

    def slip_in(self) -> int:
        """Put an entry between others, whose numbers give way."""
        seq = self._any()
        entry = self._entries()[seq - 1]
        for behind in range(self.newest, seq - 1, -1):
            self._set(behind, seq=behind + 1)
        self.connection.execute(insert(_ENTRY).values({**entry, "key": f"slipped in {self.chance.random()}"}))
        return seq

    def hash_again(self) -> int:
        """Change one entry, and compute every hash from it on anew: only the anchor still knows."""
        seq = self._any()
        self._set(seq, device=f"forged {self.chance.random()}")
        self._hash_from(seq)
        return self.newest

    def back_date(self) -> int:
        """Put an entry between others as if it had been written then, and compute every hash from it on anew."""
        seq = self.slip_in()
        self._set(seq, payload="{}")
        self._hash_from(seq)
        return self.newest

    def turn_bit(self) -> int:
        """Turn one bit of a number, of a payload, of a hash or of the hash before."""
        seq = self.chance.randrange(1, self.newest)
        column = self.chance.choice(("seq", "payload", "previous_hash", "hash"))
        if column == "seq":
            free = [new for bit in range(31) if not 1 <= (new := seq ^ 1 << bit) <= self.newest]
            self._set(seq, seq=(new := self.chance.choice(free)))
            return seq + 1 if new else 0
        said: str = self._entries()[seq - 1][column]
        at = self.chance.randrange(len(said))
        turned = chr(ord(said[at]) ^ 1 << self.chance.randrange(4))  # still a letter that PostgreSQL keeps
        self._set(seq, **{column: said[:at] + turned + said[at + 1 :]})
        return seq

    def _hash_from(self, seq: int) -> None:
        entries = self._entries()[seq - 1 :]
        before = entries[0]["previous_hash"]
        for entry in entries:
            entry["previous_hash"] = before
            entry["hash"] = before = entry_hash(entry)
            self._set(entry["seq"], previous_hash=entry["previous_hash"], hash=before)
        self._set_head(entries[-1])

    def _any(self) -> int:
        return self.chance.randrange(1, self.newest + 1)

    def _is(self, seq: Any) -> Any:
        return (_ENTRY.c.clinic_id == self.clinic_id) & (_ENTRY.c.stream == "changes") & (_ENTRY.c.seq == seq)

    def _set(self, number: int, /, **values: object) -> None:
        self.connection.execute(update(_ENTRY).where(self._is(number)).values(values))

    def _set_head(self, newest: dict[str, Any]) -> None:
        self.connection.execute(
            update(JournalHead)
            .where(JournalHead.clinic_id == self.clinic_id, JournalHead.stream == "changes")
            .values({name: newest[name] for name in ("seq", "hash", "recorded_at")})
        )

    def _entries(self) -> list[dict[str, Any]]:
        rows = self.connection.execute(select(_ENTRY).where(self._is(_ENTRY.c.seq)).order_by(_ENTRY.c.seq))
        return [dict(row._mapping) for row in rows]


_ACTS = ("leave_all", "edit", "remove", "cut", "swap", "slip_in", "hash_again", "back_date", "turn_bit")


def test_L12_every_random_change_of_a_journal_is_found_where_it_was_made(scene: Scene, scale: int) -> None:
    anchor_heads(scene.store, now=NOW)
    anchors = scene.store.anchor_file.read_text(encoding="utf-8").splitlines()
    anchored = read_anchors(scene.store.anchor_file, Notes())
    chance, done = random.Random(20260922), Counter[str]()
    with unguarded(scene.store) as connection:
        forger = Forger(connection, scene.clinic.id, chance)
        wanted = 1_000 * scale if scene.store.is_sqlite else 100 * scale
        while done.total() - done["leave_all"] < wanted:
            undo = connection.begin_nested()
            act = chance.choice(_ACTS)
            changed = getattr(forger, act)()
            export = list(clinic_journal(connection, scene.clinic.id, stream="changes"))
            found = _first_found(connection, anchored)
            told = check_export(export, anchors)
            undo.rollback()
            done[act] += 1

            assert _is_located(found, act, changed, of=scene), (act, changed, found)
            assert bool(told) is (changed is not None), (act, changed, told)
            assert changed is None or told[0].startswith(f"entry {changed} "), (act, changed, told[:3])
        assert _first_found(connection, anchored) is None

    assert set(done) == set(_ACTS)
    print(f"{wanted} changes and what was left alone: {dict(sorted(done.items()))}")


def _is_located(found: Finding | None, act: str, changed: int | None, *, of: Scene) -> bool:
    """Whether the finding names the entry that was changed, and there is none where nothing was."""
    if found is None or changed is None:
        return found is None and changed is None
    if (
        act in ("cut", "back_date") and found.table == "movement"
    ):  # its entry is gone, or another one's number
        return True
    return (found.table, found.row) == ("journal_entry", f"{of.clinic.uid}:changes {changed}")


def _first_found(connection: Connection, anchored: Anchored) -> Finding | None:
    notes = Notes()
    check(connection, notes, anchored)
    return next((finding for finding in notes.report().findings if finding.invariant == "L12"), None)


@pytest.mark.parametrize("line", ["", "{", "[]", '{"seq": 3}', '{"seq": "3"}'])
def test_a_torn_line_of_an_export_is_a_fault_and_no_crash(scene: Scene, line: str) -> None:
    with scene.store.reading() as connection:
        export = list(clinic_journal(connection, scene.clinic.id, stream="changes"))
    export[3] = line

    assert check_export(export, [])
