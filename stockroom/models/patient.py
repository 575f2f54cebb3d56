"""Who is treated?  Values are sealed with the patient's own key; nothing here can be read without it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, PrimaryKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime
from stockroom.models.keys import Editable, Named


class Patient(Named, Editable, Base):
    """A patient of the organisation.  Erased: the data key and every sealed value are gone."""

    __tablename__ = "patient"
    short_code: Mapped[str] = mapped_column(Text, unique=True)
    data_key: Mapped[bytes | None] = mapped_column(LargeBinary)
    """The patient's data key, wrapped by the installation's key."""
    name: Mapped[bytes | None] = mapped_column(LargeBinary)
    born_on: Mapped[bytes | None] = mapped_column(LargeBinary)
    contact: Mapped[bytes | None] = mapped_column(LargeBinary)
    reference: Mapped[bytes | None] = mapped_column(LargeBinary)
    allergies_asked_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """When she was last asked about allergies and flags; until somebody has, they are not known."""
    merged_into_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("patient.id"), index=True)
    erased_at: Mapped[datetime | None] = mapped_column(UTCDateTime)


class PatientIndex(Base):
    """A blind index by which a patient is found without reading anything."""

    __tablename__ = "patient_index"
    patient_id: Mapped[int] = mapped_column(Identity, ForeignKey("patient.id"), index=True)
    field: Mapped[str] = mapped_column(Text)
    token: Mapped[str] = mapped_column(Text)
    __table_args__ = (PrimaryKeyConstraint("field", "token", "patient_id"),)


class PatientAllergy(Base):
    """An ingredient that a patient must not get."""

    __tablename__ = "patient_allergy"
    patient_id: Mapped[int] = mapped_column(Identity, ForeignKey("patient.id"), primary_key=True)
    ingredient_id: Mapped[int] = mapped_column(Identity, ForeignKey("ingredient.id"), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))


class PatientClassAllergy(Base):
    """A whole class of ingredients that a patient must not get: of those that are known, and of later ones."""

    __tablename__ = "patient_class_allergy"
    patient_id: Mapped[int] = mapped_column(Identity, ForeignKey("patient.id"), primary_key=True)
    ingredient_class: Mapped[str] = mapped_column(Text, primary_key=True)
    """As `Ingredient.ingredient_class` says it."""
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))


class PatientFlag(Named, Base):
    """A contraindication that a patient has, from one day until another; what it stops is a rule of its own."""

    __tablename__ = "patient_flag"
    patient_id: Mapped[int] = mapped_column(Identity, ForeignKey("patient.id"), index=True)
    flag: Mapped[str] = mapped_column(Text)
    """The slug of a contraindication of the reference data."""
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    """Its last day; None while nobody knows of an end."""
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        CheckConstraint("flag <> ''", name="flag_is_named"),
        CheckConstraint("until_on IS NULL OR until_on >= from_on", name="ends_after_it_began"),
    )
