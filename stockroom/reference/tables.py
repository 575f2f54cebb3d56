"""Which reference tables does Stockroom ship, and what stands in them?"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Generic, TypeVar

from stockroom.reference.faults import (
    DuplicateSlug,
    MissingValue,
    ReferenceDataFault,
    UnknownFlag,
    UnknownIndication,
    UnknownIngredient,
    UnknownSource,
    UnknownSubject,
)
from stockroom.reference.records import (
    Area,
    Audience,
    BeyondUseRule,
    CocktailPattern,
    Contraindication,
    Delivery,
    Device,
    DeviceKind,
    FlagMeaning,
    Frequency,
    Incompatibility,
    Indication,
    Ingredient,
    IngredientUse,
    Instruction,
    Protocol,
    Record,
    Scope,
    SideEffect,
    Source,
    Technique,
    Unit,
)
from stockroom.reference.rows import Row, read_rows
from stockroom.vocabulary import Effect, RegulatoryClass, SubjectKind

INTERVAL_UNITS = frozenset({Unit.WEEKS, Unit.MONTHS})
SOURCE_COLUMNS = ("key", "title", "kind", "note")
RECORD_COLUMNS = ("slug", "name", "sources", "note")

R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Reference:
    """All reference data, each table in the order of its file."""

    sources: tuple[Source, ...]
    ingredients: tuple[Ingredient, ...]
    indications: tuple[Indication, ...]
    areas: tuple[Area, ...]
    techniques: tuple[Technique, ...]
    devices: tuple[Device, ...]
    protocols: tuple[Protocol, ...]
    contraindications: tuple[Contraindication, ...]
    suitability_rules: tuple[FlagMeaning, ...]
    before_session: tuple[Instruction, ...]
    aftercare: tuple[Instruction, ...]
    side_effects: tuple[SideEffect, ...]
    cocktail_patterns: tuple[CocktailPattern, ...]
    incompatibilities: tuple[Incompatibility, ...]
    beyond_use_rules: tuple[BeyondUseRule, ...]


@dataclass(frozen=True)
class Table(Generic[R]):
    """A file, the columns that it has beside those of every record, and what a row becomes."""

    file: str
    columns: tuple[str, ...]
    build: Callable[[Row], R]


@dataclass(frozen=True)
class Shelf:
    """One folder of reference files and the source keys that its rows may name."""

    folder: Traversable
    source_keys: frozenset[str]

    def read(self, table: Table[R]) -> tuple[R, ...]:
        """The table's records; slugs are unique and every source is known."""
        rows = read_rows(self.folder, table.file, columns=RECORD_COLUMNS + table.columns)
        _check_unique(rows, "slug")
        for row in rows:
            _check_known(row, "sources", known=self.source_keys, fault=UnknownSource)
        return tuple(table.build(row) for row in rows)

    def check(
        self, table: Table[R], column: str, *, known: Iterable[Record], fault: type[ReferenceDataFault]
    ) -> None:
        """Raise `fault` at the first row of `table` whose `column` names none of `known`."""
        slugs = frozenset(record.slug for record in known)
        for row in read_rows(self.folder, table.file, columns=RECORD_COLUMNS + table.columns):
            _check_known(row, column, known=slugs, fault=fault)


