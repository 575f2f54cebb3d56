"""How is it written down what the thermometers say, and how is a mistake in it put right?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Conflict, InvalidValue, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.temperature_rows import NewReading, write_readings
from stockroom.ledger.temperatures import KeptPlace, Reading, kept_places, newest_readings
from stockroom.models import TemperatureReading
from stockroom.reads.finding import one_by_uid
from stockroom.reads.locations import shelves_by_uid
from stockroom.rules.temperatures import (
    Figures,
    Judgement,
    Limits,
    ReadingSource,
    celsius,
    check_figures,
    judge,
)
from stockroom.vocabulary import Action

READINGS_MAX = 1_000
BACK_MAX = timedelta(hours=72)
"""So far back a reading is written down by hand; a logger's file goes back as far as it likes."""
NOTE_LONGEST = 500


@dataclass(eq=False, kw_only=True)
class ReadMeanwhile(Conflict):
    """Somebody else wrote down other figures for the place since it was shown."""

    code: ClassVar[str] = "read_meanwhile"
    message: ClassVar[str] = extracted(
        "{place} was read by {name} meanwhile: {celsius} °C. Nothing was recorded: compare with the thermometer, "
        "and send it once more if yours is another reading."
    )
    place: str
    name: str
    celsius: str


@dataclass(eq=False, kw_only=True)
class ReadingCorrected(Conflict):
    """The reading was corrected before; its correction can be corrected."""

    code: ClassVar[str] = "reading_corrected"
    message: ClassVar[str] = extracted(
        "This reading was corrected before. Open the newer one and correct that."
    )
    reading_uid: str


@dataclass(frozen=True, kw_only=True)
class ReadingOf:
    """What the thermometer of one place says."""

    location_uid: str
    figures: Figures
    read_at: datetime | None = None
    """When it was looked at; now where nothing is said."""
    looks: bool = False
    """Whoever writes it was shown what was read last, and would be told of anything newer."""
    seen_uid: str | None = None
    """What was shown as the last reading; None: none."""
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class RecordReadings:
    """Readings of one round."""

    readings: tuple[ReadingOf, ...]
    source: ReadingSource = field(default=ReadingSource.BY_HAND)


@dataclass(frozen=True, kw_only=True)
class ReadingsRecorded:
    """The readings by place, what is outside its limits, and what waits for a decision now."""

    reading_uids: tuple[str, ...]
    known_count: int
    """Readings that a colleague wrote down meanwhile with the same figures."""
    out_location_uids: tuple[str, ...]
    excursion_uids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class CorrectReading:
    """Other figures for a reading, or none where it was never read so (of another place, say)."""

    reading_uid: str
    figures: Figures | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReadingPutRight:
    reading_uid: str
    is_out: bool
    excursion_uids: tuple[str, ...]


def record_readings(
    store: Store, command: RecordReadings, *, actor: Actor, key: str, now: datetime
) -> ReadingsRecorded:
    """Write down what thermometers say, in one act.

    Each is judged by the limits of its place as they are now.  The first outside them opens an excursion, and
    somebody is told at once.  What a colleague wrote down meanwhile with the same figures is not written twice.
    Raises InvalidValue, ThingNotFound, NotAShelf, LocationClosed, TemperatureImpossible, ExtremesDisagree,
    ReadMeanwhile.
    """
    return perform(
        store,
        Act(kind="temperature.read", action=Action.RECORD_READING),
        command=command,
        body=lambda work: _record(work, command),
        answer=ReadingsRecorded,
        actor=actor,
        key=key,
        now=now,
    )


def correct_reading(
    store: Store, command: CorrectReading, *, actor: Actor, key: str, now: datetime
) -> ReadingPutRight:
    """Put a reading right by a new row; the old one stays, and no longer counts.

    It keeps its instant and its limits.  An excursion that then was none ends as mistaken, unless goods are held
    for it: those somebody decides about.
    Raises ThingNotFound, ReadingCorrected, InvalidValue, TemperatureImpossible, ExtremesDisagree.
    """
    return perform(
        store,
        Act(kind="temperature.correct", action=Action.RECORD_READING),
        command=command,
        body=lambda work: _correct(work, command),
        answer=ReadingPutRight,
        actor=actor,
        key=key,
        now=now,
    )


