"""How are requests sent?  One kept-alive connection a client, as little Python as can be around the wait."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any, Self

from bench.measuring import Times

HOST = "127.0.0.1"
_TIMEOUT_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is sent."""

    method: str
    path: str
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def encoded(self) -> bytes:
        """The bytes on the wire."""
        body = b"" if self.body is None else json.dumps(self.body).encode()
        lines = [f"{self.method} {self.path} HTTP/1.1", f"Host: {HOST}", f"Content-Length: {len(body)}"]
        lines += ["Content-Type: application/json"] if self.body is not None else []
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Refused(RuntimeError):
    """A server answered with something else than success."""


class Client:
    """One connection that is kept open; opened again where the server has closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._socket: socket.socket | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def send(self, encoded: bytes) -> Answer:
        """Send and wait for the whole answer."""
        connected = self._socket is not None
        try:
            return self._exchange(encoded)
        except ConnectionError:
            self._close()
            if not connected:
                raise
            return self._exchange(encoded)

    def _exchange(self, encoded: bytes) -> Answer:
        if self._socket is None:
            self._socket = socket.create_connection((HOST, self._port), timeout=_TIMEOUT_SECONDS)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.sendall(encoded)
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._more()
        head, _, body = received.partition(b"\r\n\r\n")
        lowered = head.lower()
        if b"transfer-encoding: chunked" in lowered:
            body = self._chunks(body)
        else:
            size = _length(lowered)
            parts, got = [body], len(body)
            while got < size:
                parts.append(self._more())
                got += len(parts[-1])
            body = b"".join(parts)
        if b"connection: close" in lowered:
            self._close()
        return Answer(status=int(head[9:12]), body=body)

    def _chunks(self, received: bytes) -> bytes:
        parts: list[bytes] = []
        while True:
            while b"\r\n" not in received:
                received += self._more()
            size_text, _, received = received.partition(b"\r\n")
            size = int(size_text, 16)
            while len(received) < size + 2:
                received += self._more()
            if size == 0:
                return b"".join(parts)
            parts.append(received[:size])
            received = received[size + 2 :]

    def _more(self) -> bytes:
        assert self._socket is not None
        received = self._socket.recv(1 << 16)
        if not received:
            raise ConnectionResetError("the server closed the connection")
        return received

    def _close(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def _length(head: bytes) -> int:
    _, found, rest = head.partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0]) if found else 0


@dataclass(kw_only=True)
class Crowd:
    """What several clients got at once."""

    times: Times = field(default_factory=Times)
    answers: list[tuple[Request, Answer]] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds

    def add(self, other: Crowd) -> None:
        """Count what another crowd got at another time as well."""
        self.times.seconds += other.times.seconds
        self.answers += other.answers
        self.seconds += other.seconds


def send_at_once(port: int, prepare: Callable[[int], Request], *, clients: int, seconds: float) -> Crowd:
    """Let several clients send for a while; each call of `prepare` gets another number."""
    crowd, guard = Crowd(), threading.Lock()
    ends = perf_counter() + seconds
    numbers = iter(range(1, 1 << 62))

    def one_client() -> None:
        mine: list[tuple[float, Request, Answer]] = []
        with Client(port) as client:
            while perf_counter() < ends:
                with guard:
                    number = next(numbers)
                request = prepare(number)
                encoded = request.encoded()
                began = perf_counter()
                answer = client.send(encoded)
                mine.append((perf_counter() - began, request, answer))
        with guard:
            crowd.times.seconds += [took for took, _, _ in mine]
            crowd.answers += [(request, answer) for _, request, answer in mine]

    began = perf_counter()
    threads = [threading.Thread(target=one_client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    crowd.seconds = perf_counter() - began
    return crowd
