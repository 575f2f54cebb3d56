"""What should somebody count?  Lots that the bench did not find, or found damaged, and nobody counted since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, exists, func, select

from stockroom.models import Balance, Location, Lot, PassedOverLot, Person, Product, StocktakeLine
from stockroom.vocabulary import PassingOver

SUGGESTIONS_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class CountSuggestion:
    """A lot at a place, what the books say lies there, and what was last answered about it."""

    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    presentation: str
    base_unit: str
    content_quantity: int
    location_uid: str
    place: str
    quantity: int
    answer: str
    answered_at: datetime
    answered_by: str


def count_suggestions(connection: Connection, clinic_id: int) -> tuple[CountSuggestion, ...]:
    """Give what the bench missed, newest first, each lot at a place once; one statement."""
    last = (
        select(func.max(PassedOverLot.id).label("id"))
        .where(
            PassedOverLot.clinic_id == clinic_id,
            PassedOverLot.answer.in_((PassingOver.NOT_THERE, PassingOver.DAMAGED)),
        )
        .group_by(PassedOverLot.lot_id, PassedOverLot.location_id)
    )
    counted = exists().where(
        StocktakeLine.clinic_id == PassedOverLot.clinic_id,
        StocktakeLine.lot_id == PassedOverLot.lot_id,
        StocktakeLine.location_id == PassedOverLot.location_id,
        StocktakeLine.counted_at >= PassedOverLot.answered_at,
    )
    rows = connection.execute(
        select(
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.presentation,
            Product.base_unit,
            Product.content_quantity,
            Location.uid.label("location_uid"),
            Location.name.label("place"),
            Balance.quantity,
            PassedOverLot.answer,
            PassedOverLot.answered_at,
            Person.name.label("answered_by"),
        )
        .join(Lot, and_(Lot.clinic_id == PassedOverLot.clinic_id, Lot.id == PassedOverLot.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(
            Location,
            and_(Location.clinic_id == PassedOverLot.clinic_id, Location.id == PassedOverLot.location_id),
        )
        .join(
            Balance,
            and_(
                Balance.clinic_id == PassedOverLot.clinic_id,
                Balance.lot_id == PassedOverLot.lot_id,
                Balance.location_id == PassedOverLot.location_id,
            ),
        )
        .join(Person, Person.id == PassedOverLot.answered_by_id)
        .where(PassedOverLot.clinic_id == clinic_id, PassedOverLot.id.in_(last), Balance.quantity > 0)
        .where(~counted)
        .order_by(PassedOverLot.id.desc())
        .limit(SUGGESTIONS_MAX)
    )
    return tuple(CountSuggestion(**row._mapping) for row in rows)
