"""Do the served figures say what happened, and do servers that a benchmark starts stop with it?"""

from __future__ import annotations

import socket

import pytest

from bench.client import HOST, Answer, Crowd, Refused, Request
from bench.databases import Database
from bench.http_cases import served_cases
from bench.run import Wish, served_by
from bench.served import Goal, ServedCase, accepted
from bench.serving import serving
from bench.workplace import Workplace


def _milliseconds(percent: int) -> float:
    return {50: 4.0, 95: 10.0, 99: 30.0}[percent]


@pytest.mark.parametrize(
    ("goal", "holds"),
    [
        (Goal(), None),
        (Goal(p50_ms=4), True),
        (Goal(p50_ms=3.9), False),
        (Goal(p50_ms=4, p95_ms=9), False),
        (Goal(p95_ms=10, p99_ms=30), True),
        (Goal(per_second=400), True),
        (Goal(per_second=401), False),
        (Goal(of_limit=0.5), True),
        (Goal(of_limit=0.51), False),
    ],
)
def test_a_goal_holds_when_every_part_of_it_is_met(goal: Goal, holds: bool | None) -> None:
    assert goal.holds(milliseconds=_milliseconds, rate=400, limit_rate=800) is holds


@pytest.mark.parametrize(
    ("goal", "holds"),
    [
        (Goal(p50_ms=4), None),
        (Goal(times_limit=2.5), True),
        (Goal(times_limit=2.4), False),
        (Goal(part_of_limit=0.5), True),
        (Goal(times_limit=2.5, part_of_limit=0.51), False),
    ],
)
def test_a_goal_holds_here_in_proportion_to_the_limit_of_the_machine(goal: Goal, holds: bool | None) -> None:
    assert goal.holds_here(ratio=2.5, rate=400, limit_rate=800) is holds


def test_an_answer_that_is_no_success_is_not_timed_as_one() -> None:
    with pytest.raises(Refused, match="422 expired"):
        accepted(Request(method="POST", path="/x"), Answer(status=422, body=b"expired"))


def test_a_crowd_counts_its_answers_by_the_second() -> None:
    answered = (Request(method="GET", path="/x"), Answer(status=200, body=b""))

    assert Crowd(answers=[answered] * 10, seconds=2).per_second == 5


@pytest.mark.slow
def test_what_is_served_is_measured_and_leaves_true_books_and_no_server(database: Database) -> None:
    wish = Wish(line_count=database.plan.line_count, http=True, seconds=0.02)
    with serving(database) as servers:
        rows, facts = served_by(servers, database, wish)

    assert {row.operation for row in rows} >= {"start", *(case.name for case in _cases(database))}
    assert [fact.sentence for fact in facts if not fact.holds] == []
    for port in (servers.stockroom, servers.limit):
        with socket.socket() as probe:
            assert probe.connect_ex((HOST, port)) != 0


def _cases(database: Database) -> list[ServedCase]:
    place = Workplace(database)
    try:
        return list(served_cases(place))
    finally:
        place.close()
