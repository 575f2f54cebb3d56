"""Which sessions of a table are new, which are known and moved, and which of its lines cannot be?  Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time

from stockroom.clock import civil_date
from stockroom.rules.courses import Sooner, Step, Visit, instants, sooner
from stockroom.tables import faults
from stockroom.tables.faults import Fault, fault, in_order
from stockroom.tables.known_catalogue import folded
from stockroom.tables.visit_lines import VisitLine
from stockroom.vocabulary import SessionState

_FELL_OUT = (SessionState.CANCELLED, SessionState.DID_NOT_COME)


@dataclass(frozen=True, kw_only=True)
class KnownProtocol:
    version_id: int
    name: str
    least: Step | None


@dataclass(frozen=True, kw_only=True)
class KnownVisit:
    """A session of the clinic that has a number of the other software, or belongs to a course that has one."""

    id: int
    uid: str
    version: int
    patient_id: int
    state: SessionState
    planned_at: datetime
    practitioner_id: int | None
    room_id: int | None
    course_id: int | None


@dataclass(frozen=True, kw_only=True)
class KnownCourse:
    id: int
    patient_id: int
    has_ended: bool
    least: Step | None
    version_id: int | None
    visits: tuple[KnownVisit, ...]


@dataclass(frozen=True, kw_only=True)
class KnownVisits:
    """What a table of sessions may mean; people and places by folded name and by uid."""

    zone: str
    today: date
    patients: Mapping[str, int] = field(default_factory=dict)
    """By the text of the line: the patient's number elsewhere, or her uid."""
    rooms: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    practitioners: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    protocols: Mapping[str, KnownProtocol] = field(default_factory=dict)
    courses: Mapping[str, KnownCourse] = field(default_factory=dict)
    visits: Mapping[str, KnownVisit] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class VisitToBe:
    """A session as it is to be: a new one, or a known one that differs."""

    line: VisitLine
    known: KnownVisit | None
    patient_id: int
    planned_at: datetime
    practitioner_id: int | None
    room_id: int | None
    protocol: KnownProtocol | None


@dataclass(frozen=True, kw_only=True)
class NewCourse:
    reference: str
    patient_id: int
    protocol: KnownProtocol | None


@dataclass(frozen=True, kw_only=True)
class VisitPlan:
    """What a table would do; nothing while there are faults."""

    added: tuple[VisitToBe, ...]
    changed: tuple[VisitToBe, ...]
    unchanged_count: int
    new_courses: tuple[NewCourse, ...]
    answered: tuple[tuple[str, Sooner, str], ...]
    """Course, what comes too soon (its session by uid, or by the number of a new one), and why."""
    faults: tuple[Fault, ...]


def plan_visits(lines: Iterable[VisitLine], known: KnownVisits) -> VisitPlan:
    """Judge a table of sessions against the clinic's."""
    judge = _Judge(known)
    for line in lines:
        judge.take(line)
    judge.judge_intervals()
    return VisitPlan(
        added=tuple(judge.added),
        changed=tuple(judge.changed),
        unchanged_count=judge.unchanged_count,
        new_courses=tuple(judge.new_courses.values()),
        answered=tuple(judge.answered),
        faults=in_order(judge.faults),
    )


