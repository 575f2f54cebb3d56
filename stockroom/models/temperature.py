"""How warm was it where goods lie, within which limits should it be, and what was decided when it was not?

Temperatures are whole tenths of a degree Celsius.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, clinic_key, in_clinic
from stockroom.rules.temperatures import COLDEST_TENTHS, WARMEST_TENTHS, ReadingSource, Verdict

_UNDECIDED = text("decided_at IS NULL")
_CORRECTION = text("corrects_id IS NOT NULL")
_OF_LOGGER = text("source = 'logger' AND corrects_id IS NULL")


def _possible(column: str) -> str:
    return f"({column} IS NULL OR {column} BETWEEN {COLDEST_TENTHS} AND {WARMEST_TENTHS})"


class PlaceWatch(OfClinic, Base):
    """What is asked of a place each day, from one day on: the newest row counts.  Append-only.

    A place without a row is asked what its kind and storage class say (`rules.temperatures.usual_watch`).
    """

    __tablename__ = "place_watch"
    location_id: Mapped[int] = mapped_column(Identity)
    is_read: Mapped[bool]
    """Somebody reads its thermometer."""
    lowest_tenths: Mapped[int | None] = mapped_column(Integer)
    highest_tenths: Mapped[int | None] = mapped_column(Integer)
    """None with the other: those of its storage class."""
    is_emergency_box: Mapped[bool]
    """What should lie there (`par_level`) is looked at each day, with its seal."""
    set_at: Mapped[datetime] = mapped_column(UTCDateTime)
    set_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        in_clinic("location_id", "location"),
        CheckConstraint("(lowest_tenths IS NULL) = (highest_tenths IS NULL)", name="limits_together"),
        CheckConstraint(
            "lowest_tenths IS NULL OR lowest_tenths < highest_tenths", name="lowest_below_highest"
        ),
        CheckConstraint(
            f"{_possible('lowest_tenths')} AND {_possible('highest_tenths')}", name="limits_possible"
        ),
        Index("ix_place_watch_place", "clinic_id", "location_id", "id"),
    )


class TemperatureReading(OfClinic, Base):
    """What a thermometer said.  Append-only: a mistake is answered by a row that corrects it.

    It counts unless another row corrects it, or it takes one back (`now_tenths` is None).
    """

    __tablename__ = "temperature_reading"
    location_id: Mapped[int] = mapped_column(Identity)
    seq: Mapped[int] = mapped_column(Identity)
    """The number of its journal entry, which names the digest of the entry's readings."""
    read_at: Mapped[datetime] = mapped_column(UTCDateTime)
    now_tenths: Mapped[int | None] = mapped_column(Integer)
    lowest_tenths: Mapped[int | None] = mapped_column(Integer)
    highest_tenths: Mapped[int | None] = mapped_column(Integer)
    """The lowest and the highest since the thermometer's memory was last cleared."""
    limit_lowest_tenths: Mapped[int | None] = mapped_column(Integer)
    limit_highest_tenths: Mapped[int | None] = mapped_column(Integer)
    """The limits that it was judged by; None: nobody had said them."""
    source: Mapped[str] = mapped_column(Text)
    corrects_id: Mapped[int | None] = mapped_column(Identity)
    note: Mapped[str] = mapped_column(Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        clinic_key(),
        in_clinic("location_id", "location"),
        in_clinic("corrects_id", "temperature_reading"),
        one_of("source", ReadingSource),
        CheckConstraint("now_tenths IS NOT NULL OR corrects_id IS NOT NULL", name="says_something"),
        CheckConstraint("lowest_tenths IS NULL OR lowest_tenths <= now_tenths", name="lowest_is_lowest"),
        CheckConstraint("highest_tenths IS NULL OR highest_tenths >= now_tenths", name="highest_is_highest"),
        CheckConstraint(
            f"{_possible('now_tenths')} AND {_possible('lowest_tenths')} AND {_possible('highest_tenths')}",
            name="temperature_possible",
        ),
        CheckConstraint(
            "(limit_lowest_tenths IS NULL) = (limit_highest_tenths IS NULL)", name="limits_together"
        ),
        CheckConstraint("read_at <= recorded_at", name="read_before_recorded"),
        Index("ix_temperature_reading_place", "clinic_id", "location_id", "read_at"),
        Index("ix_temperature_reading_seq", "clinic_id", "seq"),
        Index(
            "uq_temperature_reading_corrects",
            "clinic_id",
            "corrects_id",
            unique=True,
            sqlite_where=_CORRECTION,
            postgresql_where=_CORRECTION,
        ),
        Index(
            "uq_temperature_reading_logger",
            "clinic_id",
            "location_id",
            "read_at",
            unique=True,
            sqlite_where=_OF_LOGGER,
            postgresql_where=_OF_LOGGER,
        ),
    )


class TemperatureExcursion(OfClinic, Base):
    """It was outside its limits somewhere, until somebody decides what becomes of the goods.

    Its holds are those of the clinic whose `origin_uid` is its uid.  Once decided it never changes again.
    """

    __tablename__ = "temperature_excursion"
    location_id: Mapped[int] = mapped_column(Identity)
    first_reading_id: Mapped[int] = mapped_column(Identity)
    """The first reading outside the limits."""
    good_reading_id: Mapped[int | None] = mapped_column(Identity)
    """The last good one before it; None: there is none."""
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    verdict: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("person.id"))
    movement_id: Mapped[int | None] = mapped_column(Identity)
    """The disposal that the decision was, where something was thrown away."""
    __table_args__ = (
        clinic_key(),
        in_clinic("location_id", "location"),
        in_clinic("first_reading_id", "temperature_reading"),
        in_clinic("good_reading_id", "temperature_reading"),
        in_clinic("movement_id", "movement"),
        one_of("verdict", Verdict),
        CheckConstraint("(decided_at IS NULL) = (decided_by_id IS NULL)", name="decided_by_somebody"),
        CheckConstraint("(decided_at IS NULL) = (verdict IS NULL)", name="decision_has_a_verdict"),
        Index(
            "uq_temperature_excursion_undecided",
            "clinic_id",
            "location_id",
            unique=True,
            sqlite_where=_UNDECIDED,
            postgresql_where=_UNDECIDED,
        ),
        UniqueConstraint("clinic_id", "first_reading_id"),
        Index("ix_temperature_excursion_place", "clinic_id", "location_id", "id"),
    )
