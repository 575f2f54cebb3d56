"""Which lines of the books does a trace read, and which of them stand?

Statements begin at what is asked for and reach everything else by outer joins, so that SQLite, which
plans without statistics, never begins at the ledger's other end; `present` drops the rows without one.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.compiled_once import Once
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
from stockroom.queries.trace_lots import LOT_COLUMNS, in_clinics, is_asked, over, stands
from stockroom.vocabulary import LocationKind

_source = aliased(Location, name="source")
_target = aliased(Location, name="target")
_practitioner = aliased(Person, name="practitioner")
_prescriber = aliased(Person, name="prescriber")
_reversal = aliased(Line, name="reversal")
_undone = aliased(Line, name="undone")
_output = aliased(Line, name="output")


def present(column: Any) -> Any:
    """The condition that an outer join found its row, written so that the join stays where it is."""
    return func.coalesce(column, 0) > 0


def is_kind(place: Any, kind: LocationKind) -> Any:
    """The condition that a joined place is of this kind, written so that the join stays where it is."""
    return func.coalesce(place.kind, "") == kind.value


def is_first_booking(line: Any) -> Any:
    """The condition that a line is no reversal; no index is of use for it, nor asked for it."""
    return func.coalesce(line.reverses_line_id, 0) == 0


def _with_use(statement: Any) -> Any:
    """Join what a use is told with: movement, places, session, patient's uid, and the usage row."""
    return (
        statement.outerjoin(
            Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id)
        )
        .outerjoin(_source, and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id))
        .outerjoin(_target, and_(_target.clinic_id == Line.clinic_id, _target.id == Line.to_id))
        .outerjoin(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .outerjoin(Patient, Patient.id == TreatmentSession.patient_id)
        .outerjoin(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
        .outerjoin(_practitioner, _practitioner.id == Usage.practitioner_id)
        .outerjoin(_prescriber, _prescriber.id == Usage.prescriber_id)
    )


_LINE_COLUMNS = (
    Line.id.label("line_id"),
    Line.lot_id,
    Line.movement_id,
    Line.from_id,
    _source.kind.label("from_kind"),
    _target.kind.label("to_kind"),
    Line.quantity,
    Line.reverses_line_id,
    Movement.uid.label("movement_uid"),
    Movement.seq,
    Movement.occurred_at,
    Movement.is_late,
    Movement.replaces_movement_id,
    TreatmentSession.uid.label("session_uid"),
    Patient.uid.label("patient_uid"),
    Usage.technique,
    Usage.indication,
    Usage.identified_by,
    _practitioner.name.label("practitioner"),
    _prescriber.name.label("prescriber"),
)
_LINES_OF_LOTS = Once(
    _with_use(select(*_LINE_COLUMNS).select_from(Line)).where(
        in_clinics(Line.clinic_id), is_asked(Line.lot_id)
    )
)


def lines_of_lots(
    connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int]
) -> dict[int, list[Any]]:
    """Give every line of these lots, by lot; one statement."""
    found: dict[int, list[Any]] = {lot_id: [] for lot_id in lot_ids}
    for row in over(connection, _LINES_OF_LOTS, clinic_ids, lot_ids):
        found[row.lot_id].append(row)
    return found


def standing(rows: Sequence[Any]) -> list[Any]:
    """Give the lines that still count: neither reversed nor a reversal.

    A reversal that was itself reversed takes nothing away, so that the first line stands again.
    `rows` holds, with every line, its reversal (it has the same lot and the same session).
    """
    reversals = [row for row in rows if row.reverses_line_id is not None]
    void: set[int] = set()
    for row in sorted(reversals, key=attrgetter("line_id"), reverse=True):
        if row.line_id not in void:
            void |= {row.line_id, row.reverses_line_id}
    return [row for row in rows if row.line_id not in void] if void else list(rows)


_USED_IN = Once(
    _with_use(
        select(*_LINE_COLUMNS, *LOT_COLUMNS[1:])
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


_made = and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id)
_earlier = aliased(Movement, name="earlier")
_chain = (
    select(
        Movement.clinic_id,
        Movement.id.label("mixed_in_id"),
        Movement.id.label("movement_id"),
        Movement.replaces_movement_id,
    )
    .where(in_clinics(Movement.clinic_id), is_asked(Movement.id))
    .cte("chain", recursive=True)
)
_chain = _chain.union_all(
    select(_chain.c.clinic_id, _chain.c.mixed_in_id, _earlier.id, _earlier.replaces_movement_id)
    .select_from(_chain)
    .join(
        _earlier,
        and_(_earlier.clinic_id == _chain.c.clinic_id, _earlier.id == _chain.c.replaces_movement_id),
    )
)
_MADE_IN = Once(
    select(_chain.c.mixed_in_id, Line.id.label("line_id"), *LOT_COLUMNS)
    .select_from(_chain)
    .outerjoin(
        Line,
        and_(
            Line.clinic_id == _chain.c.clinic_id,
            Line.movement_id == _chain.c.movement_id,
            is_first_booking(Line),
        ),
    )
    .outerjoin(_source, and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id))
    .outerjoin(Lot, _made)
    .outerjoin(Product, Product.id == Lot.product_id)
    .outerjoin(Clinic, Clinic.id == Line.clinic_id)
    .where(is_kind(_source, LocationKind.COMPOUNDING))
    .order_by(Line.id)
)


