"""What would a table of products change in the catalogue, and what in it cannot be right?

A product is known again by maker, name, strength, presentation and content, whatever the case of its letters; a
supplier's item by both; a level by product and clinic.  So the same table a second time changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from stockroom.tables import faults
from stockroom.tables.faults import Fault, fault, in_order
from stockroom.tables.known_catalogue import KnownCatalogue, KnownProduct, ProductKey, folded, key_of
from stockroom.tables.product_lines import (
    ProductLine,
    SaidCode,
    SaidFacts,
    SaidIngredient,
    SaidItem,
    SaidLevel,
)
from stockroom.vocabulary import CodeScheme


@dataclass(kw_only=True)
class PlannedProduct:
    """One product of the table, all of its lines together."""

    key: ProductKey
    first: ProductLine
    facts: SaidFacts
    known: KnownProduct | None
    codes: list[SaidCode] = field(default_factory=list)
    """Those that are new."""
    items: dict[str, SaidItem] = field(default_factory=dict)
    """Those that are new or change, by supplier (folded), as they will read."""
    levels: dict[int, SaidLevel] = field(default_factory=dict)
    """Those that are new or change, by the clinic's id."""
    is_to_confirm: bool = False

    @property
    def changes(self) -> bool:
        """True when anything of it is not in the catalogue yet."""
        return self.known is None or bool(self.codes or self.items or self.levels) or self.is_to_confirm


@dataclass(frozen=True, kw_only=True)
class ProductPlan:
    """What the table would do, whole; nothing of it is done while there are faults."""

    products: tuple[PlannedProduct, ...]
    manufacturers: tuple[str, ...]
    """New names, as they were written first."""
    suppliers: tuple[str, ...]
    groups: tuple[str, ...]
    faults: tuple[Fault, ...]

    @property
    def added(self) -> tuple[PlannedProduct, ...]:
        return tuple(each for each in self.products if each.known is None)

    @property
    def changed(self) -> tuple[PlannedProduct, ...]:
        return tuple(each for each in self.products if each.known is not None and each.changes)

    @property
    def unchanged_count(self) -> int:
        return sum(not each.changes for each in self.products)


def plan_products(lines: Iterable[ProductLine], known: KnownCatalogue) -> ProductPlan:
    """Judge a table of products against the catalogue."""
    judge = _Judge(known)
    for line in lines:
        judge.take(line)
    judge.finish()
    new = judge.new_names
    return ProductPlan(
        products=tuple(judge.products.values()),
        manufacturers=tuple(new["manufacturer"].values()),
        suppliers=tuple(new["supplier"].values()),
        groups=tuple(new["group"].values()),
        faults=in_order(judge.faults),
    )


_COLUMNS = {
    "graduation_quantity": "graduation",
    "group": "group",
    "container_type": "container type",
    "storage_class": "storage",
    "regulatory_class": "regulatory class",
    "authorised_in": "authorised in",
    "in_use_minutes_room": "in use hours room",
    "in_use_minutes_refrigerated": "in use hours refrigerated",
    "in_use_source": "in use source",
    "ingredients": "ingredients",
    "lot_carry": "lot",
    "expiry_carry": "expiry",
    "serial_carry": "serial",
    "punctures_max": "drawn from at most",
    "overfill_max_quantity": "overfill",
    "residual_max_quantity": "stays behind",
    "is_single_use": "single use",
    "needle_gauge": "needle gauge",
    "needle_length_um": "needle length mm",
    "pin_count": "pins",
    "waste_stream": "waste stream",
}
"""The column of each fact."""
_CONFIRMED_NEEDS = ("container_type", "storage_class", "regulatory_class", "authorised_in", "ingredients")


