"""How are a product's rule versions, ingredients and codes written?  Shared by adding, revising and attaching."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import delete, insert, select, update

from stockroom.barcodes.gtin import normalise_gtin
from stockroom.barcodes.hibc import normalise_primary
from stockroom.barcodes.ppn import normalise_ppn
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, ThingNotFound, extracted
from stockroom.models import Ingredient, Product, ProductIngredient, ProductRule, TradeItem
from stockroom.vocabulary import Carry, CodeScheme, ContainerType, RegulatoryClass, StorageClass


@dataclass(eq=False, kw_only=True)
class CodeTaken(Refused):
    """The code names another product."""

    code: ClassVar[str] = "code_taken"
    message: ClassVar[str] = extracted("The code {item_code} belongs to another product. Check the pack.")
    item_code: str
    product_uid: str


@dataclass(eq=False, kw_only=True)
class IngredientUnknown(Refused):
    """No ingredient goes by this name."""

    code: ClassVar[str] = "ingredient_unknown"
    message: ClassVar[str] = extracted(
        "There is no ingredient {slug}. Choose one from the list, or add it first."
    )
    slug: str


@dataclass(frozen=True, kw_only=True)
class CodeOf:
    """A code under which the product is sold, at one pack level."""

    scheme: CodeScheme
    item_code: str
    pack_level: str
    presentation_count: int


@dataclass(frozen=True, kw_only=True)
class IngredientOf:
    slug: str
    amount: str = ""
    """As printed."""
    is_excipient: bool = False


@dataclass(frozen=True, kw_only=True)
class RuleOf:
    """What is true of the product, as far as somebody knows; None where nobody does."""

    container_type: ContainerType | None = None
    storage_class: StorageClass | None = None
    regulatory_class: RegulatoryClass | None = None
    authorised_in: tuple[str, ...] = ()
    """Countries, or "*" where no authorisation is needed."""
    in_use_minutes_room: int | None = None
    in_use_minutes_refrigerated: int | None = None
    in_use_source: str = ""
    lot_carry: Carry = Carry.REQUIRED
    expiry_carry: Carry = Carry.REQUIRED
    serial_carry: Carry = Carry.NONE
    punctures_max: int | None = None
    overfill_max_quantity: int = 0
    residual_max_quantity: int = 0
    ingredients_known: bool = False


def insert_rule(work: Work, product_id: int, rule: RuleOf, *, version: int) -> None:
    """Insert an unconfirmed rule version of a product."""
    work.connection.execute(insert(ProductRule).values(_rule_row(work, product_id, rule, version)))


def insert_first_rules(work: Work, rules: Mapping[int, RuleOf], *, confirmed: Collection[int]) -> None:
    """Insert the first rule of many new products; those of `confirmed` as confirmed by the author of the act."""
    rows = [_rule_row(work, product_id, rule, 1) for product_id, rule in rules.items()]
    for row in rows:
        is_confirmed = row["product_id"] in confirmed
        row["confirmed_at"] = work.recorded_at if is_confirmed else None
        row["confirmed_by_id"] = work.actor.person_id if is_confirmed else None
    if rows:
        work.connection.execute(insert(ProductRule), rows)


def _rule_row(work: Work, product_id: int, rule: RuleOf, version: int) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "version": version,
        "recorded_at": work.recorded_at,
        "container_type": rule.container_type,
        "storage_class": rule.storage_class,
        "regulatory_class": rule.regulatory_class,
        "authorised_in": " ".join(rule.authorised_in),
        "in_use_minutes_room": rule.in_use_minutes_room,
        "in_use_minutes_refrigerated": rule.in_use_minutes_refrigerated,
        "in_use_source": rule.in_use_source,
        "lot_carry": rule.lot_carry,
        "expiry_carry": rule.expiry_carry,
        "serial_carry": rule.serial_carry,
        "punctures_max": rule.punctures_max,
        "overfill_max_quantity": rule.overfill_max_quantity,
        "residual_max_quantity": rule.residual_max_quantity,
        "ingredients_known": rule.ingredients_known,
    }


def write_ingredients(work: Work, product_id: int, ingredients: tuple[IngredientOf, ...]) -> None:
    """Write what a product holds, in place of what was written before.  Raises IngredientUnknown."""
    work.connection.execute(delete(ProductIngredient).where(ProductIngredient.product_id == product_id))
    if not ingredients:
        return
    slugs = [ingredient.slug for ingredient in ingredients]
    rows = work.connection.execute(select(Ingredient.slug, Ingredient.id).where(Ingredient.slug.in_(slugs)))
    known = {row.slug: row.id for row in rows}
    for slug in slugs:
        if slug not in known:
            raise IngredientUnknown(slug=slug)
    work.connection.execute(
        insert(ProductIngredient),
        [
            {
                "product_id": product_id,
                "ingredient_id": known[ingredient.slug],
                "amount": ingredient.amount,
                "is_excipient": ingredient.is_excipient,
            }
            for ingredient in ingredients
        ],
    )


_WRITTEN: dict[CodeScheme, Callable[[str], str]] = {
    CodeScheme.GTIN: normalise_gtin,
    CodeScheme.HIBC: normalise_primary,
    CodeScheme.PPN: normalise_ppn,
    CodeScheme.OWN: str.strip,
}


@dataclass(frozen=True, kw_only=True)
class PointedCode:
    """A code as it is kept, and the product that it names."""

    trade_item_uid: str
    product_uid: str
    code: CodeOf


def repoint_code_row(work: Work, product_id: int, code: CodeOf) -> PointedCode:
    """Make a code name a product at a pack level, and give what it named before.

    Raises ThingNotFound where nobody knows the code, InvalidValue, ScanUnreadable.
    """
    if code.presentation_count <= 0:
        raise InvalidValue(field="presentation_count", problem="more than zero presentations")
    written = _WRITTEN[code.scheme](code.item_code)
    kept = work.connection.execute(
        select(
            TradeItem.id,
            TradeItem.uid,
            TradeItem.pack_level,
            TradeItem.presentation_count,
            Product.uid.label("product_uid"),
        )
        .join(Product, Product.id == TradeItem.product_id)
        .where(TradeItem.scheme == code.scheme, TradeItem.code == written)
    ).one_or_none()
    if kept is None:
        raise ThingNotFound(thing="product code", uid=written[:40])
    work.connection.execute(
        update(TradeItem)
        .where(TradeItem.id == kept.id)
        .values(product_id=product_id, pack_level=code.pack_level, presentation_count=code.presentation_count)
    )
    before = CodeOf(
        scheme=code.scheme,
        item_code=written,
        pack_level=kept.pack_level,
        presentation_count=kept.presentation_count,
    )
    return PointedCode(trade_item_uid=kept.uid, product_uid=kept.product_uid, code=before)


def insert_code(work: Work, product_id: int, code: CodeOf) -> str:
    """Insert a code of a product and give its uid.  Raises CodeTaken, InvalidValue, ScanUnreadable."""
    if code.presentation_count <= 0:
        raise InvalidValue(field="presentation_count", problem="more than zero presentations")
    written = _WRITTEN[code.scheme](code.item_code)
    owner = work.connection.execute(
        select(Product.uid)
        .join(TradeItem, TradeItem.product_id == Product.id)
        .where(TradeItem.scheme == code.scheme, TradeItem.code == written)
    ).scalar_one_or_none()
    if owner is not None:
        raise CodeTaken(item_code=written, product_uid=owner)
    uid = new_uid(work.now)
    work.connection.execute(
        insert(TradeItem).values(
            uid=uid,
            product_id=product_id,
            scheme=code.scheme,
            code=written,
            pack_level=code.pack_level,
            presentation_count=code.presentation_count,
        )
    )
    return uid
