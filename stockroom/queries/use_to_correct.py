"""What may be put right of a use: in whose session, how much of each thing, and where did it go?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.models import Lot, Product, TreatmentSession
from stockroom.reads.movements import booked_movement
from stockroom.reads.usages import usages_by_line
from stockroom.rules.using import AreaUse
from stockroom.vocabulary import BaseUnit, LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class LineToCorrect:
    """A thing that went to the patient."""

    n: int
    product_name: str
    lot_number: str
    base_unit: BaseUnit
    quantity: int
    """Base units."""
    areas: tuple[AreaUse, ...]


@dataclass(frozen=True, kw_only=True)
class UseToCorrect:
    """A use as far as it stands."""

    movement_uid: str
    occurred_at: datetime
    session_uid: str
    lines: tuple[LineToCorrect, ...]


def use_to_correct(connection: Connection, clinic_id: int, *, uid: str) -> UseToCorrect:
    """Give what stands of a use; at most six statements.  Raises ThingNotFound, NotAUse, AlreadyReversed."""
    use = booked_movement(connection, clinic_id, uid).standing_use()
    given = [line for line in use.lines if line.to_kind is LocationKind.PATIENT]
    known = usages_by_line(connection, clinic_id, (line.line_id for line in given))
    lots = select(Lot.id, Product.name, Product.base_unit).join(Product, Product.id == Lot.product_id)
    wanted = lots.where(Lot.clinic_id == clinic_id, Lot.id.in_({line.lot_id for line in given}))
    products = {row.id: row for row in connection.execute(wanted)}
    session = select(TreatmentSession.uid).where(
        TreatmentSession.clinic_id == clinic_id, TreatmentSession.id == given[0].session_id
    )
    return UseToCorrect(
        movement_uid=use.uid,
        occurred_at=use.occurred_at,
        session_uid=connection.execute(session).scalar_one(),
        lines=tuple(
            LineToCorrect(
                n=line.n,
                product_name=products[line.lot_id].name,
                lot_number=line.lot_number,
                base_unit=BaseUnit(products[line.lot_id].base_unit),
                quantity=line.quantity,
                areas=known[line.line_id].areas,
            )
            for line in given
        ),
    )
