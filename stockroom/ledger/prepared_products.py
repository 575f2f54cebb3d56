"""How does what is made here get into the catalogue?  One product a recipe, and one for all ad-hoc mixtures."""

from __future__ import annotations

from sqlalchemy import insert, select

from stockroom.db.columns import written
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, JournalName, Work
from stockroom.ledger.product_rows import RuleOf, insert_rule
from stockroom.models import Product
from stockroom.vocabulary import BaseUnit, Carry, ContainerType, ProductKind, RegulatoryClass

AD_HOC_NAME = "Ad-hoc mixture"
_AD_HOC = select(Product.id).where(Product.kind == written(ProductKind.AD_HOC))
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


def ad_hoc_locks(store: Store) -> tuple[JournalName, ...]:
    """Give what an ad-hoc mixture locks besides: its reserved product is the organisation's, while there is none."""
    with store.reading() as connection:
        return (ORGANISATION,) if connection.execute(_AD_HOC).first() is None else ()


def ad_hoc_product_id(work: Work) -> int:
    """Give the reserved product of all ad-hoc mixtures, made at the first of them."""
    made = work.connection.execute(_AD_HOC).scalar_one_or_none()
    return made or insert_prepared_product(work, name=AD_HOC_NAME, kind=ProductKind.AD_HOC)
