"""How is the demo loaded?  Day by day under a simulated clock, reproducible from a seed, into an empty database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import ClassVar

import click
from sqlalchemy import select

from stockroom import clock
from stockroom.access.passwords import hash_password
from stockroom.db.store import Store
from stockroom.demo.catalogue import add_catalogue, load_reference_data, set_minimums, write_recipes
from stockroom.demo.counting import count_demo
from stockroom.demo.day import end_day, keeps_day, open_day, read_again
from stockroom.demo.ending import end_in_the_present, receive_what_expires
from stockroom.demo.log_ins import PASSWORD, PIN, LogIn
from stockroom.demo.ordering import is_ordering_day, order_a_week_ago
from stockroom.demo.patients import Patients
from stockroom.demo.people import found_clinics
from stockroom.demo.stockkeeping import (
    DAYS_BETWEEN_DELIVERIES,
    clear_bench,
    look_at_shelves,
    restock,
    top_up,
)
from stockroom.demo.town import House, Town, minutes
from stockroom.demo.troubles import trouble_of
from stockroom.demo.visits import TREATMENTS, Agenda, book, treat, wanted_today
from stockroom.errors import Refused, extracted
from stockroom.models import Clinic
from stockroom.operations.set_pin import SetPin, set_pin
from stockroom.reads.actors import system_actor
from stockroom.rules.permissions import BENCH_ROLES

SEED = 20261
MONTHS = 18
DAYS = 548
SESSIONS_A_DAY = ((3, 5), (2, 3))
"""The fewest and the most sessions of a working day, clinic by clinic."""
SESSIONS_TODAY = 25


@dataclass(eq=False, kw_only=True)
class DatabaseNotEmpty(Refused):
    """There is a clinic in this database; the demo is for an empty one."""

    code: ClassVar[str] = "database_not_empty"
    message: ClassVar[str] = extracted(
        "This database holds {clinic} already. Load the demo into an empty one."
    )
    clinic: str


def load_demo(
    store: Store, *, password_salt: str, now: datetime | None = None, seed: int = SEED, days: int = DAYS
) -> tuple[LogIn, ...]:
    """Load the demo into an empty database and give its log-ins.  Raises DatabaseNotEmpty.

    `days` shortens the history for tests.  Nothing happens later than `now`.
    """
    until = now or clock.now()
    refuse_unless_empty(store)
    with store.reading() as connection:
        system = system_actor(connection, device="demo")
    town = Town(store=store, random=Random(seed), system=system, until=until)
    log_ins = _begin(town, days, password_salt)
    patients = Patients(town)
    agendas = [Agenda() for _ in town.houses]
    with click.progressbar(list(_working_days(town, days)), label="Loading the demo clinic") as progress:
        for day in progress:
            _live_through(town, agendas, patients, day)
    end_in_the_present(town, agendas, patients)
    click.echo(count_demo(store, now=until))
    return log_ins


def refuse_unless_empty(store: Store) -> None:
    """Raise DatabaseNotEmpty when there is a clinic already."""
    with store.reading() as connection:
        there = connection.execute(select(Clinic.name).limit(1)).scalar_one_or_none()
    if there is not None:
        raise DatabaseNotEmpty(clinic=there)


def _begin(town: Town, days: int, password_salt: str) -> tuple[LogIn, ...]:
    at = town.until - timedelta(days=days + 2)
    load_reference_data(town, at)
    hashed = hash_password(PASSWORD, salt=password_salt)
    log_ins = found_clinics(town, begin_on=at.date(), at=at, password_hash=hashed)
    for role in sorted(BENCH_ROLES):
        pin = SetPin(pin_hash=hash_password(PIN, salt=password_salt))
        town.do(set_pin, pin, by=town.houses[0].actors[role.value], at=at)
    add_catalogue(town, at + minutes(1))
    for house in town.houses:
        set_minimums(town, house, at + minutes(2))
    write_recipes(town, town.houses[0], at + minutes(3))
    for house in town.houses:
        restock(town, house, at + minutes(4))
    receive_what_expires(town, town.houses[0], at + minutes(5))
    return log_ins


def _working_days(town: Town, days: int) -> Iterator[date]:
    """The weekdays before today, oldest first."""
    today = town.until.astimezone(town.houses[0].zone).date()
    for ago in range(days, 0, -1):
        day = today - timedelta(days=ago)
        if day.weekday() < 5:
            yield day


def _live_through(town: Town, agendas: list[Agenda], patients: Patients, day: date) -> None:
    for house, agenda, (fewest, most) in zip(town.houses, agendas, SESSIONS_A_DAY, strict=True):
        _fill(town, house, agenda, patients, day, town.random.randint(fewest, most))
    for house, agenda in zip(town.houses, agendas, strict=True):
        if day.toordinal() % DAYS_BETWEEN_DELIVERIES < 3 and day.weekday() == 0:
            restock(town, house, house.at(day, 7, 40))
        look_at_shelves(town, house, day)
        top_up(town, house, wanted_today(town, agenda.on(day)), house.at(day, 7, 50))
        if keeps_day(town, day):
            open_day(town, house, day, house.at(day, 8, 5))
        clear_bench(town, house, house.at(day, 8, 30))
        for booking in agenda.on(day):
            treat(town, house, agenda, booking, booking.planned_at)
        if keeps_day(town, day):
            read_again(town, house, day, house.at(day, 16, 30))
        trouble_of(town, house, day, house.at(day, 17))
        if is_ordering_day(town, house, day):
            order_a_week_ago(town, house, house.at(day, 18))
        if keeps_day(town, day):
            end_day(town, house, day, house.at(day, 18, 5))


def _fill(town: Town, house: House, agenda: Agenda, patients: Patients, day: date, wanted: int) -> None:
    """Book first sessions of new courses in the morning until the day is as full as it should be."""
    weights = [treatment.weight for treatment in TREATMENTS]
    at = house.at(day, 6)
    while len(agenda.on(day)) < wanted:
        treatment = town.random.choices(TREATMENTS, weights)[0]
        patient_uid = patients.for_new_course(house, at)
        at = at + timedelta(seconds=20)
        book(
            town,
            house,
            agenda,
            patient_uid=patient_uid,
            treatment=treatment,
            day=day,
            left_in_course=town.random.randint(2, 5),
            at=at,
        )
