"""Where does a request end?  One that two readers would end at different places is refused (RFC 9112 section 6.1)."""

from __future__ import annotations

from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import BaseWSGIServer, MultiSocketServer


class StrictParser(HTTPRequestParser):  # type: ignore[misc]
    """Waitress's own, which refuses all that is ambiguous but a length beside chunks."""

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head of a request.  Raises ParsingError, which is answered with 400 and a closed connection."""
        lines = header_plus.split(b"\r\n")[1:]
        names = {line.partition(b":")[0].strip().lower() for line in lines}
        if {b"content-length", b"transfer-encoding"} <= names:
            raise ParsingError("Content-Length beside Transfer-Encoding")
        super().parse_header(header_plus)


class StrictChannel(HTTPChannel):  # type: ignore[misc]
    parser_class = StrictParser


def refuse_ambiguous(server: BaseWSGIServer | MultiSocketServer) -> None:
    """Make every connection of a server read requests strictly."""
    server.channel_class = StrictChannel
