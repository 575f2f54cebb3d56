"""What do the letters of a recall say, how stands its check, what was answered, and how did exercises go?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import (
    Patient,
    Person,
    Product,
    RecallCase,
    RecallCheck,
    RecallLetter,
    RecallMockResult,
    RecallReply,
    RecallReplyLine,
    RecallSession,
    Supplier,
)
from stockroom.rules.recalled_quantities import LotSums

_SUMS = LotSums.__dataclass_fields__
_sent_by = aliased(Person, name="sent_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterText:
    """A text for the letters of a case; the newest is printed."""

    number: int
    subject: str
    body: str
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckRow:
    """How many have to be reached, and how it stood when that was written."""

    level: str
    share: int
    tried: int
    reached: int
    note: str
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyLineRow:
    """What a reply says of one lot."""

    product_uid: str
    product_name: str
    strength: str
    presentation: str
    content_quantity: int
    base_unit: str
    number: str
    sums: LotSums
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyRow:
    """A reply as it was sent."""

    uid: str
    number: int
    supplier: str | None
    sent_to: str
    sent_how: str
    sent_at: datetime
    sent_by: str
    reference: str
    note: str
    recorded_at: datetime
    lines: tuple[ReplyLineRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MockRow:
    """An exercise and what came of it; without a result its watch still runs."""

    case_uid: str
    number: int
    title: str
    started_at: datetime
    started_by: str
    listed_at: datetime | None
    listed_after_ms: int | None
    lots: int | None
    cocktails: int | None
    sessions: int | None
    patients: int | None
    clinics: int | None
    is_complete: bool | None
    note: str | None


def letter_texts(connection: Connection, *, case_id: int) -> tuple[LetterText, ...]:
    """Give the texts of a case's letters, the newest first; one statement."""
    rows = connection.execute(
        select(
            RecallLetter.n.label("number"),
            RecallLetter.subject,
            RecallLetter.body,
            RecallLetter.recorded_at.label("written_at"),
            Person.name.label("written_by"),
        )
        .join(Person, Person.id == RecallLetter.recorded_by_id)
        .where(RecallLetter.case_id == case_id)
        .order_by(RecallLetter.n.desc())
    )
    return tuple(LetterText(**row._mapping) for row in rows)


def checks(connection: Connection, *, case_id: int) -> tuple[CheckRow, ...]:
    """Give how a case's check was set and stood, the newest first; one statement."""
    rows = connection.execute(
        select(
            RecallCheck.level,
            RecallCheck.share,
            RecallCheck.sampled.label("tried"),
            RecallCheck.confirmed.label("reached"),
            RecallCheck.note,
            RecallCheck.recorded_at.label("written_at"),
            Person.name.label("written_by"),
        )
        .join(Person, Person.id == RecallCheck.recorded_by_id)
        .where(RecallCheck.case_id == case_id)
        .order_by(RecallCheck.id.desc())
    )
    return tuple(CheckRow(**row._mapping) for row in rows)


def replies(connection: Connection, *, case_id: int) -> tuple[ReplyRow, ...]:
    """Give the replies of a case with their lines, the newest first; two statements, or one."""
    found = connection.execute(
        select(
            RecallReply.id,
            RecallReply.uid,
            RecallReply.n.label("number"),
            Supplier.name.label("supplier"),
            RecallReply.sent_to,
            RecallReply.sent_how,
            RecallReply.sent_at,
            _sent_by.name.label("sent_by"),
            RecallReply.reference,
            RecallReply.note,
            RecallReply.recorded_at,
        )
        .join(_sent_by, _sent_by.id == RecallReply.sent_by_id)
        .outerjoin(Supplier, Supplier.id == RecallReply.supplier_id)
        .where(RecallReply.case_id == case_id)
        .order_by(RecallReply.n.desc())
    ).all()
    lines: dict[int, list[ReplyLineRow]] = {row.id: [] for row in found}
    for row in _lines(connection, list(lines)) if found else ():
        lines[row.reply_id].append(_line(row))
    return tuple(
        ReplyRow(
            lines=tuple(lines[row.id]),
            **{name: value for name, value in row._mapping.items() if name != "id"},
        )
        for row in found
    )


def _lines(connection: Connection, reply_ids: list[int]) -> Any:
    return connection.execute(
        select(
            RecallReplyLine.reply_id,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.strength,
            Product.presentation,
            Product.content_quantity,
            Product.base_unit,
            RecallReplyLine.lot_number,
            *(getattr(RecallReplyLine, name) for name in _SUMS),
            RecallReplyLine.note,
        )
        .join(Product, Product.id == RecallReplyLine.product_id)
        .where(RecallReplyLine.reply_id.in_(reply_ids))
        .order_by(RecallReplyLine.reply_id, RecallReplyLine.n)
    )


def _line(row: Any) -> ReplyLineRow:
    return ReplyLineRow(
        product_uid=row.product_uid,
        product_name=row.product_name,
        strength=row.strength,
        presentation=row.presentation,
        content_quantity=row.content_quantity,
        base_unit=row.base_unit,
        number=row.lot_number,
        sums=LotSums(**{name: getattr(row, name) for name in _SUMS}),
        note=row.note,
    )


def mock_recalls(connection: Connection, *, offset: int = 0, limit: int) -> tuple[MockRow, ...]:
    """Give the exercises of the organisation, the newest first; one statement."""
    rows = connection.execute(_mocks().order_by(RecallCase.number.desc()).offset(offset).limit(limit))
    return tuple(MockRow(**row._mapping) for row in rows)


def mock_recall(connection: Connection, *, case_uid: str) -> MockRow:
    """Give one exercise; one statement.  Raises ThingNotFound."""
    row = connection.execute(_mocks().where(RecallCase.uid == case_uid)).one_or_none()
    if row is None:
        raise ThingNotFound(thing="exercise", uid=case_uid[:40])
    return MockRow(**row._mapping)


def _mocks() -> Any:
    result = RecallMockResult
    return (
        select(
            RecallCase.uid.label("case_uid"),
            RecallCase.number,
            RecallCase.title,
            RecallCase.opened_at.label("started_at"),
            Person.name.label("started_by"),
            result.listed_at,
            result.listed_after_ms,
            result.lots,
            result.cocktails,
            result.sessions,
            result.patients,
            result.clinics,
            result.is_complete,
            result.note,
        )
        .join(Person, Person.id == RecallCase.recorded_by_id)
        .outerjoin(result, result.case_id == RecallCase.id)
        .where(RecallCase.is_mock.is_(True))
    )


def mock_recall_count(connection: Connection) -> int:
    """Count the exercises of the organisation; one statement."""
    every = select(func.count()).select_from(RecallCase).where(RecallCase.is_mock.is_(True))
    return int(connection.execute(every).scalar_one())


def patients_by_clinic(connection: Connection, *, case_id: int) -> dict[int, int]:
    """Count the patients on a case's list by the key of the clinic where they were treated; one statement.

    Records that were merged are one patient.
    """
    meant = func.coalesce(Patient.merged_into_id, Patient.id)
    rows = connection.execute(
        select(RecallSession.clinic_id, func.count(meant.distinct()).label("patients"))
        .join(Patient, Patient.id == RecallSession.patient_id)
        .where(RecallSession.case_id == case_id)
        .group_by(RecallSession.clinic_id)
    )
    return {row.clinic_id: row.patients for row in rows}
