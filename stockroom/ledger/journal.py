"""What does a journal hold, and how is an entry added?  Numbered without gaps, chained, anchored outside.

Invariant L12: entries are numbered in commit order, because the number is taken under the head's lock;
each carries the hash of the one before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from stockroom.db.base import table_of
from stockroom.db.compiled_once import Once
from stockroom.db.store import Store
from stockroom.db.transaction import CHANGES, DISCLOSURES, ORGANISATION, Head, JournalName, Work
from stockroom.ledger.encoding import canonical, instant_text, sha256
from stockroom.models import Clinic, JournalEntry, JournalHead, OrganisationEntry, OrganisationHead
from stockroom.outside.anchor_file import Anchor, append_anchors, signed

ANCHOR_EVERY = 100
"""Entries after which a head is anchored at once (the job anchors all heads every five minutes)."""


def _entry_and_head() -> Any:
    """Add an entry and move its head on: to PostgreSQL, of which each statement costs a round trip."""
    entry, head = table_of(JournalEntry), table_of(JournalHead)
    given: dict[str, Any] = {
        column.name: bindparam(f"its_{column.name}", type_=column.type)
        for column in entry.c
        if column.name != "id"
    }
    added = insert(entry).values(given).returning(entry.c.seq).cte("added")
    return (
        update(head)
        .where(head.c.clinic_id == given["clinic_id"], head.c.stream == given["stream"])
        .values({name: given[name] for name in ("seq", "hash", "recorded_at")})
        .add_cte(added)
    )


# Statements of every act.
_NEWEST: dict[str, Any] = {name: bindparam(f"new_{name}") for name in ("seq", "hash", "recorded_at")}
_ADD_TO_CLINIC = Once(insert(table_of(JournalEntry)))
_ADD_TO_ORGANISATION = Once(insert(table_of(OrganisationEntry)))
_MOVE_CLINIC_HEAD = Once(
    update(table_of(JournalHead))
    .where(JournalHead.clinic_id == bindparam("of_clinic"), JournalHead.stream == bindparam("of_stream"))
    .values(_NEWEST)
)
_ADD_AND_MOVE_HEAD = Once(_entry_and_head())
_MOVE_ORGANISATION_HEAD = Once(
    update(table_of(OrganisationHead)).where(OrganisationHead.id == 1).values(_NEWEST)
)


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What an act says of itself."""

    payload: dict[str, object]
    key: str | None = None
    request_digest: str = ""
    answer: str = ""
    kind: str | None = None
    """The kind of the work when None; a refusal says which."""
    roles: tuple[str, ...] = ()


def genesis_hash(owner_uid: str, stream: str) -> str:
    """The hash that the first entry of a journal carries as the one before; the owner is the clinic.

    The organisation's own is written when the database is made, in the same form.
    """
    return sha256(canonical(["stockroom", owner_uid, stream]))


def begin_journals(work: Work, clinic_id: int, clinic_uid: str) -> None:
    """Give a new clinic the heads of its journals of changes and of disclosures, at number 0."""
    heads = [
        {
            "clinic_id": clinic_id,
            "stream": stream,
            "seq": 0,
            "hash": genesis_hash(clinic_uid, stream),
            "recorded_at": work.recorded_at,
        }
        for stream in (CHANGES, DISCLOSURES)
    ]
    work.connection.execute(insert(JournalHead), heads)


def append(work: Work, journal: JournalName, entry: Entry) -> int:
    """Add an entry to a journal whose head this work has locked, and give its number."""
    head = work.heads[journal]
    values: dict[str, object] = {
        "seq": head.seq + 1,
        "recorded_at": work.recorded_at,
        "actor_uid": work.actor.person_uid,
        "roles": " ".join(sorted(entry.roles)),
        "device": work.actor.device,
        "kind": entry.kind or work.kind,
        "key": entry.key,
        "request_digest": entry.request_digest,
        "payload": canonical(_whole(work, entry.payload)),
        "answer": entry.answer,
        "previous_hash": head.hash,
    }
    values["hash"] = _chained(values)
    _write(work, journal, values)
    work.heads[journal] = Head(seq=head.seq + 1, hash=str(values["hash"]), recorded_at=work.recorded_at)
    work.journalled += 1
    if (head.seq + 1) % ANCHOR_EVERY == 0:
        store, at = work.store, work.recorded_at
        work.after_commit.append(lambda: anchor_heads(store, now=at))
    return head.seq + 1


def _whole(work: Work, payload: dict[str, object]) -> dict[str, object]:
    """What the act says, and what every entry says: of which request it is, by which token, a clock that stepped back."""
    told = payload if not work.actor.request_id else {**payload, "request": work.actor.request_id}
    if work.actor.token_uid:
        told = {**told, "by_token": work.actor.token_uid}
    if not work.clock_stepped_back:
        return told
    return {**told, "clock_stepped_back": instant_text(work.asked_at)}


def _chained(values: dict[str, object]) -> str:
    recorded_at = values["recorded_at"]
    assert isinstance(recorded_at, datetime)
    ordered = [
        values["seq"],
        instant_text(recorded_at),
        values["actor_uid"],
        values["roles"],
        values["device"],
        values["kind"],
        values["key"],
        values["request_digest"],
        values["payload"],
        values["answer"],
        values["previous_hash"],
    ]
    return sha256(canonical(ordered))


def _write(work: Work, journal: JournalName, values: dict[str, object]) -> None:
    newest = {f"new_{name}": values[name] for name in _NEWEST}
    if journal == ORGANISATION:
        _ADD_TO_ORGANISATION.change(work.connection, values)
        _MOVE_ORGANISATION_HEAD.change(work.connection, newest)
        return
    of_clinic = {"clinic_id": journal.clinic_id, "stream": journal.stream}
    if not work.store.is_sqlite:
        given = {f"its_{name}": value for name, value in (of_clinic | values).items()}
        _ADD_AND_MOVE_HEAD.change(work.connection, given)
        return
    _ADD_TO_CLINIC.change(work.connection, {**of_clinic, **values})
    of_head = {"of_clinic": journal.clinic_id, "of_stream": journal.stream}
    _MOVE_CLINIC_HEAD.change(work.connection, {**of_head, **newest})


def anchor_heads(store: Store, *, now: datetime) -> tuple[Anchor, ...]:
    """Write every journal's head to the anchor file, and give what was written."""
    with store.reading() as connection:
        organisation = connection.execute(select(OrganisationHead.seq, OrganisationHead.hash)).one()
        clinics = connection.execute(
            select(Clinic.uid, JournalHead.stream, JournalHead.seq, JournalHead.hash)
            .join(Clinic, Clinic.id == JournalHead.clinic_id)
            .order_by(Clinic.id, JournalHead.stream)
        ).all()
    at = instant_text(now)
    anchors: tuple[Anchor, ...] = (
        Anchor(journal="organisation", seq=organisation.seq, hash=organisation.hash, anchored_at=at),
        *(
            Anchor(journal=f"{row.uid}:{row.stream}", seq=row.seq, hash=row.hash, anchored_at=at)
            for row in clinics
        ),
    )
    anchors = tuple(signed(anchor, store.anchor_keeping.key) for anchor in anchors)
    for file in store.anchor_files:
        append_anchors(file, anchors)
    return anchors
