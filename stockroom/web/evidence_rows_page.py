"""Which rows was the digest of a pack of evidence taken over?  Its annex: every one of them, as it is digested, and read.

The SHA-256 of the canonical list of the rows' SHA-256s is the digest that was signed, so that the annex of a pack is
checked without Stockroom (docs/printouts.md says how).  However many rows there are, they are written as they are read.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from itertools import islice

from flask import Blueprint
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.access.traced import tell
from stockroom.ledger.encoding import sha256
from stockroom.queries.evidence import SignedRow
from stockroom.queries.trace_changes import with_changes
from stockroom.queries.trace_digest import signed_rows
from stockroom.queries.trace_rows import Use
from stockroom.web.changed_since import CHANGED, mark_of_told
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import show_amount
from stockroom.web.recall_evidence_page import named_in, pack_of_recall
from stockroom.web.recall_here import case_here
from stockroom.web.recall_story_here import story_of
from stockroom.web.trace_evidence_page import clinics_of, pack_of_trace
from stockroom.web.trace_files_page import kept
from stockroom.web.trace_shown import Asked, known_as, through_of, walked

blp = Blueprint("evidence_rows_page", __name__, url_prefix="/c/<clinic_uid>")
Named = Mapping[str, str]
_HEADS = (
    "what", "used_at", "patient", "product", "lot", "through", "quantity", "areas", "practitioner", "identified_by",
    "clinic", "journal_entry", "late", CHANGED, "row_sha256", "signed_row",
)  # fmt: skip
_ROWS_AT_ONCE = 500


@blp.get("/trace/<kind>/<thing_uid>/evidence/<evidence_uid>/rows.csv")
def of_trace(clinic_uid: str, kind: str, thing_uid: str, evidence_uid: str) -> ResponseReturnValue:
    """The rows of a signed trace, walked anew as the books stood."""
    pack = pack_of_trace(kind, thing_uid, evidence_uid)
    asked = Asked(kind=kind, uid=thing_uid, as_of=pack.as_of)
    told = tell(
        installation(),
        acting(),
        lambda connection: walked(connection, asked, clinics_of(connection, pack)),
        as_of=pack.as_of,
        now=present(),
    )
    people = {uid: known_as(person) for uid, person in told.patients.items()}
    numbers = {each.lot.uid: each.lot.number for each in told.trace.lots}
    rows = signed_rows(told.traced, told.origins, told.uses)
    return kept(told, csv_file(pack.annex, _HEADS, _cells(rows, people, numbers)))


@blp.get("/recalls/<case_uid>/evidence/<evidence_uid>/rows.csv")
def of_recall(clinic_uid: str, case_uid: str, evidence_uid: str) -> ResponseReturnValue:
    """The rows of the signed evidence of a recall, or of an exercise."""
    pack = pack_of_recall(case_uid, evidence_uid)
    story = story_of(case_here(case_uid, as_of=pack.as_of))
    rows = _changed(story.signed_rows(), as_of=pack.as_of)
    return csv_file(pack.annex, _HEADS, _cells(rows, named_in(story), story.here.numbers))


def _changed(rows: Iterable[SignedRow], *, as_of: datetime) -> Iterator[SignedRow]:
    """Let each use say what became of it after the instant that a pack shows, read for some hundreds at a time."""
    left = iter(rows)
    while some := tuple(islice(left, _ROWS_AT_ONCE)):
        with installation().reading() as connection:
            told = iter(
                with_changes(connection, [row.use for row in some if row.use is not None], as_of=as_of)
            )
        yield from (row if row.use is None else replace(row, use=next(told)) for row in some)


def _cells(
    rows: Iterable[SignedRow], people: Named, numbers: Mapping[str, str]
) -> Iterator[tuple[Cell, ...]]:
    """Each row as it is digested, and in words where it is a use."""
    for row in rows:
        text, what = row.text, str(row.said[0])
        if not row.is_seen:
            yield (what, *_nothing(), sha256(text), "")
            continue
        who = people.get(row.patient_uid, "")
        words = _nothing(who) if row.use is None else _use(row.use, who, numbers)
        yield (what, *words, sha256(text), text)


def _nothing(patient: str = "") -> tuple[Cell, ...]:
    """The cells of a row that is no use."""
    return ("", patient, *[""] * 11)


def _use(use: Use, patient: str, numbers: Mapping[str, str]) -> tuple[Cell, ...]:
    unit = use.lot.base_unit
    return (
        use.occurred_at, patient, f"{use.lot.product_name} {use.lot.strength}".strip(), use.lot.number,
        through_of(use, numbers), show_amount(use.quantity, unit),
        "; ".join(f"{part.area} {show_amount(part.quantity, unit)}" for part in use.areas),
        use.practitioner, use.identified_by, use.lot.clinic_name, use.seq, "yes" if use.is_late else "",
        mark_of_told(use),
    )  # fmt: skip
