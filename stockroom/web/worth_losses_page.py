"""What was thrown away or went missing in a time: by month, reason, product and person, on a page and as files."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import format_date, lazy_gettext

from stockroom.access.acting import acting, installation, present
from stockroom.queries.changed_since import Changes
from stockroom.queries.worth_cut import Cut, cut_at
from stockroom.queries.worth_losses import LostLine, lost_lines
from stockroom.rules.worth_losses import GROUPS, LossGroup, by_group, total_of
from stockroom.units import show_quantity
from stockroom.vocabulary import BaseUnit
from stockroom.web.asked_days import AskedDays, asked_days
from stockroom.web.changed_since import CHANGED, changed_here, mark_of_standing
from stockroom.web.csv_file import Cell, csv_file
from stockroom.web.formats import show_word, today_here
from stockroom.web.worth_words import show_known, written_values

blp = Blueprint("worth_losses_page", __name__, url_prefix="/c/<clinic_uid>/worth/losses")
TABS: dict[str, Any] = {
    "month": lazy_gettext("By month"),
    "reason": lazy_gettext("By reason"),
    "product": lazy_gettext("By product"),
    "person": lazy_gettext("By person"),
}
WORDS: dict[str, Any] = {
    "month": lazy_gettext("Month"),
    "reason": lazy_gettext("Reason"),
    "product": lazy_gettext("Product"),
    "person": lazy_gettext("Booked by"),
}


def _month(name: str) -> str:
    return str(format_date(date.fromisoformat(f"{name}-01"), "LLLL yyyy"))


def _reason(name: str) -> str:
    return show_word(name).capitalize()


_SAID: dict[str, Callable[[str], str]] = {"month": _month, "reason": _reason}
"""How the name of a group is said; those of products and people stand as they are."""


@dataclass(frozen=True, kw_only=True)
class Asked(AskedDays):
    """Which days, and by what the losses are added up."""

    by: str


@blp.get("")
def losses(clinic_uid: str) -> ResponseReturnValue:
    """What was lost, added up."""
    asked = _asked()
    cut, lines = _read(asked)
    told = [line.loss for line in lines]
    return render_template(
        "worth/losses.html",
        asked=asked,
        words=WORDS,
        tabs=TABS,
        rows=by_group(told, GROUPS[asked.by]),
        all=total_of(told),
        cut=cut,
        named=_SAID.get(asked.by, str),
        known=show_known,
    )


@blp.get("/losses.csv")
def losses_csv(clinic_uid: str) -> Response:
    """The sums as a file; a row for each currency."""
    asked = _asked()
    _, lines = _read(asked)
    heads = (asked.by, "lines", "finds", "lost", "found_again", "net", "currency", "of_unknown_cost")
    groups = by_group((line.loss for line in lines), GROUPS[asked.by])
    return csv_file(f"losses-by-{asked.by}", heads, _sums(groups))


@blp.get("/lines.csv")
def lines_csv(clinic_uid: str) -> Response:
    """Every line as a file."""
    cut, lines = _read(_asked())
    heads = (
        "day", "month", "reason", "note", "product", "strength", "lot", "person", "quantity", "unit", "worth",
        "currency", "cost_known", "through_entry", CHANGED,
    )  # fmt: skip
    changes = changed_here(line.movement_uid for line in lines)
    return csv_file("losses", heads, _cells(lines, cut, changes))


def _sums(groups: Iterable[LossGroup]) -> Iterable[tuple[Cell, ...]]:
    for group in groups:
        lost, found, net = (
            {currency: worth for worth, currency, _ in written_values(value)}
            for value in (group.lost, group.found, group.net)
        )
        currencies = [each for each in sorted({*lost, *found, *net}) if each] or [""]
        for currency in currencies:
            yield (
                group.name, group.count, group.found_count, lost.get(currency), found.get(currency),
                net.get(currency), currency, group.unknown_count,
            )  # fmt: skip


def _cells(lines: Iterable[LostLine], cut: Cut, changes: Changes) -> Iterable[tuple[Cell, ...]]:
    for line in lines:
        said = show_quantity(abs(line.quantity), BaseUnit(line.base_unit))
        quantity = said.quantity if line.quantity >= 0 else f"-{said.quantity}"
        for n, (worth, currency, known) in enumerate(written_values(line.loss.value)):
            yield (
                line.happened_on, line.loss.month, line.loss.reason.value, line.note, line.product_name, line.strength,
                line.lot_number, line.loss.person, quantity if n == 0 else None, said.unit, worth, currency, known,
                cut.seq, mark_of_standing(changes, line.movement_uid),
            )  # fmt: skip


def _read(asked: Asked) -> tuple[Cut, tuple[LostLine, ...]]:
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        cut = cut_at(connection, clinic_id, day=today_here(), now=present())
        lines = lost_lines(connection, cut, clinic_id, since=asked.since_at, until=asked.until_at)
    return cut, lines


def _asked() -> Asked:
    days, by = asked_days(), request.args.get("by", "")
    return Asked(since=days.since, until=days.until, by=by if by in GROUPS else "month")
