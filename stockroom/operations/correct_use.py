"""How is a use put right?  Wrong patient, session, quantity or area, in one act and without a second scan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, select

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger import recall_holding
from stockroom.ledger.accounts import accounts
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.deviations import DEVIATION_UNSIGNED, Broke, Raised, raise_alerts, write_deviations
from stockroom.ledger.post import Posted, post
from stockroom.ledger.reversals import make_room, post_reversal, settle_containers
from stockroom.ledger.usages import UsageOf, write_usages
from stockroom.models import ReferenceItem, TreatmentSession
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.finding import one_by_uid
from stockroom.reads.movements import booked_movement
from stockroom.reads.patients import patient_facts
from stockroom.reads.things import Asker, Where, things
from stockroom.reads.usages import usages_by_line
from stockroom.reads.vial_slack import NO_SLACK, more_than_held, slack_of
from stockroom.rules.booked import BookedLine, BookedMovement
from stockroom.rules.correcting_uses import Part, UsePart, beyond_books, corrected, corrected_areas
from stockroom.rules.permissions import require_reversal
from stockroom.rules.posting import Draft, Line, reversal_lines
from stockroom.rules.receiving import check_text
from stockroom.rules.usability import Purpose, broken_rules
from stockroom.rules.using import AreaUse
from stockroom.vocabulary import (
    CLOSED_SESSION_STATES,
    SHELF_KINDS,
    Action,
    Joined,
    LocationKind,
    MovementKind,
    Rule,
    SessionState,
)

_PARTS = {LocationKind.PATIENT: Part.USED, LocationKind.DISPOSAL: Part.REMAINDER}
_NOBODY_CAME = frozenset({SessionState.CANCELLED, SessionState.DID_NOT_COME})
_OF_THE_PATIENT = frozenset(
    {Rule.ALLERGY, Rule.CONTRAINDICATED, Rule.CAUTION, Rule.ALLERGY_NOT_ASKED, Rule.OTHER_PATIENT}
)


@dataclass(eq=False, kw_only=True)
class NobodyCame(Refused):
    """Nothing was used in a session that did not take place."""

    code: ClassVar[str] = "nobody_came"
    message: ClassVar[str] = extracted(
        "Session {session_uid} is {state}: nobody was treated in it. Choose the session in which it was used."
    )
    session_uid: str
    state: str


@dataclass(frozen=True, kw_only=True)
class CorrectedLine:
    """A line to the patient as it should have been."""

    n: int
    """Its number in the movement."""
    quantity: int | None = None
    """Base units; as booked when None."""
    areas: tuple[AreaUse, ...] | None = None
    """As booked when None; the only area follows a changed quantity."""


@dataclass(frozen=True, kw_only=True)
class CorrectUse:
    """What was wrong about a use: in whose session, how much, or where."""

    movement_uid: str
    reason: str
    session_uid: str | None = None
    """The session in which it really was used, which may be another patient's."""
    lines: tuple[CorrectedLine, ...] = ()
    overfill_reason: str = ""
    """Why more came out of a vial than its label and its usual overfill explain."""


@dataclass(frozen=True, kw_only=True)
class UseCorrected:
    reversal_uid: str
    movement_uid: str
    """The use as it stands now."""
    broken_rules: tuple[str, ...]
    """What the right patient should not have got: deviations for a second person to sign."""
    lost_allocation_uids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Session:
    id: int
    uid: str
    patient_id: int


def correct_use(store: Store, command: CorrectUse, *, actor: Actor, key: str, now: datetime) -> UseCorrected:
    """Reverse what still stands of a use and post it as it really was, keeping when it occurred.

    All lines of the movement are replaced, so that one movement tells the whole use; what is known of
    each use (technique, scan, serial …) is copied.  Where a single dose came from a shelf, its remainder
    is reckoned anew.  A correction records what has happened: it is not refused for an allergy or a
    vial of somebody else, but each is a deviation, with an alert.  What came out of a vial beyond what the books have
    in it is its overfill.
    Raises ThingNotFound, InvalidValue, NotAUse, NobodyCame, AlreadyReversed, GoodsMovedOn (less is there than was
    really used), MoreThanTheVialHeld where nobody says why it was so much, PartOfPresentation, ActionForbidden,
    NotYoursToReverse.
    """
    if not command.reason.strip():
        raise InvalidValue(field="reason", problem="say what was wrong")
    check_text("overfill_reason", command.overfill_reason.strip(), may_break=True)
    if command.session_uid is None and not command.lines:
        raise InvalidValue(field="lines", problem="say what is to be corrected")
    return perform(
        store,
        Act(kind="use.correct", action=Action.CORRECT),
        command=command,
        body=lambda work: _correct(work, command),
        answer=UseCorrected,
        actor=actor,
        key=key,
        now=now,
    )


