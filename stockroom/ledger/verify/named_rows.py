"""Does each row that entries vouch for say what its newest entry says, and is none missing or added?"""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, literal, select

from stockroom.ledger.verify.digests import hash_of
from stockroom.ledger.verify.notes import Notes, stream
from stockroom.models import (
    CautionAnswer,
    Deviation,
    Device,
    DeviceAct,
    IntervalAnswer,
    JournalEntry,
    OrganisationEntry,
    RatioAnswer,
    Reaction,
    SessionTick,
    SharpsBox,
    StatedPurpose,
)

_SAID: tuple[tuple[Any, str], ...] = (
    (
        Reaction,
        "session_id amends_id effect severity outcome began_at note is_withdrawn recorded_at recorded_by_id",
    ),
    (
        Device,
        "kind name manufacturer udi_di serial short_code room_id needs_service serviced_until held_at hold_reason"
        " retired_at version created_at updated_at",
    ),
    (
        DeviceAct,
        "device_id kind session_id occurred_at recorded_at by_id serviced_until reason raw_scan undoes_id",
    ),
    (SessionTick, "session_id instruction is_done recorded_at recorded_by_id"),
    (RatioAnswer, "session_id kind counted usual answer answered_at answered_by_id"),
    (IntervalAnswer, "course_id session_id days least_days reason answered_at answered_by_id"),
    (StatedPurpose, "person_id purpose reference stated_at until_at"),
    (CautionAnswer, "session_id word about reason answered_at answered_by_id"),
    (
        Deviation,
        "movement_id rule lot_id reason was_asked recorded_at recorded_by_id agreed_by_id signed_at signed_by_id",
    ),
    (
        SharpsBox,
        "room_id short_code waste_stream opened_at opened_by_id close_by_on closed_at closed_by_id close_reason"
        " collected_at collected_by_id collection_note",
    ),
)
_Named = dict[tuple[str, str], tuple[int | None, str]]
"""By table and uid the clinic (None: the organisation's journal) and the digest that the newest entry names."""


def check(connection: Connection, notes: Notes) -> None:
    """Whatever entries name row by row: reactions, devices, answers, deviations … (form: `ledger.named_rows`)."""
    named = _named(connection)
    for model, names in _SAID:
        table = model.__tablename__
        count = 0
        said = [getattr(model, name) for name in names.split()]
        for row in stream(connection, select(model.clinic_id, model.uid, *said).order_by(model.id)):
            count += 1
            found = named.pop((table, row.uid), None)
            if found is None:
                notes.wrong("L12", table, row.uid, "stands under no journal entry that names it")
            elif (found[0] or row.clinic_id, found[1]) != (row.clinic_id, _hash(tuple(row)[2:])):
                notes.wrong("L12", table, row.uid, "is not what its journal entry says")
        notes.counted(table, count)
    for table, uid in sorted(named, key=str):
        notes.wrong("L12", table, uid, "is gone, and its journal entry names it")


def _hash(said: tuple[Any, ...]) -> str:
    return hash_of([_plain(value) for value in said])


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value


def _named(connection: Connection) -> _Named:
    entries = (
        select(JournalEntry.clinic_id, JournalEntry.payload)
        .where(JournalEntry.stream == "changes", JournalEntry.payload.contains('"rows":{'))
        .order_by(JournalEntry.clinic_id, JournalEntry.seq)
    )
    of_all = (
        select(literal(None).label("clinic_id"), OrganisationEntry.payload)
        .where(OrganisationEntry.payload.contains('"rows":{'))
        .order_by(OrganisationEntry.seq)
    )
    named: _Named = {}
    for row in (*stream(connection, of_all), *stream(connection, entries)):
        try:
            told = json.loads(row.payload)["rows"]
            named |= {
                (table, uid): (row.clinic_id, digest)
                for table, digests in told.items()
                for uid, digest in digests.items()
            }
        except (AttributeError, KeyError, TypeError, RecursionError, json.JSONDecodeError):
            continue
    return named
