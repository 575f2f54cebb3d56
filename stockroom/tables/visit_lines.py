"""What does each line of a table of sessions say?  Patients by number; no fault repeats it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date, datetime

from stockroom.tables import faults
from stockroom.tables.cells import CellKind, NamedRow
from stockroom.tables.columns import Column, explained
from stockroom.tables.faults import Fault
from stockroom.tables.reader import Reader

_TIME = re.compile(r"([01]?\d|2[0-3])[:.]([0-5]\d)(?::00)?", re.ASCII)
VISIT_COLUMNS: tuple[Column, ...] = (
    Column(
        name="reference",
        says=explained(
            "The session's number in your own software, never a name. By it the session is known again."
        ),
        example="V-2026-0031",
        is_needed=True,
        is_text=True,
    ),
    Column(
        name="patient",
        says=explained("The patient's number in your own software; the patient is registered before."),
        example="P-000417",
        is_needed=True,
        is_text=True,
    ),
    Column(
        name="day",
        says=explained("2027-05-31 or 31.05.2027."),
        example="2027-05-31",
        is_needed=True,
        is_text=True,
    ),
    Column(
        name="time",
        says=explained("On the clinic's wall, as 10:30."),
        example="10:30",
        is_needed=True,
        is_text=True,
    ),
    Column(name="room", says=explained("The room, as it is called in Stockroom; empty leaves it as it is.")),
    Column(
        name="practitioner",
        says=explained("The practitioner, as he or she is called in Stockroom; empty leaves it as it is."),
    ),
    Column(
        name="course",
        says=explained(
            "The number in your own software of its course; a course that is new begins with its first line."
        ),
        is_text=True,
    ),
    Column(
        name="protocol",
        says=explained(
            "The protocol, as it is called in Stockroom: what a new session takes, and what a new course is planned from."
        ),
    ),
    Column(
        name="why sooner",
        says=explained("Why it comes sooner after another of its course than the protocol says."),
    ),
    Column(name="cancelled", says=explained("yes: it does not take place.")),
)


@dataclass(frozen=True, kw_only=True)
class VisitLine:
    """One good line of a table of sessions; rooms and the like by name, or by what Stockroom calls their uid."""

    line: int
    reference: str
    patient: str
    on: date
    at: str
    """The time on the clinic's wall, as 10:30."""
    room: str = ""
    practitioner: str = ""
    course: str = ""
    protocol: str = ""
    reason: str = ""
    is_cancelled: bool = False
    instant: datetime | None = None
    """The instant itself, where whoever sends it knows it; a wall may show a time twice."""


def visit_line(row: NamedRow) -> VisitLine | tuple[Fault, ...]:
    """Give what a line says, or everything that is wrong with it."""
    reader = Reader(row)
    reference = reader.code("reference", needed=True)
    patient = reader.code("patient", needed=True)
    on = reader.day("day", needed=True)
    at = _time(reader, row)
    room, practitioner, protocol = (reader.text(name) for name in ("room", "practitioner", "protocol"))
    course = reader.code("course")
    reason = reader.text("why sooner", longest=500)
    cancelled = reader.flag("cancelled")
    if not reader.is_good or on is None or at is None:
        return tuple(map(_without_patient, reader.faults))
    return VisitLine(
        line=reader.line,
        reference=reference,
        patient=patient,
        on=on,
        at=at,
        room=room,
        practitioner=practitioner,
        course=course,
        protocol=protocol,
        reason=reason,
        is_cancelled=cancelled or False,
    )


def _time(reader: Reader, row: NamedRow) -> str | None:
    cell = row.cell("time")
    if cell.kind is CellKind.EMPTY or not cell.text.strip():
        reader.refuse("time", faults.NEEDED)
        return None
    found = _TIME.fullmatch(cell.text.strip()) if cell.kind in (CellKind.TEXT, CellKind.INSTANT) else None
    if found is None:
        reader.refuse("time", faults.NOT_A_TIME, text=cell.text.strip())
        return None
    return f"{int(found[1]):02}:{found[2]}"


def _without_patient(found: Fault) -> Fault:
    if found.column != "patient" or "text" not in found.facts:
        return found
    return replace(found, facts={**found.facts, "text": "…"})
