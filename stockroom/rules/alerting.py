"""When does somebody have to be told, whom does it concern, and what is to be done about it?

An alert stands for one subject and one period.  It is raised when its cause appears, raised anew when the
cause is worse, and resolved by itself when the cause is gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar

from stockroom.errors import Forbidden, InvalidValue, extracted
from stockroom.notices import AlertKind, AlertState, Severity
from stockroom.vocabulary import Role

SNOOZE_MAX = timedelta(days=90)
URGENT_DAYS = 7
WARNING_DAYS = 30
"""Goods that expire within so many days are urgent, or a warning."""


@dataclass(eq=False, kw_only=True)
class AlertNotYours(Forbidden):
    """The alert concerns other roles."""

    code: ClassVar[str] = "alert_not_yours"
    message: ClassVar[str] = extracted("This is for somebody else to answer: {concerns}.")
    concerns: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Profile:
    """What an alert of one kind is: how grave, whom it concerns, and what to do."""

    severity: Severity
    """Where nothing graver is said when it is raised."""
    concerns: frozenset[Role]
    """Whose pages count it, and who may answer it."""
    mailed_to: frozenset[Role]
    """Whose daily mail names it."""
    title: str
    advice: str


_CLINICAL = frozenset({Role.NURSE, Role.PRACTITIONER, Role.MANAGER})
_KEEPING = frozenset({Role.MANAGER, Role.ADMINISTRATOR})
_STOCK = _CLINICAL | _KEEPING

PROFILES: dict[AlertKind, Profile] = {
    AlertKind.LOW_STOCK: Profile(
        severity=Severity.WARNING,
        concerns=_STOCK,
        mailed_to=_KEEPING,
        title=extracted("Low stock"),
        advice=extracted("Order it, or have it sent from another clinic."),
    ),
    AlertKind.EXPIRING: Profile(
        severity=Severity.NOTE,
        concerns=_STOCK,
        mailed_to=_KEEPING,
        title=extracted("Expires soon"),
        advice=extracted("Use it first, send it to a clinic that needs it, or return it."),
    ),
    AlertKind.EXPIRED: Profile(
        severity=Severity.URGENT,
        concerns=_STOCK,
        mailed_to=_KEEPING,
        title=extracted("Expired"),
        advice=extracted("Move it to quarantine or dispose of it."),
    ),
    AlertKind.BEYOND_USE: Profile(
        severity=Severity.URGENT,
        concerns=_CLINICAL,
        mailed_to=frozenset({Role.MANAGER}),
        title=extracted("Past its limit"),
        advice=extracted("Dispose of it: it may not be used any more."),
    ),
    AlertKind.PREPARATION_LEFT_OPEN: Profile(
        severity=Severity.WARNING,
        concerns=_CLINICAL,
        mailed_to=frozenset({Role.MANAGER}),
        title=extracted("Cocktail left open"),
        advice=extracted("Finish it or abandon it: it keeps ingredients from others."),
    ),
    AlertKind.ALLOCATION_LOST: Profile(
        severity=Severity.URGENT,
        concerns=_CLINICAL,
        mailed_to=frozenset(),
        title=extracted("No longer kept for its session"),
        advice=extracted("Keep another lot for the session."),
    ),
    AlertKind.UNSUITABLE: Profile(
        severity=Severity.URGENT,
        concerns=_CLINICAL,
        mailed_to=frozenset({Role.PRACTITIONER}),
        title=extracted("Does not suit its patient any more"),
        advice=extracted("Look at what is planned, kept and made for the session, and plan it anew."),
    ),
    AlertKind.DEVIATION_UNSIGNED: Profile(
        severity=Severity.WARNING,
        concerns=frozenset({Role.PRACTITIONER, Role.MANAGER}),
        mailed_to=frozenset({Role.PRACTITIONER}),
        title=extracted("A deviation waits for a signature"),
        advice=extracted("Read what happened and sign it as a second person."),
    ),
    AlertKind.BENCH_RECEIPT_UNMATCHED: Profile(
        severity=Severity.NOTE,
        concerns=_STOCK,
        mailed_to=frozenset({Role.MANAGER}),
        title=extracted("Received at the bench, no delivery yet"),
        advice=extracted("Receive the delivery that it came with, and take it off there."),
    ),
    AlertKind.BOOKS_DIFFER: Profile(
        severity=Severity.URGENT,
        concerns=_KEEPING | {Role.AUDITOR},
        mailed_to=_KEEPING,
        title=extracted("The books do not agree with themselves"),
        advice=extracted(
            "Run stockroom verify, keep a backup, and ask for help before anything is repaired."
        ),
    ),
    AlertKind.JOB_LATE: Profile(
        severity=Severity.WARNING,
        concerns=_KEEPING,
        mailed_to=_KEEPING,
        title=extracted("A job is late"),
        advice=extracted("See that the server or the scheduler runs."),
    ),
    AlertKind.JOB_FAILED: Profile(
        severity=Severity.WARNING,
        concerns=_KEEPING,
        mailed_to=_KEEPING,
        title=extracted("A job failed in part"),
        advice=extracted("Open Jobs and read which rows are named."),
    ),
    AlertKind.BACKUP_MISSED: Profile(
        severity=Severity.URGENT,
        concerns=_KEEPING,
        mailed_to=_KEEPING,
        title=extracted("No backup lately"),
        advice=extracted("See that the backup runs on the server, and that its disk has room."),
    ),
    AlertKind.MAIL_UNDELIVERED: Profile(
        severity=Severity.WARNING,
        concerns=_KEEPING,
        mailed_to=frozenset(),
        title=extracted("Mail could not be sent"),
        advice=extracted("Check the mail settings and the mail server."),
    ),
    AlertKind.READING_NOT_DONE: Profile(
        severity=Severity.WARNING,
        concerns=_CLINICAL,
        mailed_to=frozenset({Role.MANAGER}),
        title=extracted("Thermometer not read"),
        advice=extracted("Read it and write it down under Opening."),
    ),
    AlertKind.RECALL_DUE: Profile(
        severity=Severity.URGENT,
        concerns=frozenset({Role.PRACTITIONER, Role.MANAGER}),
        mailed_to=frozenset({Role.MANAGER}),
        title=extracted("A recall waits for its reply"),
        advice=extracted("Send the reply to its issuer, and write down that it went."),
    ),
    AlertKind.RECALL_JOINED: Profile(
        severity=Severity.URGENT,
        concerns=_CLINICAL,
        mailed_to=frozenset({Role.PRACTITIONER, Role.MANAGER}),
        title=extracted("Another patient is on a recall's list"),
        advice=extracted("It was written down after the recall: tell the patient, too."),
    ),
    AlertKind.TEMPERATURE_OUT: Profile(
        severity=Severity.URGENT,
        concerns=_CLINICAL,
        mailed_to=frozenset({Role.MANAGER, Role.PRACTITIONER}),
        title=extracted("Outside its temperature limits"),
        advice=extracted("Hold what lay there, and have somebody decide what becomes of it."),
    ),
    AlertKind.EMERGENCY_BOX: Profile(
        severity=Severity.URGENT,
        concerns=_CLINICAL,
        mailed_to=frozenset({Role.MANAGER}),
        title=extracted("Emergency box"),
        advice=extracted("Look at it under Opening: complete, sealed, nothing expired."),
    ),
    AlertKind.DAY_NOT_CLOSED: Profile(
        severity=Severity.WARNING,
        concerns=_CLINICAL,
        mailed_to=frozenset({Role.MANAGER}),
        title=extracted("The day was not closed"),
        advice=extracted("Finish or throw away what stands open, and close the day."),
    ),
    AlertKind.SHARPS_BOX_DUE: Profile(
        severity=Severity.WARNING,
        concerns=_CLINICAL,
        mailed_to=frozenset({Role.MANAGER}),
        title=extracted("A sharps box must be closed"),
        advice=extracted("Close it, open a new one, and have it collected."),
    ),
    AlertKind.DEVICE_SERVICE_DUE: Profile(
        severity=Severity.WARNING,
        concerns=_CLINICAL | _KEEPING,
        mailed_to=frozenset({Role.MANAGER}),
        title=extracted("A device has to be serviced"),
        advice=extracted("Have it serviced: once its service has run out nobody uses it."),
    ),
    AlertKind.OUTSIDE_AUTHORISATION: Profile(
        severity=Severity.WARNING,
        concerns=frozenset({Role.PRACTITIONER, Role.MANAGER, Role.ADMINISTRATOR}),
        mailed_to=frozenset({Role.MANAGER, Role.ADMINISTRATOR}),
        title=extracted("Somebody acted outside his or her authorisation"),
        advice=extracted(
            "Look at what was done, and write down the authorisation or let somebody else do it."
        ),
    ),
}
OTHER = Profile(
    severity=Severity.WARNING,
    concerns=_STOCK,
    mailed_to=_KEEPING,
    title=extracted("Look at this"),
    advice=extracted("Open it and see what has happened."),
)
"""What a kind is of which this table does not know: everybody's, so that none is overlooked."""


