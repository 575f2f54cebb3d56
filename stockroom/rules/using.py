"""What does a use take from where, and which rules does it break?  Pure; shared by asking and recording."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from stockroom.clock import civil_date
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.rules import fefo
from stockroom.rules.posting import Line
from stockroom.rules.suitability import PatientFacts
from stockroom.rules.usability import Broken, Purpose, Thing, broken_rules, is_usable
from stockroom.units import QUANTITY_MAX, UnitMismatch, base_unit_of, usual_unit
from stockroom.vocabulary import PRESCRIBED_CLASSES, UNUSABLE_KINDS, ContainerType, IdentifiedBy

LINES_MAX = 50
"""Things used in one act: more than anybody lays out for one patient."""


@dataclass(eq=False, kw_only=True)
class OpenItFirst(Refused):
    """Part of a presentation that several draws may share is taken from an opened container only."""

    code: ClassVar[str] = "open_it_first"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} is still sealed. Open it, label it, and use it from there."
    )
    lot_uid: str
    lot_number: str
    product: str


@dataclass(frozen=True, kw_only=True)
class ThingName:
    """How somebody points at a thing: a scan, a lot, a place, or a product of which we pick.

    `scan` is the raw text.  `location_uid` alone names an opened container; beside a lot or a scan it
    says where that lot lies.  `product_uid` stands alone: "pick for me".
    """

    scan: str | None = None
    lot_uid: str | None = None
    location_uid: str | None = None
    product_uid: str | None = None


@dataclass(frozen=True, kw_only=True)
class AreaUse:
    """How much went into one body area."""

    area: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class UseLine:
    """One thing that a patient gets."""

    thing: ThingName
    quantity: int
    """Base units into or onto the patient."""
    areas: tuple[AreaUse, ...] = ()
    technique: str | None = None
    depth_um: int | None = None
    indication: str | None = None
    practitioner_uid: str | None = None
    """Who injected it; the session's practitioner when None."""
    prescriber_uid: str | None = None
    identified_by: IdentifiedBy | None = None
    """By the scan's scheme when None: our label, a scan, else by hand."""
    serial: str | None = None
    """The unit's own number; the scan's when None."""
    unit: str | None = None
    """In which the quantity was said, by whoever did not know what the thing is counted in."""


@dataclass(frozen=True, kw_only=True)
class Taking:
    """What one line takes from one thing."""

    n: int
    """The line's place in the command, from 0."""
    line: UseLine
    thing: Thing
    quantity: int
    areas: tuple[AreaUse, ...]
    remainder: int = 0
    """What is left of whole presentations used in one go, and thrown away."""
    overfill: int = 0
    """What was in the vial beyond its label, booked before it is drawn."""

    @property
    def from_books(self) -> int:
        """What leaves the book content of the place."""
        return self.quantity + self.remainder - self.overfill


def check_lines(lines: Sequence[UseLine]) -> None:
    """Refuse lines that say something impossible.  Raises InvalidValue, naming the field."""
    if not 0 < len(lines) <= LINES_MAX:
        raise InvalidValue(field="lines", problem=f"give 1 to {LINES_MAX} things that were used")
    for n, line in enumerate(lines):
        at = f"lines[{n}]"
        check_name(line.thing, f"{at}.thing")
        if not 0 < line.quantity <= QUANTITY_MAX:
            raise InvalidValue(field=f"{at}.quantity", problem="more than zero base units")
        if line.depth_um is not None and line.depth_um <= 0:
            raise InvalidValue(field=f"{at}.depth_um", problem="more than zero micrometres")
        if len({each.area for each in line.areas}) != len(line.areas):
            raise InvalidValue(field=f"{at}.areas", problem="name each area once, with all that went into it")
        if any(each.quantity <= 0 for each in line.areas):
            raise InvalidValue(field=f"{at}.areas", problem="more than zero into each area")
        if sum(each.quantity for each in line.areas) > line.quantity:
            raise InvalidValue(field=f"{at}.areas", problem="the areas got more than was used")


def check_name(name: ThingName, field: str) -> None:
    """Raise InvalidValue unless the name points in exactly one way."""
    ways = [name.scan is not None, name.lot_uid is not None, name.product_uid is not None]
    place_alone = name.location_uid is not None and not any(ways)
    if sum(ways) + place_alone != 1 or (name.product_uid is not None and name.location_uid is not None):
        raise InvalidValue(field=field, problem="name it by a scan, a lot, an opened container or a product")


