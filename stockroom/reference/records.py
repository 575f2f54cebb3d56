"""What is one row of each reference table?

Every record has a slug (its key), a name, the keys of its sources and a note, which says where the
sources differ.  An empty text means that no source says anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from stockroom.vocabulary import Effect, SubjectKind


class Scope(StrEnum):
    """Is the ingredient one substance, or a family of which the sources name no member?"""

    SUBSTANCE = "substance"
    FAMILY = "family"


class IngredientUse(StrEnum):
    """How the ingredient reaches the patient, if it is in use at all."""

    INJECTED = "injected"
    TOPICAL = "topical"
    ORAL = "oral"
    UNDER_RESEARCH = "under_research"


class Delivery(StrEnum):
    """Does the technique pierce the skin with a needle?"""

    NEEDLE = "needle"
    NEEDLELESS = "needleless"


class DeviceKind(StrEnum):
    """What sort of thing the device is for the stock."""

    DEVICE = "device"
    NEEDLE = "needle"
    CONSUMABLE = "consumable"


class Audience(StrEnum):
    """Who follows the instruction."""

    STAFF = "staff"
    PATIENT = "patient"


class Frequency(StrEnum):
    """How often a side effect comes, in the words of the sources."""

    COMMON = "common"
    UNCOMMON = "uncommon"
    RARE = "rare"
    VERY_RARE = "very_rare"
    NOT_STATED = "not_stated"


class Unit(StrEnum):
    """The unit of a span of time."""

    HOURS = "hours"
    DAYS = "days"
    WEEKS = "weeks"
    MONTHS = "months"


@dataclass(frozen=True, kw_only=True)
class Range:
    """From `lowest` to `highest`, both included; `highest` is None when no upper end is stated."""

    lowest: int
    highest: int | None


@dataclass(frozen=True, kw_only=True)
class Span:
    """A time from `lowest` to `highest` units; `highest` is None when no upper end is stated."""

    lowest: int
    highest: int | None
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where facts come from: `key` is the number of a text, or the address of a public page."""

    key: str
    title: str
    kind: str
    note: str


@dataclass(frozen=True, kw_only=True)
class Record:
    """What every reference row has."""

    slug: str
    name: str
    sources: tuple[str, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class Ingredient(Record):
    """An active or an ancillary substance.

    `is_allergen` is True where a source says so.  False means that no source says anything; it
    never means that the ingredient is safe for an allergic patient.
    """

    ingredient_class: str
    purpose: str
    scope: Scope
    use: IngredientUse
    is_allergen: bool


@dataclass(frozen=True, kw_only=True)
class Indication(Record):
    """What a treatment is for."""

    detail: str


@dataclass(frozen=True, kw_only=True)
class Area(Record):
    """A part of the body that is treated."""

    detail: str


@dataclass(frozen=True, kw_only=True)
class Technique(Record):
    """A way to bring the product into the skin."""

    description: str
    delivery: Delivery


@dataclass(frozen=True, kw_only=True)
class Device(Record):
    """A device, needle or other thing that is used in a session."""

    kind: DeviceKind
    description: str


@dataclass(frozen=True, kw_only=True)
class Protocol(Record):
    """A course that a source describes; a range is None when the source gives no numbers.

    `indications` are slugs of indications.  `maintenance_interval` is the time between maintenance
    sessions, `maintenance` what the source says of them.
    """

    purpose: str
    indications: tuple[str, ...]
    sessions: Range | None
    interval: Span | None
    maintenance_interval: Span | None
    maintenance: str


@dataclass(frozen=True, kw_only=True)
class Contraindication(Record):
    """A reason not to treat."""

    description: str


@dataclass(frozen=True, kw_only=True)
class FlagMeaning(Record):
    """What a contraindication means for a class of products, an ingredient or a technique.

    `flag` is the slug of a contraindication, `subject` a regulatory class, a slug, or a class of ingredients.
    """

    flag: str
    subject_kind: SubjectKind
    subject: str
    effect: Effect


@dataclass(frozen=True, kw_only=True)
class Instruction(Record):
    """What to do before or after a session; `duration` is None when no source gives numbers."""

    instruction: str
    audience: Audience
    duration: Span | None


@dataclass(frozen=True, kw_only=True)
class SideEffect(Record):
    """What may follow a session; `duration` is None when no source gives numbers."""

    description: str
    frequency: Frequency
    duration: Span | None


@dataclass(frozen=True, kw_only=True)
class CocktailPattern(Record):
    """Which ingredients a source mixes for a purpose; no amounts, so it is never a recipe.

    `components` are slugs of ingredients, `indications` slugs of indications.
    """

    purpose: str
    components: tuple[str, ...]
    indications: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class BeyondUseRule(Record):
    """How long a mixture may be used by a rule of some jurisdiction, and since when the rule says so.

    Minutes count from the beginning of its preparation; `refrigerated_minutes` is None where it keeps no longer
    in a fridge, `products_max` where the rule sets none.
    """

    description: str
    jurisdiction: str
    room_minutes: int
    refrigerated_minutes: int | None
    products_max: int | None
    valid_from: str


@dataclass(frozen=True, kw_only=True)
class Incompatibility(Record):
    """Ingredients that a source says must not be mixed with one another.

    `ingredients` are slugs, two or more.  A product holds them as an active or as an excipient.
    """

    description: str
    ingredients: tuple[str, ...]