_BY_WORD = {kind.value: each for kind, each in PROFILES.items()}


def profile(kind: str) -> Profile:
    """Give what an alert of a kind is."""
    return _BY_WORD.get(kind, OTHER)


def not_concerning(roles: Iterable[Role]) -> frozenset[AlertKind]:
    """Give the kinds that concern none of these roles."""
    held = frozenset(roles)
    return frozenset(kind for kind, each in PROFILES.items() if not each.concerns & held)


def mailed_to(roles: Iterable[Role]) -> frozenset[AlertKind]:
    """Give the kinds that the daily mail of somebody with these roles names."""
    held = frozenset(roles)
    return frozenset(kind for kind, each in PROFILES.items() if each.mailed_to & held)


def require_concerned(kind: str, roles: Iterable[Role]) -> None:
    """Raise AlertNotYours unless an alert of this kind concerns one of these roles."""
    concerned = profile(kind).concerns
    if not concerned & frozenset(roles):
        raise AlertNotYours(concerns=tuple(sorted(role.value for role in concerned)))


def check_snooze(until: datetime, *, now: datetime) -> None:
    """Raise InvalidValue unless an alert may be put off from `now` until then."""
    if not now < until <= now + SNOOZE_MAX:
        raise InvalidValue(field="until", problem=f"a time within the next {SNOOZE_MAX.days} days")