def made_in(
    connection: Connection, clinic_ids: Collection[int], movement_ids: Collection[int]
) -> Sequence[Any]:
    """Give the lines by which cocktails came out of these movements, each with the cocktail's lot.

    An input that was corrected stands in a later movement, which names the one that it replaces; the
    cocktail came out of that one, or of the one that it had replaced in its turn.
    """
    return over(connection, _MADE_IN, clinic_ids, movement_ids)


reversed_by = aliased(Movement, name="reversed_by")


def with_reversal(statement: Any) -> Any:
    """Join the act that reversed each line, where it does not stand: `reversed_by.seq` names it."""
    undone = and_(_undone.clinic_id == _reversal.clinic_id, _undone.reverses_line_id == _reversal.id)
    return statement.outerjoin(
        _reversal,
        and_(
            _reversal.clinic_id == Line.clinic_id,
            _reversal.reverses_line_id == Line.id,
            ~select(_undone.id).where(undone).exists(),
        ),
    ).outerjoin(
        reversed_by,
        and_(reversed_by.clinic_id == _reversal.clinic_id, reversed_by.id == _reversal.movement_id),
    )


def _with_inputs(statement: Any) -> Any:
    """Join the lot of each input, and the act that reversed it."""
    return with_reversal(
        statement.outerjoin(Lot, _made)
        .outerjoin(Product, Product.id == Lot.product_id)
        .outerjoin(Clinic, Clinic.id == Line.clinic_id)
    )


_INPUT_COLUMNS = (Line.movement_id, reversed_by.seq.label("reversed_seq"), *LOT_COLUMNS)
_INPUTS = Once(
    _with_inputs(
        select(_output.lot_id.label("child_id"), *_INPUT_COLUMNS)
        .select_from(_output)
        .outerjoin(_source, and_(_source.clinic_id == _output.clinic_id, _source.id == _output.from_id))
        .outerjoin(
            Line,
            and_(
                Line.clinic_id == _output.clinic_id,
                Line.movement_id == _output.movement_id,
                Line.to_id == _output.from_id,
                is_first_booking(Line),
            ),
        )
    )
    .where(
        in_clinics(_output.clinic_id),
        is_asked(_output.lot_id),
        is_first_booking(_output),
        is_kind(_source, LocationKind.COMPOUNDING),
        present(Line.id),
        stands(_output),
    )
    .order_by(Line.id)
)


def inputs_of(connection: Connection, clinic_ids: Collection[int], lot_ids: Collection[int]) -> Sequence[Any]:
    """Give what went into each of these cocktails; `reversed_seq` names the act that took it out again."""
    return over(connection, _INPUTS, clinic_ids, lot_ids)


_REPLACED_INPUTS = Once(
    _with_inputs(
        select(Movement.replaces_movement_id, *_INPUT_COLUMNS)
        .select_from(Movement)
        .outerjoin(
            Line,
            and_(
                Line.clinic_id == Movement.clinic_id,
                Line.movement_id == Movement.id,
                is_first_booking(Line),
            ),
        )
        .outerjoin(_target, and_(_target.clinic_id == Line.clinic_id, _target.id == Line.to_id))
    )
    .where(
        in_clinics(Movement.clinic_id),
        among(Movement.seq, "acts"),
        is_asked(Movement.replaces_movement_id),
        is_kind(_target, LocationKind.COMPOUNDING),
    )
    .order_by(Line.id)
)


def replaced_inputs(
    connection: Connection, clinic_ids: Collection[int], movement_ids: Collection[int], acts: Collection[int]
) -> Sequence[Any]:
    """Give what the same acts that took inputs out of these movements put there instead."""
    asked = {"clinic_ids": tuple(clinic_ids), "ids": tuple(movement_ids), "acts": tuple(acts)}
    return _REPLACED_INPUTS.all(connection, asked)
