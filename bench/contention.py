"""What happens when eight use one product at once, in one process without a server?"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any

from bench.books import books_of, conserved, once_each
from bench.cases import using
from bench.hand import Hand
from bench.limit_writes import use_by_hand
from bench.measuring import Times
from bench.report import Fact, Row
from bench.workplace import Workplace

THREADS = 8
NAME = "use, hot product, 8 threads"


@dataclass(kw_only=True)
class _Run:
    """What a crowd of threads was answered."""

    times: Times = field(default_factory=Times)
    answers: list[Any] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds


def contend(place: Workplace, setting: str, *, seconds: float) -> tuple[Row, list[Fact]]:
    """Let eight threads use the hot product, by hand and then by Stockroom; say whether nothing was lost."""
    case = using(place, NAME, [place.hot_uid], bare=False)
    hands = [Hand(place.store) for _ in range(THREADS)]
    try:
        by_hand: list[Callable[[Any], Any]] = [_with(hand) for hand in hands]
        limit = _at_once(by_hand, case.prepare, seconds)
    finally:
        for hand in hands:
            hand.close()
    before = books_of(place)
    run = _at_once([case.by_stockroom] * THREADS, case.prepare, seconds)
    row = Row(
        setting=setting,
        operation=NAME,
        limit_p50_ms=1000 * limit.times.p50,
        p50_ms=1000 * run.times.p50,
        p95_ms=1000 * run.times.percentile(95),
        p99_ms=1000 * run.times.percentile(99),
        ratio=run.times.p50 / limit.times.p50,
        per_second=run.per_second,
        limit_per_second=limit.per_second,
    )
    faults = [*limit.faults, *run.faults]
    said = f"{len(faults)} refused or failed" + (f"; the first: {faults[0]}" if faults else "")
    return row, [
        Fact(setting=setting, sentence=f"{NAME}: {said}", holds=not faults),
        conserved(place, setting),
        once_each(place, before, [answer.movement_uid for answer in run.answers], setting),
    ]


def _with(hand: Hand) -> Callable[[Any], Any]:
    return lambda asked: use_by_hand(hand, **asked)


def _at_once(calls: Sequence[Callable[[Any], Any]], prepare: Callable[[int], Any], seconds: float) -> _Run:
    run, guard = _Run(), threading.Lock()
    ends = perf_counter() + seconds

    def one(call: Callable[[Any], Any], first: int) -> None:
        number = first
        while perf_counter() < ends:
            asked = prepare(number)
            number += len(calls)
            began = perf_counter()
            try:
                answer = call(asked)
            except Exception as fault:
                with guard:
                    run.faults.append(f"{type(fault).__name__}: {fault}")
                continue
            took = perf_counter() - began
            with guard:
                run.times.seconds.append(took)
                run.answers.append(answer)

    began = perf_counter()
    threads = [threading.Thread(target=one, args=(call, n)) for n, call in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    run.seconds = perf_counter() - began
    return run
