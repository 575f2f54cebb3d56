"""Which uses of the lots of a trace, or in its sessions, stood at an instant?  Row by row, as the database gives them.

A few are held; of very many one page is read, or all of them one after another, and the rest is counted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Text, and_, bindparam, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.columns import UTCDateTime
from stockroom.db.compiled_once import Once
from stockroom.ledger.trace_lines import IS_USE, USE_COLUMNS, is_first_booking, with_use
from stockroom.ledger.trace_lots import LOT_COLUMNS, LotNamed, in_clinics, is_asked, lot_named
from stockroom.ledger.trace_walk import Way
from stockroom.models import Clinic, Line, Lot, Movement, Patient, Product, TreatmentSession, UsageArea
from stockroom.queries.trace_rows import Use, use_of

_ROWS_AT_ONCE = 500
_reversal = aliased(Line, name="reversal")
_undone = aliased(Line, name="undone")
_reversed_by = aliased(Movement, name="reversed_by")
_undone_by = aliased(Movement, name="undone_by")
_as_of = bindparam("as_of", type_=UTCDateTime())


def _stood() -> Any:
    """The condition that a line was not reversed by then, or that its reversal was itself."""
    undone = (
        select(_undone.id)
        .join(
            _undone_by, and_(_undone_by.clinic_id == _undone.clinic_id, _undone_by.id == _undone.movement_id)
        )
        .where(
            _undone.clinic_id == _reversal.clinic_id,
            _undone.reverses_line_id == _reversal.id,
            _undone_by.recorded_at <= _as_of,
        )
        .correlate(_reversal)
    )
    reversal = (
        select(_reversal.id)
        .join(
            _reversed_by,
            and_(_reversed_by.clinic_id == _reversal.clinic_id, _reversed_by.id == _reversal.movement_id),
        )
        .where(
            _reversal.clinic_id == Line.clinic_id,
            _reversal.reverses_line_id == Line.id,
            _reversed_by.recorded_at <= _as_of,
            ~undone.exists(),
        )
        .correlate(Line)
    )
    return ~reversal.exists()


_areas = (
    select(func.aggregate_strings(UsageArea.area + literal(":") + cast(UsageArea.quantity, Text), ","))
    .where(UsageArea.clinic_id == Line.clinic_id, UsageArea.line_id == Line.id)
    .correlate(Line)
    .scalar_subquery()
)
_STANDING = (
    is_first_booking(Line),
    IS_USE,
    func.coalesce(Movement.recorded_at <= _as_of, False),
    _stood(),
)
_person = func.coalesce(Patient.merged_into_id, Patient.id)
_of_lot = and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id)


class _Statements:
    """What is asked of the uses that meet some conditions, each in one statement."""

    def __init__(self, *which: Any, uses: Any, order: tuple[Any, ...]) -> None:
        """`uses` gives them, in this `order`; `which` of the lines of use they are."""
        self._which = (in_clinics(Line.clinic_id), *which, *_STANDING)
        rows = uses.where(*self._which).order_by(*order)
        ranked = (
            uses.with_only_columns(Line.lot_id, func.row_number().over(order_by=order).label("n"))
            .where(*self._which)
            .subquery("ranked")
        )
        self.lots = Once(select(ranked.c.lot_id).group_by(ranked.c.lot_id).order_by(func.min(ranked.c.n)))
        self.all = Once(rows)
        self.some = Once(rows.limit(_bound("limit")).offset(_bound("offset")))
        self.patients = self._of(Line.clinic_id, Patient.uid, distinct=True)
        self.sessions = self._of(
            Line.clinic_id,
            TreatmentSession.uid,
            Patient.uid.label("patient_uid"),
            _person.label("patient_id"),
            distinct=True,
        )
        self.quantities = self._of(
            Line.lot_id, cast(func.sum(Line.quantity), BigInteger).label("quantity"), by=Line.lot_id
        )
        self.counted = self._of(
            func.count().label("uses"),
            func.count(Line.session_id.distinct()).label("sessions"),
            func.count(_person.distinct()).label("patients"),
        )

    def _of(self, *columns: Any, distinct: bool = False, by: Any = None) -> Once:
        asked = with_use(select(*columns).select_from(Line)).where(*self._which)
        if by is not None:
            asked = asked.group_by(by)
        return Once(asked.distinct() if distinct else asked)


def _bound(name: str) -> Any:
    return bindparam(name, type_=BigInteger)


_OF_LOTS = _Statements(
    is_asked(Line.lot_id),
    Line.session_id.is_not(None),
    or_(~among(Line.lot_id, "narrowed"), among(Line.from_id, "places")),
    uses=with_use(select(*USE_COLUMNS, _areas.label("areas")).select_from(Line)),
    order=(Movement.occurred_at, Line.clinic_id, Movement.seq, Line.id),
)
"""The uses of some lots; of `narrowed` ones what was drawn from `places`."""
_IN_SESSIONS = _Statements(
    is_asked(Line.session_id),
    uses=with_use(select(*USE_COLUMNS, _areas.label("areas"), *LOT_COLUMNS[1:]).select_from(Line))
    .outerjoin(Lot, _of_lot)
    .outerjoin(Product, Product.id == Lot.product_id)
    .outerjoin(Clinic, Clinic.id == Line.clinic_id),
    order=(Movement.occurred_at, Clinic.uid, Movement.seq, Lot.uid, Line.id),
)
"""The uses in some sessions, each with its lot."""


class _Area(NamedTuple):
    area: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class UsesCounted:
    """How many uses, in how many sessions, on how many patients; merged records are one patient."""

    uses: int
    sessions: int
    patients: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionMet:
    """A session, where it was and with whom."""

    clinic_id: int
    session_uid: str
    patient_uid: str
    patient_id: int
    """Who she is by now, whatever was merged since."""


@dataclass(frozen=True, kw_only=True)
class UsesAsked:
    """Which uses are asked for, as the books stood at an instant."""

    statements: _Statements
    given: Mapping[str, Any]
    """The values of the statements' parameters."""
    ways: Mapping[int, Way] | None
    """The lots that are asked for and the ways to them; none where each use says its own."""


