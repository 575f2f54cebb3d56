"""May this go into that cocktail, how much of it, and does what comes out fit what went in?

A reconstitution is a preparation like any other: its recipe is a powder and a diluent.  The limit of
what comes out is `expiry.mixture_limit`; whether an ingredient is usable is `usability.broken_rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import ClassVar

from stockroom.errors import Refused, extracted
from stockroom.rules.scaling import exactly, nearest
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit, Basis, ContainerType

GAIN_MAX_PER_MILLE = 40
"""What may come out beyond what is booked in: graduated syringes are true to 4 % (ISO 7886-1)."""
STERILE_PRODUCTS_MAX = 3
"""Different sterile products in one immediate-use preparation (USP <797>, immediate use)."""

_SHARED_TYPES = frozenset({ContainerType.MULTI_DOSE, ContainerType.PHARMACY_BULK, ContainerType.NONE})


@dataclass(eq=False, kw_only=True)
class WrongProduct(Refused):
    """The recipe does not ask for this product."""

    code: ClassVar[str] = "wrong_product"
    message: ClassVar[str] = extracted(
        "{product} does not belong in {recipe}. Put it back; still missing: {missing}."
    )
    answered_for: ClassVar[bool] = True
    product: str
    recipe: str
    missing: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class IngredientComplete(Refused):
    """What the recipe asks for of this has already been added."""

    code: ClassVar[str] = "ingredient_complete"
    message: ClassVar[str] = extracted(
        "{product} is already in {recipe} in full. Put it back; still missing: {missing}."
    )
    product: str
    recipe: str
    missing: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class OutOfOrder(Refused):
    """The recipe is mixed in an order, and something goes in before this."""

    code: ClassVar[str] = "out_of_order"
    message: ClassVar[str] = extracted(
        "{recipe} is mixed in its order: {first} goes in before {product}. Put this back and take {first} first."
    )
    product: str
    recipe: str
    first: str


@dataclass(eq=False, kw_only=True)
class IngredientMissing(Refused):
    """A cocktail is finished only when everything that its recipe asks for is in it."""

    code: ClassVar[str] = "ingredient_missing"
    message: ClassVar[str] = extracted(
        "{recipe} is not complete. Still missing: {missing}. Add it, or abandon the cocktail."
    )
    recipe: str
    missing: tuple[str, ...]


@dataclass(eq=False, kw_only=True)
class DoseTooSmall(Refused):
    """So little is needed that it cannot be drawn."""

    code: ClassVar[str] = "dose_too_small"
    message: ClassVar[str] = extracted(
        "For this dose less of {component} is needed than can be measured ({graduation}). "
        "Prepare a larger dose."
    )
    component: str
    graduation: str


@dataclass(eq=False, kw_only=True)
class OutputTooLarge(Refused):
    """More is said to have come out than went in."""

    code: ClassVar[str] = "output_too_large"
    message: ClassVar[str] = extracted(
        "{output} cannot come out of {inputs} that went in. "
        "Look at the syringe again, or add what is not booked yet."
    )
    output: str
    inputs: str


@dataclass(eq=False, kw_only=True)
class LossNeedsReason(Refused):
    """More was lost than usually stays in syringes and needles."""

    code: ClassVar[str] = "loss_needs_reason"
    message: ClassVar[str] = extracted(
        "{loss} were lost, more than the usual {usual}. Write what happened to it."
    )
    loss: str
    usual: str


@dataclass(eq=False, kw_only=True)
class TooManySterileProducts(Refused):
    """More different sterile products than this clinic allows in one cocktail."""

    code: ClassVar[str] = "too_many_sterile_products"
    message: ClassVar[str] = extracted(
        "This would be sterile product number {found} in one cocktail; this clinic allows {allowed}. "
        "Put it back."
    )
    answered_for: ClassVar[bool] = True
    found: int
    allowed: int


@dataclass(eq=False, kw_only=True)
class NotForSeveralPatients(Refused):
    """A single-dose container is drawn from for one patient only (CDC, single-dose vials)."""

    code: ClassVar[str] = "not_for_several_patients"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} is not meant for more than one patient. "
        "Take a multi-dose vial, or prepare one cocktail for each patient."
    )
    answered_for: ClassVar[bool] = True
    lot_number: str
    product: str


@dataclass(frozen=True, kw_only=True)
class Component:
    """One line of a recipe: a product, or any of a group, or whatever provides an ingredient."""

    n: int
    name: str
    quantity: int
    """Base units for one dose, or for one mL of what comes out."""
    base_unit: BaseUnit
    basis: Basis = Basis.DOSE
    product_id: int | None = None
    group_id: int | None = None
    ingredient_id: int | None = None
    substitute_ids: frozenset[int] = frozenset()
    """Other products that the practitioner has approved in its place."""


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """An approved version of a formula, as far as preparing needs it."""

    name: str
    output_quantity: int
    """Base units that one dose yields."""
    base_unit: BaseUnit
    components: tuple[Component, ...]
    loss_max_quantity: int = 0
    """Base units a dose that may stay in syringes and needles without a word."""
    is_ordered: bool = False
    """Its components go in one after another, in the order of their numbers."""


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What the nurse has scanned, as far as a recipe cares."""

    product_id: int
    product: str
    group_id: int | None
    ingredient_ids: frozenset[int]


