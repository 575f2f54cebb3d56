"""Does the right thing go into a cocktail, in the right amount?"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules import compounding
from stockroom.rules.compounding import (
    Candidate,
    Component,
    Drawn,
    Recipe,
    Yield,
    check_output,
    match_component,
    scale,
)
from stockroom.vocabulary import BaseUnit, ContainerType

UL = BaseUnit.MICROLITRE
ACID = Component(
    n=1, name="Hyaluronic acid", quantity=2_000, base_unit=UL, product_id=10, substitute_ids=frozenset({12})
)
VITAMIN = Component(n=2, name="Vitamin C", quantity=1_000, base_unit=UL, group_id=5)
ANAESTHETIC = Component(n=3, name="Lidocaine", quantity=500, base_unit=UL, ingredient_id=77)
RECIPE = Recipe(
    name="Demo glow", output_quantity=3_500, base_unit=UL, components=(ACID, VITAMIN, ANAESTHETIC)
)


def candidate(product_id: int, group_id: int | None = None, *ingredients: int) -> Candidate:
    return Candidate(
        product_id=product_id,
        product=f"Product {product_id}",
        group_id=group_id,
        ingredient_ids=frozenset(ingredients),
    )


@pytest.mark.parametrize(
    ("wanted", "graduation", "quantities", "rounded"),
    [
        (3_500, 1, [2_000, 1_000, 500], [False, False, False]),
        (7_000, 1, [4_000, 2_000, 1_000], [False, False, False]),
        (1_750, 100, [1_000, 500, 300], [False, False, True]),
        (1_000, 10, [570, 290, 140], [True, True, True]),
    ],
)
def test_a_recipe_is_scaled_and_rounded_to_what_can_be_measured(
    wanted: int, graduation: int, quantities: list[int], rounded: list[bool]
) -> None:
    portions = scale(RECIPE, wanted, {1: graduation, 2: graduation, 3: graduation})

    assert [each.quantity for each in portions] == quantities
    assert [each.was_rounded for each in portions] == rounded


def test_a_dose_that_cannot_be_measured_is_refused() -> None:
    with pytest.raises(compounding.DoseTooSmall) as refusal:
        scale(RECIPE, 300, {3: 100})

    assert refusal.value.facts == {"component": "Lidocaine", "graduation": "0.1 mL"}


@given(
    quantity=st.integers(1, 10**9),
    output=st.integers(1, 10**9),
    wanted=st.integers(1, 10**9),
    graduation=st.integers(1, 10**4),
)
def test_rounding_is_to_the_nearest_step_and_the_exact_dose_is_kept(
    quantity: int, output: int, wanted: int, graduation: int
) -> None:
    recipe = Recipe(
        name="Any", output_quantity=output, base_unit=UL, components=(replace(ACID, quantity=quantity),)
    )
    exact = Fraction(quantity * wanted, output)

    try:
        (portion,) = scale(recipe, wanted, {1: graduation})
    except compounding.DoseTooSmall:
        assert 2 * exact < graduation
        return

    assert portion.exact == exact
    assert portion.quantity % graduation == 0
    assert abs(portion.quantity - exact) * 2 <= graduation


@pytest.mark.parametrize(
    ("scanned", "component", "is_substitute"),
    [
        (candidate(10), ACID, False),
        (candidate(12), ACID, True),
        (candidate(40, 5), VITAMIN, False),
        (candidate(41, None, 77, 78), ANAESTHETIC, False),
        (candidate(10, 5, 77), ACID, False),
        (candidate(42, 5, 77), VITAMIN, False),
    ],
)
def test_a_product_serves_the_component_that_names_it_most_closely(
    scanned: Candidate, component: Component, is_substitute: bool
) -> None:
    match = match_component(RECIPE, scale(RECIPE, 3_500, {}), {}, scanned)

    assert match.component == component
    assert match.missing_quantity == component.quantity
    assert match.is_substitute == is_substitute


def test_a_component_that_is_full_leaves_the_product_to_the_next_that_fits() -> None:
    portions = scale(RECIPE, 3_500, {})

    match = match_component(RECIPE, portions, {1: 2_000, 2: 400}, candidate(10, 5))

    assert match.component == VITAMIN
    assert match.missing_quantity == 600


@pytest.mark.parametrize("scanned", [candidate(11), candidate(11, 6, 78), candidate(11, None)])
def test_a_wrong_product_is_refused_and_told_what_is_missing(scanned: Candidate) -> None:
    with pytest.raises(compounding.WrongProduct) as refusal:
        match_component(RECIPE, scale(RECIPE, 3_500, {}), {1: 2_000}, scanned)

    assert refusal.value.missing == ("Vitamin C", "Lidocaine")
    assert "Put it back" in str(refusal.value)


def test_what_is_already_in_is_refused_a_second_time() -> None:
    with pytest.raises(compounding.IngredientComplete):
        match_component(RECIPE, scale(RECIPE, 3_500, {}), {1: 2_000}, candidate(10))


def test_a_cocktail_is_complete_when_everything_is_in_it() -> None:
    portions = scale(RECIPE, 3_500, {})

    compounding.check_complete(RECIPE, portions, {1: 1_900, 2: 1_000, 3: 500})
    with pytest.raises(compounding.IngredientMissing) as refusal:
        compounding.check_complete(RECIPE, portions, {1: 2_000, 3: 0})

    assert refusal.value.missing == ("Vitamin C", "Lidocaine")


LIQUIDS = (Drawn(quantity=2_000, base_unit=UL), Drawn(quantity=1_500, base_unit=UL))
RECONSTITUTION = (
    Drawn(quantity=100_000, base_unit=BaseUnit.MILLI_INTERNATIONAL_UNIT, displacement_quantity=50),
    Drawn(quantity=2_450, base_unit=UL),
)


@pytest.mark.parametrize(
    ("drawn", "output", "tolerance", "found"),
    [
        (
            LIQUIDS,
            3_500,
            0,
            Yield(input_quantity=3_500, output_quantity=3_500, loss_quantity=0, gain_quantity=0),
        ),
        (
            LIQUIDS,
            3_400,
            0,
            Yield(input_quantity=3_500, output_quantity=3_400, loss_quantity=100, gain_quantity=0),
        ),
        (
            LIQUIDS,
            3_535,
            10,
            Yield(input_quantity=3_500, output_quantity=3_535, loss_quantity=0, gain_quantity=35),
        ),
        (
            RECONSTITUTION,
            2_500,
            0,
            Yield(input_quantity=2_500, output_quantity=2_500, loss_quantity=0, gain_quantity=0),
        ),
    ],
)
def test_the_loss_is_what_went_in_less_what_came_out(
    drawn: tuple[Drawn, ...], output: int, tolerance: int, found: Yield
) -> None:
    assert (
        check_output(drawn, output, base_unit=UL, loss_max_quantity=100, tolerance_per_mille=tolerance)
        == found
    )


@pytest.mark.parametrize(
    ("drawn", "output", "tolerance"),
    [(LIQUIDS, 3_501, 0), (LIQUIDS, 3_536, 10), (LIQUIDS, 0, 0), ((), 1, 0), (RECONSTITUTION, 2_501, 0)],
)
def test_more_than_went_in_cannot_come_out(drawn: tuple[Drawn, ...], output: int, tolerance: int) -> None:
    with pytest.raises(compounding.OutputTooLarge):
        check_output(drawn, output, base_unit=UL, loss_max_quantity=5_000, tolerance_per_mille=tolerance)


def test_an_unusual_loss_says_why() -> None:
    with pytest.raises(compounding.LossNeedsReason) as refusal:
        check_output(LIQUIDS, 3_000, base_unit=UL, loss_max_quantity=499)

    assert refusal.value.facts == {"loss": "0.5 mL", "usual": "0.499 mL"}
    assert (
        check_output(LIQUIDS, 3_000, base_unit=UL, loss_max_quantity=0, loss_reason="Spilled").loss_quantity
        == 500
    )


def test_sterile_products_are_counted_by_product_and_not_by_vial() -> None:
    compounding.check_sterile_products([10, 10, 11, 12])
    with pytest.raises(compounding.TooManySterileProducts) as refusal:
        compounding.check_sterile_products([10, 11, 12, 13])

    assert refusal.value.facts == {"found": 4, "allowed": 3}


@pytest.mark.parametrize(
    ("container_type", "is_shared"),
    [
        (ContainerType.SINGLE_DOSE, False),
        (ContainerType.MULTI_DOSE, True),
        (ContainerType.PHARMACY_BULK, True),
        (ContainerType.MULTI_USE_TOPICAL, False),
        (ContainerType.COUNTED_USE, False),
        (ContainerType.NONE, True),
        (None, False),
    ],
)
def test_several_patients_share_only_multi_dose_and_bulk(
    container_type: ContainerType | None, is_shared: bool
) -> None:
    compounding.check_patients(container_type, 1, lot_number="A1", product="Demo")

    if is_shared:
        compounding.check_patients(container_type, 2, lot_number="A1", product="Demo")
    else:
        with pytest.raises(compounding.NotForSeveralPatients):
            compounding.check_patients(container_type, 2, lot_number="A1", product="Demo")
