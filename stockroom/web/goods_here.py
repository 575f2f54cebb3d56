"""From which place is some of a lot taken, and how much?  What the forms of a lot share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext, lazy_gettext
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from stockroom.access.acting import acting, installation, present
from stockroom.queries import lots as lot_queries
from stockroom.queries.locations import LocationRow, locations
from stockroom.queries.lots import LotRow
from stockroom.queries.standing import Standing, standings_of_lots
from stockroom.queries.stock import LotHere, stock_of_lot
from stockroom.queries.usual_packs import UsualPack, usual_packs
from stockroom.units import parse_quantity, say_quantity, show_quantity, typed_number
from stockroom.vocabulary import BaseUnit, LocationKind

COUNT_MAX = 1_000_000


@dataclass(frozen=True, kw_only=True)
class GoodsHere:
    """A lot, where it lies, and the place that is taken from; None while one is to be chosen."""

    lot: LotRow
    here: tuple[LotHere, ...]
    chosen: LotHere | None
    place_uid: str
    """The place that a form names, also when nothing is left there: sent twice it is answered twice."""

    packs: Mapping[str, UsualPack]
    """In which pack it is counted, where that is one."""
    stops: Mapping[str, Standing]
    """What stops it, by the place's uid, where something does."""

    @property
    def count_here(self) -> int:
        """Whole presentations at the chosen place."""
        return 0 if self.chosen is None else self.chosen.quantity // self.lot.content_quantity

    @property
    def is_mixed(self) -> bool:
        """Whether it was mixed: of that there are no whole ones, at a shelf it is measured, too."""
        return self.lot.content_quantity == 1 and self.lot.base_unit != BaseUnit.PIECE

    @property
    def is_measured(self) -> bool:
        """Whether the chosen goods are said in their unit, not in whole presentations."""
        return self.is_mixed or (self.chosen is not None and self.chosen.container_code is not None)

    @property
    def unit_word(self) -> str:
        """The unit in which people measure it."""
        return unit_word(self.lot.base_unit)


def goods_here(lot_uid: str, *, sealed_only: bool = True) -> GoodsHere:
    """Give a lot with its places; the only one, or the one that the address names, is chosen.

    `sealed_only` leaves opened containers out.  Raises ThingNotFound.
    """
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        lot = lot_queries.lot(connection, clinic_id, uid=lot_uid)
        here = stock_of_lot(connection, clinic_id, now=present(), lot_uid=lot_uid)
        stopped = (lot_uid,) if any(not each.is_usable for each in here) else ()
        packs = usual_packs(connection, (lot.product_uid,))
        stops = standings_of_lots(connection, clinic_id, lot_uids=stopped, now=present())
    if sealed_only:
        here = tuple(each for each in here if each.container_code is None)
    asked = request.values.get("place", "")
    named = [each for each in here if each.location_uid == asked]
    chosen = named[0] if named else here[0] if len(here) == 1 and not asked else None
    place_uid = asked if chosen is None else chosen.location_uid
    return GoodsHere(
        lot=lot, here=here, chosen=chosen, place_uid=place_uid, packs=packs, stops=stops.get(lot_uid, {})
    )


def places_to_choose(*, but: str | None = None) -> list[tuple[str, str]]:
    """Give the open places of this clinic as choices of a form, without the one named."""
    with installation().reading() as connection:
        found = locations(connection, acting().clinic_id)
    return _choices(place for place in found if place.closed_at is None and place.uid != but)


def quarantines() -> list[LocationRow]:
    """Give the open places of this clinic where goods are put aside."""
    with installation().reading() as connection:
        found = locations(connection, acting().clinic_id)
    return [place for place in found if place.kind == LocationKind.QUARANTINE and place.closed_at is None]


def _choices(places: Iterable[LocationRow]) -> list[tuple[str, str]]:
    return [(place.uid, place.name) for place in places]


def count_field(**more: Any) -> IntegerField:
    """A field for a number of whole presentations."""
    return IntegerField(
        lazy_gettext("How many"),
        validators=[
            InputRequired(message=lazy_gettext("Say how many, in digits.")),
            NumberRange(min=1, max=COUNT_MAX, message=lazy_gettext("One or more.")),
        ],
        **more,
    )


def amount_of(text: str | None, base_unit: str) -> int:
    """Give the base units that a typed number means, in the unit that people use for the product.

    Raises QuantityInDoubt, QuantityUnreadable, QuantityTooFine, QuantityOutOfRange.
    """
    unit = BaseUnit(base_unit)
    return parse_quantity(typed_number(text), show_quantity(0, unit).unit, base_unit=unit)


def typed_amount(quantity: int, base_unit: str) -> str:
    """Give a quantity as somebody would type it into a field."""
    return show_quantity(quantity, BaseUnit(base_unit)).quantity


def typed_with_unit(quantity: int, base_unit: str) -> str:
    """Give a quantity as somebody would type it where several units may stand: 2.5 mL, and pieces as a bare number."""
    said = say_quantity(quantity, BaseUnit(base_unit))
    return said.quantity if BaseUnit(base_unit) is BaseUnit.PIECE else str(said)


def unit_word(base_unit: str) -> str:
    """The unit that people use; pieces in words."""
    unit = show_quantity(0, BaseUnit(base_unit)).unit
    return gettext("pieces") if BaseUnit(base_unit) is BaseUnit.PIECE else unit
