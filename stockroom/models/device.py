"""Which devices are there, and what was done with each?  They are looked after, never used up."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import Editable, OfClinic, clinic_key, in_clinic
from stockroom.vocabulary import DeviceActKind

_IN_SESSION = text("session_id IS NOT NULL")
_UNDOES = text("undoes_id IS NOT NULL")


class Device(OfClinic, Editable, Base):
    """A mesogun, injector, handpiece … by its UDI-DI and serial number, in a room."""

    __tablename__ = "device"
    kind: Mapped[str] = mapped_column(Text)
    """A slug of the reference data's devices."""
    name: Mapped[str] = mapped_column(Text)
    manufacturer: Mapped[str] = mapped_column(Text)
    udi_di: Mapped[str] = mapped_column(Text)
    """The device identifier of its UDI (a GTIN, most often); empty where none is printed on it."""
    serial: Mapped[str] = mapped_column(Text)
    short_code: Mapped[str] = mapped_column(Text)
    room_id: Mapped[int | None] = mapped_column(Identity)
    needs_service: Mapped[bool] = mapped_column(default=True)
    serviced_until: Mapped[date | None]
    """The last day on which its service holds; unknown where None, unless it needs none."""
    held_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    hold_reason: Mapped[str] = mapped_column(Text, default="")
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        clinic_key(),
        in_clinic("room_id", "location"),
        UniqueConstraint("clinic_id", "udi_di", "serial"),
        UniqueConstraint("clinic_id", "short_code"),
        CheckConstraint("serial <> '' AND name <> ''", name="has_a_name_and_serial"),
        CheckConstraint("(held_at IS NULL) = (hold_reason = '')", name="held_for_a_reason"),
    )


class DeviceAct(OfClinic, Base):
    """Something that was done with a device.  Append-only."""

    __tablename__ = "device_act"
    device_id: Mapped[int] = mapped_column(Identity)
    kind: Mapped[str] = mapped_column(Text)
    session_id: Mapped[int | None] = mapped_column(Identity)
    occurred_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    serviced_until: Mapped[date | None]
    reason: Mapped[str] = mapped_column(Text)
    raw_scan: Mapped[str | None] = mapped_column(Text)
    undoes_id: Mapped[int | None] = mapped_column(Identity)
    __table_args__ = (
        clinic_key(),
        in_clinic("device_id", "device"),
        in_clinic("session_id", "treatment_session"),
        in_clinic("undoes_id", "device_act"),
        one_of("kind", DeviceActKind),
        CheckConstraint("kind <> 'used' OR session_id IS NOT NULL", name="used_in_a_session"),
        CheckConstraint("(kind = 'taken_back') = (undoes_id IS NOT NULL)", name="takes_something_back"),
        CheckConstraint("occurred_at <= recorded_at", name="occurred_before_recorded"),
        Index("ix_device_act_device", "clinic_id", "device_id", "id"),
        Index(
            "ix_device_act_session",
            "clinic_id",
            "session_id",
            sqlite_where=_IN_SESSION,
            postgresql_where=_IN_SESSION,
        ),
        Index(
            "uq_device_act_undoes",
            "clinic_id",
            "undoes_id",
            unique=True,
            sqlite_where=_UNDOES,
            postgresql_where=_UNDOES,
        ),
    )
