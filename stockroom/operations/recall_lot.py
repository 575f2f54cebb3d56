"""How is a product, or a manufacturer's lot of it, recalled everywhere?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import ColumnElement, insert, or_, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.lost_promises import in_clinic, lose_all, standing_of
from stockroom.ledger.recalls import hold_made_lots
from stockroom.models import Clinic, Lot, Product, ProductHold
from stockroom.reads.clinics import every_clinic
from stockroom.reads.finding import one_by_uid
from stockroom.reads.offspring import offspring
from stockroom.vocabulary import Action, HoldReason


@dataclass(eq=False, kw_only=True)
class AlreadyRecalled(Conflict):
    """The same product or lot is recalled already."""

    code: ClassVar[str] = "already_recalled"
    message: ClassVar[str] = extracted(
        "This is recalled already (hold {hold_uid}). Go on with that recall instead of a second one."
    )
    hold_uid: str


@dataclass(frozen=True, kw_only=True)
class RecallLot:
    """What is recalled: one manufacturer's lot of a product, or (no number) all of the product."""

    product_uid: str
    lot_number: str | None
    """As printed, case-sensitive."""
    note: str
    """What the recall says: its number, its date, who published it."""


@dataclass(frozen=True, kw_only=True)
class RecallPlaced:
    """The hold of the recall, the lots it stops, and the promises that it took away."""

    hold_uid: str
    lot_uids: tuple[str, ...]
    prepared_lot_uids: tuple[str, ...]
    lost_allocation_uids: tuple[str, ...]


def recall_lot(store: Store, command: RecallLot, *, actor: Actor, key: str, now: datetime) -> RecallPlaced:
    """Recall a manufacturer's lot, or a whole product, in every clinic at once; nobody may override it.

    1. lock every clinic's journal, so that no use asked for commits after this act (design section 3)
    2. insert the organisation's hold, and a hold on each prepared lot that was made from what is recalled
    3. end what was promised of all these lots as lost, each with an alert
    A lot of this number that nobody has received yet is covered too.  No stock moves.
    Raises ThingNotFound, InvalidValue, AlreadyRecalled.
    """
    return perform(
        store,
        Act(
            kind="recall.place",
            action=Action.RECALL,
            filed_in=ORGANISATION,
            also_locks=every_clinic(store),
        ),
        command=command,
        body=lambda work: _recall(work, command),
        answer=RecallPlaced,
        actor=actor,
        key=key,
        now=now,
    )


def _recall(work: Work, command: RecallLot) -> RecallPlaced:
    product = one_by_uid(work.connection, Product, command.product_uid, thing="product")
    _check(work, command, product.id)
    hold_uid = _insert(work, command, product.id)
    lots = _lots(work, product.id, command.lot_number)
    made = offspring(work.connection, lots)
    stopped = {each.lot_id: each.clinic_id for each in made}
    hold_made_lots(work, stopped, recall_uid=hold_uid, note=command.note)
    clinics = {**{lot_id: clinic_id for lot_id, (clinic_id, _) in lots.items()}, **stopped}
    lost: list[str] = []
    for clinic_id in sorted(set(clinics.values())):
        there = in_clinic(work, clinic_id)
        of_clinic = [lot_id for lot_id, owner in clinics.items() if owner == clinic_id]
        lost += lose_all(there, standing_of(there, of_clinic), cause="recall")
    answer = RecallPlaced(
        hold_uid=hold_uid,
        lot_uids=tuple(uid for _, uid in lots.values()),
        prepared_lot_uids=tuple(each.lot_uid for each in made),
        lost_allocation_uids=tuple(lost),
    )
    work.payload.update(
        hold=hold_uid,
        product=command.product_uid,
        lot_number=command.lot_number,
        lots=answer.lot_uids,
        prepared_lots=answer.prepared_lot_uids,
        lost_allocations=answer.lost_allocation_uids,
    )
    return answer


def _check(work: Work, command: RecallLot, product_id: int) -> None:
    if not command.note.strip():
        raise InvalidValue(field="note", problem="a recall says who published it and under which number")
    if command.lot_number is not None and not command.lot_number.strip():
        raise InvalidValue(field="lot_number", problem="a lot number, or none for the whole product")
    covers: ColumnElement[bool] = ProductHold.lot_number.is_(None)
    if command.lot_number is not None:
        covers = or_(covers, ProductHold.lot_number == command.lot_number)
    known = work.connection.execute(
        select(ProductHold.uid).where(
            ProductHold.product_id == product_id,
            ProductHold.reason == HoldReason.RECALL,
            ProductHold.released_at.is_(None),
            covers,
        )
    ).scalar()
    if known is not None:
        raise AlreadyRecalled(hold_uid=known)


def _insert(work: Work, command: RecallLot, product_id: int) -> str:
    uid = new_uid(work.now)
    work.connection.execute(
        insert(ProductHold).values(
            uid=uid,
            product_id=product_id,
            lot_number=command.lot_number,
            reason=HoldReason.RECALL,
            note=command.note,
            placed_at=work.recorded_at,
            placed_by_id=work.actor.person_id,
        )
    )
    return uid


def _lots(work: Work, product_id: int, lot_number: str | None) -> dict[int, tuple[int, str]]:
    """Clinic and uid of every lot of the product (with this number) in any clinic, by id."""
    statement = (
        select(Lot.id, Lot.uid, Lot.clinic_id)
        .join(Clinic, Clinic.id == Lot.clinic_id)
        .where(Lot.product_id == product_id)
        .order_by(Lot.clinic_id, Lot.id)
    )
    if lot_number is not None:
        statement = statement.where(Lot.number == lot_number)
    return {row.id: (row.clinic_id, row.uid) for row in work.connection.execute(statement)}
