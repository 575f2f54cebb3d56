"""How is a count said on a page: what keeps a thing from being booked, and why two confirm it?"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext

from stockroom.rules.confirming import Why
from stockroom.rules.counting import Trouble

TROUBLES: dict[Trouble, Any] = {
    Trouble.DISCARDED: lazy_gettext("thrown away since: take it off"),
    Trouble.COUNTED_SINCE: lazy_gettext("counted again since, and booked: take it off"),
    Trouble.PARTS_MOVED: lazy_gettext("some of it moved between the two parts: count all of it again"),
    Trouble.UNCLEAR: lazy_gettext("the books had less than nothing of it then: count it again"),
    Trouble.OVERTAKEN: lazy_gettext("more was taken since than was found: count it again"),
}
"""Why a thing cannot be booked as it was counted, and what to do."""

WHY_SECOND: dict[Why, Any] = {
    Why.WORTH: lazy_gettext("the differences are worth more than one person may confirm"),
    Why.UNKNOWN_WORTH: lazy_gettext("many differ of which nobody knows what they cost"),
    Why.SUSPECTED_THEFT: lazy_gettext("a theft is suspected"),
}
