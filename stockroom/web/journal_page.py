"""Who did what in this clinic, and who was shown whom?  The journal, entry by entry, to be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation
from stockroom.db.transaction import CHANGES, DISCLOSURES
from stockroom.errors import ThingNotFound
from stockroom.queries.journal import EntryRow, entries
from stockroom.queries.journal_export import clinic_journal
from stockroom.queries.paging import is_uid
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import show_instants_in

blp = Blueprint("journal_page", __name__, url_prefix="/c/<clinic_uid>/journal")
ROWS = 50
FILE_ROWS_MAX = 100_000
_NUMBER_DIGITS_MAX = 15


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks of the journal."""

    stream: str
    kind: str
    actor_uid: str
    before: int | None

    @property
    def narrowed(self) -> dict[str, str | None]:
        """As it stands in an address."""
        stream = None if self.stream == CHANGES else self.stream
        return {"stream": stream, "kind": self.kind or None, "actor_uid": self.actor_uid or None}


@dataclass(frozen=True, kw_only=True)
class Said:
    """One fact of an entry, by the way to it."""

    name: str
    value: str


@blp.get("")
def entries_shown(clinic_uid: str) -> ResponseReturnValue:
    """The newest entries first; `before` goes on from a number."""
    asked = _asked()
    found = _entries(asked, before=asked.before, limit=ROWS + 1)
    shown = [(entry, _in_short(entry)) for entry in found[:ROWS]]
    return render_template(
        "journal/entries.html",
        entries=shown,
        asked=asked,
        next_before=found[ROWS - 1].seq if len(found) > ROWS else None,
        person=found[0].actor if asked.actor_uid and found else None,
    )


@blp.get("/entries.csv")
def as_csv(clinic_uid: str) -> ResponseReturnValue:
    """The same entries, at most 100,000, for a spreadsheet."""
    heads = (
        "entry",
        "recorded_at",
        "person",
        "roles",
        "device",
        "kind",
        "payload",
        "hash",
        "late",
        "happened_at",
    )
    return csv_file("journal", heads, _rows(_asked()))


@blp.get("/<stream>.jsonl")
def whole(clinic_uid: str, stream: str) -> ResponseReturnValue:
    """Every entry as it was hashed, for the script that proves it without Stockroom."""
    if stream not in (CHANGES, DISCLOSURES):
        raise ThingNotFound(thing=gettext("journal"), uid=stream[:40])
    answer = Response(stream_with_context(_whole(acting().clinic_id, stream)), mimetype="application/jsonl")
    answer.headers["Content-Disposition"] = f'attachment; filename="{stream}.jsonl"'
    return answer


def _whole(clinic_id: int, stream: str) -> Iterator[str]:
    with installation().reading() as connection:
        yield from clinic_journal(connection, clinic_id, stream=stream)


@blp.get("/<stream>/<int:seq>")
def entry(clinic_uid: str, stream: str, seq: int) -> ResponseReturnValue:
    """One entry whole, with the hashes that bind it to its neighbours."""
    if stream not in (CHANGES, DISCLOSURES) or len(str(seq)) > _NUMBER_DIGITS_MAX:
        raise ThingNotFound(thing=gettext("journal entry"), uid=str(seq)[:40])
    with installation().reading() as connection:
        found = entries(connection, acting().clinic_id, stream=stream, before=seq + 1, limit=1)
    if not found or found[0].seq != seq:
        raise ThingNotFound(thing=gettext("journal entry"), uid=str(seq))
    return render_template(
        "journal/entry.html",
        entry=found[0],
        stream=stream,
        facts=list(_facts("", json.loads(found[0].payload))),
    )


def _asked() -> Asked:
    stream, before = request.args.get("stream", CHANGES), request.args.get("before", "")
    actor_uid = request.args.get("actor_uid", "")
    is_number = before.isascii() and before.isdecimal() and len(before) <= _NUMBER_DIGITS_MAX
    return Asked(
        stream=stream if stream in (CHANGES, DISCLOSURES) else CHANGES,
        kind=request.args.get("kind", "").strip()[:60],
        actor_uid=actor_uid if is_uid(actor_uid) else "",
        before=int(before) if is_number else None,
    )


def _entries(asked: Asked, *, before: int | None, limit: int) -> tuple[EntryRow, ...]:
    with installation().reading() as connection:
        return entries(
            connection,
            acting().clinic_id,
            stream=asked.stream,
            kind=asked.kind or None,
            actor_uid=asked.actor_uid or None,
            before=before,
            limit=limit,
        )


def _rows(asked: Asked) -> Iterator[tuple[str | int | datetime | None, ...]]:
    """The rows of the file, read a thousand at a time."""
    before, left = asked.before, FILE_ROWS_MAX
    while left > 0:
        found = _entries(asked, before=before, limit=min(1_000, left))
        for each in found:
            yield (
                each.seq, each.recorded_at, each.actor, each.roles, each.device, each.kind, each.payload,
                each.hash, "yes" if each.happened_at else "", each.happened_at,
            )  # fmt: skip
        if len(found) < 1_000:
            return
        before, left = found[-1].seq, left - len(found)


def _in_short(entry: EntryRow) -> str:
    """The first facts of an entry, for its row."""
    facts = list(_facts("", json.loads(entry.payload)))
    return show_instants_in(", ".join(f"{fact.name} {fact.value}" for fact in facts[:3]))[:160]


def _facts(name: str, value: Any) -> Iterator[Said]:
    """Every leaf of a payload, by the way to it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _facts(f"{name} › {key}" if name else key, inner)
    elif isinstance(value, list) and any(isinstance(each, dict | list) for each in value):
        for n, inner in enumerate(value, start=1):
            yield from _facts(f"{name} {n}", inner)
    elif isinstance(value, list):
        yield Said(name=name, value=", ".join(map(str, value)) or "–")
    else:
        yield Said(name=name, value="–" if value is None else str(value))
