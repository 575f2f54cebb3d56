"""Which templates are courses planned from, and what did each version of them say?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Quantity, UTCDateTime, one_of
from stockroom.models.keys import Editable, Named, Numbered
from stockroom.vocabulary import NeedUse, SpanUnit

_HAS_SLUG = text("slug IS NOT NULL")


class Protocol(Named, Editable, Base):
    """A template of the organisation; what it says stands in its newest version."""

    __tablename__ = "protocol"
    name: Mapped[str] = mapped_column(Text, unique=True)
    slug: Mapped[str | None] = mapped_column(Text)
    """The reference protocol that it was taken from; none where somebody wrote it."""
    retired_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    __table_args__ = (
        Index("uq_protocol_slug", "slug", unique=True, sqlite_where=_HAS_SLUG, postgresql_where=_HAS_SLUG),
    )


class ProtocolVersion(Named, Base):
    """What a protocol said from one day on.  Append-only: a course keeps the version it was planned from."""

    __tablename__ = "protocol_version"
    protocol_id: Mapped[int] = mapped_column(Identity, ForeignKey("protocol.id"))
    number: Mapped[int] = mapped_column(Integer)
    purpose: Mapped[str] = mapped_column(Text)
    sources: Mapped[str] = mapped_column(Text)
    """Keys of the source texts, or where else it comes from."""
    note: Mapped[str] = mapped_column(Text)
    sessions_from: Mapped[int | None] = mapped_column(Integer)
    sessions_to: Mapped[int | None] = mapped_column(Integer)
    interval_from: Mapped[int | None] = mapped_column(Integer)
    interval_to: Mapped[int | None] = mapped_column(Integer)
    interval_unit: Mapped[str | None] = mapped_column(Text)
    maintenance_from: Mapped[int | None] = mapped_column(Integer)
    maintenance_to: Mapped[int | None] = mapped_column(Integer)
    maintenance_unit: Mapped[str | None] = mapped_column(Text)
    maintenance: Mapped[str] = mapped_column(Text)
    """What is said of it in words."""
    areas: Mapped[str] = mapped_column(Text)
    """Slugs of areas, with spaces between."""
    technique: Mapped[str] = mapped_column(Text)
    """The slug of a technique; empty where it is left open."""
    reason: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    written_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    __table_args__ = (
        UniqueConstraint("protocol_id", "number"),
        one_of("interval_unit", SpanUnit),
        one_of("maintenance_unit", SpanUnit),
        CheckConstraint(
            "sessions_from > 0 AND sessions_to >= sessions_from AND interval_from > 0"
            " AND interval_to >= interval_from AND maintenance_from > 0 AND maintenance_to >= maintenance_from",
            name="ranges_run_upwards",
        ),
    )


class ProtocolNeed(Numbered, Base):
    """What one session of a version needs of a product, or of any of a group.  Append-only."""

    __tablename__ = "protocol_need"
    protocol_version_id: Mapped[int] = mapped_column(Identity, ForeignKey("protocol_version.id"))
    n: Mapped[int] = mapped_column(Integer)
    use: Mapped[str] = mapped_column(Text)
    product_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product.id"))
    """The product of a recipe means its cocktail."""
    group_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("product_group.id"))
    quantity: Mapped[int] = mapped_column(Quantity)
    __table_args__ = (
        UniqueConstraint("protocol_version_id", "n"),
        one_of("use", NeedUse),
        CheckConstraint("quantity > 0", name="quantity_positive"),
        CheckConstraint("(product_id IS NULL) <> (group_id IS NULL)", name="product_or_group"),
    )
