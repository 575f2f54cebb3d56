"""Today: the sessions by room, what each still needs, and what is open and how long it lives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.queries.availability import outlook
from stockroom.queries.bench_today import DaySession, cocktails_lying, sessions_of_day
from stockroom.queries.containers import open_board
from stockroom.queries.low_stock import low_count
from stockroom.queries.session_ready import NOTHING_LAID, Laid, laid_out
from stockroom.reads.patients import PatientIdentity
from stockroom.reads.unsuitable import JudgedSession, judged_day
from stockroom.vocabulary import CLOSED_SESSION_STATES, Fit
from stockroom.web.day import asked_day
from stockroom.web.low_words import said_of_count
from stockroom.web.patients_named import named_patients
from stockroom.web.session_words import STATE_LOUDNESS

blp = Blueprint("today_page", __name__, url_prefix="/c/<clinic_uid>/today")
SPARE_TIME = timedelta(hours=2)
"""What lives no longer than this after a session's beginning is said to expire."""
_OVER = {state.value for state in CLOSED_SESSION_STATES}


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A session with its patient's name, as a card shows it."""

    session: DaySession
    patient: PatientIdentity | None
    """None where the record was erased."""

    judged: JudgedSession | None = None
    """None for what is over."""
    laid: Laid = NOTHING_LAID
    is_short: bool = False
    """What lies in the clinic cannot serve one of its needs."""

    @property
    def dies_at(self) -> datetime | None:
        """When what is laid out or made for it may not be used any more, where a session that begins late is too late."""
        until = self.laid.until
        return until if until is not None and until <= self.session.planned_at + SPARE_TIME else None

    @property
    def dies_before(self) -> bool:
        """It may not be used any more when the session begins."""
        return self.dies_at is not None and self.dies_at <= self.session.planned_at

    @property
    def is_green(self) -> bool:
        """Everything is laid out, lasts, and suits her as far as anybody has to know: unknown is never green."""
        return self.laid.is_ready and not self.dies_before and self.fit in (Fit.SUITS, Fit.CAUTION)

    @property
    def is_over(self) -> bool:
        return self.session.state in _OVER

    @property
    def fit(self) -> Fit:
        """Whether what is planned, kept and made for it suits her; nobody knows it while she was never asked."""
        if self.judged is None:
            return Fit.SUITS
        if not self.judged.was_asked and self.judged.fit is not Fit.STOP:
            return Fit.NOT_KNOWN
        return self.judged.fit


@dataclass(frozen=True, kw_only=True)
class Room:
    """The visits of one room, in their order."""

    name: str
    visits: tuple[Visit, ...]


@blp.get("")
def today(clinic_uid: str) -> ResponseReturnValue:
    """The day's sessions by room; one tap leads into a session."""
    actor, day = acting(), asked_day()
    with installation().reading() as connection:
        sessions = sessions_of_day(connection, actor.clinic_id, begins_at=day.begins_at, ends_at=day.ends_at)
        judged = judged_day(connection, actor.clinic_id, begins_at=day.begins_at, ends_at=day.ends_at)
        vials = open_board(connection, actor.clinic_id)
        cocktails = cocktails_lying(connection, actor.clinic_id)
        open_ids = [each.id for each in sessions if each.state not in _OVER]
        laid = laid_out(connection, actor.clinic_id, open_ids)
        coming = outlook(connection, actor.clinic_id, now=present())
        low = low_count(connection, actor.clinic_id, now=present()) if day.is_today else None
    patients = named_patients({each.patient_id: each.patient_uid for each in sessions}, page="today")
    judged_as = {each.uid: each for each in judged}
    visits = [
        Visit(
            session=each,
            patient=patients.get(each.patient_id),
            judged=judged_as.get(each.uid),
            laid=laid.get(each.id, NOTHING_LAID),
            is_short=each.id in coming.short_sessions,
        )
        for each in sessions
    ]
    return render_template(
        "today/today.html",
        day=day,
        rooms=_by_room(visits),
        count=len(visits),
        unsuitable=sum(visit.fit in (Fit.STOP, Fit.CAUTION) for visit in visits),
        vials=vials,
        cocktails=cocktails,
        loudness=STATE_LOUDNESS,
        low=said_of_count(low) if low else "",
    )


def _by_room(visits: Iterable[Visit]) -> list[Room]:
    """Rooms by name, what has no room last."""
    found: dict[str | None, list[Visit]] = {}
    for visit in visits:
        found.setdefault(visit.session.room, []).append(visit)
    names = sorted(found, key=lambda name: (name is None, name or ""))
    return [Room(name=name or gettext("No room yet"), visits=tuple(found[name])) for name in names]