class _Judge:
    """Takes line by line and keeps what each says for the first time."""

    def __init__(self, known: KnownCatalogue) -> None:
        self.known = known
        self.products: dict[ProductKey, PlannedProduct] = {}
        self.faults: list[Fault] = []
        self.new_names: dict[str, dict[str, str]] = {"manufacturer": {}, "supplier": {}, "group": {}}
        self._fact_lines: dict[tuple[ProductKey, str], int] = {}
        self._codes: dict[tuple[CodeScheme, str], tuple[ProductKey, SaidCode, int]] = {}
        self._items: dict[tuple[ProductKey, str], tuple[SaidItem, int]] = {}
        self._levels: dict[tuple[ProductKey, int], tuple[SaidLevel, int]] = {}

    def take(self, line: ProductLine) -> None:
        key = key_of(line.manufacturer, line.name, line.strength, line.presentation, line.content_quantity)
        line = replace(line, facts=self._with_slugs(line))
        product = self.products.get(key)
        if product is None:
            known = self.known.products.get(key)
            product = PlannedProduct(key=key, first=line, facts=SaidFacts(), known=known)
            self.products[key] = product
            self._note_name("manufacturer", line.manufacturer, self.known.manufacturers)
            if known is not None and known.base_unit is not line.base_unit:
                self._refuse(
                    line, "content", faults.CONTRADICTS_BOOKS, text=line.base_unit, known=known.base_unit
                )
        product.facts = self._merged(product, line)
        for code in line.codes:
            self._take_code(product, code, line)
        if line.item is not None:
            self._take_item(product, line.item, line)
        if line.level is not None:
            self._take_level(product, line.level, line)

    def finish(self) -> None:
        """Judge what only shows when all lines of a product are read."""
        for product in self.products.values():
            facts, line = product.facts, product.first
            if facts.group:
                self._note_name("group", facts.group, self.known.groups)
            if facts.is_confirmed:
                self._confirm(product, line)

    def _refuse(self, line: ProductLine, column: str, wrong: faults.Wrong, **facts: object) -> None:
        self.faults.append(fault(line.line, column, wrong, **facts))

    def _note_name(self, what: str, name: str, known: Mapping[str, int]) -> None:
        if folded(name) not in known:
            self.new_names[what].setdefault(folded(name), name)

    def _with_slugs(self, line: ProductLine) -> SaidFacts:
        """The facts with the ingredients by their slugs."""
        if line.facts.ingredients is None:
            return line.facts
        found: list[SaidIngredient] = []
        for said in line.facts.ingredients:
            slug = self.known.ingredients.get(folded(said.name))
            if slug is None:
                self._refuse(line, "ingredients", faults.NOT_KNOWN, thing="ingredient", text=said.name)
            elif slug not in {each.name for each in found}:
                found.append(replace(said, name=slug))
        return replace(line.facts, ingredients=tuple(sorted(found, key=lambda each: each.name)))

    def _merged(self, product: PlannedProduct, line: ProductLine) -> SaidFacts:
        """The facts of the lines before with those of this one, which may add to them but not contradict."""
        changed: dict[str, Any] = {"is_confirmed": product.facts.is_confirmed or line.facts.is_confirmed}
        for name, column in _COLUMNS.items():
            said, before = getattr(line.facts, name), getattr(product.facts, name)
            if _is_unsaid(name, said):
                continue
            if _is_unsaid(name, before):
                changed[name] = said
                self._fact_lines[product.key, name] = line.line
                self._compare(product, line, name, column, said)
            elif _differs(name, said, before):
                other = self._fact_lines[product.key, name]
                self._refuse(
                    line,
                    column,
                    faults.CONTRADICTS_LINE,
                    text=_shown(name, said),
                    other_text=_shown(name, before),
                    other=other,
                )
        return replace(product.facts, **changed)

    def _compare(
        self, product: PlannedProduct, line: ProductLine, name: str, column: str, said: object
    ) -> None:
        if product.known is None:
            return
        before = getattr(product.known.facts, name)
        if _differs(name, said, before):
            known = "–" if _is_unsaid(name, before) else _shown(name, before)
            self._refuse(line, column, faults.CONTRADICTS_BOOKS, text=_shown(name, said), known=known)

    def _confirm(self, product: PlannedProduct, line: ProductLine) -> None:
        if product.known is not None and product.known.facts.is_confirmed:
            return
        if not self.known.may_confirm:
            self._refuse(line, "confirmed", faults.NOT_YOURS)
            return
        facts = product.facts if product.known is None else product.known.facts
        missing = [name for name in _needed(facts) if _is_unsaid(name, getattr(facts, name))]
        for name in missing:
            self._refuse(line, _COLUMNS[name], faults.NEEDS_TOO, other="confirmed")
        product.is_to_confirm = not missing

    def _take_code(self, product: PlannedProduct, code: SaidCode, line: ProductLine) -> None:
        which = (code.scheme, code.item_code)
        if which in self._codes:
            owner, earlier, other = self._codes[which]
            if owner != product.key:
                self._refuse(line, code.column, faults.SAME_AS_LINE, other=other)
            elif earlier.presentation_count != code.presentation_count:
                self._contradict(
                    line, code.column, code.presentation_count, earlier.presentation_count, other
                )
            return
        self._codes[which] = (product.key, code, line.line)
        known = self.known.codes.get(which)
        if known is None:
            product.codes.append(code)
        elif product.known is None or known.product_id != product.known.id:
            self._refuse(line, code.column, faults.CODE_OF_ANOTHER, text=code.item_code, known=known.product)
        elif known.presentation_count != code.presentation_count:
            column = code.column.replace("gtin", "holds")
            self._refuse(
                line,
                column,
                faults.CONTRADICTS_BOOKS,
                text=code.presentation_count,
                known=known.presentation_count,
            )

    def _contradict(self, line: ProductLine, column: str, text: object, before: object, other: int) -> None:
        self._refuse(line, column, faults.CONTRADICTS_LINE, text=text, other_text=before, other=other)

    def _take_item(self, product: PlannedProduct, item: SaidItem, line: ProductLine) -> None:
        supplier = folded(item.supplier)
        if (product.key, supplier) in self._items:
            earlier, other = self._items[product.key, supplier]
            if earlier != item:
                self._contradict(line, "supplier", _item_shown(item), _item_shown(earlier), other)
            return
        self._items[product.key, supplier] = (item, line.line)
        self._note_name("supplier", item.supplier, self.known.suppliers)
        supplier_id = self.known.suppliers.get(supplier)
        before = (
            self.known.items.get((supplier_id, product.known.id))
            if product.known is not None and supplier_id is not None
            else None
        )
        will_be = _item_over(item, before)
        if will_be != before:
            product.items[supplier] = will_be

    def _take_level(self, product: PlannedProduct, level: SaidLevel, line: ProductLine) -> None:
        clinic = self.known.clinics.get(folded(level.clinic))
        if clinic is None:
            if level.clinic:
                self._refuse(line, "clinic", faults.NOT_KNOWN, thing="clinic", text=level.clinic)
            else:
                self._refuse(line, "clinic", faults.NEEDS_TOO, other="minimum")
            return
        if not clinic.is_open:
            self._refuse(line, "clinic", faults.NOT_YOURS)
            return
        level = replace(level, clinic="")
        if (product.key, clinic.id) in self._levels:
            earlier, other = self._levels[product.key, clinic.id]
            if earlier != level:
                self._contradict(line, "minimum", _level_shown(level), _level_shown(earlier), other)
            return
        self._levels[product.key, clinic.id] = (level, line.line)
        known = None if product.known is None else self.known.levels.get((clinic.id, product.known.id))
        if level != known:
            product.levels[clinic.id] = level


