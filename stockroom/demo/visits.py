"""What happens in a demo session?  Planned within a course, prepared, used, finished, and the next one booked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from stockroom.demo.stockkeeping import draw_from
from stockroom.demo.town import House, Town, minutes
from stockroom.operations.add_ingredient import AddIngredient, add_ingredient
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.finish_preparation import (
    FinishPreparation,
    PreparationFinished,
    finish_preparation,
)
from stockroom.operations.plan_session import NeedOf, PlanSession, plan_session
from stockroom.operations.start_preparation import StartPreparation, start_preparation
from stockroom.operations.use import Use, use
from stockroom.rules.using import AreaUse, ThingName, UseLine
from stockroom.vocabulary import IdentifiedBy, SessionState

_UNREADABLE_EVERY = 25
"""Of the packs on a shelf one in so many has a code that cannot be read, and is entered by hand."""


@dataclass(frozen=True, kw_only=True)
class Treatment:
    """A kind of session: what it takes in one go, from opened vials, and by recipe."""

    slug: str
    weight: int
    technique: str
    indication: str
    areas: tuple[str, ...]
    sealed: tuple[tuple[str, int], ...] = ()
    """Products used straight from the shelf, with base units."""
    drawn: tuple[tuple[str, int], ...] = ()
    """Products drawn from an opened container."""
    recipe: str = ""
    depth_um: int | None = None


TREATMENTS = (
    Treatment(
        slug="booster",
        weight=22,
        technique="point-by-point",
        indication="dehydration",
        areas=("face", "neck"),
        sealed=(("ha-booster", 2000), ("needle-30g-4", 3)),
        depth_um=2000,
    ),
    Treatment(
        slug="revitalise",
        weight=26,
        technique="nappage",
        indication="skin-rejuvenation",
        areas=("face",),
        sealed=(("poly-meso", 3000), ("needle-32g-4", 4)),
        depth_um=1500,
    ),
    Treatment(
        slug="solution",
        weight=14,
        technique="nappage",
        indication="fine-lines-wrinkles",
        areas=("face", "neck"),
        drawn=(("poly-meso-b", 2500),),
        sealed=(("needle-32g-4", 4),),
        depth_um=1500,
    ),
    Treatment(
        slug="needling",
        weight=10,
        technique="microneedling",
        indication="acne-scars",
        areas=("face",),
        drawn=(("pdrn", 2000), ("anaesthetic-cream", 2_000_000)),
        sealed=(("cartridge-12", 1),),
        depth_um=1000,
    ),
    Treatment(
        slug="electroporation",
        weight=7,
        technique="electroporation",
        indication="dullness",
        areas=("face",),
        drawn=(("electro-head", 1),),
        sealed=(("silica", 5000),),
    ),
    Treatment(
        slug="pigment-needling",
        weight=6,
        technique="microneedling",
        indication="hyperpigmentation",
        areas=("face",),
        sealed=(("cartridge-36", 1), ("tranexamic", 5000)),
        depth_um=500,
    ),
    Treatment(
        slug="hydration-cocktail",
        weight=5,
        technique="nappage",
        indication="fine-lines-wrinkles",
        areas=("face", "neck"),
        recipe="hydration",
        sealed=(("needle-30g-4", 4), ("syringe-5", 1)),
        depth_um=1500,
    ),
    Treatment(
        slug="brightening-cocktail",
        weight=4,
        technique="point-by-point",
        indication="hyperpigmentation",
        areas=("face",),
        recipe="brightening",
        sealed=(("needle-30g-4", 4), ("syringe-5", 1)),
        depth_um=1500,
    ),
    Treatment(
        slug="hair-cocktail",
        weight=4,
        technique="point-by-point",
        indication="hair-loss",
        areas=("scalp",),
        recipe="hair",
        sealed=(("needle-30g-13", 3), ("syringe-5", 1)),
        depth_um=2000,
    ),
    Treatment(
        slug="fat-cocktail",
        weight=2,
        technique="intradermal-micro-injection",
        indication="localised-fat",
        areas=("abdomen",),
        recipe="lipo",
        sealed=(("needle-30g-13", 5), ("syringe-5", 1)),
        depth_um=10000,
    ),
)


@dataclass(kw_only=True)
class Booking:
    """A planned session of the demo."""

    session_uid: str
    patient_uid: str
    treatment: Treatment
    left_in_course: int
    planned_at: datetime


@dataclass(kw_only=True)
class Agenda:
    """The bookings of one clinic by day."""

    days: dict[date, list[Booking]] = field(default_factory=dict)

    def on(self, day: date) -> list[Booking]:
        return self.days.setdefault(day, [])


def book(
    town: Town,
    house: House,
    agenda: Agenda,
    *,
    patient_uid: str,
    treatment: Treatment,
    day: date,
    left_in_course: int,
    at: datetime,
) -> None:
    """Plan a session on the next free quarter of an hour of a day, with what it will need."""
    taken = agenda.on(day)
    starts = house.at(day, 9) + minutes(20 * len(taken))
    needs = [
        NeedOf(product_uid=town.products[slug].uid, quantity=quantity)
        for slug, quantity in (*treatment.sealed, *treatment.drawn)
    ]
    plan = PlanSession(
        patient_uid=patient_uid,
        planned_at=starts,
        practitioner_uid=house.person_uids["practitioner"],
        room_uid=house.shelves["Room 1" if len(taken) % 2 == 0 else "Room 2"].uid,
        external_reference=f"DEMO-{starts:%y%m%d}-{len(taken) + 1:02d}",
        needs=tuple(needs),
    )
    planned = town.do(plan_session, plan, by=house.actors["nurse"], at=at)
    taken.append(
        Booking(
            session_uid=planned.session_uid,
            patient_uid=patient_uid,
            treatment=treatment,
            left_in_course=left_in_course,
            planned_at=starts,
        )
    )


def wanted_today(town: Town, bookings: list[Booking]) -> dict[str, int]:
    """The most sealed presentations, by product, that the day's sessions may take or open."""
    wanted: dict[str, int] = {}
    for booking in bookings:
        treatment = booking.treatment
        parts = [*treatment.sealed, *treatment.drawn]
        if treatment.recipe:
            components = town.recipes[treatment.recipe]["components"].split(";")
            parts += [(slug, int(quantity)) for slug, quantity in (part.split(":") for part in components)]
        for slug, quantity in parts:
            wanted[slug] = wanted.get(slug, 0) + -(-quantity // town.products[slug].content)
    return wanted


def treat(town: Town, house: House, agenda: Agenda, booking: Booking, at: datetime) -> None:
    """Carry out one session: prepare, use, finish, book the next of the course."""
    lines = [from_shelf(town, house, booking.treatment, slug, q) for slug, q in booking.treatment.sealed]
    for slug, quantity in booking.treatment.drawn:
        lines.append(_from_vial(town, house, booking.treatment, slug, quantity, at))
    if booking.treatment.recipe:
        lines.append(_cocktail(town, house, booking, at))
    used_at = at + minutes(12)
    command = Use(session_uid=booking.session_uid, lines=tuple(lines))
    town.do(use, command, by=house.actors["nurse"], at=used_at)
    done = AdvanceSession(session_uid=booking.session_uid, to=SessionState.FINISHED)
    town.do(advance_session, done, by=house.actors["nurse"], at=used_at + minutes(5))
    if booking.left_in_course:
        book(
            town,
            house,
            agenda,
            patient_uid=booking.patient_uid,
            treatment=booking.treatment,
            day=_weekday(booking.planned_at.date() + timedelta(days=town.random.choice((21, 21, 28)))),
            left_in_course=booking.left_in_course - 1,
            at=used_at + minutes(6),
        )


def _weekday(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) % 7) if day.weekday() > 4 else day


