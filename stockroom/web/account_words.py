"""How is it said where everything of a lot came from and went to?  As a sum: received = on hand + used + …"""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import gettext

from stockroom.queries.trace_rows import Account
from stockroom.web.formats import show_amount


def account_words(each: Account, unit: str) -> str:
    """Say the account of one lot as a sum: received = on hand + used + …, what is nothing left out."""

    def sum_of(parts: Iterable[tuple[str, int]]) -> str:
        told = [
            gettext("%(amount)s %(what)s", amount=show_amount(amount, unit), what=what)
            for what, amount in parts
            if amount
        ]
        return " + ".join(told) or show_amount(0, unit)

    came = sum_of(
        (
            (gettext("received"), each.received),
            (gettext("made"), each.made),
            (gettext("from other clinics"), each.arrived),
            (gettext("found or brought forward"), each.adjusted_in),
        )
    )
    went = sum_of(
        (
            (gettext("on hand"), each.on_hand),
            (gettext("used"), each.used),
            (gettext("in cocktails"), each.compounded),
            (gettext("disposed"), each.disposed),
            (gettext("returned"), each.returned),
            (gettext("sent on or on the way"), each.dispatched),
            (gettext("corrected"), each.adjusted_out),
        )
    )
    if each.is_complete:
        return f"{came} = {went}"
    missing = gettext(
        "%(amount)s are not accounted for: let somebody verify the books",
        amount=show_amount(each.difference, unit),
    )
    return f"{came} ≠ {went}. {missing}"
