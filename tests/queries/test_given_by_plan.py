"""Does a session say where and how its things are given by its course's protocol and its recipe, and no more?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.queries.bench_session import session_bench, visit_at_bench
from stockroom.queries.given_by_plan import GivenByPlan, given_by_plan
from tests.builders import NOW, House
from tests.courses import course, protocol
from tests.sessions import session

DAY = (NOW + timedelta(days=3)).date()


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _said(house: House, uid: str) -> GivenByPlan:
    with house.store.reading() as connection:
        bench = session_bench(
            connection, house.clinic.id, visit_at_bench(connection, house.clinic.id, uid=uid)
        )
        return given_by_plan(connection, house.clinic.id, bench.visit.id, bench.needs)


@pytest.mark.parametrize(
    ("areas", "technique", "said"),
    [
        (("face",), "nappage", GivenByPlan(areas=("face",), technique="nappage")),
        (("face", "neck"), "", GivenByPlan(areas=("face", "neck"))),
        ((), "", GivenByPlan()),
    ],
    ids=["one area and a technique", "several areas", "nothing"],
)
def test_what_the_protocol_of_its_course_says(
    house: House, areas: tuple[str, ...], technique: str, said: GivenByPlan
) -> None:
    written = protocol(house, areas=areas, technique=technique)
    planned = course(house, DAY, protocol_uid=written.protocol_uid)

    assert _said(house, planned.session_uids[0]) == said


def test_a_session_of_no_course_and_no_recipe_says_nothing(house: House) -> None:
    assert _said(house, session(house)) == GivenByPlan()
