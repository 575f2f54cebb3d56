"""What lies before whoever records a use: the visit, and every thing that the lines may mean?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar

from sqlalchemy import Connection

from stockroom.clock import civil_date
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.usages import UsageOf
from stockroom.reads.asked_things import Asked, choices, lay_out, read_asked, trade_item_of
from stockroom.reads.named import Family, Name
from stockroom.reads.sessions import Visit, visit
from stockroom.reads.things import Asker
from stockroom.rules.authorising import Held, missing_scopes
from stockroom.rules.usability import Thing
from stockroom.rules.using import Taking, UseLine, check_lines, check_unit, may_prescribe

_WORDS = {"technique": Family.TECHNIQUE, "indication": Family.INDICATION}


@dataclass(eq=False, kw_only=True)
class NotAPrescriber(Refused):
    """Whoever is named as prescriber may not prescribe on that day."""

    code: ClassVar[str] = "not_a_prescriber"
    message: ClassVar[str] = extracted(
        "The person named as prescriber is not authorised to prescribe. Name somebody who is."
    )
    prescriber: str


@dataclass(frozen=True, kw_only=True)
class AskedLine:
    """A line with its scan read."""

    line: UseLine
    asked: Asked

    @property
    def serial(self) -> str | None:
        scan = self.asked.scan
        return self.line.serial or (scan.serial if scan is not None else None)


@dataclass(frozen=True, kw_only=True)
class Bench:
    """Everything that a use is decided on, read under the lock."""

    visit: Visit
    lines: tuple[AskedLine, ...]
    things: tuple[Thing, ...]
    chosen: tuple[tuple[Thing, ...], ...]
    """For each line the places where its lot lies, or all things of its product."""


def read_lines(lines: Sequence[UseLine], *, today: date) -> tuple[AskedLine, ...]:
    """Check the lines and read their scans, before any transaction.

    Raises InvalidValue, ScanUnreadable, ScanInDoubt, ScanNamesNothing.
    """
    check_lines(lines)
    return tuple(AskedLine(line=line, asked=read_asked(line.thing, today=today)) for line in lines)


def lay_bench(
    connection: Connection,
    clinic_id: int,
    session_uid: str,
    lines: tuple[AskedLine, ...],
    *,
    only_first: bool = False,
) -> Bench:
    """Load the visit and the things, in two statements (three where a cocktail is among them).

    With `only_first` the one line asks for a product, and only what is taken first of it is laid out.
    Raises ThingNotFound, LotNotNamed, UnitMismatch, and InvalidValue for a word that is not in the reference
    data.
    """
    names = [name for each in lines for name in (*each.asked.names, *_names(each.line))]
    names += [_injector(each.line, session_uid) for each in lines if each.line.technique is not None]
    found = visit(connection, clinic_id, session_uid, names=names)
    _check_words(found, lines)
    asker = Asker(patient_id=found.patient.patient_id, session_id=found.session_id, documents=(session_uid,))
    asked = [each.asked for each in lines]
    laid_out = lay_out(connection, clinic_id, asked, found.found, asker=asker, only_first=only_first)
    chosen = tuple(choices(connection, clinic_id, each, found.found, laid_out) for each in asked)
    for each, things in zip(lines, chosen, strict=True):
        for thing in things[:1]:  # all are of one product
            check_unit(each.line, thing)
    return Bench(visit=found, lines=lines, things=laid_out, chosen=chosen)


def _names(line: UseLine) -> Iterable[Name]:
    for area in line.areas:
        yield Name(family=Family.AREA, text=area.area)
    for field, family in _WORDS.items():
        if (word := getattr(line, field)) is not None:
            yield Name(family=family, text=word)
    if line.practitioner_uid is not None:
        yield Name(family=Family.PERSON, text=line.practitioner_uid)
    if line.prescriber_uid is not None:
        yield Name(family=Family.PERSON, text=line.prescriber_uid)
        yield Name(family=Family.PRESCRIBER, text=line.prescriber_uid)


def _injector(line: UseLine, session_uid: str) -> Name:
    """Under which name the authorisations of whoever injects a line are found."""
    if line.practitioner_uid is None:
        return Name(family=Family.SESSION_INJECTOR, text=session_uid)
    return Name(family=Family.INJECTOR, text=line.practitioner_uid)


def is_injector_authorised(bench: Bench, line: UseLine, at: datetime) -> bool:
    """Whether who injects a line is known to be authorised to its technique on the day of `at`."""
    held = []
    for each in bench.visit.found[_injector(line, bench.visit.uid)]:
        from_on, until_on, scope = each.says.split("/", 2)
        until = date.fromisoformat(until_on) if until_on else None
        held.append(Held(from_on=date.fromisoformat(from_on), until_on=until, scope=scope))
    return not missing_scopes(held, [line.technique or ""], today=civil_date(at, bench.visit.zone))


def _check_words(found: Visit, lines: Iterable[AskedLine]) -> None:
    for n, each in enumerate(lines):
        for name in _names(each.line):
            if found.found[name]:
                continue
            if name.family is Family.PERSON:
                raise InvalidValue(field=f"lines[{n}]", problem=f"nobody here has the id {name.text}")
            if name.family is not Family.PRESCRIBER:
                raise InvalidValue(
                    field=f"lines[{n}].{name.family.value}", problem=f"{name.text[:40]} is not in the list"
                )


def prescribed_lines(bench: Bench, at: datetime) -> frozenset[int]:
    """Give the numbers of the lines that name somebody who may prescribe at `at`."""
    return frozenset(
        n
        for n, each in enumerate(bench.lines)
        if each.line.prescriber_uid is not None and _may_prescribe(bench.visit, each.line.prescriber_uid, at)
    )


def require_prescribers(bench: Bench, at: datetime) -> None:
    """Raise NotAPrescriber when a line names one who may not prescribe at `at`."""
    permitted = prescribed_lines(bench, at)
    for n, each in enumerate(bench.lines):
        if each.line.prescriber_uid is not None and n not in permitted:
            raise NotAPrescriber(prescriber=each.line.prescriber_uid)


def _may_prescribe(found: Visit, uid: str, at: datetime) -> bool:
    periods = found.found[Name(family=Family.PRESCRIBER, text=uid)]
    return may_prescribe((each.says for each in periods), at, found.zone)


def usages_of(bench: Bench, takings: Iterable[Taking]) -> tuple[UsageOf, ...]:
    """Give what is to be written beside the line of each taking."""
    return tuple(_usage_of(bench, each) for each in takings)


def _usage_of(bench: Bench, taking: Taking) -> UsageOf:
    asked, line = bench.lines[taking.n].asked, taking.line
    return UsageOf(
        identified_by=line.identified_by or asked.identified_by,
        technique=line.technique,
        depth_um=line.depth_um,
        indication=line.indication,
        practitioner_id=_person(bench, line.practitioner_uid) or bench.visit.practitioner_id,
        prescriber_id=_person(bench, line.prescriber_uid),
        trade_item_id=trade_item_of(asked, bench.visit.found),
        serial=bench.lines[taking.n].serial,
        raw_scan=line.thing.scan,
        areas=taking.areas,
    )


def _person(bench: Bench, uid: str | None) -> int | None:
    if uid is None:
        return None
    return bench.visit.found[Name(family=Family.PERSON, text=uid)][0].id
