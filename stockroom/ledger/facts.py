"""What does posting need to know of the lots and places that a draft names?"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import and_, select

from stockroom.db.transaction import Work
from stockroom.models import Container, Location, Lot, Product
from stockroom.rules.posting import Line, LotFacts, PlaceFacts
from stockroom.vocabulary import LocationKind


def lots_of(work: Work, lines: Iterable[Line]) -> dict[int, LotFacts]:
    """Give the facts of every lot that the lines name and that is this clinic's."""
    rows = work.connection.execute(
        select(Lot.id, Lot.number, Lot.product_id, Product.content_quantity)
        .join(Product, Product.id == Lot.product_id)
        .where(Lot.clinic_id == work.clinic_id, Lot.id.in_({line.lot_id for line in lines}))
    )
    return {
        row.id: LotFacts(
            lot_id=row.id,
            lot_number=row.number,
            product_id=row.product_id,
            content_quantity=row.content_quantity,
        )
        for row in rows
    }


def places_of(work: Work, lines: Iterable[Line]) -> dict[int, PlaceFacts]:
    """Give the facts of every location that the lines name and that is this clinic's."""
    named = {location_id for line in lines for location_id in (line.from_id, line.to_id)}
    same = and_(Container.clinic_id == Location.clinic_id, Container.location_id == Location.id)
    rows = work.connection.execute(
        select(Location.id, Location.kind, Container.lot_id)
        .outerjoin(Container, same)
        .where(Location.clinic_id == work.clinic_id, Location.id.in_(named))
    )
    return {
        row.id: PlaceFacts(location_id=row.id, kind=LocationKind(row.kind), container_lot_id=row.lot_id)
        for row in rows
    }
