"""What was recalled, what does the notice say, what does it cover here, and what was done?  All of it append-only.

A case belongs to the organisation: it reaches every clinic.  What state it is in follows from its rows.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, Uid, UTCDateTime, one_of
from stockroom.models.keys import Named, Numbered, in_clinic
from stockroom.vocabulary import (
    Joined,
    RecallClass,
    RecallFileKind,
    RecallStepKind,
    ReceivedHow,
    ScopeKind,
    ScopeSource,
)

_WHOLE_PRODUCT = text("lot_number IS NULL")


class Recorded:
    """Was written down by somebody, once and for good."""

    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))


class OfCase(Named, Recorded):
    """Belongs to a case."""

    case_id: Mapped[int] = mapped_column(Identity, ForeignKey("recall_case.id"))


class RecallCase(Named, Recorded, Base):
    """A recall that somebody opened, or an exercise of one."""

    __tablename__ = "recall_case"
    number: Mapped[int] = mapped_column(Identity, unique=True)
    """In the order in which cases were opened; people say it aloud."""
    title: Mapped[str] = mapped_column(Text)
    is_mock: Mapped[bool]
    """An exercise: nothing is held by it."""
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    """When the stopwatch of an exercise began."""
    __table_args__ = (
        CheckConstraint("number > 0", name="number_positive"),
        CheckConstraint("title <> ''", name="has_a_title"),
    )


class RecallNotice(OfCase, Base):
    """A notice as it came; a later one of the same case says more, or says it right, and counts."""

    __tablename__ = "recall_notice"
    n: Mapped[int] = mapped_column(Integer)
    issuer: Mapped[str] = mapped_column(Text)
    reference: Mapped[str] = mapped_column(Text)
    """The issuer's number of it."""
    recall_class: Mapped[str] = mapped_column(Text)
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_how: Mapped[str] = mapped_column(Text)
    received_by_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    answer_by: Mapped[datetime | None] = mapped_column(UTCDateTime)
    """Until then the issuer expects a reply."""
    supplier_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("supplier.id"))
    """To whom the reply goes."""
    asked: Mapped[str] = mapped_column(Text)
    """What is to be done, in the words of the notice."""
    note: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("case_id", "n"),
        one_of("recall_class", RecallClass),
        one_of("received_how", ReceivedHow),
        CheckConstraint("issuer <> '' AND reference <> ''", name="names_its_issuer"),
        Index("ix_recall_notice_reference", "reference"),
    )


class RecallFile(OfCase, Base):
    """A file of a case, as it came or went, sealed under a key of its own."""

    __tablename__ = "recall_file"
    notice_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("recall_notice.id"))
    what: Mapped[str] = mapped_column(Text)
    file_name: Mapped[str] = mapped_column(Text)
    media_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    sha256: Mapped[str] = mapped_column(Text)
    """Of the file before it was sealed."""
    data_key: Mapped[bytes] = mapped_column(LargeBinary)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (
        one_of("what", RecallFileKind),
        CheckConstraint("size > 0", name="size_positive"),
        Index("ix_recall_file_case", "case_id"),
    )


class RecallScope(OfCase, Base):
    """A line of a notice that a person confirmed: a lot, a range, a pattern, or all of a product."""

    __tablename__ = "recall_scope"
    n: Mapped[int] = mapped_column(Integer)
    notice_id: Mapped[int | None] = mapped_column(Identity, ForeignKey("recall_notice.id"))
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    kind: Mapped[str] = mapped_column(Text)
    first: Mapped[str] = mapped_column(Text, default="")
    """The lot, or the first of the range, as printed."""
    last: Mapped[str] = mapped_column(Text, default="")
    pattern: Mapped[str] = mapped_column(Text, default="")
    source: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("case_id", "n"),
        one_of("kind", ScopeKind),
        one_of("source", ScopeSource),
        CheckConstraint(
            "(first <> '') = (kind IN ('lot', 'range')) AND (last <> '') = (kind = 'range')"
            " AND (pattern <> '') = (kind = 'pattern')",
            name="says_what_its_kind_says",
        ),
        Index("ix_recall_scope_product", "product_id"),
    )


class RecallLot(OfCase, Base):
    """A number of a product that a case covers, as printed; None: all of the product.

    What holds it are the rows of `product_hold` with this case, product and number.
    """

    __tablename__ = "recall_lot"
    scope_id: Mapped[int] = mapped_column(Identity, ForeignKey("recall_scope.id"))
    product_id: Mapped[int] = mapped_column(Identity, ForeignKey("product.id"))
    lot_number: Mapped[str | None] = mapped_column(Text)
    __table_args__ = (
        UniqueConstraint("case_id", "product_id", "lot_number"),
        Index(
            "uq_recall_lot_product",
            "case_id",
            "product_id",
            unique=True,
            sqlite_where=_WHOLE_PRODUCT,
            postgresql_where=_WHOLE_PRODUCT,
        ),
        Index("ix_recall_lot_number", "product_id", "lot_number"),
    )


class RecallFinding(OfCase, Base):
    """That the clinics are not affected, signed, with the search as it was made."""

    __tablename__ = "recall_finding"
    searched: Mapped[str] = mapped_column(Text)
    """Canonical JSON: what was asked, what each line found, and what came near it."""
    searched_through: Mapped[datetime] = mapped_column(UTCDateTime)
    """The books as they stood then."""
    statement: Mapped[str] = mapped_column(Text)
    __table_args__ = (
        CheckConstraint("statement <> ''", name="says_something"),
        Index("ix_recall_finding_case", "case_id"),
    )


class RecallStep(OfCase, Base):
    """What was done with a case: closed, opened again, let go, held again."""

    __tablename__ = "recall_step"
    kind: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    patients: Mapped[int | None] = mapped_column(Integer)
    """On the list, when it was closed."""
    uncontacted: Mapped[int | None] = mapped_column(Integer)
    """Of them, not reached by then."""
    uncontacted_reason: Mapped[str] = mapped_column(Text, default="")
    unaccounted_reason: Mapped[str] = mapped_column(Text, default="")
    __table_args__ = (
        one_of("kind", RecallStepKind),
        CheckConstraint(
            "(kind = 'closed') = (patients IS NOT NULL) AND (kind = 'closed') = (uncontacted IS NOT NULL)",
            name="closing_counts",
        ),
        CheckConstraint("reason <> ''", name="says_why"),
        CheckConstraint("uncontacted IS NULL OR uncontacted BETWEEN 0 AND patients", name="counts_add_up"),
        Index("ix_recall_step_case", "case_id"),
    )


class RecallSession(Numbered, Base):
    """A session in which something of what a case covers was used; it stays listed whatever is corrected later."""

    __tablename__ = "recall_session"
    case_id: Mapped[int] = mapped_column(Identity, ForeignKey("recall_case.id"))
    clinic_id: Mapped[int] = mapped_column(Identity, ForeignKey("clinic.id"))
    session_id: Mapped[int] = mapped_column(Identity)
    patient_id: Mapped[int] = mapped_column(Identity, ForeignKey("patient.id"))
    joined: Mapped[str] = mapped_column(Text)
    batch_uid: Mapped[str] = mapped_column(Uid())
    """The rows that one act wrote for one case; its journal entry names it with their digest."""
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    __table_args__ = (
        in_clinic("session_id", "treatment_session"),
        UniqueConstraint("case_id", "clinic_id", "session_id"),
        one_of("joined", Joined),
        Index("ix_recall_session_session", "clinic_id", "session_id"),
        Index("ix_recall_session_batch", "batch_uid"),
    )
