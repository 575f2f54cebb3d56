"""Who wrote off, corrected, overrode, found differences and booked by hand, of what, on which day, and at what value?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext

from stockroom.access.acting import acting, installation, present
from stockroom.queries.changed_since import Changes
from stockroom.queries.staff_acts import staff_acts
from stockroom.queries.worth_cut import cut_at
from stockroom.rules.staff_acts import ActGroup, ActsBy, StaffAct, StaffActKind, grouped, total
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit, MovementKind
from stockroom.web.asked_days import AskedDays, asked_days
from stockroom.web.changed_since import (
    CHANGED,
    changed_here,
    mark_of_goods,
    mark_of_movement,
    mark_of_standing,
)
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import show_day, today_here
from stockroom.web.listing import ROWS, asked_listing
from stockroom.web.worth_words import show_known, written_values

blp = Blueprint("by_person_page", __name__, url_prefix="/c/<clinic_uid>/by-person")
TABS: dict[str, Any] = {
    "person": lazy_gettext("By person"),
    "product": lazy_gettext("By product"),
    "day": lazy_gettext("By day"),
}
WORDS: dict[str, Any] = {
    "person": lazy_gettext("Person"),
    "product": lazy_gettext("Product"),
    "day": lazy_gettext("Day"),
}
KINDS: dict[StaffActKind, Any] = {
    StaffActKind.WRITE_OFF: lazy_gettext("Write-offs"),
    StaffActKind.CORRECTION: lazy_gettext("Corrections"),
    StaffActKind.OVERRIDE: lazy_gettext("Overrides"),
    StaffActKind.COUNT_DIFFERENCE: lazy_gettext("Count differences"),
    StaffActKind.BY_HAND: lazy_gettext("By hand"),
}


@dataclass(frozen=True, kw_only=True)
class Asked(AskedDays):
    """Which days, by what it is added up, and of whom alone."""

    by: ActsBy
    person_uid: str
    """Empty for everybody."""

    @property
    def address(self) -> dict[str, str]:
        """The same days, for a further address."""
        return {"since": self.since.isoformat(), "until": self.until.isoformat()}


@blp.get("")
def report(clinic_uid: str) -> ResponseReturnValue:
    """The sums, and of one person every act page by page."""
    asked = _asked()
    acts = _read(asked)
    listing = asked_listing(columns=("day",), usual="-day", filters=("by", "since", "until", "person"))
    newest = acts[::-1]
    return render_template(
        "administration/by_person.html",
        asked=asked,
        tabs=TABS,
        words=WORDS,
        kinds=KINDS,
        groups=grouped(acts, asked.by),
        all=total(acts),
        acts=newest[listing.offset : listing.offset + ROWS] if asked.person_uid else (),
        count=len(newest),
        person=acts[0].person if asked.person_uid and acts else "",
        listing=listing,
        known=show_known,
        named=_named(asked.by),
    )


@blp.get("/sums.csv")
def sums_csv(clinic_uid: str) -> Response:
    """The sums as a file: a row for each group, kind and currency."""
    asked = _asked()
    heads = (asked.by.value, "what", "times", "worth", "currency", "cost_known")
    return csv_file(f"acts-by-{asked.by.value}", heads, _sums(grouped(_read(asked), asked.by)))


@blp.get("/acts.csv")
def acts_csv(clinic_uid: str) -> Response:
    """Every act as a file."""
    heads = (
        "day", "what", "person", "product", "lot", "quantity", "unit", "why", "worth", "currency", "cost_known",
        "movement_uid", CHANGED,
    )  # fmt: skip
    acts = _read(_asked())
    changes = changed_here(act.movement_uid for act in acts)
    return csv_file("acts", heads, _cells(acts, changes))


def _sums(groups: Iterable[ActGroup]) -> Iterator[tuple[Cell, ...]]:
    for group in groups:
        for kind, its in group.kinds.items():
            if its.count:
                for worth, currency, known in written_values(its.value):
                    yield (group.name, kind.value, its.count, worth, currency, known)


def _cells(acts: Iterable[StaffAct], changes: Changes) -> Iterator[tuple[Cell, ...]]:
    for act in acts:
        said = show_quantity(abs(act.quantity), BaseUnit(act.base_unit))
        quantity = said.quantity if act.quantity >= 0 else f"-{said.quantity}"
        for worth, currency, known in written_values(act.value):
            yield (
                act.day, act.kind.value, act.person, act.product, act.lot_number, quantity, said.unit, act.why, worth,
                currency, known, act.movement_uid, _mark(changes, act),
            )  # fmt: skip


def _mark(changes: Changes, act: StaffAct) -> str:
    """Corrections and overrides are told whatever became of them, cocktails too; everything else stands."""
    if act.kind is StaffActKind.BY_HAND and act.why == MovementKind.PREPARE:
        return mark_of_movement(changes, act.movement_uid)
    if act.kind in (StaffActKind.CORRECTION, StaffActKind.OVERRIDE):
        return mark_of_goods(changes, act.movement_uid, act.lot_uid)
    return mark_of_standing(changes, act.movement_uid)


def _read(asked: Asked) -> tuple[StaffAct, ...]:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        cut = cut_at(connection, clinic_id, day=today_here(), now=present())
        acts = staff_acts(connection, cut, clinic_id, since=asked.since_at, until=asked.until_at)
    if not asked.person_uid:
        return acts
    return tuple(act for act in acts if act.person_uid == asked.person_uid)


def _asked() -> Asked:
    days, by = asked_days(), request.args.get("by", "")
    return Asked(
        since=days.since,
        until=days.until,
        by=ActsBy(by) if by in list(ActsBy) else ActsBy.PERSON,
        person_uid=request.args.get("person", "").replace("\0", "")[:40],
    )


def _named(by: ActsBy) -> Any:
    return (lambda name: show_day(date.fromisoformat(name))) if by is ActsBy.DAY else str
