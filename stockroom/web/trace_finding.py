"""What does the trace box find for what was scanned or typed into it, and what does it say of that?"""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext

from stockroom.access.acting import acting, installation
from stockroom.barcodes.unreadable import ScanUnreadable
from stockroom.errors import ThingNotFound
from stockroom.queries.finding_by_text import FoundThing
from stockroom.queries.trace_naming import Doubt, Meant, meant_by
from stockroom.web.formats import today_here
from stockroom.web.forms import Refusal, refused


@dataclass(frozen=True, kw_only=True)
class Found:
    """What goes by a text."""

    things: tuple[FoundThing, ...]
    only: FoundThing | None
    note: str = ""
    """What is to be known before one of them is chosen."""


def found_by(text: str) -> Found | Refusal:
    """Find what a scan, a code, a number or a name means; several things where it may mean them."""
    store = installation()
    try:
        with store.reading() as connection:
            meant = meant_by(connection, store.keyring, acting().clinic_id, text=text, today=today_here())
    except ScanUnreadable as error:
        return refused(error)
    except ThingNotFound:
        return refused(ThingNotFound(thing=gettext("lot, code, reference or name"), uid=text[:40]))
    return Found(things=meant.things, only=meant.only, note=_note(meant))


def _note(meant: Meant) -> str:
    match meant.doubt:
        case None:
            return ""
        case Doubt.PACK_UNKNOWN:
            return gettext(
                "No product here has the code of this pack. What follows goes by its lot number alone."
            )
        case Doubt.LOT_NOT_HERE:
            return gettext(
                "Lot %(number)s of %(product)s is not in the books of this clinic.",
                number=meant.number,
                product=meant.product,
            )
    return gettext("There are more than these. Type more of the name or number to see the others.")