def _correct(work: Work, command: CorrectUse) -> UseCorrected:
    wrong = booked_movement(work.connection, work.clinic_id, command.movement_uid).standing_use()
    session = _session(work, command, wrong)
    _check_author(work, wrong)
    _check_areas(work, command)
    numbers = {line.line_id: line.n for line in wrong.lines}
    known = usages_by_line(work.connection, work.clinic_id, numbers)
    usages = {numbers[line_id]: usage for line_id, usage in known.items()}
    parts = _right_parts(work, wrong, command)
    why = "; ".join(filter(None, (command.reason, command.overfill_reason.strip())))
    right = _draft(wrong, parts, session, why)
    turned = reversal_lines(wrong.uid, [line.posted for line in wrong.lines])
    lost = make_room(work, [*turned, *right.lines])
    back = post_reversal(work, turned, of_id=wrong.movement_id, of_uid=wrong.uid, reason=command.reason)
    posted = post(work, right)
    _write_usages(work, wrong, command, parts, usages, posted)
    settle_containers(work, {line.from_id for line in wrong.lines})
    recall_holding.join_uses(work, joined=Joined.CORRECTED)
    broken = _deviations(work, wrong, session, posted, command.reason)
    work.payload.update(corrects=wrong.uid, session=session.uid, broken_rules=broken, lost_allocations=lost)
    return UseCorrected(
        reversal_uid=back.uid, movement_uid=posted.uid, broken_rules=broken, lost_allocation_uids=lost
    )


def _session(work: Work, command: CorrectUse, wrong: BookedMovement) -> _Session:
    if command.session_uid is None:
        session_id = next(line.session_id for line in wrong.lines if line.session_id is not None)
        row: Row[Any] = work.connection.execute(
            select(TreatmentSession.__table__).where(
                TreatmentSession.clinic_id == work.clinic_id, TreatmentSession.id == session_id
            )
        ).one()
    else:
        row = one_by_uid(
            work.connection,
            TreatmentSession,
            command.session_uid,
            thing="session",
            clinic_id=work.clinic_id,
        )
    if row.state in _NOBODY_CAME:
        raise NobodyCame(session_uid=row.uid, state=row.state)
    if row.state in CLOSED_SESSION_STATES and not work.actor.is_system:
        require_reversal(work.roles, is_own=False, is_use=True)
    return _Session(id=row.id, uid=row.uid, patient_id=row.patient_id)


def _check_author(work: Work, wrong: BookedMovement) -> None:
    if work.actor.is_system:
        return
    is_own = wrong.actor_id == work.actor.person_id
    if any(line.is_in_closed_session for line in wrong.lines):
        is_own = False
    require_reversal(work.roles, is_own=is_own, is_use=True)


def _check_areas(work: Work, command: CorrectUse) -> None:
    """Raise InvalidValue for an area that the reference data do not have."""
    said = {area.area for line in command.lines for area in line.areas or ()}
    known = select(ReferenceItem.slug).where(ReferenceItem.kind == "areas", ReferenceItem.slug.in_(said))
    unknown = said - set(work.connection.execute(known).scalars()) if said else said
    if unknown:
        raise InvalidValue(field="areas", problem=f"{min(unknown)[:40]} is not in the list")


def _right_parts(work: Work, wrong: BookedMovement, command: CorrectUse) -> tuple[UsePart, ...]:
    said = {each.n: each for each in command.lines}
    if len(said) != len(command.lines):
        raise InvalidValue(field="lines", problem="name each line at most once")
    booked = {line.n: line.quantity for line in wrong.lines}
    quantities = {n: booked.get(n, 0) if each.quantity is None else each.quantity for n, each in said.items()}
    places = accounts(work, LocationKind.DISPOSAL, LocationKind.ADJUSTMENT)
    parts = [_part(line) for line in wrong.lines]
    lying = _lying(work, command, parts, quantities)
    return corrected(
        parts,
        quantities,
        disposal_id=places[LocationKind.DISPOSAL],
        adjustment_id=places[LocationKind.ADJUSTMENT],
        lying=lying,
    )