@dataclass(frozen=True, kw_only=True)
class Cause:
    """Something that somebody has to be told, as it is now."""

    kind: AlertKind
    subject_kind: str
    subject_uid: str
    period: str
    """Of the same subject another period is another alert."""
    rank: int = 1
    """How bad it is, of its kind; a higher one is worse."""
    severity: Severity | None = None
    """The kind's when None."""
    facts: Mapping[str, object] = field(default_factory=dict)
    """Uids, codes and numbers only (L14)."""

    @property
    def says(self) -> str:
        """What it says beside how bad it is."""
        return said_in(self.period)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An alert that is not resolved."""

    uid: str
    kind: str
    subject_uid: str
    rank: int
    says: str | None = None
    """What its period says after its day (`said_in`); None where only its rank is known."""

    def is_told_by(self, cause: Cause) -> bool:
        """True where it tells the cause as it is now."""
        return self.rank == cause.rank and self.says in (None, cause.says)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is to be raised and what is to be resolved, and how many alerts stand as they are."""

    raises: tuple[Cause, ...]
    resolves: tuple[Standing, ...]
    unchanged: int


def said_in(period: str) -> str:
    """Give what a period says after its day: another threshold, another day on which goods are due."""
    return period.partition("/")[2]


def changes(causes: Iterable[Cause], standing: Iterable[Standing]) -> Changes:
    """Say what makes the standing alerts those of the causes.

    Of several causes for one subject and kind the worst counts.  `standing` holds the kinds of which
    `causes` are all that there are: what has no cause any more is resolved.
    """
    worst: dict[tuple[str, str], Cause] = {}
    for cause in causes:
        key = (cause.kind.value, cause.subject_uid)
        if key not in worst or worst[key].rank < cause.rank:
            worst[key] = cause
    stands = {(each.kind, each.subject_uid): each for each in standing}
    raises = tuple(
        cause for key, cause in worst.items() if key not in stands or not stands[key].is_told_by(cause)
    )
    gone = tuple(each for key, each in stands.items() if key not in worst)
    return Changes(raises=raises, resolves=gone, unchanged=len(worst) - len(raises))


def next_state(rank: int, *, standing_rank: int | None, standing_state: AlertState) -> AlertState:
    """Say in which state an alert is raised in place of another of the same subject.

    A worse cause is told anew, whatever was said of the lighter one; a lighter one keeps the answer that
    the worse one was given.
    """
    if standing_rank is None or rank > standing_rank or standing_state is AlertState.RESOLVED:
        return AlertState.OPEN
    return standing_state


def expiring_threshold(days_left: int, thresholds: Iterable[int]) -> int | None:
    """Give the smallest of the thresholds (days) that `days_left` is within; None when none is reached.

    Goods are usable through the end of their last day, so that 0 days are left on it.
    """
    reached = [days for days in thresholds if days_left <= days]
    return min(reached) if reached else None


def expiring_cause(lot_uid: str, expires_on: date, *, today: date, thresholds: Iterable[int]) -> Cause | None:
    """Give what is to be told of a lot that expires then; None while no threshold is reached, or once expired."""
    days_left = (expires_on - today).days
    if days_left < 0:
        return None
    ordered = sorted(set(thresholds), reverse=True)
    reached = expiring_threshold(days_left, ordered)
    if reached is None:
        return None
    return Cause(
        kind=AlertKind.EXPIRING,
        subject_kind="lot",
        subject_uid=lot_uid,
        period=f"{expires_on.isoformat()}/{reached}",
        rank=ordered.index(reached) + 1,
        severity=expiry_severity(days_left),
        facts={"expires_on": expires_on, "days": reached},
    )


def unsuitable_cause(session_uid: str, planned_on: date, *, stops: int, cautions: int) -> Cause | None:
    """Give what is to be told of a session of which so many things do not suit its patient; None when all do.

    Which ones, and why, is medical and stays out (L14).
    """
    if not stops and not cautions:
        return None
    return Cause(
        kind=AlertKind.UNSUITABLE,
        subject_kind="session",
        subject_uid=session_uid,
        period=f"{planned_on.isoformat()}/{stops}-{cautions}",
        rank=1 + stops,
        severity=Severity.URGENT if stops else Severity.WARNING,
        facts={"stops": stops, "cautions": cautions},
    )


def expiry_severity(days_left: int) -> Severity:
    """Say how grave it is that goods expire in so many days."""
    if days_left <= URGENT_DAYS:
        return Severity.URGENT
    return Severity.WARNING if days_left <= WARNING_DAYS else Severity.NOTE
