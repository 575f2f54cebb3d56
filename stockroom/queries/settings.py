"""What does this clinic decide for itself, what does each setting mean, and what was it by default?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from stockroom.reads.settings import settings_with_version
from stockroom.rules.setting_table import SETTINGS, SettingKind, SettingValue
from stockroom.rules.settings import ClinicSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """One setting as a screen shows it."""

    name: str
    kind: SettingKind
    value: SettingValue
    default: SettingValue
    says: str
    source: str


@dataclass(frozen=True, kw_only=True)
class ClinicSettingsShown:
    """All settings of a clinic, with the version under which they may be changed."""

    settings: ClinicSettings
    version: int

    @property
    def rows(self) -> tuple[SettingRow, ...]:
        return tuple(
            SettingRow(
                name=setting.name,
                kind=setting.kind,
                value=getattr(self.settings, setting.name),
                default=setting.default,
                says=setting.says,
                source=setting.source,
            )
            for setting in SETTINGS
        )


def clinic_settings_shown(connection: Connection, clinic_id: int) -> ClinicSettingsShown:
    """Give the settings of a clinic; one statement."""
    settings, version = settings_with_version(connection, clinic_id)
    return ClinicSettingsShown(settings=settings, version=version)
