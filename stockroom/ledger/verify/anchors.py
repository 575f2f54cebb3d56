"""What did the journals' heads say, outside the database?"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from stockroom.ledger.verify.notes import Notes
from stockroom.outside.anchor_file import read_anchors

_UNANCHORED_MAX = 200
"""Entries that a journal may have before the lack of any anchor is itself a finding (one every hundredth)."""


@dataclass(kw_only=True)
class Anchored:
    """The hashes that were anchored, by journal and number."""

    compared: bool
    hashes: dict[str, dict[int, set[str]]] = field(default_factory=dict)

    @classmethod
    def nothing(cls) -> Anchored:
        """For a run that does not compare with the anchor file."""
        return cls(compared=False)

    def at(self, journal: str, seq: int) -> set[str]:
        """The hashes that were anchored for this entry: none or one when all is well."""
        return self.hashes.get(journal, {}).get(seq, set())

    def check_end(self, notes: Notes, journal: str, table: str, *, seq: int) -> None:
        """Note that a journal is shorter than it once was, or long and never anchored."""
        if not self.compared:
            return
        newest = max(self.hashes.get(journal, {0: set()}))
        if newest > seq:
            notes.wrong("L12", table, f"{journal} {seq + 1}", f"is gone: number {newest} was anchored")
        if journal not in self.hashes and seq >= _UNANCHORED_MAX:
            notes.wrong("L12", table, f"{journal} {seq}", "the anchor file holds no anchor of this journal")

    def check_known(self, notes: Notes, journals: set[str]) -> None:
        """Note journals that were anchored and are no longer in the database."""
        for journal in sorted(self.hashes.keys() - journals):
            notes.wrong("L12", "journal_head", journal, "was anchored and has no head in the database")


def read(path: Path, notes: Notes) -> Anchored:
    """Give what was anchored so far.  Read before the snapshot, so that no anchor is newer than it."""
    anchored = Anchored(compared=True)
    try:
        anchors = read_anchors(path)
    except ValueError as error:
        notes.wrong("L12", "anchor file", path.name, str(error))
        return Anchored.nothing()
    for anchor in anchors:
        anchored.hashes.setdefault(anchor.journal, {}).setdefault(anchor.seq, set()).add(anchor.hash)
    notes.counted("anchor", len(anchors))
    return anchored
