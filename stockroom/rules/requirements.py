"""What does a planned session still take of which products: its cocktails as what goes into them?  Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from stockroom.vocabulary import Basis

_MILLILITRE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A need of a session as it was planned (base units)."""

    need_uid: str
    product_id: int | None
    group_id: int | None
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Had:
    """What a session was given of one product, or what is kept for it, in a cocktail or by itself."""

    product_id: int
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """What goes into a cocktail: any of these products."""

    product_ids: frozenset[int]
    quantity: int
    basis: Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """The version of a recipe that is in force."""

    output_quantity: int
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is still to be taken for a need, of any of these products; of none where nobody provides it."""

    need_uid: str
    product_ids: frozenset[int]
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Catalogue:
    """What the rules must know of the products that needs name."""

    groups: Mapping[int, frozenset[int]] = field(default_factory=dict)
    """The products of each group."""
    formulas: Mapping[int, Formula] = field(default_factory=dict)
    """By the product that a recipe yields."""
    whole: Mapping[int, int] = field(default_factory=dict)
    """Content of the products of which nobody else gets the rest: single-dose presentations."""


def still_taken(needs: Sequence[Asked], had: Iterable[Had], catalogue: Catalogue) -> tuple[Part, ...]:
    """Give what a session still takes.

    What it was given counts for the need of that product first, then for one of several products.  Of single-dose
    presentations whole ones are taken: the rest is nobody else's.
    """
    left = list(had)
    parts: list[Part] = []
    for need in needs:
        formula = catalogue.formulas.get(need.product_id or 0)
        if formula is None:
            products = (
                frozenset({need.product_id})
                if need.product_id is not None
                else catalogue.groups.get(need.group_id or 0, frozenset())
            )
            parts.append(Part(need_uid=need.need_uid, product_ids=products, quantity=need.quantity))
            continue
        missing, left = _less(need, left)
        parts += [
            Part(
                need_uid=need.need_uid,
                product_ids=each.product_ids,
                quantity=_taken(each, missing, formula.output_quantity),
            )
            for each in formula.components
        ]
    for each in left:
        parts = _met(parts, each)
    return tuple(_rounded(part, catalogue.whole) for part in parts if part.quantity > 0)


def _less(need: Asked, had: list[Had]) -> tuple[int, list[Had]]:
    """What of a cocktail is missing, and what else the session had."""
    got = sum(each.quantity for each in had if each.product_id == need.product_id)
    rest = [each for each in had if each.product_id != need.product_id]
    if got > need.quantity and need.product_id is not None:
        rest.append(Had(product_id=need.product_id, quantity=got - need.quantity))
    return max(need.quantity - got, 0), rest


def _taken(component: Component, wanted: int, output_quantity: int) -> int:
    per = _MILLILITRE if component.basis is Basis.MILLILITRE else output_quantity
    return -(-component.quantity * wanted // per)


def _met(parts: list[Part], had: Had) -> list[Part]:
    rest, met = had.quantity, list(parts)
    own = [n for n, part in enumerate(parts) if part.product_ids == {had.product_id}]
    others = [n for n, part in enumerate(parts) if n not in own and had.product_id in part.product_ids]
    for n in (*own, *others):
        part = met[n]
        taken = min(rest, part.quantity)
        met[n] = replace(part, quantity=part.quantity - taken)
        rest -= taken
    return met


def _rounded(part: Part, whole: Mapping[int, int]) -> Part:
    contents = {whole.get(product_id) for product_id in part.product_ids}
    content = next(iter(contents)) if len(contents) == 1 else None
    if content is None:
        return part
    return replace(part, quantity=part.quantity + -part.quantity % content)
