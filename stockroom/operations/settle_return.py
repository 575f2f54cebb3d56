"""How is it written down that the replacement or the credit for returned goods is here?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import update

from stockroom.actor import Actor
from stockroom.db.base import table_of
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.models import SupplierReturn
from stockroom.reads.finding import one_by_uid
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import Action, ReturnExpects


@dataclass(eq=False, kw_only=True)
class ReturnSettledBefore(Conflict):
    """Nothing is expected for this return any more."""

    code: ClassVar[str] = "return_settled_before"
    message: ClassVar[str] = extracted(
        "Nothing is expected for the return {reference} any more. Look at it before you write anything else."
    )
    reference: str


@dataclass(frozen=True, kw_only=True)
class SettleReturn:
    return_uid: str
    paper: str
    """The number of the credit note, or of the delivery note of the replacement."""


@dataclass(frozen=True, kw_only=True)
class ReturnSettled:
    return_uid: str


def settle_return(
    store: Store, command: SettleReturn, *, actor: Actor, key: str, now: datetime
) -> ReturnSettled:
    """Write down by which paper what was expected for a return came.

    Raises ThingNotFound, ReturnSettledBefore, InvalidValue.
    """
    return perform(
        store,
        Act(kind="return.settle", action=Action.DISPATCH),
        command=command,
        body=lambda work: _settle(work, command),
        answer=ReturnSettled,
        actor=actor,
        key=key,
        now=now,
    )


def _settle(work: Work, command: SettleReturn) -> ReturnSettled:
    row = one_by_uid(
        work.connection, SupplierReturn, command.return_uid, thing="return", clinic_id=work.clinic_id
    )
    if row.settled_at is not None or row.expects == ReturnExpects.NOTHING:
        raise ReturnSettledBefore(reference=row.reference)
    paper = command.paper.strip()
    check_text("paper", paper, longest=100)
    if not paper:
        raise InvalidValue(field="paper", problem="enter the number of the credit note or delivery note")
    table = table_of(SupplierReturn)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.id == row.id)
        .values(settled_at=work.recorded_at, settled_by_id=work.actor.person_id, settled_by_paper=paper)
    )
    work.payload.update(supplier_return=row.uid, paper=paper)
    return ReturnSettled(return_uid=row.uid)
