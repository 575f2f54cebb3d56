"""How is it said of a product that is low whether it is on order: low, ordered, due 12 May?"""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from flask import Flask
from flask_babel import gettext, ngettext

from stockroom.queries.low_stock import LowCount
from stockroom.rules.low_stock import WORDS, WORDS_WITHOUT_DAY, Supply
from stockroom.web.formats import show_day

LOUDNESS = {
    Supply.NOT_ORDERED: "warning",
    Supply.TOO_LITTLE: "warning",
    Supply.ORDERED: "info",
    Supply.OVERDUE: "danger",
}
"""How loud a badge says it."""


def said_of_supply(supply: Supply, count: int, due_on: date | None) -> str:
    """Say what is on order of a product that is low."""
    words = (WORDS if due_on else WORDS_WITHOUT_DAY)[supply]
    return gettext(words, count=count, day=show_day(due_on) if due_on else "")


def said_of_count(low: LowCount) -> str:
    """Say how many products are low and what is on order of them; empty where none is."""
    if not low.count:
        return ""
    parts = []
    if low.open_count:
        parts.append(ngettext("%(num)s not ordered", "%(num)s not ordered", low.open_count))
    if low.overdue_count:
        parts.append(ngettext("%(num)s overdue", "%(num)s overdue", low.overdue_count))
    if low.ordered_count and low.due_on:
        ordered = gettext("%(num)s ordered, due %(day)s", num=low.ordered_count, day=show_day(low.due_on))
        parts.append(ordered)
    elif low.ordered_count:
        parts.append(ngettext("%(num)s ordered", "%(num)s ordered", low.ordered_count))
    whole = ngettext("%(num)s product is low", "%(num)s products are low", low.count)
    return f"{whole}: {', '.join(parts)}"


def said_in_alert(facts: str) -> str:
    """Say what an alert of low stock tells, from its facts: how much was left, and what was on order."""
    told: dict[str, Any] = json.loads(facts)
    if "minimum" not in told:
        return ""
    left = gettext("%(usable)s left, minimum %(minimum)s", usable=told["usable"], minimum=told["minimum"])
    if "supply" not in told:
        return left
    due_on = date.fromisoformat(told["due_on"]) if told["due_on"] else None
    return f"{left} · {said_of_supply(Supply(told['supply']), told['on_order'], due_on)}"


def advised_in_alert(facts: str) -> str:
    """Say what to do about an alert of low stock that is ordered; empty where the usual advice holds."""
    supply = json.loads(facts).get("supply")
    if supply == Supply.ORDERED:
        return gettext("It is on its way: look whether it is early enough.")
    return gettext("Ask the supplier where it is.") if supply == Supply.OVERDUE else ""


def register_low_words(app: Flask) -> None:
    """Let templates say it."""
    app.jinja_env.filters.update(told_low=said_in_alert, advised_low=advised_in_alert)
