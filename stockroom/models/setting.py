"""What has a clinic decided for itself, where it decided otherwise than by default?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, PrimaryKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime


class ClinicSetting(Base):
    """The value of one setting of a clinic; the version of them all is the clinic's."""

    __tablename__ = "clinic_setting"
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    name: Mapped[str] = mapped_column(Text)
    """A name of `rules.settings.SETTINGS`."""
    value: Mapped[str] = mapped_column(Text)
    """Canonical JSON."""
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        PrimaryKeyConstraint("clinic_id", "name"),
        CheckConstraint("name <> ''", name="setting_has_a_name"),
    )
