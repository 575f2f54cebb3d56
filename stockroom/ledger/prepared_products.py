"""How does what is made here get into the catalogue?  One product a recipe, and one for all ad-hoc mixtures."""

from __future__ import annotations

from sqlalchemy import insert

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger.product_rows import RuleOf, insert_rule
from stockroom.models import Product
from stockroom.vocabulary import BaseUnit, Carry, ContainerType, ProductKind, RegulatoryClass

_RULE = RuleOf(
    container_type=ContainerType.NONE,
    regulatory_class=RegulatoryClass.COMPOUNDED,
    authorised_in=("*",),
    in_use_source="the limit of each cocktail",
    lot_carry=Carry.REQUIRED,
    expiry_carry=Carry.REQUIRED,
    ingredients_known=True,
)
"""A cocktail has no vial to be opened: it is drawn by volume where it lies (container type *none*, one
base unit a presentation).  For whom it may be drawn is said by the sessions that it was made for, and
its ingredients are those of its parents."""


def insert_prepared_product(work: Work, *, name: str, kind: ProductKind) -> int:
    """Insert the product of a recipe, or the reserved ad-hoc one, with its rule, and give its id."""
    product_id = work.connection.execute(
        insert(Product)
        .values(
            uid=new_uid(work.now),
            kind=kind,
            name=name,
            strength="",
            presentation="cocktail",
            base_unit=BaseUnit.MICROLITRE,
            content_quantity=1,
            graduation_quantity=1,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
        .returning(Product.id)
    ).scalar_one()
    insert_rule(work, product_id, _RULE, version=1)
    return product_id
