"""How is a span of time typed and shown, such as 24 h or 7 d?"""

from __future__ import annotations

import re

from flask_babel import gettext

from stockroom.errors import InvalidValue

_MINUTES = {"min": 1, "h": 60, "d": 24 * 60}
_MINUTES_MAX = 3_650 * 24 * 60
_TYPED = re.compile(r"([0-9]{1,7})\s*(min|h|d)")


def minutes_of(text: str | None, *, field: str) -> int | None:
    """Give the minutes of a typed span; None for an empty one.  Raises InvalidValue naming the field."""
    typed = (text or "").strip()
    if not typed:
        return None
    found = _TYPED.fullmatch(typed)
    if found is None or int(found[1]) == 0:
        raise InvalidValue(field=field, problem=gettext("Write a number and min, h or d, such as 24 h."))
    minutes = int(found[1]) * _MINUTES[found[2]]
    if minutes > _MINUTES_MAX:
        raise InvalidValue(field=field, problem=gettext("At most ten years, which is 3650 d."))
    return minutes


def show_span(minutes: int | None) -> str:
    """A span in the largest unit that says it exactly; nothing for none.  `minutes_of` reads it back."""
    if minutes is None:
        return ""
    unit = next(unit for unit in ("d", "h", "min") if minutes % _MINUTES[unit] == 0)
    return f"{minutes // _MINUTES[unit]} {unit}"
