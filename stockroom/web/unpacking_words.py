"""How is a delivery said on a page: packs as people count them, and what a line still lacks?"""

from __future__ import annotations

from typing import Any

from flask_babel import format_decimal, gettext, lazy_gettext

from stockroom.queries.likely_products import Why
from stockroom.rules.receiving import Concern
from stockroom.rules.unpacking import Lack

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
}
"""What somebody must still say of a line, in a word or two."""

CONCERNS: dict[Concern, Any] = {
    Concern.EXPIRED: lazy_gettext("expired"),
    Concern.SHORT_DATED: lazy_gettext("expires soon"),
    Concern.DOUBTFUL: lazy_gettext("arrived in doubtful state"),
}

WHY: dict[Why, Any] = {
    Why.SAME_COMPANY: lazy_gettext("same company by its code"),
    Why.OF_SUPPLIER: lazy_gettext("sold by this supplier"),
    Why.WITHOUT_CODE: lazy_gettext("has no code yet"),
}
"""Why a product is offered for an unknown code."""


def packs_said(line: Any) -> str:
    """How many packs a line has, such as 3 × box of 10 = 30 × vial, or 4 × vial."""
    count = format_decimal(line.pack_count)
    if line.product_uid is None:
        return gettext("%(count)s × pack", count=count)
    if line.presentation_count == 1:
        return f"{count} × {line.presentation}"
    return gettext(
        "%(count)s × %(level)s of %(many)s = %(whole)s × %(presentation)s",
        count=count,
        level=line.pack_level,
        many=line.presentation_count,
        whole=format_decimal(line.pack_count * line.presentation_count),
        presentation=line.presentation,
    )
