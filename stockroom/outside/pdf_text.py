"""Which words are in a PDF?  Only its text, never its pictures, and read where a hostile one does no harm."""

from __future__ import annotations

import subprocess  # nosec B404 - our own program, a fixed command line
import sys
from dataclasses import dataclass
from pathlib import Path

from stockroom.errors import Unreadable, extracted
from stockroom.outside.pdf_reader import ENCRYPTED, SECONDS_MAX

BYTES_MAX = 10_000_000
_PROGRAM = Path(__file__).with_name("pdf_reader.py")
_HEAD = b"%PDF-"


@dataclass(eq=False, kw_only=True)
class PdfTooLarge(Unreadable):
    """The file is larger than is read here."""

    code = "pdf_too_large"
    title = extracted("This file is too large")
    message = extracted(
        "The file is larger than {megabytes_max} MB. Send only the letter, without its annexes."
    )
    megabytes_max: int = BYTES_MAX // 1_000_000


@dataclass(eq=False, kw_only=True)
class PdfUnreadable(Unreadable):
    """It is no PDF, it is broken, it is locked by a password, or reading it takes too long."""

    code = "pdf_unreadable"
    title = extracted("This file cannot be read")
    message = extracted(
        "The text of the file cannot be read: it is no PDF, is broken or takes too long. The file can still be "
        "kept; copy the lot numbers from it by hand."
    )


@dataclass(eq=False, kw_only=True)
class PdfLocked(Unreadable):
    """Its text is opened with a password."""

    code = "pdf_locked"
    title = extracted("This file is locked")
    message = extracted(
        "The file is opened with a password. Open it on your computer and copy the lot numbers from it by hand."
    )


@dataclass(eq=False, kw_only=True)
class PdfWithoutText(Unreadable):
    """Its pages are pictures, as of a letter that was scanned."""

    code = "pdf_without_text"
    title = extracted("There is no text in this file")
    message = extracted(
        "The pages of the file are pictures: there is no text in it to be read. Type the lot numbers as they are "
        "printed there."
    )


def is_pdf(data: bytes) -> bool:
    """Whether it begins as a PDF does (ISO 32000: the header lies within the first 1,024 bytes)."""
    return _HEAD in data[:1024]


def text_of(data: bytes) -> str:
    """Give the text of a PDF, of sixty pages at most.

    A process of its own reads it, with bounds on its memory and time.  Call it outside transactions.
    Raises PdfTooLarge, PdfUnreadable, PdfLocked, PdfWithoutText.
    """
    if len(data) > BYTES_MAX:
        raise PdfTooLarge()
    if not is_pdf(data):
        raise PdfUnreadable()
    try:
        done = subprocess.run(  # nosec B603
            [sys.executable, "-I", str(_PROGRAM)],
            input=data,
            capture_output=True,
            timeout=SECONDS_MAX + 5,
            env={},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise PdfUnreadable() from error
    if done.returncode == ENCRYPTED:
        raise PdfLocked()
    if done.returncode != 0:
        raise PdfUnreadable()
    text = done.stdout.decode("utf-8", "replace").replace("\0", "")
    if not text.strip():
        raise PdfWithoutText()
    return text
