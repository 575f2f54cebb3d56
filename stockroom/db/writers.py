"""Who writes next on SQLite?  A queue: first come first served in the process, one file lock between processes.

SQLite's own lock wait is no queue; it starves a waiter for seconds (shared/faults.md finding 12 of
the measurements on which the design rests).  On PostgreSQL the clinic's head lock is the queue.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from stockroom.errors import Unavailable, extracted

WAIT_SECONDS_MAX = 30


class WritersBusy(Unavailable):
    """The queue of writers did not move for longer than anybody should wait."""

    code: ClassVar[str] = "writers_busy"
    message: ClassVar[str] = extracted("Nothing was recorded: the books are busy. Send it again in a moment.")


class WriterQueue:
    """Turns at writing, in the order in which they were asked for."""

    def __init__(self, lock_file: Path | None) -> None:
        self._lock_file = lock_file
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False
        self._handle: int | None = None

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Hold the one right to write.  Raises WritersBusy after WAIT_SECONDS_MAX."""
        self._take()
        try:
            self._lock()
            try:
                yield
            finally:
                self._unlock()
        finally:
            self._pass_on()

    def _take(self) -> None:
        with self._guard:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(WAIT_SECONDS_MAX):
            return
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
                raise WritersBusy()

    def _pass_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False

    def _lock(self) -> None:
        if self._lock_file is None:
            return
        self._handle = os.open(self._lock_file, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        _wait_for_file_lock(self._handle)

    def _unlock(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


if sys.platform == "win32":  # pragma: no cover - the queue between processes on Windows
    import msvcrt

    def _wait_for_file_lock(handle: int) -> None:
        while True:
            try:
                msvcrt.locking(handle, msvcrt.LK_LOCK, 1)
                return
            except OSError:
                continue

else:
    import fcntl

    def _wait_for_file_lock(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX)
