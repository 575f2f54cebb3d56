"""What does the catalogue hold already, as a table of products must know it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stockroom.tables.product_lines import SaidFacts, SaidItem, SaidLevel
from stockroom.vocabulary import BaseUnit, CodeScheme

ProductKey = tuple[str, str, str, str, int]
"""Maker, name, strength, presentation (each folded) and content: what makes a product."""


@dataclass(frozen=True, kw_only=True)
class KnownProduct:
    """A bought product of the catalogue, with its rule in force."""

    id: int
    uid: str
    called: str
    base_unit: BaseUnit
    facts: SaidFacts


@dataclass(frozen=True, kw_only=True)
class KnownCode:
    product_id: int
    product: str
    presentation_count: int


@dataclass(frozen=True, kw_only=True)
class KnownClinic:
    """A clinic, and whether whoever imports may set its levels."""

    id: int
    uid: str
    is_open: bool


@dataclass(frozen=True, kw_only=True)
class KnownCatalogue:
    """What the catalogue holds already; names are folded."""

    manufacturers: Mapping[str, int] = field(default_factory=dict)
    suppliers: Mapping[str, int] = field(default_factory=dict)
    groups: Mapping[str, int] = field(default_factory=dict)
    ingredients: Mapping[str, str] = field(default_factory=dict)
    """Slugs by slug and by name."""
    clinics: Mapping[str, KnownClinic] = field(default_factory=dict)
    """By name; the clinic in which it is imported by the empty one as well."""
    products: Mapping[ProductKey, KnownProduct] = field(default_factory=dict)
    codes: Mapping[tuple[CodeScheme, str], KnownCode] = field(default_factory=dict)
    items: Mapping[tuple[int, int], SaidItem] = field(default_factory=dict)
    """By the ids of supplier and product."""
    levels: Mapping[tuple[int, int], SaidLevel] = field(default_factory=dict)
    """By the ids of clinic and product."""
    may_confirm: bool = False


def folded(name: str) -> str:
    """A name as it is known again: letter case and white space aside."""
    return " ".join(name.casefold().split())


def key_of(manufacturer: str, name: str, strength: str, presentation: str, content: int) -> ProductKey:
    """Give what makes a product."""
    return folded(manufacturer), folded(name), folded(strength), folded(presentation), content
