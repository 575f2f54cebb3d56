"""What did a session cost?  What the patient got, and what was thrown away because of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, select

from stockroom.models import Line, Lot, Movement, Product, TreatmentSession
from stockroom.queries.worth_books import flow_of
from stockroom.queries.worth_cut import Cut
from stockroom.queries.worth_standing import Standing, standing_at
from stockroom.reads.finding import one_by_uid
from stockroom.rules.worth_layers import Value, together
from stockroom.vocabulary import LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPart:
    """What was taken of one lot in a session."""

    product_uid: str
    product_name: str
    strength: str
    base_unit: str
    lot_uid: str
    lot_number: str
    is_thrown_away: bool
    """It went with the session and not into the patient: the rest of a single dose, what was left of a cocktail."""
    quantity: int
    value: Value


@dataclass(frozen=True, kw_only=True)
class SessionCost:
    """What a session cost, as the books know it."""

    session_uid: str
    parts: tuple[SessionPart, ...]

    @property
    def used(self) -> Value:
        """What the patient got."""
        return together(part.value for part in self.parts if not part.is_thrown_away)

    @property
    def thrown_away(self) -> Value:
        """What was thrown away because of it."""
        return together(part.value for part in self.parts if part.is_thrown_away)

    @property
    def total(self) -> Value:
        """Both."""
        return together(part.value for part in self.parts)


def session_cost(connection: Connection, cut: Cut, clinic_id: int, *, session_uid: str) -> SessionCost:
    """Give what a session cost, in a bounded number of statements.  Raises ThingNotFound."""
    session = one_by_uid(connection, TreatmentSession, session_uid, thing="session", clinic_id=clinic_id)
    standing = standing_at(connection, cut)
    rows = [
        *_lines(connection, standing, clinic_id, Line.session_id == session.id, LocationKind.PATIENT),
        *_lines(
            connection,
            standing,
            clinic_id,
            Line.movement_id.in_(_on_paper(session.uid)),
            LocationKind.DISPOSAL,
        ),
    ]
    flow = flow_of(connection, standing, lines={row.id: row.lot_id for row in rows})
    thrown = standing.ids(LocationKind.DISPOSAL)
    parts: dict[tuple[int, bool], list[Any]] = {}
    for row in rows:
        parts.setdefault((row.lot_id, row.to_id in thrown), []).append(row)
    return SessionCost(
        session_uid=session.uid,
        parts=tuple(
            SessionPart(
                product_uid=of_lot[0].product_uid,
                product_name=of_lot[0].product_name,
                strength=of_lot[0].strength,
                base_unit=of_lot[0].base_unit,
                lot_uid=of_lot[0].lot_uid,
                lot_number=of_lot[0].lot_number,
                is_thrown_away=is_thrown_away,
                quantity=sum(row.quantity for row in of_lot),
                value=together(flow.of_line(row.id) for row in of_lot),
            )
            for (_, is_thrown_away), of_lot in parts.items()
        ),
    )


def _on_paper(uid: str) -> Any:
    """The movements that stand on a document, asked for before their lines; a uid is nobody else's."""
    return select(Movement.id).where(Movement.document_uid == uid)


def _lines(
    connection: Connection, standing: Standing, clinic_id: int, condition: Any, target: LocationKind
) -> list[Any]:
    """Give the lines of a session that stand and go to one account, in the order of the books; one statement."""
    return list(
        connection.execute(
            select(
                Line.id,
                Line.lot_id,
                Line.to_id,
                Line.quantity,
                Lot.uid.label("lot_uid"),
                Lot.number.label("lot_number"),
                Product.uid.label("product_uid"),
                Product.name.label("product_name"),
                Product.strength,
                Product.base_unit,
            )
            .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
            .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
            .join(Product, Product.id == Lot.product_id)
            .where(
                Line.clinic_id == clinic_id,
                condition,
                Line.to_id.in_(standing.ids(target)),
                standing.stands(Line, Movement),
            )
            .order_by(Line.movement_id, Line.n)
        )
    )
