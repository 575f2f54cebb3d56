"""How does a new clinic start as a copy of another?  With its places, minimums, targets, par levels and settings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Row, bindparam, insert, select, update

from stockroom.actor import Actor
from stockroom.db.base import table_of
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import JournalName, Work
from stockroom.errors import Conflict, InvalidValue, ThingNotFound, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.temperatures import kept_places
from stockroom.models import (
    Clinic,
    ClinicSetting,
    Location,
    Membership,
    Movement,
    ParLevel,
    PlaceWatch,
    StockLevel,
)
from stockroom.reads.finding import one_by_uid
from stockroom.reads.short_codes import free_short_codes, taken_codes
from stockroom.rules.permissions import may
from stockroom.rules.setting_table import SETTINGS
from stockroom.vocabulary import SHELF_KINDS, Action, Role

_OWN = frozenset({"id", "uid", "clinic_id", "short_code", "version", "created_at", "updated_at", "closed_at"})
"""What a row has for itself; everything else of it is copied."""
_TAKEN_CODES = taken_codes(Location.short_code, Location.clinic_id == bindparam("clinic"))


@dataclass(eq=False, kw_only=True)
class ClinicUnderWay(Conflict):
    """Something was booked in this clinic, so that it does not begin any more."""

    code: ClassVar[str] = "clinic_under_way"
    message: ClassVar[str] = extracted(
        "Goods were already booked in this clinic, so it cannot start as a copy any more. Add its places and "
        "minimums one by one, or bring them in from a table."
    )


@dataclass(frozen=True, kw_only=True)
class CopyClinic:
    """Which clinic the actor's clinic starts as a copy of."""

    from_clinic_uid: str


@dataclass(frozen=True, kw_only=True)
class ClinicCopied:
    """How much was added; what was there already stays as it is."""

    places: int
    stock_levels: int
    par_levels: int
    settings: tuple[str, ...]


def copy_clinic(store: Store, command: CopyClinic, *, actor: Actor, key: str, now: datetime) -> ClinicCopied:
    """Give the actor's clinic the places, levels and settings of another, where it has none of its own yet.

    Labels are its own: every copied place gets a new short code.  Stock, people and books are not copied.  A second
    time nothing is added.  Raises ThingNotFound for a clinic that the actor does not look after, InvalidValue for the
    clinic itself, ClinicUnderWay when anything was booked here.
    """
    with store.reading() as connection:
        other = one_by_uid(connection, Clinic, command.from_clinic_uid, thing="clinic")
    return perform(
        store,
        Act(
            kind="clinic.copy",
            action=Action.MAINTAIN_CLINIC,
            also_locks=(JournalName(clinic_id=other.id),),
        ),
        command=command,
        body=lambda work: _copy(work, command, other.id),
        answer=ClinicCopied,
        actor=actor,
        key=key,
        now=now,
    )


def _copy(work: Work, command: CopyClinic, other_id: int) -> ClinicCopied:
    _check(work, command, other_id)
    places, added = _copy_places(work, other_id)
    levels = _copy_levels(work, StockLevel, other_id, places)
    pars = _copy_levels(work, ParLevel, other_id, places)
    settings = _copy_settings(work, other_id)
    watches = _copy_watches(work, other_id, places)
    work.payload.update(
        copy_of=command.from_clinic_uid,
        places=added,
        stock_levels=levels,
        par_levels=pars,
        settings=settings,
        watches=watches,
    )
    return ClinicCopied(
        places=len(added), stock_levels=levels, par_levels=pars, settings=tuple(sorted(settings))
    )


def _check(work: Work, command: CopyClinic, other_id: int) -> None:
    if other_id == work.clinic_id:
        raise InvalidValue(field="from_clinic_uid", problem="another clinic than this one")
    if not work.actor.is_system:
        held = work.connection.execute(
            select(Membership.role).where(
                Membership.user_id == work.actor.user_id, Membership.clinic_id == other_id
            )
        ).scalars()
        if not may({Role(role) for role in held}, Action.MAINTAIN_CLINIC):
            raise ThingNotFound(thing="clinic", uid=command.from_clinic_uid)
    moved = select(Movement.id).where(Movement.clinic_id == work.clinic_id).limit(1)
    if work.connection.execute(moved).first() is not None:
        raise ClinicUnderWay()


