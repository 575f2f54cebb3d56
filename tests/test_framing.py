"""Is a request refused that a server in front of us would end somewhere else?"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.loopback import HOST, on_loopback

_POST = b"POST /first HTTP/1.1\r\nHost: x\r\n"
_NEXT = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


@contextmanager
def _serving(reached: list[str]) -> Iterator[int]:
    """A server that notes what reaches the application."""

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        reached.append(environ["PATH_INFO"])
        environ["wsgi.input"].read()
        start("200 OK", [("Content-Length", "2")])
        return [b"ok"]

    with on_loopback(application, threads=1) as port:
        yield port


def _answered(port: int, raw: bytes) -> bytes:
    """All that comes back until the server closes the connection."""
    with socket.create_connection((HOST, port), timeout=30) as connection:
        connection.sendall(raw)
        parts = []
        while part := connection.recv(4096):
            parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize(
    "head",
    [
        b"Content-Length: 43\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"transfer-encoding: chunked\r\nCONTENT-LENGTH: 43\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 38\r\n\r\n",
        b"Content-Length: +0\r\n\r\n",
        b"Content-Length : 0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: identity, chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n",
    ],
)
def test_a_request_that_ends_in_two_places_is_refused_and_nothing_behind_it_is_read(head: bytes) -> None:
    reached: list[str] = []
    with _serving(reached) as port:
        answer = _answered(port, _POST + head + _NEXT)

    assert answer.split(b" ", 2)[1] in (b"400", b"501")
    assert answer.count(b"HTTP/1.") == 1
    assert reached == []


def test_a_request_in_chunks_or_with_a_length_is_served() -> None:
    reached: list[str] = []
    closing = b"Connection: close\r\n"
    with _serving(reached) as port:
        chunked = _answered(port, _POST + closing + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n")
        measured = _answered(port, _POST + closing + b"Content-Length: 1\r\n\r\na")

    assert chunked.startswith(b"HTTP/1.1 200") and measured.startswith(b"HTTP/1.1 200")
    assert reached == ["/first", "/first"]
