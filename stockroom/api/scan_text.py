"""A scan in a body: the text as the scanner gave it, put right where the clinic's scanners have a known habit."""

from __future__ import annotations

from typing import Any

from stockroom.access.acting import present, scanners_here, zone_here
from stockroom.barcodes.scanner_habits import put_right
from stockroom.clock import civil_date
from stockroom.http.fields import RawScan


class ScanText(RawScan):
    """The text of a scan exactly as the scanner gave it; what the clinic said about its scanners is put right."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        text = super()._deserialize(value, attr, data, **more)
        return put_right(str(text), scanners_here(), today=civil_date(present(), zone_here()))
