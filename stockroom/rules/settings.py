"""What does each clinic decide for itself, and which values may it give?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from stockroom.errors import InvalidValue
from stockroom.rules.reaction_signals import Threshold
from stockroom.rules.setting_table import LIST_MAX, OVERRIDABLE, SETTINGS, Setting, SettingKind, SettingValue
from stockroom.vocabulary import Rule


@dataclass(frozen=True, kw_only=True)
class ClinicSettings:
    """Every setting of one clinic, as it stands."""

    second_person_for: tuple[Rule, ...] = field(default=())
    bench_receipt_allowed: bool = field(default=False)
    expiring_soon_days: int = field(default=60)
    alert_days: tuple[int, ...] = field(default=(90, 60, 30, 7))
    earlier_lot_days: int = field(default=7)
    short_dated_days: int = field(default=60)
    sterile_products_max: int = field(default=3)
    count_tolerance_worth: int = field(default=100)
    count_tolerance_presentations: int = field(default=5)
    late_entry_hours: int = field(default=72)
    backup_hours: int = field(default=48)
    heads_by_mail: bool = field(default=False)
    tablet_idle_seconds: int = field(default=90)
    days_open: tuple[int, ...] = field(default=(5, 4, 3, 2, 1))
    reading_hours: tuple[int, ...] = field(default=(18, 10))
    closing_hour: int = field(default=20)
    scanner_separator: str = field(default="")
    scanner_layout: str = field(default="")
    duplicate_scan_ms: int = field(default=1_000)
    beyond_use_rule: str = field(default="immediate_use")
    beyond_use_minutes: int = field(default=0)
    beyond_use_minutes_refrigerated: int = field(default=0)
    recipe_by_two: bool = field(default=True)
    second_check_of_cocktails: bool = field(default=False)
    sharps_box_days: int = field(default=90)
    needles_least: int = field(default=1)
    needles_most: int = field(default=10)
    cartridges_most: int = field(default=1)
    outside_authorisation: str = field(default="caution")
    treatment_room_one_patient: bool = field(default=True)
    signal_exposures_least: int = field(default=30)
    signal_events_least: int = field(default=3)
    signal_confidence_percent: int = field(default=95)
    keep_treatments_years: int = field(default=10)
    keep_reactions_years: int = field(default=15)

    @property
    def signal_threshold(self) -> Threshold:
        """When a lot stands out by its adverse reactions."""
        return Threshold(
            exposures_least=self.signal_exposures_least,
            events_least=self.signal_events_least,
            confidence_percent=self.signal_confidence_percent,
        )


_BY_NAME = {setting.name: setting for setting in SETTINGS}


def setting_called(name: str) -> Setting:
    """Give a setting.  Raises InvalidValue when there is none of that name."""
    if name not in _BY_NAME:
        raise InvalidValue(field=name[:40], problem="there is no such setting")
    return _BY_NAME[name]


def checked(name: str, said: object) -> SettingValue:
    """Give what was said for a setting as its value.  Raises InvalidValue, naming the setting."""
    setting = setting_called(name)
    if setting.kind is SettingKind.FLAG:
        if not isinstance(said, bool):
            raise InvalidValue(field=name, problem="true or false")
        return said
    if setting.kind is SettingKind.NUMBER:
        return _number(setting, said)
    if setting.kind in (SettingKind.TEXT, SettingKind.WORD):
        return _text(setting, said)
    if not isinstance(said, list | tuple) or len(said) > LIST_MAX or len(set(map(str, said))) != len(said):
        raise InvalidValue(field=name, problem=f"a list of up to {LIST_MAX}, each once")
    if setting.kind is SettingKind.NUMBERS:
        return tuple(sorted((_number(setting, each) for each in said), reverse=True))
    return _rules(name, said)


def settings_from(said: Mapping[str, object]) -> ClinicSettings:
    """Give the settings of a clinic that said this, the rest by default.

    What names no setting (any more) is left out.  Raises InvalidValue.
    """
    known = {name: checked(name, value) for name, value in said.items() if name in _BY_NAME}
    return ClinicSettings(**known)  # type: ignore[arg-type]  # each by its name; a test compares the fields


def _number(setting: Setting, said: object) -> int:
    if type(said) is not int or not setting.least <= said <= setting.most:
        raise InvalidValue(
            field=setting.name, problem=f"a whole number from {setting.least} to {setting.most}"
        )
    return said


def _text(setting: Setting, said: object) -> str:
    if setting.kind is SettingKind.WORD:
        if not isinstance(said, str) or said not in setting.words:
            raise InvalidValue(
                field=setting.name, problem=f"one of: {', '.join(filter(None, setting.words))}"
            )
    elif not isinstance(said, str) or not re.fullmatch(setting.pattern, said):
        raise InvalidValue(field=setting.name, problem="characters that no code holds, or nothing")
    return said


def _rules(name: str, said: Iterable[object]) -> tuple[Rule, ...]:
    wanted = {str(each) for each in said}
    unknown = wanted - {rule.value for rule in OVERRIDABLE}
    if unknown:
        raise InvalidValue(
            field=name, problem=f"rules that can be overridden; not {', '.join(sorted(unknown))[:200]}"
        )
    return tuple(rule for rule in OVERRIDABLE if rule.value in wanted)
