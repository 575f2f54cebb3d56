"""How is a booking taken back?  By a movement of its whole lines, turned round, each at most once (L3)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.order_rows import owe_again
from stockroom.ledger.reversals import make_room, post_reversal, settle_containers, take_back_drawings
from stockroom.reads.movements import booked_movement, standing_for
from stockroom.rules.booked import BookedMovement
from stockroom.rules.permissions import require_reversal
from stockroom.rules.posting import AlreadyReversed, reversal_lines
from stockroom.vocabulary import Action, MovementKind

_WHOLE_ONLY = frozenset({MovementKind.PREPARE, MovementKind.OPEN, MovementKind.ABANDON})
_STAYS = {
    MovementKind.REVERSE: "a reversal; book again what should have stayed",
    MovementKind.DISPATCH: "a dispatch; let the other clinic book its arrival, or that nothing came",
    MovementKind.ARRIVE: "an arrival; count the place, or send the goods back",
}


@dataclass(eq=False, kw_only=True)
class MovementStays(Refused):
    """Movements of this kind are answered by another act."""

    code: ClassVar[str] = "movement_stays"
    message: ClassVar[str] = extracted("This cannot be taken back: it is {what}.")
    movement_uid: str
    kind: str
    what: str


@dataclass(eq=False, kw_only=True)
class WholeMovementOnly(Refused):
    """A cocktail, an opening: either all of it happened or none."""

    code: ClassVar[str] = "whole_movement_only"
    message: ClassVar[str] = extracted(
        "A movement of kind {kind} is taken back whole. Leave out the line numbers."
    )
    movement_uid: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Reverse:
    """A movement, or some of its whole lines, that should not have been booked."""

    movement_uid: str
    reason: str
    line_numbers: tuple[int, ...] = ()
    """Empty: every line that was not taken back before."""


@dataclass(frozen=True, kw_only=True)
class Reversed:
    movement_uid: str
    """The reversal."""
    line_numbers: tuple[int, ...]
    lost_allocation_uids: tuple[str, ...]


def reverse(store: Store, command: Reverse, *, actor: Actor, key: str, now: datetime) -> Reversed:
    """Take back a movement, or whole lines of it; balances follow.

    Whoever booked it may, and for a use only until its session is finished; else a practitioner, or for
    what is no use also a manager (`rules.permissions.require_reversal`).  Held and recalled goods go
    back too: the hold goes with them.  What was promised of goods that go is lost, with an alert.

    A vial whose opening is taken back was never open: its container is discarded, empty.  A vial that
    holds something again is open again.  A cocktail is taken back only while it lies whole where it was
    put: its record stays finished and its lot stays, empty, so that its label still says what it was.
    What an order had of a receipt is owed again.
    Raises ThingNotFound, InvalidValue, MovementStays, WholeMovementOnly, AlreadyReversed, GoodsMovedOn
    (something was used of a receipt), PartOfPresentation (L13), ContainerNotEmpty,
    CodeOnAnotherContainer, ActionForbidden, NotYoursToReverse.
    """
    if not command.reason.strip():
        raise InvalidValue(field="reason", problem="say why it is taken back")
    return perform(
        store,
        Act(kind="movement.reverse", action=Action.REVERSE),
        command=command,
        body=lambda work: _reverse(work, command),
        answer=Reversed,
        actor=actor,
        key=key,
        now=now,
    )


def _reverse(work: Work, command: Reverse) -> Reversed:
    movement = booked_movement(work.connection, work.clinic_id, command.movement_uid)
    _check(work, movement, command.line_numbers)
    parts = _parts(work, movement, command.line_numbers)
    _check_author(work, movement, parts)
    turned = [(each, reversal_lines(each.uid, [line.posted for line in each.lines])) for each in parts]
    lost = make_room(work, [line for _, lines in turned for line in lines])
    posted = [
        post_reversal(work, lines, of_id=each.movement_id, of_uid=each.uid, reason=command.reason)
        for each, lines in turned
    ]
    if movement.first_kind is MovementKind.RECEIVE:
        owe_again(work, [line.reverses_line_id for _, lines in turned for line in lines])
    taken_back = [line for each in parts for line in each.lines]
    opened = {line.to_id for line in taken_back} if movement.first_kind is MovementKind.OPEN else set()
    touched = {place for line in taken_back for place in (line.from_id, line.to_id)}
    settle_containers(work, touched, closed_again=opened)
    is_abandonment = movement.first_kind is MovementKind.ABANDON
    take_back_drawings(work, [line for _, lines in turned for line in lines], thrown_away=is_abandonment)
    numbers = tuple(line.n for line in taken_back)
    work.payload.update(reverses=movement.uid, lines=numbers, lost_allocations=lost)
    return Reversed(movement_uid=posted[0].uid, line_numbers=numbers, lost_allocation_uids=lost)


def _check(work: Work, movement: BookedMovement, numbers: tuple[int, ...]) -> None:
    kind = movement.first_kind
    if kind in _STAYS:
        raise MovementStays(movement_uid=movement.uid, kind=kind.value, what=_STAYS[kind])
    if movement.first_kind in _WHOLE_ONLY and numbers:
        raise WholeMovementOnly(movement_uid=movement.uid, kind=kind.value)
    if len(set(numbers)) != len(numbers):
        raise InvalidValue(field="line_numbers", problem="name each line once")
    for number in numbers:
        if number not in {each.n for each in movement.lines}:
            raise InvalidValue(field="line_numbers", problem=f"the movement has no line {number}")


def _parts(work: Work, movement: BookedMovement, numbers: tuple[int, ...]) -> tuple[BookedMovement, ...]:
    """The movement with the lines to be taken back; where a lot in it was corrected, its corrections too."""
    if numbers:
        named = tuple(each for each in movement.lines if each.n in numbers)
        return (replace(movement, lines=named),)
    of_first: tuple[BookedMovement, ...] = (movement,)
    if movement.first_kind in _WHOLE_ONLY and any(each.is_reversed for each in movement.lines):
        of_first = standing_for(work.connection, work.clinic_id, movement.first_id)
    parts = tuple(each.standing for each in of_first)
    if not any(each.lines for each in parts):
        raise AlreadyReversed(movement=movement.uid)
    return tuple(each for each in parts if each.lines)


def _check_author(work: Work, movement: BookedMovement, parts: tuple[BookedMovement, ...]) -> None:
    if work.actor.is_system:
        return
    is_own = movement.actor_id == work.actor.person_id
    if movement.is_use and any(line.is_in_closed_session for each in parts for line in each.lines):
        is_own = False
    require_reversal(work.roles, is_own=is_own, is_use=movement.is_use)
