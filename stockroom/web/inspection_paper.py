"""What an unannounced visit asks of a lot, on paper."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from flask_babel import gettext, ngettext

from stockroom.ledger.trace_lots import LotNamed
from stockroom.outside.record_paper import PaperPart, PaperRow, RecordPaper, record_paper
from stockroom.queries.evidence import ROWS_ON_PAPER_MAX
from stockroom.queries.inspection import LotInspected
from stockroom.queries.trace_patients import PatientReached
from stockroom.queries.trace_rows import Use
from stockroom.web import inspection_words as words
from stockroom.web.clinic_here import clinic_here
from stockroom.web.counted import packs_of
from stockroom.web.formats import show_word
from stockroom.web.record_words import at_wall, before_words


def inspection_paper(shown: LotInspected, patients: Mapping[str, PatientReached], *, printed: str) -> bytes:
    """Give the PDF: patients, hands, what is left, holds, temperatures, and the journal in one sentence."""
    first = shown.trace.lots[0].lot
    units = {each.lot.uid: each.lot for each in shown.trace.lots}
    title = gettext("Lot %(number)s of %(product)s", number=first.number, product=first.product_name)
    clinic = clinic_here()
    return record_paper(
        RecordPaper(
            title=title,
            below=(
                " · ".join(filter(None, ("" if clinic is None else clinic.name, printed))),
                words.journal_words(shown.journal),
                *map(before_words, shown.former_names),
            ),
            parts=(
                _patients(shown, patients, first),
                _hands(shown),
                _left(shown, units),
                _holds(shown),
                _places(shown),
            ),
            foot=f"{title} · {printed}",
        )
    )


def _part(
    title: str, none: str, heads: tuple[str, ...], widths: tuple[int, ...], rows: list[tuple[str, ...]]
) -> PaperPart:
    return PaperPart(
        title=title,
        lines=() if rows else (none,),
        heads=heads,
        widths=widths,
        rows=[PaperRow(cells=cells) for cells in rows],
    )


def _patients(shown: LotInspected, patients: Mapping[str, PatientReached], first: LotNamed) -> PaperPart:
    count = len({use.patient_id for use in shown.uses})
    some = shown.uses[:ROWS_ON_PAPER_MAX]
    part = _part(
        gettext(
            "1. Who got it: %(patients)s", patients=ngettext("%(num)s patient", "%(num)s patients", count)
        ),
        gettext("Nobody."),
        (
            gettext("Patient"),
            gettext("Session"),
            gettext("When"),
            gettext("Quantity"),
            gettext("Injected by"),
        ),
        (18, 12, 20, 30, 20),
        [
            (
                words.patient_words(patients, use),
                shown.session_codes.get(use.session_uid, ""),
                at_wall(use.occurred_at),
                "\n".join(filter(None, (words.use_words(use, first), words.mark_words(shown, use)))),
                use.practitioner or "",
            )
            for use in some
        ],
    )
    return (
        part if len(some) == len(shown.uses) else replace(part, lines=(*part.lines, _first_of(shown, some)))
    )


def _first_of(shown: LotInspected, some: tuple[Use, ...]) -> str:
    """Of how many uses some are printed, and where every one of them stands."""
    return gettext(
        "The first %(shown)s of %(count)s uses. The file of the lot's trace, uses.csv, holds every one of them.",
        shown=len(some),
        count=len(shown.uses),
    )


def _hands(shown: LotInspected) -> PaperPart:
    return _part(
        gettext("2. Who had it in hand"),
        gettext("Nobody."),
        (
            gettext("What"), gettext("Who"), gettext("When"), gettext("Roles"),
            gettext("Authorised on that day"),
        ),
        (11, 20, 25, 14, 30),
        [
            (
                show_word(hand.act.value),
                f"{hand.person}, {hand.profession}",
                words.times_words(hand),
                words.roles_words(hand),
                words.authorised_words(hand),
            )
            for hand in shown.hands
        ],
    )  # fmt: skip


def _left(shown: LotInspected, lots: Mapping[str, LotNamed]) -> PaperPart:
    packs = packs_of(lots.values())
    return _part(
        gettext("3. Where the rest lies"),
        gettext("Nothing is left."),
        (gettext("Lot"), gettext("Place"), gettext("Quantity"), gettext("Last counted")),
        (25, 30, 15, 30),
        [
            (
                lots[each.lying.lot_uid].number,
                " ".join(filter(None, (each.lying.location_name, each.lying.container_code))),
                words.left_words(each, lots[each.lying.lot_uid], packs),
                words.counted_words(each, lots[each.lying.lot_uid], packs),
            )
            for each in shown.left
        ],
    )


def _holds(shown: LotInspected) -> PaperPart:
    return _part(
        gettext("4. Holds"),
        gettext("None, ever."),
        (gettext("Why"), gettext("What"), gettext("Placed"), gettext("Since then")),
        (30, 20, 20, 30),
        [
            (
                f"{show_word(hold.reason)}: {hold.note}",
                words.hold_words(hold),
                f"{at_wall(hold.placed_at)}, {hold.placed_by}",
                words.released_words(hold),
            )
            for hold in shown.holds
        ],
    )


def _places(shown: LotInspected) -> PaperPart:
    return _part(
        gettext("5. Temperatures where it lay, while it lay there"),
        gettext("It lay nowhere."),
        (
            gettext("Place"), gettext("From, to"), gettext("Temperatures"), gettext("Outside limits"),
        ),
        (22, 33, 30, 15),
        [
            (stay.place, words.stay_words(stay), words.warmth_words(stay), words.out_words(stay))
            for stay in shown.stays
        ],
    )  # fmt: skip
