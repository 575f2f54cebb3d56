"""How a recipe says its amounts, and why an earlier lot was passed over."""

from __future__ import annotations

from enum import StrEnum


class Basis(StrEnum):
    """For how much of a cocktail a component's amount stands."""

    DOSE = "dose"
    MILLILITRE = "ml"


class PassingOver(StrEnum):
    """What the bench answers when a lot that expires sooner was to be taken first."""

    NOT_THERE = "not_there"
    DAMAGED = "damaged"
    KEPT_FOR = "kept_for"
