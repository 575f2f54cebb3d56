"""What has this clinic decided for itself?"""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from stockroom.db.compiled_once import Once
from stockroom.models import Clinic, ClinicSetting
from stockroom.rules.setting_table import SETTINGS
from stockroom.rules.settings import ClinicSettings, settings_from

_COLUMNS = tuple(setting.name for setting in SETTINGS if setting.is_column)
_SAID = Once(
    select(
        *(getattr(Clinic, name) for name in _COLUMNS),
        Clinic.version,
        ClinicSetting.name.label("said_name"),
        ClinicSetting.value.label("said_value"),
    )
    .outerjoin(ClinicSetting, ClinicSetting.clinic_id == Clinic.id)
    .where(Clinic.id == bindparam("clinic"))
)


def settings_of(connection: Connection, clinic_id: int) -> ClinicSettings:
    """Give the settings of a clinic, those that it never touched by default; one statement."""
    return _settings(_SAID.all(connection, {"clinic": clinic_id}))


def settings_with_version(connection: Connection, clinic_id: int) -> tuple[ClinicSettings, int]:
    """Give the settings of a clinic and the version that they stand under; one statement."""
    rows = _SAID.all(connection, {"clinic": clinic_id})
    return _settings(rows), rows[0].version


def _settings(rows: Any) -> ClinicSettings:
    first: Row[Any] = rows[0]
    said = {name: getattr(first, name) for name in _COLUMNS}
    said |= {row.said_name: json.loads(row.said_value) for row in rows if row.said_name is not None}
    return settings_from(said)
