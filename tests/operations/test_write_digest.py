"""Is a day's mail written once for each person, and only while there is something to tell?"""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.models import OutboxMessage, User
from stockroom.notices import AlertKind
from stockroom.operations.raise_alert import RaiseAlert, ResolveAlert, raise_alert, resolve_alert
from stockroom.operations.write_digest import DigestWritten, WriteDigest, write_digest
from stockroom.rules.alerting import Cause
from tests.builders import NOW, House, key
from tests.jobs.shop import written
from tests.sessions import rows

DAY = date(2026, 3, 2)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def alert_uid(house: House) -> str:
    cause = Cause(kind=AlertKind.LOW_STOCK, subject_kind="product", subject_uid="p", period="x")
    raised = raise_alert(house.store, RaiseAlert(cause=cause), actor=house.clinic.system, key=key(), now=NOW)
    return raised.alert_uid


def _user_uid(house: House, actor: Actor) -> str:
    with house.store.reading() as connection:
        return connection.execute(select(User.uid).where(User.id == actor.user_id)).scalar_one()


def _write(house: House, alert_uid: str, *, day: date = DAY, user_uid: str | None = None) -> DigestWritten:
    command = WriteDigest(
        user_uid=user_uid or _user_uid(house, house.manager),
        day=day,
        subject="Vitosha: 1 thing waits for somebody",
        body="Low stock (1).",
        alert_uids=(alert_uid,),
    )
    return write_digest(house.store, command, actor=house.clinic.system, key=key("digest"), now=NOW)


def test_a_person_has_one_mail_a_day(house: House, alert_uid: str) -> None:
    first, second = _write(house, alert_uid), _write(house, alert_uid)
    next_day = _write(house, alert_uid, day=date(2026, 3, 3))

    assert first == second and first.message_uid is not None
    assert next_day.message_uid not in (None, first.message_uid)
    messages = rows(house.store, OutboxMessage)
    assert [(row.state, row.attempts, row.user_id) for row in messages] == [
        ("waiting", 0, house.manager.user_id)
    ] * 2


def test_nothing_is_written_once_nothing_stands(house: House, alert_uid: str) -> None:
    resolve_alert(
        house.store, ResolveAlert(alert_uid=alert_uid), actor=house.clinic.system, key=key(), now=NOW
    )

    assert _write(house, alert_uid) == DigestWritten(message_uid=None)
    assert rows(house.store, OutboxMessage) == []


def test_nothing_is_written_to_who_may_no_longer_log_in_or_works_elsewhere(
    house: House, alert_uid: str
) -> None:
    elsewhere = house.another_clinic().manager
    written(house.store, update(User).where(User.id == house.manager.user_id).values(active=False))

    assert _write(house, alert_uid).message_uid is None
    assert _write(house, alert_uid, user_uid=_user_uid(house, elsewhere)).message_uid is None


def test_an_unknown_log_in_is_not_found(house: House, alert_uid: str) -> None:
    with pytest.raises(ThingNotFound):
        _write(house, alert_uid, user_uid="01a20116-1800-752d-9691-926cd9ec78cb")