def uses_of_lots(ways: Mapping[int, Way], *, as_of: datetime, drawn_from: int | None = None) -> UsesAsked:
    """Ask for the uses of lots that were walked to; of those where the walk began only what was `drawn_from` a place."""
    begun = tuple(n for n, way in ways.items() if way.depth == 0)
    given = {
        "clinic_ids": tuple({way.lot.clinic_id for way in ways.values()}),
        "ids": tuple(ways),
        "as_of": as_of,
        "narrowed": () if drawn_from is None else begun,
        "places": () if drawn_from is None else (drawn_from,),
    }
    return UsesAsked(statements=_OF_LOTS, given=given, ways=ways)


def uses_in_sessions(
    clinic_ids: Collection[int], session_ids: Collection[int], *, as_of: datetime
) -> UsesAsked:
    """Ask for what was used in sessions, of the clinics that may be seen."""
    given = {"clinic_ids": tuple(clinic_ids), "ids": tuple(session_ids), "as_of": as_of}
    return UsesAsked(statements=_IN_SESSIONS, given=given, ways=None)


def uses_of(connection: Connection, asked: UsesAsked) -> tuple[Use, ...]:
    """Give the uses in the order in which they happened; one statement."""
    return tuple(_told(asked.statements.all.all(connection, asked.given), asked.ways))


def some_uses(connection: Connection, asked: UsesAsked, *, offset: int = 0, limit: int) -> tuple[Use, ...]:
    """Give a page of them in the same order; one statement."""
    given = {**asked.given, "offset": offset, "limit": limit}
    return tuple(_told(asked.statements.some.all(connection, given), asked.ways))


def streamed_uses(connection: Connection, asked: UsesAsked) -> Iterator[Use]:
    """Give all of them, some hundreds fetched at a time: no more of them are held than whoever takes them holds."""
    statement = asked.statements.all.statement
    rows = connection.execute(statement, asked.given, execution_options={"yield_per": _ROWS_AT_ONCE})
    yield from _told(rows, asked.ways)


def patients_of_uses(connection: Connection, asked: UsesAsked) -> frozenset[tuple[int, str]]:
    """Give whom they were used on, each with the clinic where; one statement."""
    rows = asked.statements.patients.all(connection, asked.given)
    return frozenset((row.clinic_id, row.uid) for row in rows)


def sessions_of_uses(connection: Connection, asked: UsesAsked) -> tuple[SessionMet, ...]:
    """Give the sessions in which they were used, each with its patient; one statement."""
    rows = asked.statements.sessions.all(connection, asked.given)
    return tuple(
        SessionMet(
            clinic_id=row.clinic_id,
            session_uid=row.uid,
            patient_uid=row.patient_uid,
            patient_id=row.patient_id,
        )
        for row in rows
    )


def used_quantities(connection: Connection, asked: UsesAsked) -> dict[int, int]:
    """Give how much of each lot was used, in base units; one statement."""
    rows = asked.statements.quantities.all(connection, asked.given)
    return {row.lot_id: row.quantity for row in rows}


def lots_of_uses(connection: Connection, asked: UsesAsked) -> tuple[int, ...]:
    """Give the keys of the lots that were used, in the order of their first use; one statement."""
    return tuple(row.lot_id for row in asked.statements.lots.all(connection, asked.given))


def count_uses(connection: Connection, asked: UsesAsked) -> UsesCounted:
    """Count them; one statement."""
    row = asked.statements.counted.one(connection, asked.given)
    return UsesCounted(uses=row.uses, sessions=row.sessions, patients=row.patients)


def _told(rows: Iterable[Any], ways: Mapping[int, Way] | None) -> Iterator[Use]:
    named: dict[int, LotNamed] = {}
    for row in rows:
        areas = _areas_of(row.areas) if row.areas else ()
        if ways is not None:
            way = ways[row.lot_id]
            yield use_of(row, way.lot, way.via, areas)
            continue
        lot = named.get(row.lot_id)
        if lot is None:
            lot = named[row.lot_id] = lot_named(row)
        yield use_of(row, lot, (), areas)


def _areas_of(told: str) -> list[_Area]:
    parts = (part.rpartition(":") for part in told.split(","))
    return sorted(_Area(area, int(quantity)) for area, _, quantity in parts)
