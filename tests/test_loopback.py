"""Does a server of the tests stop while it is being asked, and leave nothing open?"""

from __future__ import annotations

import gc
import os
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import Any

import pytest
from waitress.trigger import trigger

from tests.loopback import HOST, on_loopback

_ROUNDS = 25
_DESCRIPTORS = 4096  # far more than a worker of the suite and all rounds together could have


def _hello(environ: dict[str, Any], start: Any) -> list[bytes]:
    start("200 OK", [("Content-Length", "2")])
    return [b"ok"]


def _ask_until_it_stops(port: int, answered: threading.Event) -> None:
    connection = HTTPConnection(HOST, port, timeout=30)
    try:
        while True:
            connection.request("GET", "/")
            connection.getresponse().read()
            answered.set()
    except (OSError, HTTPException):
        pass
    finally:
        connection.close()


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def _open_files() -> int:
    return sum(map(_is_open, range(_DESCRIPTORS)))


def test_a_server_stops_while_it_is_asked_and_leaves_nothing_open() -> None:
    gc.collect()  # what earlier tests let go of is closed now, not meanwhile
    before = _open_files()
    for _ in range(_ROUNDS):
        answered = threading.Event()
        with on_loopback(_hello, threads=4) as port:
            asking = [
                threading.Thread(target=_ask_until_it_stops, args=(port, answered), daemon=True)
                for _ in range(4)
            ]
            for one in asking:
                one.start()
            assert answered.wait(30)
        for one in asking:
            one.join(timeout=40)
            assert not one.is_alive()

    assert _open_files() == before


def test_a_server_that_is_woken_twice_closes_nothing_before_the_second_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wake = trigger._physical_pull

    def wake_twice(one: trigger) -> None:
        wake(one)
        time.sleep(0.02)
        wake(one)

    monkeypatch.setattr(trigger, "_physical_pull", wake_twice)

    with on_loopback(_hello, threads=1) as port:
        connection = HTTPConnection(HOST, port, timeout=30)
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"ok"
        connection.close()
