"""Is each journal whole, in order, chained, anchored, and does it cover every movement?  (L12)"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Row, select, text

from stockroom.ledger.verify.anchors import Anchored
from stockroom.ledger.verify.digests import Digested, hash_of, hash_of_entry, movements_in_order
from stockroom.ledger.verify.notes import Notes, stream
from stockroom.models import Clinic, JournalEntry, JournalHead, OrganisationEntry, OrganisationHead

_ORGANISATION = "organisation"
_BEFORE_ALL = datetime.min.replace(tzinfo=UTC)


@dataclass(kw_only=True)
class _Chain:
    """A journal as it is followed: its name, table, head, and the last entry seen."""

    name: str
    table: str
    hash: str
    head_seq: int
    head_hash: str
    head_recorded_at: datetime
    seq: int = 0
    recorded_at: datetime = _BEFORE_ALL


def check(connection: Connection, notes: Notes, anchored: Anchored) -> None:
    """L12: numbers without gaps, hashes recomputed, heads, anchors, and each movement in its entry."""
    clinics = _chains_of_clinics(connection)
    _follow_clinics(connection, notes, anchored, clinics)
    _follow_organisation(connection, notes, anchored)
    anchored.check_known(notes, {chain.name for chain in clinics.values()} | {_ORGANISATION})


def _chains_of_clinics(connection: Connection) -> dict[tuple[int, str], _Chain]:
    rows = connection.execute(
        select(
            Clinic.id,
            Clinic.uid,
            JournalHead.stream,
            JournalHead.seq,
            JournalHead.hash,
            JournalHead.recorded_at,
        ).join(JournalHead, JournalHead.clinic_id == Clinic.id)
    )
    return {
        (row.id, row.stream): _Chain(
            name=f"{row.uid}:{row.stream}",
            table="journal_entry",
            hash=hash_of(["stockroom", row.uid, row.stream]),
            head_seq=row.seq,
            head_hash=row.hash,
            head_recorded_at=row.recorded_at,
        )
        for row in rows
    }


def _follow_clinics(
    connection: Connection, notes: Notes, anchored: Anchored, chains: dict[tuple[int, str], _Chain]
) -> None:
    for clinic_id, name in connection.execute(text("SELECT id, name FROM clinic ORDER BY id")):
        if {(clinic_id, "changes"), (clinic_id, "disclosures")} - chains.keys():
            notes.wrong("L12", "clinic", clinic_id, f"{name} lacks the head of a journal")
    entry = JournalEntry.__table__.c
    rows = stream(
        connection, select(JournalEntry.__table__).order_by(entry.clinic_id, entry.stream, entry.seq)
    )
    booked = _Booked(movements_in_order(connection))
    for (clinic_id, name), entries in groupby(rows, key=lambda row: (row.clinic_id, row.stream)):
        chain = chains.get((clinic_id, name))
        if chain is None:
            notes.wrong("L12", "journal_entry", f"clinic {clinic_id}, {name}", "has entries and no head")
            continue
        for row in entries:
            _follow(notes, anchored, chain, row)
            if name == "changes":
                booked.compare(notes, clinic_id, row)
    booked.finish(notes)
    for chain in chains.values():
        _end(notes, anchored, chain)


def _follow_organisation(connection: Connection, notes: Notes, anchored: Anchored) -> None:
    head = connection.execute(
        select(
            OrganisationHead.uid, OrganisationHead.seq, OrganisationHead.hash, OrganisationHead.recorded_at
        )
    ).one_or_none()
    if head is None:
        notes.wrong("L12", "organisation_head", 1, "is gone")
        return
    chain = _Chain(
        name=_ORGANISATION,
        table="organisation_entry",
        hash=hash_of(["stockroom", head.uid, "changes"]),
        head_seq=head.seq,
        head_hash=head.hash,
        head_recorded_at=head.recorded_at,
    )
    table = OrganisationEntry.__table__
    for row in stream(connection, select(table).order_by(table.c.seq)):
        _follow(notes, anchored, chain, row)
    _end(notes, anchored, chain)


def _follow(notes: Notes, anchored: Anchored, chain: _Chain, row: Row[Any]) -> None:
    """Compare one entry with the one before it, with its own hash and with its anchor."""
    at = f"{chain.name} {row.seq}"
    notes.counted(chain.table, 1)
    if row.seq != chain.seq + 1:
        notes.wrong("L12", chain.table, at, f"follows number {chain.seq}")
    if row.previous_hash != chain.hash:
        notes.wrong("L12", chain.table, at, "does not carry the hash of the entry before it")
    if row.hash != hash_of_entry(row):
        notes.wrong("L12", chain.table, at, "does not hash to what it says")
    if anchored.at(chain.name, row.seq) - {row.hash}:
        notes.wrong("L12", chain.table, at, "was anchored with another hash")
    if row.recorded_at < chain.recorded_at:
        notes.wrong("L9", chain.table, at, "was recorded before the entry before it")
    chain.seq, chain.hash, chain.recorded_at = row.seq, row.hash, row.recorded_at


def _end(notes: Notes, anchored: Anchored, chain: _Chain) -> None:
    table = chain.table.replace("_entry", "_head")
    if (chain.head_seq, chain.head_hash) != (chain.seq, chain.hash):
        notes.wrong(
            "L12", table, chain.name, f"says number {chain.head_seq}, and the newest entry is {chain.seq}"
        )
    elif chain.seq and chain.head_recorded_at != chain.recorded_at:
        notes.wrong("L12", table, chain.name, "says another instant than its newest entry")
    anchored.check_end(notes, chain.name, chain.table, seq=chain.seq)


class _Booked:
    """The movements of the books, walked beside the entries that must name them."""

    def __init__(self, movements: Iterator[Digested]) -> None:
        self._movements = movements
        self._next = next(movements, None)

    def compare(self, notes: Notes, clinic_id: int, row: Row[Any]) -> None:
        """Note movements without an entry, and digests of this entry that no movement has."""
        place = (clinic_id, row.seq)
        while self._next is not None and (self._next.clinic_id, self._next.seq) < place:
            self._without_entry(notes)
        named = _named(row.payload)
        while self._next is not None and (self._next.clinic_id, self._next.seq) == place:
            movement = self._next
            if named.pop(movement.uid, None) != movement.digest:
                notes.wrong(
                    "L12",
                    "movement",
                    movement.movement_id,
                    f"is not what entry {row.seq} of its clinic's journal says it is",
                )
            self._next = next(self._movements, None)
        for uid in sorted(named):
            notes.wrong(
                "L12",
                "journal_entry",
                f"clinic {clinic_id}, {row.seq}",
                f"names movement {uid}, which is gone",
            )

    def finish(self, notes: Notes) -> None:
        """Note the movements that come after the last entry."""
        while self._next is not None:
            self._without_entry(notes)

    def _without_entry(self, notes: Notes) -> None:
        assert self._next is not None
        notes.wrong(
            "L12", "movement", self._next.movement_id, f"has no journal entry with number {self._next.seq}"
        )
        self._next = next(self._movements, None)


def _named(payload: str) -> dict[str, str | None]:
    """The digests of movements by uid that an entry names; none when it cannot be read."""
    if '"movements"' not in payload:
        return {}
    try:
        return {named["uid"]: named["digest"] for named in json.loads(payload)["movements"]}
    except (KeyError, TypeError, json.JSONDecodeError):
        return {}
