"""Is the text of a letter read, and does a hostile file do no harm?"""

from __future__ import annotations

import io
import time
import zlib

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.pdfgen import canvas

from stockroom.errors import Unreadable
from stockroom.outside.pdf_text import (
    BYTES_MAX,
    PdfLocked,
    PdfTooLarge,
    PdfUnreadable,
    PdfWithoutText,
    text_of,
)


def _letter(*pages: str, password: str | None = None) -> bytes:
    drawn = io.BytesIO()
    encrypt = None if password is None else StandardEncryption(password)
    page = canvas.Canvas(drawn, encrypt=encrypt)
    for said in pages:
        page.drawString(50, 800, said)
        page.showPage()
    page.save()
    return drawn.getvalue()


def _bomb() -> bytes:
    """A page whose content unpacks to a thousand times its size."""
    packed = zlib.compress(b"0 " * 60_000_000, 1)
    head = (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
        b"3 0 obj<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[0 0 9 9]>>endobj\n"
    )
    stream = f"4 0 obj<</Filter/FlateDecode/Length {len(packed)}>>stream\n".encode() + packed
    return head + stream + b"\nendstream endobj\ntrailer<</Root 1 0 R>>\n%%EOF"


def test_the_words_of_each_page_are_read() -> None:
    assert [line for line in text_of(_letter("Lot A1", "Lot B2")).splitlines() if line] == [
        "Lot A1",
        "Lot B2",
    ]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"", PdfUnreadable),
        (b"no pdf", PdfUnreadable),
        (b"%PDF-1.7 and then nothing", PdfUnreadable),
        (b"%PDF-" + b"x" * BYTES_MAX, PdfTooLarge),
        (_letter(""), PdfWithoutText),
        (_letter("secret", password="demo-only"), PdfLocked),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, refusal: type[Unreadable]) -> None:
    with pytest.raises(refusal):
        text_of(data)


def test_a_file_that_unpacks_a_hundredfold_is_given_up_in_seconds() -> None:
    begun = time.monotonic()

    with pytest.raises(Unreadable):
        text_of(_bomb())

    assert time.monotonic() - begun < 20