def load(folder: Traversable | None = None) -> Reference:
    """Read and check every reference file of `folder`, by default those that ship with Stockroom.

    Raises a ReferenceDataFault that names file and line at the first thing that is wrong.
    """
    folder = folder if folder is not None else files("stockroom.reference")
    sources = _read_sources(folder)
    shelf = Shelf(folder, frozenset(source.key for source in sources))
    reference = Reference(
        sources=sources,
        ingredients=shelf.read(INGREDIENTS),
        indications=shelf.read(INDICATIONS),
        areas=shelf.read(AREAS),
        techniques=shelf.read(TECHNIQUES),
        devices=shelf.read(DEVICES),
        protocols=shelf.read(PROTOCOLS),
        contraindications=shelf.read(CONTRAINDICATIONS),
        suitability_rules=shelf.read(SUITABILITY_RULES),
        before_session=shelf.read(BEFORE_SESSION),
        aftercare=shelf.read(AFTERCARE),
        side_effects=shelf.read(SIDE_EFFECTS),
        cocktail_patterns=shelf.read(COCKTAIL_PATTERNS),
        incompatibilities=shelf.read(INCOMPATIBILITIES),
        beyond_use_rules=shelf.read(BEYOND_USE_RULES),
    )
    shelf.check(COCKTAIL_PATTERNS, "components", known=reference.ingredients, fault=UnknownIngredient)
    shelf.check(COCKTAIL_PATTERNS, "indications", known=reference.indications, fault=UnknownIndication)
    shelf.check(INCOMPATIBILITIES, "ingredients", known=reference.ingredients, fault=UnknownIngredient)
    shelf.check(PROTOCOLS, "indications", known=reference.indications, fault=UnknownIndication)
    shelf.check(SUITABILITY_RULES, "flag", known=reference.contraindications, fault=UnknownFlag)
    _check_subjects(shelf, reference)
    return reference


def _check_subjects(shelf: Shelf, reference: Reference) -> None:
    """Raise UnknownSubject where a rule of suitability is about nothing that is there."""
    known: dict[SubjectKind, set[str]] = {
        SubjectKind.REGULATORY_CLASS: {word.value for word in RegulatoryClass},
        SubjectKind.INGREDIENT: {row.slug for row in reference.ingredients},
        SubjectKind.INGREDIENT_CLASS: {row.ingredient_class for row in reference.ingredients},
        SubjectKind.TECHNIQUE: {row.slug for row in reference.techniques},
    }
    columns = RECORD_COLUMNS + SUITABILITY_RULES.columns
    for row in read_rows(shelf.folder, SUITABILITY_RULES.file, columns=columns):
        kind = row.choice("subject_kind", SubjectKind)
        if row.text("subject") not in known[kind]:
            raise UnknownSubject(row.file, row.line, f"there is no {kind.value} {row.text('subject')!r}")


def _read_sources(folder: Traversable) -> tuple[Source, ...]:
    rows = read_rows(folder, "sources.csv", columns=SOURCE_COLUMNS)
    _check_unique(rows, "key")
    return tuple(
        Source(
            key=row.text("key"),
            title=row.text("title"),
            kind=row.text("kind"),
            note=row.optional_text("note"),
        )
        for row in rows
    )


def _check_unique(rows: tuple[Row, ...], column: str) -> None:
    seen: dict[str, int] = {}
    for row in rows:
        value = row.text(column)
        if value in seen:
            fact = f"{column} {value!r} stands already in line {seen[value]}"
            raise DuplicateSlug(row.file, row.line, fact)
        seen[value] = row.line


def _check_known(row: Row, column: str, *, known: frozenset[str], fault: type[ReferenceDataFault]) -> None:
    for key in row.listed(column):
        if key not in known:
            raise fault(row.file, row.line, f"{column} names {key!r}, which is not there")


def _ingredient(row: Row) -> Ingredient:
    return Ingredient(
        **row.head(),
        ingredient_class=row.text("ingredient_class"),
        purpose=row.text("purpose"),
        scope=row.choice("scope", Scope),
        use=row.choice("use", IngredientUse),
        is_allergen=row.flag("is_allergen"),
    )


def _indication(row: Row) -> Indication:
    return Indication(**row.head(), detail=row.text("detail"))


def _area(row: Row) -> Area:
    return Area(**row.head(), detail=row.optional_text("detail"))


def _technique(row: Row) -> Technique:
    return Technique(
        **row.head(),
        description=row.text("description"),
        delivery=row.choice("delivery", Delivery),
    )


def _device(row: Row) -> Device:
    return Device(**row.head(), kind=row.choice("kind", DeviceKind), description=row.text("description"))


def _protocol(row: Row) -> Protocol:
    return Protocol(
        **row.head(),
        purpose=row.text("purpose"),
        indications=row.listed("indications"),
        sessions=row.range("sessions"),
        interval=row.span("interval", units=INTERVAL_UNITS),
        maintenance_interval=row.span("maintenance", units=INTERVAL_UNITS),
        maintenance=row.optional_text("maintenance"),
    )


