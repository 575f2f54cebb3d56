"""How is time taken?  Both sides in one run, round by round, medians; statements counted apart from the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import median, quantiles
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, event


@dataclass(frozen=True, kw_only=True)
class Case:
    """One operation, done by hand and by Stockroom.

    `prepare` gives the arguments of the nth call; preparing and comparing are never timed.
    """

    name: str
    prepare: Callable[[int], Any]
    by_hand: Callable[[Any], Any]
    by_stockroom: Callable[[Any], Any]
    said_by_hand: Callable[[Any], Any]
    """The answer by hand in the form in which both can be compared."""
    said_by_stockroom: Callable[[Any], Any]
    writes: bool = False
    """Both take from the same stock, so that answers are compared on the same state, once, before the run."""
    books: bool = False
    """It books, and both sides are sent something of their own."""
    bare: Callable[[Any], Any] | None = None
    """The barest statements that change the stock, printed beside the limit."""


@dataclass(kw_only=True)
class Times:
    """Seconds of single calls."""

    seconds: list[float] = field(default_factory=list)

    @property
    def p50(self) -> float:
        return median(self.seconds)

    def percentile(self, percent: int) -> float:
        if len(self.seconds) < 2:
            return self.seconds[0]
        return quantiles(self.seconds, n=100, method="inclusive")[percent - 1]


@dataclass(kw_only=True)
class Measured:
    """What one case took on each side."""

    name: str
    by_hand: Times = field(default_factory=Times)
    by_stockroom: Times = field(default_factory=Times)
    bare: Times = field(default_factory=Times)
    statements: int = 0
    walks: tuple[str, ...] = ()
    """Growing tables that Stockroom walks whole, read from the query plans of SQLite."""

    @property
    def ratio(self) -> float:
        return self.by_stockroom.p50 / self.by_hand.p50


class AnswersDiffer(AssertionError):
    """Stockroom and the hand-written SQL gave different answers to the same question."""


def measure(cases: Sequence[Case], engine: Engine | None, *, rounds: int, seconds: float) -> list[Measured]:
    """Run every case on both sides, `seconds` a side in `rounds` interleaved rounds.

    What books comes last: thousands of lots that were received by the way are not among those that are listed.
    Statements are counted on `engine`, when Stockroom runs in this process.
    Raises AnswersDiffer before anything is timed when the two sides do not say the same.
    """
    reading = [case for case in cases if not (case.writes or case.books)]
    booking = [case for case in cases if case.writes or case.books]
    measured = {
        id(case): each
        for some in (reading, booking)
        for case, each in zip(some, _measure(some, engine, rounds=rounds, seconds=seconds), strict=True)
    }
    return [measured[id(case)] for case in cases]


def _measure(cases: Sequence[Case], engine: Engine | None, *, rounds: int, seconds: float) -> list[Measured]:
    measured = [Measured(name=case.name) for case in cases]
    counters = [Calls() for _ in cases]
    for case, result, calls in zip(cases, measured, counters, strict=True):
        compare(case, calls)
        if engine is not None:
            with counted(engine) as statements:
                case.by_stockroom(case.prepare(calls.next()))
            result.statements = len(statements)
        for side in _sides(case, result):
            side.call(case.prepare(calls.next()))
    for number in range(rounds):
        for case, result, calls in zip(cases, measured, counters, strict=True):
            sides = _sides(case, result)
            for side in sides if number % 2 else reversed(sides):
                _time(case, side, calls, seconds / rounds)
    return measured


class Calls:
    """Numbers the calls of a case, so that no two get the same arguments."""

    def __init__(self) -> None:
        self._made = 0

    def next(self) -> int:
        self._made += 1
        return self._made


def compare(case: Case, calls: Calls) -> None:
    """Let both sides answer the same question.  Raises AnswersDiffer."""
    asked = case.prepare(calls.next())
    by_hand = case.said_by_hand(case.by_hand({**asked, "keep": False} if case.writes else asked))
    by_stockroom = case.said_by_stockroom(case.by_stockroom(asked))
    if by_hand != by_stockroom:
        raise AnswersDiffer(f"{case.name}: by hand {_short(by_hand)}, Stockroom {_short(by_stockroom)}")


@contextmanager
def counted(engine: Engine) -> Iterator[list[str]]:
    """Collect the statements that SQLAlchemy sends to the database."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


@dataclass(frozen=True)
class _Side:
    call: Callable[[Any], Any]
    times: Times


def _sides(case: Case, result: Measured) -> list[_Side]:
    sides = [_Side(case.by_hand, result.by_hand), _Side(case.by_stockroom, result.by_stockroom)]
    return [*sides, _Side(case.bare, result.bare)] if case.bare is not None else sides


def _time(case: Case, side: _Side, calls: Calls, seconds: float) -> None:
    ends = perf_counter() + seconds
    done = 0
    while done < 3 or perf_counter() < ends:
        asked = case.prepare(calls.next())
        began = perf_counter()
        side.call(asked)
        side.times.seconds.append(perf_counter() - began)
        done += 1


def _short(answer: Any) -> str:
    text = repr(answer)
    return text if len(text) < 600 else f"{text[:600]} …"
