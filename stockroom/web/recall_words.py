"""How does a recall say on paper and screen who was told, and where the recalled quantities are?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext, lazy_gettext

from stockroom.ledger.trace_lots import LotNamed
from stockroom.queries.recall_answers import ReplyLineRow
from stockroom.queries.recall_contacts import AttemptRow, Contact
from stockroom.queries.recall_quantities import LotEverywhere, LotHere
from stockroom.queries.usual_packs import UsualPack
from stockroom.rules.recalled_quantities import LotBooks, LotSums
from stockroom.vocabulary import CheckLevel, ContactState
from stockroom.web.counted import show_packs
from stockroom.web.formats import show_day, show_word, zone_of_page
from stockroom.web.record_words import at_wall

Packs = Mapping[str, UsualPack]
"""In which packs people count, by product."""
STATE_LOUDNESS = {
    ContactState.NOT_TRIED: "danger",
    ContactState.TRYING: "warning",
    ContactState.REACHED: "success",
    ContactState.REFUSED: "info",
    ContactState.UNREACHABLE: "secondary",
}
LEVELS = {
    CheckLevel.A: lazy_gettext("A: every patient"),
    CheckLevel.B: lazy_gettext("B: more than one in ten, the share is stated"),
    CheckLevel.C: lazy_gettext("C: one in ten"),
    CheckLevel.D: lazy_gettext("D: two in a hundred"),
    CheckLevel.E: lazy_gettext("E: none"),
}
_SUMS = {
    "received": lazy_gettext("Received"),
    "corrected_in": lazy_gettext("Brought forward, found"),
    "held": lazy_gettext("On hand, held"),
    "in_transit": lazy_gettext("On the way"),
    "used": lazy_gettext("Used"),
    "compounded": lazy_gettext("Made into cocktails"),
    "returned": lazy_gettext("Returned"),
    "destroyed": lazy_gettext("Destroyed"),
    "corrected_out": lazy_gettext("Missing by counts"),
    "unaccounted": lazy_gettext("Not accounted for"),
}
_BOOKS = {
    "received": lazy_gettext("Received, made"),
    "arrived": lazy_gettext("From other clinics"),
    "corrected_in": lazy_gettext("Brought forward, found"),
    "on_hand": lazy_gettext("On hand, held"),
    "used": lazy_gettext("Used"),
    "compounded": lazy_gettext("Made into cocktails"),
    "returned": lazy_gettext("Returned"),
    "disposed": lazy_gettext("Destroyed"),
    "dispatched": lazy_gettext("To other clinics"),
    "on_the_way": lazy_gettext("Of that on the way"),
    "corrected_out": lazy_gettext("Missing by counts"),
    "difference": lazy_gettext("Not accounted for"),
}


def sums_heads() -> tuple[str, ...]:
    """The heads of a recalled lot over all clinics, in the order of its cells."""
    return tuple(str(word) for word in _SUMS.values())


def sums_cells(row: LotEverywhere | ReplyLineRow, packs: Packs) -> tuple[str, ...]:
    """A recalled lot over all clinics as people count it, a cell a head; nothing is written for none."""
    return tuple(_cell(getattr(row.sums, name), row, packs) for name in _SUMS)


def sums_plain(sums: LotSums) -> tuple[int, ...]:
    """A recalled lot over all clinics in base units, a number a head."""
    return tuple(getattr(sums, name) for name in _SUMS)


def books_heads() -> tuple[str, ...]:
    """The heads of one clinic's share, in the order of its cells."""
    return tuple(str(word) for word in _BOOKS.values())


def books_cells(share: LotHere, packs: Packs) -> tuple[str, ...]:
    """One clinic's share as people count it, a cell a head; nothing is written for none."""
    return tuple(_cell(getattr(share.books, name), share.lot, packs) for name in _BOOKS)


def books_plain(books: LotBooks) -> tuple[int, ...]:
    """One clinic's share in base units, a number a head."""
    return tuple(getattr(books, name) for name in _BOOKS)


def _cell(quantity: int, goods: LotEverywhere | ReplyLineRow | LotNamed, packs: Packs) -> str:
    return show_packs(quantity, goods, packs) if quantity else ""


def filled_columns(
    heads: tuple[str, ...], rows: Sequence[tuple[str, ...]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Leave out the columns in which no row says anything: a screen has less room than a paper."""
    kept = [n for n in range(len(heads)) if any(row[n] for row in rows)]
    return tuple(heads[n] for n in kept), [tuple(row[n] for n in kept) for row in rows]


def answers(sums: LotSums) -> tuple[str, ...]:
    """What is to be ticked for a lot on a supplier's form: none, or each of held, used, returned, destroyed."""
    if sums.is_none:
        return (gettext("none"),)
    said = (
        (sums.held + sums.in_transit, gettext("held")),
        (sums.used + sums.compounded, gettext("used")),
        (sums.returned, gettext("returned")),
        (sums.destroyed, gettext("destroyed")),
        (sums.corrected_out + max(sums.unaccounted, 0), gettext("not found")),
    )
    return tuple(word for quantity, word in said if quantity) or (gettext("none left"),)


def product_words(row: LotEverywhere | ReplyLineRow | LotHere) -> str:
    """A product with its strength."""
    named = row.lot if isinstance(row, LotHere) else row
    return f"{named.product_name} {named.strength}".strip()


def session_words(contact: Contact) -> str:
    """On which days a patient was treated with it, a line a clinic, and what was taken back since."""
    lines: dict[str, list[str]] = {}
    for each in contact.sessions:
        taken = "" if each.stands else " (" + gettext("taken back since") + ")"
        lines.setdefault(each.clinic_name, []).append(day_of(each.at) + taken)
    return "\n".join(f"{clinic}: {', '.join(days)}" for clinic, days in lines.items())


def day_of(at: datetime) -> str:
    """The civil day of an instant on the clinic's wall."""
    return show_day(at.astimezone(ZoneInfo(zone_of_page())).date())


def attempt_words(attempt: AttemptRow) -> str:
    """One attempt in a line."""
    said = gettext(
        "%(at)s, %(channel)s, %(who)s: %(outcome)s",
        at=at_wall(attempt.tried_at),
        channel=show_word(attempt.channel),
        who=attempt.tried_by,
        outcome=show_word(attempt.outcome),
    )
    return said + (" (" + gettext("written down by mistake") + ")" if attempt.is_withdrawn else "")


def attempts_words(attempts: Sequence[AttemptRow]) -> str:
    """The attempts, a line each."""
    return "\n".join(map(attempt_words, attempts))


def next_words(contact: Contact) -> str:
    """What is to be done next, and when; empty where nothing is left or nothing was said."""
    last = contact.last
    if contact.is_erased:
        return gettext("the record was erased: nobody is behind it")
    if last is None or not contact.is_open or last.next_step == "nothing":
        return ""
    day = f", {show_day(last.next_on)}" if last.next_on else ""
    return show_word(last.next_step) + day
