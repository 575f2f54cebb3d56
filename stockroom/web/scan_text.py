"""What did the clinic's scanner mean by what arrived in a scan field?  Every screen's scan passes here once."""

from __future__ import annotations

from typing import Any

from wtforms import StringField

from stockroom.barcodes.scanner_habits import habits_of, put_right
from stockroom.web.clinic_here import clinic_here
from stockroom.web.formats import today_here


def as_meant(text: str) -> str:
    """Give the text with what the clinic said about its scanners put right; as it came where that is in doubt."""
    clinic = clinic_here()
    if clinic is None or not (clinic.scanner_separator or clinic.scanner_layout):
        return text
    habits = habits_of(clinic.scanner_separator, clinic.scanner_layout)
    return put_right(text, habits, today=today_here())


class ScanField(StringField):
    """The text of a scan, put right as `as_meant` does."""

    def process_formdata(self, valuelist: list[Any]) -> None:
        super().process_formdata([as_meant(text) for text in valuelist])
