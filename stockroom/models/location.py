"""Where can goods be?  The accounts of the ledger."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import UTCDateTime, one_of
from stockroom.models.keys import Editable, OfClinic, clinic_key
from stockroom.vocabulary import VIRTUAL_KINDS, LocationKind, StorageClass

_VIRTUAL = text("kind IN ({})".format(", ".join(f"'{kind.value}'" for kind in sorted(VIRTUAL_KINDS))))
_PLACED = text("kind <> 'container'")


class Location(OfClinic, Editable, Base):
    """A fridge, cupboard or room, an opened container, or one of the clinic's virtual accounts."""

    __tablename__ = "location"
    kind: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    """As people say it; an opened container's is its short code."""
    storage_class: Mapped[str | None] = mapped_column(Text)
    short_code: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        clinic_key(),
        one_of("kind", LocationKind),
        one_of("storage_class", StorageClass),
        Index(
            "uq_location_one_virtual",
            "clinic_id",
            "kind",
            unique=True,
            sqlite_where=_VIRTUAL,
            postgresql_where=_VIRTUAL,
        ),
        Index(
            "uq_location_name",
            "clinic_id",
            "name",
            unique=True,
            sqlite_where=_PLACED,
            postgresql_where=_PLACED,
        ),
    )
