"""What is measured over HTTP, with which goals?  One client and eight, Stockroom beside its bare limit."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from bench.books import books_of, conserved, once_each
from bench.client import Answer, Client, Crowd, Refused, Request, send_at_once
from bench.measuring import Case, Measured
from bench.report import Fact, Row
from bench.serving import Servers
from bench.workplace import Workplace

CLIENTS = 8
TURNS = 4
"""How often a crowd asks Stockroom, each time between two turns of the limit."""
_NEXT_PAGE = re.compile(rb'"next_cursor":\s*"([0-9a-f-]+)"')


@dataclass(frozen=True, kw_only=True)
class Goal:
    """What speed.md section 4 asks of a served operation; None where it asks nothing."""

    p50_ms: float | None = None
    p95_ms: float | None = None
    p99_ms: float | None = None
    per_second: float | None = None
    of_limit: float | None = None
    """At least this part of the limit's rate."""
    times_limit: float | None = None
    """What speed.md's goal is of its own limit: the goal on a machine that is slower than that one."""
    part_of_limit: float | None = None
    """The same of a rate."""

    def __str__(self) -> str:
        said = [
            f"p50 ≤ {self.p50_ms:g}" if self.p50_ms is not None else "",
            f"p95 ≤ {self.p95_ms:g}" if self.p95_ms is not None else "",
            f"p99 ≤ {self.p99_ms:g} ms" if self.p99_ms is not None else "",
            f"≥ {self.per_second:g}/s" if self.per_second is not None else "",
            f"≥ {self.of_limit:g} of limit" if self.of_limit is not None else "",
            f"{self.times_limit:g}x" if self.times_limit is not None else "",
            f"{self.part_of_limit:g} of limit" if self.part_of_limit is not None else "",
        ]
        return ", ".join(part for part in said if part)

    def holds(
        self, *, milliseconds: Callable[[int], float], rate: float = 0, limit_rate: float = 0
    ) -> bool | None:
        """Whether every part of the goal is met; None where nothing is asked."""
        if self == Goal():
            return None
        times = ((self.p50_ms, 50), (self.p95_ms, 95), (self.p99_ms, 99))
        in_time = all(most is None or milliseconds(percent) <= most for most, percent in times)
        fast = self.per_second is None or rate >= self.per_second
        near = self.of_limit is None or rate >= self.of_limit * limit_rate
        return in_time and fast and near

    def holds_here(self, *, ratio: float, rate: float = 0, limit_rate: float = 0) -> bool | None:
        """Whether the goal is met in proportion to what this machine's own limit takes."""
        if self.times_limit is None and self.part_of_limit is None:
            return None
        in_time = self.times_limit is None or ratio <= self.times_limit
        return in_time and (self.part_of_limit is None or rate >= self.part_of_limit * limit_rate)


@dataclass(frozen=True, kw_only=True)
class Pair:
    """The same question to both servers."""

    stockroom: Request
    limit: Request


@dataclass(frozen=True, kw_only=True)
class ServedCase:
    """One operation over HTTP."""

    name: str
    goal: Goal
    prepare: Callable[[int], Pair]
    clients: int = 1
    books: bool = False
    takes_hot_pieces: bool = False
    """A use of the hot product, of which nothing may be lost or booked twice."""


def one_client_case(case: ServedCase, client: Client, limit: Client) -> Case:
    """Give a served operation in the form that `measuring.measure` runs."""
    return Case(
        name=case.name,
        books=case.books,
        prepare=case.prepare,
        by_hand=lambda pair: accepted(pair.limit, limit.send(pair.limit.encoded())),
        by_stockroom=lambda pair: whole(pair.stockroom, client),
        said_by_hand=lambda answer: answer.status // 100,
        said_by_stockroom=lambda answer: answer.status // 100,
    )


def whole(request: Request, client: Client) -> Answer:
    """Ask page after page until all of a list has come; give the last answer.  Raises Refused."""
    answer = accepted(request, client.send(request.encoded()))
    while cursor := next_page(answer):
        following = replace(request, path=f"{request.path}&cursor={cursor.decode()}")
        answer = accepted(following, client.send(following.encoded()))
    return answer


