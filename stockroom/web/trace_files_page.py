"""How does a trace leave as a file?  Its uses, its statement of completeness, or all of it for a program.

The uses of a lot are written as they are read, however many there are: who was met on them is known, and written
down, before the first of them leaves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from typing import Any

from flask import Blueprint, Response
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.queries.trace_origins import origins_of
from stockroom.queries.trace_patients import patients_reached
from stockroom.queries.trace_plain import plain
from stockroom.queries.trace_rows import ForwardTrace, Use
from stockroom.queries.traces import streamed_forward
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import show_amount
from stockroom.web.trace_shown import MADE_OF, Asked, Shown, asked_of, name_of, seen_here, shown

blp = Blueprint("trace_files_page", __name__, url_prefix="/c/<clinic_uid>/trace/<kind>/<thing_uid>")
Cells = tuple[Any, ...]
_USES = (
    "used_at", "patient", "session_uid", "product", "lot", "quantity", "drawn_from", "through_cocktails", "areas",
    "technique", "practitioner", "prescriber", "identified_by", "clinic", "journal_entry",
    "late",
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
    if kind == MADE_OF:
        return csv_file("trace", _LOTS, _lot_rows(shown(asked)))
    if asked.is_forward:
        return _streamed(asked, lambda found, each: csv_file("trace", _USES, _use_rows(found, each)))
    found = shown(asked)
    return csv_file("trace", _USES, _use_rows(found, found.trace.uses))


@blp.get("/statement.csv")
def statement(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """The statement of completeness, a row a lot, in base units: to the last of them."""
    asked = asked_of(kind, thing_uid)
    if not asked.is_forward:
        return csv_file("statement", _STATEMENT, ())
    with installation().reading() as connection:
        seen = seen_here(connection)
        told = streamed_forward(connection, seen, asked.start(connection, seen), as_of=asked.as_of).trace
    return csv_file("statement", _STATEMENT, list(_statement_rows(told)))


@blp.get("/trace.json")
def as_json(clinic_uid: str, kind: str, thing_uid: str) -> ResponseReturnValue:
    """All of it, for a program."""
    asked = asked_of(kind, thing_uid)
    if asked.is_forward:
        return _streamed(asked, lambda found, each: _json_file(asked, found, each))
    found = shown(asked)
    return _json_file(asked, found, found.trace.uses)


def _streamed(asked: Asked, answer: Callable[[Shown, Iterable[Use]], Response]) -> Response:
    """Write down whom it met, then give the file that is made as it is sent, of one snapshot of the books."""
    store = installation()
    with ExitStack() as stack:
        connection = stack.enter_context(store.reading())
        seen = seen_here(connection)
        streamed = streamed_forward(connection, seen, asked.start(connection, seen), as_of=asked.as_of)
        lot_ids = [each.lot.lot_id for each in streamed.trace.lots]
        origins = origins_of(connection, seen, lot_ids, as_of=asked.as_of)
        uids = disclose_trace(store, acting(), streamed.patients, purpose="trace", now=present())
        people = {each.uid: each for each in patients_reached(connection, store.keyring, uids)}
        found = Shown(trace=streamed.trace, origins=origins, patients=people)
        kept = stack.pop_all()
        given = answer(found, _closing(streamed.uses, kept))
    given.call_on_close(kept.close)
    return given


def _closing(told: Iterator[Use], kept: ExitStack) -> Iterator[Use]:
    """Let the snapshot go with the last use, or with whoever stops before it."""
    with kept:
        yield from told


def _json_file(asked: Asked, found: Shown, told: Iterable[Use]) -> Response:
    answer = Response(_json(asked, found, told), mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="trace.json"'
    return answer


def _json(asked: Asked, found: Shown, told: Iterable[Use]) -> Iterator[str]:
    """The text of the file, a use at a time."""
    trace = found.trace
    words = {name: value for name, value in plain(trace).items() if name != "uses"} | {
        "as_of": None if asked.is_of_now else asked.as_of.isoformat(),
        "origins": [plain(origin) for origin in found.origins],
        "patients": [plain(patient) for patient in found.patients.values()],
    }
    if isinstance(trace, ForwardTrace):
        words["is_complete"] = trace.is_complete
    yield json.dumps(words, ensure_ascii=False, indent=1)[:-2] + ',\n "uses": ['
    separator = "\n  "
    for use in told:
        yield separator + json.dumps(plain(use), ensure_ascii=False)
        separator = ",\n  "
    yield "\n ]\n}\n"


def _use_rows(found: Shown, told: Iterable[Use]) -> Iterator[Cells]:
    numbers = {each.lot.uid: each.lot.number for each in found.trace.lots}
    for use in told:
        yield (
            use.occurred_at, name_of(found.patients, use.patient_uid), use.session_uid,
            f"{use.lot.product_name} {use.lot.strength}".strip(), use.lot.number,
            show_amount(use.quantity, use.lot.base_unit), use.container_code,
            " > ".join(numbers.get(uid, uid) for uid in use.via),
            "; ".join(f"{part.area} {show_amount(part.quantity, use.lot.base_unit)}" for part in use.areas),
            use.technique, use.practitioner, use.prescriber, use.identified_by, use.lot.clinic_name, use.seq,
            "yes" if use.is_late else "",
        )  # fmt: skip


def _lot_rows(found: Shown) -> Iterator[Cells]:
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
