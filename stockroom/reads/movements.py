"""Which lines does a movement have, which of them still stand, and what was it before it was corrected?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, or_, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.models import Line, Location, Lot, Movement, Product, TreatmentSession
from stockroom.reads.finding import one_by_uid
from stockroom.rules.booked import BookedLine, BookedMovement
from stockroom.vocabulary import LocationKind, MovementKind, SessionState


def booked_movement(connection: Connection, clinic_id: int, uid: str) -> BookedMovement:
    """Give a movement of the clinic with its lines, in two statements.  Raises ThingNotFound."""
    row = one_by_uid(connection, Movement, uid, thing="movement", clinic_id=clinic_id)
    found = booked_movements(connection, clinic_id, Movement.id == row.id)
    if not found:
        raise ThingNotFound(thing="movement", uid=uid)
    return found[0]


def booked_movements(
    connection: Connection, clinic_id: int, *conditions: ColumnElement[bool]
) -> tuple[BookedMovement, ...]:
    """Give movements of the clinic with those lines that meet the conditions, in the order of the books.

    The conditions may name Movement, Line and Lot.  One statement.
    """
    rows = connection.execute(_statement(clinic_id, conditions)).all()
    by_movement: dict[int, list[Row[Any]]] = {}
    for row in rows:
        by_movement.setdefault(row.movement_id, []).append(row)
    return tuple(_movement(lines) for lines in by_movement.values())


def standing_for(connection: Connection, clinic_id: int, first_id: int) -> tuple[BookedMovement, ...]:
    """Give the movement that was booked first and all that were posted in its place, in one statement."""
    return booked_movements(
        connection, clinic_id, or_(Movement.id == first_id, Movement.replaces_movement_id == first_id)
    )


def _statement(clinic_id: int, conditions: Iterable[ColumnElement[bool]]) -> Any:
    source, target, reversal = aliased(Location), aliased(Location), aliased(Line)
    first = aliased(Movement)
    return (
        select(
            Movement.id.label("movement_id"),
            Movement.uid,
            Movement.kind,
            Movement.replaces_movement_id,
            Movement.occurred_at,
            Movement.reason,
            Movement.document_kind,
            Movement.document_uid,
            Movement.supplier_id,
            Movement.actor_id,
            first.kind.label("first_kind"),
            first.actor_id.label("first_actor_id"),
            Line.id.label("line_id"),
            Line.n,
            Line.lot_id,
            Lot.number.label("lot_number"),
            Product.content_quantity,
            Line.from_id,
            source.kind.label("from_kind"),
            Line.to_id,
            target.kind.label("to_kind"),
            Line.quantity,
            Line.session_id,
            TreatmentSession.state.label("session_state"),
            TreatmentSession.patient_id,
            reversal.id.label("reversal_id"),
        )
        .join(Line, and_(Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(source, and_(source.clinic_id == Line.clinic_id, source.id == Line.from_id))
        .join(target, and_(target.clinic_id == Line.clinic_id, target.id == Line.to_id))
        .outerjoin(
            first, and_(first.clinic_id == Movement.clinic_id, first.id == Movement.replaces_movement_id)
        )
        .outerjoin(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .outerjoin(reversal, and_(reversal.clinic_id == Line.clinic_id, reversal.reverses_line_id == Line.id))
        .where(Movement.clinic_id == clinic_id, *conditions)
        .order_by(Movement.seq, Movement.id, Line.n)
    )


def _movement(rows: list[Row[Any]]) -> BookedMovement:
    head = rows[0]
    return BookedMovement(
        movement_id=head.movement_id,
        uid=head.uid,
        kind=MovementKind(head.kind),
        first_id=head.replaces_movement_id or head.movement_id,
        first_kind=MovementKind(head.first_kind or head.kind),
        occurred_at=head.occurred_at,
        reason=head.reason,
        document_kind=head.document_kind,
        document_uid=head.document_uid,
        supplier_id=head.supplier_id,
        actor_id=head.first_actor_id or head.actor_id,
        lines=tuple(_line(row) for row in rows),
    )


def _line(row: Row[Any]) -> BookedLine:
    return BookedLine(
        line_id=row.line_id,
        n=row.n,
        lot_id=row.lot_id,
        lot_number=row.lot_number,
        content_quantity=row.content_quantity,
        from_id=row.from_id,
        from_kind=LocationKind(row.from_kind),
        to_id=row.to_id,
        to_kind=LocationKind(row.to_kind),
        quantity=row.quantity,
        session_id=row.session_id,
        session_state=SessionState(row.session_state) if row.session_state else None,
        patient_id=row.patient_id,
        is_reversed=row.reversal_id is not None,
    )
