"""How are a product's rule versions, ingredients and codes written?  Shared by adding, revising and attaching."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import delete, insert, select, update

from stockroom.barcodes.gtin import normalise_gtin
from stockroom.barcodes.hibc import normalise_primary
from stockroom.barcodes.ppn import normalise_ppn
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, ThingNotFound, extracted
from stockroom.ledger.encoding import canonical, sha256
from stockroom.models import (
    Ingredient,
    Product,
    ProductIngredient,
    ProductRule,
    RuleIncompatibility,
    RuleIngredient,
    TradeItem,
)
from stockroom.rules.product_facts import check_facts
from stockroom.vocabulary import BaseUnit, Carry, CodeScheme, ContainerType, RegulatoryClass, StorageClass


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
class IncompatibleWith:
    """An ingredient with which the product is not mixed, and what happens or where that is written."""

    slug: str
    says: str = ""


@dataclass(frozen=True, kw_only=True)
class ReconstitutionOf:
    """How one presentation of a powder becomes a liquid, which has a life of its own."""

    diluent_uid: str
    diluent_quantity: int
    """Microlitres."""
    output_quantity: int
    """Microlitres."""
    minutes: int
    source: str = ""


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
    is_single_use: bool = False
    needle_gauge: int | None = None
    needle_length_um: int | None = None
    pin_count: int | None = None
    waste_stream: str = ""
    reconstitution: ReconstitutionOf | None = None
    incompatibilities: tuple[IncompatibleWith, ...] = ()


_PLAIN = (
    "container_type", "storage_class", "regulatory_class", "in_use_minutes_room",
    "in_use_minutes_refrigerated", "in_use_source", "lot_carry", "expiry_carry", "serial_carry", "punctures_max",
    "overfill_max_quantity", "residual_max_quantity", "ingredients_known", "is_single_use", "needle_gauge",
    "needle_length_um", "pin_count", "waste_stream",
)  # fmt: skip
"""What a row says as the command does."""
DIGESTED = (
    "version", *_PLAIN, "authorised_in", "diluent_quantity", "reconstituted_quantity", "reconstituted_minutes",
    "reconstitution_source", "reason",
)  # fmt: skip
"""What of a row its digest covers, beside what the version holds and is not mixed with."""


def insert_rule(
    work: Work,
    product_id: int,
    rule: RuleOf,
    *,
    version: int,
    ingredients: tuple[IngredientOf, ...] = (),
    reason: str = "",
) -> str:
    """Insert an unconfirmed rule version of a product with what it holds, and give its digest.

    What the product holds by it takes the place of what it held by the version before, which stays.
    Raises InvalidValue, IngredientUnknown, ThingNotFound for the diluent.
    """
    unit = work.connection.execute(select(Product.base_unit).where(Product.id == product_id)).scalar_one()
    check_facts(rule, base_unit=BaseUnit(unit))
    row = {
        **_rule_row(work, product_id, rule, version),
        **_reconstitution(work, rule),
        "reason": reason.strip(),
    }
    rule_id = work.connection.execute(insert(ProductRule).values(row).returning(ProductRule.id)).scalar_one()
    named = [(each.slug, each) for each in ingredients]
    known = _ingredient_ids(
        work, [slug for slug, _ in named] + [each.slug for each in rule.incompatibilities]
    )
    held = [
        {"ingredient_id": known[slug], "amount": each.amount, "is_excipient": each.is_excipient}
        for slug, each in named
    ]
    apart = [
        {"ingredient_id": known[each.slug], "says": each.says.strip()} for each in rule.incompatibilities
    ]
    _hold(work, product_id, rule_id, held)
    if apart:
        work.connection.execute(
            insert(RuleIncompatibility), [{**each, "product_rule_id": rule_id} for each in apart]
        )
    return rule_digest(row, held, apart)


def _hold(work: Work, product_id: int, rule_id: int, held: list[dict[str, Any]]) -> None:
    work.connection.execute(delete(ProductIngredient).where(ProductIngredient.product_id == product_id))
    if held:
        work.connection.execute(
            insert(ProductIngredient), [{**each, "product_id": product_id} for each in held]
        )
        work.connection.execute(
            insert(RuleIngredient), [{**each, "product_rule_id": rule_id} for each in held]
        )


def rule_digest(
    row: Mapping[str, Any], held: Iterable[Mapping[str, Any]], apart: Iterable[Mapping[str, Any]]
) -> str:
    """Give the digest under which a version stands in the journal entry of its act.

    SHA-256 of the canonical JSON [what the row says in the order of DIGESTED, [[ingredient, amount,
    excipient] …], [[ingredient, why] …]], both lists by ingredient.  `verify` computes it by itself.
    """
    contents = sorted([each["ingredient_id"], each["amount"], bool(each["is_excipient"])] for each in held)
    said = sorted([each["ingredient_id"], each["says"]] for each in apart)
    return sha256(canonical([[row.get(name) for name in DIGESTED], contents, said]))


def insert_first_rules(
    work: Work,
    rules: Mapping[int, tuple[RuleOf, tuple[IngredientOf, ...]]],
    *,
    confirmed: Collection[int],
) -> dict[int, str]:
    """Insert the first rule of many new products with what they hold; those of `confirmed` as confirmed by
    the author of the act.  Gives their digests, in five statements at most.
    """
    rows = {product_id: _rule_row(work, product_id, rule, 1) for product_id, (rule, _) in rules.items()}
    if not rows:
        return {}
    nothing = {"reconstitution_source": "", "reason": ""}
    signed = {
        product_id: {
            **row,
            **nothing,
            "confirmed_at": work.recorded_at if product_id in confirmed else None,
            "confirmed_by_id": work.actor.person_id if product_id in confirmed else None,
        }
        for product_id, row in rows.items()
    }
    work.connection.execute(insert(ProductRule), list(signed.values()))
    read = work.connection.execute(
        select(ProductRule.product_id, ProductRule.id).where(ProductRule.product_id.in_(rows))
    )
    ids = {row.product_id: row.id for row in read}
    known = _ingredient_ids(work, [each.slug for _, held in rules.values() for each in held])
    held = {
        product_id: [
            {"ingredient_id": known[each.slug], "amount": each.amount, "is_excipient": each.is_excipient}
            for each in contents
        ]
        for product_id, (_, contents) in rules.items()
    }
    for model, key, of in ((ProductIngredient, "product_id", None), (RuleIngredient, "product_rule_id", ids)):
        parts = [
            {**each, key: product_id if of is None else of[product_id]}
            for product_id, contents in held.items()
            for each in contents
        ]
        if parts:
            work.connection.execute(insert(model), parts)
    return {product_id: rule_digest(signed[product_id], held[product_id], ()) for product_id in rows}


def _rule_row(work: Work, product_id: int, rule: RuleOf, version: int) -> dict[str, Any]:
    return {
        "product_id": product_id,
        "version": version,
        "recorded_at": work.recorded_at,
        "recorded_by_id": work.actor.person_id,
        "authorised_in": " ".join(rule.authorised_in),
        **{name: getattr(rule, name) for name in _PLAIN},
    }


def _reconstitution(work: Work, rule: RuleOf) -> dict[str, Any]:
    """How it becomes a liquid, as a row says it.  Raises ThingNotFound, InvalidValue."""
    said = rule.reconstitution
    if said is None:
        return {"reconstitution_source": ""}
    diluent = work.connection.execute(
        select(Product.id, Product.base_unit).where(Product.uid == said.diluent_uid)
    ).one_or_none()
    if diluent is None:
        raise ThingNotFound(thing="product", uid=said.diluent_uid[:40])
    if diluent.base_unit != BaseUnit.MICROLITRE:
        raise InvalidValue(field="reconstitution.diluent_uid", problem="a powder is dissolved in a liquid")
    return {
        "diluent_id": diluent.id,
        "diluent_quantity": said.diluent_quantity,
        "reconstituted_quantity": said.output_quantity,
        "reconstituted_minutes": said.minutes,
        "reconstitution_source": said.source.strip(),
    }


def _ingredient_ids(work: Work, slugs: Iterable[str]) -> dict[str, int]:
    """Give the ids of these ingredients.  Raises IngredientUnknown."""
    wanted = list(dict.fromkeys(slugs))
    if not wanted:
        return {}
    rows = work.connection.execute(select(Ingredient.slug, Ingredient.id).where(Ingredient.slug.in_(wanted)))
    known = {row.slug: row.id for row in rows}
    for slug in wanted:
        if slug not in known:
            raise IngredientUnknown(slug=slug)
    return known


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
