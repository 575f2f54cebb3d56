"""How do goods go back to a supplier?  From any place, whatever their state, under the supplier's reference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, and_, insert, select, update

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.accounts import accounts
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.lost_promises import left_after, lose_beyond, taken_from
from stockroom.ledger.post import post
from stockroom.models import Balance, Container, Location, Lot, Receipt, Supplier, SupplierReturn
from stockroom.reads.finding import many_by_uid, one_by_uid
from stockroom.rules.posting import Draft, Line
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import Action, ContainerState, LocationKind, MovementKind, ReturnExpects


@dataclass(eq=False, kw_only=True)
class ContainerGoesWhole(Refused):
    """An opened container goes back with everything that is in it."""

    code: ClassVar[str] = "container_goes_whole"
    message: ClassVar[str] = extracted(
        "By the books container {container} does not hold as much as is to go back of it, or it holds more. "
        "Send it back whole, or count it first."
    )
    container: str
    on_hand: int
    wanted: int


@dataclass(frozen=True, kw_only=True)
class ReturnLine:
    lot_uid: str
    from_uid: str
    """A shelf, quarantine, returns, or an opened container."""
    quantity: int
    """Base units; whole presentations, or all that is in an opened container."""


@dataclass(frozen=True, kw_only=True)
class ReturnToSupplier:
    """Goods that went back."""

    supplier_uid: str
    reference: str
    """The supplier's number of the return, or of the credit note."""
    reason: str
    lines: tuple[ReturnLine, ...]
    expects: ReturnExpects = ReturnExpects.NOTHING
    """What the supplier owes for them."""
    receipt_uid: str | None = None
    """The delivery that had brought them, where somebody names it."""


@dataclass(frozen=True, kw_only=True)
class GoodsReturned:
    movement_uid: str
    return_uid: str = ""
    lost_allocation_uids: tuple[str, ...] = ()
    """Promises that ended because what they kept goes back."""


def return_to_supplier(
    store: Store, command: ReturnToSupplier, *, actor: Actor, key: str, now: datetime
) -> GoodsReturned:
    """Send goods back: place -> supplier, one movement RETURN_TO_SUPPLIER; held or expired is no hindrance (L8).

    A container that is sent back is closed; what is promised of the goods is lost, with an alert.  The paper of
    the return keeps its reference and what is expected for it until that is here (`settle_return`).
    Raises ThingNotFound, InvalidValue, ContainerGoesWhole, NotEnoughOnHand,
    MoveNotAllowed, LineImpossible, PartOfPresentation.
    """
    return perform(
        store,
        Act(kind="goods.return", action=Action.DISPATCH),
        command=command,
        body=lambda work: _return(work, command),
        answer=GoodsReturned,
        actor=actor,
        key=key,
        now=now,
    )


def _return(work: Work, command: ReturnToSupplier) -> GoodsReturned:
    _check_paper(command)
    supplier = one_by_uid(work.connection, Supplier, command.supplier_uid, thing="supplier")
    receipt_id = None
    if command.receipt_uid is not None:
        receipt_id = _receipt_id(work, command.receipt_uid, supplier.id)
    lines = _lines(work, command)
    uid = new_uid(work.now)
    closing = _containers(work, lines)
    lost = lose_beyond(work, left_after(work, taken_from(lines)), cause="returned")
    posted = post(
        work,
        Draft(
            kind=MovementKind.RETURN_TO_SUPPLIER,
            lines=lines,
            occurred_at=work.now,
            document_kind="supplier_return",
            document_uid=uid,
            reason=f"{command.reference.strip()}: {command.reason.strip()}",
            supplier_id=supplier.id,
        ),
    )
    _close(work, closing)
    work.connection.execute(
        insert(SupplierReturn).values(
            uid=uid,
            clinic_id=work.clinic_id,
            supplier_id=supplier.id,
            movement_id=posted.movement_id,
            receipt_id=receipt_id,
            reference=command.reference.strip(),
            reason=command.reason.strip(),
            expects=command.expects,
            returned_by_id=work.actor.person_id,
            returned_at=work.now,
        )
    )
    work.payload.update(
        supplier=supplier.uid,
        reference=command.reference.strip(),
        lost=lost,
        supplier_return=uid,
        expects=command.expects,
        receipt=command.receipt_uid,
    )
    return GoodsReturned(movement_uid=posted.uid, return_uid=uid, lost_allocation_uids=lost)


def _receipt_id(work: Work, uid: str, supplier_id: int) -> int:
    """The receipt that is named.  Raises ThingNotFound, InvalidValue where another supplier delivered it."""
    row = one_by_uid(work.connection, Receipt, uid, thing="receipt", clinic_id=work.clinic_id)
    if row.supplier_id != supplier_id:
        raise InvalidValue(field="receipt_uid", problem="another supplier delivered it")
    return int(row.id)


def _check_paper(command: ReturnToSupplier) -> None:
    for field, text in (("reference", command.reference.strip()), ("reason", command.reason.strip())):
        check_text(field, text, may_break=field == "reason")
        if not text:
            raise InvalidValue(field=field, problem="goods go back under a reference and with a reason")


def _lines(work: Work, command: ReturnToSupplier) -> tuple[Line, ...]:
    clinic_id = work.clinic_id
    lots = many_by_uid(
        work.connection, Lot, (line.lot_uid for line in command.lines), thing="lot", clinic_id=clinic_id
    )
    places = many_by_uid(
        work.connection,
        Location,
        (line.from_uid for line in command.lines),
        thing="place",
        clinic_id=clinic_id,
    )
    supplier = accounts(work, LocationKind.SUPPLIER)[LocationKind.SUPPLIER]
    return tuple(
        Line(
            lot_id=lots[line.lot_uid].id,
            from_id=places[line.from_uid].id,
            to_id=supplier,
            quantity=line.quantity,
        )
        for line in command.lines
    )


def _containers(work: Work, lines: tuple[Line, ...]) -> list[int]:
    """Give the opened containers that go back.  Raises ContainerGoesWhole."""
    taken: dict[int, int] = {}
    for line in lines:
        taken[line.from_id] = taken.get(line.from_id, 0) + line.quantity
    held = and_(Balance.clinic_id == Container.clinic_id, Balance.location_id == Container.location_id)
    rows: list[Row[Any]] = list(
        work.connection.execute(
            select(Container.location_id, Container.short_code, Balance.quantity)
            .join(Balance, held)
            .where(Container.clinic_id == work.clinic_id, Container.location_id.in_(list(taken)))
        )
    )
    for row in rows:
        if taken[row.location_id] != row.quantity:
            raise ContainerGoesWhole(
                container=row.short_code, on_hand=row.quantity, wanted=taken[row.location_id]
            )
    return [row.location_id for row in rows]


def _close(work: Work, container_ids: list[int]) -> None:
    if not container_ids:
        return
    work.connection.execute(
        update(Container)
        .where(
            Container.clinic_id == work.clinic_id,
            Container.location_id.in_(container_ids),
            Container.state == ContainerState.OPEN,
        )
        .values(state=ContainerState.DISCARDED, closed_at=work.recorded_at, closed_by_id=work.actor.person_id)
    )
