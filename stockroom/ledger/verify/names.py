"""Does any patient's name stand in a journal or on a movement?  (L14)"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, select, text

from stockroom.db.sealing import KeyRing, SealBroken, unseal
from stockroom.ledger.verify.notes import Notes, stream
from stockroom.models import Patient

ENTRIES_MAX = 100_000
"""Above so many entries the search is left out unless it is asked for: it reads every word of every entry."""

TELLING_LETTERS = 5
"""Fewer letters than these make no name that could be told from a random short code."""
_WORD = re.compile(r"(?<![^\W_])[^\W\d_]{2,}(?![^\W_])")
"""Letters that stand by themselves: those between digits are part of a code or a hash."""


def check(connection: Connection, notes: Notes, keyring: KeyRing, *, asked: bool | None) -> None:
    """L14: no entry and no movement holds a patient's name, its words side by side in any order with at most one other
    between them, unless it is too short to tell.

    A sealed value that does not open at its own place was altered or moved, and is noted too.  Of an erased
    patient nothing is left but her ids.
    """
    _check_erased(connection, notes)
    entries = connection.execute(
        text("SELECT (SELECT count(*) FROM journal_entry) + (SELECT count(*) FROM organisation_entry)")
    ).scalar_one()
    if asked is False or (asked is None and entries > ENTRIES_MAX):
        return
    names = _names(connection, notes, keyring)
    if not names:
        return
    for table, row, words in _texts(connection):
        for word in names.keys() & words:
            for patient_id, name in names[word]:
                if _stands_in(name, words, word):
                    notes.wrong("L14", table, row, f"holds the name of patient {patient_id}")


def _check_erased(connection: Connection, notes: Notes) -> None:
    """No key, no sealed value, no index, no allergy and no flag stays of a patient who was erased."""
    left = text(
        "SELECT id FROM patient WHERE erased_at IS NOT NULL AND ("
        "data_key IS NOT NULL OR name IS NOT NULL OR born_on IS NOT NULL OR contact IS NOT NULL"
        " OR reference IS NOT NULL OR allergies_asked_at IS NOT NULL"
        " OR EXISTS (SELECT 1 FROM patient_index WHERE patient_index.patient_id = patient.id)"
        " OR EXISTS (SELECT 1 FROM patient_allergy WHERE patient_allergy.patient_id = patient.id)"
        " OR EXISTS (SELECT 1 FROM patient_class_allergy WHERE patient_class_allergy.patient_id = patient.id)"
        " OR EXISTS (SELECT 1 FROM patient_flag WHERE patient_flag.patient_id = patient.id)) ORDER BY id"
    )
    for row in stream(connection, left):
        notes.wrong("L14", "patient", row.id, "was erased, and something of her is left")


def _names(
    connection: Connection, notes: Notes, keyring: KeyRing
) -> dict[str, list[tuple[int, frozenset[str]]]]:
    """The words of each patient's name, found by one of them: the longest, which is the rarest."""
    names: dict[str, list[tuple[int, frozenset[str]]]] = {}
    patients = select(Patient.id, Patient.uid, Patient.data_key, Patient.name).where(
        Patient.data_key.is_not(None), Patient.name.is_not(None)
    )
    for row in stream(connection, patients):
        notes.counted("patient", 1)
        words = frozenset(_words(_name_of(row, notes, keyring)))
        if sum(map(len, words)) >= TELLING_LETTERS:
            names.setdefault(max(words, key=lambda word: (len(word), word)), []).append((row.id, words))
    return names


def _name_of(row: Any, notes: Notes, keyring: KeyRing) -> str:
    try:
        data_key = keyring.open_data_key(row.data_key, row.uid)
        return unseal(data_key, row.name, bound_to=f"patient:{row.uid}:name")
    except SealBroken:
        notes.wrong("L14", "patient", row.id, "has a name that does not open with its key at its place")
        return ""


def _stands_in(name: frozenset[str], words: list[str], word: str) -> bool:
    """Whether the words of a name, of which one is `word`, stand together somewhere."""
    span = len(name) + 1
    return any(
        name <= set(words[first : first + span])
        for at, each in enumerate(words)
        if each == word
        for first in range(max(0, at - span + 1), at + 1)
    )


def _texts(connection: Connection) -> Iterator[tuple[str, str, list[str]]]:
    clinic_entries = text("SELECT clinic_id, stream, seq, kind, device, payload, answer FROM journal_entry")
    for row in stream(connection, clinic_entries):
        at = f"clinic {row.clinic_id}, {row.stream} {row.seq}"
        yield "journal_entry", at, _words(f"{row.kind} {row.device} {row.payload} {row.answer}")
    for row in stream(connection, text("SELECT seq, kind, device, payload, answer FROM organisation_entry")):
        yield "organisation_entry", str(row.seq), _words(f"{row.device} {row.payload} {row.answer}")
    for row in stream(connection, text("SELECT id, reason, device FROM movement WHERE reason <> ''")):
        yield "movement", str(row.id), _words(f"{row.reason} {row.device}")


def _words(value: str) -> list[str]:
    return _WORD.findall(value.casefold())