def next_page(answer: Answer) -> bytes | None:
    """Give the cursor of the page after this one, None on the last."""
    found = _NEXT_PAGE.search(answer.body)
    return found[1] if found else None


def accepted(request: Request, answer: Answer) -> Answer:
    """Give an answer of success.  Raises Refused."""
    if answer.status // 100 != 2:
        said = answer.body[:500].decode(errors="replace")
        raise Refused(f"{request.method} {request.path}: {answer.status} {said}")
    return answer


def start_row(servers: Servers, setting: str) -> Row:
    """Give how long Stockroom took from its command to its first answer."""
    goal = Goal(p50_ms=2_000)
    took = 1000 * servers.start_seconds
    return Row(
        setting=setting, operation="start", p50_ms=took, goal=str(goal), holds=took <= (goal.p50_ms or 0)
    )


def row_of_one(measured: Measured, case: ServedCase, setting: str) -> Row:
    """Give the row of an operation with one client."""
    times = measured.by_stockroom
    return Row(
        setting=setting,
        operation=case.name,
        limit_p50_ms=1000 * measured.by_hand.p50,
        p50_ms=1000 * times.p50,
        p95_ms=1000 * times.percentile(95),
        ratio=measured.ratio,
        goal=str(case.goal),
        holds=case.goal.holds(milliseconds=lambda percent: 1000 * times.percentile(percent)),
        holds_here=case.goal.holds_here(ratio=measured.ratio),
    )


def crowd_case(
    case: ServedCase, servers: Servers, place: Workplace, setting: str, *, seconds: float
) -> tuple[Row, list[Fact]]:
    """Let eight clients ask Stockroom and the limit in turns; say whether the books are exact.

    Turn by turn, since such a machine is not equally quick for the seconds that one of them takes.
    """
    crowd, limit, facts = Crowd(), Crowd(), list[Fact]()
    for _ in range(TURNS):
        limit.add(_ask(servers.limit, case, lambda n: case.prepare(n).limit, seconds / TURNS))
        before = books_of(place)
        answered = _ask(servers.stockroom, case, lambda n: case.prepare(n).stockroom, seconds / TURNS)
        crowd.add(answered)
        if case.takes_hot_pieces:
            uids = [each.json()["movement_uid"] for _, each in answered.answers if each.status // 100 == 2]
            facts.append(once_each(place, before, uids, setting))
    limit.add(_ask(servers.limit, case, lambda n: case.prepare(n).limit, seconds / TURNS))
    facts += [conserved(place, setting)] if case.takes_hot_pieces else []
    return _crowd_row(case, crowd, limit, setting), [_nothing_refused(crowd, case, setting), *facts]


def _ask(port: int, case: ServedCase, prepare: Callable[[int], Request], seconds: float) -> Crowd:
    return send_at_once(port, prepare, clients=case.clients, seconds=seconds)


def _crowd_row(case: ServedCase, crowd: Crowd, limit: Crowd, setting: str) -> Row:
    def milliseconds(percent: int) -> float:
        return 1000 * crowd.times.percentile(percent)

    rates = {"rate": crowd.per_second, "limit_rate": limit.per_second}
    ratio = crowd.times.p50 / limit.times.p50
    return Row(
        setting=setting,
        operation=case.name,
        limit_p50_ms=1000 * limit.times.p50,
        p50_ms=milliseconds(50),
        p95_ms=milliseconds(95),
        p99_ms=milliseconds(99),
        ratio=ratio,
        per_second=crowd.per_second,
        limit_per_second=limit.per_second,
        goal=str(case.goal),
        holds=case.goal.holds(milliseconds=milliseconds, **rates),
        holds_here=case.goal.holds_here(ratio=ratio, **rates),
    )


def _nothing_refused(crowd: Crowd, case: ServedCase, setting: str) -> Fact:
    refused = [answer for _, answer in crowd.answers if answer.status // 100 != 2]
    shown = f"; the first: {refused[0].status} {refused[0].body[:200]!r}" if refused else ""
    return Fact(
        setting=setting,
        sentence=f"{case.name}: {len(refused)} of {len(crowd.answers)} were not accepted{shown}",
        holds=not refused,
    )
