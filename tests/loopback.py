"""An application served on loopback from a thread of this process, and stopped without a trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from waitress.server import create_server
from waitress.wasyncore import close_all, loop

from stockroom.cli.framing import refuse_ambiguous

HOST = "127.0.0.1"
_PATIENCE_SECONDS = 20


@contextmanager
def on_loopback(application: Callable[..., Any], *, threads: int) -> Iterator[int]:
    """Serve `application` until the block is left, and give the port.

    What a server has open belongs to the thread that looks at it: closed from another one, `select` finds a
    descriptor that is gone or, worse, somebody else's. Nor may that thread close it while another one still wakes it.
    So nobody works any more first, then the server's thread is told to look no more and has ended, and only then all
    is closed, kept connections of a browser too.
    """
    opened: dict[int, Any] = {}
    server = create_server(application, map=opened, host=HOST, port=0, threads=threads)
    refuse_ambiguous(server)
    stopping = threading.Event()
    running = threading.Thread(target=_look, args=(opened, stopping), name="loopback", daemon=True)
    running.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown()
        stopping.set()
        server.trigger.pull_trigger()
        running.join(timeout=_PATIENCE_SECONDS)
        assert not running.is_alive(), "the server on loopback did not stop"
        close_all(opened)


def _look(opened: dict[int, Any], stopping: threading.Event) -> None:
    while not stopping.is_set():
        loop(map=opened, count=1)