def check_unit(line: UseLine, thing: Thing) -> None:
    """Raise UnitMismatch when a line was said in a unit of something else than its thing is counted in."""
    if line.unit is not None and base_unit_of(line.unit) is not thing.base_unit:
        raise UnitMismatch(unit=line.unit, expected=usual_unit(thing.base_unit))


def is_used_in_one_go(thing: Thing) -> bool:
    """True for what needs no opened container: a single dose, a piece, a cocktail.

    A container type that nobody knows is treated as a single dose, so that nothing of it is kept.
    """
    one_go = (ContainerType.SINGLE_DOSE, ContainerType.NONE, None)
    return thing.content_quantity == 1 or thing.container_type in one_go


def after_draws(things: Iterable[Thing], places: Iterable[int]) -> tuple[Thing, ...]:
    """Give the things as they are once the containers at these places were drawn from, each as often as named.

    Several draws of one act are that many punctures, and the rules judge each after those before it.
    """
    times = Counter(places)
    return tuple(
        each
        if each.punctures_left is None
        else replace(each, punctures_left=each.punctures_left - times[each.location_id])
        for each in things
    )


def take(
    wanted: Iterable[tuple[int, UseLine, Thing, int]], overfill_left: Mapping[int, int]
) -> tuple[Taking, ...]:
    """Say what each (number, line, thing, quantity) takes; several may take from one thing.

    `overfill_left` gives by location what may still be drawn there beyond the book content.
    Raises OpenItFirst for part of a sealed presentation that is not used in one go.
    """
    left: dict[tuple[int, int], int] = {}
    slack = dict(overfill_left)
    takings: list[Taking] = []
    spread = _AreaSpread()
    for n, line, thing, quantity in wanted:
        key = (thing.lot_id, thing.location_id)
        here = left.get(key, thing.quantity)
        beyond = min(max(0, quantity - here), slack.get(thing.location_id, 0)) if thing.is_opened else 0
        slack[thing.location_id] = slack.get(thing.location_id, 0) - beyond
        taking = Taking(
            n=n,
            line=line,
            thing=thing,
            quantity=quantity,
            areas=spread.next(n, line, quantity),
            remainder=_remainder(thing, quantity),
            overfill=beyond,
        )
        left[key] = here - taking.from_books
        takings.append(taking)
    return tuple(takings)


def drawn_beyond(wanted: Iterable[tuple[int, UseLine, Thing, int]]) -> tuple[Thing, ...]:
    """Give the opened containers of which all lines together want more than the books have there."""
    opened = [(thing, quantity) for _, _, thing, quantity in wanted if thing.is_opened]
    totals: dict[int, int] = {}
    for thing, quantity in opened:
        totals[thing.location_id] = totals.get(thing.location_id, 0) + quantity
    return tuple(thing for thing, _ in opened if totals[thing.location_id] > thing.quantity)


def _remainder(thing: Thing, quantity: int) -> int:
    if thing.is_opened or quantity % thing.content_quantity == 0:
        return 0
    if not is_used_in_one_go(thing):
        raise OpenItFirst(lot_uid=thing.lot_uid, lot_number=thing.lot_number, product=thing.product_name)
    return -quantity % thing.content_quantity


class _AreaSpread:
    """Spreads a line's areas over the things from which the line was picked, in order."""

    def __init__(self) -> None:
        self._left: dict[int, list[AreaUse]] = {}

    def next(self, n: int, line: UseLine, quantity: int) -> tuple[AreaUse, ...]:
        left = self._left.setdefault(n, list(line.areas))
        given: list[AreaUse] = []
        while left and quantity > 0:
            part = min(left[0].quantity, quantity)
            given.append(replace(left[0], quantity=part))
            quantity -= part
            left[0] = replace(left[0], quantity=left[0].quantity - part)
            if left[0].quantity == 0:
                left.pop(0)
        return tuple(given)


