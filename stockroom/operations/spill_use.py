"""What when something was booked as used, and broke or was spilled before it reached the patient?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.disposals import Document, throw_away
from stockroom.ledger.reversals import make_room, post_reversal, settle_containers
from stockroom.reads.movements import booked_movement
from stockroom.reads.things import NOBODY, Where, things
from stockroom.rules.booked import BookedLine, BookedMovement, NotAUse
from stockroom.rules.permissions import require_spill
from stockroom.rules.posting import AlreadyReversed, reversal_lines
from stockroom.rules.usability import Thing
from stockroom.vocabulary import Action, DisposalReason, LocationKind, MovementKind

ACCIDENTS = frozenset({DisposalReason.BROKEN, DisposalReason.SPILLED, DisposalReason.CONTAMINATED})


@dataclass(frozen=True, kw_only=True)
class SpillUse:
    """A use that never reached the patient."""

    movement_uid: str
    reason: DisposalReason
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class UseSpilled:
    reversal_uid: str
    movement_uid: str
    """The disposal."""


def spill_use(store: Store, command: SpillUse, *, actor: Actor, key: str, now: datetime) -> UseSpilled:
    """Take a use back and throw away what it had drawn, in one act.

    The vial stays as drawn from, so that its punctures count.  Until its session is finished whoever may use
    things may say so, whoever booked the use; afterwards a practitioner (`rules.permissions.require_spill`).
    Raises ThingNotFound, InvalidValue for a reason that is no accident, NotAUse, AlreadyReversed,
    ActionForbidden, NotYoursToReverse.
    """
    if command.reason not in ACCIDENTS:
        raise InvalidValue(field="reason", problem="it broke, was spilled or was contaminated")
    return perform(
        store,
        Act(kind="use.spill", action=Action.DISPOSE),
        command=command,
        body=lambda work: _spill(work, command),
        answer=UseSpilled,
        actor=actor,
        key=key,
        now=now,
    )


def _spill(work: Work, command: SpillUse) -> UseSpilled:
    booked = booked_movement(work.connection, work.clinic_id, command.movement_uid)
    if not booked.is_use or booked.kind is MovementKind.REVERSE:
        raise NotAUse(movement_uid=booked.uid)
    standing = booked.standing
    if not any(line.to_kind is LocationKind.PATIENT for line in standing.lines):
        raise AlreadyReversed(movement=booked.uid)
    _check_may(work, standing)
    turned = reversal_lines(booked.uid, [line.posted for line in standing.lines])
    make_room(work, turned)
    back = post_reversal(
        work, turned, of_id=booked.movement_id, of_uid=booked.uid, reason=command.reason.value
    )
    thrown = throw_away(
        work,
        _taken(work, standing.lines),
        reason=command.reason,
        note=command.note,
        document=Document(kind="session", uid=booked.document_uid),
    )
    settle_containers(work, {line.from_id for line in standing.lines})
    work.payload.update(reverses=booked.uid)
    return UseSpilled(reversal_uid=back.uid, movement_uid=thrown.posted.uid)


def _check_may(work: Work, booked: BookedMovement) -> None:
    if not work.actor.is_system:
        require_spill(
            work.roles,
            is_own=booked.actor_id == work.actor.person_id,
            is_over=any(line.is_in_closed_session for line in booked.lines),
        )


def _taken(work: Work, lines: Iterable[BookedLine]) -> list[tuple[Thing, int]]:
    """What the books of each place gave: what was found beyond the label is gone as it came."""
    drawn: dict[tuple[int, int], int] = {}
    for line in lines:
        if line.from_kind is LocationKind.ADJUSTMENT:
            key, sign = (line.lot_id, line.to_id), -1
        else:
            key, sign = (line.lot_id, line.from_id), 1
        drawn[key] = drawn.get(key, 0) + sign * line.quantity
    seen = things(work.connection, work.clinic_id, Where(pairs=set(drawn)), asker=NOBODY, with_empty=True)
    return [(thing, left) for thing in seen if (left := drawn[thing.lot_id, thing.location_id]) > 0]
