"""What is there in a house, in plain words: products, lots, vials, visits, promises, cocktails, movements?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from stockroom.vocabulary import (
    AllocationState,
    ContainerState,
    ContainerType,
    MovementKind,
    Role,
    Rule,
    SessionState,
)

FOREVER = datetime.max.replace(tzinfo=UTC)
CLOSED = {
    SessionState.FINISHED,
    SessionState.SIGNED,
    SessionState.CANCELLED,
    SessionState.DID_NOT_COME,
}
AD_HOC_MINUTES = 240
"""How long a mixture without a recipe may be used from its beginning."""
EARLIER_LOT_DAYS = 7
"""The clinic's own setting, as a clinic is founded with it."""

CODES = {
    Rule.RECALLED: "lot_recalled",
    Rule.ALLERGY: "patient_allergic",
    Rule.EXPIRED: "lot_expired",
    Rule.BEYOND_USE: "past_beyond_use",
    Rule.HELD: "lot_on_hold",
    Rule.NOT_USABLE_PLACE: "not_in_usable_place",
    Rule.OTHER_PATIENT: "kept_for_other_patient",
    Rule.ALLERGY_NOT_ASKED: "allergies_not_asked",
    Rule.PRODUCT_INCOMPLETE: "product_incomplete",
    Rule.NO_PRESCRIBER: "prescriber_missing",
    Rule.EARLIER_LOT: "earlier_lot_waiting",
}
"""The refusal of each rule, the gravest first."""
GRAVITY = list(CODES)
STOCK_RULES = {Rule.HELD, Rule.NOT_USABLE_PLACE, Rule.EARLIER_LOT}
"""What a manager may override as well as a practitioner; the others are the practitioner's."""


class Refusal(Exception):
    """The act must be refused, with one of these codes."""

    def __init__(self, *codes: str) -> None:
        super().__init__(", ".join(codes))
        self.codes = frozenset(codes)


@dataclass(frozen=True)
class Product:
    content: int = 1
    type: ContainerType = ContainerType.NONE
    is_liquid: bool = True
    is_prescribed: bool = False
    is_confirmed: bool = True
    is_mixture: bool = False
    ingredients: frozenset[str] = frozenset()
    minutes_room: int | None = None
    minutes_cold: int | None = None
    residual: int = 0
    overfill: int = 0

    @property
    def in_one_go(self) -> bool:
        return self.content == 1 or self.type in (ContainerType.SINGLE_DOSE, ContainerType.NONE)

    @property
    def is_shared(self) -> bool:
        return self.type in (ContainerType.MULTI_DOSE, ContainerType.NONE)


@dataclass(frozen=True)
class Patient:
    was_asked: bool
    allergies: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shelf:
    """A place of a clinic; `is_cold` None where nobody has said how cold it is."""

    clinic: str
    is_cold: bool | None
    is_usable: bool = True


@dataclass
class Container:
    clinic: str
    lot: str
    opened_at: datetime
    beyond_use_at: datetime | None
    stands_in: str
    state: ContainerState = ContainerState.OPEN
    patient: str | None = None
    opened_for: str | None = None
    """The session for which it was opened."""
    stood: list[tuple[datetime, str]] = field(default_factory=list)
    """Where it was put, and when."""
    closed_at: datetime | None = None


@dataclass
class Lot:
    clinic: str
    product: str
    number: str
    expires_on: date | None = None
    beyond_use_at: datetime | None = None
    cocktail: str | None = None
    """The preparation that made it."""


@dataclass
class Promise:
    lot: str
    place: str
    quantity: int
    session: str | None = None
    cocktail: str | None = None
    state: AllocationState = AllocationState.ACTIVE


@dataclass
class Hold:
    clinic: str
    lot: str | None
    places: dict[tuple[str, str], datetime]
    """What it covers besides, since when."""
    placed_at: datetime
    released_at: datetime | None = None

    def stands(self, at: datetime | None = None) -> bool:
        """Now, or at an instant."""
        return _stands(self, at)


@dataclass
class Recall:
    product: str
    number: str | None
    placed_at: datetime
    released_at: datetime | None = None

    def stands(self, at: datetime | None = None) -> bool:
        """Now, or at an instant; one that stands now says what was wrong with the goods all along."""
        return self.released_at is None or (at is not None and _stands(self, at))


def _stands(stop: Hold | Recall, at: datetime | None) -> bool:
    if at is None:
        return stop.released_at is None
    return stop.placed_at <= at and (stop.released_at is None or stop.released_at > at)


@dataclass
class Session:
    clinic: str
    patient: str
    planned_at: datetime
    state: SessionState = SessionState.PLANNED


@dataclass
class Ingredient:
    lot: str
    place: str
    quantity: int
    promise: int
    component: int | None
    overridden: frozenset[Rule]
    is_removed: bool = False


@dataclass
class Cocktail:
    clinic: str
    sessions: tuple[str, ...]
    has_recipe: bool
    started_at: datetime
    is_over: bool = False
    lot: str | None = None
    ingredients: list[Ingredient] = field(default_factory=list)

    @property
    def inside(self) -> dict[int, Ingredient]:
        """What is in it by number."""
        return {n: each for n, each in enumerate(self.ingredients, start=1) if not each.is_removed}


@dataclass
class Line:
    lot: str
    source: str
    target: str
    quantity: int
    session: str | None = None
    is_reversed: bool = False


@dataclass
class Movement:
    clinic: str
    kind: MovementKind
    role: Role
    occurred_at: datetime
    lines: list[Line]
    happened_at: datetime
    """Of a reversal: when what it takes back did not happen."""

    @property
    def standing(self) -> list[Line]:
        if self.kind is MovementKind.REVERSE:
            return []
        return [line for line in self.lines if not line.is_reversed]


@dataclass
class Transfer:
    source: str
    target: str
    lot: str
    quantity: int
    place: str
    """Where it was taken from."""
    sent_at: datetime
    has_arrived: bool = False
