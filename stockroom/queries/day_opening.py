"""What does a clinic's day begin with: thermometers, what dies today, what the rooms lack, and the emergency box?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from stockroom.clock import civil_date
from stockroom.ledger.temperatures import (
    KeptPlace,
    Reading,
    kept_places,
    newest_readings,
    undecided_excursions,
)
from stockroom.queries.day_duties import Box, boxes, hours_of
from stockroom.queries.limits_due import DueThing, limits_due
from stockroom.reads.pars import STORES, Lying, Par, pars
from stockroom.rules.day_duties import newest_reading
from stockroom.vocabulary import LocationKind


@dataclass(frozen=True, kw_only=True)
class ToRead:
    """A place whose thermometer is read."""

    place: KeptPlace
    last: Reading | None
    is_due: bool
    """By the hours of the clinic it should have been read, and was not."""
    excursion_uid: str | None


@dataclass(frozen=True, kw_only=True)
class Bring:
    """Presentations that a room lacks, and from where they are brought: what expires first."""

    par: Par
    sources: tuple[tuple[Lying, int], ...]
    """(where they lie, how many are taken there)."""
    short_count: int
    """What the stores lack as well."""


@dataclass(frozen=True, kw_only=True)
class Opening:
    """Everything on the page with which a day begins."""

    today: date
    to_read: tuple[ToRead, ...]
    dying: tuple[DueThing, ...]
    bring: tuple[Bring, ...]
    boxes: tuple[Box, ...]


def opening(connection: Connection, clinic_id: int, *, zone: str, now: datetime) -> Opening:
    """Give what a day begins with; a bounded number of statements, one more for each emergency box."""
    today = civil_date(now, zone)
    places = tuple(each for each in kept_places(connection, clinic_id) if each.closed_at is None)
    hours = hours_of(connection, clinic_id, zone)
    due = newest_reading(hours, now)
    last = newest_readings(connection, clinic_id)
    waiting = {row.location_id: row.uid for row in undecided_excursions(connection, clinic_id)}
    should = pars(connection, clinic_id, now=now, today=today)
    return Opening(
        today=today,
        to_read=tuple(
            ToRead(
                place=each,
                last=last.get(each.id),
                is_due=due is not None
                and each.created_at <= due.begins_at
                and (each.id not in last or last[each.id].read_at <= due.begins_at),
                excursion_uid=waiting.get(each.id),
            )
            for each in places
            if each.watch.is_read
        ),
        dying=tuple(
            each for each in limits_due(connection, clinic_id, now=now, days=0) if not each.is_separated
        ),
        bring=to_bring(should),
        boxes=boxes(connection, clinic_id, places=places, hours=hours, now=now),
    )


def bring_list(connection: Connection, clinic_id: int, *, zone: str, now: datetime) -> tuple[Bring, ...]:
    """Give what is to be brought from the store; two statements."""
    return to_bring(pars(connection, clinic_id, now=now, today=civil_date(now, zone)))


def to_bring(should: Sequence[Par]) -> tuple[Bring, ...]:
    """Say what each room lacks and where it is taken, each presentation in a store once."""
    taken: dict[tuple[str, str], int] = {}
    found = []
    for par in should:
        if par.missing_count and LocationKind(par.place_kind) is LocationKind.ROOM:
            found.append(_brought(par, taken))
    return tuple(found)


def _brought(par: Par, taken: dict[tuple[str, str], int]) -> Bring:
    missing = par.missing_count
    sources = []
    for lying in par.elsewhere:
        spot = (lying.lot_uid, lying.location_uid)
        free = lying.count - taken.get(spot, 0)
        if LocationKind(lying.place_kind) not in STORES or free <= 0 or not missing:
            continue
        count = min(free, missing)
        taken[spot] = taken.get(spot, 0) + count
        missing -= count
        sources.append((lying, count))
    return Bring(par=par, sources=tuple(sources), short_count=missing)
