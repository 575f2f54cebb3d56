"""After which lots, products, recipes and areas did patients react, and how often?  Counts, rates, what stands out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.errors import ThingNotFound
from stockroom.queries.clinics import NamedClinic, clinics_where, named_clinics
from stockroom.queries.reaction_groups import RateRow, RatesBy, events_of, rate_rows
from stockroom.queries.reaction_rates import Exposed, exposed_sessions
from stockroom.reads.settings import settings_of
from stockroom.rules.reaction_signals import Threshold, compared, tally
from stockroom.vocabulary import Action, ReactionSeverity
from stockroom.web.asked_days import AskedDays, asked_days
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.rate_words import show_bounds, show_percent, signals_said, written_shares

blp = Blueprint("reaction_rates_page", __name__, url_prefix="/c/<clinic_uid>/reaction-rates")
ALL = "all"
TABS: dict[str, Any] = {
    "lot": lazy_gettext("By lot"),
    "product": lazy_gettext("By product"),
    "recipe": lazy_gettext("By recipe"),
    "area": lazy_gettext("By area"),
}
WORDS: dict[str, Any] = {
    "lot": lazy_gettext("Lot"),
    "product": lazy_gettext("Product"),
    "recipe": lazy_gettext("Recipe"),
    "area": lazy_gettext("Area"),
    "practitioner": lazy_gettext("Practitioner"),
}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the address asks for: days, whose sessions, from which severity on."""

    days: AskedDays
    clinics: tuple[NamedClinic, ...]
    """Those whose sessions are counted."""
    others: tuple[NamedClinic, ...]
    """Those among which the reader may choose."""
    clinic: str
    """What the choice is: empty for this one, `all`, or a clinic's uid."""
    least: ReactionSeverity

    @property
    def address(self) -> dict[str, str]:
        """The same question, for a further address."""
        return {
            "since": self.days.since.isoformat(),
            "until": self.days.until.isoformat(),
            "clinics": self.clinic,
            "least": self.least.value,
        }


@dataclass(frozen=True, kw_only=True)
class Read:
    """The sessions of the time, and by which threshold they are judged."""

    exposed: Exposed
    threshold: Threshold


@blp.get("")
def rates(clinic_uid: str) -> ResponseReturnValue:
    """The counts of each group, and the lots that stand out."""
    return _page(_by(), Action.READ_TRACE)


@blp.get("/practitioners")
def practitioners(clinic_uid: str) -> ResponseReturnValue:
    """The counts of whoever injected."""
    return _page(RatesBy.PRACTITIONER, Action.READ_OPERATOR_RATES)


@blp.get("/rates.csv")
def rates_csv(clinic_uid: str) -> Response:
    """The counts as a file."""
    return _file(_by(), Action.READ_TRACE)


@blp.get("/practitioners.csv")
def practitioners_csv(clinic_uid: str) -> Response:
    """The counts of whoever injected as a file."""
    return _file(RatesBy.PRACTITIONER, Action.READ_OPERATOR_RATES)


@blp.get("/events")
def events(clinic_uid: str) -> ResponseReturnValue:
    """The reactions of one group, each with its session.  Raises ThingNotFound for a group that is not there."""
    by, key = _by(), request.args.get("of", "")
    if not key:
        return redirect(url_for(".rates", clinic_uid=clinic_uid), code=303)
    asked = _asked(Action.READ_TRACE)
    read = _read(asked)
    row = next((each for each in rate_rows(read.exposed, by, read.threshold) if each.key == key), None)
    if row is None:
        raise ThingNotFound(thing=by.value, uid=key[:40])
    found = events_of(read.exposed, by, key)
    shown = ((each.clinic_id, each.patient_uid) for each in found)
    disclose_trace(installation(), acting(), shown, purpose="reactions", now=present())
    return render_template("reaction_rates/events.html", asked=asked, by=by.value, row=row, events=found)


def _by() -> RatesBy:
    asked = request.args.get("by", "")
    return RatesBy(asked) if asked in TABS else RatesBy.LOT


def _page(by: RatesBy, action: Action) -> ResponseReturnValue:
    asked = _asked(action)
    read = _read(asked)
    listing = asked_listing(
        columns=("rate",), usual="rate", filters=("by", "since", "until", "clinics", "least")
    )
    text = listing.q.casefold()
    rows = [
        row
        for row in rate_rows(read.exposed, by, read.threshold)
        if text in f"{row.name} {row.product}".casefold()
    ]
    found = compared(read.exposed.sessions, read.threshold) if by is RatesBy.LOT else None
    here = acting().clinic_uid
    return render_template(
        "reaction_rates/rates.html",
        asked=asked,
        by=by.value,
        tabs=TABS,
        words=WORDS,
        rows=rows[listing.offset : listing.offset + ROWS],
        count=len(rows),
        listing=listing,
        together=tally(read.exposed.sessions, read.threshold),
        threshold=read.threshold,
        compared=found,
        signals=signals_said(found, read.exposed, read.threshold, asked.days, here) if found else (),
        severities=list(ReactionSeverity),
        percent=show_percent,
        bounds=show_bounds,
    )


def _file(by: RatesBy, action: Action) -> Response:
    asked = _asked(action)
    read = _read(asked)
    heads = (
        by.value, "product", "sessions", "patients", "sessions_with_reaction", "patients_with_reaction", "rate",
        "lower", "upper", "confidence_percent", "since", "until", "clinics",
    )  # fmt: skip
    rows = rate_rows(read.exposed, by, read.threshold)
    return csv_file(f"reaction-rates-by-{by.value}", heads, _cells(rows, read.threshold, asked))


def _cells(rows: list[RateRow], threshold: Threshold, asked: Asked) -> Iterator[tuple[Cell, ...]]:
    clinics = ", ".join(each.name for each in asked.clinics)
    for row in rows:
        its = row.tally
        yield (
            row.name, row.product, its.exposures, its.patients, its.events, its.patients_with_event,
            *written_shares(its),
            threshold.confidence_percent, asked.days.since, asked.days.until, clinics,
        )  # fmt: skip


def _asked(action: Action) -> Asked:
    """Read the address; a clinic that the reader may not see is as if it were not there."""
    actor = acting()
    with installation().reading() as connection:
        may_see = clinics_where(connection, actor.user_id or 0, action) | {actor.clinic_id}
        known = named_clinics(connection, may_see)
    choice = request.args.get("clinics", "")
    if choice == ALL and len(known) > 1:
        chosen = known
    else:
        chosen = tuple(each for each in known if each.uid == choice and each.id != actor.clinic_id)
        choice = chosen[0].uid if chosen else ""
        chosen = chosen or tuple(each for each in known if each.id == actor.clinic_id)
    least = request.args.get("least", "")
    return Asked(
        days=asked_days(),
        clinics=chosen,
        others=tuple(each for each in known if each.id != actor.clinic_id),
        clinic=choice,
        least=ReactionSeverity(least) if least in list(ReactionSeverity) else ReactionSeverity.MILD,
    )


def _read(asked: Asked) -> Read:
    with installation().reading() as connection:
        return Read(
            threshold=settings_of(connection, acting().clinic_id).signal_threshold,
            exposed=exposed_sessions(
                connection,
                [each.id for each in asked.clinics],
                since=asked.days.since_at,
                until=asked.days.until_at,
                least=asked.least,
            ),
        )
