"""What is said of a product in requests and answers, and how do requests become commands?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from enum import StrEnum
from typing import Any

from marshmallow import Schema, fields, validate

from stockroom.api.things import in_base_units
from stockroom.http.fields import AskedQuantity, Instant, Quantity, Uid, WholeNumber, Words
from stockroom.http.quantities import StockQuantity
from stockroom.ledger.product_rows import CodeOf, IncompatibleWith, IngredientOf, ReconstitutionOf, RuleOf
from stockroom.operations.add_product import AddProduct
from stockroom.queries.catalogue import ProductRow
from stockroom.rules.product_facts import GAUGE_LEAST, GAUGE_MOST, LENGTH_MOST_UM, PINS_MOST
from stockroom.units import show_quantity
from stockroom.vocabulary import (
    BaseUnit,
    Carry,
    CodeScheme,
    ContainerType,
    ProductKind,
    RegulatoryClass,
    StorageClass,
)

COUNT_MAX = 1_000_000
MINUTES_MAX = 10 * 366 * 24 * 60
_COUNTRY = validate.Regexp(r"^([A-Z]{2}|\*)$")


def _choice(words: type[StrEnum], **more: Any) -> fields.Enum[Any]:
    return fields.Enum(words, by_value=True, **more)


def _word(words: type[StrEnum], **more: Any) -> fields.String:
    return fields.String(validate=validate.OneOf([word.value for word in words]), **more)


def _minutes(**more: Any) -> WholeNumber:
    return WholeNumber(least=1, most=MINUTES_MAX, load_default=None, allow_none=True, **more)


class IncompatibleFields(Schema):
    """An ingredient with which the product is not mixed."""

    slug = Words(required=True, most=100)
    says = Words(
        most=500, load_default="", metadata={"description": "what happens, or where that is written"}
    )


class ReconstitutionFields(Schema):
    """How one presentation of a powder becomes a liquid, which has a life of its own."""

    diluent_uid = Uid(required=True, metadata={"description": "a product counted in mL"})
    diluent_quantity = Quantity(required=True)
    output_quantity = Quantity(required=True)
    minutes = WholeNumber(required=True, least=1, most=MINUTES_MAX)
    source = Words(load_default="", metadata={"description": "where that life is written"})


class RuleFields(Schema):
    """What is true of the product, as far as somebody knows; null where nobody does."""

    container_type = _choice(ContainerType, load_default=None, allow_none=True)
    storage_class = _choice(StorageClass, load_default=None, allow_none=True)
    regulatory_class = _choice(RegulatoryClass, load_default=None, allow_none=True)
    authorised_in = fields.List(
        fields.String(validate=_COUNTRY),
        load_default=[],
        validate=validate.Length(max=250),
        metadata={"description": "ISO 3166-1 alpha-2, or * where no authorisation is needed"},
    )
    in_use_minutes_room = _minutes()
    in_use_minutes_refrigerated = _minutes()
    in_use_source = Words(load_default="", metadata={"description": "where the in-use life is written"})
    lot_carry = _choice(Carry, load_default=Carry.REQUIRED)
    expiry_carry = _choice(Carry, load_default=Carry.REQUIRED)
    serial_carry = _choice(Carry, load_default=Carry.NONE)
    punctures_max = WholeNumber(least=1, most=COUNT_MAX, load_default=None, allow_none=True)
    overfill_max_quantity = Quantity(load_default=None, allow_none=True)
    residual_max_quantity = Quantity(load_default=None, allow_none=True)
    ingredients_known = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    is_single_use = fields.Boolean(load_default=False, truthy={True}, falsy={False})
    needle_gauge = WholeNumber(least=GAUGE_LEAST, most=GAUGE_MOST, load_default=None, allow_none=True)
    needle_length_um = WholeNumber(
        least=1,
        most=LENGTH_MOST_UM,
        load_default=None,
        allow_none=True,
        metadata={"description": "micrometres"},
    )
    pin_count = WholeNumber(
        least=1,
        most=PINS_MOST,
        load_default=None,
        allow_none=True,
        metadata={"description": "needles in one head or cartridge"},
    )
    waste_stream = Words(most=100, load_default="")
    reconstitution = fields.Nested(ReconstitutionFields, load_default=None, allow_none=True)
    incompatibilities = fields.List(
        fields.Nested(IncompatibleFields), load_default=[], validate=validate.Length(max=100)
    )


class ContentFields(Schema):
    """An ingredient of the product, with its amount as printed."""

    slug = Words(required=True, most=100)
    amount = Words(most=100, load_default="")
    is_excipient = fields.Boolean(load_default=False, truthy={True}, falsy={False})


class CodeFields(Schema):
    """A code under which the product is sold, at one pack level."""

    scheme = _choice(CodeScheme, required=True)
    item_code = Words(required=True, most=100)
    pack_level = Words(required=True, most=50, metadata={"description": "each, box, case …"})
    presentation_count = WholeNumber(
        required=True, least=1, most=COUNT_MAX, metadata={"description": "whole presentations in one pack"}
    )


class RepointFields(Schema):
    """A code that comes to name this product, and why."""

    code = fields.Nested(CodeFields, required=True)
    reason = Words(required=True, most=500)


class CodeRepointedSchema(Schema):
    trade_item_uid = Uid(required=True)
    from_product_uid = Uid(required=True, metadata={"description": "the product that it named before"})


class RevisionFields(Schema):
    """A product's rule and ingredients, all of them."""

    rule = fields.Nested(RuleFields, required=True)
    ingredients = fields.List(
        fields.Nested(ContentFields), load_default=[], validate=validate.Length(max=200)
    )


