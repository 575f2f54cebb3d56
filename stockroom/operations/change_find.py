"""How is it said why a count differs from the books, and how is a find taken off it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.count_rows import change_count_row, change_find_row
from stockroom.reads.stock_counts import count_in_work, find_in_work
from stockroom.vocabulary import Action, CountReason


@dataclass(frozen=True, kw_only=True)
class SayWhy:
    """Why what was found differs from the books; nothing takes an earlier reason back."""

    count_uid: str
    find_uid: str
    version: int
    """The version of the find that was read."""
    reason: CountReason | None


@dataclass(frozen=True, kw_only=True)
class TakeOffFind:
    count_uid: str
    find_uid: str
    version: int


@dataclass(frozen=True, kw_only=True)
class FindChanged:
    find_uid: str
    version: int
    count_version: int


def say_why(store: Store, command: SayWhy, *, actor: Actor, key: str, now: datetime) -> FindChanged:
    """Say why a find differs.  Raises ThingNotFound, CountOver, FindStale."""
    return perform(
        store,
        Act(kind="count.reason", action=Action.COUNT),
        command=command,
        body=lambda work: _change(work, command, reason=command.reason),
        answer=FindChanged,
        actor=actor,
        key=key,
        now=now,
    )


def take_off_find(
    store: Store, command: TakeOffFind, *, actor: Actor, key: str, now: datetime
) -> FindChanged:
    """Take a find off a count: it counts as not looked at.  Raises ThingNotFound, CountOver, FindStale."""
    return perform(
        store,
        Act(kind="count.take_off", action=Action.COUNT),
        command=command,
        body=lambda work: _change(work, command, removed_at=work.recorded_at),
        answer=FindChanged,
        actor=actor,
        key=key,
        now=now,
    )


def _change(work: Work, command: SayWhy | TakeOffFind, **values: object) -> FindChanged:
    count = count_in_work(work.connection, work.clinic_id, command.count_uid)
    find = find_in_work(work.connection, count, command.find_uid, version=command.version)
    version = change_find_row(work, find, **values)
    work.payload.update(count=count.uid, find=find.uid)
    if isinstance(command, SayWhy):
        work.payload["reason"] = command.reason
    return FindChanged(find_uid=find.uid, version=version, count_version=change_count_row(work, count))
