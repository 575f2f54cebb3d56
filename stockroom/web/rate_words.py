"""How is a rate of adverse reactions said, and what makes a lot stand out?  The numbers, and nothing beyond them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from flask_babel import format_decimal, gettext, ngettext

from stockroom.queries.reaction_groups import lot_key
from stockroom.queries.reaction_rates import Exposed
from stockroom.rules.proportions import SHOWN
from stockroom.rules.reaction_signals import Compared, Signal, Tally, Threshold
from stockroom.web.asked_days import AskedDays
from stockroom.web.formats import NOTHING, show_day


def show_percent(share: Fraction | Decimal | None) -> str:
    """A proportion in percent, such as 12.5 %; a dash for none."""
    if share is None:
        return NOTHING
    exact = Fraction(share) * 100
    rounded = (Decimal(exact.numerator) / exact.denominator).quantize(Decimal("0.1"))
    return f"{format_decimal(rounded, '0.0')} %"


def written_shares(its: Tally) -> tuple[str | None, str | None, str | None]:
    """Rate, lower and upper bound as a file has them, such as 0.125000; nothing where there is no rate."""
    if its.bounds is None:
        return (None, None, None)
    rate = Decimal(its.events) / its.exposures
    return (str(rate.quantize(SHOWN)), str(its.bounds.lower), str(its.bounds.upper))


def show_bounds(its: Tally) -> str:
    """The interval around a rate; a dash where there is none."""
    if its.bounds is None:
        return NOTHING
    return gettext(
        "%(lower)s to %(upper)s", lower=show_percent(its.bounds.lower), upper=show_percent(its.bounds.upper)
    )


@dataclass(frozen=True, kw_only=True)
class SignalSaid:
    """A lot that stands out, in words."""

    title: str
    why: str
    note: str
    """What a hold form is filled in with, when somebody decides to hold it."""
    lot_uid: str | None
    """The lot's row in the reader's clinic; None where it never was there."""
    key: str


def signals_said(
    found: Compared, exposed: Exposed, threshold: Threshold, days: AskedDays, clinic_uid: str
) -> list[SignalSaid]:
    """Say why each lot stands out."""
    return [_said(signal, exposed, threshold, days, clinic_uid) for signal in found.signals]


def _said(
    signal: Signal, exposed: Exposed, threshold: Threshold, days: AskedDays, clinic_uid: str
) -> SignalSaid:
    product = exposed.products[signal.lot.product_uid].name
    title = gettext("Lot %(number)s of %(product)s", number=signal.lot.number, product=product)
    its, rest = signal.tally, signal.rest
    why = gettext(
        "%(events)s of %(sessions)s have a reaction (%(rate)s; %(sure)s %% interval %(bounds)s): %(reacted)s of "
        "%(patients)s. Of the other "
        "sessions with this product %(rest_events)s of %(rest)s have one (%(rest_rate)s). The lower end of the "
        "interval is above that rate.",
        events=its.events,
        sessions=ngettext("%(num)s session", "%(num)s sessions", its.exposures),
        rate=show_percent(its.rate),
        sure=threshold.confidence_percent,
        bounds=show_bounds(its),
        reacted=its.patients_with_event,
        patients=ngettext("%(num)s patient", "%(num)s patients", its.patients),
        rest_events=rest.events,
        rest=rest.exposures,
        rest_rate=show_percent(rest.rate),
    )
    note = gettext(
        "Adverse reactions from %(since)s to %(until)s. %(title)s: %(why)s",
        since=show_day(days.since),
        until=show_day(days.until),
        title=title,
        why=why,
    )
    uid = exposed.lot_uids[signal.lot].get(clinic_uid)
    return SignalSaid(title=title, why=why, note=note, lot_uid=uid, key=lot_key(signal.lot))
