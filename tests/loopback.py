"""An application served on loopback from a thread of this process, and stopped without a trace."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from waitress.server import create_server
from waitress.wasyncore import close_all

from stockroom.cli.framing import refuse_ambiguous

HOST = "127.0.0.1"
_PATIENCE_SECONDS = 20


@contextmanager
def on_loopback(application: Callable[..., Any], *, threads: int) -> Iterator[int]:
    """Serve `application` until the block is left, and give the port.

    What a server has open belongs to the thread that looks at it: closed from another one, `select` finds a
    descriptor that is gone or, worse, somebody else's. So nobody works any more first, and then the server's own
    thread closes all, kept connections of a browser too.
    """
    opened: dict[int, Any] = {}
    server = create_server(application, map=opened, host=HOST, port=0, threads=threads)
    refuse_ambiguous(server)
    running = threading.Thread(target=server.run, name="loopback", daemon=True)
    running.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown()
        server.trigger.pull_trigger(lambda: close_all(opened))
        running.join(timeout=_PATIENCE_SECONDS)
        assert not running.is_alive(), "the server on loopback did not stop"
