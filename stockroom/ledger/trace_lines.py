"""Which lines of the books does a trace read, and which of them stand?

Statements begin at what is asked for and reach everything else by outer joins, so that SQLite, which
plans without statistics, never begins at the ledger's other end; `present` drops the rows without one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, and_, case, func, select
from sqlalchemy.orm import aliased

from stockroom.db.compiled_once import Once
from stockroom.ledger.trace_lots import LOT_COLUMNS, in_clinics, is_asked, over
from stockroom.models import (
    Clinic,
    Line,
    Location,
    Lot,
    Movement,
    Patient,
    Person,
    Product,
    TreatmentSession,
    Usage,
)
from stockroom.vocabulary import LocationKind

NEWEST = datetime.max.replace(tzinfo=UTC)
"""As of when a trace is that is asked for no instant: everything that is recorded counts."""

_source = aliased(Location, name="source")
_target = aliased(Location, name="target")
_practitioner = aliased(Person, name="practitioner")
_prescriber = aliased(Person, name="prescriber")
_reversal = aliased(Line, name="reversal")
_undone = aliased(Line, name="undone")


def present(column: Any) -> Any:
    """The condition that an outer join found its row, written so that the join stays where it is."""
    return func.coalesce(column, 0) > 0


def is_kind(place: Any, kind: LocationKind) -> Any:
    """The condition that a joined place is of this kind, written so that the join stays where it is."""
    return func.coalesce(place.kind, "") == kind.value


def is_first_booking(line: Any) -> Any:
    """The condition that a line is no reversal; no index is of use for it, nor asked for it."""
    return func.coalesce(line.reverses_line_id, 0) == 0


_of_movement = and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id)
_from_source = and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id)
_to_target = and_(_target.clinic_id == Line.clinic_id, _target.id == Line.to_id)


def with_use(statement: Any) -> Any:
    """Join what a use is told with: movement, places, session, patient's uid, and the usage row."""
    return (
        statement.outerjoin(Movement, _of_movement)
        .outerjoin(_source, _from_source)
        .outerjoin(_target, _to_target)
        .outerjoin(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .outerjoin(Patient, Patient.id == TreatmentSession.patient_id)
        .outerjoin(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
        .outerjoin(_practitioner, _practitioner.id == Usage.practitioner_id)
        .outerjoin(_prescriber, _prescriber.id == Usage.prescriber_id)
    )


_MOVED = (
    Line.id.label("line_id"),
    Line.lot_id,
    Line.movement_id,
    Line.from_id,
    Line.to_id,
    _source.kind.label("from_kind"),
    _target.kind.label("to_kind"),
    Line.quantity,
    Line.reverses_line_id,
    Movement.recorded_at,
)
_is_drawn = _source.kind == LocationKind.CONTAINER.value
USE_COLUMNS = (
    Line.id.label("line_id"),
    Line.lot_id,
    Line.quantity,
    case((_is_drawn, _source.uid)).label("container_uid"),
    case((_is_drawn, _source.short_code)).label("container_code"),
    Movement.uid.label("movement_uid"),
    Movement.seq,
    Movement.occurred_at,
    Movement.is_late,
    TreatmentSession.uid.label("session_uid"),
    Patient.uid.label("patient_uid"),
    func.coalesce(Patient.merged_into_id, Patient.id).label("patient_id"),
    Usage.technique,
    Usage.indication,
    Usage.identified_by,
    _practitioner.name.label("practitioner"),
    _prescriber.name.label("prescriber"),
)
"""What a use is told with, and nothing else: there may be very many."""
IS_USE = is_kind(_target, LocationKind.PATIENT)
_ELSEWHERE = Once(
    select(*_MOVED, _target.uid.label("to_uid"), _target.short_code.label("to_code"))
    .select_from(Line)
    .outerjoin(Movement, _of_movement)
    .outerjoin(_source, _from_source)
    .outerjoin(_target, _to_target)
    .where(in_clinics(Line.clinic_id), is_asked(Line.lot_id), Line.session_id.is_(None))
)


def lines_elsewhere(
    connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int], *, as_of: datetime = NEWEST
) -> dict[int, list[Any]]:
    """Give the lines of these lots that stood at an instant and were no uses, by lot; one statement."""
    found: dict[int, list[Any]] = {lot_id: [] for lot_id in lot_ids}
    for row in over(connection, _ELSEWHERE, clinic_ids, lot_ids):
        found[row.lot_id].append(row)
    return {lot_id: standing(rows, as_of=as_of) for lot_id, rows in found.items()}


def standing(rows: Iterable[Any], *, as_of: datetime = NEWEST) -> list[Any]:
    """Give the lines that counted at an instant: recorded by then, neither reversed nor a reversal.

    A reversal that was itself reversed takes nothing away, so that the first line stands again.
    `rows` holds, with every line, its reversal (it has the same lot and the same session).
    """
    told = [row for row in rows if row.recorded_at <= as_of]
    reversals = [row for row in told if row.reverses_line_id is not None]
    void: set[int] = set()
    for row in sorted(reversals, key=attrgetter("line_id"), reverse=True):
        if row.line_id not in void:
            void |= {row.line_id, row.reverses_line_id}
    return [row for row in told if row.line_id not in void] if void else told


_USED_IN = Once(
    with_use(
        select(
            *USE_COLUMNS,
            _target.kind.label("to_kind"),
            Line.reverses_line_id,
            Movement.recorded_at,
            *LOT_COLUMNS[1:],
        )
        .select_from(Line)
        .outerjoin(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .outerjoin(Product, Product.id == Lot.product_id)
        .outerjoin(Clinic, Clinic.id == Line.clinic_id)
    ).where(in_clinics(Line.clinic_id), is_asked(Line.session_id))
)


def lines_of_sessions(
    connection: Connection, clinic_ids: Collection[int], session_ids: Collection[int]
) -> Sequence[Any]:
    """Give every line of these sessions with its lot."""
    return over(connection, _USED_IN, clinic_ids, session_ids)
