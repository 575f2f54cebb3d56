"""Is one journal whole up to its newest anchor?  Recomputed entry by entry, for whoever asks just now.

It shares no code with what it judges, as the rest of `verify`.  A bounded stretch is recomputed, the newest of
it; `stockroom verify` recomputes all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, select, true

from stockroom.ledger.verify.digests import hash_of
from stockroom.ledger.verify.entries import entries
from stockroom.models import Clinic, JournalEntry, OrganisationEntry, OrganisationHead
from stockroom.outside.anchor_file import Anchor, newest_anchors

ENTRIES_MAX = 20_000
PAGE_ENTRIES_MAX = 2_000
"""For a page that is opened often; `stockroom verify` recomputes everything every night."""


@dataclass(frozen=True, kw_only=True)
class Intact:
    """What was recomputed, and what was found."""

    first_seq: int
    through_seq: int
    """The newest entry that is anchored; 0 where none is."""
    anchored_at: str
    """When that head was written down outside the database, ISO 8601; empty where none was."""
    kept_in: str
    """The name of the file that holds it."""
    fault_seq: int | None
    """The first entry that is not as it was; None: all are."""

    @property
    def is_intact(self) -> bool:
        return self.fault_seq is None and self.through_seq > 0


@dataclass(frozen=True, kw_only=True)
class _Journal:
    """What is looked at: by which name it is anchored, where its entries are, and on what the first one stands."""

    name: str
    table: Any
    of_it: Any
    genesis: str


def intact_through_anchor(
    connection: Connection,
    clinic_id: int,
    *,
    anchor_file: Path,
    stream: str = "changes",
    entries_max: int = ENTRIES_MAX,
) -> Intact:
    """Recompute the entries up to the newest anchored one and compare each with its anchor; two statements.

    `stream` is one of the clinic's journals, or `organisation`.  A file that cannot be read as anchors holds none.
    """
    journal = _journal(connection, clinic_id, stream)
    anchors = [each for each in _anchors(anchor_file) if each.journal == journal.name]
    newest = max(anchors, key=lambda each: each.seq, default=None)
    if newest is None:
        return Intact(first_seq=0, through_seq=0, anchored_at="", kept_in=anchor_file.name, fault_seq=None)
    first = max(1, newest.seq - entries_max + 1)
    return Intact(
        first_seq=first,
        through_seq=newest.seq,
        anchored_at=newest.anchored_at,
        kept_in=anchor_file.name,
        fault_seq=_fault(connection, journal, anchors, first, newest.seq),
    )


def _journal(connection: Connection, clinic_id: int, stream: str) -> _Journal:
    if stream == "organisation":
        uid = connection.execute(select(OrganisationHead.uid)).scalar_one()
        table = OrganisationEntry.__table__
        return _Journal(
            name=stream, table=table, of_it=true(), genesis=hash_of(["stockroom", uid, "changes"])
        )
    uid = connection.execute(select(Clinic.uid).where(Clinic.id == clinic_id)).scalar_one()
    table = JournalEntry.__table__
    return _Journal(
        name=f"{uid}:{stream}",
        table=table,
        of_it=(table.c.clinic_id == clinic_id) & (table.c.stream == stream),
        genesis=hash_of(["stockroom", uid, stream]),
    )


def _anchors(path: Path) -> tuple[Anchor, ...]:
    try:
        return newest_anchors(path)
    except (ValueError, OSError):
        return ()


def _fault(
    connection: Connection, journal: _Journal, anchors: list[Anchor], first: int, last: int
) -> int | None:
    anchored: dict[int, set[str]] = {}
    for anchor in anchors:
        anchored.setdefault(anchor.seq, set()).add(anchor.hash)
    entry = journal.table.c
    stretch = journal.of_it & (entry.seq >= first) & (entry.seq <= last)
    expected: int = first
    previous: object = journal.genesis if first == 1 else None
    for each in entries(connection, journal.table, stretch):
        linked = previous is None or each.previous_hash == previous
        if each.seq != expected or not linked or each.hash != each.must_be:
            return expected
        if anchored.get(each.seq, set()) - {each.hash}:
            return expected
        expected, previous = each.seq + 1, each.hash
    return None if expected == last + 1 else expected