@dataclass(frozen=True, kw_only=True)
class Portion:
    """How much of one component a dose takes."""

    component: Component
    quantity: int
    exact: Fraction
    """What the recipe asks for before rounding to the graduation; never booked."""

    @property
    def was_rounded(self) -> bool:
        """True when the proposal differs from the recipe, which the screen shows."""
        return self.exact != self.quantity


@dataclass(frozen=True, kw_only=True)
class Match:
    """The component that a scanned product serves, and what is still to be added of it."""

    component: Component
    missing_quantity: int
    is_substitute: bool


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """What was drawn of one lot into the cocktail."""

    quantity: int
    base_unit: BaseUnit
    displacement_quantity: int = 0
    """What a powder adds to the volume once dissolved, in the unit of what comes out."""


@dataclass(frozen=True, kw_only=True)
class Yield:
    """What went in, what came out, and the difference: lost, or (within tolerance) gained."""

    input_quantity: int
    output_quantity: int
    loss_quantity: int
    gain_quantity: int


def scale(recipe: Recipe, wanted_quantity: int, graduations: Mapping[int, int]) -> tuple[Portion, ...]:
    """Give what each component takes so that `wanted_quantity` base units come out.

    `graduations` gives by component number the step in which its product can be measured, 1 where
    it is not named; a half step is rounded up.  Raises DoseTooSmall when it rounds to nothing.
    """
    return tuple(
        _portion(recipe, each, wanted_quantity, graduations.get(each.n, 1)) for each in recipe.components
    )


def unrounded(recipe: Recipe, wanted_quantity: int) -> tuple[Portion, ...]:
    """Give what each component takes to the nearest base unit, one at least: to compare with, not to measure."""
    exact = [(each, _exact(recipe, each, wanted_quantity)) for each in recipe.components]
    return tuple(Portion(component=each, quantity=max(1, nearest(it)), exact=it) for each, it in exact)


def _exact(recipe: Recipe, each: Component, wanted: int) -> Fraction:
    return exactly(each.quantity, each.basis, output_quantity=recipe.output_quantity, wanted_quantity=wanted)


def _portion(recipe: Recipe, component: Component, wanted_quantity: int, graduation: int) -> Portion:
    exact = _exact(recipe, component, wanted_quantity)
    quantity = nearest(Fraction(exact, graduation))
    if quantity == 0:
        raise DoseTooSmall(
            component=component.name, graduation=str(show_quantity(graduation, component.base_unit))
        )
    return Portion(component=component, quantity=quantity * graduation, exact=exact)


def match_component(
    recipe: Recipe, portions: Iterable[Portion], drawn: Mapping[int, int], candidate: Candidate
) -> Match:
    """Find the component that the scanned product serves; `drawn` is by component number.

    The product named outright comes before an approved substitute, then the group, then the
    ingredient; components that still lack something come first.
    Raises WrongProduct when none fits and IngredientComplete when those that fit are full.
    """
    asked = tuple(portions)
    fitting = [(rank, each) for each in asked if (rank := _rank(each.component, candidate)) is not None]
    if not fitting:
        raise WrongProduct(
            product=candidate.product, recipe=recipe.name, missing=_still_missing(asked, drawn)
        )
    open_ones = [(rank, each) for rank, each in fitting if drawn.get(each.component.n, 0) < each.quantity]
    if not open_ones:
        raise IngredientComplete(
            product=candidate.product, recipe=recipe.name, missing=_still_missing(asked, drawn)
        )
    rank, best = min(open_ones, key=lambda found: (found[0], found[1].component.n))
    return Match(
        component=best.component,
        missing_quantity=best.quantity - drawn.get(best.component.n, 0),
        is_substitute=rank == _SUBSTITUTE,
    )


