"""How is a recall closed by a second person, opened again, and when may what it held be used again?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import Conflict, Forbidden, InvalidValue, NeedsOverride, extracted
from stockroom.ledger import recall_holding, recall_rows
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.recall_holding import CaseNamed
from stockroom.models import RecallStep
from stockroom.reads.authorised import require_authorised
from stockroom.reads.clinics import every_clinic
from stockroom.reads.recall_cases import Case, any_case, covered_numbers, open_case
from stockroom.reads.recall_left import PatientsLeft, patients_left, stock_left
from stockroom.rules.holding import check_releasing_role
from stockroom.rules.overriding import Override
from stockroom.vocabulary import Action, HoldReason, RecallState, RecallStepKind, Role

REASON_MAX = 2_000


@dataclass(eq=False, kw_only=True)
class OwnRecall(Forbidden):
    """Whoever opened a recall does not close it."""

    code: ClassVar[str] = "own_recall"
    message: ClassVar[str] = extracted(
        "You opened recall R-{number}. Somebody else closes it, after looking at what is still open."
    )
    case_uid: str
    number: int


@dataclass(eq=False, kw_only=True)
class PatientsNotTold(NeedsOverride):
    """Patients on the list were not told, and nobody says why."""

    code: ClassVar[str] = "patients_not_told"
    message: ClassVar[str] = extracted(
        "{untold} of {patients} patients on the list were not told yet. Write down why the recall is closed all "
        "the same."
    )
    untold: int
    patients: int


@dataclass(eq=False, kw_only=True)
class StockNotAccountedFor(NeedsOverride):
    """Something of what is recalled still lies there, is on its way or is missing, and nobody says why."""

    code: ClassVar[str] = "stock_not_accounted_for"
    message: ClassVar[str] = extracted(
        "Some of what is recalled still lies in a clinic, is on its way, or was missing at a count. Return it or "
        "destroy it, or write down why the recall is closed all the same."
    )


@dataclass(eq=False, kw_only=True)
class RecallNotClosed(Conflict):
    """Only what was closed is opened again."""

    code: ClassVar[str] = "recall_not_closed"
    message: ClassVar[str] = extracted("Recall R-{number} is open.")
    case_uid: str
    number: int


@dataclass(eq=False, kw_only=True)
class NothingHeld(Conflict):
    """The case holds nothing that could be released."""

    code: ClassVar[str] = "nothing_held"
    message: ClassVar[str] = extracted("Recall R-{number} holds nothing any more.")
    case_uid: str
    number: int


@dataclass(frozen=True, kw_only=True)
class CloseRecall:
    """What the second person found, and why it is closed although something is open."""

    case_uid: str
    reason: str
    untold_reason: str = ""
    left_reason: str = ""
    releases: bool = False
    """What it held may be used again."""
    override: Override | None = None
    """Why that is said by somebody whom nobody authorised to it."""


@dataclass(frozen=True, kw_only=True)
class ReopenRecall:
    case_uid: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReleaseCase:
    """Everything that a case holds is to be free again; the case itself goes on."""

    case_uid: str
    reason: str
    override: Override | None = None


@dataclass(frozen=True, kw_only=True)
class RecallIsClosed:
    case_uid: str
    patients: int
    untold: int
    released_hold_uids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class RecallIsReopened:
    case_uid: str
    hold_uids: tuple[str, ...]
    """What it holds again."""


@dataclass(frozen=True, kw_only=True)
class CaseReleased:
    case_uid: str
    hold_uids: tuple[str, ...]


def close_recall(
    store: Store, command: CloseRecall, *, actor: Actor, key: str, now: datetime
) -> RecallIsClosed:
    """Close a case; what stays held stays so unless `releases`, which takes a role that may release.

    Raises InvalidValue, ThingNotFound, RecallClosed, OwnRecall for whoever opened it, PatientsNotTold and
    StockNotAccountedFor without a reason for what is still open, HoldReleaseForbidden, AuthorisationAsked,
    OutsideAuthorisation.
    """
    return perform(
        store,
        Act(kind="recall.close", action=Action.RECALL, filed_in=ORGANISATION, also_locks=every_clinic(store)),
        command=command,
        body=lambda work: _close(work, command),
        answer=RecallIsClosed,
        actor=actor,
        key=key,
        now=now,
    )


def reopen_recall(
    store: Store, command: ReopenRecall, *, actor: Actor, key: str, now: datetime
) -> RecallIsReopened:
    """Open a closed case again and hold again what it covers and nothing holds.

    Raises InvalidValue, ThingNotFound, RecallNotClosed.
    """
    return perform(
        store,
        Act(
            kind="recall.reopen", action=Action.RECALL, filed_in=ORGANISATION, also_locks=every_clinic(store)
        ),
        command=command,
        body=lambda work: _reopen(work, command),
        answer=RecallIsReopened,
        actor=actor,
        key=key,
        now=now,
    )


def release_case(
    store: Store, command: ReleaseCase, *, actor: Actor, key: str, now: datetime
) -> CaseReleased:
    """Let go of everything that a case holds, before it is closed or after.

    Another case that holds the same goes on holding it.  What was promised and lost stays lost.
    Raises InvalidValue, ThingNotFound, NothingHeld, HoldReleaseForbidden, AuthorisationAsked,
    OutsideAuthorisation.
    """
    return perform(
        store,
        Act(
            kind="recall.release", action=Action.RECALL, filed_in=ORGANISATION, also_locks=every_clinic(store)
        ),
        command=command,
        body=lambda work: _release(work, command),
        answer=CaseReleased,
        actor=actor,
        key=key,
        now=now,
    )


def _close(work: Work, command: CloseRecall) -> RecallIsClosed:
    _check_reason(command.reason)
    for name in ("untold_reason", "left_reason"):
        if len(getattr(command, name)) > REASON_MAX:
            raise InvalidValue(field=name, problem=f"at most {REASON_MAX} characters")
    case = open_case(work.connection, command.case_uid)
    if case.recorded_by_id == work.actor.person_id:
        raise OwnRecall(case_uid=case.uid, number=case.number)
    left = _check_left(work, case, command)
    released = _let_go(work, case, command) if command.releases else ()
    _step(
        work,
        case,
        RecallStepKind.CLOSED,
        command.reason,
        left=left,
        untold_reason=command.untold_reason,
        left_reason=command.left_reason,
    )
    work.payload.update(case=case.uid, holds=released)
    return RecallIsClosed(
        case_uid=case.uid, patients=left.patients, untold=left.untold, released_hold_uids=released
    )


def _check_left(work: Work, case: Case, command: CloseRecall) -> PatientsLeft:
    """What is open by the books under the lock; an exercise tells nobody and moves nothing."""
    left = patients_left(work.connection, case.id)
    if case.is_mock:
        return left
    if left.untold and not command.untold_reason.strip():
        raise PatientsNotTold(untold=left.untold, patients=left.patients)
    needs_reason = not command.releases and not case.is_released and not command.left_reason.strip()
    if needs_reason and stock_left(work.connection, case.id).is_something:
        raise StockNotAccountedFor()
    return left


def _reopen(work: Work, command: ReopenRecall) -> RecallIsReopened:
    _check_reason(command.reason)
    case = any_case(work.connection, command.case_uid)
    if case.state is not RecallState.CLOSED:
        raise RecallNotClosed(case_uid=case.uid, number=case.number)
    _step(work, case, RecallStepKind.REOPENED, command.reason)
    named = CaseNamed(id=case.id, number=case.number, title=case.title, is_mock=case.is_mock)
    numbers = [(each.product_id, each.lot_number) for each in covered_numbers(work.connection, case.id)]
    free = recall_holding.not_held(work.connection, case.id, numbers)
    held = recall_holding.hold(work, named, free)
    if held.hold_uids:
        _step(work, case, RecallStepKind.HELD_AGAIN, command.reason)
    work.payload.update(case=case.uid, holds=held.hold_uids, lost_allocations=held.lost_allocation_uids)
    return RecallIsReopened(case_uid=case.uid, hold_uids=held.hold_uids)


def _release(work: Work, command: ReleaseCase) -> CaseReleased:
    _check_reason(command.reason)
    case = any_case(work.connection, command.case_uid)
    uids = _let_go(work, case, command)
    if not uids:
        raise NothingHeld(case_uid=case.uid, number=case.number)
    work.payload.update(case=case.uid, holds=uids)
    return CaseReleased(case_uid=case.uid, hold_uids=uids)


def _let_go(work: Work, case: Case, command: CloseRecall | ReleaseCase) -> tuple[str, ...]:
    # Jobs and the terminal act for the house and hold no role; whoever started them answered for it.
    roles = frozenset(Role) if work.actor.is_system else work.roles
    check_releasing_role(HoldReason.RECALL, roles)
    require_authorised(work, "release_hold", answer=command.override)
    uids = recall_holding.let_go(work, case.id, note=command.reason)
    if uids:
        _step(work, case, RecallStepKind.RELEASED, command.reason)
    return uids


def _check_reason(reason: str) -> None:
    if not reason.strip() or len(reason) > REASON_MAX or "\0" in reason:
        raise InvalidValue(field="reason", problem=f"say why, in at most {REASON_MAX} characters")


def _step(
    work: Work,
    case: Case,
    kind: RecallStepKind,
    reason: str,
    *,
    left: PatientsLeft | None = None,
    untold_reason: str = "",
    left_reason: str = "",
) -> None:
    recall_rows.write(
        work,
        RecallStep,
        {
            "case_id": case.id,
            "kind": kind.value,
            "reason": reason.strip(),
            "patients": None if left is None else left.patients,
            "uncontacted": None if left is None else left.untold,
            "uncontacted_reason": untold_reason.strip(),
            "unaccounted_reason": left_reason.strip(),
        },
    )
