"""Is one clinic's journal whole up to its newest anchor?  Recomputed entry by entry, for whoever asks just now.

It shares no code with what it judges, as the rest of `verify`.  A bounded stretch is recomputed, the newest of
it; `stockroom verify` recomputes all of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, select

from stockroom.ledger.verify.digests import hash_of, hash_of_entry
from stockroom.models import Clinic, JournalEntry
from stockroom.outside.anchor_file import Anchor, read_anchors

ENTRIES_MAX = 20_000


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


def intact_through_anchor(
    connection: Connection,
    clinic_id: int,
    *,
    anchor_file: Path,
    stream: str = "changes",
    entries_max: int = ENTRIES_MAX,
) -> Intact:
    """Recompute the entries up to the newest anchored one and compare each with its anchor; two statements.

    A file that cannot be read as anchors holds none.
    """
    uid = connection.execute(select(Clinic.uid).where(Clinic.id == clinic_id)).scalar_one()
    anchors = [each for each in _anchors(anchor_file) if each.journal == f"{uid}:{stream}"]
    newest = max(anchors, key=lambda each: each.seq, default=None)
    if newest is None:
        return Intact(first_seq=0, through_seq=0, anchored_at="", kept_in=anchor_file.name, fault_seq=None)
    first = max(1, newest.seq - entries_max + 1)
    return Intact(
        first_seq=first,
        through_seq=newest.seq,
        anchored_at=newest.anchored_at,
        kept_in=anchor_file.name,
        fault_seq=_fault(connection, clinic_id, stream, anchors, first, newest.seq, hash_of(["stockroom", uid, stream])),
    )  # fmt: skip


def _anchors(path: Path) -> tuple[Anchor, ...]:
    try:
        return read_anchors(path)
    except (ValueError, OSError):
        return ()


def _fault(
    connection: Connection,
    clinic_id: int,
    stream: str,
    anchors: list[Anchor],
    first: int,
    last: int,
    genesis: str,
) -> int | None:
    anchored: dict[int, set[str]] = {}
    for each in anchors:
        anchored.setdefault(each.seq, set()).add(each.hash)
    entry = JournalEntry.__table__.c
    rows = connection.execute(
        select(JournalEntry.__table__)
        .where(entry.clinic_id == clinic_id, entry.stream == stream, entry.seq >= first, entry.seq <= last)
        .order_by(entry.seq)
    )
    expected, previous = first, genesis if first == 1 else None
    for row in rows:
        linked = previous is None or row.previous_hash == previous
        if row.seq != expected or not linked or row.hash != hash_of_entry(row):
            return expected
        if anchored.get(row.seq, set()) - {row.hash}:
            return expected
        expected, previous = row.seq + 1, row.hash
    return None if expected == last + 1 else expected
