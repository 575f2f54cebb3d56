"""How does a letter leave the house?  By SMTP, or into a folder where it can be read when there is no server."""

from __future__ import annotations

import os
import smtplib
import ssl
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from pathlib import Path
from typing import Protocol

TIMEOUT_SECONDS = 20
PERMANENT = range(500, 600)
"""Replies of a server that will not be another one tomorrow (RFC 5321 section 4.2.1)."""


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One message to one person."""

    uid: str
    """Its Message-ID, the same however often it is sent."""
    to_name: str
    to_address: str
    subject: str
    body: str
    written_at: datetime


class NotDelivered(Exception):
    """The letter did not leave; `reason` is the number of a reply or the name of an error, never an address."""

    def __init__(self, reason: str, *, is_permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.is_permanent = is_permanent


class Postman(Protocol):
    """Takes letters out of the house."""

    def deliver(self, letter: Letter) -> None:
        """Hand a letter over, or raise NotDelivered."""


@dataclass(frozen=True, kw_only=True)
class SmtpPostman:
    """Sends by an SMTP server; one connection a letter, because a day has few of them."""

    host: str
    port: int
    sender: str
    """The address that letters come from, with or without a name."""
    user: str = ""
    password: str = field(default="", repr=False)
    security: str = "starttls"
    """starttls, tls (from the first byte) or none."""

    def deliver(self, letter: Letter) -> None:
        """Send a letter.  Raises NotDelivered for a refusal, and for a server that is not there."""
        try:
            with self._connected() as server:
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(as_message(letter, self.sender))
        except smtplib.SMTPRecipientsRefused as refused:
            codes = [code for code, _ in refused.recipients.values()]
            raise NotDelivered(
                str(codes[0]), is_permanent=all(code in PERMANENT for code in codes)
            ) from refused
        except smtplib.SMTPResponseException as refused:
            raise NotDelivered(str(refused.smtp_code)) from refused
        except (OSError, smtplib.SMTPException, ValueError) as broken:
            raise NotDelivered(type(broken).__name__) from broken

    def _connected(self) -> smtplib.SMTP:
        if self.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT_SECONDS, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        if self.security == "starttls":
            try:
                server.starttls(context=ssl.create_default_context())
            except BaseException:
                server.close()
                raise
        return server


@dataclass(frozen=True, kw_only=True)
class FolderPostman:
    """Puts letters into a folder, one file each, so that they can be seen without a mail server."""

    folder: Path
    sender: str = "Stockroom <stockroom@localhost>"

    def deliver(self, letter: Letter) -> None:
        """Write a letter as `<uid>.eml`; a second time it is the same file.  Raises NotDelivered."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            drawn = self.folder / f".{letter.uid}.{os.getpid()}"
            drawn.write_bytes(as_message(letter, self.sender).as_bytes(policy=SMTP))
            drawn.replace(self.folder / f"{letter.uid}.eml")
        except (OSError, ValueError) as broken:
            raise NotDelivered(type(broken).__name__) from broken


def as_message(letter: Letter, sender: str) -> EmailMessage:
    """Give a letter as it goes over the wire.  Raises ValueError for a header that would break its line."""
    message = EmailMessage()
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    message["Message-ID"] = f"<{letter.uid}@{domain}>"
    message["Date"] = format_datetime(letter.written_at)
    message["From"] = sender
    message["To"] = letter.to_address
    message["Subject"] = letter.subject
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies to it
    message.set_content(f"{letter.to_name},\n\n{letter.body}")
    return message
