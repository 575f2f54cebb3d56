"""How is a scan, or the reason why there is none, shown as one row of plain JSON values?

The row is what `stockroom scan parse` prints, one line for each line that it reads.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from stockroom.barcodes.elements import GS
from stockroom.barcodes.scan import Doubt, Scan, parse_scan
from stockroom.barcodes.unreadable import ScanUnreadable

_FACTS = (
    "gtin", "product_code", "lot_number", "expires_on", "expires_at", "produced_on",
    "serial", "quantity", "sscc",
)  # fmt: skip
_SCHEMES = {"HIBC": "hibc", "IFA PPN": "ppn"}


def scan_as_row(scan_or_error: Scan | ScanUnreadable) -> dict[str, Any]:
    """The row of a reading (`error` is None) or of a refusal (every fact is None); dates are ISO 8601."""
    if isinstance(scan_or_error, Scan):
        doubts = [_doubt_row(doubt) for doubt in scan_or_error.doubts]
        return {"scheme": scan_or_error.scheme, **_facts(scan_or_error), "doubts": doubts, "error": None}
    error = {"code": scan_or_error.code, "message": str(scan_or_error), "position": scan_or_error.position}
    scheme = _SCHEMES.get(str(scan_or_error.facts.get("scheme")), "unknown")
    return {"scheme": scheme, **dict.fromkeys(_FACTS), "doubts": [], "error": error}


def line_as_row(line: str, *, today: date, separators: tuple[str, ...] = (GS,)) -> dict[str, Any]:
    """The row of one line of a file of scans: line ending stripped, `\\x1d` written out read as FNC1.

    Positions count in the line after that.  Never raises a `ScanUnreadable`.
    """
    text = line.replace("\r", "").removesuffix("\n").replace("\\x1d", GS).replace("\\x1D", GS)
    try:
        return scan_as_row(parse_scan(text, today=today, separators=separators))
    except ScanUnreadable as fault:
        return scan_as_row(fault)


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
