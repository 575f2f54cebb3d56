"""How does "2.5 mL" become 2,500 base units, and back?  `Decimal` lives here and nowhere below."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from stockroom.errors import Refused, extracted
from stockroom.vocabulary import BaseUnit

QUANTITY_MAX = 2**53 - 1
"""The largest quantity that every JSON reader keeps exact (RFC 8259 section 6)."""

_NUMBER = re.compile(r"(0|[1-9][0-9]{0,15})(\.[0-9]{1,9})?", re.ASCII)

_IN_DOUBT = re.compile(r"[1-9][0-9]{0,2},[0-9]{3}", re.ASCII)
"""1,500: what stands before the comma could be thousands, and as many digits as a thousand has come behind it."""

_SCREEN_UNITS: dict[str, tuple[BaseUnit, int]] = {
    "uL": (BaseUnit.MICROLITRE, 1),
    "µL": (BaseUnit.MICROLITRE, 1),
    "mL": (BaseUnit.MICROLITRE, 1_000),
    "L": (BaseUnit.MICROLITRE, 1_000_000),
    "ug": (BaseUnit.MICROGRAM, 1),
    "µg": (BaseUnit.MICROGRAM, 1),
    "mg": (BaseUnit.MICROGRAM, 1_000),
    "g": (BaseUnit.MICROGRAM, 1_000_000),
    "mIU": (BaseUnit.MILLI_INTERNATIONAL_UNIT, 1),
    "IU": (BaseUnit.MILLI_INTERNATIONAL_UNIT, 1_000),
    "piece": (BaseUnit.PIECE, 1),
}
_SHOWN_UNIT: dict[BaseUnit, str] = {
    BaseUnit.MICROLITRE: "mL",
    BaseUnit.MICROGRAM: "mg",
    BaseUnit.MILLI_INTERNATIONAL_UNIT: "IU",
    BaseUnit.PIECE: "piece",
}


@dataclass(eq=False, kw_only=True)
class QuantityUnreadable(Refused):
    """The text is not a positive decimal number in plain notation."""

    code: ClassVar[str] = "quantity_unreadable"
    message: ClassVar[str] = extracted(
        '"{quantity}" is not a quantity. Write digits and one point, such as 2.5.'
    )
    quantity: str


@dataclass(eq=False, kw_only=True)
class QuantityInDoubt(Refused):
    """The comma may stand before decimals or between thousands."""

    code: ClassVar[str] = "quantity_in_doubt"
    message: ClassVar[str] = extracted(
        '"{quantity}" may be {decimal} or {thousands}. Write one of them, without a comma.'
    )
    quantity: str
    decimal: str
    thousands: str


@dataclass(eq=False, kw_only=True)
class UnitUnknown(Refused):
    """The unit is not one that Stockroom knows."""

    code: ClassVar[str] = "unit_unknown"
    message: ClassVar[str] = extracted('"{unit}" is not a unit. Use one of: {known}.')
    unit: str
    known: tuple[str, ...] = tuple(_SCREEN_UNITS)


@dataclass(eq=False, kw_only=True)
class UnitMismatch(Refused):
    """The unit measures something else than the product is measured in."""

    code: ClassVar[str] = "unit_mismatch"
    message: ClassVar[str] = extracted(
        "This product is counted in {expected}, not in {unit}. Enter it in {expected}."
    )
    unit: str
    expected: str


@dataclass(eq=False, kw_only=True)
class QuantityTooFine(Refused):
    """The quantity is not a whole number of base units; it is refused, never rounded."""

    code: ClassVar[str] = "quantity_too_fine"
    message: ClassVar[str] = extracted(
        "{quantity} {unit} is finer than one {base_unit}, the smallest step. Enter a coarser quantity."
    )
    quantity: str
    unit: str
    base_unit: str


@dataclass(eq=False, kw_only=True)
class QuantityOutOfRange(Refused):
    """The quantity is zero or larger than any stock."""

    code: ClassVar[str] = "quantity_out_of_range"
    message: ClassVar[str] = extracted("{quantity} {unit} is not a possible quantity. Enter more than zero.")
    quantity: str
    unit: str


def base_unit_of(unit: str) -> BaseUnit:
    """Give the base unit that a unit of people is counted in.  Raises UnitUnknown."""
    if unit not in _SCREEN_UNITS:
        raise UnitUnknown(unit=unit[:20])
    return _SCREEN_UNITS[unit][0]


def typed_number(text: str | None) -> str:
    """Give a number that a person typed with its decimal comma, where it has one, as a point; empty for nothing.

    Example: typed_number(" 2,5 ") == "2.5"
    Raises QuantityInDoubt for 1,500, which is read in two ways.
    """
    typed = (text or "").strip()
    if _IN_DOUBT.fullmatch(typed):
        raise QuantityInDoubt(
            quantity=typed, decimal=typed.replace(",", "."), thousands=typed.replace(",", "")
        )
    return typed.replace(",", ".")


def usual_unit(base_unit: BaseUnit) -> str:
    """Give the unit in which people say what is counted in this base unit."""
    return _SHOWN_UNIT[base_unit]


def parse_quantity(quantity: str, unit: str, *, base_unit: BaseUnit, may_be_zero: bool = False) -> int:
    """Give the whole number of base units that `quantity` in `unit` is.

    Raises QuantityUnreadable (signs, exponents, spaces, NaN), UnitUnknown, UnitMismatch,
    QuantityTooFine (not a whole number of base units) and QuantityOutOfRange (beyond 2^53-1; zero,
    unless it `may_be_zero`, as what was counted may).
    Example: parse_quantity("2.5", "mL", base_unit=BaseUnit.MICROLITRE) == 2500
    """
    measured = base_unit_of(unit)
    if _NUMBER.fullmatch(quantity) is None:
        raise QuantityUnreadable(quantity=quantity[:40])
    factor = _SCREEN_UNITS[unit][1]
    if measured is not base_unit:
        raise UnitMismatch(unit=unit, expected=_SHOWN_UNIT[base_unit])
    exact = Decimal(quantity) * factor
    if exact != exact.to_integral_value():
        raise QuantityTooFine(quantity=quantity, unit=unit, base_unit=base_unit.value)
    if not (0 if may_be_zero else 1) <= exact <= QUANTITY_MAX:
        raise QuantityOutOfRange(quantity=quantity, unit=unit)
    return int(exact)


@dataclass(frozen=True)
class ShownQuantity:
    """A quantity as people read it: a plain decimal number and its unit."""

    quantity: str
    unit: str

    def __str__(self) -> str:
        is_several = self.unit == "piece" and self.quantity not in ("1", "-1")
        return f"{self.quantity} {'pieces' if is_several else self.unit}"


def show_quantity(base_units: int, base_unit: BaseUnit) -> ShownQuantity:
    """Give `base_units` (any whole number, zero and negative included) in the unit people use.

    Exact: parsing the result gives the same base units back.
    Example: show_quantity(2500, BaseUnit.MICROLITRE) == ShownQuantity("2.5", "mL")
    """
    return _shown(base_units, _SHOWN_UNIT[base_unit])


def _shown(base_units: int, unit: str) -> ShownQuantity:
    factor = _SCREEN_UNITS[unit][1]
    sign = "-" if base_units < 0 else ""
    whole, rest = divmod(abs(base_units), factor)
    digits = f"{rest:0{len(str(factor)) - 1}d}".rstrip("0") if rest else ""
    return ShownQuantity(quantity=f"{sign}{whole}.{digits}" if digits else f"{sign}{whole}", unit=unit)


def said_unit(base_units: int, base_unit: BaseUnit) -> str:
    """Give the unit in which people say that much: 2 g of a cream rather than 2000 mg."""
    is_grams = base_unit is BaseUnit.MICROGRAM and abs(base_units) >= _SCREEN_UNITS["g"][1]
    return "g" if is_grams else _SHOWN_UNIT[base_unit]


def whole_of(unit: str) -> int:
    """Give the base units in one of `unit`.  Raises UnitUnknown."""
    base_unit_of(unit)
    return _SCREEN_UNITS[unit][1]


def say_quantity(base_units: int, base_unit: BaseUnit) -> ShownQuantity:
    """Give `base_units` as people say them; exact, as `show_quantity` is.

    Example: say_quantity(2_500_000, BaseUnit.MICROGRAM) == ShownQuantity("2.5", "g")
    """
    return _shown(base_units, said_unit(base_units, base_unit))
