"""From which work list did somebody come to an act, so that she comes back to it when it is done?"""

from __future__ import annotations

from flask import request, url_for

_LISTS = {
    "expiring": "expiring_page.expiring",
    "separation": "separation_page.report",
}


def came_from() -> str:
    """The word of the list that the address or the form names; empty for none."""
    word = request.values.get("from", "")
    return word if word in _LISTS else ""


def back_to(usual: str, *, clinic_uid: str) -> str:
    """The address of that list; `usual` for whoever came from none."""
    word = came_from()
    return url_for(_LISTS[word], clinic_uid=clinic_uid) if word else usual
