"""What was thrown away or went missing in a time, why, by whom, and what did it cost?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.clock import civil_date
from stockroom.models import Clinic, Line, Lot, Movement, Person, Product, StocktakeLine
from stockroom.queries.worth_books import flow_of
from stockroom.queries.worth_cut import Cut
from stockroom.queries.worth_standing import standing_at
from stockroom.rules.worth_flow import Flow
from stockroom.rules.worth_losses import Loss, LossReason, reason_of
from stockroom.vocabulary import LocationKind, MovementKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LostLine:
    """One line by which goods were lost or found again, with what the report says of it."""

    movement_uid: str
    happened_at: datetime
    happened_on: date
    """The civil day in the clinic."""
    product_uid: str
    product_name: str
    strength: str
    base_unit: str
    lot_uid: str
    lot_number: str
    quantity: int
    note: str
    """What was said beside the reason."""
    kind: MovementKind
    """Of the movement that was booked first, where it was corrected since."""
    person_uid: str
    loss: Loss


def lost_lines(
    connection: Connection, cut: Cut, clinic_id: int, *, since: datetime, until: datetime
) -> tuple[LostLine, ...]:
    """Give every line by which goods were lost from `since` until before `until`, the oldest first.

    It goes by when something happened, as the books know it at `cut`.  A movement that was corrected keeps the
    reason and the person of the first one.  A number of statements that does not grow with the lines.
    """
    standing = standing_at(connection, cut)
    line, movement, first = aliased(Line), aliased(Movement), aliased(Movement)
    disposal, adjustment = (standing.ids(kind) for kind in (LocationKind.DISPOSAL, LocationKind.ADJUSTMENT))
    found = and_(line.from_id.in_(adjustment), movement.document_kind == "stocktake")
    rows = connection.execute(
        select(
            line.id, line.lot_id, line.quantity, line.to_id, line.from_id,
            movement.uid.label("movement_uid"), movement.occurred_at,
            func.coalesce(first.kind, movement.kind).label("kind"),
            func.coalesce(first.reason, movement.reason).label("reason"),
            Person.name.label("person"), Person.uid.label("person_uid"),
            StocktakeLine.reason.label("counted"),
            Lot.uid.label("lot_uid"), Lot.number.label("lot_number"),
            Product.uid.label("product_uid"), Product.name.label("product_name"), Product.strength,
            Product.base_unit, Clinic.time_zone,
        )
        .select_from(movement)
        .join(line, and_(line.clinic_id == movement.clinic_id, line.movement_id == movement.id))
        .outerjoin(
            first, and_(first.clinic_id == movement.clinic_id, first.id == movement.replaces_movement_id)
        )
        .join(Person, Person.id == func.coalesce(first.actor_id, movement.actor_id))
        .outerjoin(
            StocktakeLine,
            and_(StocktakeLine.clinic_id == line.clinic_id, StocktakeLine.line_id == line.id),
        )
        .join(Lot, and_(Lot.clinic_id == line.clinic_id, Lot.id == line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(Clinic, Clinic.id == movement.clinic_id)
        .where(
            movement.clinic_id == clinic_id,
            movement.occurred_at >= since,
            movement.occurred_at < until,
            or_(line.to_id.in_(disposal | adjustment), found),
            standing.stands(line, movement),
        )
        .order_by(movement.occurred_at, movement.id, line.n)
    ).all()  # fmt: skip
    flow = flow_of(connection, standing, lines={row.id: row.lot_id for row in rows})
    return tuple(_lost(row, flow, is_find=row.from_id in adjustment, disposal=disposal) for row in rows)


def _lost(row: Any, flow: Flow, *, is_find: bool, disposal: frozenset[int]) -> LostLine:
    day = civil_date(row.occurred_at, row.time_zone)
    reason = reason_of(
        MovementKind(row.kind), said=row.reason, counted=row.counted, is_disposal=row.to_id in disposal
    )
    return LostLine(
        movement_uid=row.movement_uid,
        happened_at=row.occurred_at,
        happened_on=day,
        product_uid=row.product_uid,
        product_name=row.product_name,
        strength=row.strength,
        base_unit=row.base_unit,
        lot_uid=row.lot_uid,
        lot_number=row.lot_number,
        quantity=-row.quantity if is_find else row.quantity,
        note=_note(row.reason, reason),
        kind=MovementKind(row.kind),
        person_uid=row.person_uid,
        loss=Loss(
            happened_on=day,
            reason=reason,
            product=f"{row.product_name} {row.strength}".strip(),
            person=row.person,
            is_find=is_find,
            value=flow.of_line(row.id),
        ),
    )


def _note(said: str, reason: LossReason) -> str:
    """What somebody said beside the reason."""
    first, mark, rest = said.partition(":")
    if first.strip() == reason.value:
        return rest.strip() if mark else ""
    return "" if reason is LossReason.REMAINDER else said
