"""How does a letter to many people come onto paper?  A page each: to whom, from whom, when, and what it says."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import (
    Flowable,
    KeepInFrame,
    PageBreak,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from stockroom.outside.lettering import BOLD, FONT, register_fonts

_SIDE, _TOP = 24 * mm, 20 * mm
_HEAD_HEIGHT = 42 * mm
"""From the top of the writing to the date, so that what is folded in three shows the address in its window."""
_BODY_HEIGHT = A4[1] - 2 * _TOP - _HEAD_HEIGHT - 30 * mm
_FROM = ParagraphStyle("from", fontName=FONT, fontSize=8, leading=10)
_TO = ParagraphStyle("to", fontName=FONT, fontSize=11, leading=14)
_DAY = ParagraphStyle("day", fontName=FONT, fontSize=10.5, leading=14, alignment=TA_RIGHT)
_SUBJECT = ParagraphStyle("subject", fontName=BOLD, fontSize=11.5, leading=15)
_BODY = ParagraphStyle("body", fontName=FONT, fontSize=10.5, leading=14.5, spaceAfter=3 * mm)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One letter, every word as it is printed."""

    to: str
    """Name and address, a line each."""
    sender: str
    day: str
    subject: str
    body: str


def letter_paper(letters: Iterable[Letter], *, title: str) -> bytes:
    """Give the PDF, one page a letter however long its body: a long one is set smaller.

    The same letters give the same bytes.
    """
    register_fonts()
    written = io.BytesIO()
    document = SimpleDocTemplate(
        written, pagesize=A4, leftMargin=_SIDE, rightMargin=_SIDE, topMargin=_TOP, bottomMargin=_TOP,
        title=title, invariant=1, lang="en",
    )  # fmt: skip
    story: list[Flowable] = []
    for letter in letters:
        story += [*_page(letter), PageBreak()]
    document.build(story)
    return written.getvalue()


def _page(letter: Letter) -> list[Flowable]:
    width = A4[0] - 2 * _SIDE - 12
    head = [_text(letter.sender, _FROM), Spacer(1, 4 * mm), _text(letter.to, _TO)]
    body = [_text(each, _BODY) for each in letter.body.replace("\r\n", "\n").split("\n\n") if each.strip()]
    return [
        _top(head, width),
        _text(letter.day, _DAY),
        Spacer(1, 4 * mm),
        _within([_text(letter.subject, _SUBJECT)], width, 12 * mm),
        Spacer(1, 3 * mm),
        _within(body, width, _BODY_HEIGHT),
    ]


def _top(head: list[Flowable], width: float) -> Table:
    """Of the same height whatever the address, so that every date stands at the same place."""
    top = Table([[_within(head, width, _HEAD_HEIGHT)]], colWidths=[width], rowHeights=[_HEAD_HEIGHT])
    flush = [(f"{side}PADDING", (0, 0), (-1, -1), 0) for side in ("LEFT", "RIGHT", "TOP", "BOTTOM")]
    top.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *flush]))
    return top


def _within(content: list[Flowable], width: float, height: float) -> Flowable:
    """The content at the top of a box of this size; what would not fit is set smaller."""
    return KeepInFrame(width, height, content, mode="shrink", vAlign="TOP")


def _text(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(escape(text.strip()).replace("\n", "<br/>"), style)
