"""How does a thing get its label, and how is it known that it had one before?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.acts import Act, perform
from stockroom.models import Device, LabelPrint, Location, Lot, Preparation, SharpsBox
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action, LabelledKind, LocationKind

PARTS_MAX = 50
_PAPER_MAX = 40
_START_MAX = 200


@dataclass(frozen=True, kw_only=True)
class PrintLabels:
    """The labels of one thing: one, or one for each syringe that it was drawn into."""

    kind: LabelledKind
    thing_uid: str
    part_count: int = 1
    paper: str
    """The sheet or roll, by its slug."""
    start: int = 1
    """The first label of the sheet that is still there."""


@dataclass(frozen=True, kw_only=True)
class LabelsPrinted:
    """The printing, and for the how manieth time: from 2 on the labels say that they are a reprint."""

    print_uid: str
    n: int


_ACT = Act(kind="label.print", action=Action.PRINT_LABEL)


def print_labels(
    store: Store, command: PrintLabels, *, actor: Actor, key: str, now: datetime
) -> LabelsPrinted:
    """Write down that the labels of a thing of the actor's clinic are printed.

    Raises ThingNotFound, InvalidValue for a number of labels or a place on the sheet that cannot be.
    """
    return perform(
        store,
        _ACT,
        command=command,
        body=lambda work: _print(work, command),
        answer=LabelsPrinted,
        actor=actor,
        key=key,
        now=now,
    )


def _print(work: Work, command: PrintLabels) -> LabelsPrinted:
    if not 1 <= command.part_count <= PARTS_MAX:
        raise InvalidValue(field="part_count", problem=f"from 1 to {PARTS_MAX} labels")
    if not 1 <= command.start <= _START_MAX or not 0 < len(command.paper) <= _PAPER_MAX:
        raise InvalidValue(field="start", problem="choose a paper and the first label that is still there")
    _require_thing(work, command)
    printed = select(func.count()).where(
        LabelPrint.clinic_id == work.clinic_id,
        LabelPrint.kind == command.kind,
        LabelPrint.thing_uid == command.thing_uid,
    )
    n = work.connection.execute(printed).scalar_one() + 1
    uid = new_uid(work.now)
    work.connection.execute(
        insert(LabelPrint).values(
            uid=uid,
            clinic_id=work.clinic_id,
            kind=command.kind,
            thing_uid=command.thing_uid,
            n=n,
            part_count=command.part_count,
            paper=command.paper,
            start=command.start,
            printed_by_id=work.actor.person_id,
            printed_at=work.recorded_at,
        )
    )
    work.payload.update(thing={command.kind.value: command.thing_uid}, n=n, parts=command.part_count)
    return LabelsPrinted(print_uid=uid, n=n)


def _require_thing(work: Work, command: PrintLabels) -> None:
    """Raise ThingNotFound unless the thing is one of the clinic's."""
    model, word = _MODELS[command.kind], command.kind.value
    if command.kind is LabelledKind.SHARPS_BOX and _is_box(work, command.thing_uid):
        return
    row = one_by_uid(work.connection, model, command.thing_uid, thing=word, clinic_id=work.clinic_id)
    if model is Location and (row.kind == LocationKind.CONTAINER) != (command.kind == LabelledKind.CONTAINER):
        raise ThingNotFound(thing=word, uid=command.thing_uid)


def _is_box(work: Work, uid: str) -> bool:
    """Whether a box that was opened is meant; else it is the room in which the next one is opened."""
    try:
        one_by_uid(work.connection, SharpsBox, uid, thing="sharps box", clinic_id=work.clinic_id)
    except ThingNotFound:
        return False
    return True


_MODELS: dict[LabelledKind, Any] = {
    LabelledKind.CONTAINER: Location,
    LabelledKind.LOCATION: Location,
    LabelledKind.SHARPS_BOX: Location,
    LabelledKind.PREPARATION: Preparation,
    LabelledKind.LOT: Lot,
    LabelledKind.DEVICE: Device,
}
