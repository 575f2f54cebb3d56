"""Is every setting one that a clinic can read, understand and set, and is nonsense refused by name?"""

from __future__ import annotations

from dataclasses import fields

import pytest

from stockroom.errors import InvalidValue
from stockroom.models import Clinic
from stockroom.rules.setting_table import OVERRIDABLE, SETTINGS, SettingValue
from stockroom.rules.settings import ClinicSettings, checked, settings_from
from stockroom.vocabulary import Rule


def test_the_registry_and_the_value_name_the_same_settings_with_the_same_defaults() -> None:
    told = ClinicSettings()

    assert [each.name for each in fields(told)] == [setting.name for setting in SETTINGS]
    assert {setting.name: setting.default for setting in SETTINGS} == {
        each.name: getattr(told, each.name) for each in fields(told)
    }


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_a_setting_explains_itself_and_its_default_may_be_said(setting: object) -> None:
    from stockroom.rules.setting_table import Setting

    assert isinstance(setting, Setting)
    assert setting.says.endswith(".")
    assert checked(setting.name, setting.default) == setting.default


def test_a_setting_in_the_clinics_own_row_has_its_default_there() -> None:
    for setting in SETTINGS:
        if setting.is_column:
            column = Clinic.__table__.c[setting.name]
            assert column.default is not None
            assert column.default.arg == setting.default


def test_a_second_person_is_asked_for_rules_that_can_be_overridden() -> None:
    assert set(Rule) - set(OVERRIDABLE) == {
        Rule.RECALLED,
        Rule.PERIOD_CLOSED,
        Rule.SESSION_CLOSED,
        Rule.BEYOND_WINDOW,
        Rule.BEFORE_OPENED,
        Rule.BEFORE_ARRIVAL,
        Rule.LEFTOVERS_POOLED,
    }


@pytest.mark.parametrize(
    ("name", "said", "value"),
    [
        ("second_person_for", ["held", "expired"], (Rule.EXPIRED, Rule.HELD)),
        ("second_person_for", [], ()),
        ("bench_receipt_allowed", True, True),
        ("expiring_soon_days", 0, 0),
        ("alert_days", [7, 30], (30, 7)),
        ("sterile_products_max", 1, 1),
    ],
)
def test_what_may_be_said(name: str, said: object, value: SettingValue) -> None:
    assert checked(name, said) == value


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("second_person_for", ["recalled"]),
        ("second_person_for", ["no such rule"]),
        ("second_person_for", ["held", "held"]),
        ("second_person_for", "held"),
        ("bench_receipt_allowed", 1),
        ("expiring_soon_days", -1),
        ("expiring_soon_days", True),
        ("expiring_soon_days", 3_651),
        ("alert_days", [0]),
        ("alert_days", list(range(1, 22))),
        ("sterile_products_max", 0),
        ("no_such_setting", 1),
    ],
)
def test_what_may_not_be_said_is_refused_by_name(name: str, said: object) -> None:
    with pytest.raises(InvalidValue) as refusal:
        checked(name, said)

    assert refusal.value.field == name


def test_a_clinic_that_said_little_has_the_rest_by_default() -> None:
    told = settings_from({"alert_days": [10], "of_an_older_release": 3})

    assert told == ClinicSettings(alert_days=(10,))
