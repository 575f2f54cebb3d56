"""Who did what, and who was shown whom?  The journals, searched and read entry by entry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Blueprint, Response, render_template, request, stream_with_context
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation
from stockroom.db.transaction import CHANGES, DISCLOSURES, OF_ORGANISATION
from stockroom.errors import ThingNotFound
from stockroom.queries.finding_by_text import FoundThing
from stockroom.queries.journal import EntryRow, Narrowed, entries, meant_by, naming
from stockroom.queries.journal_export import clinic_journal, organisation_journal
from stockroom.queries.names_of_uids import names_of_uids
from stockroom.queries.paging import is_uid
from stockroom.web.csv_file import csv_file
from stockroom.web.day import instant_here
from stockroom.web.formats import show_instants_in, today_here
from stockroom.web.journal_facts import changes_of, facts_of, named

blp = Blueprint("journal_page", __name__, url_prefix="/c/<clinic_uid>/journal")
ROWS = 50
FILE_ROWS_MAX = 100_000
SEARCHED_DAYS = 365
"""How far back a search reads that names no first day: it reads every entry of the time."""
STREAMS = (CHANGES, DISCLOSURES, OF_ORGANISATION)
_NUMBER_DIGITS_MAX = 15


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks of the journal."""

    stream: str
    kind: str
    actor_uid: str
    q: str
    since: date | None
    until: date | None
    before: int | None

    @property
    def narrowed(self) -> dict[str, Any]:
        """As it stands in an address."""
        stream = None if self.stream == CHANGES else self.stream
        return {
            "stream": stream, "kind": self.kind or None, "actor_uid": self.actor_uid or None,
            "q": self.q or None, "since": self.since, "until": self.until,
        }  # fmt: skip

    @property
    def is_narrowed(self) -> bool:
        return any((self.kind, self.actor_uid, self.q, self.since, self.until, self.before))

    @property
    def number(self) -> int | None:
        """The entry that the text names, where it is a number."""
        digits = self.q.removeprefix("#")
        return int(digits) if _is_number(digits) else None


@blp.get("")
def entries_shown(clinic_uid: str) -> ResponseReturnValue:
    """The newest entries first; `before` goes on from a number."""
    asked = _asked()
    meant = _meant(asked)
    found = _entries(asked, _narrowed(asked, meant), before=asked.before, limit=ROWS + 1)
    shown = [(entry, _in_short(entry)) for entry in found[:ROWS]]
    return render_template(
        "journal/entries.html",
        entries=shown,
        asked=asked,
        meant=meant,
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
    if stream not in STREAMS:
        raise ThingNotFound(thing=gettext("journal"), uid=stream[:40])
    answer = Response(stream_with_context(_whole(acting().clinic_id, stream)), mimetype="application/jsonl")
    answer.headers["Content-Disposition"] = f'attachment; filename="{stream}.jsonl"'
    return answer


def _whole(clinic_id: int, stream: str) -> Iterator[str]:
    with installation().reading() as connection:
        if stream == OF_ORGANISATION:
            yield from organisation_journal(connection)
        else:
            yield from clinic_journal(connection, clinic_id, stream=stream)


@blp.get("/<stream>/<int:seq>")
def entry(clinic_uid: str, stream: str, seq: int) -> ResponseReturnValue:
    """One entry whole, with the hashes that bind it to its neighbours."""
    if stream not in STREAMS or len(str(seq)) > _NUMBER_DIGITS_MAX:
        raise ThingNotFound(thing=gettext("journal entry"), uid=str(seq)[:40])
    with installation().reading() as connection:
        found = entries(connection, acting().clinic_id, stream=stream, before=seq + 1, limit=1)
        if not found or found[0].seq != seq:
            raise ThingNotFound(thing=gettext("journal entry"), uid=str(seq))
        payload = json.loads(found[0].payload)
        facts = list(facts_of(payload))
        names = names_of_uids(connection, {fact.value for fact in facts if is_uid(fact.value)})
    return render_template(
        "journal/entry.html",
        entry=found[0],
        stream=stream,
        changes=changes_of(payload),
        facts=named(facts, names),
    )


def _asked() -> Asked:
    stream, before = request.args.get("stream", CHANGES), request.args.get("before", "")
    actor_uid = request.args.get("actor_uid", "")
    q, since = request.args.get("q", "").strip()[:100], _day("since")
    if q and since is None:
        since = (_day("until") or today_here()) - timedelta(days=SEARCHED_DAYS)
    return Asked(
        stream=stream if stream in STREAMS else CHANGES,
        kind=request.args.get("kind", "").strip()[:60],
        actor_uid=actor_uid if is_uid(actor_uid) else "",
        q=q,
        since=since,
        until=_day("until"),
        before=int(before) if _is_number(before) else None,
    )


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) <= _NUMBER_DIGITS_MAX


def _day(name: str) -> date | None:
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if date(2000, 1, 1) <= day <= date(2200, 1, 1) else None


def _meant(asked: Asked) -> tuple[FoundThing, ...]:
    """What the text of the search goes by, as a trace finds it."""
    if not asked.q:
        return ()
    store = installation()
    with store.reading() as connection:
        return meant_by(connection, store.keyring, acting().clinic_id, text=asked.q)


def _narrowed(asked: Asked, meant: tuple[FoundThing, ...]) -> Narrowed:
    narrowed = Narrowed(
        kind=asked.kind or None,
        actor_uid=asked.actor_uid or None,
        since=instant_here(asked.since, time()) if asked.since else None,
        until=instant_here(asked.until + timedelta(days=1), time()) if asked.until else None,
    )
    return naming(narrowed, asked.q, meant) if asked.q else narrowed


def _entries(asked: Asked, narrowed: Narrowed, *, before: int | None, limit: int) -> tuple[EntryRow, ...]:
    with installation().reading() as connection:
        return entries(
            connection,
            acting().clinic_id,
            stream=asked.stream,
            narrowed=narrowed,
            before=before,
            limit=limit,
        )


def _rows(asked: Asked) -> Iterator[tuple[str | int | datetime | None, ...]]:
    """The rows of the file, read a thousand at a time."""
    narrowed = _narrowed(asked, _meant(asked))
    before, left = asked.before, FILE_ROWS_MAX
    while left > 0:
        found = _entries(asked, narrowed, before=before, limit=min(1_000, left))
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
    payload = json.loads(entry.payload)
    said = [f"{each.name} {each.old} → {each.new}" for each in changes_of(payload)]
    said = said or [f"{fact.name} {fact.value}" for fact in list(facts_of(payload))[:3]]
    return show_instants_in(", ".join(said[:3]))[:160]
