"""Is every disclosure found by each patient whom it names, and by nobody else?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import Connection, text

from stockroom.ledger.verify.notes import Notes, stream

_ENTRIES = text(
    "SELECT clinic_id, seq, payload FROM journal_entry WHERE stream = 'disclosures' ORDER BY clinic_id, seq"
)
_NAMED = text(
    "SELECT d.clinic_id, d.seq, p.uid FROM disclosed_patient d JOIN patient p ON p.id = d.patient_id"
    " ORDER BY d.clinic_id, d.seq"
)


def check(connection: Connection, notes: Notes) -> None:
    """L12: the patients beside a disclosure are those whom its entry names; both are read in the same order."""
    known = {_plain(row.uid) for row in stream(connection, text("SELECT uid FROM patient"))}
    beside = _Beside(connection)
    for row in stream(connection, _ENTRIES):
        at = (row.clinic_id, row.seq)
        notes.counted("disclosure", 1)
        _without_entry(notes, beside.before(at))
        if beside.at(at) != _named(row.payload) & known:
            notes.wrong("L12", "disclosed_patient", _row(at), "are not the patients whom its entry names")
    _without_entry(notes, beside.before(None))


class _Beside:
    """The patients beside each disclosure, one entry after the other."""

    def __init__(self, connection: Connection) -> None:
        rows = stream(connection, _NAMED)
        self._groups = groupby(rows, key=lambda row: (row.clinic_id, row.seq))
        self._next = self._read()

    def before(self, at: tuple[int, int] | None) -> Iterator[tuple[int, int]]:
        """Those of which no entry is left before `at` (None: the end)."""
        while self._next is not None and (at is None or self._next[0] < at):
            yield self._next[0]
            self._next = self._read()

    def at(self, at: tuple[int, int]) -> frozenset[str]:
        """Those beside the entry `at`."""
        if self._next is None or self._next[0] != at:
            return frozenset()
        found = self._next[1]
        self._next = self._read()
        return found

    def _read(self) -> tuple[tuple[int, int], frozenset[str]] | None:
        for at, rows in self._groups:
            return at, frozenset(_plain(row.uid) for row in rows)
        return None


def _without_entry(notes: Notes, places: Iterator[tuple[int, int]]) -> None:
    for at in places:
        notes.wrong("L12", "disclosed_patient", _row(at), "stands beside no disclosure")


def _row(at: tuple[int, int]) -> str:
    return f"clinic {at[0]}, disclosures {at[1]}"


def _plain(uid: object) -> str:
    return str(uid).replace("-", "")


def _named(payload: str) -> frozenset[str]:
    """Whom an entry names; nobody when it cannot be read."""
    try:
        return frozenset(map(_plain, json.loads(payload)["patients"]))
    except (KeyError, TypeError, json.JSONDecodeError):
        return frozenset()
