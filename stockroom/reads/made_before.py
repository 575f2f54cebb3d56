"""Is the same cocktail being made, or lying ready, for one of these sessions?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, and_, exists, or_, select

from stockroom.models import Balance, Person, Preparation, PreparationSession, Product
from stockroom.vocabulary import PreparationState


@dataclass(frozen=True, kw_only=True)
class MadeBefore:
    """A draft, or a cocktail of which something is left."""

    uid: str
    short_code: str
    product: str
    is_draft: bool
    by: str


def made_before(
    connection: Connection, clinic_id: int, session_ids: Sequence[int], *, product_id: int
) -> MadeBefore | None:
    """Give the first such cocktail of this product for any of the sessions; one statement."""
    left = exists().where(
        Balance.clinic_id == Preparation.clinic_id,
        Balance.lot_id == Preparation.lot_id,
        Balance.quantity > 0,
    )
    row = connection.execute(
        select(
            Preparation.uid,
            Preparation.short_code,
            Preparation.state,
            Product.name.label("product"),
            Person.name.label("by"),
        )
        .select_from(PreparationSession)
        .join(
            Preparation,
            and_(
                Preparation.clinic_id == PreparationSession.clinic_id,
                Preparation.id == PreparationSession.preparation_id,
            ),
        )
        .join(Product, Product.id == Preparation.product_id)
        .join(Person, Person.id == Preparation.started_by_id)
        .where(
            PreparationSession.clinic_id == clinic_id,
            PreparationSession.session_id.in_(session_ids),
            PreparationSession.ended_at.is_(None),
            Preparation.product_id == product_id,
            or_(
                Preparation.state == PreparationState.DRAFT,
                and_(Preparation.state == PreparationState.FINISHED, left),
            ),
        )
        .order_by(Preparation.id)
        .limit(1)
    ).first()
    if row is None:
        return None
    return MadeBefore(
        uid=row.uid,
        short_code=row.short_code,
        product=row.product,
        is_draft=row.state == PreparationState.DRAFT,
        by=row.by,
    )
