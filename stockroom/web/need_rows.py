"""How are needs typed on screen?  A row each: of what, and how much of it with its unit."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import Form, StringField
from wtforms.validators import Length

from stockroom.errors import InvalidValue, Refused
from stockroom.queries.session_plans import Needable
from stockroom.rules.planning import NeedOf
from stockroom.units import base_unit_of, parse_quantity, show_quantity, typed_number
from stockroom.vocabulary import BaseUnit
from stockroom.web.formats import tell


class NeedFields(Form):
    """One row of needs: what, and how much of it with its unit."""

    name = StringField(lazy_gettext("Product, group or cocktail"), validators=[Length(max=300)])
    amount = StringField(lazy_gettext("How much"), validators=[Length(max=30)])


def typed_needs(rows: Iterable[Any], needables: Iterable[Needable]) -> tuple[NeedOf, ...]:
    """Give what stands in the rows of a form, empty ones left out.  Raises InvalidValue, beside the row."""
    offered = tuple(needables)
    typed = (typed_need(row.form, offered) for row in rows)
    return tuple(each for each in typed if each is not None)


def typed_need(row: Any, needables: Iterable[Needable]) -> NeedOf | None:
    """Give what stands in one row; None for an empty one.  Raises InvalidValue, beside the field."""
    name, amount = (row.name.data or "").strip(), (row.amount.data or "").strip()
    if name:
        return _need(row, tuple(needables), name, amount)
    if amount:
        row.name.errors = [gettext("Say of what.")]
        raise InvalidValue(field="needs", problem=gettext("one row says how much, and not of what"))
    return None


def _need(row: Any, needables: tuple[Needable, ...], name: str, amount: str) -> NeedOf:
    meant = [each for each in needables if each.name.casefold() == name.casefold()]
    if not meant:
        meant = [each for each in needables if each.name.casefold().startswith(name.casefold())]
    if len(meant) != 1:
        row.name.errors = [gettext("Choose one of the list.")]
        raise InvalidValue(field="needs", problem=gettext("%(name)s is not one product", name=name[:60]))
    thing = meant[0]
    try:
        quantity = _quantity(amount, thing)
    except Refused as error:
        row.amount.errors = [tell(error)]
        raise InvalidValue(field="needs", problem=tell(error)) from error
    named = {"group_uid": thing.uid} if thing.is_group else {"product_uid": thing.uid}
    return NeedOf(quantity=quantity, **named)


def _quantity(amount: str, thing: Needable) -> int:
    """An amount with or without its unit; the usual one where none is typed.  Raises what `units` raises."""
    if not amount:
        return thing.usual_quantity
    base_unit = BaseUnit(thing.base_unit)
    number, _, unit = amount.partition(" ")
    unit = unit.strip() or show_quantity(1, base_unit).unit
    base_unit_of(unit)
    return parse_quantity(typed_number(number), unit, base_unit=base_unit)
