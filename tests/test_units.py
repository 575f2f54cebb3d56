"""Is a quantity that somebody typed exactly the base units that are booked, and is it shown as it was typed?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.errors import Refused
from stockroom.units import (
    QUANTITY_MAX,
    QuantityInDoubt,
    QuantityOutOfRange,
    QuantityTooFine,
    QuantityUnreadable,
    UnitMismatch,
    UnitUnknown,
    parse_quantity,
    say_quantity,
    show_quantity,
    typed_number,
)
from stockroom.vocabulary import BaseUnit

UL, UG, MIU, PIECE = (
    BaseUnit.MICROLITRE,
    BaseUnit.MICROGRAM,
    BaseUnit.MILLI_INTERNATIONAL_UNIT,
    BaseUnit.PIECE,
)


@pytest.mark.parametrize(
    ("quantity", "unit", "base_unit", "expected"),
    [
        ("2.5", "mL", UL, 2_500), ("1", "L", UL, 1_000_000), ("7", "µL", UL, 7), ("7", "uL", UL, 7),
        ("0.001", "mL", UL, 1), ("0.05", "mg", UG, 50), ("2.5", "g", UG, 2_500_000),
        ("1500", "IU", MIU, 1_500_000), ("3", "piece", PIECE, 3), ("9007199254740991", "uL", UL, QUANTITY_MAX),
    ],
)  # fmt: skip
def test_a_quantity_is_its_base_units(quantity: str, unit: str, base_unit: BaseUnit, expected: int) -> None:
    assert parse_quantity(quantity, unit, base_unit=base_unit) == expected


@pytest.mark.parametrize(
    ("quantity", "unit", "base_unit", "refusal"),
    [
        *((text, "mL", UL, QuantityUnreadable) for text in (
            "", " 1", "1 ", "+1", "-1", "1e3", "NaN", "Infinity", "0x10", "1,5", "1.", ".5", "01", "1_0", "١", "1.2.3",
        )),
        ("1", "ml", UL, UnitUnknown), ("1", "", UL, UnitUnknown), ("1", "mg", UL, UnitMismatch),
        ("0.0005", "mL", UL, QuantityTooFine), ("1.5", "piece", PIECE, QuantityTooFine),
        ("0", "mL", UL, QuantityOutOfRange), ("0.000", "mL", UL, QuantityOutOfRange),
        ("9007199254740992", "uL", UL, QuantityOutOfRange), ("9999999999999999", "L", UL, QuantityOutOfRange),
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused_and_never_rounded(
    quantity: str, unit: str, base_unit: BaseUnit, refusal: type[Refused]
) -> None:
    with pytest.raises(refusal):
        parse_quantity(quantity, unit, base_unit=base_unit)


def test_nothing_is_a_quantity_only_where_it_may_be() -> None:
    assert parse_quantity("0", "mL", base_unit=UL, may_be_zero=True) == 0


@given(st.integers(-QUANTITY_MAX, QUANTITY_MAX), st.sampled_from(list(BaseUnit)))
def test_what_is_shown_means_the_same_base_units(base_units: int, base_unit: BaseUnit) -> None:
    for shown in (show_quantity(base_units, base_unit), say_quantity(base_units, base_unit)):
        back = parse_quantity(
            shown.quantity.removeprefix("-"), shown.unit, base_unit=base_unit, may_be_zero=True
        )
        assert back == abs(base_units)
        assert shown.quantity.startswith("-") == (base_units < 0)


@pytest.mark.parametrize(
    ("base_units", "base_unit", "expected"),
    [
        (2_500, UL, "2.5 mL"), (-2_500, UL, "-2.5 mL"), (0, UL, "0 mL"), (2_500_000, UG, "2.5 g"), (50, UG, "0.05 mg"),
        (1, PIECE, "1 piece"), (-1, PIECE, "-1 piece"), (0, PIECE, "0 pieces"), (44, PIECE, "44 pieces"),
    ],
)  # fmt: skip
def test_a_quantity_is_said_as_people_say_it(base_units: int, base_unit: BaseUnit, expected: str) -> None:
    assert str(say_quantity(base_units, base_unit)) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (" 2,5 ", "2.5"), ("2.5", "2.5"), ("0,125", "0.125"), ("0,5", "0.5"), ("1500", "1500"), ("1.500", "1.500"),
        ("1,50", "1.50"), ("1234,567", "1234.567"), ("", ""), (None, ""), ("a little", "a little"),
    ],
)  # fmt: skip
def test_a_comma_that_somebody_types_stands_before_decimals(typed: str | None, expected: str) -> None:
    assert typed_number(typed) == expected


@pytest.mark.parametrize("typed", ["1,500", "12,500", "125,000", " 1,000 "])
def test_a_comma_that_may_stand_between_thousands_is_asked_about(typed: str) -> None:
    with pytest.raises(QuantityInDoubt) as refusal:
        typed_number(typed)

    said = typed.strip()
    assert (refusal.value.decimal, refusal.value.thousands) == (said.replace(",", "."), said.replace(",", ""))