class NewVersionFields(RevisionFields):
    """A new version of a product's rule, and why."""

    reason = Words(most=2000, lines=True, load_default="")


class ProductFields(RevisionFields):
    """One manufacturer's presentation."""

    manufacturer_uid = Uid(required=True)
    group_uid = Uid(load_default=None, allow_none=True)
    name = Words(required=True)
    strength = Words(load_default="", metadata={"description": "as printed"})
    presentation = Words(required=True, metadata={"description": "vial, ampoule, needle … as people say it"})
    base_unit = _choice(BaseUnit, required=True)
    content_quantity = Quantity(required=True, metadata={"description": "in one whole presentation"})
    graduation_quantity = Quantity(
        load_default=None, allow_none=True, metadata={"description": "the finest step in which it is drawn"}
    )
    usual_draw_quantity = Quantity(load_default=None, allow_none=True)
    needle = Words(load_default="", metadata={"description": "as printed"})
    codes = fields.List(fields.Nested(CodeFields), load_default=[], validate=validate.Length(max=50))


class IncompatibleSchema(Schema):
    uid = Uid(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    says = fields.String(required=True)


class LiquidSchema(Schema):
    """Microlitres of a diluent or of what comes out, shown as a liquid."""

    quantity = fields.String(required=True)
    unit = fields.String(required=True)


class ReconstitutionSchema(Schema):
    diluent_uid = Uid(required=True)
    diluent = fields.String(required=True)
    diluent_quantity = fields.Nested(LiquidSchema, required=True)
    output_quantity = fields.Nested(LiquidSchema, required=True)
    minutes = WholeNumber(required=True)
    source = fields.String(required=True)


class RuleSchema(Schema):
    version = WholeNumber(required=True)
    container_type = _word(ContainerType, required=True, allow_none=True)
    storage_class = _word(StorageClass, required=True, allow_none=True)
    regulatory_class = _word(RegulatoryClass, required=True, allow_none=True)
    authorised_in = fields.List(fields.String(), required=True)
    in_use_minutes_room = WholeNumber(required=True, allow_none=True)
    in_use_minutes_refrigerated = WholeNumber(required=True, allow_none=True)
    in_use_source = fields.String(required=True)
    lot_carry = _word(Carry, required=True)
    expiry_carry = _word(Carry, required=True)
    serial_carry = _word(Carry, required=True)
    punctures_max = WholeNumber(required=True, allow_none=True)
    overfill_max_quantity = StockQuantity(required=True)
    residual_max_quantity = StockQuantity(required=True)
    ingredients_known = fields.Boolean(required=True)
    is_single_use = fields.Boolean(required=True)
    needle_gauge = WholeNumber(required=True, allow_none=True)
    needle_length_um = WholeNumber(required=True, allow_none=True)
    pin_count = WholeNumber(required=True, allow_none=True)
    waste_stream = fields.String(required=True)
    reconstitution = fields.Nested(ReconstitutionSchema, required=True, allow_none=True)
    incompatibilities = fields.List(fields.Nested(IncompatibleSchema), required=True)
    confirmed_at = Instant(
        required=True, allow_none=True, metadata={"description": "null: the product is incomplete"}
    )


class ContentSchema(Schema):
    uid = Uid(required=True)
    slug = fields.String(required=True)
    name = fields.String(required=True)
    amount = fields.String(required=True)
    is_excipient = fields.Boolean(required=True)


class CodeSchema(Schema):
    uid = Uid(required=True)
    scheme = _word(CodeScheme, required=True)
    item_code = fields.String(required=True)
    pack_level = fields.String(required=True)
    presentation_count = WholeNumber(required=True)


class ProductSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    kind = _word(ProductKind, required=True)
    manufacturer_uid = Uid(required=True, allow_none=True)
    manufacturer = fields.String(required=True, allow_none=True)
    group_uid = Uid(required=True, allow_none=True)
    group = fields.String(required=True, allow_none=True)
    name = fields.String(required=True)
    strength = fields.String(required=True)
    presentation = fields.String(required=True)
    base_unit = _word(BaseUnit, required=True)
    content_quantity = StockQuantity(required=True)
    graduation_quantity = StockQuantity(required=True)
    usual_draw_quantity = StockQuantity(required=True, allow_none=True)
    needle = fields.String(required=True)
    archived_at = Instant(required=True, allow_none=True)
    rule = fields.Nested(RuleSchema, required=True, allow_none=True)
    codes = fields.List(fields.Nested(CodeSchema), required=True)
    ingredients = fields.List(fields.Nested(ContentSchema), required=True)


class ProductAddedSchema(Schema):
    product_uid = Uid(required=True)
    trade_item_uids = fields.List(Uid(), required=True)


class CodeAttachedSchema(Schema):
    trade_item_uid = Uid(required=True)


class HouseCodeSchema(CodeAttachedSchema):
    gtin = fields.String(required=True, metadata={"description": "14 digits, for use within one company"})


class StockLevelFields(Schema):
    """In sealed presentations."""

    minimum_count = WholeNumber(required=True, most=COUNT_MAX)
    target_count = WholeNumber(required=True, most=COUNT_MAX)


class LevelSetSchema(Schema):
    product_uid = Uid(required=True)
    version = WholeNumber(required=True)


class StockLevelSchema(LevelSetSchema):
    minimum_count = WholeNumber(required=True)
    target_count = WholeNumber(required=True)


class ArchivingFields(Schema):
    """Whether the product is off the lists."""

    archived = fields.Boolean(required=True, truthy={True}, falsy={False})


class ProductArchivedSchema(LevelSetSchema):
    """Its version, once it is archived or put back."""


class ProductRevisedSchema(LevelSetSchema):
    rule_version = WholeNumber(required=True)


def product_of(body: dict[str, Any]) -> AddProduct:
    """Make the command that a body asks for.  Raises what `units.parse_quantity` raises."""
    unit: BaseUnit = body["base_unit"]
    graduation, usual = body["graduation_quantity"], body["usual_draw_quantity"]
    return AddProduct(
        **{
            **body,
            "content_quantity": in_base_units(body["content_quantity"], unit),
            "graduation_quantity": in_base_units(graduation, unit) if graduation else 1,
            "usual_draw_quantity": in_base_units(usual, unit) if usual else None,
            "rule": rule_of(body["rule"], unit),
            "ingredients": contents_of(body["ingredients"]),
            "codes": tuple(code_of(code) for code in body["codes"]),
        }
    )


def rule_of(said: dict[str, Any], unit: BaseUnit) -> RuleOf:
    """Make the rule that a body describes.  Raises what `units.parse_quantity` raises."""
    countries = tuple(dict.fromkeys(said["authorised_in"]))
    tolerances = {
        name: _tolerance(said[name], unit) for name in ("overfill_max_quantity", "residual_max_quantity")
    }
    apart = {each["slug"]: IncompatibleWith(**each) for each in said["incompatibilities"]}
    more = {
        "authorised_in": countries,
        "reconstitution": _reconstitution(said["reconstitution"]),
        "incompatibilities": tuple(apart.values()),
    }
    return RuleOf(**{**said, **tolerances, **more})


def _reconstitution(said: dict[str, Any] | None) -> ReconstitutionOf | None:
    if said is None:
        return None
    liquids = {
        name: in_base_units(said[name], BaseUnit.MICROLITRE)
        for name in ("diluent_quantity", "output_quantity")
    }
    return ReconstitutionOf(**{**said, **liquids})


def _tolerance(asked: AskedQuantity | None, unit: BaseUnit) -> int:
    return 0 if asked is None else in_base_units(asked, unit, may_be_zero=True)


def contents_of(said: Iterable[dict[str, Any]]) -> tuple[IngredientOf, ...]:
    """Make the ingredients that a body names."""
    return tuple(IngredientOf(**each) for each in said)


def code_of(said: dict[str, Any]) -> CodeOf:
    """Make the code that a body describes."""
    return CodeOf(**said)


def shown(row: ProductRow) -> dict[str, Any]:
    """Give a product as it is answered: its rule's tolerances are shown in the product's unit."""
    said = asdict(row)
    return {**said, "rule": said["rule"] and rule_shown(said["rule"], row.base_unit)}


def rule_shown(rule: dict[str, Any], base_unit: str) -> dict[str, Any]:
    """Give a version of a rule as it is answered: tolerances in the product's unit, liquids in mL."""
    mixed = rule["reconstitution"]
    if mixed is not None:
        liquids = {
            name: asdict(show_quantity(mixed[name], BaseUnit.MICROLITRE))
            for name in ("diluent_quantity", "output_quantity")
        }
        mixed = {**mixed, **liquids}
    return {**rule, "base_unit": base_unit, "reconstitution": mixed}
