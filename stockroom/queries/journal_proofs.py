"""What proves to somebody outside that one entry stands in a journal, or that it only grew?  (`rules.merkle`)"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, select, true

from stockroom.db.transaction import CHANGES, OF_ORGANISATION
from stockroom.errors import NotFound, extracted
from stockroom.models import Clinic, JournalEntry, OrganisationEntry
from stockroom.queries.journal_export import chained_line
from stockroom.rules.merkle import consistency_proof, inclusion_proof, leaf_hash, root_of


@dataclass(eq=False, kw_only=True)
class EntryUnknown(NotFound):
    """The journal has no entry of this number."""

    code: ClassVar[str] = "entry_unknown"
    message: ClassVar[str] = extracted(
        "The journal {journal} has {entries} entries, and none of number {seq}."
    )
    journal: str
    entries: int
    seq: int


@dataclass(frozen=True, kw_only=True)
class JournalTree:
    """The leaves of one journal up to its newest entry: 32 bytes an entry."""

    journal: str
    """As it is anchored: the clinic's uid and the stream, or `organisation`."""
    leaves: Sequence[bytes]
    table: Any
    of_it: Any

    @property
    def stated(self) -> dict[str, object]:
        """The root, with what it is of."""
        return {"journal": self.journal, "entries": len(self.leaves), "root": root_of(self.leaves).hex()}


def journal_tree(connection: Connection, clinic_id: int | None, *, stream: str = CHANGES) -> JournalTree:
    """Give the tree over a clinic's journal, or over the organisation's where no clinic is given."""
    table: Any
    of_it: Any
    if clinic_id is None:
        table, name, of_it = OrganisationEntry.__table__, OF_ORGANISATION, true()
    else:
        uid = connection.execute(select(Clinic.uid).where(Clinic.id == clinic_id)).scalar_one()
        table, name = JournalEntry.__table__, f"{uid}:{stream}"
        of_it = (table.c.clinic_id == clinic_id) & (table.c.stream == stream)
    hashes = connection.execute(select(table.c.hash).where(of_it).order_by(table.c.seq)).scalars()
    leaves = [leaf_hash(bytes.fromhex(each)) for each in hashes]
    return JournalTree(journal=name, leaves=leaves, table=table, of_it=of_it)


def proof_of_entry(connection: Connection, tree: JournalTree, seq: int) -> dict[str, object]:
    """Give one entry with the path to the root; no other entry is in it.  Raises EntryUnknown."""
    if not 1 <= seq <= len(tree.leaves):
        raise EntryUnknown(journal=tree.journal, entries=len(tree.leaves), seq=seq)
    row = connection.execute(select(tree.table).where(tree.of_it, tree.table.c.seq == seq)).one()
    path = [step.hex() for step in inclusion_proof(tree.leaves, seq - 1)]
    return {**tree.stated, "entry": json.loads(chained_line(row)), "path": path}


def proof_of_growth(tree: JournalTree, first: int) -> dict[str, object]:
    """Give what proves the first `first` entries to be the beginning of all.  Raises EntryUnknown."""
    if not 1 <= first <= len(tree.leaves):
        raise EntryUnknown(journal=tree.journal, entries=len(tree.leaves), seq=first)
    return {
        **tree.stated,
        "first": first,
        "first_root": root_of(tree.leaves[:first]).hex(),
        "path": [step.hex() for step in consistency_proof(tree.leaves, first)],
    }
