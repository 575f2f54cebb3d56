"""How is something thrown away?  Always allowed: what is held, expired or recalled above all."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, bindparam, select

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.built_once import changing
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.disposals import Document, Happened, throw_away
from stockroom.ledger.post import OccursInFuture
from stockroom.models import Container, Location, ProductRule, TreatmentSession
from stockroom.reads.asked_things import Asked, choices, lay_out, read_asked
from stockroom.reads.beginnings import OpenedOnlyLater, broken_by_dating
from stockroom.reads.finding import one_by_uid
from stockroom.reads.lateness import broken_by_lateness
from stockroom.reads.named import look_up
from stockroom.reads.things import NOBODY, Where, things
from stockroom.rules.usability import Thing
from stockroom.rules.using import ThingName, check_name
from stockroom.units import QUANTITY_MAX, say_quantity
from stockroom.vocabulary import Action, ContainerState, ContainerType, DisposalReason

LINES_MAX = 200
_CONTAINER: Any = (
    select(
        Container.location_id,
        Container.state,
        Container.short_code,
        Container.opened_at,
        ProductRule.residual_max_quantity,
        ProductRule.container_type,
    )
    .join(ProductRule, ProductRule.id == Container.product_rule_id)
    .where(Container.clinic_id == bindparam("clinic"), Container.location_id == bindparam("location"))
)


@dataclass(eq=False, kw_only=True)
class PlaceNotNamed(Refused):
    """The lot lies at several places."""

    code: ClassVar[str] = "place_not_named"
    message: ClassVar[str] = extracted("Lot {lot_number} lies at several places: {places}. Say which one.")
    lot_number: str
    places: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class ContainerEnded(Conflict):
    """The container was finished or discarded before."""

    code: ClassVar[str] = "container_ended"
    message: ClassVar[str] = extracted(
        "Container {short_code} is {state} already. There is nothing left to do."
    )
    short_code: str
    state: str


@dataclass(eq=False, kw_only=True)
class RemainderNeedsReason(Refused):
    """More is left than usually stays behind in a vial of this product."""

    code: ClassVar[str] = "remainder_needs_reason"
    message: ClassVar[str] = extracted(
        "Container {short_code} still holds {left}, more than the usual {usual}. "
        "Say why the rest is thrown away."
    )
    short_code: str
    left: str
    usual: str


@dataclass(frozen=True, kw_only=True)
class DisposalOf:
    """How much of one thing is thrown away: whole presentations from a shelf, anything from a container."""

    thing: ThingName
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Dispose:
    lines: tuple[DisposalOf, ...]
    reason: DisposalReason
    note: str = ""
    session_uid: str | None = None
    """The session at whose bench it happened; the disposal stands on it."""
    happened_at: datetime | None = None
    """When it really was thrown away: recorded late."""
    late_reason: str = ""
    """Why it was not booked then."""


@dataclass(frozen=True, kw_only=True)
class Disposed:
    movement_uid: str
    promises_lost: int
    """Allocations that no longer fit; each has an alert."""
    broken_rules: tuple[str, ...] = ()
    """Of a disposal recorded late: each is a deviation that a second person signs."""


@dataclass(frozen=True, kw_only=True)
class FinishContainer:
    """A container that is empty, or of which the rest is thrown away.

    Without a reason the rest must be within what usually stays behind; it is then *residual*.  Of a cream, whose
    amounts are estimated, an empty tube is empty: the rest is *estimated*, however much the books have.
    """

    container_uid: str
    reason: DisposalReason | None = None
    note: str = ""
    session_uid: str | None = None
    """The session at whose bench it happened; the disposal of the rest stands on it."""
    happened_at: datetime | None = None
    """When it really was finished: recorded late."""
    late_reason: str = ""
    """Why it was not booked then."""


@dataclass(frozen=True, kw_only=True)
class ContainerFinished:
    container_uid: str
    state: ContainerState
    disposed_quantity: int
    movement_uid: str | None
    broken_rules: tuple[str, ...] = ()
    """Of a rest thrown away and recorded late: each is a deviation that a second person signs."""


def dispose(store: Store, command: Dispose, *, actor: Actor, key: str, now: datetime) -> Disposed:
    """Throw things away in one movement.  Never refused for a rule; promises that no longer fit are lost.

    What was thrown away before (`happened_at`, with a `late_reason`) is recorded late, at its time.
    Raises InvalidValue, OccursInFuture, ScanUnreadable, ScanInDoubt, ScanNamesNothing, LotNotNamed, PlaceNotNamed,
    ThingNotFound, PartOfPresentation (L13), NotEnoughOnHand (L4).
    """
    if not 0 < len(command.lines) <= LINES_MAX:
        raise InvalidValue(field="lines", problem=f"give 1 to {LINES_MAX} things")
    for n, each in enumerate(command.lines):
        check_name(each.thing, f"lines[{n}].thing")
        if each.thing.product_uid is not None:
            raise InvalidValue(field=f"lines[{n}].thing", problem="name the lot or container")
        if not 0 < each.quantity <= QUANTITY_MAX:
            raise InvalidValue(field=f"lines[{n}].quantity", problem="more than zero base units")
    asked = tuple(read_asked(each.thing, today=civil_date(now, "UTC")) for each in command.lines)
    return perform(
        store,
        Act(kind="dispose", action=_action(command.happened_at)),
        command=command,
        body=lambda work: _dispose(work, command, asked),
        answer=Disposed,
        actor=actor,
        key=key,
        now=now,
    )


def finish_container(
    store: Store, command: FinishContainer, *, actor: Actor, key: str, now: datetime
) -> ContainerFinished:
    """End a container: finished, or discarded when its rest is thrown away for a reason.

    One that was ended before (`happened_at`, with a `late_reason`) is recorded late, at its time.
    Raises ThingNotFound, ContainerEnded, RemainderNeedsReason, OpenedOnlyLater, InvalidValue, OccursInFuture.
    """
    return perform(
        store,
        Act(kind="container.finish", action=_action(command.happened_at)),
        command=command,
        body=lambda work: _finish(work, command),
        answer=ContainerFinished,
        actor=actor,
        key=key,
        now=now,
    )


def _action(happened_at: datetime | None) -> Action:
    return Action.DISPOSE if happened_at is None else Action.RECORD_LATE


def _happened(work: Work, command: Dispose | FinishContainer) -> Happened | None:
    """When and why late, with what coming so late breaks; None for what is thrown away now."""
    if command.happened_at is None:
        return None
    if command.happened_at > work.now:
        raise OccursInFuture(occurred_at=command.happened_at)
    if not command.late_reason.strip():
        raise InvalidValue(field="late_reason", problem="write why it is recorded only now")
    rules = broken_by_lateness(work.connection, work.clinic_id, command.happened_at, now=work.now)
    return Happened(at=command.happened_at, reason=command.late_reason.strip(), rules=rules)


def _dated(work: Work, happened: Happened | None, here: Iterable[Thing]) -> Happened | None:
    """With what of it is said to have been thrown away before it was there."""
    if happened is None:
        return None
    return replace(happened, dated=broken_by_dating(work.connection, work.clinic_id, here, at=happened.at))


def _rules(happened: Happened | None) -> tuple[str, ...]:
    if happened is None:
        return ()
    return tuple(dict.fromkeys([*happened.rules, *(rule for rule, _ in happened.dated)]))


def _dispose(work: Work, command: Dispose, asked: tuple[Asked, ...]) -> Disposed:
    happened = _happened(work, command)
    found = look_up(work.connection, work.clinic_id, (name for each in asked for name in each.names))
    laid_out = lay_out(work.connection, work.clinic_id, asked, found, asker=NOBODY)
    taken = []
    for line, each in zip(command.lines, asked, strict=True):
        here = choices(work.connection, work.clinic_id, each, found, laid_out)
        taken.append((_one(each, here, line.quantity), line.quantity))
    happened = _dated(work, happened, (thing for thing, _ in taken))
    thrown = throw_away(
        work,
        taken,
        reason=command.reason,
        note=command.note,
        document=_paper(work, command.session_uid),
        happened=happened,
    )
    return Disposed(
        movement_uid=thrown.posted.uid, promises_lost=thrown.promises_lost, broken_rules=_rules(happened)
    )


def _paper(work: Work, session_uid: str | None) -> Document | None:
    """The session as the paper of a disposal; None where it happened in none."""
    if session_uid is None:
        return None
    row = one_by_uid(
        work.connection, TreatmentSession, session_uid, thing="session", clinic_id=work.clinic_id
    )
    return Document(kind="session", uid=row.uid)


def _one(asked: Asked, here: tuple[Thing, ...], quantity: int) -> Thing:
    if not here:
        number = asked.scan.lot_number if asked.scan is not None else None
        raise NotEnoughOnHand(lot_number=number or "?", wanted=quantity)
    if len(here) > 1:
        places = tuple(each.container_code or each.location_name for each in here)
        raise PlaceNotNamed(lot_number=here[0].lot_number, places=places)
    return here[0]


def _finish(work: Work, command: FinishContainer) -> ContainerFinished:
    happened = _happened(work, command)
    row = _container(work, command.container_uid)
    if row.state != ContainerState.OPEN:
        raise ContainerEnded(short_code=row.short_code, state=row.state)
    here = things(work.connection, work.clinic_id, Where(location_ids=[row.location_id]))
    if happened is not None and not here and happened.at < row.opened_at:
        raise OpenedOnlyLater(container=row.short_code, opened_at=row.opened_at)
    happened = _dated(work, happened, here)
    left = sum(each.quantity for each in here)
    reason = command.reason
    if left and reason is None:
        is_estimated = row.container_type == ContainerType.MULTI_USE_TOPICAL
        if left > row.residual_max_quantity and not is_estimated:
            raise RemainderNeedsReason(
                short_code=row.short_code,
                left=str(say_quantity(left, here[0].base_unit)),
                usual=str(say_quantity(row.residual_max_quantity, here[0].base_unit)),
            )
        reason = DisposalReason.ESTIMATED if is_estimated else DisposalReason.RESIDUAL
    thrown = None
    if left and reason is not None:
        thrown = throw_away(
            work,
            [(each, each.quantity) for each in here],
            reason=reason,
            note=command.note,
            document=_paper(work, command.session_uid),
            happened=happened,
        )
    kept_reasons = (None, DisposalReason.RESIDUAL, DisposalReason.ESTIMATED)
    state = ContainerState.FINISHED if reason in kept_reasons else ContainerState.DISCARDED
    work.connection.execute(
        changing(Container, "clinic_id", "location_id"),
        {
            "its_clinic_id": work.clinic_id,
            "its_location_id": row.location_id,
            "state": state,
            "closed_at": work.recorded_at if happened is None else happened.at,
            "closed_by_id": work.actor.person_id,
        },
    )
    work.payload.update(container=command.container_uid, state=state)
    return ContainerFinished(
        container_uid=command.container_uid,
        state=state,
        disposed_quantity=left,
        movement_uid=thrown.posted.uid if thrown else None,
        broken_rules=_rules(happened if thrown else None),
    )


def _container(work: Work, uid: str) -> Row[Any]:
    location = one_by_uid(work.connection, Location, uid, thing="container", clinic_id=work.clinic_id)
    asked = {"clinic": work.clinic_id, "location": location.id}
    row = work.connection.execute(_CONTAINER, asked).first()
    if row is None:
        raise InvalidValue(field="container_uid", problem="this place is not an opened container")
    return row
