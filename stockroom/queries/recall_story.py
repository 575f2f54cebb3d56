"""What was done with a recall: what it covers, its files, its holds, what was found, and how it went on?"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Clinic,
    ClinicHold,
    Lot,
    Person,
    Product,
    ProductHold,
    RecallFile,
    RecallFinding,
    RecallScope,
    RecallStep,
)

_placed_by = aliased(Person, name="placed_by")
_released_by = aliased(Person, name="released_by")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScopeRow:
    """A line of a notice that a person confirmed."""

    uid: str
    number: int
    product_name: str
    strength: str
    kind: str
    first: str
    last: str
    pattern: str
    source: str
    confirmed_at: datetime
    confirmed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A file of a case, without what is in it."""

    uid: str
    what: str
    file_name: str
    size: int
    sha256: str
    filed_at: datetime
    filed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldOfCase:
    """What was stopped for a case, from when until when; a number everywhere, or a cocktail in its clinic."""

    uid: str
    product_name: str
    lot_number: str | None
    """None: all of the product."""
    clinic_name: str | None
    """Of a cocktail; None is everywhere."""
    placed_at: datetime
    placed_by: str
    released_at: datetime | None
    released_by: str | None
    release_note: str

    def known_at(self, instant: datetime) -> HoldOfCase:
        """The hold as it stood then: not released yet where that came later."""
        if self.released_at is None or self.released_at <= instant:
            return self
        return replace(self, released_at=None, released_by=None, release_note="")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """That the clinics are not affected, signed."""

    uid: str
    searched: str
    searched_through: datetime
    statement: str
    signed_at: datetime
    signed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """What was done with a case after it was opened."""

    uid: str
    kind: str
    reason: str
    patients: int | None
    uncontacted: int | None
    uncontacted_reason: str
    unaccounted_reason: str
    done_at: datetime
    done_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BooksOf:
    """Since when a clinic's books are kept."""

    clinic_id: int
    clinic_name: str
    books_begin_on: date


def scopes_of_case(connection: Connection, *, case_id: int) -> tuple[ScopeRow, ...]:
    """Give the confirmed lines of a case in their order; one statement."""
    rows = connection.execute(
        select(
            RecallScope.uid,
            RecallScope.n.label("number"),
            Product.name.label("product_name"),
            Product.strength,
            RecallScope.kind,
            RecallScope.first,
            RecallScope.last,
            RecallScope.pattern,
            RecallScope.source,
            RecallScope.recorded_at.label("confirmed_at"),
            Person.name.label("confirmed_by"),
        )
        .join(Product, Product.id == RecallScope.product_id)
        .join(Person, Person.id == RecallScope.recorded_by_id)
        .where(RecallScope.case_id == case_id)
        .order_by(RecallScope.n)
    )
    return tuple(ScopeRow(**row._mapping) for row in rows)


def files_of_case(connection: Connection, *, case_id: int) -> tuple[FileRow, ...]:
    """Give the files of a case in their order; one statement."""
    rows = connection.execute(
        select(
            RecallFile.uid,
            RecallFile.what,
            RecallFile.file_name,
            RecallFile.size,
            RecallFile.sha256,
            RecallFile.recorded_at.label("filed_at"),
            Person.name.label("filed_by"),
        )
        .join(Person, Person.id == RecallFile.recorded_by_id)
        .where(RecallFile.case_id == case_id)
        .order_by(RecallFile.id)
    )
    return tuple(FileRow(**row._mapping) for row in rows)


def holds_of_case(connection: Connection, *, case_id: int) -> tuple[HoldOfCase, ...]:
    """Give what was stopped for a case: numbers everywhere, then the cocktails made with them; two statements."""
    everywhere = connection.execute(
        select(
            ProductHold.uid,
            Product.name.label("product_name"),
            ProductHold.lot_number,
            ProductHold.placed_at,
            _placed_by.name.label("placed_by"),
            ProductHold.released_at,
            _released_by.name.label("released_by"),
            ProductHold.release_note,
        )
        .join(Product, Product.id == ProductHold.product_id)
        .join(_placed_by, _placed_by.id == ProductHold.placed_by_id)
        .outerjoin(_released_by, _released_by.id == ProductHold.released_by_id)
        .where(ProductHold.case_id == case_id)
        .order_by(ProductHold.id)
    )
    found = [HoldOfCase(clinic_name=None, **row._mapping) for row in everywhere]
    if not found:
        return ()
    made = connection.execute(
        select(
            ClinicHold.uid,
            Product.name.label("product_name"),
            Lot.number.label("lot_number"),
            Clinic.name.label("clinic_name"),
            ClinicHold.placed_at,
            _placed_by.name.label("placed_by"),
            ClinicHold.released_at,
            _released_by.name.label("released_by"),
            ClinicHold.release_note,
        )
        .join(Lot, and_(Lot.clinic_id == ClinicHold.clinic_id, Lot.id == ClinicHold.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Clinic, Clinic.id == ClinicHold.clinic_id)
        .join(_placed_by, _placed_by.id == ClinicHold.placed_by_id)
        .outerjoin(_released_by, _released_by.id == ClinicHold.released_by_id)
        .where(ClinicHold.origin_uid.in_([each.uid for each in found]))
        .order_by(ClinicHold.clinic_id, ClinicHold.id)
    )
    return (*found, *(HoldOfCase(**row._mapping) for row in made))


def findings_of_case(connection: Connection, *, case_id: int) -> tuple[FindingRow, ...]:
    """Give what was signed about a case's search, in its order; one statement."""
    rows = connection.execute(
        select(
            RecallFinding.uid,
            RecallFinding.searched,
            RecallFinding.searched_through,
            RecallFinding.statement,
            RecallFinding.recorded_at.label("signed_at"),
            Person.name.label("signed_by"),
        )
        .join(Person, Person.id == RecallFinding.recorded_by_id)
        .where(RecallFinding.case_id == case_id)
        .order_by(RecallFinding.id)
    )
    return tuple(FindingRow(**row._mapping) for row in rows)


def steps_of_case(connection: Connection, *, case_id: int) -> tuple[StepRow, ...]:
    """Give what was done with a case, in its order; one statement."""
    rows = connection.execute(
        select(
            RecallStep.uid,
            RecallStep.kind,
            RecallStep.reason,
            RecallStep.patients,
            RecallStep.uncontacted,
            RecallStep.uncontacted_reason,
            RecallStep.unaccounted_reason,
            RecallStep.recorded_at.label("done_at"),
            Person.name.label("done_by"),
        )
        .join(Person, Person.id == RecallStep.recorded_by_id)
        .where(RecallStep.case_id == case_id)
        .order_by(RecallStep.id)
    )
    return tuple(StepRow(**row._mapping) for row in rows)


def books_of_clinics(connection: Connection) -> tuple[BooksOf, ...]:
    """Give since when each clinic's books are kept, by name; one statement."""
    rows = connection.execute(
        select(
            Clinic.id.label("clinic_id"), Clinic.name.label("clinic_name"), Clinic.books_begin_on
        ).order_by(Clinic.name)
    )
    return tuple(BooksOf(**row._mapping) for row in rows)
