"""How are base units shown in an answer?  With the unit that people use, by what the row says of its product."""

from __future__ import annotations

from typing import Any

from marshmallow.utils import get_value

from stockroom.http.fields import Quantity
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit


class StockQuantity(Quantity):
    """A quantity of a product.

    Loads an AskedQuantity; dumps base units in the unit that people use, by the `base_unit` that the row
    (or the attribute called `unit_from`) names.
    """

    def __init__(self, *, unit_from: str = "base_unit", **more: Any) -> None:
        super().__init__(**more)
        self.unit_from = unit_from

    def _serialize(self, value: Any, attr: str | None, obj: Any, **more: Any) -> dict[str, str] | None:
        if value is None:
            return None
        shown = show_quantity(value, BaseUnit(get_value(obj, self.unit_from)))
        return super()._serialize(shown, attr, obj, **more)
