"""Does a clinic decide for itself, once at a time, on the record, and for nobody else?"""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import func, select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.models import Clinic, ClinicSetting, JournalEntry
from stockroom.operations.set_settings import SetSettings, SettingsChanged, SettingsSet, set_settings
from stockroom.queries.settings import clinic_settings_shown
from stockroom.reads.settings import settings_of
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.settings import ClinicSettings
from stockroom.vocabulary import Rule
from tests.builders import NOW, House, key
from tests.operations.test_use_statements import counted


def decide(house: House, version: int, *, actor: Actor | None = None, **values: Any) -> SettingsSet:
    command = SetSettings(values=values, version=version)
    return set_settings(house.store, command, actor=actor or house.manager, key=key(), now=NOW)


def now_in(house: House, clinic_id: int | None = None) -> ClinicSettings:
    with house.store.reading() as connection:
        return settings_of(connection, clinic_id or house.clinic.id)


def test_a_clinic_that_decided_nothing_has_every_default(store: Store) -> None:
    assert now_in(House(store)) == ClinicSettings()


def test_what_is_decided_holds_here_and_nowhere_else(store: Store) -> None:
    house = House(store)
    other = house.another_clinic()

    done = decide(house, 1, second_person_for=["held"], sterile_products_max=2, expiring_soon_days=60)

    assert done == SettingsSet(changed=("second_person_for", "sterile_products_max"), version=2)
    assert now_in(house) == ClinicSettings(second_person_for=(Rule.HELD,), sterile_products_max=2)
    assert now_in(house, other.id) == ClinicSettings()


def test_what_is_decided_anew_replaces_what_was_and_the_rest_stays(store: Store) -> None:
    house = House(store)
    decide(house, 1, alert_days=[10], bench_receipt_allowed=True)

    decide(house, 2, alert_days=[90, 14])

    assert now_in(house) == ClinicSettings(alert_days=(90, 14), bench_receipt_allowed=True)
    with store.reading() as connection:
        rows = connection.execute(select(func.count()).select_from(ClinicSetting)).scalar_one()
    assert rows == 2


def test_the_journal_keeps_what_it_was_and_what_it_is(store: Store) -> None:
    house = House(store)

    decide(house, 1, alert_days=[10], short_dated_days=30)

    with store.reading() as connection:
        entry = connection.execute(
            select(JournalEntry.payload).where(JournalEntry.kind == "settings.set")
        ).scalar_one()
    assert json.loads(entry) == {
        "before": {"alert_days": [90, 60, 30, 7], "short_dated_days": 60},
        "after": {"alert_days": [10], "short_dated_days": 30},
    }


def test_the_same_key_decides_once(store: Store) -> None:
    house, same = House(store), key()
    command = SetSettings(values={"alert_days": [10]}, version=1)

    first, second = (set_settings(store, command, actor=house.manager, key=same, now=NOW) for _ in range(2))

    assert first == second
    with store.reading() as connection:
        assert connection.execute(select(Clinic.version)).scalar_one() == 2


def test_what_somebody_else_decided_is_not_overwritten(store: Store) -> None:
    house = House(store)
    decide(house, 1, alert_days=[10])

    with pytest.raises(SettingsChanged):
        decide(house, 1, alert_days=[20])

    assert now_in(house).alert_days == (10,)


@pytest.mark.parametrize("values", [{}, {"second_person_for": ["recalled"]}, {"unheard_of": 1}])
def test_nonsense_changes_nothing(sqlite_store: Store, values: dict[str, Any]) -> None:
    house = House(sqlite_store)

    with pytest.raises(InvalidValue):
        decide(house, 1, **values)

    assert now_in(house) == ClinicSettings()


def test_a_nurse_decides_nothing_for_the_clinic(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    with pytest.raises(ActionForbidden):
        decide(house, 1, actor=house.nurse, bench_receipt_allowed=True)


def test_a_setting_is_shown_with_what_it_means_in_one_statement(store: Store) -> None:
    house = House(store)
    decide(house, 1, bench_receipt_allowed=True)

    with store.reading() as connection, counted(store) as said:
        shown = clinic_settings_shown(connection, house.clinic.id)

    row = next(each for each in shown.rows if each.name == "bench_receipt_allowed")
    assert (row.value, row.default, shown.version) == (True, False, 2)
    assert row.says
    assert len(said) == 1
