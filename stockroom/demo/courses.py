"""Which courses does the demo plan?  From protocols of the source texts, with amounts of its own, weeks ahead."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select

from stockroom.demo.town import House, Town
from stockroom.demo.visits import Booking
from stockroom.models import Protocol
from stockroom.operations.move_course import MoveInCourse, move_in_course
from stockroom.operations.plan_course import AddToCourse, PlanCourse, add_to_course, plan_course
from stockroom.operations.write_protocol import ReviseProtocol, revise_protocol
from stockroom.reference import load
from stockroom.rules.planning import NeedOf
from stockroom.rules.protocols import ProtocolOf, Spacing, UseOf
from stockroom.vocabulary import NeedUse, SpanUnit

_TAKES: dict[str, tuple[tuple[NeedUse, str, int], ...]] = {
    "rejuvenation-short-course": (
        (NeedUse.TREATMENT, "poly-meso", 3000),
        (NeedUse.NEEDLE, "needle-32g-4", 4),
        (NeedUse.ANAESTHETIC, "anaesthetic-cream", 1_000_000),
    ),
    "intensive-therapy": (
        (NeedUse.TREATMENT, "ha-booster", 2000),
        (NeedUse.NEEDLE, "needle-30g-4", 3),
    ),
}
_AREAS = {"rejuvenation-short-course": ("face",), "intensive-therapy": ("face", "neck")}
_COURSES = 8
"""Of patients who are here today."""


def plan_courses(town: Town, house: House, bookings: Sequence[Booking], at: datetime) -> None:
    """Say what a session of two protocols takes, and plan courses from them; one freely, one too soon, one moved."""
    protocols = {slug: _say(town, house, slug, at) for slug in _TAKES}
    today = at.astimezone(house.zone).date()
    patients = list(dict.fromkeys(booking.patient_uid for booking in bookings))[:_COURSES]
    for n, patient_uid in enumerate(patients):
        slug = "rejuvenation-short-course" if n % 3 else "intensive-therapy"
        first = _weekday(today + timedelta(days=7 + n))
        weeks = 5 if n % 3 == 0 else 3
        days = [_weekday(first + timedelta(weeks=weeks * step)) for step in range(3 + n % 2)]
        course = PlanCourse(
            patient_uid=patient_uid,
            planned=tuple(house.at(day, 14, 15 * (n % 4)) for day in days),
            protocol_uid=protocols[slug],
            practitioner_uid=house.person_uids["practitioner"],
            room_uid=house.shelves["Room 1" if n % 2 else "Room 2"].uid,
            external_reference=f"DEMO-COURSE-{n + 1:02d}",
        )
        planned = town.do(plan_course, course, by=house.actors["nurse"], at=at)
        if n == 1:
            _move(town, house, planned.course_uid, planned.session_uids[1], days[1], at)
        if n == 2:
            _come_back(town, house, planned.course_uid, days[-1], at)
    _plan_freely(town, house, patients[0], today, at)


def _say(town: Town, house: House, slug: str, at: datetime) -> str:
    """Write what a session of a protocol takes, and keep what the text says of it."""
    said = next(row for row in load().protocols if row.slug == slug)
    with town.store.reading() as connection:
        row = connection.execute(select(Protocol.uid, Protocol.version).where(Protocol.slug == slug)).one()
    assert said.sessions is not None and said.interval is not None
    pause = said.maintenance_interval
    says = ProtocolOf(
        reason="demo amounts for a protocol of the source texts",
        purpose=said.purpose,
        sources=" ".join(said.sources),
        note=said.note,
        sessions_from=said.sessions.lowest,
        sessions_to=said.sessions.highest,
        interval=Spacing(
            least=said.interval.lowest, most=said.interval.highest, unit=SpanUnit(said.interval.unit.value)
        ),
        maintenance_every=None
        if pause is None
        else Spacing(least=pause.lowest, most=pause.highest, unit=SpanUnit(pause.unit.value)),
        maintenance=said.maintenance,
        areas=_AREAS[slug],
        technique="nappage",
        needs=tuple(
            UseOf(use=use, need=NeedOf(product_uid=town.products[product].uid, quantity=quantity))
            for use, product, quantity in _TAKES[slug]
        ),
    )
    command = ReviseProtocol(protocol_uid=row.uid, version=row.version, name=said.name, says=says)
    town.do(revise_protocol, command, by=house.actors["practitioner"], at=at)
    return str(row.uid)


def _move(town: Town, house: House, course_uid: str, session_uid: str, day: date, at: datetime) -> None:
    """She is away for a week: this session and those after it move by seven days."""
    moved = MoveInCourse(
        course_uid=course_uid,
        version=1,
        session_uid=session_uid,
        planned_at=house.at(day + timedelta(days=7), 15),
        following=True,
    )
    town.do(move_in_course, moved, by=house.actors["nurse"], at=at)


def _come_back(town: Town, house: House, course_uid: str, last: date, at: datetime) -> None:
    """A touch-up sooner than the text says, and why."""
    sooner = AddToCourse(
        course_uid=course_uid,
        version=1,
        planned_at=house.at(_weekday(last + timedelta(days=12)), 14),
        is_maintenance=True,
        practitioner_uid=house.person_uids["practitioner"],
        interval_reason="She marries in that week (invented)",
    )
    town.do(add_to_course, sooner, by=house.actors["nurse"], at=at)


def _plan_freely(town: Town, house: House, patient_uid: str, today: date, at: datetime) -> None:
    days = [_weekday(today + timedelta(days=60 + 30 * n)) for n in range(2)]
    free = PlanCourse(
        patient_uid=patient_uid,
        planned=tuple(house.at(day, 16) for day in days),
        name="Touch-ups",
        needs=(NeedOf(product_uid=town.products["silica"].uid, quantity=5000),),
    )
    town.do(plan_course, free, by=house.actors["nurse"], at=at)


def _weekday(day: date) -> date:
    return day + timedelta(days=(7 - day.weekday()) % 7) if day.weekday() > 4 else day
