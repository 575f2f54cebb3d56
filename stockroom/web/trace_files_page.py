"""How does a trace leave as a file?  Its uses, its statement of completeness, or all of it for a program.

The uses of a lot are written as they are read, however many there are: who was met on them is known, and written
down, before the first of them leaves.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, stream_with_context
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.access.traced import Told, tell
from stockroom.queries.trace_plain import json_of, plain
from stockroom.queries.trace_rows import ForwardTrace
from stockroom.web.changed_since import CHANGED, mark_of_told
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import show_amount
from stockroom.web.trace_shown import MADE_OF, Asked, asked_of, name_of, seen_here, walked

blp = Blueprint("trace_files_page", __name__, url_prefix="/c/<clinic_uid>/trace/<kind>/<thing_uid>")
Cells = tuple[Any, ...]
_USES = (
    "used_at", "patient", "session_uid", "product", "lot", "quantity", "drawn_from", "through_cocktails", "areas",
    "technique", "practitioner", "prescriber", "identified_by", "clinic", "journal_entry",
    "late", CHANGED,
)  # fmt: skip
_LOTS = ("lot", "product", "kind", "expires_on", "went_into", "clinic")
_STATEMENT = (
    "lot", "product", "clinic", "unit", "received", "made", "from_other_clinics", "found_or_brought_forward", "used",
    "into_cocktails", "disposed", "returned", "sent_on", "corrected", "on_hand", "difference",
)  # fmt: skip


@blp.get("/uses.csv")
def uses(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """Its uses, a row each; of a trace back to what went into a lot its lots."""
    asked = asked_of(kind, thing_uid)
    told = _told(asked)
    if kind == MADE_OF:
        return kept(told, csv_file("trace", _LOTS, _lot_rows(told)))
    return kept(told, csv_file("trace", _USES, _use_rows(told)))


@blp.get("/statement.csv")
def statement(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """The statement of completeness, a row a lot, in base units: to the last of them."""
    asked = asked_of(kind, thing_uid)
    if not asked.is_forward:
        return csv_file("statement", _STATEMENT, ())
    with installation().reading() as connection:
        trace = walked(connection, asked, seen_here(connection)).trace
    assert isinstance(trace, ForwardTrace)
    return csv_file("statement", _STATEMENT, list(_statement_rows(trace)))


@blp.get("/trace.json")
def as_json(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """All of it, for a program."""
    asked = asked_of(kind, thing_uid)
    told = _told(asked)
    more: dict[str, Any] = {
        "as_of": None if asked.is_of_now else asked.as_of.isoformat(),
        "origins": [plain(origin) for origin in told.origins],
        "patients": [plain(patient) for patient in told.patients.values()],
    }
    if isinstance(told.trace, ForwardTrace):
        more["is_complete"] = told.trace.is_complete
    uses = ({**plain(use), CHANGED: mark_of_told(use)} for use in told.uses)
    text = stream_with_context(json_of(told.trace, uses, more))
    answer = Response(text, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="trace.json"'
    return kept(told, answer)


def _told(asked: Asked) -> Told:
    """Write down whom it met, then give it, use by use, of one snapshot of the books."""
    return tell(
        installation(),
        acting(),
        lambda connection: walked(connection, asked, seen_here(connection)),
        as_of=asked.as_of,
        now=present(),
    )


def kept(told: Told, answer: Response) -> Response:
    """Let the snapshot go when the answer is sent, or was not wanted to its end."""
    answer.call_on_close(told.close)
    return answer


def _use_rows(told: Told) -> Iterator[Cells]:
    numbers = {each.lot.uid: each.lot.number for each in told.trace.lots}
    for use in told.uses:
        yield (
            use.occurred_at, name_of(told.patients, use.patient_uid), use.session_uid,
            f"{use.lot.product_name} {use.lot.strength}".strip(), use.lot.number,
            show_amount(use.quantity, use.lot.base_unit), use.container_code,
            " > ".join(numbers.get(uid, uid) for uid in use.via),
            "; ".join(f"{part.area} {show_amount(part.quantity, use.lot.base_unit)}" for part in use.areas),
            use.technique, use.practitioner, use.prescriber, use.identified_by, use.lot.clinic_name, use.seq,
            "yes" if use.is_late else "", mark_of_told(use),
        )  # fmt: skip


def _lot_rows(found: Told) -> Iterator[Cells]:
    numbers = {each.lot.uid: each.lot.number for each in found.trace.lots}
    for each in found.trace.lots:
        lot = each.lot
        yield (
            lot.number, f"{lot.product_name} {lot.strength}".strip(), lot.kind, lot.expires_on,
            " > ".join(numbers.get(uid, uid) for uid in reversed(each.via)), lot.clinic_name,
        )  # fmt: skip


def _statement_rows(trace: ForwardTrace) -> Iterator[Cells]:
    lots = {each.lot.uid: each.lot for each in trace.lots}
    for each in trace.accounts:
        lot = lots[each.lot_uid]
        yield (
            lot.number, f"{lot.product_name} {lot.strength}".strip(), lot.clinic_name, lot.base_unit,
            each.received, each.made, each.arrived, each.adjusted_in, each.used, each.compounded, each.disposed,
            each.returned, each.dispatched, each.adjusted_out, each.on_hand, each.difference,
        )  # fmt: skip
