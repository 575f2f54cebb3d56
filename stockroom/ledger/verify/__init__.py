"""Are the books true?  Recomputes every invariant on a live database, in one snapshot, and repairs nothing.

It shares no code with what it judges: its own SQL, its own encoding, its own hashing.  What it knows of
the ledger is the schema, the anchor file and the published form of an entry's hash (docs/ledger.md).
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from stockroom.db.store import Store
from stockroom.ledger.verify import (
    containers,
    disclosures,
    evidence,
    genealogy,
    journals,
    limits,
    lines,
    movements,
    named_rows,
    names,
    orders,
    pages,
    passed_over,
    positions,
    preparations,
    product_rules,
    readings,
    recalls,
    receipt_changes,
    receipts,
    reviews,
    signatures,
    triggers,
    usage_digests,
    usages,
)
from stockroom.ledger.verify.anchors import Anchored, read
from stockroom.ledger.verify.notes import Notes
from stockroom.ledger.verify.report import Finding, Report

__all__ = ["Finding", "Report", "verify"]

_CHECKS: tuple[tuple[str, Callable[[Connection, Notes], None]], ...] = (
    ("the database's file", pages.check),
    ("lines", lines.check),
    ("append-only triggers", triggers.check),
    ("positions and promises", positions.check),
    ("movements", movements.check),
    ("uses", usages.check),
    ("what is known of uses", usage_digests.check),
    ("limits and holds", limits.check),
    ("cocktails", preparations.check),
    ("what went into what", genealogy.check),
    ("lots that were passed over", passed_over.check),
    ("containers", containers.check),
    ("rules of products", product_rules.check),
    ("receipts", receipts.check),
    ("what receipts said before", receipt_changes.check),
    ("signatures", signatures.check),
    ("reviews of journals", reviews.check),
    ("disclosures by patient", disclosures.check),
    ("signed evidence", evidence.check),
    ("recalls", recalls.check),
    ("reactions, devices, ticks and answers", named_rows.check),
    ("orders", orders.check),
    ("temperatures", readings.check),
)


def verify(
    store: Store,
    *,
    anchors: bool = True,
    search_names: bool | None = None,
    on_step: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Recompute L1 to L14 and report the first row that breaks each, with how many do.

    `anchors` compares the journals with the anchor file.  `search_names` looks for patients' names in
    the journals; None leaves that out above names.ENTRIES_MAX entries.  `on_step` hears the name,
    the number and the count of each step as it begins.  Reads only; a million lines take bounded memory.
    """
    notes = Notes()
    total = len(_CHECKS) + 2
    own, *copies = store.anchor_files
    anchored = (
        read(own, notes, copy=next(iter(copies), None), keeping=store.anchor_keeping)
        if anchors
        else Anchored.nothing()
    )
    with store.reading() as connection:
        for number, (name, check) in enumerate(_CHECKS, start=1):
            _say(on_step, name, number, total)
            with pages.noting_damage(connection, notes, name):
                check(connection, notes)
        _say(on_step, "journals", total - 1, total)
        with pages.noting_damage(connection, notes, "journals"):
            journals.check(connection, notes, anchored)
        _say(on_step, "patients' names", total, total)
        with pages.noting_damage(connection, notes, "patients' names"):
            names.check(connection, notes, store.keyring, asked=search_names)
    return notes.report()


def _say(on_step: Callable[[str, int, int], None] | None, name: str, number: int, total: int) -> None:
    if on_step is not None:
        on_step(name, number, total)
