"""Is this thing usable?

The one rule of what is usable.  `reads/usable.py` holds its SQL form; a property test compares them.
What may be overridden, and by whom, is `rules/overriding.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum

from stockroom.rules.expiry import has_passed, printed_limit, shorten
from stockroom.rules.suitability import FlagRule, PatientFacts, may_contain_something, speaking
from stockroom.vocabulary import (
    PHYSICAL_KINDS,
    PRESCRIBED_CLASSES,
    UNUSABLE_KINDS,
    BaseUnit,
    ContainerState,
    ContainerType,
    Effect,
    HoldReason,
    LocationKind,
    RegulatoryClass,
    Rule,
)


class Purpose(StrEnum):
    """What somebody asks to do with a thing."""

    OPEN = "open"
    COMPOUND = "compound"
    USE = "use"
    ALLOCATE = "allocate"
    DISPATCH = "dispatch"
    """Send to another clinic."""
    MOVE = "move"
    COUNT = "count"
    RETURN = "return"
    DISPOSE = "dispose"
    ADJUST = "adjust"
    REVERSE = "reverse"


IS_JUDGED: dict[Purpose, bool] = {
    Purpose.OPEN: True,
    Purpose.COMPOUND: True,
    Purpose.USE: True,
    Purpose.ALLOCATE: True,
    Purpose.DISPATCH: True,
    Purpose.MOVE: False,
    Purpose.COUNT: False,
    Purpose.RETURN: False,
    Purpose.DISPOSE: False,
    Purpose.ADJUST: False,
    Purpose.REVERSE: False,
}
"""Which purposes L8 judges.  The others are always allowed: a hold goes with the goods."""

_TOWARDS_PATIENT = frozenset({Purpose.OPEN, Purpose.COMPOUND, Purpose.USE, Purpose.ALLOCATE})
_INTO_PATIENT = frozenset({Purpose.COMPOUND, Purpose.USE})
"""Where a caution is asked about: not already when a vial is promised or opened."""
_USABLE_KINDS = PHYSICAL_KINDS - UNUSABLE_KINDS

GRAVITY: tuple[Rule, ...] = (
    Rule.RECALLED,
    Rule.ALLERGY,
    Rule.CONTRAINDICATED,
    Rule.EXPIRED,
    Rule.BEYOND_USE,
    Rule.PUNCTURES_SPENT,
    Rule.HELD,
    Rule.NOT_USABLE_PLACE,
    Rule.OTHER_PATIENT,
    Rule.ALLERGY_NOT_ASKED,
    Rule.INCOMPATIBLE,
    Rule.PRODUCT_INCOMPLETE,
    Rule.NOT_AUTHORISED,
    Rule.NO_PRESCRIBER,
    Rule.CAUTION,
    Rule.EARLIER_LOT,
)
"""The rules that a thing can break, the gravest first: the order in which they are listed."""


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A lot at a place, as the rules see it.

    Fields have no defaults, so that nobody forgets a fact whose absence would look safe.
    """

    lot_id: int
    lot_uid: str
    lot_number: str
    product_id: int
    product_name: str
    base_unit: BaseUnit
    location_id: int
    """The ledger's location: a shelf, or the opened container itself."""
    location_kind: LocationKind
    location_name: str
    standing_kind: LocationKind | None
    """The kind of place where an opened container stands; None for goods at a shelf."""
    container_state: ContainerState | None
    """None for what is sealed or was never in a container."""
    container_code: str | None
    dedicated_patient_id: int | None
    """The only patient whose this is, for single-patient vials and cocktails."""
    quantity: int
    """Base units on hand here."""
    allocated: int
    """Base units promised here, leaving out what is promised to whoever asks."""
    content_quantity: int
    """Base units in one whole presentation; 1 where the product has no container."""
    product_confirmed: bool
    """A permitted role has confirmed container type, in-use life (where it stands, if it is opened), storage
    and ingredients."""
    is_authorised_here: bool
    container_type: ContainerType | None
    regulatory_class: RegulatoryClass | None
    ingredient_ids: frozenset[int]
    """Ingredients and excipients, those of everything mixed in included."""
    classes_within: frozenset[RegulatoryClass]
    """Its regulatory class, and those of everything mixed in."""
    expires_on: date | None
    expires_at: datetime | None
    beyond_use_at: datetime | None
    opened_at: datetime | None
    punctures_left: int | None
    """How often an opened container may still be drawn from; None where its product's rule sets no limit."""
    hold_reasons: tuple[HoldReason, ...]
    is_passed_over: bool
    """Somebody said why it is not taken first, for whoever asks, or that it is not there; False where nobody asked."""

    @property
    def is_opened(self) -> bool:
        """True for what lies in an opened container."""
        return self.container_state is not None

    @property
    def unpromised(self) -> int:
        """Base units on hand here that nobody else was promised."""
        return self.quantity - self.allocated

    def limit(self, zone: str) -> datetime | None:
        """The instant from which this may not be used, printed expiry and beyond-use together."""
        return shorten(printed_limit(self.expires_on, self.expires_at, zone), self.beyond_use_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Caution:
    """What a flag of a patient says against a thing: asked about once in her session."""

    patient_id: int
    says: FlagRule


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One rule that one thing breaks when it is meant for this purpose."""

    rule: Rule
    thing: Thing
    purpose: Purpose
    ingredient_ids: frozenset[int] = frozenset()
    """For ALLERGY: what the patient does not bear.  Shown to the nurse, never journalled (L14)."""
    earlier: Thing | None = None
    """For EARLIER_LOT: what should be taken first."""
    incompatible: tuple[str, ...] = ()
    """For INCOMPATIBLE: what is not mixed, by the names of the reference data."""
    cautions: frozenset[Caution] = frozenset()
    """For CAUTION: what asks for a word.  Medical, and never journalled as such (L14)."""

    def once_more(self, earlier: Broken | None) -> Broken:
        """The same rule broken for another patient too, or by another technique; the first one says the rest."""
        return self if earlier is None else replace(earlier, cautions=earlier.cautions | self.cautions)


@dataclass(frozen=True, kw_only=True)
class Deviation:
    """A rule that an act broke which has already happened, as the record keeps it."""

    rule: Rule
    lot_id: int
    location_id: int


def broken_rules(
    thing: Thing,
    *,
    now: datetime,
    today: date,
    purpose: Purpose,
    patient: PatientFacts | None = None,
    has_prescriber: bool = False,
    earlier: Thing | None = None,
    technique: str | None = None,
) -> tuple[Broken, ...]:
    """List every rule that `thing` breaks if it is taken for `purpose` now, the gravest first.

    `today` is the date at `now` in the clinic's zone.  Without a patient the patient's rules are left
    out, but a thing kept for one patient is then usable for nobody.  `has_prescriber` matters for
    Purpose.USE; `technique` is the one by which it is given, or for which what it is mixed into is meant;
    `earlier` is what `fefo.earlier_choice` found.  A purpose that L8 does not judge breaks nothing.
    """
    if not IS_JUDGED[purpose]:
        return ()
    rules = set(_broken_by_stock(thing, now, today))
    says: tuple[FlagRule, ...] = ()
    if purpose in _TOWARDS_PATIENT:
        rules |= set(_broken_by_product(thing, purpose, has_prescriber))
        rules |= set(_broken_by_patient(thing, patient))
        if patient is not None and patient.flag_rules:
            says = _said_by_flags(thing, patient, today, technique)
            rules |= set(_broken_by_flags(says, purpose))
        if earlier is not None:
            rules.add(Rule.EARLIER_LOT)
    if not rules:
        return ()
    return tuple(_describe(rule, thing, purpose, patient, earlier, says) for rule in GRAVITY if rule in rules)


def is_usable(
    thing: Thing,
    *,
    now: datetime,
    today: date,
    purpose: Purpose = Purpose.ALLOCATE,
    patient: PatientFacts | None = None,
) -> bool:
    """True when nothing stops `thing` from being taken for `purpose`; the prescriber is not asked for.

    A caution stops nothing: it is asked about when the thing is taken.
    """
    return all(
        each.rule is Rule.CAUTION
        for each in broken_rules(
            thing, now=now, today=today, purpose=purpose, patient=patient, has_prescriber=True
        )
    )


def deviations(broken: Iterable[Broken]) -> tuple[Deviation, ...]:
    """Give the broken rules as the record of something that has already happened keeps them.

    Recording is never refused (L8: asking and recording are two acts): this raises nothing.
    """
    return tuple(
        Deviation(rule=each.rule, lot_id=each.thing.lot_id, location_id=each.thing.location_id)
        for each in broken
    )


def _broken_by_stock(thing: Thing, now: datetime, today: date) -> Iterator[Rule]:
    for reason in thing.hold_reasons:
        yield Rule.RECALLED if reason is HoldReason.RECALL else Rule.HELD
    if (thing.expires_on is not None and thing.expires_on < today) or has_passed(thing.expires_at, now):
        yield Rule.EXPIRED
    if has_passed(thing.beyond_use_at, now):
        yield Rule.BEYOND_USE
    if thing.punctures_left is not None and thing.punctures_left <= 0:
        yield Rule.PUNCTURES_SPENT
    if not _lies_usably(thing):
        yield Rule.NOT_USABLE_PLACE


def _lies_usably(thing: Thing) -> bool:
    if thing.location_kind is LocationKind.CONTAINER:
        return thing.container_state is ContainerState.OPEN and thing.standing_kind in _USABLE_KINDS
    return thing.location_kind in _USABLE_KINDS


def _broken_by_product(thing: Thing, purpose: Purpose, has_prescriber: bool) -> Iterator[Rule]:
    if not thing.product_confirmed:
        yield Rule.PRODUCT_INCOMPLETE
    if not thing.is_authorised_here:
        yield Rule.NOT_AUTHORISED
    if purpose is Purpose.USE and thing.regulatory_class in PRESCRIBED_CLASSES and not has_prescriber:
        yield Rule.NO_PRESCRIBER


def _broken_by_patient(thing: Thing, patient: PatientFacts | None) -> Iterator[Rule]:
    owner = thing.dedicated_patient_id
    if owner is not None and (patient is None or patient.patient_id != owner):
        yield Rule.OTHER_PATIENT
    if patient is None:
        return
    if patient.allergy_ingredient_ids & thing.ingredient_ids:
        yield Rule.ALLERGY
    if not patient.allergies_asked and may_contain_something(
        thing.ingredient_ids, is_known=thing.product_confirmed
    ):
        yield Rule.ALLERGY_NOT_ASKED


def _said_by_flags(
    thing: Thing, patient: PatientFacts, today: date, technique: str | None
) -> tuple[FlagRule, ...]:
    return speaking(
        patient.flag_rules,
        ingredient_ids=thing.ingredient_ids,
        regulatory_classes=thing.classes_within,
        technique=technique,
        on=today,
    )


def _broken_by_flags(says: Iterable[FlagRule], purpose: Purpose) -> Iterator[Rule]:
    for each in says:
        if each.effect is Effect.STOP:
            yield Rule.CONTRAINDICATED
        elif purpose in _INTO_PATIENT:
            yield Rule.CAUTION


def _describe(
    rule: Rule,
    thing: Thing,
    purpose: Purpose,
    patient: PatientFacts | None,
    earlier: Thing | None,
    says: tuple[FlagRule, ...],
) -> Broken:
    shared, cautions = frozenset[int](), frozenset[Caution]()
    if rule is Rule.ALLERGY and patient is not None:
        shared = patient.allergy_ingredient_ids & thing.ingredient_ids
    if rule is Rule.CAUTION and patient is not None:
        cautions = frozenset(
            Caution(patient_id=patient.patient_id, says=each)
            for each in says
            if each.effect is not Effect.STOP
        )
    return Broken(
        rule=rule,
        thing=thing,
        purpose=purpose,
        ingredient_ids=shared,
        earlier=earlier if rule is Rule.EARLIER_LOT else None,
        cautions=cautions,
    )
