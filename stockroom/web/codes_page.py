"""Which codes can be scanned here, from this screen or from paper?"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.barcodes.elements import write_bracketed, write_element_string
from stockroom.outside.code_symbols import GS1_128_LONGEST, Symbol, gs1_128, gs1_data_matrix
from stockroom.queries.codes_to_scan import CodeToScan, codes_to_scan
from stockroom.web.formats import show_day
from stockroom.web.listing import ROWS, asked_listing

blp = Blueprint("codes_page", __name__, url_prefix="/c/<clinic_uid>/codes")


SHEET_CODES = 200
"""On one PDF: a file of more takes longer to draw than anybody waits."""


@dataclass(frozen=True, kw_only=True)
class DrawnCode:
    """A code with its pictures, for the page."""

    code: CodeToScan
    printed: str
    square: Symbol
    bars: Symbol | None


@blp.get("")
def codes(clinic_uid: str) -> ResponseReturnValue:
    """The codes of what lies here, to be scanned from the screen, page by page."""
    listing = asked_listing(columns=("product",), usual="product")
    found = _found(listing.q)
    shown = [_draw(code) for code in found[listing.offset : listing.offset + ROWS]]
    sheets = [(n, (n - 1) * SHEET_CODES + 1) for n in range(1, -(-len(found) // SHEET_CODES) + 1)]
    return render_template("codes.html", codes=shown, listing=listing, count=len(found), sheets=sheets)


@blp.get("/sheet.pdf")
def sheet(clinic_uid: str) -> ResponseReturnValue:
    """The same on paper, SHEET_CODES of them in a file: `page` counts the files."""
    from stockroom.outside.code_sheet import CodeOnPaper, code_sheet  # dear to load: not at the start

    listing = asked_listing(columns=("product",), usual="product")
    begins = (listing.page - 1) * SHEET_CODES
    on_paper = [
        CodeOnPaper(
            title=f"{drawn.code.product} {drawn.code.strength}",
            words=_words(drawn.code),
            printed=drawn.printed,
            square=drawn.square,
            bars=drawn.bars,
        )
        for drawn in map(_draw, _found(listing.q)[begins : begins + SHEET_CODES])
    ]
    pdf = code_sheet(gettext("Codes to scan"), on_paper)
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="codes.pdf"'
    return answer


def _found(q: str) -> list[CodeToScan]:
    """The codes whose product, code or lot holds these words; all of them for none."""
    with installation().reading() as connection:
        found = codes_to_scan(connection, acting().clinic_id, now=present())
    wanted = q.casefold()
    return [code for code in found if wanted in f"{code.product}\n{code.gtin}\n{code.lot_number}".casefold()]


def _draw(code: CodeToScan) -> DrawnCode:
    plain, printed = write_element_string(code.elements), write_bracketed(code.elements)
    return DrawnCode(
        code=code,
        printed=printed,
        square=gs1_data_matrix(printed),
        bars=gs1_128(plain) if len(plain) <= GS1_128_LONGEST else None,
    )


def _words(code: CodeToScan) -> str:
    lot = gettext("Lot %(number)s", number=code.lot_number)
    until = gettext("good until %(day)s", day=show_day(code.expires_on))
    words = [code.presentation, lot, until] + ([] if code.is_usable else [gettext("not usable")])
    return " · ".join(words)
