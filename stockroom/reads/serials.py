"""Was the unit of this serial used, opened or mixed here before?  A serialised unit is one thing, and is taken once."""

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
from stockroom.models import (
    Container,
    Line,
    Lot,
    Movement,
    Person,
    Preparation,
    PreparationIngredient,
    TreatmentSession,
    Usage,
)
from stockroom.rules.usability import Thing
from stockroom.vocabulary import MovementKind, PreparationState

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


@dataclass(eq=False, kw_only=True)
class SerialMixed(Refused):
    """A serialised unit goes into one cocktail, once."""

    code: ClassVar[str] = "serial_mixed"
    message: ClassVar[str] = extracted(
        "The unit with serial {serial} went into cocktail {cocktail} before, begun {begun_at} by {begun_by}. Take "
        "another unit, or look at what was scanned into that cocktail."
    )
    serial: str
    begun_at: datetime
    begun_by: str
    cocktail: str


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstMixing:
    """Into which cocktail a sealed unit went, begun when and by whom."""

    begun_at: datetime
    begun_by: str
    cocktail: str
    """Its short code."""

    def refuses(self, serial: str) -> SerialMixed:
        """Give the refusal of whatever else would take the unit."""
        return SerialMixed(
            serial=serial, begun_at=self.begun_at, begun_by=self.begun_by, cocktail=self.cocktail
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

_MIXED = (
    select(
        Lot.product_id,
        PreparationIngredient.serial,
        Preparation.started_at,
        Person.name,
        Preparation.short_code,
    )
    .join(
        Preparation,
        and_(
            Preparation.clinic_id == PreparationIngredient.clinic_id,
            Preparation.id == PreparationIngredient.preparation_id,
        ),
    )
    .join(Lot, and_(Lot.clinic_id == PreparationIngredient.clinic_id, Lot.id == PreparationIngredient.lot_id))
    .join(Person, Person.id == Preparation.started_by_id)
    .where(
        PreparationIngredient.clinic_id == bindparam("clinic"),
        PreparationIngredient.serial.in_(bindparam("serials", expanding=True)),
        PreparationIngredient.serial.is_not(None),
        PreparationIngredient.removed_at.is_(None),
        Preparation.state != PreparationState.ABANDONED,
        ~exists().where(
            Line.clinic_id == Preparation.clinic_id,
            Line.movement_id == Preparation.movement_id,
            _REVERSAL.clinic_id == Line.clinic_id,
            _REVERSAL.reverses_line_id == Line.id,
        ),
    )
    .order_by(PreparationIngredient.id.desc())
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


def mixed_serials(work: Work, serials: Iterable[str]) -> dict[Unit, FirstMixing]:
    """Give which sealed units of these serials went into a cocktail here, and into which.

    Left out is what was taken out again, or given back with an abandoned cocktail or one that was taken back.
    """
    return {
        (row.product_id, row.serial): FirstMixing(
            begun_at=row.started_at, begun_by=row.name, cocktail=row.short_code
        )
        for row in _rows(work, _MIXED, serials)
    }


def check_unopened(work: Work, product_id: int, serial: str | None) -> None:
    """Refuse a unit that was used, opened or mixed here before; goods without a serial pass.

    Raises SerialUsed, SerialOpened, SerialMixed.
    """
    if serial is None:
        return
    _refuse(work, (product_id, serial), opened_serials(work, [serial]).get((product_id, serial)))


def check_unit(work: Work, thing: Thing, serial: str | None) -> None:
    """Refuse a unit that was used or mixed here before, or opened as another container than the one at hand.

    Goods without a serial pass.  Raises SerialUsed, SerialOpened, SerialMixed.
    """
    if serial is None:
        return
    unit = thing.product_id, serial
    vial = opened_serials(work, [serial]).get(unit)
    if vial is not None and vial.location_id == thing.location_id:
        return
    _refuse(work, unit, vial)


def _refuse(work: Work, unit: Unit, vial: FirstOpening | None) -> None:
    serial = unit[1]
    for first in (used_serials(work, [serial]).get(unit), mixed_serials(work, [serial]).get(unit), vial):
        if first is not None:
            raise first.refuses(serial)


def _rows(work: Work, statement: Executable, serials: Iterable[str]) -> Iterable[Row[Any]]:
    wanted = sorted(set(serials))
    if not wanted:
        return ()
    return work.connection.execute(statement, {"clinic": work.clinic_id, "serials": wanted})
