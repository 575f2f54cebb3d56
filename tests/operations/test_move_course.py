"""Do the dates of a course move, one or all that follow, and is what was kept given back?"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger.course_rows import CourseChanged, CourseEnded
from stockroom.models import Allocation, Course, TreatmentSession
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.move_course import (
    CourseMoved,
    CourseOver,
    EndCourse,
    MoveInCourse,
    SessionNotPlanned,
    end_course,
    move_in_course,
)
from stockroom.operations.plan_course import CoursePlanned
from stockroom.operations.plan_session import PlannedInPast
from stockroom.rules.courses import IntervalTooShort
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.planning import NeedOf
from stockroom.rules.using import ThingName
from stockroom.vocabulary import SessionState
from tests.builders import NOW, House, key
from tests.courses import at, course, protocol
from tests.sessions import advance, rows

TODAY = NOW.date()
DAYS = (TODAY, date(2026, 3, 23), date(2026, 4, 13), date(2026, 10, 19))


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def move(
    house: House, planned: CoursePlanned, n: int, to: datetime, *, version: int = 1, **values: object
) -> CourseMoved:
    command = MoveInCourse(
        course_uid=planned.course_uid,
        version=version,
        session_uid=planned.session_uids[n],
        planned_at=to,
        **values,  # type: ignore[arg-type]
    )
    return move_in_course(house.store, command, actor=house.nurse, key=key("move"), now=NOW)


def end(house: House, planned: CoursePlanned, version: int = 1) -> CourseOver:
    command = EndCourse(course_uid=planned.course_uid, version=version)
    return end_course(house.store, command, actor=house.nurse, key=key("end"), now=NOW)


def sessions(house: House) -> list[Any]:
    return sorted(rows(house.store, TreatmentSession), key=lambda each: each.id)


def planned_at(house: House) -> list[datetime]:
    return [each.planned_at for each in sessions(house)]


def keep(house: House, session_uid: str, lot_uid: str) -> None:
    command = Allocate(session_uid=session_uid, thing=ThingName(lot_uid=lot_uid), quantity=2_000)
    allocate(house.store, command, actor=house.nurse, key=key("keep"), now=NOW)


def test_all_that_follow_move_by_as_many_days_each_at_its_own_time(house: House) -> None:
    template = protocol(house)
    planned = course(house, *DAYS, protocol_uid=template.protocol_uid)

    done = move(house, planned, 1, at(date(2026, 3, 30), 15), following=True)

    # The clocks go forward on 29 March and back on 25 October: on the wall everything else is still at ten.
    assert planned_at(house) == [
        at(TODAY), at(date(2026, 3, 30), 15), at(date(2026, 4, 20)), at(date(2026, 10, 26)),
    ]  # fmt: skip
    assert done.session_uids == planned.session_uids[1:]
    assert rows(house.store, Course)[0].version == done.version == 2


def test_one_session_moves_alone_and_a_short_interval_asks(house: House) -> None:
    template = protocol(house)
    planned = course(house, *DAYS, protocol_uid=template.protocol_uid)

    with pytest.raises(IntervalTooShort):
        move(house, planned, 1, at(date(2026, 3, 22)))
    with pytest.raises(IntervalTooShort):  # towards the one after it
        move(house, planned, 1, at(date(2026, 3, 30)))
    assert planned_at(house) == [at(day) for day in DAYS]

    move(house, planned, 1, at(date(2026, 3, 30)), interval_reason="Is away the week before")
    assert planned_at(house) == [at(TODAY), at(date(2026, 3, 30)), at(DAYS[2]), at(DAYS[3])]


def test_what_was_kept_is_given_back_when_a_session_leaves_its_day(house: House) -> None:
    filler = house.product("Filler", content_quantity=2_000)
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=3)
    needs = (NeedOf(product_uid=filler.uid, quantity=2_000),)
    planned = course(house, TODAY, date(2026, 3, 23), needs=needs)
    keep(house, planned.session_uids[0], lot.uid)

    same_day = move(house, planned, 0, at(TODAY, 16))
    assert same_day.released == ()
    done = move(house, planned, 0, at(date(2026, 3, 3)), version=2)

    assert [each.state for each in rows(house.store, Allocation)] == ["released"]
    assert done.released == (rows(house.store, Allocation)[0].uid,)


def test_a_move_past_midnight_in_utc_alone_is_no_other_day(small: House) -> None:
    planned = course(small, date(2026, 3, 3))
    late = datetime.combine(date(2026, 3, 3), time(1), ZoneInfo("Europe/Sofia"))  # 23:00 of the 2nd in UTC

    move(small, planned, 0, late)
    done = move(small, planned, 0, at(date(2026, 3, 4), 1), version=2, following=True)

    assert done.version == 3


def test_two_people_move_the_same_course_and_the_second_is_told(house: House) -> None:
    planned = course(house, *DAYS)
    move(house, planned, 1, at(date(2026, 3, 24)))

    with pytest.raises(CourseChanged):
        move(house, planned, 2, at(date(2026, 4, 14)))

    assert planned_at(house)[2] == at(DAYS[2])


def test_what_was_missed_stays_where_it_was_and_what_follows_moves(house: House) -> None:
    planned = course(house, *DAYS)
    advance(house, planned.session_uids[0], SessionState.DID_NOT_COME)

    with pytest.raises(SessionNotPlanned):
        move(house, planned, 0, at(date(2026, 3, 10)))
    move(house, planned, 1, at(date(2026, 3, 9)), following=True)

    assert planned_at(house) == [
        at(TODAY),
        at(date(2026, 3, 9)),
        at(date(2026, 3, 30)),
        at(date(2026, 10, 5)),
    ]


def test_a_course_that_ends_cancels_what_is_planned_and_keeps_what_was_done(house: House) -> None:
    filler = house.product("Filler", content_quantity=2_000)
    lot = house.clinic.lot_on_shelf(filler, "A1")
    planned = course(house, TODAY, *DAYS)
    advance(house, planned.session_uids[0], SessionState.FINISHED)
    keep(house, planned.session_uids[1], lot.uid)

    over = end(house, planned)

    states = [each.state for each in sessions(house)]
    assert states == ["finished", "cancelled", "cancelled", "cancelled", "cancelled"]
    assert (len(over.cancelled), len(over.released)) == (4, 1)
    row = rows(house.store, Course)[0]
    assert (row.state, row.ended_at) == ("ended", NOW)
    with pytest.raises(CourseEnded):
        end(house, planned, over.version)


def test_past_days_other_courses_other_clinics_and_wrong_roles_are_refused(small: House) -> None:
    planned, other = course(small, *DAYS), course(small, *DAYS)

    with pytest.raises(PlannedInPast):
        move(small, planned, 1, at(TODAY - timedelta(days=1)))
    with pytest.raises(ThingNotFound):
        move(
            small,
            CoursePlanned(course_uid=planned.course_uid, session_uids=other.session_uids, version=1),
            1,
            NOW,
        )
    command = EndCourse(course_uid=planned.course_uid, version=1)
    with pytest.raises(ThingNotFound):
        end_course(small.store, command, actor=small.another_clinic().nurse, key=key(), now=NOW)
    with pytest.raises(ActionForbidden):
        end_course(small.store, command, actor=small.clinic.auditor, key=key(), now=NOW)