def _line(treatment: Treatment, house: House, thing: ThingName, quantity: int, **more: Any) -> UseLine:
    return UseLine(
        thing=thing,
        quantity=quantity,
        practitioner_uid=house.person_uids["practitioner"],
        identified_by=_seen(thing),
        **more,
    )


def _seen(thing: ThingName) -> IdentifiedBy:
    """How its code came in: what was opened or mixed here bears our label, everything else is a pack."""
    return IdentifiedBy.SCAN if thing.product_uid is not None else IdentifiedBy.OUR_LABEL


def _clinical(treatment: Treatment, quantity: int) -> dict[str, Any]:
    """Areas with quantity each (the first takes what is left over), technique, depth, indication."""
    share, rest = divmod(quantity, len(treatment.areas))
    return {
        "areas": tuple(
            AreaUse(area=area, quantity=share + (rest if n == 0 else 0))
            for n, area in enumerate(treatment.areas)
            if share or n == 0
        ),
        "technique": treatment.technique,
        "depth_um": treatment.depth_um,
        "indication": treatment.indication,
    }


def from_shelf(town: Town, house: House, treatment: Treatment, slug: str, quantity: int) -> UseLine:
    """The line that takes a sealed product from where it lies."""
    product = town.products[slug]
    house.sealed[slug] -= -(-quantity // product.content)
    clinical = {} if product.row["base_unit"] == "piece" else _clinical(treatment, quantity)
    prescriber = house.person_uids["practitioner"] if product.needs_prescriber else None
    thing = ThingName(product_uid=product.uid)
    line = _line(treatment, house, thing, quantity, prescriber_uid=prescriber, **clinical)
    if house.sealed[slug] % _UNREADABLE_EVERY == 0:
        return replace(line, identified_by=IdentifiedBy.BY_HAND)
    return line


def _from_vial(
    town: Town, house: House, treatment: Treatment, slug: str, quantity: int, at: datetime
) -> UseLine:
    product = town.products[slug]
    vial = draw_from(town, house, product, quantity, at)
    clinical = {} if product.row["base_unit"] == "piece" else _clinical(treatment, quantity)
    prescriber = house.person_uids["practitioner"] if product.needs_prescriber else None
    thing = ThingName(location_uid=vial.uid)
    return _line(treatment, house, thing, quantity, prescriber_uid=prescriber, **clinical)


def _cocktail(town: Town, house: House, booking: Booking, at: datetime) -> UseLine:
    """Make the recipe for this one patient and give the line that uses all of it."""
    made = make_cocktail(town, house, booking, at)
    return _line(
        booking.treatment,
        house,
        ThingName(lot_uid=made.lot_uid),
        made.output_quantity,
        prescriber_uid=house.person_uids["practitioner"],
        **_clinical(booking.treatment, made.output_quantity),
    )


def make_cocktail(town: Town, house: House, booking: Booking, at: datetime) -> PreparationFinished:
    """Make the recipe of a booking in Room 1, checked by the practitioner, in eight minutes."""
    preparation_uid = begin_cocktail(town, house, booking, at)
    finish = FinishPreparation(
        preparation_uid=preparation_uid,
        location_uid=house.shelves["Room 1"].uid,
        checked_by_uid=house.person_uids["practitioner"],
    )
    made: PreparationFinished = town.do(
        finish_preparation, finish, by=house.actors["nurse"], at=at + minutes(8)
    )
    return made


def begin_cocktail(
    town: Town, house: House, booking: Booking, at: datetime, *, ingredients: int | None = None
) -> str:
    """Start the recipe of a booking, put its first `ingredients` in (all of them by default), give its id."""
    nurse, recipe = house.actors["nurse"], town.recipes[booking.treatment.recipe]
    parts = [part.split(":") for part in recipe["components"].split(";")][:ingredients]
    things = [_ingredient(town, house, slug, int(quantity), at) for slug, quantity in parts]
    start = StartPreparation(
        recipe_uid=town.recipe_uids[booking.treatment.recipe], session_uids=(booking.session_uid,)
    )
    started = town.do(start_preparation, start, by=nurse, at=at + minutes(1))
    for n, thing in enumerate(things):
        add = AddIngredient(preparation_uid=started.preparation_uid, thing=thing, identified_by=_seen(thing))
        town.do(add_ingredient, add, by=nurse, at=at + minutes(2 + n))
    return str(started.preparation_uid)


def _ingredient(town: Town, house: House, slug: str, quantity: int, at: datetime) -> ThingName:
    product = town.products[slug]
    if product.is_opened:
        return ThingName(location_uid=draw_from(town, house, product, quantity, at).uid)
    house.sealed[slug] -= 1
    return ThingName(product_uid=product.uid)
