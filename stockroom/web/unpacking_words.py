"""How is a delivery said on a page: packs as people count them, and what a line still lacks?"""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext, ngettext

from stockroom.queries.deliveries import DeliveryLineRow
from stockroom.queries.likely_products import Why
from stockroom.rules.order_matching import Beyond
from stockroom.rules.receiving import Concern
from stockroom.rules.unpacking import Lack
from stockroom.vocabulary import Fault, OrderChoice
from stockroom.web.counted import show_count

LACKS: dict[Lack, Any] = {
    Lack.READING: lazy_gettext("which reading?"),
    Lack.PRODUCT: lazy_gettext("which product?"),
    Lack.LOT_NUMBER: lazy_gettext("lot number"),
    Lack.EXPIRY: lazy_gettext("expiry"),
    Lack.OTHER_EXPIRY: lazy_gettext("expiry differs from the books"),
    Lack.MISREAD: lazy_gettext("number read again"),
    Lack.SERIAL: lazy_gettext("serial"),
    Lack.ONE_PACK: lazy_gettext("one pack a serial"),
    Lack.PLACE: lazy_gettext("place"),
    Lack.DECISION: lazy_gettext("a decision"),
    Lack.BENCH: lazy_gettext("received at the bench before"),
    Lack.ORDER: lazy_gettext("kept beyond the order"),
}
"""What somebody must still say of a line, in a word or two."""

CONCERNS: dict[Concern, Any] = {
    Concern.EXPIRED: lazy_gettext("expired"),
    Concern.SHORT_DATED: lazy_gettext("expires soon"),
    Concern.DOUBTFUL: lazy_gettext("arrived in doubtful state"),
    Concern.NOT_AUTHORISED: lazy_gettext("not authorised in this country"),
}

FAULTS: dict[Fault, Any] = {
    Fault.DAMAGED: lazy_gettext("damaged"),
    Fault.WRONG: lazy_gettext("wrong goods"),
    Fault.SHORT_DATED: lazy_gettext("expires too soon"),
    Fault.TOO_MANY: lazy_gettext("more than was ordered"),
    Fault.DOUBTFUL: lazy_gettext("doubtful, too warm or opened"),
}
"""What is wrong with packs that are put aside or refused."""

CHOICES: dict[OrderChoice, Any] = {
    OrderChoice.UNDECIDED: lazy_gettext("as far as it was ordered"),
    OrderChoice.KEEP: lazy_gettext("keep what was not ordered, too"),
    OrderChoice.APART: lazy_gettext("count it on no order: what was ordered stays owed"),
}
"""What becomes of goods beyond an order."""


def beyond_said(line: DeliveryLineRow) -> str:
    """How a line goes beyond what was ordered: 2 more than ordered, or not ordered: keep?; empty where it does not."""
    if line.beyond is None:
        return ""
    asked = Lack.ORDER in line.lacks
    if line.beyond is Beyond.NOT_ORDERED:
        return gettext("not ordered: keep?") if asked else gettext("not ordered")
    if asked:
        return ngettext(
            "%(num)s more than ordered: keep?", "%(num)s more than ordered: keep?", line.beyond_count
        )
    return ngettext("%(num)s more than ordered", "%(num)s more than ordered", line.beyond_count)


WHY: dict[Why, Any] = {
    Why.SAME_COMPANY: lazy_gettext("same company by its code"),
    Why.OF_SUPPLIER: lazy_gettext("sold by this supplier"),
    Why.WITHOUT_CODE: lazy_gettext("has no code yet"),
}
"""Why a product is offered for an unknown code."""


def packs_said(line: Any) -> str:
    """How many packs a line has, such as 3 boxes of 10 = 30 vials, or 4 vials."""
    if line.product_uid is None:
        return ngettext("%(num)s pack", "%(num)s packs", line.pack_count)
    if line.presentation_count == 1:
        return show_count(line.pack_count, line.presentation)
    return gettext(
        "%(packs)s of %(many)s = %(whole)s",
        packs=show_count(line.pack_count, line.pack_level),
        many=line.presentation_count,
        whole=show_count(line.pack_count * line.presentation_count, line.presentation),
    )
