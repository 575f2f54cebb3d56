"""Is an alert one row for its subject and period, raised anew when worse and resolved when it is over?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger.verify import verify
from stockroom.models import Alert
from stockroom.notices import AlertKind, Severity
from stockroom.operations.answer_alert import (
    AcknowledgeAlert,
    SnoozeAlert,
    acknowledge_alert,
    snooze_alert,
)
from stockroom.operations.raise_alert import (
    AlertRaised,
    RaiseAlert,
    ResolveAlert,
    raise_alert,
    resolve_alert,
)
from stockroom.rules.alerting import Cause
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, Clinic, House, key
from tests.sessions import rows

SOON = NOW + timedelta(days=1)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _cause(rank: int = 1, *, subject: str = "lot", period: str | None = None) -> Cause:
    return Cause(
        kind=AlertKind.EXPIRING,
        subject_kind="lot",
        subject_uid=subject,
        period=period or f"p{rank}",
        rank=rank,
        facts={"days": 90 // rank},
    )


def _raise(clinic: Clinic, cause: Cause, *, request: str | None = None) -> AlertRaised:
    return raise_alert(
        clinic.store, RaiseAlert(cause=cause), actor=clinic.system, key=request or key("raise"), now=NOW
    )


def _resolve(clinic: Clinic, uid: str) -> bool:
    command = ResolveAlert(alert_uid=uid)
    return resolve_alert(
        clinic.store, command, actor=clinic.system, key=key("resolve"), now=SOON
    ).was_resolved


def _states(house: House) -> list[tuple[str, str]]:
    return [(row.period, row.state) for row in rows(house.store, Alert)]


def test_the_same_cause_is_told_once(house: House) -> None:
    first, second = _raise(house.clinic, _cause()), _raise(house.clinic, _cause())

    assert (first.was_raised, second.was_raised) == (True, False)
    assert first.alert_uid == second.alert_uid
    (alert,) = rows(house.store, Alert)
    assert (alert.severity, alert.facts) == (Severity.NOTE, '{"days":90}')


def test_the_same_subject_in_two_clinics_is_two_alerts(house: House) -> None:
    other = house.another_clinic()

    assert _raise(house.clinic, _cause()).was_raised
    assert _raise(other, _cause()).was_raised
    assert len(rows(house.store, Alert)) == 2


def test_a_worse_cause_is_open_whatever_was_answered(house: House) -> None:
    first = _raise(house.clinic, _cause(1))
    acknowledge_alert(
        house.store, AcknowledgeAlert(alert_uid=first.alert_uid), actor=house.nurse, key=key(), now=NOW
    )

    second = _raise(house.clinic, _cause(2))

    assert second.was_raised
    assert _states(house) == [("p1", "resolved"), ("p2", "open")]
    assert rows(house.store, Alert)[1].answered_by_id is None


def test_a_lighter_cause_keeps_the_answer(house: House) -> None:
    first = _raise(house.clinic, _cause(2))
    until = NOW + timedelta(days=3)
    snooze_alert(
        house.store,
        SnoozeAlert(alert_uid=first.alert_uid, until=until),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    _raise(house.clinic, _cause(1))

    assert _states(house) == [("p2", "resolved"), ("p1", "snoozed")]
    lighter = rows(house.store, Alert)[1]
    assert (lighter.snoozed_until, lighter.answered_by_id) == (until, house.nurse.person_id)


def test_a_cause_that_comes_back_in_its_period_is_the_same_alert(house: House) -> None:
    first = _raise(house.clinic, _cause())
    assert _resolve(house.clinic, first.alert_uid)

    again = _raise(house.clinic, _cause())

    assert again == AlertRaised(alert_uid=first.alert_uid, was_raised=True)
    assert _states(house) == [("p1", "open")]


def test_a_cause_that_comes_back_in_another_period_is_another_alert(house: House) -> None:
    first = _raise(house.clinic, _cause(period="monday"))
    _resolve(house.clinic, first.alert_uid)

    _raise(house.clinic, _cause(period="friday"))

    assert _states(house) == [("monday", "resolved"), ("friday", "open")]


def test_what_is_resolved_stays_resolved(house: House) -> None:
    first = _raise(house.clinic, _cause())

    assert (_resolve(house.clinic, first.alert_uid), _resolve(house.clinic, first.alert_uid)) == (True, False)
    assert [row.resolved_at for row in rows(house.store, Alert)] == [SOON]


def test_another_clinics_alert_is_not_found(house: House) -> None:
    theirs = _raise(house.another_clinic(), _cause())

    with pytest.raises(ThingNotFound):
        _resolve(house.clinic, theirs.alert_uid)


def test_a_nurse_raises_nothing(house: House) -> None:
    with pytest.raises(ActionForbidden):
        raise_alert(house.store, RaiseAlert(cause=_cause()), actor=house.nurse, key=key(), now=NOW)

    assert rows(house.store, Alert) == []


def test_the_books_verify_with_alerts_in_them(house: House) -> None:
    _raise(house.clinic, _cause(1))
    _raise(house.clinic, _cause(2))

    assert verify(house.store).ok
