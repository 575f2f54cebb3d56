"""How do goods leave for another clinic?  Out of the books here, on a transfer document, until they arrive there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, insert

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.accounts import accounts
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.deviations import Broke, write_deviations
from stockroom.ledger.post import Posted, post
from stockroom.models import Clinic, Location, Lot, Transfer, TransferLine
from stockroom.reads.agreements import agreement
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import many_by_uid, one_by_uid
from stockroom.reads.things import Where, things
from stockroom.rules.agreeing import Agreement
from stockroom.rules.overriding import Override, judge
from stockroom.rules.posting import Draft, Line
from stockroom.rules.usability import Purpose, Thing, broken_rules
from stockroom.vocabulary import Action, LocationKind, LotKind, MovementKind, TransferState


@dataclass(eq=False, kw_only=True)
class CocktailStaysHere(Refused):
    """What was made here is used here: only a manufacturer's goods go to another clinic."""

    code: ClassVar[str] = "cocktail_stays_here"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} was prepared in this clinic and is not sent to another one. Take it off the list."
    )
    lot_number: str


@dataclass(frozen=True, kw_only=True)
class DispatchLine:
    lot_uid: str
    from_uid: str
    quantity: int
    """Base units; whole presentations."""


@dataclass(frozen=True, kw_only=True)
class DispatchGoods:
    """Goods that are sent to another clinic."""

    to_clinic_uid: str
    lines: tuple[DispatchLine, ...]
    override: Override | None = None


@dataclass(frozen=True, kw_only=True)
class GoodsDispatched:
    transfer_uid: str
    movement_uid: str
    overridden: tuple[str, ...]


def dispatch_goods(
    store: Store, command: DispatchGoods, *, actor: Actor, key: str, now: datetime
) -> GoodsDispatched:
    """Send whole presentations to another clinic: shelf -> in transit, one movement DISPATCH (L8).

    One line of the transfer document for each lot, from however many shelves it is taken.
    Raises ThingNotFound, InvalidValue, CocktailStaysHere, NotEnoughOnHand (also for what is promised),
    LotRecalled and a Stopped for what is held, expired, or where nothing may be used, unless overridden;
    SecondPersonMissing, SecondPersonMayNot, MoveNotAllowed, LineImpossible, PartOfPresentation.
    """
    return perform(
        store,
        Act(kind="goods.dispatch", action=Action.DISPATCH),
        command=command,
        body=lambda work: _dispatch(work, command),
        answer=GoodsDispatched,
        actor=actor,
        key=key,
        now=now,
    )


def _dispatch(work: Work, command: DispatchGoods) -> GoodsDispatched:
    target = one_by_uid(work.connection, Clinic, command.to_clinic_uid, thing="clinic")
    if target.id == work.clinic_id or not command.lines:
        raise InvalidValue(field="to_clinic_uid", problem="goods, and another clinic than this one")
    lots, lines = _lines(work, command)
    agreed = agreement(work, command.override)
    broke = _judge(work, lines, lots, command.override, agreed)
    uid = new_uid(work.now)
    posted = post(
        work,
        Draft(
            kind=MovementKind.DISPATCH,
            lines=lines,
            occurred_at=work.now,
            document_kind="transfer",
            document_uid=uid,
            reason=command.override.reason if broke and command.override else "",
        ),
    )
    sent = _insert_transfer(work, uid, target.id, posted, lots, lines)
    if broke and command.override is not None:
        write_deviations(
            work,
            posted.movement_id,
            broke,
            reason=command.override.reason,
            was_asked=True,
            agreed_by=agreed.by,
        )
    work.payload.update(transfer=uid, to_clinic=command.to_clinic_uid, sent=sent)
    return GoodsDispatched(
        transfer_uid=uid,
        movement_uid=posted.uid,
        overridden=tuple(dict.fromkeys(each.rule.value for each in broke)),
    )


def _lines(work: Work, command: DispatchGoods) -> tuple[dict[int, Row[Any]], tuple[Line, ...]]:
    """The lots by id, and the lines of the movement."""
    clinic_id, wanted = work.clinic_id, command.lines
    lots = many_by_uid(
        work.connection, Lot, (line.lot_uid for line in wanted), thing="lot", clinic_id=clinic_id
    )
    places = many_by_uid(
        work.connection, Location, (line.from_uid for line in wanted), thing="place", clinic_id=clinic_id
    )
    for lot in lots.values():
        if lot.kind != LotKind.MANUFACTURED:
            raise CocktailStaysHere(lot_number=lot.number)
    transit = accounts(work, LocationKind.IN_TRANSIT)[LocationKind.IN_TRANSIT]
    lines = tuple(
        Line(
            lot_id=lots[line.lot_uid].id,
            from_id=places[line.from_uid].id,
            to_id=transit,
            quantity=line.quantity,
        )
        for line in wanted
    )
    return {lot.id: lot for lot in lots.values()}, lines


def _judge(
    work: Work,
    lines: tuple[Line, ...],
    lots: dict[int, Row[Any]],
    override: Override | None,
    agreed: Agreement,
) -> tuple[Broke, ...]:
    """Refuse what may not be sent; give the rules that were overridden."""
    here = _things(work, lines)
    for line in lines:
        if (line.lot_id, line.from_id) not in here:
            raise NotEnoughOnHand(lot_number=lots[line.lot_id].number, wanted=line.quantity)
    today = civil_date(work.now, clinic_settings(work.connection, work.clinic_id).time_zone)
    broke: list[Broke] = []
    for thing in here.values():
        broken = broken_rules(thing, now=work.now, today=today, purpose=Purpose.DISPATCH)
        rules = judge(broken, override=override, actions=work.actions, agreement=agreed)
        broke.extend(Broke(rule=rule, lot_id=thing.lot_id) for rule in rules)
    return tuple(broke)


def _things(work: Work, lines: tuple[Line, ...]) -> dict[tuple[int, int], Thing]:
    places = {(line.lot_id, line.from_id) for line in lines}
    found = things(work.connection, work.clinic_id, Where(pairs=places))
    return {(thing.lot_id, thing.location_id): thing for thing in found}


def _insert_transfer(
    work: Work,
    uid: str,
    to_clinic_id: int,
    posted: Posted,
    lots: dict[int, Row[Any]],
    lines: tuple[Line, ...],
) -> list[list[object]]:
    """Insert the document with one line for each lot; give what the journal says of them."""
    transfer_id = work.connection.execute(
        insert(Transfer)
        .values(
            uid=uid,
            from_clinic_id=work.clinic_id,
            to_clinic_id=to_clinic_id,
            state=TransferState.DISPATCHED,
            dispatched_at=work.now,
            dispatched_by_id=work.actor.person_id,
            dispatch_movement_id=posted.movement_id,
        )
        .returning(Transfer.id)
    ).scalar_one()
    sums: dict[int, int] = {}
    for line in lines:
        sums[line.lot_id] = sums.get(line.lot_id, 0) + line.quantity
    work.connection.execute(
        insert(TransferLine),
        [
            {
                "transfer_id": transfer_id,
                "n": n,
                "product_id": lots[lot_id].product_id,
                "lot_number": lots[lot_id].number,
                "expires_on": lots[lot_id].expires_on,
                "expires_at": lots[lot_id].expires_at,
                "from_lot_id": lot_id,
                "dispatched_quantity": quantity,
                "arrived_quantity": 0,
                "short_quantity": 0,
                "broken_quantity": 0,
            }
            for n, (lot_id, quantity) in enumerate(sums.items(), start=1)
        ],
    )
    return [[lots[lot_id].uid, quantity] for lot_id, quantity in sums.items()]
