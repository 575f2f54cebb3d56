"""What of a trace stands on a paper?  The statement of completeness, the lots, where they came from and lie, every use.

The recall's pack has the same parts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext, ngettext

from stockroom.access.traced import Walked
from stockroom.ledger.trace_lots import LotNamed
from stockroom.outside.record_paper import PaperPart, PaperRow
from stockroom.queries.trace_rows import BackTrace, ForwardTrace, Use
from stockroom.queries.usual_packs import UsualPack
from stockroom.web.account_words import account_words
from stockroom.web.changed_since import marks_of_uses
from stockroom.web.counted import packs_of, show_left, show_packs
from stockroom.web.formats import show_amount, show_day, show_word
from stockroom.web.record_words import at_wall
from stockroom.web.trace_shown import Shown, name_of, sentence_of, through_of

Packs = Mapping[str, UsualPack]


def trace_parts(found: Shown, *, as_of: datetime, annex: str) -> tuple[PaperPart, ...]:
    """Give the parts of a trace as of an instant, in the order in which they are asked for.

    The uses that do not stand on the paper are in the `annex`.
    """
    trace = found.trace
    packs = packs_of(each.lot for each in trace.lots)
    parts = [PaperPart(title=gettext("What was found"), lines=(sentence_of(found), *_doubts(found)))]
    if isinstance(trace, ForwardTrace):
        parts += [_completeness(trace, packs), _lying(found, trace, packs)]
    else:
        parts.append(_lots(trace))
        if trace.devices:
            parts.append(_devices(found, trace))
    parts += [_origins(found, packs), _uses(found, as_of, annex)]
    return tuple(parts)


def _completeness(trace: ForwardTrace, packs: Packs) -> PaperPart:
    """The statement of completeness, a lot a row, computed from the ledger to the last base unit."""
    lots = {each.lot.uid: each.lot for each in trace.lots}
    moved = [each for each in trace.accounts if each.is_moved]
    wrong = sum(not each.is_complete for each in moved)
    said = (
        gettext("Everything that came in is accounted for, to the last unit.")
        if not wrong
        else ngettext("%(num)s lot does not add up.", "%(num)s lots do not add up.", wrong)
    )
    return PaperPart(
        title=gettext("Statement of completeness"),
        lines=(said,),
        heads=(gettext("Lot"), gettext("Product"), gettext("Clinic"), gettext("What came in = where it is")),
        widths=(16, 24, 14, 46),
        rows=[
            PaperRow(
                cells=(
                    lots[each.lot_uid].number, _product(lots[each.lot_uid]), lots[each.lot_uid].clinic_name,
                    account_words(each, lots[each.lot_uid], packs),
                )
            )
            for each in moved
        ],
    )  # fmt: skip


def _doubts(found: Shown) -> tuple[str, ...]:
    unseen = found.trace.unseen_clinics
    if not unseen:
        return ()
    return (
        ngettext(
            "NOT COMPLETE: the trail goes on in %(num)s clinic that the signer may not see.",
            "NOT COMPLETE: the trail goes on in %(num)s clinics that the signer may not see.",
            unseen,
        ),
    )


def _product(lot: LotNamed) -> str:
    return f"{lot.product_name} {lot.strength}".strip()


def _lying(found: Shown, trace: ForwardTrace, packs: Packs) -> PaperPart:
    lots = {each.lot.uid: each.lot for each in trace.lots}
    return PaperPart(
        title=lying_title(found),
        lines=() if trace.lying else (gettext("Nothing is left."),),
        heads=(gettext("Lot"), gettext("Product"), gettext("Place"), gettext("Quantity")),
        widths=(20, 40, 25, 15),
        rows=[
            PaperRow(
                cells=(
                    lots[each.lot_uid].number,
                    _product(lots[each.lot_uid]),
                    gettext("opened %(code)s", code=each.container_code)
                    if each.container_code
                    else each.location_name,
                    show_left(each.quantity, lots[each.lot_uid])
                    if each.container_code
                    else show_packs(each.quantity, lots[each.lot_uid], packs),
                )
            )
            for each in trace.lying
        ],
    )


def lying_title(found: Walked) -> str:
    """Of one vial what is left of its lot is told, as what it came out of."""
    if found.traced.container_code:
        return gettext("What is left of the whole lot, and where")
    return gettext("What is left, and where")


def _lots(trace: BackTrace) -> PaperPart:
    numbers = {each.lot.uid: each.lot.number for each in trace.lots}
    return PaperPart(
        title=gettext("Lots behind it"),
        lines=() if trace.lots else (gettext("Nothing was booked."),),
        heads=(
            gettext("Lot"),
            gettext("Product"),
            gettext("Expiry"),
            gettext("Went into"),
            gettext("Clinic"),
        ),
        widths=(20, 34, 14, 18, 14),
        rows=[
            PaperRow(
                cells=(
                    each.lot.number,
                    _product(each.lot),
                    show_day(each.lot.expires_on) if each.lot.expires_on else "–",
                    ", ".join(numbers.get(uid, "") for uid in each.via) or "–",
                    each.lot.clinic_name,
                )
            )
            for each in trace.lots
        ],
    )


def _devices(found: Shown, trace: BackTrace) -> PaperPart:
    return PaperPart(
        title=gettext("Devices"),
        heads=(gettext("Device"), gettext("Serial"), gettext("When"), gettext("Patient"), gettext("By")),
        widths=(30, 18, 18, 18, 16),
        rows=[
            PaperRow(
                cells=(
                    each.name,
                    each.serial,
                    at_wall(each.occurred_at),
                    name_of(found.patients, each.patient_uid),
                    each.by,
                )
            )
            for each in trace.devices
        ],
    )


def _origins(found: Shown, packs: Packs) -> PaperPart:
    lots = {each.lot.uid: each.lot for each in found.trace.lots}
    return PaperPart(
        title=gettext("Where it came from"),
        lines=() if found.origins else (gettext("No delivery is known."),),
        heads=(
            gettext("Lot"), gettext("Supplier"), gettext("Delivery note"), gettext("Arrived"), gettext("Quantity"),
        ),
        widths=(20, 28, 22, 18, 12),
        rows=[
            PaperRow(
                cells=(
                    each.lot_number,
                    each.supplier_name or gettext("Opening stock"),
                    each.delivery_note or "–",
                    at_wall(each.arrived_at),
                    show_packs(each.quantity, lots[each.lot_uid], packs),
                )
            )
            for each in found.origins
        ],
    )  # fmt: skip


def _uses(found: Shown, as_of: datetime, annex: str) -> PaperPart:
    numbers = {each.lot.uid: each.lot.number for each in found.trace.lots}
    return PaperPart(
        title=gettext("Every use"),
        lines=_of_how_many(found, annex),
        heads=(
            gettext("When"), gettext("Patient"), gettext("Lot"), gettext("Through"), gettext("Quantity"),
            gettext("Area"), gettext("By"), gettext("Clinic"), gettext("Entry"),
        ),
        widths=(13, 13, 16, 12, 9, 12, 13, 9, 6),
        rows=[
            PaperRow(cells=_use(found, use, numbers, mark))
            for use, mark in zip(found.uses, marks_of_uses(found.uses, as_of=as_of), strict=True)
        ],
    )  # fmt: skip


def _of_how_many(found: Shown, annex: str) -> tuple[str, ...]:
    if not found.counted.uses:
        return (gettext("Nothing of it was used on anybody."),)
    return first_of(len(found.uses), found.counted.uses, annex)


def first_of(printed: int, all_of_it: int, annex: str) -> tuple[str, ...]:
    """Say of how many rows some are printed, and where every one of them stands."""
    if printed >= all_of_it:
        return ()
    return (
        gettext(
            "The first %(shown)s of %(count)s. The annex, %(file)s.csv, holds every one of them, and the digest "
            "covers them all.",
            shown=printed,
            count=all_of_it,
            file=annex,
        ),
    )


def _use(found: Shown, use: Use, numbers: dict[str, str], mark: str) -> tuple[str, ...]:
    when = at_wall(use.occurred_at)
    return (
        "\n".join((when, gettext("recorded late"))) if use.is_late else when,
        name_of(found.patients, use.patient_uid),
        "\n".join(filter(None, (use.lot.number, _product(use.lot), mark))),
        through_of(use, numbers),
        show_amount(use.quantity, use.lot.base_unit),
        ", ".join(show_word(part.area) for part in use.areas) or "–",
        use.practitioner or "–",
        use.lot.clinic_name,
        str(use.seq),
    )
