"""Do writers get their turn in the order in which they asked?"""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest

from stockroom.db import writers
from stockroom.db.writers import WriterQueue, WritersBusy


def _wait_until(condition: object) -> None:
    deadline = time.monotonic() + 10
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.parametrize("on_file", [False, True])
def test_threads_write_in_the_order_in_which_they_asked(tmp_path: Path, on_file: bool) -> None:
    queue = WriterQueue(tmp_path / "db.writers" if on_file else None)
    order: list[int] = []

    def write(number: int) -> None:
        with queue.turn():
            order.append(number)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(20)]
    with queue.turn():
        for waiting, thread in enumerate(threads, start=1):
            thread.start()
            _wait_until(lambda: len(queue._waiting) == waiting)  # noqa: B023 - called at once
    for thread in threads:
        thread.join(10)

    assert order == list(range(20))


def test_one_writes_at_a_time_and_a_failure_passes_the_turn_on() -> None:
    queue = WriterQueue(None)
    inside: list[int] = []
    most: list[int] = []

    def write(number: int) -> None:
        try:
            with queue.turn():
                inside.append(number)
                most.append(len(inside))
                inside.remove(number)
                if number % 3 == 0:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass

    threads = [threading.Thread(target=write, args=(number,)) for number in range(60)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)

    assert most == [1] * 60
    with queue.turn():
        pass


def test_nobody_waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writers, "WAIT_SECONDS_MAX", 0.05)
    queue = WriterQueue(None)
    outcome: list[object] = []

    def write() -> None:
        try:
            with queue.turn():
                outcome.append("wrote")
        except WritersBusy as busy:
            outcome.append(busy.code)

    with queue.turn():
        waiting = threading.Thread(target=write)
        waiting.start()
        waiting.join(10)

    assert outcome == ["writers_busy"]
    with queue.turn():
        outcome.append("free again")


def test_two_queues_on_one_file_exclude_each_other(tmp_path: Path) -> None:
    first, second = WriterQueue(tmp_path / "db.writers"), WriterQueue(tmp_path / "db.writers")
    order: list[str] = []

    def write() -> None:
        with second.turn():
            order.append("second")

    with first.turn():
        other = threading.Thread(target=write)
        other.start()
        time.sleep(0.1)
        order.append("first")
    other.join(10)

    assert order == ["first", "second"]
