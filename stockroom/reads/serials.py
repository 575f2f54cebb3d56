"""Was the unit of this serial used or opened here before?  A serialised unit is one thing, and is taken once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import Executable, Row, and_, bindparam, exists, select
from sqlalchemy.orm import aliased

from stockroom.db.columns import written
from stockroom.db.transaction import Work
from stockroom.errors import Refused, extracted
from stockroom.models import Container, Line, Lot, Movement, Person, TreatmentSession, Usage
from stockroom.vocabulary import MovementKind

Unit = tuple[int, str]
"""A product (by its id) and a serial."""


@dataclass(eq=False, kw_only=True)
class SerialUsed(Refused):
    """A serialised unit is used at most once."""

    code: ClassVar[str] = "serial_used"
    message: ClassVar[str] = extracted(
        "The unit with serial {serial} was used before: {used_at}, by {used_by}, in session {session}. "
        "Take another one, or look at what was booked."
    )
    serial: str
    used_at: datetime
    used_by: str
    session: str


@dataclass(eq=False, kw_only=True)
class SerialOpened(Refused):
    """A serialised unit is opened at most once."""

    code: ClassVar[str] = "serial_opened"
    message: ClassVar[str] = extracted(
        "The unit with serial {serial} was opened before: {opened_at}, by {opened_by}, as container {container}. "
        "Scan that container's label, or take another unit."
    )
    serial: str
    opened_at: datetime
    opened_by: str
    container: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstUse:
    """When, by whom and in which session a unit was used."""

    used_at: datetime
    used_by: str
    session: str
    """The short code of the session."""

    def refuses(self, serial: str) -> SerialUsed:
        """Give the refusal of a second use, or of an opening after it."""
        return SerialUsed(serial=serial, used_at=self.used_at, used_by=self.used_by, session=self.session)


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstOpening:
    """When, by whom and as which container a unit was opened."""

    opened_at: datetime
    opened_by: str
    short_code: str
    location_id: int
    """The container's."""

    def refuses(self, serial: str) -> SerialOpened:
        """Give the refusal of a second opening, or of a use from another container."""
        return SerialOpened(
            serial=serial, opened_at=self.opened_at, opened_by=self.opened_by, container=self.short_code
        )


# Statements of every scan that says a serial, built once.
_REVERSAL = aliased(Line)
_NOT_REVERSED = ~exists().where(_REVERSAL.clinic_id == Line.clinic_id, _REVERSAL.reverses_line_id == Line.id)
_USED = (
    select(Lot.product_id, Usage.serial, Movement.occurred_at, Person.name, TreatmentSession.short_code)
    .join(Line, and_(Line.clinic_id == Usage.clinic_id, Line.id == Usage.line_id))
    .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
    .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
    .join(Person, Person.id == Movement.actor_id)
    .join(
        TreatmentSession,
        and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
    )
    .where(
        Usage.clinic_id == bindparam("clinic"),
        Usage.serial.in_(bindparam("serials", expanding=True)),
        Usage.serial.is_not(None),
        _NOT_REVERSED,
    )
    .order_by(Line.id.desc())
)
_OPENING = (
    select(Line.id)
    .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
    .where(
        Line.clinic_id == Container.clinic_id,
        Line.to_id == Container.location_id,
        Movement.kind == written(MovementKind.OPEN),
        _NOT_REVERSED,
    )
)
_OPENED = (
    select(
        Lot.product_id,
        Container.serial,
        Container.opened_at,
        Container.short_code,
        Container.location_id,
        Person.name,
    )
    .join(Lot, and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id))
    .join(Person, Person.id == Container.opened_by_id)
    .where(
        Container.clinic_id == bindparam("clinic"),
        Container.serial.in_(bindparam("serials", expanding=True)),
        Container.serial.is_not(None),
        _OPENING.exists(),
    )
    .order_by(Container.location_id.desc())
)


def used_serials(work: Work, serials: Iterable[str]) -> dict[Unit, FirstUse]:
    """Give which units of these serials were used here before, and where; reversed uses left out."""
    return {
        (row.product_id, row.serial): FirstUse(
            used_at=row.occurred_at, used_by=row.name, session=row.short_code
        )
        for row in _rows(work, _USED, serials)
    }


def opened_serials(work: Work, serials: Iterable[str]) -> dict[Unit, FirstOpening]:
    """Give which units of these serials were opened here before, and as what; openings taken back left out."""
    return {
        (row.product_id, row.serial): FirstOpening(
            opened_at=row.opened_at,
            opened_by=row.name,
            short_code=row.short_code,
            location_id=row.location_id,
        )
        for row in _rows(work, _OPENED, serials)
    }


def check_unopened(work: Work, product_id: int, serial: str | None) -> None:
    """Refuse a unit that was used or opened here before; goods without a serial pass.

    Raises SerialUsed, SerialOpened.
    """
    if serial is None:
        return
    unit = product_id, serial
    for first in (used_serials(work, [serial]).get(unit), opened_serials(work, [serial]).get(unit)):
        if first is not None:
            raise first.refuses(serial)


def _rows(work: Work, statement: Executable, serials: Iterable[str]) -> Iterable[Row[Any]]:
    wanted = sorted(set(serials))
    if not wanted:
        return ()
    return work.connection.execute(statement, {"clinic": work.clinic_id, "serials": wanted})
