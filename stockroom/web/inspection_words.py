"""How is said what an unannounced visit asks of a lot?  The same words on the screen and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from flask_babel import gettext, ngettext

from stockroom.ledger.trace_lots import LotNamed
from stockroom.ledger.verify.intact import Intact
from stockroom.queries.inspection import HoldThen, LeftOver, LotInspected
from stockroom.queries.inspection_hands import Hand
from stockroom.queries.inspection_places import StayMeasured
from stockroom.queries.people_then import AuthorisationThen
from stockroom.queries.trace_patients import PatientReached
from stockroom.queries.trace_rows import Use
from stockroom.queries.usual_packs import UsualPack
from stockroom.web.changed_since import mark_of_use
from stockroom.web.counted import show_left, show_packs
from stockroom.web.formats import NOTHING, show_amount, show_celsius, show_day, show_word
from stockroom.web.record_words import at_wall


def patient_words(patients: Mapping[str, PatientReached], use: Use) -> str:
    """The reference (or card code) of a patient; that the record was erased, where it was."""
    person = patients[use.patient_uid]
    return person.reference or person.short_code or gettext("erased")


def by_patient(uses: Iterable[Use]) -> list[tuple[Use, list[Use]]]:
    """The uses of each patient together, each in its order: the first stands for the patient.

    Records that were merged are one patient.
    """
    found: dict[int, list[Use]] = {}
    for use in uses:
        found.setdefault(use.patient_id, []).append(use)
    return [(its[0], its) for its in found.values()]


def use_words(use: Use, first: LotNamed) -> str:
    """How much was used of what: of the lot itself, or of a cocktail that it is in."""
    said = show_amount(use.quantity, use.lot.base_unit)
    if use.lot.product_uid == first.product_uid:
        return said
    return gettext(
        "%(amount)s of %(product)s %(number)s",
        amount=said,
        product=use.lot.product_name,
        number=use.lot.number,
    )


def mark_words(shown: LotInspected, use: Use) -> str:
    """What became of a use since it was entered; empty where it stands as it was."""
    return mark_of_use(shown.changes, use)


def times_words(hand: Hand) -> str:
    """How often and when."""
    if hand.first_at == hand.last_at:
        return at_wall(hand.first_at)
    often = ngettext("%(num)s time", "%(num)s times", hand.count)
    return gettext(
        "%(often)s, %(first)s to %(last)s",
        often=often,
        first=at_wall(hand.first_at),
        last=at_wall(hand.last_at),
    )


def authorised_words(hand: Hand) -> str:
    """What somebody was authorised to on the days of these acts; that nobody was asked to be, where it is so."""
    if not hand.asks_for:
        return gettext("by role alone")
    said = "; ".join(dict.fromkeys(map(_authorisation, hand.held)))
    if not hand.days_without:
        return said
    days = ", ".join(show_day(day) for day in hand.days_without[:5])
    more = len(hand.days_without) - 5
    if more > 0:
        days = gettext("%(days)s and %(more)s more days", days=days, more=more)
    none = gettext("not authorised to %(act)s on %(days)s", act=show_word(hand.asks_for), days=days)
    return f"{said}; {none}" if said else none


def _authorisation(each: AuthorisationThen) -> str:
    what = f"{show_word(each.kind)} ({each.scope_name})" if each.scope_name else show_word(each.kind)
    until = show_day(each.until_on) if each.until_on else gettext("further notice")
    said = gettext(
        "%(what)s from %(since)s until %(until)s", what=what, since=show_day(each.from_on), until=until
    )
    return gettext("%(said)s, by %(name)s", said=said, name=each.granted_by) if each.granted_by else said


def roles_words(hand: Hand) -> str:
    """The roles that somebody held meanwhile."""
    return ", ".join(map(show_word, hand.roles)) or NOTHING


def left_words(each: LeftOver, lot: LotNamed, packs: Mapping[str, UsualPack]) -> str:
    """How much lies at a place, as people count it there."""
    return _counted(each, each.lying.quantity, lot, packs)


def counted_words(each: LeftOver, lot: LotNamed, packs: Mapping[str, UsualPack]) -> str:
    """When somebody last counted it there, and what was found."""
    if each.counted_at is None or each.counted_quantity is None:
        return gettext("never")
    found = _counted(each, each.counted_quantity, lot, packs)
    return gettext("%(at)s: %(amount)s", at=at_wall(each.counted_at), amount=found)


def _counted(each: LeftOver, quantity: int, lot: LotNamed, packs: Mapping[str, UsualPack]) -> str:
    return show_left(quantity, lot) if each.lying.container_code else show_packs(quantity, lot, packs)


def hold_words(hold: HoldThen) -> str:
    """What a hold reaches."""
    if hold.is_everywhere:
        return gettext("the lot in every clinic") if hold.reaches else gettext("the product in every clinic")
    return gettext("lot %(number)s", number=hold.reaches) if hold.reaches else gettext("what lay at places")


def released_words(hold: HoldThen) -> str:
    """Who released a hold, when and why; that it stands."""
    if hold.released_at is None:
        return gettext("stands")
    return gettext(
        "released %(at)s by %(name)s: %(note)s",
        at=at_wall(hold.released_at),
        name=hold.released_by or NOTHING,
        note=hold.release_note,
    )


def stay_words(stay: StayMeasured) -> str:
    """From when until when it lay there."""
    until = gettext("now") if stay.until is None else at_wall(stay.until)
    return gettext("%(since)s to %(until)s", since=at_wall(stay.since), until=until)


def warmth_words(stay: StayMeasured) -> str:
    """Between which temperatures; that nobody read any, where it is so."""
    if not stay.reading_count:
        return gettext("nothing was read")
    return gettext(
        "%(coldest)s to %(warmest)s, %(readings)s",
        coldest=show_celsius(stay.coldest_tenths),
        warmest=show_celsius(stay.warmest_tenths),
        readings=ngettext("%(num)s reading", "%(num)s readings", stay.reading_count),
    )


def out_words(stay: StayMeasured) -> str:
    """How many readings were outside their limits."""
    if not stay.reading_count:
        return NOTHING
    if not stay.out_count:
        return gettext("none")
    return ngettext("%(num)s reading", "%(num)s readings", stay.out_count)


def journal_words(journal: Intact) -> str:
    """In one sentence, whether the journal is intact, up to which entry, and where its head is kept."""
    if not journal.through_seq:
        return gettext(
            "No head of this journal is kept in %(file)s yet: nothing can be compared.", file=journal.kept_in
        )
    at = at_wall(datetime.fromisoformat(journal.anchored_at).astimezone(UTC))
    if journal.fault_seq is not None:
        return gettext(
            "The journal is NOT intact: entry %(fault)s is not as it was. Its head at entry %(seq)s is kept in "
            "%(file)s, written %(at)s.",
            fault=journal.fault_seq,
            seq=journal.through_seq,
            file=journal.kept_in,
            at=at,
        )
    return gettext(
        "Journal intact up to entry %(seq)s, head kept in %(file)s, written %(at)s (entries %(first)s to %(seq)s "
        "recomputed just now).",
        seq=journal.through_seq,
        file=journal.kept_in,
        at=at,
        first=journal.first_seq,
    )
