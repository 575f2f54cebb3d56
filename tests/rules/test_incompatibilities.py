"""What of a mixture is not mixed: ingredients with one another, and what a maker says of a product?"""

from __future__ import annotations

import pytest

from stockroom.rules.incompatibilities import Incompatibility, Mixed, clashing

ENZYME, SULFITE, CALM = 1, 2, 3
PAIR = Incompatibility(slug="pair", name="Pair", ingredient_ids=frozenset({ENZYME, SULFITE}))
MAKERS = Incompatibility(slug="makers", name="Maker's", ingredient_ids=frozenset({SULFITE}), product_id=10)


def part(*ingredients: int, products: tuple[int, ...] = ()) -> Mixed:
    return Mixed(ingredient_ids=frozenset(ingredients), product_ids=frozenset(products))


@pytest.mark.parametrize(
    ("known", "parts", "found"),
    [
        ([PAIR], [part(ENZYME), part(SULFITE)], ["pair"]),
        ([PAIR], [part(ENZYME, SULFITE), part(CALM)], []),
        ([PAIR], [part(ENZYME)], []),
        ([MAKERS], [part(CALM, products=(10,)), part(SULFITE, products=(11,))], ["makers"]),
        ([MAKERS], [part(SULFITE, products=(10,)), part(CALM, products=(11,))], []),
        ([MAKERS], [part(SULFITE, products=(10,)), part(SULFITE, products=(11,))], ["makers"]),
        ([MAKERS], [part(CALM, products=(10,)), part(CALM, products=(11,))], []),
        ([MAKERS], [part(CALM, products=(10, 12)), part(SULFITE)], ["makers"]),
        ([PAIR, MAKERS], [part(ENZYME, products=(10,)), part(SULFITE)], ["pair"]),
        ([PAIR, MAKERS], [part(CALM, products=(10,)), part(SULFITE), part(ENZYME)], ["pair", "makers"]),
    ],
)
def test_what_comes_together_only_by_mixing(
    known: list[Incompatibility], parts: list[Mixed], found: list[str]
) -> None:
    assert [each.slug for each in clashing(known, parts)] == found
