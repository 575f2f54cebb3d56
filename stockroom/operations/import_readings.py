"""How does a data logger's file get into the log of a place?  Whole or not at all, and the same file twice once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.temperature_rows import NewReading, write_readings
from stockroom.ledger.temperatures import kept_places
from stockroom.models import Location, TemperatureReading
from stockroom.reads.finding import one_by_uid
from stockroom.reads.locations import NotAShelf
from stockroom.rules.temperatures import Figures, ReadingSource, celsius
from stockroom.tables import faults
from stockroom.tables.faults import fault
from stockroom.tables.kinds import refuse_faults
from stockroom.tables.logger_lines import ROWS_MAX, LoggerLine
from stockroom.vocabulary import SHELF_KINDS, Action

COLUMN = "temperature"


@dataclass(frozen=True, kw_only=True)
class ImportReadings:
    """The good lines of a logger's file, as `tables.logger_lines.read_logger_file` gives them."""

    location_uid: str
    lines: tuple[LoggerLine, ...]


@dataclass(frozen=True, kw_only=True)
class ReadingsImported:
    added: int
    unchanged: int
    """Lines that were in the log already."""
    out_count: int
    excursion_uids: tuple[str, ...]


def import_readings(
    store: Store, command: ImportReadings, *, actor: Actor, key: str, now: datetime
) -> ReadingsImported:
    """Bring the file of a logger into the log of a place, judged by the limits of the place as they are now.

    A place that was closed meanwhile still takes what its logger wrote.  Readings outside the limits, of a time about
    which nobody has decided yet, open an excursion from the earliest of them on.
    Raises ThingNotFound, NotAShelf, InvalidValue, TableHasFaults for a line that contradicts the log.
    """
    return perform(
        store,
        Act(kind="temperature.import", action=Action.RECORD_READING),
        command=command,
        body=lambda work: _import(work, command),
        answer=ReadingsImported,
        actor=actor,
        key=key,
        now=now,
    )


def _import(work: Work, command: ImportReadings) -> ReadingsImported:
    if not 0 < len(command.lines) <= ROWS_MAX:
        raise InvalidValue(field="lines", problem=f"give 1 to {ROWS_MAX}")
    row = one_by_uid(work.connection, Location, command.location_uid, thing="place", clinic_id=work.clinic_id)
    if row.kind not in SHELF_KINDS:
        raise NotAShelf(place=row.name, kind=row.kind)
    if max(each.read_at for each in command.lines) > work.now:
        raise InvalidValue(field="lines", problem="a logger writes nothing later than now")
    place = next(each for each in kept_places(work.connection, work.clinic_id) if each.id == row.id)
    known = _known(work, place.id, command.lines)
    refuse_faults([_contradicted(each, known) for each in command.lines if _contradicts(each, known)])
    new = [
        NewReading(
            location_id=place.id,
            location_uid=place.uid,
            read_at=each.read_at,
            figures=Figures(now_tenths=each.tenths),
            limits=place.watch.limits,
            source=ReadingSource.LOGGER,
        )
        for each in command.lines
        if each.read_at not in known
    ]
    written = write_readings(work, new) if new else None
    out = sum(each.is_out for each in new)
    work.payload.update(location=place.uid, added=len(new), unchanged=len(command.lines) - len(new), out=out)
    return ReadingsImported(
        added=len(new),
        unchanged=len(command.lines) - len(new),
        out_count=out,
        excursion_uids=() if written is None else written.excursion_uids,
    )


def _known(work: Work, location_id: int, lines: tuple[LoggerLine, ...]) -> dict[datetime, int | None]:
    """What the logger of this place wrote within the time of the file."""
    rows = work.connection.execute(
        select(TemperatureReading.read_at, TemperatureReading.now_tenths).where(
            TemperatureReading.clinic_id == work.clinic_id,
            TemperatureReading.location_id == location_id,
            TemperatureReading.source == ReadingSource.LOGGER,
            TemperatureReading.corrects_id.is_(None),
            TemperatureReading.read_at >= min(each.read_at for each in lines),
            TemperatureReading.read_at <= max(each.read_at for each in lines),
        )
    )
    return {row.read_at: row.now_tenths for row in rows}


def _contradicts(line: LoggerLine, known: dict[datetime, int | None]) -> bool:
    return line.read_at in known and known[line.read_at] != line.tenths


def _contradicted(line: LoggerLine, known: dict[datetime, int | None]) -> faults.Fault:
    before = known[line.read_at]
    return fault(
        line.line,
        COLUMN,
        faults.CONTRADICTS_BOOKS,
        text=celsius(line.tenths),
        known="–" if before is None else celsius(before),
    )
