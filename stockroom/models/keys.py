"""How do the tables of a clinic refer to each other?  By (clinic_id, id), so that no row of another clinic fits."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.columns import Identity, UTCDateTime
from stockroom.db.columns import Uid as UidType


class Numbered:
    """Has a key that never leaves the database."""

    id: Mapped[int] = mapped_column(Identity, primary_key=True, sort_order=-3)


class Named(Numbered):
    """Is seen outside under a public id."""

    uid: Mapped[str] = mapped_column(UidType(), unique=True, sort_order=-2)


class OfClinic(Named):
    """Belongs to one clinic and is seen outside."""

    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"), sort_order=-1)


class Editable:
    """Can be edited by people; the version is its ETag."""

    version: Mapped[int] = mapped_column(Identity, default=1)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)


def clinic_key() -> UniqueConstraint:
    """The pair by which other tables of the clinic refer to a row of this one."""
    return UniqueConstraint("clinic_id", "id")


def in_clinic(column: str, target: str, *, key: str = "id") -> ForeignKeyConstraint:
    """A reference from (clinic_id, `column`) to (clinic_id, `key`) of `target`."""
    return ForeignKeyConstraint(["clinic_id", column], [f"{target}.clinic_id", f"{target}.{key}"])
