"""How much of a component goes into so much of a cocktail?"""

from __future__ import annotations

from fractions import Fraction

from stockroom.vocabulary import Basis

MILLILITRE = 1_000
"""Base units of a volume in one mL."""


def exactly(quantity: int, basis: Basis, *, output_quantity: int, wanted_quantity: int) -> Fraction:
    """Give what a component takes so that `wanted_quantity` come out of a recipe whose dose is `output_quantity`."""
    per = MILLILITRE if basis is Basis.MILLILITRE else output_quantity
    return Fraction(quantity * wanted_quantity, per)


def scaled(quantity: int, basis: Basis, *, output_quantity: int, wanted_quantity: int) -> int:
    """Give that to the nearest base unit, as a worksheet shows it."""
    return nearest(exactly(quantity, basis, output_quantity=output_quantity, wanted_quantity=wanted_quantity))


def nearest(exact: Fraction) -> int:
    """A half is rounded up."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
