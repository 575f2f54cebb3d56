"""How does another software's agenda come in?  Sessions known again by their number there, whole or not at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import update

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger import course_rows
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.allocations import release_of_session
from stockroom.ledger.session_rows import NewSession, SessionMade, add_sessions, change_session
from stockroom.models import Course
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.course_pace import session_ids
from stockroom.reads.courses import version_needs
from stockroom.reads.known_visits import known_visits
from stockroom.reads.new_sessions import look_up
from stockroom.rules.planning import NeedOf, Seat
from stockroom.tables.kinds import refuse_faults
from stockroom.tables.reading import Tell, silent
from stockroom.tables.visit_lines import VisitLine
from stockroom.tables.visit_plan import KnownVisits, VisitPlan, VisitToBe, plan_visits
from stockroom.vocabulary import Action, SessionState


@dataclass(frozen=True, kw_only=True)
class MatchSessions:
    """The good lines of a table of sessions, as `tables.kinds.read_file` gives them."""

    lines: tuple[VisitLine, ...]


@dataclass(frozen=True, kw_only=True)
class SessionsMatched:
    """How many were planned, changed, and as they were.  Nothing personal (L14)."""

    added: int
    changed: int
    unchanged: int


def match_sessions(
    store: Store,
    command: MatchSessions,
    *,
    actor: Actor,
    key: str,
    now: datetime,
    tell: Tell = silent,
) -> SessionsMatched:
    """Bring the clinic's planned sessions to what another software says; the same a second time changes nothing.

    A session is known again by its number there, a course by its own, a patient by hers.  What is new is planned with
    the needs of its protocol; what is known and still planned moves or is cancelled, and what was kept for it is given
    back when it leaves its day.  What has begun is never changed.  Raises TableHasFaults.
    """
    return perform(
        store,
        Act(kind="session.match", action=Action.PLAN_SESSION),
        command=tuple(
            replace(each, patient=store.keyring.blind_index("reference", each.patient))
            for each in command.lines
        ),
        body=lambda work: _match(work, command, tell),
        answer=SessionsMatched,
        actor=actor,
        key=key,
        now=now,
    )


def _match(work: Work, command: MatchSessions, tell: Tell) -> SessionsMatched:
    zone = clinic_settings(work.connection, work.clinic_id).time_zone
    known = known_visits(
        work.connection,
        work.store.keyring,
        work.clinic_id,
        command.lines,
        today=civil_date(work.now, zone),
    )
    plan = plan_visits(command.lines, known)
    refuse_faults(plan.faults)
    courses = {reference: each.id for reference, each in known.courses.items()}
    courses |= _begin_courses(work, plan)
    made = _add(work, plan, known)
    tell(1, 2)
    moved = [_change(work, each, zone) for each in plan.changed]
    _join(work, plan, courses, made)
    _answer(work, plan, courses, made)
    _count_versions(work, plan, known)
    work.payload.update(
        added=[each.uid for each in made],
        changed=[each.known.uid for each in plan.changed if each.known],
        released=[uid for each in moved for uid in each],
        courses=len(plan.new_courses),
        unchanged=plan.unchanged_count,
    )
    return SessionsMatched(added=len(made), changed=len(plan.changed), unchanged=plan.unchanged_count)


def _begin_courses(work: Work, plan: VisitPlan) -> dict[str, int]:
    return {
        each.reference: course_rows.insert_course(
            work,
            patient_id=each.patient_id,
            version_id=each.protocol.version_id if each.protocol else None,
            name=each.protocol.name if each.protocol else each.reference,
            external_reference=each.reference,
        ).id
        for each in plan.new_courses
    }


def _add(work: Work, plan: VisitPlan, known: KnownVisits) -> tuple[SessionMade, ...]:
    """Plan what is new, each with what its protocol takes, or that of its course."""
    needs: dict[int, tuple[NeedOf, ...]] = {}
    new = []
    for each in plan.added:
        course = known.courses.get(each.line.course)
        version_id = each.protocol.version_id if each.protocol else (course.version_id if course else None)
        if version_id is not None and version_id not in needs:
            needs[version_id] = version_needs(work.connection, version_id)
        new.append(
            NewSession(
                patient_id=each.patient_id,
                planned_at=each.planned_at,
                seat=Seat(practitioner_id=each.practitioner_id, room_id=each.room_id),
                needs=needs.get(version_id or 0, ()),
                external_reference=each.line.reference,
            )
        )
    return add_sessions(work, new, look_up(work.connection, work.clinic_id, new)) if new else ()


def _change(work: Work, to_be: VisitToBe, zone: str) -> tuple[str, ...]:
    """Move or cancel a known session; what was kept for it and is given back."""
    was = to_be.known
    assert was is not None
    if to_be.line.is_cancelled:
        released = release_of_session(work, was.id)
        change_session(work, was.id, was.version, state=SessionState.CANCELLED)
        return released
    leaves = civil_date(was.planned_at, zone) != civil_date(to_be.planned_at, zone)
    released = release_of_session(work, was.id) if leaves else ()
    change_session(
        work,
        was.id,
        was.version,
        planned_at=to_be.planned_at,
        practitioner_id=to_be.practitioner_id,
        room_id=to_be.room_id,
    )
    return released


def _join(work: Work, plan: VisitPlan, courses: dict[str, int], made: Sequence[SessionMade]) -> None:
    joining: dict[int, dict[int, bool]] = defaultdict(dict)
    for each, one in zip(plan.added, made, strict=True):
        if each.line.course:
            joining[courses[each.line.course]][one.id] = False
    for each in plan.changed:
        if each.line.course and each.known is not None and each.known.course_id is None:
            joining[courses[each.line.course]][each.known.id] = False
    for course_id, sessions in joining.items():
        course_rows.join_course(work, course_id, sessions)


def _answer(work: Work, plan: VisitPlan, courses: dict[str, int], made: Sequence[SessionMade]) -> None:
    new_ids = {each.line.reference: one.id for each, one in zip(plan.added, made, strict=True)}
    for course, found, reason in plan.answered:
        ids = {found.session: new_ids[found.session]} if found.session in new_ids else {}
        course_rows.write_answers(work, courses[course], [found], session_ids(work, [found], ids), reason)


def _count_versions(work: Work, plan: VisitPlan, known: KnownVisits) -> None:
    """Whoever has read one of the courses that changed has to read it again."""
    touched = {known.courses[each.line.course].id for each in plan.added if each.line.course in known.courses}
    touched |= {
        each.known.course_id
        for each in plan.changed
        if each.known is not None and each.known.course_id is not None
    }
    if touched:
        work.connection.execute(
            update(Course)
            .where(Course.clinic_id == work.clinic_id, Course.id.in_(sorted(touched)))
            .values(version=Course.version + 1, updated_at=work.recorded_at)
        )