def goes_into(recipe: Recipe, candidate: Candidate) -> bool:
    """True when a component asks for the product: by its name, in its place, its group or what it provides."""
    return any(_rank(component, candidate) is not None for component in recipe.components)


_NAMED, _SUBSTITUTE, _EQUIVALENT, _PROVIDES = range(4)


def _rank(component: Component, candidate: Candidate) -> int | None:
    if component.product_id == candidate.product_id:
        return _NAMED
    if candidate.product_id in component.substitute_ids:
        return _SUBSTITUTE
    if component.group_id is not None and component.group_id == candidate.group_id:
        return _EQUIVALENT
    if component.ingredient_id in candidate.ingredient_ids:
        return _PROVIDES
    return None


def check_order(
    recipe: Recipe, portions: Iterable[Portion], drawn: Mapping[int, int], component: Component
) -> None:
    """Raise OutOfOrder when something that goes in before `component` has not been added at all."""
    if not recipe.is_ordered:
        return
    for each in portions:
        if each.component.n < component.n and drawn.get(each.component.n, 0) == 0:
            raise OutOfOrder(product=component.name, recipe=recipe.name, first=each.component.name)


def check_complete(recipe: Recipe, portions: Iterable[Portion], drawn: Mapping[int, int]) -> None:
    """Raise IngredientMissing while something that the recipe asks for has not been added at all.

    How much was added is what was drawn; less or more than asked is shown, not refused.
    """
    absent = tuple(each.component.name for each in portions if drawn.get(each.component.n, 0) == 0)
    if absent:
        raise IngredientMissing(recipe=recipe.name, missing=absent)


def check_sterile_products(product_ids: Iterable[int], allowed: int = STERILE_PRODUCTS_MAX) -> None:
    """Raise TooManySterileProducts when more than `allowed` different sterile products are in it."""
    found = len(set(product_ids))
    if found > allowed:
        raise TooManySterileProducts(found=found, allowed=allowed)


def check_patients(
    container_type: ContainerType | None, patients: int, *, lot_number: str, product: str
) -> None:
    """Raise NotForSeveralPatients when this may not be drawn from for `patients` patients.

    Two or more patients may share multi-dose and bulk containers, and what has no container; a
    container type that nobody knows is not safe.
    """
    if patients > 1 and container_type not in _SHARED_TYPES:
        raise NotForSeveralPatients(lot_number=lot_number, product=product)


def displaced(recipe: Recipe, wanted_quantity: int) -> int:
    """Give what powders add to the volume by a recipe that yields more than its liquids; 0 for any other."""
    parts = unrounded(recipe, wanted_quantity)
    if all(each.component.base_unit is recipe.base_unit for each in parts):
        return 0
    liquid = sum(each.quantity for each in parts if each.component.base_unit is recipe.base_unit)
    return max(0, wanted_quantity - liquid)


def check_output(
    drawn: Iterable[Drawn],
    output_quantity: int,
    *,
    base_unit: BaseUnit,
    loss_max_quantity: int,
    tolerance_per_mille: int = 0,
    loss_reason: str = "",
) -> Yield:
    """Compare what came out with what went in, in the unit of what came out.

    Inputs counted in another unit (a powder) add what they displace.  `tolerance_per_mille` of the
    inputs may come out on top, for the graduation of syringes.  Raises OutputTooLarge, and
    LossNeedsReason when more than `loss_max_quantity` is lost without a word.
    """
    inputs = sum(_adds(each, base_unit) for each in drawn)
    if output_quantity <= 0 or output_quantity * 1000 > inputs * (1000 + tolerance_per_mille):
        raise OutputTooLarge(
            output=str(show_quantity(output_quantity, base_unit)),
            inputs=str(show_quantity(inputs, base_unit)),
        )
    loss = inputs - output_quantity
    if loss > loss_max_quantity and not loss_reason.strip():
        raise LossNeedsReason(
            loss=str(show_quantity(loss, base_unit)), usual=str(show_quantity(loss_max_quantity, base_unit))
        )
    return Yield(
        input_quantity=inputs,
        output_quantity=output_quantity,
        loss_quantity=max(loss, 0),
        gain_quantity=max(-loss, 0),
    )


def _adds(drawn: Drawn, base_unit: BaseUnit) -> int:
    return drawn.displacement_quantity + (drawn.quantity if drawn.base_unit is base_unit else 0)


def _still_missing(portions: Iterable[Portion], drawn: Mapping[int, int]) -> tuple[str, ...]:
    return tuple(each.component.name for each in portions if drawn.get(each.component.n, 0) < each.quantity)
