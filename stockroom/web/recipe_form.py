"""How is a version of a recipe typed: what goes in, how much, what comes out, how long it lives and why?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import FieldList, Form, FormField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from stockroom.errors import InvalidValue, Refused
from stockroom.operations.write_recipe import COMPONENTS_MAX, ComponentOf, VersionOf
from stockroom.queries.recipe_lists import Mixable
from stockroom.queries.recipes import ComponentRow, VersionRow
from stockroom.units import parse_quantity, show_quantity
from stockroom.vocabulary import BaseUnit
from stockroom.web.formats import tell
from stockroom.web.forms import KeyedForm
from stockroom.web.goods_here import typed_with_unit
from stockroom.web.spans import minutes_of, show_span

SPARE_ROWS = 5
_ = lazy_gettext
_COMPONENT = re.compile(r"components\[([0-9]+)\](\.quantity)?")
_AMOUNT = re.compile(r"([^\s]*[0-9.,])\s*([^\s0-9.,]*)")


@dataclass(frozen=True, kw_only=True)
class Part:
    """Something that may be typed into a row, by its label."""

    label: str
    kind: str
    uid: str
    base_unit: BaseUnit


class ComponentForm(Form):
    """One row: what goes in, and how much of it with its unit."""

    thing = StringField(_("What goes in"), validators=[Length(max=400)])
    amount = StringField(_("How much"), validators=[Length(max=40)])


class VersionForm(KeyedForm):
    """What a version says."""

    components = FieldList(FormField(ComponentForm), label=_("What goes in"), max_entries=COMPONENTS_MAX)
    output_quantity = StringField(
        _("One dose yields"), validators=[DataRequired(_("Such as 3 mL.")), Length(max=40)]
    )
    beyond_use_minutes = StringField(
        _("May be used for"), validators=[DataRequired(_("Such as 6 h or 90 min.")), Length(max=20)]
    )
    loss_max_quantity = StringField(_("May stay in syringes and needles"), validators=[Length(max=40)])
    reason = TextAreaField(
        _("Why it is written"),
        validators=[DataRequired(_("Whoever approves it reads this.")), Length(max=2000)],
    )

    def with_spare_rows(self, count: int = SPARE_ROWS) -> None:
        """Leave `count` empty rows at the end, as far as a recipe may be long."""
        empty = sum(not (row.form.thing.data or row.form.amount.data) for row in self.components)
        for _row in range(min(count - empty, COMPONENTS_MAX - len(self.components))):
            self.components.append_entry()

    def show(self, version: VersionRow, parts: Iterable[Part]) -> None:
        """Fill in what a version says; its reason is not that of the next."""
        labels = {part.uid: part.label for part in parts}
        for each in version.components:
            amount = typed_with_unit(each.quantity, each.base_unit)
            self.components.append_entry({"thing": labels[uid_of(each)], "amount": amount})
        volume = BaseUnit.MICROLITRE
        self.output_quantity.process_data(str(show_quantity(version.output_quantity, volume)))
        self.loss_max_quantity.process_data(str(show_quantity(version.loss_max_quantity, volume)))
        self.beyond_use_minutes.process_data(show_span(version.beyond_use_minutes))

    def version(self, parts: Iterable[Part]) -> VersionOf:
        """The version that is typed.  Raises InvalidValue, beside the row or field that it is about."""
        offered = tuple(parts)
        return VersionOf(
            components=tuple(_component(row, offered) for row in self._typed_rows()),
            output_quantity=_amount(self.output_quantity.data, BaseUnit.MICROLITRE, field="output_quantity"),
            beyond_use_minutes=minutes_of(self.beyond_use_minutes.data, field="beyond_use_minutes") or 0,
            loss_max_quantity=_amount(
                self.loss_max_quantity.data, BaseUnit.MICROLITRE, field="loss_max_quantity", may_be_zero=True
            ),
            reason=(self.reason.data or "").strip(),
        )

    def beside_its_row(self, error: InvalidValue) -> InvalidValue:
        """The error, told beside the row that it is about where it names one."""
        found = _COMPONENT.fullmatch(error.field)
        if found is None:
            return error
        row = list(self._typed_rows())[int(found[1])]
        field = row.amount if found[2] else row.thing
        field.errors = [error.problem]
        return InvalidValue(field="components", problem=error.problem)

    def _typed_rows(self) -> Iterator[Any]:
        return (row.form for row in self.components if _typed(row.form.thing) or _typed(row.form.amount))


class RecipeForm(VersionForm):
    """A new recipe with its first version."""

    name = StringField(_("Name"), validators=[DataRequired(_("A recipe has a name.")), Length(max=200)])
    purpose = TextAreaField(_("What it is for"), validators=[Length(max=2000)])
    sources = TextAreaField(_("Where it comes from"), validators=[Length(max=2000)])


def uid_of(component: ComponentRow) -> str:
    """The uid of what a component names."""
    return component.product_uid or component.group_uid or component.ingredient_uid or ""


def parts_of(mixables: Iterable[Mixable], asked: Iterable[ComponentRow] = ()) -> tuple[Part, ...]:
    """What may be typed, each under a label of its own; with what was `asked` before, be it archived since."""
    offered = tuple(mixables)
    known = {each.uid for each in offered}
    names = Counter(each.name.casefold() for each in offered if each.kind == "product")
    return (
        *(
            Part(
                label=_label(each.kind, each.name, each.maker if names[each.name.casefold()] > 1 else ""),
                kind=each.kind,
                uid=each.uid,
                base_unit=BaseUnit(each.base_unit),
            )
            for each in offered
        ),
        *(_asked_part(each) for each in asked if uid_of(each) not in known),
    )


def _asked_part(component: ComponentRow) -> Part:
    kind = "product" if component.product_uid else "group" if component.group_uid else "ingredient"
    return Part(
        label=_label(kind, component.name, ""),
        kind=kind,
        uid=uid_of(component),
        base_unit=BaseUnit(component.base_unit),
    )


def _label(kind: str, name: str, maker: str) -> str:
    if kind == "group":
        return gettext("%(name)s (any of the group)", name=name)
    if kind == "ingredient":
        return gettext("%(name)s (whatever holds it)", name=name)
    return f"{name} · {maker}" if maker else name


def _component(row: Any, offered: tuple[Part, ...]) -> ComponentOf:
    part = _part(row, offered)
    try:
        quantity = _amount(row.amount.data, part.base_unit, field="components")
    except InvalidValue as error:
        row.amount.errors = [error.problem]
        raise
    return ComponentOf(quantity=quantity, **{f"{part.kind}_uid": part.uid})


def _part(row: Any, offered: tuple[Part, ...]) -> Part:
    """The one part that is meant: by its whole label, or by a beginning or piece that only one has."""
    typed = _typed(row.thing).casefold()
    for fits in (str.__eq__, str.startswith, str.__contains__):
        meant = [part for part in offered if typed and fits(part.label.casefold(), typed)]
        if len(meant) == 1:
            return meant[0]
    row.thing.errors = [gettext("Choose one of the list.")]
    raise InvalidValue(
        field="components",
        problem=gettext("%(name)s is not one thing of the list", name=_typed(row.thing)[:60] or "–"),
    )


def _amount(text: str | None, base_unit: BaseUnit, *, field: str, may_be_zero: bool = False) -> int:
    """Give the base units of an amount such as 2.5 mL, or of a bare number in the usual unit.

    Raises InvalidValue naming the field.  A comma is refused: 1,000 µL and 1,000 mL are not to be confused.
    """
    typed = (text or "").strip()
    if not typed and may_be_zero:
        return 0
    found = _AMOUNT.fullmatch(typed)
    number, unit = (found[1], found[2]) if found else (typed, "")
    unit = unit or show_quantity(0, base_unit).unit
    try:
        return parse_quantity(number, unit, base_unit=base_unit, may_be_zero=may_be_zero)
    except Refused as error:
        raise InvalidValue(field=field, problem=tell(error)) from error


def _typed(field: Any) -> str:
    return (field.data or "").strip()