def _contraindication(row: Row) -> Contraindication:
    return Contraindication(**row.head(), description=row.text("description"))


def _flag_meaning(row: Row) -> FlagMeaning:
    return FlagMeaning(
        **row.head(),
        flag=row.text("flag"),
        subject_kind=row.choice("subject_kind", SubjectKind),
        subject=row.text("subject"),
        effect=row.choice("effect", Effect),
    )


def _instruction(row: Row) -> Instruction:
    return Instruction(
        **row.head(),
        instruction=row.text("instruction"),
        audience=row.choice("audience", Audience),
        duration=row.span("duration"),
    )


def _side_effect(row: Row) -> SideEffect:
    return SideEffect(
        **row.head(),
        description=row.text("description"),
        frequency=row.choice("frequency", Frequency),
        duration=row.span("duration"),
    )


def _cocktail_pattern(row: Row) -> CocktailPattern:
    components = row.listed("components")
    if not components:
        raise MissingValue(row.file, row.line, "components is empty")
    return CocktailPattern(
        **row.head(),
        purpose=row.text("purpose"),
        components=components,
        indications=row.listed("indications"),
    )


def _incompatibility(row: Row) -> Incompatibility:
    ingredients = row.listed("ingredients")
    if len(ingredients) < 2:
        raise MissingValue(row.file, row.line, "ingredients names fewer than two")
    return Incompatibility(**row.head(), description=row.text("description"), ingredients=ingredients)


def _beyond_use_rule(row: Row) -> BeyondUseRule:
    return BeyondUseRule(
        **row.head(),
        description=row.text("description"),
        jurisdiction=row.text("jurisdiction"),
        room_minutes=row.whole_number("room_minutes"),
        refrigerated_minutes=row.optional_number("refrigerated_minutes"),
        products_max=row.optional_number("products_max"),
        valid_from=row.text("valid_from"),
    )


def _span_columns(name: str) -> tuple[str, ...]:
    return (f"{name}_from", f"{name}_to", f"{name}_unit")


INSTRUCTION_COLUMNS = ("instruction", "audience", *_span_columns("duration"))
PROTOCOL_COLUMNS = (
    *("purpose", "indications", "sessions_from", "sessions_to"),
    *_span_columns("interval"),
    *_span_columns("maintenance"),
    "maintenance",
)

INGREDIENTS = Table(
    "ingredients.csv",
    ("ingredient_class", "purpose", "scope", "use", "is_allergen"),
    _ingredient,
)
INDICATIONS = Table("indications.csv", ("detail",), _indication)
AREAS = Table("areas.csv", ("detail",), _area)
TECHNIQUES = Table("techniques.csv", ("description", "delivery"), _technique)
DEVICES = Table("devices.csv", ("kind", "description"), _device)
PROTOCOLS = Table("protocols.csv", PROTOCOL_COLUMNS, _protocol)
CONTRAINDICATIONS = Table("contraindications.csv", ("description",), _contraindication)
SUITABILITY_RULES = Table(
    "suitability_rules.csv", ("flag", "subject_kind", "subject", "effect"), _flag_meaning
)
BEFORE_SESSION = Table("before_session.csv", INSTRUCTION_COLUMNS, _instruction)
AFTERCARE = Table("aftercare.csv", INSTRUCTION_COLUMNS, _instruction)
SIDE_EFFECTS = Table(
    "side_effects.csv", ("description", "frequency", *_span_columns("duration")), _side_effect
)
COCKTAIL_PATTERNS = Table(
    "cocktail_patterns.csv", ("purpose", "components", "indications"), _cocktail_pattern
)
INCOMPATIBILITIES = Table("incompatibilities.csv", ("description", "ingredients"), _incompatibility)
BEYOND_USE_RULES = Table(
    "beyond_use_rules.csv",
    ("description", "jurisdiction", "room_minutes", "refrigerated_minutes", "products_max", "valid_from"),
    _beyond_use_rule,
)
