"""How is what is true of a product typed: how it is kept and opened, what it holds, what its packs carry?"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, FieldList, Form, FormField, IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional, Regexp

from stockroom.ledger.product_rows import IngredientOf, RuleOf
from stockroom.queries.catalogue import ProductRow
from stockroom.queries.reference import IngredientRow
from stockroom.units import parse_quantity, show_quantity
from stockroom.vocabulary import BaseUnit, Carry, ContainerType, RegulatoryClass, StorageClass
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm
from stockroom.web.goods_here import COUNT_MAX
from stockroom.web.spans import minutes_of, show_span

NOT_KNOWN = ""
SPARE_ROWS = 3
"""Empty rows for further ingredients."""


class IngredientForm(Form):
    name = StringField(lazy_gettext("Ingredient"), validators=[Length(max=200)])
    amount = StringField(lazy_gettext("Amount as printed"), validators=[Length(max=100)])
    is_excipient = BooleanField(lazy_gettext("excipient"))


class RuleForm(KeyedForm):
    """What is true of a product, as far as somebody knows."""

    container_type = SelectField(lazy_gettext("How it is drawn from"))
    storage_class = SelectField(lazy_gettext("Where it is kept"))
    regulatory_class = SelectField(lazy_gettext("What it is by law"))
    authorised_in = StringField(
        lazy_gettext("Authorised in"),
        validators=[
            Regexp(
                r"^\s*(([A-Z]{2}|\*)(\s+|$))*$", message=lazy_gettext("Country codes such as BG FR, or *.")
            )
        ],
    )
    in_use_room = StringField(lazy_gettext("After opening, in the room"), validators=[Length(max=20)])
    in_use_refrigerated = StringField(
        lazy_gettext("After opening, in the fridge"), validators=[Length(max=20)]
    )
    in_use_source = StringField(lazy_gettext("Where that is written"), validators=[Length(max=500)])
    punctures_max = IntegerField(
        lazy_gettext("How often it may be drawn from"),
        validators=[Optional(), NumberRange(min=1, max=COUNT_MAX)],
    )
    lot_carry = SelectField(lazy_gettext("Lot number on the pack"))
    expiry_carry = SelectField(lazy_gettext("Expiry on the pack"))
    serial_carry = SelectField(lazy_gettext("Serial on the pack"))
    overfill = StringField(lazy_gettext("Overfill at most"), validators=[Length(max=30)])
    residual = StringField(lazy_gettext("Usually stays behind"), validators=[Length(max=30)])
    ingredients_known = BooleanField(lazy_gettext("All ingredients and excipients are listed here"))
    ingredients = FieldList(FormField(IngredientForm))

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for field, words in (
            (self.container_type, ContainerType),
            (self.storage_class, StorageClass),
            (self.regulatory_class, RegulatoryClass),
        ):
            field.choices = [(NOT_KNOWN, gettext("not known yet")), *_words(words)]
        for field in (self.lot_carry, self.expiry_carry, self.serial_carry):
            field.choices = _words(Carry)

    def with_spare_rows(self) -> None:
        """Leave room for further ingredients."""
        while sum(not (row.form.name.data or "").strip() for row in self.ingredients) < SPARE_ROWS:
            self.ingredients.append_entry()

    def show(self, product: ProductRow) -> None:
        """Fill in what is in force."""
        rule, unit = product.rule, BaseUnit(product.base_unit)
        if rule is None:
            return
        for name in ("container_type", "storage_class", "regulatory_class"):
            self[name].process_data(getattr(rule, name) or NOT_KNOWN)
        for name in (
            "lot_carry",
            "expiry_carry",
            "serial_carry",
            "punctures_max",
            "in_use_source",
            "ingredients_known",
        ):
            self[name].process_data(getattr(rule, name))
        self.authorised_in.process_data(" ".join(rule.authorised_in))
        self.in_use_room.process_data(show_span(rule.in_use_minutes_room))
        self.in_use_refrigerated.process_data(show_span(rule.in_use_minutes_refrigerated))
        self.overfill.process_data(show_quantity(rule.overfill_max_quantity, unit).quantity)
        self.residual.process_data(show_quantity(rule.residual_max_quantity, unit).quantity)
        for content in product.ingredients:
            said = {"name": content.name, "amount": content.amount, "is_excipient": content.is_excipient}
            self.ingredients.append_entry(said)

    def rule(self, unit: BaseUnit) -> RuleOf:
        """The rule that is typed.  Raises InvalidValue, and what `units.parse_quantity` raises."""
        return RuleOf(
            container_type=_chosen(ContainerType, self.container_type.data),
            storage_class=_chosen(StorageClass, self.storage_class.data),
            regulatory_class=_chosen(RegulatoryClass, self.regulatory_class.data),
            authorised_in=tuple(dict.fromkeys((self.authorised_in.data or "").split())),
            in_use_minutes_room=minutes_of(self.in_use_room.data, field="in_use_room"),
            in_use_minutes_refrigerated=minutes_of(
                self.in_use_refrigerated.data, field="in_use_refrigerated"
            ),
            in_use_source=(self.in_use_source.data or "").strip(),
            lot_carry=Carry(self.lot_carry.data),
            expiry_carry=Carry(self.expiry_carry.data),
            serial_carry=Carry(self.serial_carry.data),
            punctures_max=self.punctures_max.data,
            overfill_max_quantity=amount(self.overfill.data, unit),
            residual_max_quantity=amount(self.residual.data, unit),
            ingredients_known=bool(self.ingredients_known.data),
        )

    def contents(self, known: Sequence[IngredientRow]) -> tuple[IngredientOf, ...]:
        """The ingredients that are typed, by their slugs; a name that nobody knows stays as it is typed."""
        slugs = {name.casefold(): row.slug for row in known for name in (row.slug, row.name)}
        rows = [row.form for row in self.ingredients if (row.form.name.data or "").strip()]
        return tuple(
            IngredientOf(
                slug=slugs.get(row.name.data.strip().casefold(), row.name.data.strip()),
                amount=(row.amount.data or "").strip(),
                is_excipient=bool(row.is_excipient.data),
            )
            for row in rows
        )


def amount(text: str | None, unit: BaseUnit) -> int:
    """Give the base units of a typed number; zero for an empty one.  Raises what `parse_quantity` raises."""
    typed = (text or "").strip()
    return (
        parse_quantity(typed, show_quantity(0, unit).unit, base_unit=unit, may_be_zero=True) if typed else 0
    )


def _words(words: type[StrEnum]) -> list[tuple[str, str]]:
    return [(word.value, show_word(word.value)) for word in words]


def _chosen(words: Any, value: str | None) -> Any:
    return words(value) if value else None
