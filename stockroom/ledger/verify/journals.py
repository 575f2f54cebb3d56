"""Is each journal whole, in order, chained, anchored, and does it cover every movement?  (L12)"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from sqlalchemy import Connection, select, text, true

from stockroom.ledger.verify.anchors import Anchored
from stockroom.ledger.verify.digests import Digested, hash_of, movements_in_order
from stockroom.ledger.verify.entries import Entry, entries, told
from stockroom.ledger.verify.notes import Notes
from stockroom.models import Clinic, JournalEntry, JournalHead, OrganisationEntry, OrganisationHead

_ORGANISATION = "organisation"


@dataclass(kw_only=True)
class _Chain:
    """A journal as it is followed: its name, table, head, and the last entry seen."""

    name: str
    table: str
    hash: object
    head_seq: int
    head_hash: str
    head_recorded_at: str
    anchored: Mapping[int, set[str]]
    seq: int = 0
    recorded_at: str = ""
    followed: int = 0


def check(connection: Connection, notes: Notes, anchored: Anchored) -> None:
    """L12: numbers without gaps, hashes recomputed, heads, anchors, and each movement in its entry."""
    clinics = _chains_of_clinics(connection, anchored)
    _follow_clinics(connection, notes, anchored, clinics)
    _follow_organisation(connection, notes, anchored)
    anchored.check_known(notes, {chain.name for chain in clinics.values()} | {_ORGANISATION})


def _chains_of_clinics(connection: Connection, anchored: Anchored) -> dict[tuple[int, str], _Chain]:
    rows = connection.execute(
        select(
            Clinic.id,
            Clinic.uid,
            JournalHead.stream,
            JournalHead.seq,
            JournalHead.hash,
            told(connection, JournalHead.recorded_at).label("recorded_at"),
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
            anchored=anchored.of(f"{row.uid}:{row.stream}"),
        )
        for row in rows
    }


def _follow_clinics(
    connection: Connection, notes: Notes, anchored: Anchored, chains: dict[tuple[int, str], _Chain]
) -> None:
    for clinic_id, name in connection.execute(text("SELECT id, name FROM clinic ORDER BY id")):
        if {(clinic_id, "changes"), (clinic_id, "disclosures")} - chains.keys():
            notes.wrong("L12", "clinic", clinic_id, f"{name} lacks the head of a journal")
    _check_headless(connection, notes, chains.keys())
    entry = JournalEntry.__table__.c
    booked = _Booked(movements_in_order(connection))
    for (clinic_id, name), chain in sorted(chains.items()):
        of_it = (entry.clinic_id == clinic_id) & (entry.stream == name)
        for each in entries(connection, JournalEntry.__table__, of_it):
            _follow(notes, chain, each)
            if name == "changes":
                booked.compare(notes, clinic_id, each)
        _end(notes, anchored, chain)
    booked.finish(notes)


def _check_headless(connection: Connection, notes: Notes, headed: Set[tuple[int, str]]) -> None:
    there = select(JournalEntry.clinic_id, JournalEntry.stream).distinct()
    for row in connection.execute(there.order_by(JournalEntry.clinic_id, JournalEntry.stream)):
        if (row.clinic_id, row.stream) not in headed:
            notes.wrong(
                "L12", "journal_entry", f"clinic {row.clinic_id}, {row.stream}", "has entries and no head"
            )


def _follow_organisation(connection: Connection, notes: Notes, anchored: Anchored) -> None:
    head = connection.execute(
        select(
            OrganisationHead.uid,
            OrganisationHead.seq,
            OrganisationHead.hash,
            told(connection, OrganisationHead.recorded_at).label("recorded_at"),
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
        anchored=anchored.of(_ORGANISATION),
    )
    for each in entries(connection, OrganisationEntry.__table__, true()):
        _follow(notes, chain, each)
    _end(notes, anchored, chain)


def _follow(notes: Notes, chain: _Chain, entry: Entry) -> None:
    """Compare one entry with the one before it, with its own hash and with its anchor."""
    if entry.seq != chain.seq + 1:
        _wrong(notes, chain, entry, f"follows number {chain.seq}")
    if entry.previous_hash != chain.hash:
        _wrong(notes, chain, entry, "does not carry the hash of the entry before it")
    if entry.hash != entry.must_be:
        _wrong(notes, chain, entry, "does not hash to what it says")
    if entry.seq in chain.anchored and chain.anchored[entry.seq] - {entry.hash}:
        _wrong(notes, chain, entry, "was anchored with another hash")
    if entry.recorded_at < chain.recorded_at:
        _wrong(notes, chain, entry, "was recorded before the entry before it", invariant="L9")
    chain.seq, chain.hash, chain.recorded_at = entry.seq, entry.hash, entry.recorded_at
    chain.followed += 1


def _wrong(notes: Notes, chain: _Chain, entry: Entry, what: str, *, invariant: str = "L12") -> None:
    notes.wrong(invariant, chain.table, f"{chain.name} {entry.seq}", what)


def _end(notes: Notes, anchored: Anchored, chain: _Chain) -> None:
    notes.counted(chain.table, chain.followed)
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

    def compare(self, notes: Notes, clinic_id: int, entry: Entry) -> None:
        """Note movements without an entry, and digests of this entry that no movement has."""
        place = (clinic_id, entry.seq)
        while self._next is not None and (self._next.clinic_id, self._next.seq) < place:
            self._without_entry(notes)
        named = _named(entry.payload)
        while self._next is not None and (self._next.clinic_id, self._next.seq) == place:
            movement = self._next
            if named.pop(movement.uid, None) != movement.digest:
                notes.wrong(
                    "L12",
                    "movement",
                    movement.movement_id,
                    f"is not what entry {entry.seq} of its clinic's journal says it is",
                )
            self._next = next(self._movements, None)
        for uid in sorted(named, key=str):
            notes.wrong(
                "L12",
                "journal_entry",
                f"clinic {clinic_id}, {entry.seq}",
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


def _named(payload: object) -> dict[str, str | None]:
    """The digests of movements by uid that an entry names; none when it cannot be read."""
    if not isinstance(payload, str) or '"movements"' not in payload:
        return {}
    try:
        return {named["uid"]: named["digest"] for named in json.loads(payload)["movements"]}
    except (KeyError, TypeError, RecursionError, json.JSONDecodeError):
        return {}