def _record(work: Work, command: RecordReadings) -> ReadingsRecorded:
    if not 0 < len(command.readings) <= READINGS_MAX:
        raise InvalidValue(field="readings", problem=f"give 1 to {READINGS_MAX}")
    shelves_by_uid(work.connection, work.clinic_id, [each.location_uid for each in command.readings])
    places = {each.uid: each for each in kept_places(work.connection, work.clinic_id)}
    last = newest_readings(work.connection, work.clinic_id)
    new: list[NewReading] = []
    for each in command.readings:
        place = places[each.location_uid]
        reading = _judged(work, each, place, command.source)
        if not _is_known(each, place, last.get(place.id)):
            new.append(reading)
    written = write_readings(work, new) if new else None
    out = tuple(dict.fromkeys(each.location_uid for each in new if each.is_out))
    known = len(command.readings) - len(new)
    work.payload.update(source=command.source, known=known, out=list(out))
    return ReadingsRecorded(
        reading_uids=() if written is None else written.uids,
        known_count=known,
        out_location_uids=out,
        excursion_uids=() if written is None else written.excursion_uids,
    )


def _judged(work: Work, each: ReadingOf, place: KeptPlace, source: ReadingSource) -> NewReading:
    check_figures(each.figures, place=place.name)
    read_at = each.read_at or work.now
    if not work.now - BACK_MAX <= read_at <= work.now:
        raise InvalidValue(
            field="read_at",
            problem=f"within the last {BACK_MAX // timedelta(hours=1)} hours, and not later than now",
        )
    return NewReading(
        location_id=place.id,
        location_uid=place.uid,
        read_at=read_at,
        figures=each.figures,
        limits=place.watch.limits,
        source=source,
        note=_note(each.note, field="note"),
    )


def _is_known(each: ReadingOf, place: KeptPlace, last: Reading | None) -> bool:
    """True when a colleague wrote it down meanwhile with the same figures.  Raises ReadMeanwhile for others."""
    if not each.looks or last is None or last.uid == each.seen_uid:
        return False
    if last.figures == each.figures:
        return True
    raise ReadMeanwhile(place=place.name, name=last.recorded_by, celsius=celsius(last.figures.now_tenths))


def _correct(work: Work, command: CorrectReading) -> ReadingPutRight:
    old = one_by_uid(
        work.connection, TemperatureReading, command.reading_uid, thing="reading", clinic_id=work.clinic_id
    )
    places = {each.id: each for each in kept_places(work.connection, work.clinic_id)}
    place = places[old.location_id]
    later = select(TemperatureReading.id).where(
        TemperatureReading.clinic_id == work.clinic_id, TemperatureReading.corrects_id == old.id
    )
    if old.now_tenths is None or work.connection.execute(later).first() is not None:
        raise ReadingCorrected(reading_uid=command.reading_uid)
    if not command.reason.strip():
        raise InvalidValue(field="reason", problem="a correction says why")
    if command.figures is not None:
        check_figures(command.figures, place=place.name)
    limits = None
    if old.limit_lowest_tenths is not None:
        limits = Limits(lowest_tenths=old.limit_lowest_tenths, highest_tenths=old.limit_highest_tenths)
    new = NewReading(
        location_id=place.id,
        location_uid=place.uid,
        read_at=old.read_at,
        figures=command.figures,
        limits=limits,
        source=ReadingSource(old.source),
        note=_note(command.reason, field="reason"),
        corrects_id=old.id,
    )
    written = write_readings(work, [new])
    is_out = command.figures is not None and judge(command.figures, limits) is Judgement.OUT
    work.payload.update(corrects=command.reading_uid, reading=written.uids[0])
    return ReadingPutRight(reading_uid=written.uids[0], is_out=is_out, excursion_uids=written.excursion_uids)


def _note(text: str, *, field: str) -> str:
    said = text.strip()
    if len(said) > NOTE_LONGEST:
        raise InvalidValue(field=field, problem=f"at most {NOTE_LONGEST} characters")
    return said
