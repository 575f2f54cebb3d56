"""How are a clinic's own details put right?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Refused, Stale, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.sides import note_sides
from stockroom.models import Clinic, Movement
from stockroom.reads.clinics import clinic_settings, refuse_taken_name
from stockroom.rules.clinic_details import check_details
from stockroom.vocabulary import Action


@dataclass(eq=False, kw_only=True)
class ClinicChanged(Stale):
    """Somebody changed the clinic since it was read."""

    code: ClassVar[str] = "clinic_changed"
    message: ClassVar[str] = extracted(
        "The clinic was changed by somebody else. Look at it again before you change it."
    )
    version: int


@dataclass(eq=False, kw_only=True)
class BooksBegun(Refused):
    """What the books were kept in stays: limits were computed by the wall of the clinic, costs in its currency."""

    code: ClassVar[str] = "books_begun"
    message: ClassVar[str] = extracted(
        "The books of this clinic have begun: its {what} stays as it is. Found another clinic if it is another one."
    )
    what: str


@dataclass(frozen=True, kw_only=True)
class ChangeClinic:
    """The details of the actor's clinic as they are from now on."""

    version: int
    """The version that was read."""
    name: str
    time_zone: str
    """IANA name, such as Europe/Sofia."""
    country: str
    """ISO 3166-1 alpha-2."""
    currency: str
    """ISO 4217."""
    books_begin_on: date


@dataclass(frozen=True, kw_only=True)
class ClinicSaved:
    clinic_uid: str
    version: int


_KEPT = {"time_zone": "time zone", "currency": "currency", "books_begin_on": "first day"}
"""What stays once something was booked."""


def change_clinic(
    store: Store, command: ChangeClinic, *, actor: Actor, key: str, now: datetime
) -> ClinicSaved:
    """Change the details of the actor's clinic.

    Raises ClinicChanged, InvalidValue, ClinicNameTaken; BooksBegun for another time zone, currency or first
    day once something was booked.
    """
    return perform(
        store,
        Act(kind="clinic.change", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _change(work, command),
        answer=ClinicSaved,
        actor=actor,
        key=key,
        now=now,
    )


def _change(work: Work, command: ChangeClinic) -> ClinicSaved:
    clinic = clinic_settings(work.connection, work.clinic_id)
    if clinic.version != command.version:
        raise ClinicChanged(version=clinic.version)
    check_details(
        name=command.name, time_zone=command.time_zone, country=command.country, currency=command.currency
    )
    refuse_taken_name(work.connection, command.name, but=clinic.id)
    said = {name: getattr(command, name) for name in ("name", "country", *_KEPT)}
    kept = [what for name, what in _KEPT.items() if said[name] != getattr(clinic, name)]
    if kept and _has_begun(work):
        raise BooksBegun(what=kept[0])
    work.connection.execute(
        update(Clinic)
        .where(Clinic.id == clinic.id)
        .values(**said, version=clinic.version + 1, updated_at=work.recorded_at)
    )
    note_sides(work, {name: getattr(clinic, name) for name in said}, said)
    work.payload["clinic"] = clinic.uid
    return ClinicSaved(clinic_uid=clinic.uid, version=clinic.version + 1)


def _has_begun(work: Work) -> bool:
    booked = select(Movement.id).where(Movement.clinic_id == work.clinic_id).limit(1)
    return work.connection.execute(booked).first() is not None
