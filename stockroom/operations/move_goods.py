"""How do goods, and opened containers, get to another place of the same clinic?

Moving is always allowed, also for what is held, expired or recalled (L8): the hold goes with the goods,
and so do promises, unless they go where nothing may be used.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, ThingNotFound, extracted
from stockroom.ledger import allocations
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.allocations import Promise
from stockroom.ledger.deviations import Broke, write_broken
from stockroom.ledger.lost_promises import (
    Standing,
    left_after,
    lose_all,
    lose_beyond,
    lose_those_of_others,
    standing_at,
    taken_from,
)
from stockroom.ledger.lot_followers import hand_over_promise
from stockroom.ledger.placings import write_placing
from stockroom.ledger.post import OccursInFuture, post
from stockroom.models import Container, Location, Lot
from stockroom.reads.beginnings import OpenedOnlyLater, before_arrival
from stockroom.reads.containers_placed import opening_of, stands_where
from stockroom.reads.finding import many_by_uid, one_by_uid
from stockroom.reads.fridges import LeftFridge, leave_the_fridge, shorten_mixtures
from stockroom.reads.late_placings import PlacedLate, write_wrong_draws
from stockroom.reads.lateness import broken_by_lateness
from stockroom.reads.locations import shelves_by_uid
from stockroom.reads.standing_vials import limit_there
from stockroom.reads.vial_patients import dedication
from stockroom.rules import allocating
from stockroom.rules.expiry import COLD
from stockroom.rules.posting import Draft, Line
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import UNUSABLE_KINDS, Action, MovementKind, Rule

Place = tuple[int, int]
"""A lot and the location where it lies: (lot_id, location_id)."""


@dataclass(eq=False, kw_only=True)
class ContainerNotOpen(Refused):
    """A container that was finished or thrown away stands nowhere."""

    code: ClassVar[str] = "container_not_open"
    message: ClassVar[str] = extracted("Container {container} is {state}. Check the code on it.")
    container: str
    state: str


@dataclass(frozen=True, kw_only=True)
class MoveLine:
    lot_uid: str
    from_uid: str
    quantity: int
    """Base units; whole presentations."""


@dataclass(frozen=True, kw_only=True)
class MoveGoods:
    """Goods that were put from shelves to one place."""

    to_uid: str
    lines: tuple[MoveLine, ...]
    reason: str = ""
    happened_at: datetime | None = None
    """When they really were put there: recorded late."""
    late_reason: str = ""
    """Why it was not booked then."""


@dataclass(frozen=True, kw_only=True)
class GoodsMoved:
    movement_uid: str
    lost_allocation_uids: tuple[str, ...]
    """Promises that ended because the goods went where nothing may be used."""
    broken_rules: tuple[str, ...] = ()
    """Of a move recorded late: each is a deviation that a second person signs."""
    shortened: tuple[str, ...] = ()
    """Lots of cocktails that may be used for less long, because they were taken out of a fridge."""


@dataclass(frozen=True, kw_only=True)
class PlaceContainer:
    """An opened container that was put somewhere else."""

    container_uid: str
    to_uid: str
    session_uid: str | None = None
    """For whose session: a vial that comes to serve one patient is hers."""
    happened_at: datetime | None = None
    """When it really was put there: recorded late."""
    late_reason: str = ""
    """Why it was not written down then."""


@dataclass(frozen=True, kw_only=True)
class ContainerPlaced:
    container_uid: str
    stands_in_uid: str
    beyond_use_at: datetime | None = None
    """Its limit, which is earlier than it was where it keeps for less long."""
    serves_one: bool = False
    """It was for several patients, and from then on serves one only."""
    broken_rules: tuple[str, ...] = ()
    """Of a placing recorded late: each is a deviation that a second person signs."""


def move_goods(store: Store, command: MoveGoods, *, actor: Actor, key: str, now: datetime) -> GoodsMoved:
    """Move whole presentations from shelves to one place of the clinic: one movement TRANSFER.

    A cocktail that leaves the fridge keeps no longer than it does elsewhere, counted from its beginning, all of it.
    Holds on the goods cover them where they arrive.  What is promised of them and no longer fits where
    they lay is promised where they arrive; in quarantine and returns it is lost, with an alert.
    A move that has already happened (`happened_at`, with a `late_reason`) is recorded late, at its time.
    Raises ThingNotFound, NotAShelf, LocationClosed, MoveNotAllowed, LineImpossible, PartOfPresentation,
    NotEnoughOnHand, InvalidValue, OccursInFuture.
    """
    return perform(
        store,
        Act(kind="goods.move", action=_action(command)),
        command=command,
        body=lambda work: _move(work, command),
        answer=GoodsMoved,
        actor=actor,
        key=key,
        now=now,
    )


def place_container(
    store: Store, command: PlaceContainer, *, actor: Actor, key: str, now: datetime
) -> ContainerPlaced:
    """Put an opened container somewhere else; no stock moves, for the container is itself the place.

    Its limit is shortened to its in-use life where it stands now, counted from its opening; a place
    where it would keep longer gives nothing back.  A vial for several patients that comes into a treatment
    room serves one from then on, where the clinic says so (`reads.vial_patients.dedication`).
    A placing that has already happened (`happened_at`, with a `late_reason`) is recorded late, also of a container
    that has ended since; it stands where it was put last.  What was drawn from it meanwhile, and broke a rule as is
    known only now, becomes a deviation with an alert (`reads.late_placings`).
    Raises ThingNotFound, ContainerNotOpen, NotAShelf, LocationClosed, OpenedOnlyLater, InvalidValue, OccursInFuture.
    """
    return perform(
        store,
        Act(kind="container.place", action=_action(command)),
        command=command,
        body=lambda work: _place(work, command),
        answer=ContainerPlaced,
        actor=actor,
        key=key,
        now=now,
    )


def _action(command: MoveGoods | PlaceContainer) -> Action:
    return Action.TRANSFER if command.happened_at is None else Action.RECORD_LATE


def _happened_at(work: Work, command: MoveGoods | PlaceContainer) -> datetime:
    if command.happened_at is None:
        return work.now
    if command.happened_at > work.now:
        raise OccursInFuture(occurred_at=command.happened_at)
    if not command.late_reason.strip():
        raise InvalidValue(field="late_reason", problem="write why it is recorded only now")
    check_text("late_reason", command.late_reason.strip(), may_break=True)
    return command.happened_at


def _move(work: Work, command: MoveGoods) -> GoodsMoved:
    check_text("reason", command.reason.strip(), may_break=True)
    at = _happened_at(work, command)
    if not command.lines:
        raise InvalidValue(field="lines", problem="one line at least")
    target = shelves_by_uid(work.connection, work.clinic_id, [command.to_uid])[command.to_uid]
    lines = _lines(work, command, target.id)
    taken = taken_from(lines)
    left = left_after(work, taken)
    lost: tuple[str, ...] = ()
    moving: list[tuple[Standing, int]] = []
    if target.kind in UNUSABLE_KINDS:
        lost = lose_beyond(work, left, cause="moved")
    else:
        moving, lost = _take_promises_along(work, left, taken)
    posted = post(
        work,
        Draft(
            kind=MovementKind.TRANSFER,
            lines=lines,
            occurred_at=at,
            document_kind="move",
            reason=": ".join(filter(None, (command.reason.strip(), command.late_reason.strip()))),
            is_recorded_late=command.happened_at is not None,
        ),
    )
    for standing, quantity in moving:
        anew = allocations.allocate(work, _promise(standing, target.id, quantity))
        hand_over_promise(work, old_id=standing.promised.allocation_id, anew=anew)
    late_reason = "" if command.happened_at is None else command.late_reason.strip()
    left_fridge = LeftFridge()
    if target.storage_class not in COLD:
        moved = {line.lot_id for line in lines}
        left_fridge = leave_the_fridge(work, moved, at=at, late_reason=late_reason)
    shortened = left_fridge.shortened
    work.payload.update(to=command.to_uid, lost=lost, **({"shortened": shortened} if shortened else {}))
    broke = () if command.happened_at is None else _broke(work, lines, at)
    write_broken(work, posted.movement_id, posted.uid, broke, reason=late_reason)
    also = [Rule.BEYOND_USE] if left_fridge.late_uses else []
    rules = tuple(dict.fromkeys(rule.value for rule in (*(each.rule for each in broke), *also)))
    return GoodsMoved(
        movement_uid=posted.uid, lost_allocation_uids=lost, broken_rules=rules, shortened=shortened
    )


def _broke(work: Work, lines: Iterable[Line], at: datetime) -> tuple[Broke, ...]:
    """What a move breaks that is written down only now; moving itself is always allowed (L8)."""
    lot_ids = list(dict.fromkeys(line.lot_id for line in lines))
    late = broken_by_lateness(work.connection, work.clinic_id, at, now=work.now)
    dated = before_arrival(work.connection, work.clinic_id, lot_ids, at=at)
    broken = [*((rule, lot_id) for rule in late for lot_id in lot_ids), *dated]
    return tuple(Broke(rule=rule, lot_id=lot_id) for rule, lot_id in broken)


def _lines(work: Work, command: MoveGoods, to_id: int) -> tuple[Line, ...]:
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
    return tuple(
        Line(
            lot_id=lots[line.lot_uid].id,
            from_id=places[line.from_uid].id,
            to_id=to_id,
            quantity=line.quantity,
        )
        for line in command.lines
    )


def _take_promises_along(
    work: Work, left: dict[Place, int], taken: dict[Place, int]
) -> tuple[list[tuple[Standing, int]], tuple[str, ...]]:
    """End what no longer fits where it was promised; say what to promise where the goods go, and what is lost.

    An open cocktail's promise lies at one place: where only a part of it goes, it is lost, with an alert.
    """
    by_place: dict[Place, list[Standing]] = {}
    for each in standing_at(work, left):
        by_place.setdefault((each.promised.lot_id, each.promised.location_id), []).append(each)
    moving: list[tuple[Standing, int]] = []
    torn: list[Standing] = []
    for place, standing in by_place.items():
        by_id = {each.promised.allocation_id: each for each in standing}
        room = taken[place]
        for ending in allocating.lose(left[place], map(_as_rule, standing)):
            each = by_id[ending.allocation_id]
            if ending.let_go > room:
                torn.append(each)
                continue
            room -= ending.let_go
            allocations.release(work, each.promised)
            if ending.remainder:
                allocations.allocate(work, _promise(each, place[1], ending.remainder))
            moving.append((each, ending.let_go))
    return moving, lose_all(work, torn, cause="moved")


def _as_rule(standing: Standing) -> allocating.Allocation:
    return allocating.Allocation(
        allocation_id=standing.promised.allocation_id,
        quantity=standing.promised.quantity,
        planned_at=standing.planned_at,
    )


def _promise(standing: Standing, location_id: int, quantity: int) -> Promise:
    return Promise(
        lot_id=standing.promised.lot_id,
        lot_number=standing.lot_number,
        location_id=location_id,
        quantity=quantity,
        session_id=standing.session_id,
        preparation_id=standing.preparation_id,
    )


def _place(work: Work, command: PlaceContainer) -> ContainerPlaced:
    at = _happened_at(work, command)
    container = _open_container(work, command, at)
    target = shelves_by_uid(work.connection, work.clinic_id, [command.to_uid])[command.to_uid]
    limit = limit_there(work.connection, container, target.storage_class)
    write_placing(
        work, container.location_id, target.id, placed_at=at, late_reason=command.late_reason.strip()
    )
    hers = dedication(
        work.connection,
        work.clinic_id,
        container=container,
        place=target.kind,
        session_uid=command.session_uid,
        at=at,
    )
    whose = {} if hers is None else {"one_patient_since": hers.since, "patient_id": hers.patient_id}
    stands_in = stands_where(work.connection, work.clinic_id, container.location_id)
    work.connection.execute(
        update(Container)
        .where(Container.clinic_id == work.clinic_id, Container.location_id == container.location_id)
        .values(stands_in_id=stands_in.id, beyond_use_at=limit, **whose)
    )
    if hers is not None and hers.patient_id is not None:
        lot_id, place_id = container.lot_id, container.location_id
        lose_those_of_others(work, lot_id, place_id, patient_id=hers.patient_id)
    mixtures = shorten_mixtures(work, container.lot_id) if limit != container.beyond_use_at else {}
    work.payload.update(container=command.container_uid, stands_in=stands_in.uid, beyond_use_at=limit)
    work.payload.update({} if hers is None else {"serves_one_since": hers.since})
    rules: tuple[Rule, ...] = ()
    if command.happened_at is not None:
        work.payload.update(put_in=command.to_uid, placed_at=at)
        placed = PlacedLate(
            container=container, kind=target.kind, at=at, limit=limit, mixtures=mixtures, hers=hers
        )
        rules = _broken_late(work, command, placed)
    return ContainerPlaced(
        container_uid=command.container_uid,
        stands_in_uid=stands_in.uid,
        beyond_use_at=limit,
        serves_one=hers is not None,
        broken_rules=tuple(rule.value for rule in rules),
    )


def _broken_late(work: Work, command: PlaceContainer, placed: PlacedLate) -> tuple[Rule, ...]:
    """What a placing breaks that is written down only now: by being late, which stands on the movement that opened
    the container, and by what was drawn from it meanwhile.
    """
    reason, container = command.late_reason.strip(), placed.container
    late = broken_by_lateness(work.connection, work.clinic_id, placed.at, now=work.now)
    rules = [rule for rule in late if rule is Rule.BEYOND_WINDOW]  # no line is posted into closed books
    opening = opening_of(work.connection, work.clinic_id, container.location_id)
    broke = [Broke(rule=rule, lot_id=container.lot_id) for rule in rules]
    write_broken(work, opening.id, opening.uid, broke, reason=reason, container=command.container_uid)
    return (*rules, *write_wrong_draws(work, placed, reason=reason))


def _open_container(work: Work, command: PlaceContainer, at: datetime) -> Row[Any]:
    """The container, which was open then.  Raises ThingNotFound, ContainerNotOpen, InvalidValue."""
    uid = command.container_uid
    location = one_by_uid(work.connection, Location, uid, thing="container", clinic_id=work.clinic_id)
    container = work.connection.execute(
        select(Container.__table__).where(
            Container.clinic_id == work.clinic_id, Container.location_id == location.id
        )
    ).one_or_none()
    if container is None:
        raise ThingNotFound(thing="container", uid=uid)
    if at < container.opened_at:
        raise OpenedOnlyLater(container=container.short_code, opened_at=container.opened_at)
    if container.closed_at is not None and (command.happened_at is None or container.closed_at <= at):
        raise ContainerNotOpen(container=container.short_code, state=container.state)
    return container
