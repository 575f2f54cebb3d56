"""Who works here, and what are they authorised to do?"""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime
from stockroom.models.keys import Editable, Named, Numbered


class Person(Named, Editable, Base):
    """A member of staff (or a job's own principal).  Outlives every log-in."""

    __tablename__ = "person"
    name: Mapped[str] = mapped_column(Text)
    profession: Mapped[str] = mapped_column(Text)
    is_system: Mapped[bool] = mapped_column(default=False)
    left_on: Mapped[date | None]
    """The last day of her work here; her name stays on everything that she did."""


class Authorisation(Numbered, Base):
    """What a person may do by profession (prescribe, inject, compound …), from one date until another."""

    __tablename__ = "authorisation"
    person_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(Text)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    scope: Mapped[str] = mapped_column(Text, default="")
    """Of *inject*: the technique or the kind of device, by its slug in the reference data; empty for all."""
    granted_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    granted_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    training: Mapped[str] = mapped_column(Text, default="")
    """The evidence: which training …"""
    trained_on: Mapped[date | None]
    """… when …"""
    file_reference: Mapped[str] = mapped_column(Text, default="")
    """… and where its paper is kept."""
    __table_args__ = (
        CheckConstraint(
            "kind IN ('prescribe', 'inject', 'compound', 'receive', 'check', 'release_hold', 'override')",
            name="kind_is_a_word",
        ),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="until_after_from"),
        CheckConstraint("scope = '' OR kind = 'inject'", name="scope_of_injecting"),
    )
