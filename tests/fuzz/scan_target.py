"""A coverage-guided search for a text that breaks the reading of scans.  By hand, for an hour:

    python -m tests.fuzz.scan_target -max_total_time=3600 /tmp/corpus

Whatever bytes arrive, `parse_scan` gives a scan or a typed refusal with a place inside the text, and the
canonical text of a scan says the same again and is its own canonical text.  What a clinic said about its
scanners never makes anything else of a text than a text, or a typed refusal.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["stockroom.barcodes", "biip"]):
    from stockroom.barcodes.keyboards import Layout, typed_on
    from stockroom.barcodes.scan import TWO_MEANINGS, format_bracketed, format_scan, is_proven, parse_scan
    from stockroom.barcodes.scan_facts import Scan
    from stockroom.barcodes.scan_rows import line_as_row
    from stockroom.barcodes.scanner_habits import ScannerHabits, put_right
    from stockroom.barcodes.unreadable import ScanUnreadable

TODAY = date(2026, 11, 22)
_HABITS = (
    ScannerHabits(separator="#"),
    ScannerHabits(separator="{GS}", layout=Layout.FRENCH),
    ScannerHabits(layout=Layout.GERMAN),
)
_FACTS = (
    "scheme", "gtin", "product_code", "lot_number", "expires_on", "expires_at", "produced_on", "serial",
    "quantity", "sscc", "label", "command", "check", "link", "elements", "others",
)  # fmt: skip


def said(scan: Scan) -> dict[str, object]:
    return {name: getattr(scan, name) for name in _FACTS}


def try_one(data: bytes) -> None:
    """Raise whatever must not be."""
    text = data.decode("utf-8", "surrogateescape")
    line_as_row(text, today=TODAY)
    _try_habits(text)
    try:
        scan = parse_scan(text, today=TODAY)
    except ScanUnreadable as refusal:
        if not 0 <= refusal.position <= len(text):
            raise AssertionError(f"{refusal.code} at {refusal.position} of {len(text)}") from refusal
        return
    if scan.doubts or scan.scheme == "unknown":
        return
    for write in (format_scan, format_bracketed):
        canonical = write(scan)
        again = parse_scan(canonical, today=TODAY)
        if said(again) != said(scan) or write(again) != canonical:
            raise AssertionError(f"{text!r} is written as {canonical!r}, which says something else")


def _try_habits(text: str) -> None:
    for habits in _HABITS:
        meant = put_right(text, habits, today=TODAY)
        if meant != text and not meant.startswith(TWO_MEANINGS):
            scan = parse_scan(meant, today=TODAY)
            if not is_proven(scan) and scan.scheme not in ("gs1", "ppn"):
                raise AssertionError(f"{text!r} was put right as {meant!r}, which proves nothing")


def write_seeds(folder: Path) -> int:
    """Write the vectors of the ordinary tests as a first corpus, and give their number."""
    from tests.barcodes import test_hibc, test_ppn, test_scan, test_unreadable

    texts = [text for text, *_ in (*test_scan.READ, *test_unreadable.REFUSED, *test_ppn.REFUSED)]
    texts += [text for text, *_ in (*test_hibc.PUBLISHED, *test_hibc.REFUSED)]
    texts += [test_hibc.whole(f"+A99912345/{form}") for form, _ in test_hibc.FORMS]
    texts += [test_ppn.PUBLISHED, *test_unreadable.VALID]
    texts += [typed_on(layout, text) for layout in Layout for text in texts[:12]]
    for n, text in enumerate(texts):
        (folder / f"seed-{n}").write_bytes(text.encode("utf-8", "surrogatepass"))
    return len(texts)


if __name__ == "__main__":
    atheris.Setup([*sys.argv, "-max_len=4096", "-timeout=20"], try_one)
    atheris.Fuzz()
