"""How are degrees typed into a field, and what is said when they are none?"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import Field, StringField, ValidationError

from stockroom.rules.temperatures import (
    COLDEST_TENTHS,
    WARMEST_TENTHS,
    Figures,
    celsius,
    tenths_of,
)

LONGEST = 12


class Degrees:
    """A field holds degrees Celsius that a thermometer of a clinic can show, or nothing where it may."""

    def __init__(self, *, needed: bool = False) -> None:
        self.needed = needed

    def __call__(self, form: Any, field: Field) -> None:
        typed = (field.data or "").strip()
        if not typed:
            if self.needed:
                raise ValidationError(gettext("What the thermometer says, such as 4.2"))
            return
        tenths = tenths_of(typed)
        if tenths is None:
            raise ValidationError(gettext("Degrees with one decimal, such as 4.2"))
        if not COLDEST_TENTHS <= tenths <= WARMEST_TENTHS:
            raise ValidationError(
                gettext("%(celsius)s °C cannot be: look at the thermometer again", celsius=celsius(tenths))
            )


def degrees_field(word: Any, *, needed: bool = False) -> StringField:
    """A field for degrees."""
    return StringField(word, validators=[Degrees(needed=needed)])


def typed_tenths(field: Field) -> int | None:
    """What was typed, in tenths; None where nothing was.  Call it for a field that was validated."""
    typed = (field.data or "").strip()
    return tenths_of(typed) if typed else None


def typed_figures(now: Field, lowest: Field, highest: Field) -> Figures | None:
    """What was typed into three fields; None where the first is empty."""
    tenths = typed_tenths(now)
    if tenths is None:
        return None
    return Figures(
        now_tenths=tenths, lowest_tenths=typed_tenths(lowest), highest_tenths=typed_tenths(highest)
    )


NOW_WORD, LOWEST_WORD, HIGHEST_WORD = lazy_gettext("Now"), lazy_gettext("Lowest"), lazy_gettext("Highest")
