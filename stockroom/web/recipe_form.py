"""How is a version of a recipe typed: what goes in, how much, what comes out, how long it lives and why?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import (
    BooleanField,
    FieldList,
    Form,
    FormField,
    HiddenField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp

from stockroom.errors import InvalidValue, Refused
from stockroom.operations.write_recipe import COMPONENTS_MAX, ComponentOf, VersionOf
from stockroom.queries.recipe_lists import Mixable
from stockroom.queries.recipes import ComponentRow, VersionRow
from stockroom.units import parse_quantity, show_quantity, typed_number
from stockroom.vocabulary import BaseUnit, Basis
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
    basis = SelectField(
        _("for"),
        choices=[(Basis.DOSE.value, _("one dose")), (Basis.MILLILITRE.value, _("each mL"))],
        validators=[Optional()],
        validate_choice=False,
        default=Basis.DOSE.value,
    )
    instead = StringField(_("or instead"), validators=[Length(max=1_000)])


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
    mixing = TextAreaField(_("How it is mixed"), validators=[Length(max=2000)])
    is_ordered = BooleanField(_("What goes in goes in one after another, in this order"))
    sterile_products_max = IntegerField(
        _("Sterile products at most"), validators=[Optional(), NumberRange(min=1, max=COMPONENTS_MAX)]
    )
    technique = SelectField(_("Technique"), validate_choice=False)
    indications = SelectMultipleField(_("What it is for"), validate_choice=False)
    accepted = HiddenField(validators=[Optional(), Regexp(r"^[a-z0-9-]+(,[a-z0-9-]+)*$")])
    """Slugs of incompatibilities that were shown, in a row with commas."""
    accepted_reason = TextAreaField(_("Why it is mixed all the same"), validators=[Length(max=2000)])
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
            instead = "; ".join(labels.get(other.product_uid, other.name) for other in each.substitutes)
            self.components.append_entry(
                {"thing": labels[uid_of(each)], "amount": amount, "basis": each.basis, "instead": instead}
            )
        self.mixing.process_data(version.mixing)
        self.is_ordered.process_data(version.is_ordered)
        self.sterile_products_max.process_data(version.sterile_products_max)
        self.technique.process_data(version.technique)
        self.indications.process_data(list(version.indications))
        self.accepted.process_data(",".join(version.accepted))
        self.accepted_reason.process_data(version.accepted_reason)
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
            mixing=(self.mixing.data or "").strip(),
            is_ordered=bool(self.is_ordered.data),
            sterile_products_max=self.sterile_products_max.data,
            technique=self.technique.data or "",
            indications=tuple(self.indications.data or ()),
            accepted=self._accepted(),
            accepted_reason=(self.accepted_reason.data or "").strip(),
        )

    @property
    def shown_clashes(self) -> tuple[str, ...]:
        """What is not mixed and was shown, by slug."""
        return tuple(filter(None, (self.accepted.data or "").split(",")))

    def _accepted(self) -> tuple[str, ...]:
        """What was shown is accepted only with a word why."""
        if not (self.accepted_reason.data or "").strip():
            return ()
        return self.shown_clashes

    def offer(self, techniques: Iterable[tuple[str, str]], indications: Iterable[tuple[str, str]]) -> None:
        """Offer the words of the reference data, by slug."""
        self.technique.choices = [("", "–"), *techniques]
        self.indications.choices = list(indications)

    def draft(self, components: Iterable[str]) -> None:
        """Fill in what a pattern of the source texts names, by label, without amounts that no source gives."""
        for label in components:
            self.components.append_entry({"thing": label, "amount": ""})

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
    return ComponentOf(
        quantity=quantity,
        basis=Basis.MILLILITRE if row.basis.data == Basis.MILLILITRE else Basis.DOSE,
        substitute_uids=tuple(_instead(row, offered)),
        **{f"{part.kind}_uid": part.uid},
    )


def _instead(row: Any, offered: tuple[Part, ...]) -> Iterator[str]:
    """The products that may go in for it, parted by semicolons."""
    products = tuple(part for part in offered if part.kind == "product")
    for typed in filter(None, (each.strip() for each in (row.instead.data or "").split(";"))):
        part = _meant(typed, products)
        if part is None:
            row.instead.errors = [gettext("Choose products of the list, parted by semicolons.")]
            problem = gettext("%(name)s is not one product of the list", name=typed[:60])
            raise InvalidValue(field="components", problem=problem)
        yield part.uid


def _meant(typed: str, offered: tuple[Part, ...]) -> Part | None:
    """The one part that is meant: by its whole label, or by a beginning or piece that only one has."""
    text = typed.casefold()
    for fits in (str.__eq__, str.startswith, str.__contains__):
        meant = [part for part in offered if text and fits(part.label.casefold(), text)]
        if len(meant) == 1:
            return meant[0]
    return None


def _part(row: Any, offered: tuple[Part, ...]) -> Part:
    """The one part that is meant.  Raises InvalidValue."""
    part = _meant(_typed(row.thing), offered)
    if part is not None:
        return part
    row.thing.errors = [gettext("Choose one of the list.")]
    raise InvalidValue(
        field="components",
        problem=gettext("%(name)s is not one thing of the list", name=_typed(row.thing)[:60] or "–"),
    )


def _amount(text: str | None, base_unit: BaseUnit, *, field: str, may_be_zero: bool = False) -> int:
    """Give the base units of an amount such as 2.5 mL, or of a bare number in the usual unit.

    Raises InvalidValue naming the field.
    """
    typed = (text or "").strip()
    if not typed and may_be_zero:
        return 0
    found = _AMOUNT.fullmatch(typed)
    number, unit = (found[1], found[2]) if found else (typed, "")
    unit = unit or show_quantity(0, base_unit).unit
    try:
        return parse_quantity(typed_number(number), unit, base_unit=base_unit, may_be_zero=may_be_zero)
    except Refused as error:
        raise InvalidValue(field=field, problem=tell(error)) from error


def _typed(field: Any) -> str:
    return (field.data or "").strip()
