"""How is a use written, asked for or recorded late, and how is it shown?  Shared by sessions and usages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, validate

from stockroom.api.things import ThingFields, in_base_units
from stockroom.http.fields import Choice, Quantity, Uid, WholeNumber
from stockroom.http.quantities import StockQuantity
from stockroom.rules.using import LINES_MAX, AreaUse, UseLine
from stockroom.units import base_unit_of
from stockroom.vocabulary import BaseUnit, IdentifiedBy

DEPTH_MAX_UM = 100_000
"""Ten centimetres, more than any needle."""


def word(meaning: str) -> fields.String:
    """Give a field for a word of the reference data."""
    return fields.String(
        load_default=None,
        validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,99}$"),
        metadata={"description": meaning},
    )


class AreaFields(Schema):
    """How much went into one area of the body."""

    area = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,99}$"))
    quantity = Quantity(required=True)


class UseLineFields(Schema):
    """One thing that a patient gets."""

    thing = fields.Nested(ThingFields, required=True)
    quantity = Quantity(required=True, metadata={"description": "what goes into or onto the patient"})
    areas = fields.List(
        fields.Nested(AreaFields),
        load_default=[],
        validate=validate.Length(max=50),
        metadata={"description": "not said if left out: what the plan proposes is not assumed"},
    )
    technique = word("of the reference data; not said if left out: what the plan proposes is not assumed")
    depth_um = WholeNumber(least=1, most=DEPTH_MAX_UM, load_default=None)
    indication = word("an indication of the reference data")
    practitioner_uid = Uid(load_default=None, metadata={"description": "the session's if left out"})
    prescriber_uid = Uid(load_default=None)
    identified_by = Choice(
        IdentifiedBy, load_default=None, metadata={"description": "by the scan if left out"}
    )
    serial = fields.String(load_default=None, validate=validate.Length(min=1, max=100))


def use_lines() -> fields.List:
    """Give the field that holds what a patient gets."""
    return fields.List(
        fields.Nested(UseLineFields), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )


def lines_of(body: Mapping[str, Any]) -> tuple[UseLine, ...]:
    """Give the lines of a use with their quantities in base units.

    Which product each is of is not asked here: the act looks that up under its lock, and refuses a line that
    was said in a unit of something else.  Raises what `in_base_units` raises.
    """
    return tuple(_line(line, base_unit_of(line["quantity"].unit)) for line in body["lines"])


def areas_of(areas: list[dict[str, Any]], unit: BaseUnit | None) -> tuple[AreaUse, ...]:
    """Give areas with their quantities in base units.  Raises what `in_base_units` raises."""
    return tuple(AreaUse(area=each["area"], quantity=in_base_units(each["quantity"], unit)) for each in areas)


def _line(line: dict[str, Any], unit: BaseUnit) -> UseLine:
    asked = line["quantity"]
    said = {**line, "quantity": in_base_units(asked, unit), "areas": areas_of(line["areas"], unit)}
    return UseLine(**said, unit=asked.unit)


class AreaPartSchema(Schema):
    area = fields.String(required=True)
    quantity = StockQuantity(required=True)