def _needed(facts: SaidFacts) -> tuple[str, ...]:
    """What must be said before all of it is confirmed: a life after opening comes from somewhere."""
    lives = (facts.in_use_minutes_room, facts.in_use_minutes_refrigerated)
    return (*_CONFIRMED_NEEDS, "in_use_source") if any(lives) else _CONFIRMED_NEEDS


def _item_over(item: SaidItem, before: SaidItem | None) -> SaidItem:
    """The item as it will read: what the table leaves empty stays as it was."""
    if before is None:
        return replace(item, supplier="", is_preferred=item.is_preferred or False)
    priced = item if item.last_price_minor is not None else before
    return SaidItem(
        supplier="",
        item_code=item.item_code,
        pack_count=item.pack_count,
        lead_time_days=before.lead_time_days if item.lead_time_days is None else item.lead_time_days,
        is_preferred=before.is_preferred if item.is_preferred is None else item.is_preferred,
        last_price_minor=priced.last_price_minor,
        currency=priced.currency,
    )


def _is_unsaid(name: str, value: object) -> bool:
    """True where nothing is said; of ingredients an empty row says that there are none."""
    return value is None or value == "" or (value == () and name != "ingredients")


def _differs(name: str, said: object, before: object) -> bool:
    if name == "group":
        return folded(str(said)) != folded(str(before))
    if name == "authorised_in":
        return set(_as_tuple(said)) != set(_as_tuple(before))
    return said != before


def _as_tuple(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else ()


def _shown(name: str, value: object) -> str:
    """A fact as somebody would write it into the table."""
    if name.startswith("in_use_minutes") and isinstance(value, int):
        return f"{value // 60}" if value % 60 == 0 else f"{value} min"
    if name == "ingredients" and isinstance(value, tuple):
        return "; ".join(f"{each.name}={each.amount}".rstrip("=") for each in value) or "none"
    if isinstance(value, tuple):
        return " ".join(map(str, value))
    if name == "needle_length_um" and isinstance(value, int):
        return f"{value / 1_000:g}"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")


def _item_shown(item: SaidItem) -> str:
    said = (getattr(item, each.name) for each in fields(item) if each.name != "supplier")
    return ", ".join("–" if value is None else str(value) for value in said)


def _level_shown(level: SaidLevel) -> str:
    return f"{level.minimum_count}–{level.target_count}"
