"""A mail server of a few lines on this machine, which keeps what it is given or refuses as it is told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default


@dataclass
class MailServer:
    """What it was given, and what it answers."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    recipients: list[str] = field(default_factory=list)
    refuses_recipient: str = ""
    """The reply to RCPT TO, when it is not 250."""
    breaks_off: bool = False
    """Closes the connection once the letter has come, before it says so."""
    spoken: list[str] = field(default_factory=list)


class _Conversation(socketserver.StreamRequestHandler):
    """RFC 5321, as much of it as a letter takes."""

    def handle(self) -> None:
        told: MailServer = self.server.told  # type: ignore[attr-defined]
        self._say("220 here")
        while line := self.rfile.readline().decode().strip():
            told.spoken.append(line)
            word = line.split(maxsplit=1)[0].upper()
            if word == "RCPT":
                told.recipients.append(line)
                self._say(told.refuses_recipient or "250 ok")
            elif word == "DATA":
                self._say("354 go on")
                told.letters.append(message_from_bytes(self._letter(), policy=default))
                if told.breaks_off:
                    return
                self._say("250 taken")
            elif word == "EHLO":
                self._say("250-here")
                self._say("250 SMTPUTF8")
            elif word == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _letter(self) -> bytes:
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        return b"".join(lines)

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server on a free port of the loopback, for as long as the test needs it."""
    told = MailServer()
    with _Server(("127.0.0.1", 0), _Conversation) as server:
        server.told = told  # type: ignore[attr-defined]
        told.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield told
        finally:
            server.shutdown()
            thread.join()
