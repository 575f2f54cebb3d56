"""Who wrote off, corrected, overrode, found differences and booked by hand in a time, and what was it worth?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, func, literal, select, text

from stockroom.clock import civil_date
from stockroom.ledger.trace_lots import stands
from stockroom.models import (
    Clinic,
    Deviation,
    Line,
    Lot,
    Movement,
    Person,
    Preparation,
    PreparationIngredient,
    Product,
    Usage,
)
from stockroom.queries.worth_books import flow_of
from stockroom.queries.worth_cut import Cut
from stockroom.queries.worth_losses import LostLine, lost_lines
from stockroom.queries.worth_standing import standing_at
from stockroom.rules.staff_acts import StaffAct, StaffActKind
from stockroom.vocabulary import IdentifiedBy, MovementKind, PreparationState

_CORRECTING = (MovementKind.REVERSE, MovementKind.CORRECT)


def staff_acts(
    connection: Connection, cut: Cut, clinic_id: int, *, since: datetime, until: datetime
) -> tuple[StaffAct, ...]:
    """Give every such act from `since` until before `until`, the oldest first.

    Write-offs, differences and bookings by hand go by when something happened and stand at `cut`; corrections
    and overrides go by when they were made, whatever became of them since.  What was written off or found is
    valued as the losses are, everything else by what as much of its lot cost last.
    A number of statements that does not grow with the acts.
    """
    lost = lost_lines(connection, cut, clinic_id, since=since, until=until)
    rows = [
        *connection.execute(_corrections(clinic_id, since, until)),
        *connection.execute(_overrides(clinic_id, since, until)),
        *connection.execute(_used_by_hand(clinic_id, since, until)),
        *connection.execute(_prepared_by_hand(clinic_id, since, until)),
    ]
    zone = connection.execute(select(Clinic.time_zone).where(Clinic.id == clinic_id)).scalar_one()
    acts = [*map(_lost, lost), *_valued(connection, cut, rows, zone)]
    return tuple(sorted(acts, key=lambda act: (act.day, act.person, act.kind.value, act.movement_uid)))


def _valued(connection: Connection, cut: Cut, rows: Sequence[Any], zone: str) -> Iterator[StaffAct]:
    if not rows:
        return
    flow = flow_of(connection, standing_at(connection, cut), lot_ids={row.lot_id for row in rows})
    for row in rows:
        yield StaffAct(
            kind=StaffActKind(row.act),
            day=civil_date(row.at, zone),
            person_uid=row.person_uid,
            person=row.person,
            product_uid=row.product_uid,
            product=f"{row.product_name} {row.strength}".strip(),
            lot_uid=row.lot_uid,
            lot_number=row.lot_number,
            movement_uid=row.movement_uid,
            quantity=row.quantity,
            base_unit=row.base_unit,
            why=row.why,
            value=flow.of_remainder(row.lot_id, row.quantity),
        )


def _lost(line: LostLine) -> StaffAct:
    is_count = line.kind is MovementKind.COUNT
    return StaffAct(
        kind=StaffActKind.COUNT_DIFFERENCE if is_count else StaffActKind.WRITE_OFF,
        day=line.happened_on,
        person_uid=line.person_uid,
        person=line.loss.person,
        product_uid=line.product_uid,
        product=line.loss.product,
        lot_uid=line.lot_uid,
        lot_number=line.lot_number,
        movement_uid=line.movement_uid,
        quantity=line.quantity,
        base_unit=line.base_unit,
        why=line.loss.reason.value,
        value=line.loss.value,
    )


def _act(kind: StaffActKind, at: Any, quantity: Any, why: Any) -> tuple[Any, ...]:
    return (
        literal(kind.value).label("act"),
        at.label("at"),
        quantity.label("quantity"),
        why.label("why"),
        Movement.uid.label("movement_uid"),
        Person.uid.label("person_uid"),
        Person.name.label("person"),
        Lot.id.label("lot_id"),
        Lot.uid.label("lot_uid"),
        Lot.number.label("lot_number"),
        Product.uid.label("product_uid"),
        Product.name.label("product_name"),
        Product.strength,
        Product.base_unit,
    )


def _of_lot(statement: Any, clinic_id: Any, lot_id: Any) -> Any:
    return statement.join(Lot, and_(Lot.clinic_id == clinic_id, Lot.id == lot_id)).join(
        Product, Product.id == Lot.product_id
    )


_MOVED = and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id)


def _corrections(clinic_id: int, since: datetime, until: datetime) -> Any:
    """Each movement that took lines back, lot by lot."""
    columns = _act(StaffActKind.CORRECTION, Movement.recorded_at, func.sum(Line.quantity), Movement.reason)
    found = select(*columns).select_from(Movement).join(Line, _MOVED)
    return (
        _of_lot(found.join(Person, Person.id == Movement.actor_id), Line.clinic_id, Line.lot_id)
        .where(
            Movement.clinic_id == clinic_id,
            Movement.recorded_at >= since,
            Movement.recorded_at < until,
            Movement.kind.in_(_CORRECTING),
            Line.reverses_line_id > 0,  # found by what takes lines back, which is little
        )
        .group_by(Movement.id, Movement.uid, Movement.recorded_at, Movement.reason, Person.id, Lot.id, Product.id)
    )  # fmt: skip


def _overrides(clinic_id: int, since: datetime, until: datetime) -> Any:
    """Each rule that somebody took upon himself or herself when an act was asked."""
    quantity = (
        select(func.coalesce(func.sum(Line.quantity), 0))
        .where(
            Line.clinic_id == Deviation.clinic_id,
            Line.movement_id == Deviation.movement_id,
            Line.lot_id == Deviation.lot_id,
        )
        .correlate(Deviation)
        .scalar_subquery()
    )
    columns = _act(StaffActKind.OVERRIDE, Deviation.recorded_at, quantity, Deviation.rule)
    found = (
        select(*columns)
        .select_from(Deviation)
        .join(
            Movement,
            and_(Movement.clinic_id == Deviation.clinic_id, Movement.id == Deviation.movement_id),
        )
        .join(Person, Person.id == Deviation.recorded_by_id)
    )
    return _of_lot(found, Deviation.clinic_id, Deviation.lot_id).where(
        Deviation.clinic_id == clinic_id,
        Deviation.recorded_at >= since,
        Deviation.recorded_at < until,
        Deviation.was_asked,
    )


def _used_by_hand(clinic_id: int, since: datetime, until: datetime) -> Any:
    """Each use that stands and was booked without a scan."""
    columns = _act(StaffActKind.BY_HAND, Movement.occurred_at, Line.quantity, literal("use"))
    found = (
        select(*columns)
        .select_from(Movement)
        .join(Line, _MOVED)
        .join(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
        .join(Person, Person.id == Movement.actor_id)
    )
    return _of_lot(found, Line.clinic_id, Line.lot_id).where(
        *_happened(clinic_id, since, until),
        text("usage.identified_by = 'by_hand'"),  # as the index of these says it
        stands(Line),
    )


def _prepared_by_hand(clinic_id: int, since: datetime, until: datetime) -> Any:
    """Each ingredient of a finished cocktail that was put in without a scan."""
    put_in = PreparationIngredient
    columns = _act(StaffActKind.BY_HAND, Movement.occurred_at, put_in.quantity, literal("prepare"))
    found = (
        select(*columns)
        .select_from(Movement)
        .join(
            Preparation,
            and_(Preparation.clinic_id == Movement.clinic_id, Preparation.movement_id == Movement.id),
        )
        .join(
            put_in,
            and_(put_in.clinic_id == Preparation.clinic_id, put_in.preparation_id == Preparation.id),
        )
        .join(Person, Person.id == Preparation.started_by_id)
    )
    return _of_lot(found, put_in.clinic_id, put_in.lot_id).where(
        *_happened(clinic_id, since, until),
        Preparation.state == PreparationState.FINISHED,
        put_in.identified_by == IdentifiedBy.BY_HAND,
        put_in.removed_at.is_(None),
    )


def _happened(clinic_id: int, since: datetime, until: datetime) -> tuple[Any, ...]:
    return (
        Movement.clinic_id == clinic_id,
        Movement.occurred_at >= since,
        Movement.occurred_at < until,
    )
