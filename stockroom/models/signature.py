"""Who signed what, with which meaning, and when?"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from stockroom.db.base import Base
from stockroom.db.columns import Identity, UTCDateTime, one_of
from stockroom.models.keys import OfClinic, in_clinic
from stockroom.vocabulary import SignatureMeaning, SignatureWay


class Signature(OfClinic, Base):
    """A person's signature under an act: name, meaning and time, as 21 CFR 11.50 asks.  Append-only."""

    __tablename__ = "signature"
    person_id: Mapped[int] = mapped_column(Identity, ForeignKey("person.id"))
    person_name: Mapped[str] = mapped_column(Text)
    """As it was when it was signed."""
    meaning: Mapped[str] = mapped_column(Text)
    way: Mapped[str] = mapped_column(Text)
    """How the signer proved who it is."""
    signed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    act: Mapped[str] = mapped_column(Text)
    """The kind of the act under which it stands."""
    entry_seq: Mapped[int] = mapped_column(Identity)
    """The number of the act's entry in the clinic's journal of changes, which names the signature, too."""
    session_id: Mapped[int | None] = mapped_column(Identity)
    """The session that it is about, where it is about one."""
    __table_args__ = (
        in_clinic("session_id", "treatment_session"),
        one_of("meaning", SignatureMeaning),
        one_of("way", SignatureWay),
        Index("ix_signature_session", "clinic_id", "session_id"),
        Index("ix_signature_entry", "clinic_id", "entry_seq"),
    )
