"""Which uses of the lots of a trace stood at an instant?  Row by row, as the database gives them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import BigInteger, Connection, Text, and_, bindparam, cast, func, literal, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.db.columns import UTCDateTime
from stockroom.db.compiled_once import Once
from stockroom.models import Line, Movement, Patient, UsageArea
from stockroom.queries.trace_lines import IS_USE, USE_COLUMNS, is_first_booking, with_use
from stockroom.queries.trace_lots import in_clinics, is_asked
from stockroom.queries.trace_rows import Use, use_of
from stockroom.queries.trace_walk import Way

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
_WHICH = (
    in_clinics(Line.clinic_id),
    is_asked(Line.lot_id),
    Line.session_id.is_not(None),
    is_first_booking(Line),
    IS_USE,
    or_(~among(Line.lot_id, "narrowed"), among(Line.from_id, "places")),
    func.coalesce(Movement.recorded_at <= _as_of, False),
    _stood(),
)
"""The lines of use of some lots that stood at an instant; of `narrowed` ones what was drawn from `places`."""
_USES = Once(
    with_use(select(*USE_COLUMNS, _areas.label("areas")).select_from(Line))
    .where(*_WHICH)
    .order_by(Movement.occurred_at, Line.clinic_id, Movement.seq, Line.id)
)


_PATIENTS = Once(with_use(select(Line.clinic_id, Patient.uid).select_from(Line)).where(*_WHICH).distinct())
_QUANTITIES = Once(
    with_use(
        select(Line.lot_id, cast(func.sum(Line.quantity), BigInteger).label("quantity")).select_from(Line)
    )
    .where(*_WHICH)
    .group_by(Line.lot_id)
)


class _Area(NamedTuple):
    area: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class UsesAsked:
    """Which uses are asked for: of the lots of these ways, as the books stood at an instant."""

    ways: Mapping[int, Way]
    as_of: datetime
    drawn_from: int | None = None
    """Of the lots where the trace begins, only what was drawn from this place."""

    @property
    def values(self) -> dict[str, Any]:
        """The values of the statements' parameters."""
        narrowed = (
            () if self.drawn_from is None else tuple(n for n, way in self.ways.items() if way.depth == 0)
        )
        return {
            "clinic_ids": tuple({way.lot.clinic_id for way in self.ways.values()}),
            "ids": tuple(self.ways),
            "as_of": self.as_of,
            "narrowed": narrowed,
            "places": () if self.drawn_from is None else (self.drawn_from,),
        }


def uses_of(connection: Connection, asked: UsesAsked) -> tuple[Use, ...]:
    """Give the uses in the order in which they happened; one statement."""
    return tuple(_told(_USES.all(connection, asked.values), asked.ways))


def streamed_uses(connection: Connection, asked: UsesAsked) -> Iterator[Use]:
    """Give the same, some hundreds fetched at a time: no more of them are held than whoever takes them holds."""
    rows = connection.execute(_USES.statement, asked.values, execution_options={"yield_per": _ROWS_AT_ONCE})
    yield from _told(rows, asked.ways)


def patients_of_uses(connection: Connection, asked: UsesAsked) -> frozenset[tuple[int, str]]:
    """Give whom they were used on, each with the clinic where; one statement."""
    return frozenset((row.clinic_id, row.uid) for row in _PATIENTS.all(connection, asked.values))


def used_quantities(connection: Connection, asked: UsesAsked) -> dict[int, int]:
    """Give how much of each lot was used, in base units; one statement."""
    return {row.lot_id: row.quantity for row in _QUANTITIES.all(connection, asked.values)}


def _told(rows: Iterable[Any], ways: Mapping[int, Way]) -> Iterator[Use]:
    for row in rows:
        way = ways[row.lot_id]
        yield use_of(row, way.lot, way.via, _areas_of(row.areas) if row.areas else ())


def _areas_of(told: str) -> list[_Area]:
    parts = (part.rpartition(":") for part in told.split(","))
    return sorted(_Area(area, int(quantity)) for area, _, quantity in parts)
