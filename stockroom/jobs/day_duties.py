"""Which causes do a clinic's temperatures and its day give to tell somebody?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from stockroom.clock import civil_date
from stockroom.jobs.flagging import tell
from stockroom.jobs.running import Place, Run
from stockroom.notices import AlertKind
from stockroom.queries.day_duties import Box, duties
from stockroom.queries.devices import devices_of
from stockroom.queries.recall_cases import recall_cases
from stockroom.queries.recall_sessions import late_and_not_told
from stockroom.queries.sharps_boxes import sharps_boxes_due
from stockroom.rules.alerting import Cause
from stockroom.vocabulary import RecallState

SERVICE_TOLD_BEFORE = timedelta(days=14)
REPLY_TOLD_BEFORE = timedelta(days=2)

KINDS = (
    AlertKind.READING_NOT_DONE, AlertKind.TEMPERATURE_OUT, AlertKind.EMERGENCY_BOX, AlertKind.DAY_NOT_CLOSED,
    AlertKind.SHARPS_BOX_DUE, AlertKind.DEVICE_SERVICE_DUE, AlertKind.RECALL_DUE, AlertKind.RECALL_JOINED,
)  # fmt: skip


def flag_day_duties(run: Run) -> None:
    """Tell of readings, looks at the emergency box and closings that are not done, and of what waits for a decision."""
    tell(run, KINDS, _causes)


def _causes(connection: Connection, place: Place, as_of: datetime) -> Iterable[Cause]:
    found = duties(connection, place.id, zone=place.zone, now=as_of)
    for unread in found.unread:
        yield Cause(
            kind=AlertKind.READING_NOT_DONE,
            subject_kind="location",
            subject_uid=unread.place.uid,
            period=_at(unread.duty.due_at),
            facts={"due": unread.duty.due_at},
        )
    for warm in found.warm:
        yield Cause(
            kind=AlertKind.TEMPERATURE_OUT,
            subject_kind="location",
            subject_uid=warm.place.uid,
            period=warm.excursion_uid,
            facts={"excursion": warm.excursion_uid},
        )
    yield from filter(None, map(_of_box, found.boxes))
    yield from _recalls(connection, place, as_of)
    yield from _kept_things(connection, place, civil_date(as_of, place.zone))
    if found.unclosed is not None:
        yield Cause(
            kind=AlertKind.DAY_NOT_CLOSED,
            subject_kind="day",
            subject_uid=place.uid,
            period=found.unclosed.day.isoformat(),
            facts={"day": found.unclosed.day},
        )


def _recalls(connection: Connection, place: Place, as_of: datetime) -> Iterable[Cause]:
    """Recalls whose reply is due or overdue, and those with patients who came upon the list late and are not told."""
    for case in recall_cases(connection, mocks=False):
        due = case.answer_by
        if case.state is not RecallState.CLOSED and due is not None and due <= as_of + REPLY_TOLD_BEFORE:
            yield Cause(
                kind=AlertKind.RECALL_DUE,
                subject_kind="recall",
                subject_uid=case.uid,
                period=_at(due),
                rank=2 if due < as_of else 1,
                facts={"due": due},
            )
    for case_uid in late_and_not_told(connection, place.id):
        yield Cause(
            kind=AlertKind.RECALL_JOINED, subject_kind="recall", subject_uid=case_uid, period="", facts={}
        )


def _kept_things(connection: Connection, place: Place, today: date) -> Iterable[Cause]:
    """Sharps boxes whose last day has come, and devices whose service runs out, or has."""
    for box in sharps_boxes_due(connection, place.id, today=today):
        yield Cause(
            kind=AlertKind.SHARPS_BOX_DUE,
            subject_kind="sharps_box",
            subject_uid=box.uid,
            period=box.close_by_on.isoformat(),
            facts={"close_by": box.close_by_on},
        )
    for device in devices_of(connection, place.id, today=today):
        until = device.serviced_until
        if device.needs_service and (until is None or until <= today + SERVICE_TOLD_BEFORE):
            yield Cause(
                kind=AlertKind.DEVICE_SERVICE_DUE,
                subject_kind="device",
                subject_uid=device.uid,
                period="" if until is None else until.isoformat(),
                rank=2 if device.state.is_overdue else 1,
                facts={"serviced_until": until},
            )


def _of_box(box: Box) -> Cause | None:
    """What is wrong with an emergency box: nobody looked, or (worse) somebody did and it is not in order."""
    is_bad = box.checked_at is not None and not box.is_good
    if not is_bad and not box.is_due:
        return None
    since = "never" if box.checked_at is None else _at(box.checked_at)
    return Cause(
        kind=AlertKind.EMERGENCY_BOX,
        subject_kind="location",
        subject_uid=box.place.uid,
        period=f"{since}/{'bad' if is_bad else 'unseen'}",
        rank=2 if is_bad else 1,
        facts={"missing": box.missing_count, "expired": box.is_expired},
    )


def _at(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")
