"""Is what is known of each use what its journal entry says?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, select

from stockroom.ledger.verify.digests import hash_of
from stockroom.ledger.verify.notes import Notes, stream
from stockroom.models import JournalEntry, Line, Movement, Usage, UsageArea

_IN_ORDER = (Movement.clinic_id, Movement.seq, Movement.id)
_SAID = (
    Usage.line_id, Usage.technique, Usage.depth_um, Usage.indication, Usage.practitioner_id,
    Usage.prescriber_id, Usage.identified_by, Usage.trade_item_id, Usage.serial, Usage.raw_scan,
)  # fmt: skip


def check(connection: Connection, notes: Notes) -> None:
    """Where an entry names the digest of a movement's usages, they hash to it (form: `ledger.usages`)."""
    found = _digests(connection)
    place, uid, movement_id, digest = next(found, _END)
    for entry, named in _named(connection):
        while place is not None and place < entry:
            place, uid, movement_id, digest = next(found, _END)
        while place == entry:
            if named.pop(uid, digest) != digest:
                notes.wrong("L12", "usage", f"movement {movement_id}", "is not what its journal entry says")
            place, uid, movement_id, digest = next(found, _END)
        for missing in sorted(named):
            notes.wrong("L12", "usage", f"movement {missing}", "is gone, and its journal entry names it")


_END: tuple[Any, str, int, str] = (None, "", 0, "")


def _named(connection: Connection) -> Iterator[tuple[tuple[int, int], dict[str, str]]]:
    """Clinic and number of each entry that names usages, and their digests by movement."""
    entries = (
        select(JournalEntry.clinic_id, JournalEntry.seq, JournalEntry.payload)
        .where(JournalEntry.stream == "changes", JournalEntry.payload.contains('"usages"'))
        .order_by(JournalEntry.clinic_id, JournalEntry.seq)
    )
    for row in stream(connection, entries):
        try:
            named = {each["movement"]: each["digest"] for each in json.loads(row.payload)["usages"]}
        except (KeyError, TypeError, json.JSONDecodeError):
            continue
        yield (row.clinic_id, row.seq), named


def _digests(connection: Connection) -> Iterator[tuple[Any, str, int, str]]:
    """Clinic and number, uid, id and digest of the usages of each movement that has some."""
    of_movement = (Line.movement_id == Movement.id) & (Line.clinic_id == Movement.clinic_id)
    lines = select(Movement.clinic_id, Movement.seq, Movement.id, Movement.uid, *_SAID).join_from(
        Movement, Line, of_movement
    )
    usages = lines.join(Usage, (Usage.line_id == Line.id) & (Usage.clinic_id == Line.clinic_id))
    areas = (
        select(Movement.id, UsageArea.line_id, UsageArea.area, UsageArea.quantity)
        .join_from(Movement, Line, of_movement)
        .join(UsageArea, (UsageArea.line_id == Line.id) & (UsageArea.clinic_id == Line.clinic_id))
    )
    said = stream(connection, usages.order_by(*_IN_ORDER, Usage.line_id))
    where = groupby(stream(connection, areas.order_by(*_IN_ORDER)), key=lambda row: row.id)
    at, parts = next(where, (None, iter(())))
    for key, rows in groupby(said, key=lambda row: (row.clinic_id, row.seq, row.id, row.uid)):
        listed: list[list[Any]] = []
        if at == key[2]:
            listed = sorted(list(row)[1:] for row in parts)
            at, parts = next(where, (None, iter(())))
        yield key[:2], key[3], key[2], hash_of([[list(row)[4:] for row in rows], listed])
