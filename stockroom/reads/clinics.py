"""Which clinics are there, and which settings does one decide by?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, bindparam, select

from stockroom.db.base import table_of
from stockroom.db.compiled_once import Once
from stockroom.db.store import Store
from stockroom.db.transaction import JournalName
from stockroom.errors import Refused, extracted
from stockroom.models import Clinic


@dataclass(eq=False, kw_only=True)
class ClinicNameTaken(Refused):
    """Another clinic has this name."""

    code: ClassVar[str] = "clinic_name_taken"
    message: ClassVar[str] = extracted("There is a clinic called {name} already. Give this one another name.")
    name: str


_SETTINGS = Once(select(table_of(Clinic)).where(Clinic.id == bindparam("clinic")))


def every_clinic(store: Store) -> tuple[JournalName, ...]:
    """Give the journals of changes of all clinics, for an act that can stop a use anywhere.

    Asked before the act: a clinic that is founded meanwhile has no use yet that could be stopped.
    """
    with store.reading() as connection:
        ids = connection.execute(select(Clinic.id).order_by(Clinic.id)).scalars().all()
    return tuple(JournalName(clinic_id=clinic_id) for clinic_id in ids)


def clinic_settings(connection: Connection, clinic_id: int) -> Row[Any]:
    """Give the whole row of a clinic, its settings included."""
    row: Row[Any] = _SETTINGS.one(connection, {"clinic": clinic_id})  # a named tuple, read as a row is
    return row


def refuse_taken_name(connection: Connection, name: str, *, but: int = 0) -> None:
    """Raise ClinicNameTaken when a clinic other than `but` has this name."""
    taken = select(Clinic.id).where(Clinic.name == name, Clinic.id != but)
    if connection.execute(taken).first() is not None:
        raise ClinicNameTaken(name=name)
