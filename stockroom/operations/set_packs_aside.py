"""How are packs of a delivery that are not all right put aside, or refused at the door, while it is unpacked?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, func, insert, select

from stockroom.actor import Actor
from stockroom.db.base import table_of
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.delivery_rows import change_delivery_row, change_line_row
from stockroom.models import DeliveryLine
from stockroom.reads.deliveries import delivery_in_work, line_in_work, taken_in
from stockroom.reads.locations import shelves_by_uid
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import UNUSABLE_KINDS, Action, Fault, OrderChoice


@dataclass(frozen=True, kw_only=True)
class SetPacksAside:
    """Packs that are taken in, and put where nothing is usable."""

    delivery_uid: str
    line_uid: str
    version: int
    """The version of the line that was read."""
    packs: int
    fault: Fault
    into_uid: str
    """Quarantine, or the place for what goes back."""
    words: str = ""
    """What was seen."""
    stays_owed: bool = False
    """They count on no order: the supplier replaces them."""


@dataclass(frozen=True, kw_only=True)
class RefusePacks:
    """Packs that were never taken in; what was ordered stays owed."""

    delivery_uid: str
    line_uid: str
    version: int
    packs: int
    """Of the line's packs, in all; none takes it back."""
    fault: Fault


@dataclass(frozen=True, kw_only=True)
class PacksDecided:
    """The line on which the packs stand now."""

    line_uid: str
    n: int
    version: int
    delivery_version: int


def set_packs_aside(
    store: Store, command: SetPacksAside, *, actor: Actor, key: str, now: datetime
) -> PacksDecided:
    """Put some packs of a line, or all of them, aside with what is wrong; some become a line of their own.

    Raises ThingNotFound, DeliveryOver, DeliveryLineStale, InvalidValue, NotAShelf, LocationClosed.
    """
    return perform(
        store,
        Act(kind="delivery.set_aside", action=Action.RECEIVE),
        command=command,
        body=lambda work: _set_aside(work, command),
        answer=PacksDecided,
        actor=actor,
        key=key,
        now=now,
    )


def refuse_packs(
    store: Store, command: RefusePacks, *, actor: Actor, key: str, now: datetime
) -> PacksDecided:
    """Say how many packs of a line were refused at the door, and why; the receipt names them, the stock does not.

    Raises ThingNotFound, DeliveryOver, DeliveryLineStale, InvalidValue.
    """
    return perform(
        store,
        Act(kind="delivery.refuse", action=Action.RECEIVE),
        command=command,
        body=lambda work: _refuse(work, command),
        answer=PacksDecided,
        actor=actor,
        key=key,
        now=now,
    )


def _set_aside(work: Work, command: SetPacksAside) -> PacksDecided:
    delivery = delivery_in_work(work.connection, work.clinic_id, command.delivery_uid)
    line = line_in_work(work.connection, delivery, command.line_uid, version=command.version)
    words = command.words.strip()
    check_text("words", words, may_break=True)
    here = taken_in(line)
    if not 0 < command.packs <= here:
        raise InvalidValue(field="packs", problem=f"from 1 to {here}")
    into = shelves_by_uid(work.connection, work.clinic_id, (command.into_uid,))[command.into_uid]
    if into.kind not in UNUSABLE_KINDS:
        problem = f"{into.name} holds what may be used: choose quarantine, or where returns wait"
        raise InvalidValue(field="into_uid", problem=problem)
    said = {
        "location_id": into.id,
        "fault": command.fault,
        "decision": words or line.decision,
        "order_choice": OrderChoice.APART if command.stays_owed else OrderChoice(line.order_choice),
    }
    work.payload.update(
        delivery=delivery.uid, line=line.uid, packs=command.packs, fault=command.fault, into=into.uid
    )
    if command.packs == line.pack_count:
        version = change_line_row(work, line, **said)
        return _decided(work, delivery, line.uid, line.n, version)
    change_line_row(work, line, pack_count=line.pack_count - command.packs)
    uid, n = _split_off(work, line, pack_count=command.packs, refused_count=0, **said)
    return _decided(work, delivery, uid, n, 1)


def _split_off(work: Work, line: Row[Any], **said: object) -> tuple[str, int]:
    """Give packs of a line a line of their own: what it is stays, what is said is new."""
    highest = select(func.max(DeliveryLine.n)).where(
        DeliveryLine.clinic_id == work.clinic_id, DeliveryLine.delivery_id == line.delivery_id
    )
    n = int(work.connection.execute(highest).scalar_one()) + 1
    uid = new_uid(work.now)
    kept = {
        column.name: line._mapping[column.name]
        for column in table_of(DeliveryLine).columns
        if column.name not in ("id", "uid", "n", "version")
    }
    work.connection.execute(insert(DeliveryLine).values({**kept, "uid": uid, "n": n, "version": 1, **said}))
    return uid, n


def _refuse(work: Work, command: RefusePacks) -> PacksDecided:
    delivery = delivery_in_work(work.connection, work.clinic_id, command.delivery_uid)
    line = line_in_work(work.connection, delivery, command.line_uid, version=command.version)
    if not 0 <= command.packs <= line.pack_count:
        raise InvalidValue(field="packs", problem=f"from 0 to {line.pack_count}")
    version = change_line_row(
        work,
        line,
        refused_count=command.packs,
        fault=command.fault if command.packs else None,
    )
    work.payload.update(
        delivery=delivery.uid, line=line.uid, packs=command.packs, fault=command.fault, into="refused"
    )
    return _decided(work, delivery, line.uid, line.n, version)


def _decided(work: Work, delivery: Row[Any], line_uid: str, n: int, version: int) -> PacksDecided:
    return PacksDecided(
        line_uid=line_uid, n=n, version=version, delivery_version=change_delivery_row(work, delivery)
    )
