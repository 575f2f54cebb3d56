"""Who works here, and what are they authorised to do?"""

from __future__ import annotations

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity
from stockroom.models.keys import Editable, Named, Numbered


class Person(Named, Editable, Base):
    """A member of staff (or a job's own principal).  Outlives every log-in."""

    __tablename__ = "person"
    name: Mapped[str] = mapped_column(Text)
    profession: Mapped[str] = mapped_column(Text)
    is_system: Mapped[bool] = mapped_column(default=False)


class Authorisation(Numbered, Base):
    """What a person may do by profession (prescribe, inject, compound), from one date until another."""

    __tablename__ = "authorisation"
    person_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    kind: Mapped[str] = mapped_column(Text)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    __table_args__ = (
        CheckConstraint("kind IN ('prescribe', 'inject', 'compound')", name="kind_is_a_word"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="until_after_from"),
    )