def _lying(
    work: Work, command: CorrectUse, parts: Sequence[UsePart], quantities: Mapping[int, int]
) -> dict[int, int]:
    """What is left now in each vial of which more was drawn; without those whose overfill does not explain it, so
    that what lacks there is refused.  Asked only where more was drawn than was booked.

    Raises MoreThanTheVialHeld.
    """
    more = {
        each.from_id
        for each in parts
        if each.part is Part.USED and not each.at_shelf and quantities.get(each.n, 0) > each.quantity
    }
    if not more:
        return {}
    seen = things(work.connection, work.clinic_id, Where(location_ids=more), with_empty=True)
    lying = {each.location_id: each.quantity for each in seen}
    beyond = beyond_books(parts, quantities, lying)
    slack = slack_of(
        work.connection,
        work.clinic_id,
        [each for each in seen if each.location_id in beyond],
        also_ended=True,
    )
    for thing in seen:
        lacks, room = beyond.get(thing.location_id, 0), slack.get(thing.location_id, NO_SLACK)
        if lacks > room.most:
            del lying[thing.location_id]
        elif lacks > room.within and not command.overfill_reason.strip():
            raise more_than_held(thing, room, wanted=lacks)
    return lying


def _part(line: BookedLine) -> UsePart:
    part = _PARTS.get(line.to_kind, Part.OVERFILL)
    return UsePart(
        n=line.n,
        part=part,
        lot_id=line.lot_id,
        from_id=line.from_id,
        to_id=line.to_id,
        quantity=line.quantity,
        content_quantity=line.content_quantity,
        at_shelf=line.from_kind in SHELF_KINDS,
    )


def _draft(wrong: BookedMovement, parts: tuple[UsePart, ...], session: _Session, reason: str) -> Draft:
    return Draft(
        kind=MovementKind.CORRECT,
        lines=tuple(
            Line(
                lot_id=each.lot_id,
                from_id=each.from_id,
                to_id=each.to_id,
                quantity=each.quantity,
                session_id=session.id if each.part is Part.USED else None,
            )
            for each in parts
        ),
        occurred_at=wrong.occurred_at,
        document_kind=wrong.document_kind,
        document_uid=session.uid,
        reason=reason,
        replaces_movement_id=wrong.first_id,
        is_recorded_late=True,
    )


def _write_usages(
    work: Work,
    wrong: BookedMovement,
    command: CorrectUse,
    parts: tuple[UsePart, ...],
    usages: dict[int, UsageOf],
    posted: Posted,
) -> None:
    said = {each.n: each.areas for each in command.lines}
    booked = {line.n: line.quantity for line in wrong.lines}
    line_ids, right = [], []
    for line_id, each in zip(posted.line_ids, parts, strict=True):
        if each.part is not Part.USED:
            continue
        areas = corrected_areas(
            each.quantity,
            booked_quantity=booked[each.n],
            said=said.get(each.n),
            booked=usages[each.n].areas,
        )
        line_ids.append(line_id)
        right.append(replace(usages[each.n], areas=areas))
    write_usages(work, posted, line_ids, right)


def _deviations(
    work: Work, wrong: BookedMovement, session: _Session, posted: Posted, reason: str
) -> tuple[str, ...]:
    """Write down what the right patient should not have got; nothing where the patient is the same."""
    if all(line.patient_id in (None, session.patient_id) for line in wrong.lines):
        return ()
    patient = patient_facts(work.connection, work.clinic_id, [session.patient_id])[session.patient_id]
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    used = {(line.lot_id, line.from_id) for line in wrong.lines if line.to_kind is LocationKind.PATIENT}
    seen = things(
        work.connection,
        work.clinic_id,
        Where(pairs=used),
        asker=Asker(patient_id=patient.patient_id),
        with_empty=True,
    )
    broken = [
        each
        for thing in seen
        for each in broken_rules(
            thing,
            now=wrong.occurred_at,
            today=civil_date(wrong.occurred_at, zone),
            purpose=Purpose.USE,
            patient=patient,
            has_prescriber=True,
        )
        if each.rule in _OF_THE_PATIENT
    ]
    if not broken:
        return ()
    broke = [Broke(rule=each.rule, lot_id=each.thing.lot_id) for each in broken]
    write_deviations(work, posted.movement_id, broke, reason=reason, was_asked=False)
    rules = tuple(sorted({each.rule.value for each in broken}))
    facts = {"session": session.uid, "rules": rules}
    raise_alerts(
        work,
        [Raised(kind=DEVIATION_UNSIGNED, subject_kind="movement", subject_uid=posted.uid, facts=facts)],
    )
    return rules
