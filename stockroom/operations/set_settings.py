"""How does a clinic decide something for itself?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import delete, insert, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Stale, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.encoding import canonical
from stockroom.models import Clinic, ClinicSetting
from stockroom.reads.settings import settings_with_version
from stockroom.rules.setting_table import SettingValue
from stockroom.rules.settings import checked, setting_called
from stockroom.vocabulary import Action


@dataclass(eq=False, kw_only=True)
class SettingsChanged(Stale):
    """Somebody set something since they were read."""

    code: ClassVar[str] = "settings_changed"
    message: ClassVar[str] = extracted(
        "The settings were changed by somebody else. Look at them again before you change them."
    )
    version: int


@dataclass(frozen=True, kw_only=True)
class SetSettings:
    """What the actor's clinic decides; what is not named stays as it is."""

    values: dict[str, Any]
    """By the names of `rules.setting_table.SETTINGS`."""
    version: int
    """The version that was read."""


@dataclass(frozen=True, kw_only=True)
class SettingsSet:
    changed: tuple[str, ...]
    version: int


def set_settings(store: Store, command: SetSettings, *, actor: Actor, key: str, now: datetime) -> SettingsSet:
    """Set some of a clinic's settings; the journal keeps what each was and what it is now.

    Raises InvalidValue, naming the setting, and SettingsChanged.
    """
    return perform(
        store,
        Act(kind="settings.set", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _set(work, command),
        answer=SettingsSet,
        actor=actor,
        key=key,
        now=now,
    )


def _set(work: Work, command: SetSettings) -> SettingsSet:
    if not command.values:
        raise InvalidValue(field="settings", problem="name at least one setting")
    wanted = {name: checked(name, said) for name, said in command.values.items()}
    before, version = settings_with_version(work.connection, work.clinic_id)
    if command.version != version:
        raise SettingsChanged(version=version)
    changed = {name: value for name, value in wanted.items() if getattr(before, name) != value}
    _write(work, changed, version + 1)
    work.payload.update(before={name: getattr(before, name) for name in changed}, after=changed)
    return SettingsSet(changed=tuple(sorted(changed)), version=version + 1)


def _write(work: Work, changed: dict[str, SettingValue], version: int) -> None:
    columns = {name: value for name, value in changed.items() if setting_called(name).is_column}
    work.connection.execute(
        update(Clinic)
        .where(Clinic.id == work.clinic_id)
        .values(**columns, version=version, updated_at=work.recorded_at)
    )
    kept = [
        {
            "clinic_id": work.clinic_id,
            "name": name,
            "value": canonical(value),
            "updated_at": work.recorded_at,
        }
        for name, value in changed.items()
        if name not in columns
    ]
    if kept:
        named = ClinicSetting.name.in_([row["name"] for row in kept])
        work.connection.execute(delete(ClinicSetting).where(ClinicSetting.clinic_id == work.clinic_id, named))
        work.connection.execute(insert(ClinicSetting), kept)
