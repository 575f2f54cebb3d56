"""How does a product come into the catalogue?  Incomplete, until a permitted role has confirmed its rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from sqlalchemy import insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.product_rows import (
    CodeOf,
    IngredientOf,
    RuleOf,
    insert_code,
    insert_rule,
)
from stockroom.models import Manufacturer, Product, ProductGroup
from stockroom.reads.finding import one_by_uid
from stockroom.vocabulary import Action, BaseUnit, ProductKind


@dataclass(eq=False, kw_only=True)
class ProductKnown(Refused):
    """The same presentation of the same manufacturer is in the catalogue already."""

    code: ClassVar[str] = "product_known"
    message: ClassVar[str] = extracted(
        "{name} {strength} is in the catalogue already. Add its code to it instead."
    )
    name: str
    strength: str
    product_uid: str


@dataclass(frozen=True, kw_only=True)
class AddProduct:
    """One manufacturer's presentation."""

    manufacturer_uid: str
    name: str
    strength: str
    presentation: str
    base_unit: BaseUnit
    content_quantity: int
    graduation_quantity: int = 1
    usual_draw_quantity: int | None = None
    needle: str = ""
    group_uid: str | None = None
    rule: RuleOf
    ingredients: tuple[IngredientOf, ...] = ()
    codes: tuple[CodeOf, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ProductAdded:
    product_uid: str
    trade_item_uids: tuple[str, ...]


def add_product(store: Store, command: AddProduct, *, actor: Actor, key: str, now: datetime) -> ProductAdded:
    """Add a product with its first rule, its ingredients and its codes.

    It is incomplete until confirmed: it may be received, moved, held, counted and returned; opening,
    mixing or using it needs an override.
    Raises ThingNotFound, InvalidValue, ProductKnown, CodeTaken, IngredientUnknown, and the codec's
    refusals for a GTIN with a wrong check digit.
    """
    return perform(
        store,
        Act(kind="product.add", action=Action.MAINTAIN_CATALOGUE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _add(work, command),
        answer=ProductAdded,
        actor=actor,
        key=key,
        now=now,
    )


def _add(work: Work, command: AddProduct) -> ProductAdded:
    manufacturer = one_by_uid(work.connection, Manufacturer, command.manufacturer_uid, thing="manufacturer")
    group_id = None
    if command.group_uid is not None:
        group_id = one_by_uid(work.connection, ProductGroup, command.group_uid, thing="product group").id
    _check(work, command, manufacturer.id)
    uid = new_uid(work.now)
    product_id = _insert_product(work, command, uid, manufacturer.id, group_id)
    digest = insert_rule(work, product_id, command.rule, version=1, ingredients=command.ingredients)
    codes = tuple(insert_code(work, product_id, code) for code in command.codes)
    work.payload.update(
        product=uid,
        manufacturer=command.manufacturer_uid,
        content=command.content_quantity,
        rule_version=1,
        rule_digest=digest,
    )
    return ProductAdded(product_uid=uid, trade_item_uids=codes)


def _check(work: Work, command: AddProduct, manufacturer_id: int) -> None:
    if not command.name.strip() or not command.presentation.strip():
        raise InvalidValue(field="name", problem="a product has a name and a presentation")
    for field in ("content_quantity", "graduation_quantity"):
        if getattr(command, field) <= 0:
            raise InvalidValue(field=field, problem="more than zero base units")
    known = work.connection.execute(
        select(Product.uid).where(
            Product.manufacturer_id == manufacturer_id,
            Product.name == command.name,
            Product.strength == command.strength,
            Product.presentation == command.presentation,
            Product.content_quantity == command.content_quantity,
        )
    ).scalar_one_or_none()
    if known is not None:
        raise ProductKnown(name=command.name, strength=command.strength, product_uid=known)


def _insert_product(
    work: Work, command: AddProduct, uid: str, manufacturer_id: int, group_id: int | None
) -> int:
    return work.connection.execute(
        insert(Product)
        .values(
            uid=uid,
            kind=ProductKind.MANUFACTURED,
            manufacturer_id=manufacturer_id,
            group_id=group_id,
            name=command.name,
            strength=command.strength,
            presentation=command.presentation,
            base_unit=command.base_unit,
            content_quantity=command.content_quantity,
            graduation_quantity=command.graduation_quantity,
            usual_draw_quantity=command.usual_draw_quantity,
            needle=command.needle,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
        )
        .returning(Product.id)
    ).scalar_one()
