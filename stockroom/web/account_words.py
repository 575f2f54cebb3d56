"""How is it said where everything of a lot came from and went to?  As a sum: received = on hand + used + …"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext

from stockroom.ledger.trace_lots import LotNamed
from stockroom.queries.trace_rows import Account
from stockroom.queries.usual_packs import UsualPack
from stockroom.web.counted import show_packs


def account_words(each: Account, lot: LotNamed, packs: Mapping[str, UsualPack]) -> str:
    """Say the account of one lot as a sum: received = on hand + used + …, what is nothing left out.

    Each quantity as people count it, with the rest that is no whole presentation: nothing of it is lost.
    """

    def said(quantity: int) -> str:
        words = show_packs(quantity, lot, packs)
        return f"({words})" if " + " in words else words

    def sum_of(parts: Iterable[tuple[str, int]]) -> str:
        told = [
            gettext("%(amount)s %(what)s", amount=said(amount), what=what) for what, amount in parts if amount
        ]
        return " + ".join(told) or said(0)

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
        amount=said(each.difference),
    )
    return f"{came} ≠ {went}. {missing}"
