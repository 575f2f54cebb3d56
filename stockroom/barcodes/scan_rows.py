"""How is a scan, or the reason why there is none, shown as one row of plain JSON values?

The row is what `stockroom scan parse` prints, one line for each line that it reads.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from stockroom.barcodes.hibc import looks_like_hibc
from stockroom.barcodes.own_labels import looks_like_own_label
from stockroom.barcodes.ppn import looks_enveloped
from stockroom.barcodes.scan import Doubt, Scan, parse_scan
from stockroom.barcodes.scanner_habits import ScannerHabits, put_right
from stockroom.barcodes.unreadable import ScanUnreadable

_FACTS = (
    "gtin", "product_code", "lot_number", "expires_on", "expires_at", "produced_on",
    "serial", "quantity", "sscc",
)  # fmt: skip
_WRITTEN_OUT = re.compile(r"\\x(1[dDeE]|04)")
_PLAIN = ScannerHabits()


def scan_as_row(scan_or_error: Scan | ScanUnreadable) -> dict[str, Any]:
    """The row of a reading (`error` is None) or of a refusal (every fact is None); dates are ISO 8601."""
    if isinstance(scan_or_error, Scan):
        doubts = [_doubt_row(doubt) for doubt in scan_or_error.doubts]
        return {"scheme": scan_or_error.scheme, **_facts(scan_or_error), "doubts": doubts, "error": None}
    error = {"code": scan_or_error.code, "message": str(scan_or_error), "position": scan_or_error.position}
    return {"scheme": "unknown", **dict.fromkeys(_FACTS), "doubts": [], "error": error}


def line_as_row(line: str, *, today: date, habits: ScannerHabits = _PLAIN) -> dict[str, Any]:
    """The row of one line of a file of scans: line ending stripped, `\\x1d` written out read as FNC1.

    RS and EOT may be written out as well.  `habits` say how the scanners deliver, and are put right first.
    Positions count in the line after that.  Never raises a `ScanUnreadable`.
    """
    text = _WRITTEN_OUT.sub(lambda mark: chr(int(mark[1], 16)), line.replace("\r", "").removesuffix("\n"))
    try:
        return scan_as_row(parse_scan(put_right(text, habits, today=today), today=today))
    except ScanUnreadable as fault:
        return scan_as_row(fault) | {"scheme": _shape(text)}


def _shape(text: str) -> str:
    """The scheme that an unreadable text claims to be of."""
    inner = re.sub(r"^\][A-Za-z][0-9A-Za-z]", "", text.strip(" "))
    if looks_like_hibc(inner):
        return "hibc"
    if looks_enveloped(inner):
        return "ppn"
    return "stockroom" if looks_like_own_label(inner) else "unknown"


def _facts(scan: Scan) -> dict[str, Any]:
    values = {name: getattr(scan, name) for name in _FACTS}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def _doubt_row(doubt: Doubt) -> dict[str, Any]:
    readings = [{"scheme": reading.scheme, **_facts(reading)} for reading in doubt.readings]
    return {
        "code": doubt.code,
        "field": doubt.field,
        "value": doubt.value,
        "position": doubt.position,
        "readings": readings,
    }