def draft_lines(
    takings: Iterable[Taking], *, session_id: int, patient_id: int, disposal_id: int, adjustment_id: int
) -> tuple[tuple[Line, ...], tuple[int, ...]]:
    """Give the lines of the movement, and for each taking the index of its line to the patient.

    `patient_id`, `disposal_id` and `adjustment_id` are the clinic's accounts.
    """
    lines: list[Line] = []
    to_patient: list[int] = []
    for each in takings:
        lot_id, place_id = each.thing.lot_id, each.thing.location_id
        if each.overfill:
            lines.append(Line(lot_id=lot_id, from_id=adjustment_id, to_id=place_id, quantity=each.overfill))
        to_patient.append(len(lines))
        lines.append(
            Line(
                lot_id=lot_id,
                from_id=place_id,
                to_id=patient_id,
                quantity=each.quantity,
                session_id=session_id,
            )
        )
        if each.remainder:
            lines.append(Line(lot_id=lot_id, from_id=place_id, to_id=disposal_id, quantity=each.remainder))
    return tuple(lines), tuple(to_patient)


def broken_by(
    takings: Iterable[Taking],
    things: Sequence[Thing],
    *,
    now: datetime,
    zone: str,
    patient: PatientFacts,
    prescribed: frozenset[int],
    earlier_lot_days: int | None,
    answered: frozenset[str] = frozenset(),
) -> tuple[Broken, ...]:
    """List every rule that the takings break at `now`, each once for each lot at a place.

    `answered` holds the lots of which it was said why they are not taken first.
    `prescribed` holds the numbers of the lines that name somebody who may prescribe.  With
    `earlier_lot_days` None nobody is asked why an earlier lot was left (it has happened already).
    """
    today = civil_date(now, zone)
    unanswered = [each for each in things if each.lot_uid not in answered] if answered else things
    broken: dict[tuple[str, int, int], Broken] = {}
    for each in takings:
        earlier = None
        if earlier_lot_days is not None and each.line.thing.product_uid is None:
            earlier = fefo.earlier_choice(
                each.thing,
                unanswered,
                now=now,
                zone=zone,
                purpose=Purpose.USE,
                patient=patient,
                days=earlier_lot_days,
            )
        for one in broken_rules(
            each.thing,
            now=now,
            today=today,
            purpose=Purpose.USE,
            patient=patient,
            has_prescriber=each.n in prescribed,
            earlier=earlier,
            technique=each.line.technique,
        ):
            place = (one.rule.value, each.thing.lot_id, each.thing.location_id)
            broken[place] = one.once_more(broken.get(place))
    return tuple(broken.values())


def needs_prescriber(thing: Thing) -> bool:
    """True when the regulatory class of the thing is used on a prescription."""
    return thing.regulatory_class in PRESCRIBED_CLASSES


def may_prescribe(periods: Iterable[str], at: datetime, zone: str) -> bool:
    """True when one of the periods ("2020-01-01/" or "2020-01-01/2024-12-31") holds the civil day of `at`."""
    today = civil_date(at, zone).isoformat()
    for period in periods:
        from_on, _, until_on = period.partition("/")
        if from_on <= today and (not until_on or today <= until_on):
            return True
    return False


def is_dedicated_on_use(thing: Thing) -> bool:
    """True for an opened container that serves one patient only, once it has served her."""
    return thing.is_opened and thing.container_type in (ContainerType.SINGLE_DOSE, None)


def is_remainder_of_session(thing: Thing, patient_id: int) -> bool:
    """True for what is nobody's once the session of this patient, for which it was opened or made, is over.

    A vial that serves one patient only, or a cocktail; not what is held or put aside (that is worked
    elsewhere), what somebody else was promised, nor a vial that came to serve another patient.
    """
    if thing.hold_reasons or thing.allocated:
        return False
    lies_in = thing.standing_kind if thing.is_opened else thing.location_kind
    if lies_in in UNUSABLE_KINDS:
        return False
    if not thing.is_opened:
        return True
    return is_dedicated_on_use(thing) and thing.dedicated_patient_id in (None, patient_id)


def choose(
    things: Sequence[Thing], quantity: int, *, now: datetime, zone: str, patient: PatientFacts
) -> Thing:
    """Say at which of the places of one lot `quantity` was pointed at: usable, enough, not missing, opened first.

    `things` is not empty.  Where none is usable, or none has enough, the first in order is judged.
    """
    today = civil_date(now, zone)

    def rank(thing: Thing) -> tuple[bool, bool, bool]:
        usable = is_usable(thing, now=now, today=today, purpose=Purpose.USE, patient=patient)
        return (not usable, thing.quantity < quantity, thing.is_passed_over)

    return min(fefo.in_order(things, zone=zone), key=rank)
