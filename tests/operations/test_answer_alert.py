"""Can those whom an alert concerns say that they see to it or put it off, and nobody else?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import Alert, JournalEntry
from stockroom.notices import AlertKind, AlertState
from stockroom.operations.answer_alert import (
    AcknowledgeAlert,
    AlertAnswered,
    AlertGone,
    SnoozeAlert,
    acknowledge_alert,
    snooze_alert,
)
from stockroom.operations.raise_alert import RaiseAlert, ResolveAlert, raise_alert, resolve_alert
from stockroom.queries.standing_alerts import count_open
from stockroom.rules.alerting import AlertNotYours, Cause
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import Role
from tests.builders import NOW, Clinic, House, key
from tests.sessions import refusals, rows

LATER = NOW + timedelta(hours=4)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _raised(clinic: Clinic, kind: AlertKind = AlertKind.LOW_STOCK, subject: str = "p") -> str:
    cause = Cause(kind=kind, subject_kind="product", subject_uid=subject, period="x")
    raised = raise_alert(
        clinic.store, RaiseAlert(cause=cause), actor=clinic.system, key=key("raise"), now=NOW
    )
    return raised.alert_uid


def _acknowledge(house: House, uid: str, actor: Actor, *, request: str | None = None) -> AlertAnswered:
    return acknowledge_alert(
        house.store, AcknowledgeAlert(alert_uid=uid), actor=actor, key=request or key("ack"), now=LATER
    )


def _snooze(house: House, uid: str, *, until: Any = LATER + timedelta(days=1)) -> AlertAnswered:
    return snooze_alert(
        house.store, SnoozeAlert(alert_uid=uid, until=until), actor=house.nurse, key=key("snooze"), now=LATER
    )


def _open(house: House, *, at: Any = LATER, roles: frozenset[Role] = frozenset({Role.NURSE})) -> int:
    with house.store.reading() as connection:
        return count_open(connection, house.clinic.id, roles=roles, now=at)


def test_what_somebody_sees_to_counts_no_longer(house: House) -> None:
    uid = _raised(house.clinic)
    before = _open(house)

    answered = _acknowledge(house, uid, house.nurse, request="twice")
    again = _acknowledge(house, uid, house.nurse, request="twice")

    assert answered == again == AlertAnswered(alert_uid=uid, state=AlertState.ACKNOWLEDGED, answered_at=LATER)
    assert (before, _open(house)) == (1, 0)
    (alert,) = rows(house.store, Alert)
    assert (alert.state, alert.answered_by_id, alert.resolved_at) == (
        "acknowledged",
        house.nurse.person_id,
        None,
    )


def test_of_two_who_acknowledge_the_first_stands(house: House) -> None:
    uid = _raised(house.clinic)
    _acknowledge(house, uid, house.nurse)

    second = _acknowledge(house, uid, house.practitioner)

    assert second.state is AlertState.ACKNOWLEDGED
    (alert,) = rows(house.store, Alert)
    assert alert.answered_by_id == house.nurse.person_id


def test_what_is_put_off_counts_again_from_then_on(house: House) -> None:
    uid = _raised(house.clinic)
    until = LATER + timedelta(days=1)

    _snooze(house, uid, until=until)

    assert _open(house, at=until - timedelta(seconds=1)) == 0
    assert _open(house, at=until) == 1
    _acknowledge(house, uid, house.nurse)
    assert _open(house, at=until) == 0
    assert [row.snoozed_until for row in rows(house.store, Alert)] == [None]


@pytest.mark.parametrize("off", [timedelta(0), timedelta(days=91), timedelta(days=-1)])
def test_nobody_puts_off_for_ever_or_into_the_past(house: House, off: timedelta) -> None:
    uid = _raised(house.clinic)

    with pytest.raises(InvalidValue):
        _snooze(house, uid, until=LATER + off)

    assert [row.state for row in rows(house.store, Alert)] == ["open"]


def test_an_alert_that_is_over_is_not_answered(house: House) -> None:
    uid = _raised(house.clinic)
    resolve_alert(
        house.store, ResolveAlert(alert_uid=uid), actor=house.clinic.system, key=key("resolve"), now=NOW
    )

    with pytest.raises(AlertGone):
        _acknowledge(house, uid, house.nurse)
    with pytest.raises(AlertGone):
        _snooze(house, uid)


def test_an_alert_for_others_is_refused_and_the_refusal_is_written_down(house: House) -> None:
    uid = _raised(house.clinic, AlertKind.JOB_LATE)

    with pytest.raises(AlertNotYours):
        _acknowledge(house, uid, house.nurse)

    assert [row.state for row in rows(house.store, Alert)] == ["open"]
    assert any("alert_not_yours" in payload for payload in refusals(house.store))
    assert _open(house) == 0
    assert _open(house, roles=frozenset({Role.NURSE, Role.ADMINISTRATOR})) == 1
    _acknowledge(house, uid, house.clinic.administrator)


def test_an_auditor_answers_nothing(house: House) -> None:
    uid = _raised(house.clinic)

    with pytest.raises(ActionForbidden):
        _acknowledge(house, uid, house.clinic.auditor)


def test_another_clinics_alert_is_not_found(house: House) -> None:
    theirs = _raised(house.another_clinic())

    with pytest.raises(ThingNotFound):
        _acknowledge(house, theirs, house.nurse)
    with pytest.raises(ThingNotFound):
        _snooze(house, theirs)
    assert [row.state for row in rows(house.store, Alert)] == ["open"]


def test_the_badge_is_read_by_an_index(house: House) -> None:
    with house.store.reading() as connection:
        if not house.store.is_sqlite:
            connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        plan = _plan(house, connection)

    assert "uq_alert_unresolved" in plan


def _plan(house: House, connection: Any) -> str:
    explain = "EXPLAIN QUERY PLAN" if house.store.is_sqlite else "EXPLAIN"
    sql = (
        f"{explain} SELECT count(*) FROM alert WHERE clinic_id = {house.clinic.id} AND resolved_at IS NULL"
        " AND (state = 'open' OR state = 'snoozed' AND snoozed_until <= '2026-03-02')"
        " AND kind NOT IN ('job_late', 'job_failed')"
    )
    return "\n".join(str(row) for row in connection.exec_driver_sql(sql))


def test_an_answer_is_journalled_without_words(house: House) -> None:
    uid = _raised(house.clinic)
    _snooze(house, uid)

    with house.store.reading() as connection:
        (payload,) = connection.execute(
            select(JournalEntry.payload).where(JournalEntry.kind == "alert.snooze")
        ).scalars()
    assert uid in payload and "snoozed" in payload