class _Judge:
    def __init__(self, known: KnownVisits) -> None:
        self.known = known
        self.added: list[VisitToBe] = []
        self.changed: list[VisitToBe] = []
        self.unchanged_count = 0
        self.new_courses: dict[str, NewCourse] = {}
        self.answered: list[tuple[str, Sooner, str]] = []
        self.faults: list[Fault] = []
        self._lines: dict[str, int] = {}
        self._seen: dict[str, list[VisitToBe]] = defaultdict(list)
        """By course, what the table says of it."""

    def take(self, line: VisitLine) -> None:
        if line.reference in self._lines:
            self._refuse(line, "reference", faults.SAME_AS_LINE, other=self._lines[line.reference])
            return
        self._lines[line.reference] = line.line
        to_be = self._to_be(line)
        if to_be is None or not self._fits_course(to_be):
            return
        if line.course:
            self._seen[line.course].append(to_be)
        if to_be.known is None:
            self._new(to_be)
        else:
            self._again(to_be, to_be.known)

    def _to_be(self, line: VisitLine) -> VisitToBe | None:
        """What the line means; None, with faults, where it names something that is not there."""
        before = len(self.faults)
        patient_id = self.known.patients.get(line.patient)
        if patient_id is None:
            self._refuse(line, "patient", faults.NOT_KNOWN, thing="patient", text="…")
        room_id = self._one(line, "room", line.room, self.known.rooms)
        practitioner_id = self._one(line, "practitioner", line.practitioner, self.known.practitioners)
        protocol = self.known.protocols.get(folded(line.protocol)) if line.protocol else None
        if line.protocol and protocol is None:
            self._refuse(line, "protocol", faults.NOT_KNOWN, thing="protocol", text=line.protocol)
        if len(self.faults) > before or patient_id is None:
            return None
        known = self.known.visits.get(line.reference)
        at = line.instant or instants([line.on], time.fromisoformat(line.at), zone=self.known.zone)[0]
        return VisitToBe(
            line=line,
            known=known,
            patient_id=patient_id,
            planned_at=at,
            practitioner_id=practitioner_id or (known.practitioner_id if known else None),
            room_id=room_id or (known.room_id if known else None),
            protocol=protocol,
        )

    def _one(
        self, line: VisitLine, column: str, text: str, named: Mapping[str, tuple[int, ...]]
    ) -> int | None:
        if not text:
            return None
        found = named.get(text) or named.get(folded(text), ())
        if len(found) == 1:
            return found[0]
        if found:
            self._refuse(line, column, faults.IN_DOUBT, text=text, other="the uid")
        else:
            self._refuse(line, column, faults.NOT_KNOWN, thing=column, text=text)
        return None

    def _fits_course(self, to_be: VisitToBe) -> bool:
        line = to_be.line
        if not line.course:
            return True
        course = self.known.courses.get(line.course)
        owner = course.patient_id if course else None
        if course is None:
            begun = self.new_courses.setdefault(
                line.course,
                NewCourse(reference=line.course, patient_id=to_be.patient_id, protocol=to_be.protocol),
            )
            owner = begun.patient_id
        elif course.has_ended and to_be.known is None:
            self._refuse(line, "course", faults.COURSE_HAS_ENDED, text=line.course)
            return False
        own = None if to_be.known is None else to_be.known.course_id
        if owner != to_be.patient_id or (own is not None and (course is None or own != course.id)):
            self._refuse(line, "course", faults.COURSE_OF_ANOTHER, text=line.course)
            return False
        return True

    def _new(self, to_be: VisitToBe) -> None:
        if to_be.line.is_cancelled:
            self.unchanged_count += 1
        elif civil_date(to_be.planned_at, self.known.zone) < self.known.today:
            self._refuse(to_be.line, "day", faults.DAY_IS_PAST)
        else:
            self.added.append(to_be)

    def _again(self, to_be: VisitToBe, known: KnownVisit) -> None:
        line = to_be.line
        if known.patient_id != to_be.patient_id:
            self._refuse(line, "patient", faults.SESSION_OF_ANOTHER)
            return
        is_out = known.state in _FELL_OUT
        same = (known.planned_at, known.practitioner_id, known.room_id) == (
            to_be.planned_at, to_be.practitioner_id, to_be.room_id
        )  # fmt: skip
        joins = bool(line.course) and known.course_id is None
        agrees = line.is_cancelled == is_out or (is_out and self._is_over(known))
        if (line.is_cancelled and is_out) or (same and not joins and agrees):
            self.unchanged_count += 1
        elif known.state is not SessionState.PLANNED:
            state = known.state.value.replace("_", " ")
            self._refuse(
                line, "cancelled" if line.is_cancelled else "day", faults.SESSION_IS_NOT_PLANNED, text=state
            )
        elif not line.is_cancelled and self._moves_into_past(to_be, known):
            self._refuse(line, "day", faults.DAY_IS_PAST)
        else:
            self.changed.append(to_be)

    def _is_over(self, known: KnownVisit) -> bool:
        """Whether a session fell out for good, so that an agenda which still has it where it was says nothing else."""
        on = civil_date(known.planned_at, self.known.zone)
        return known.state is SessionState.DID_NOT_COME or on < self.known.today

    def _moves_into_past(self, to_be: VisitToBe, known: KnownVisit) -> bool:
        was_on, is_on = (civil_date(at, self.known.zone) for at in (known.planned_at, to_be.planned_at))
        return was_on != is_on and is_on < self.known.today

    def judge_intervals(self) -> None:
        """What comes sooner after another of its course than the protocol says needs a reason."""
        for reference, said in self._seen.items():
            course, new = self.known.courses.get(reference), self.new_courses.get(reference)
            least = course.least if course else (new.protocol.least if new and new.protocol else None)
            if least is not None:
                self._judge_course(reference, said, course.visits if course else (), least)

    def _judge_course(
        self, reference: str, said: list[VisitToBe], standing: Iterable[KnownVisit], least: Step
    ) -> None:
        lines = {_key(each): each.line for each in said if not each.line.is_cancelled}
        named = {each.known.uid for each in said if each.known is not None}
        visits = [
            Visit(session=_key(each), on=civil_date(each.planned_at, self.known.zone), least=least)
            for each in said
            if not each.line.is_cancelled and (each.known is None or each.known.state not in _FELL_OUT)
        ]
        visits += [
            Visit(session=each.uid, on=civil_date(each.planned_at, self.known.zone), least=least)
            for each in standing
            if each.uid not in named and each.state not in _FELL_OUT
        ]
        asked = [_key(each) for each in (*self.added, *self.changed) if each.line.course == reference]
        for found in sooner(visits, changed=asked):
            line = lines.get(found.session) or next(
                (each.line for each in said if civil_date(each.planned_at, self.known.zone) == found.after),
                said[0].line,
            )
            if line.reason:
                self.answered.append((reference, found, line.reason))
            else:
                self._refuse(
                    line, "day", faults.TOO_SOON, days=found.days, earliest=found.earliest, other=found.after
                )

    def _refuse(self, line: VisitLine, column: str, wrong: faults.Wrong, **facts: object) -> None:
        self.faults.append(fault(line.line, column, wrong, **facts))


def _key(to_be: VisitToBe) -> str:
    return to_be.known.uid if to_be.known is not None else to_be.line.reference
