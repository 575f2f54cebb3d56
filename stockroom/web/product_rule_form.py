"""How is what is true of a product typed: how it is kept and opened, what it holds, what its packs carry?"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, FieldList, Form, FormField, IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional, Regexp

from stockroom.access.acting import installation
from stockroom.errors import InvalidValue
from stockroom.ledger.product_rows import IncompatibleWith, IngredientOf, ReconstitutionOf, RuleOf
from stockroom.queries.catalogue import ProductRow, RuleRow
from stockroom.queries.product_versions import liquids
from stockroom.queries.reference import IngredientRow
from stockroom.rules.product_facts import GAUGE_LEAST, GAUGE_MOST, PINS_MOST
from stockroom.units import parse_quantity, show_quantity, typed_number
from stockroom.vocabulary import BaseUnit, Carry, ContainerType, RegulatoryClass, StorageClass
from stockroom.web.formats import show_word
from stockroom.web.forms import KeyedForm
from stockroom.web.goods_here import COUNT_MAX
from stockroom.web.spans import minutes_of, show_span

NOT_KNOWN = ""
SPARE_ROWS = 3
"""Empty rows for further ingredients."""
SPARE_APART = 2
LIQUID = BaseUnit.MICROLITRE


class IngredientForm(Form):
    name = StringField(lazy_gettext("Ingredient"), validators=[Length(max=200)])
    amount = StringField(lazy_gettext("Amount as printed"), validators=[Length(max=100)])
    is_excipient = BooleanField(lazy_gettext("excipient"))


class ApartForm(Form):
    name = StringField(lazy_gettext("Not mixed with"), validators=[Length(max=200)])
    says = StringField(lazy_gettext("What happens, or where that is written"), validators=[Length(max=500)])


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
    is_single_use = BooleanField(lazy_gettext("It serves once, says its maker"))
    needle_gauge = IntegerField(
        lazy_gettext("Needle, gauge"), validators=[Optional(), NumberRange(min=GAUGE_LEAST, max=GAUGE_MOST)]
    )
    needle_length = StringField(lazy_gettext("Needle, length in mm"), validators=[Length(max=10)])
    pin_count = IntegerField(
        lazy_gettext("Needles in a head"), validators=[Optional(), NumberRange(min=1, max=PINS_MOST)]
    )
    waste_stream = StringField(lazy_gettext("Thrown away as"), validators=[Length(max=100)])
    diluent = SelectField(lazy_gettext("Dissolved in"))
    diluent_quantity = StringField(lazy_gettext("How much of it"), validators=[Length(max=20)])
    reconstituted_quantity = StringField(lazy_gettext("What comes out"), validators=[Length(max=20)])
    reconstituted_life = StringField(lazy_gettext("How long that keeps"), validators=[Length(max=20)])
    reconstitution_source = StringField(
        lazy_gettext("Where that life is written"), validators=[Length(max=500)]
    )
    apart = FieldList(FormField(ApartForm))
    reason = StringField(lazy_gettext("Why it changes"), validators=[Length(max=500)])
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
        self.diluent.choices = [(NOT_KNOWN, gettext("nothing: it is ready")), *_diluents()]
        for field in (self.lot_carry, self.expiry_carry, self.serial_carry):
            field.choices = _words(Carry)

    def with_spare_rows(self) -> None:
        """Leave room for further ingredients."""
        while sum(not (row.form.name.data or "").strip() for row in self.ingredients) < SPARE_ROWS:
            self.ingredients.append_entry()
        while sum(not (row.form.name.data or "").strip() for row in self.apart) < SPARE_APART:
            self.apart.append_entry()

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
            "is_single_use",
            "needle_gauge",
            "pin_count",
            "waste_stream",
        ):
            self[name].process_data(getattr(rule, name))
        self.authorised_in.process_data(" ".join(rule.authorised_in))
        self.in_use_room.process_data(show_span(rule.in_use_minutes_room))
        self.in_use_refrigerated.process_data(show_span(rule.in_use_minutes_refrigerated))
        self.overfill.process_data(show_quantity(rule.overfill_max_quantity, unit).quantity)
        self.residual.process_data(show_quantity(rule.residual_max_quantity, unit).quantity)
        self.needle_length.process_data(show_mm(rule.needle_length_um))
        self._show_mixing(rule)
        for content in product.ingredients:
            said = {"name": content.name, "amount": content.amount, "is_excipient": content.is_excipient}
            self.ingredients.append_entry(said)

    def _show_mixing(self, rule: RuleRow) -> None:
        mixed = rule.reconstitution
        if mixed is not None:
            self.diluent.process_data(mixed.diluent_uid)
            self.diluent_quantity.process_data(show_quantity(mixed.diluent_quantity, LIQUID).quantity)
            self.reconstituted_quantity.process_data(show_quantity(mixed.output_quantity, LIQUID).quantity)
            self.reconstituted_life.process_data(show_span(mixed.minutes))
            self.reconstitution_source.process_data(mixed.source)
        for each in rule.incompatibilities:
            self.apart.append_entry({"name": each.name, "says": each.says})

    def rule(self, unit: BaseUnit, known: Sequence[IngredientRow]) -> RuleOf:
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
            is_single_use=bool(self.is_single_use.data),
            needle_gauge=self.needle_gauge.data,
            needle_length_um=um_of(self.needle_length.data),
            pin_count=self.pin_count.data,
            waste_stream=(self.waste_stream.data or "").strip(),
            reconstitution=self._reconstitution(),
            incompatibilities=self._apart(known),
        )

    def _reconstitution(self) -> ReconstitutionOf | None:
        if not self.diluent.data:
            return None
        minutes = minutes_of(self.reconstituted_life.data, field="reconstituted_life")
        if minutes is None:
            raise InvalidValue(
                field="reconstituted_life", problem="say how long it keeps once it is dissolved"
            )
        return ReconstitutionOf(
            diluent_uid=self.diluent.data,
            diluent_quantity=amount(self.diluent_quantity.data, LIQUID),
            output_quantity=amount(self.reconstituted_quantity.data, LIQUID),
            minutes=minutes,
            source=(self.reconstitution_source.data or "").strip(),
        )

    def _apart(self, known: Sequence[IngredientRow]) -> tuple[IncompatibleWith, ...]:
        slugs = _slugs(known)
        said: dict[str, IncompatibleWith] = {}
        for row in self.apart:
            name = (row.form.name.data or "").strip()
            if name:
                slug = slugs.get(name.casefold(), name)
                said[slug] = IncompatibleWith(slug=slug, says=(row.form.says.data or "").strip())
        return tuple(said.values())

    def contents(self, known: Sequence[IngredientRow]) -> tuple[IngredientOf, ...]:
        """The ingredients that are typed, by their slugs; a name that nobody knows stays as it is typed."""
        slugs = _slugs(known)
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
    typed = typed_number(text)
    return (
        parse_quantity(typed, show_quantity(0, unit).unit, base_unit=unit, may_be_zero=True) if typed else 0
    )


def show_mm(length_um: int | None) -> str:
    """Micrometres as millimetres, without needless zeros."""
    return "" if length_um is None else f"{length_um / 1_000:g}"


def um_of(text: str | None) -> int | None:
    """Give the micrometres of typed millimetres; None for nothing.  Raises InvalidValue."""
    typed = (text or "").strip().replace(",", ".")
    if not typed:
        return None
    whole, _, rest = typed.partition(".")
    if not (whole + rest).isdecimal() or not (whole + rest).isascii() or len(whole) > 3 or len(rest) > 3:
        raise InvalidValue(field="needle_length", problem="millimetres, such as 4 or 12.7")
    return int(whole or "0") * 1_000 + int(rest.ljust(3, "0") or "0")


def _slugs(known: Sequence[IngredientRow]) -> dict[str, str]:
    return {name.casefold(): row.slug for row in known for name in (row.slug, row.name)}


def _diluents() -> list[tuple[str, str]]:
    with installation().reading() as connection:
        rows = liquids(connection)
    return [(row.uid, f"{row.name} {row.strength}".strip()) for row in rows]


def _words(words: type[StrEnum]) -> list[tuple[str, str]]:
    return [(word.value, show_word(word.value)) for word in words]


def _chosen(words: Any, value: str | None) -> Any:
    return words(value) if value else None
