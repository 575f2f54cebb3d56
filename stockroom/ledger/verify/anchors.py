"""What did the journals' heads say, outside the database?"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from stockroom.db.anchor_keeping import PLAIN, AnchorKeeping
from stockroom.ledger.verify.notes import Notes
from stockroom.outside.anchor_file import Anchor, is_signed, read_anchors

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

    def of(self, journal: str) -> dict[int, set[str]]:
        """The hashes that were anchored for entries of this journal: one an entry when all is well."""
        return self.hashes.get(journal, {})

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


def read(path: Path, notes: Notes, *, copy: Path | None = None, keeping: AnchorKeeping = PLAIN) -> Anchored:
    """Give what was anchored so far.  Read before the snapshot, so that no anchor is newer than it.

    What stands in the second file counts as much as what stands in the first.  Where the installation has a key, a
    line with another signature is wrong, and so is one without any after the first that was signed, or at the end.
    """
    anchored = Anchored(compared=True)
    for file in (path,) if copy is None else (path, copy):
        try:
            anchors = read_anchors(file)
        except ValueError as error:
            notes.wrong("L12", "anchor file", file.name, str(error))
            return Anchored.nothing()
        if keeping.key is not None:
            _check_signatures(anchors, notes, keeping.key, file)
        for anchor in anchors:
            anchored.hashes.setdefault(anchor.journal, {}).setdefault(anchor.seq, set()).add(anchor.hash)
        notes.counted("anchor", len(anchors))
    return anchored


def _check_signatures(anchors: tuple[Anchor, ...], notes: Notes, key: Ed25519PrivateKey, file: Path) -> None:
    was_signed = False
    for number, anchor in enumerate(anchors, start=1):
        if anchor.signature and not is_signed(anchor, key):
            notes.wrong(
                "L12", "anchor file", f"{file.name} line {number}", "is not signed by this installation's key"
            )
        elif was_signed and not anchor.signature:
            notes.wrong(
                "L12", "anchor file", f"{file.name} line {number}", "is not signed, and an earlier one is"
            )
        was_signed = was_signed or bool(anchor.signature)
    if anchors and not was_signed:
        notes.wrong("L12", "anchor file", file.name, "holds no signed line, and this installation signs them")