def _copy_places(work: Work, other_id: int) -> tuple[dict[int, int], list[str]]:
    """Add the places whose names are not here yet; give each of the other's as which of ours, and the new uids."""
    theirs, ours = _places(work, other_id), {row.name: row.id for row in _places(work, work.clinic_id)}
    missing = [row for row in theirs if row.name not in ours]
    codes = free_short_codes(work.connection, _TAKEN_CODES, len(missing), clinic=work.clinic_id)
    rows = [
        _kept(row)
        | _dated(work)
        | {"uid": new_uid(work.now), "clinic_id": work.clinic_id, "short_code": code}
        for row, code in zip(missing, codes, strict=True)
    ]
    if rows:
        work.connection.execute(insert(table_of(Location)), rows)
    ids = {row.name: row.id for row in _places(work, work.clinic_id)}
    return {row.id: ids[row.name] for row in theirs}, [str(row["uid"]) for row in rows]


def _places(work: Work, clinic_id: int) -> list[Row[Any]]:
    """A clinic's shelves that are open, by id."""
    return list(
        work.connection.execute(
            select(table_of(Location))
            .where(
                Location.clinic_id == clinic_id,
                Location.kind.in_(sorted(SHELF_KINDS)),
                Location.closed_at.is_(None),
            )
            .order_by(Location.id)
        )
    )


def _copy_levels(work: Work, model: Any, other_id: int, places: Mapping[int, int]) -> int:
    """Add the levels that are not here yet, those of places at the place that stands for it; give how many."""
    table = table_of(model)
    has_place = "location_id" in table.c

    def key(row: Mapping[str, Any]) -> tuple[object, object]:
        return row["product_id"], row.get("location_id")

    def rows_of(clinic_id: int) -> Iterable[dict[str, Any]]:
        found = work.connection.execute(select(table).where(table.c.clinic_id == clinic_id))
        return [dict(row._mapping) for row in found]

    here = {key(row) for row in rows_of(work.clinic_id)}
    added = []
    for row in rows_of(other_id):
        if has_place and row["location_id"] not in places:
            continue  # of a place that was closed
        ours = {name: value for name, value in row.items() if name not in _OWN}
        ours |= {"clinic_id": work.clinic_id, **_dated(work)}
        if has_place:
            ours["location_id"] = places[row["location_id"]]
        if key(ours) not in here:
            added.append(ours)
    if added:
        work.connection.execute(insert(table), added)
    return len(added)


def _copy_watches(work: Work, other_id: int, places: Mapping[int, int]) -> int:
    """Ask of a place what the other clinic decided to ask of its own, where nothing was decided here; give how many."""
    decided_here = {each.id for each in kept_places(work.connection, work.clinic_id) if each.is_decided}
    newest: dict[int, Row[Any]] = {}
    watch = table_of(PlaceWatch)
    for row in work.connection.execute(
        select(watch).where(watch.c.clinic_id == other_id).order_by(watch.c.id)
    ):
        newest[row.location_id] = row
    rows = [
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "location_id": places[row.location_id],
            "is_read": row.is_read,
            "lowest_tenths": row.lowest_tenths,
            "highest_tenths": row.highest_tenths,
            "is_emergency_box": row.is_emergency_box,
            "set_at": work.recorded_at,
            "set_by_id": work.actor.person_id,
        }
        for row in newest.values()
        if row.location_id in places and places[row.location_id] not in decided_here
    ]
    if rows:
        work.connection.execute(insert(watch), rows)
    return len(rows)


def _copy_settings(work: Work, other_id: int) -> list[str]:
    """Decide as the other did, where this clinic has decided nothing itself; give the names."""
    clinics = {
        row.id: row
        for row in work.connection.execute(
            select(table_of(Clinic)).where(Clinic.id.in_([work.clinic_id, other_id]))
        )
    }
    ours, theirs = clinics[work.clinic_id], clinics[other_id]
    columns = {
        setting.name: getattr(theirs, setting.name)
        for setting in SETTINGS
        if setting.is_column
        and getattr(ours, setting.name) == setting.default
        and getattr(theirs, setting.name) != setting.default
    }
    said = select(ClinicSetting.name, ClinicSetting.value).where(ClinicSetting.clinic_id == bindparam("of"))
    here = {row.name for row in work.connection.execute(said, {"of": work.clinic_id})}
    rows = [
        {"clinic_id": work.clinic_id, "name": row.name, "value": row.value, "updated_at": work.recorded_at}
        for row in work.connection.execute(said, {"of": other_id})
        if row.name not in here
    ]
    if rows:
        work.connection.execute(insert(ClinicSetting), rows)
    changed = sorted([*columns, *(str(row["name"]) for row in rows)])
    if changed:
        work.connection.execute(
            update(Clinic)
            .where(Clinic.id == work.clinic_id)
            .values(**columns, version=ours.version + 1, updated_at=work.recorded_at)
        )
    return changed


def _kept(row: Row[Any]) -> dict[str, Any]:
    return {name: value for name, value in row._mapping.items() if name not in _OWN}


def _dated(work: Work) -> dict[str, Any]:
    return {"version": 1, "created_at": work.recorded_at, "updated_at": work.recorded_at}
