"""Which stock list is asked for: of which day, read up to which entry, of one clinic or of all of hers?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from flask import request
from flask_babel import gettext

from stockroom.access.acting import acting, installation, present
from stockroom.errors import InvalidValue
from stockroom.queries.clinics import clinics_where
from stockroom.queries.worth_as_of import LotWorth, list_digest, stock_worth
from stockroom.queries.worth_cut import Closing, Cut, closings_after, cut_at, newest_seq
from stockroom.rules.worth_totals import Total, total, totals
from stockroom.units import show_quantity
from stockroom.vocabulary import Action, BaseUnit
from stockroom.web.csv_file import Cell
from stockroom.web.worth_words import written_values

_ALL = "all"
HEADS = (
    "clinic", "group", "product", "strength", "lot", "good_until", "sealed", "opened", "on_the_way", "quantity",
    "unit", "worth", "currency", "cost_known", "as_of", "through_entry",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class StockList:
    """What lay in stock at the end of a day, and what a page or a file says of it."""

    cut: Cut
    closings: tuple[Closing, ...]
    """Entries through which the books may be read instead."""
    newest_seq: int
    has_sisters: bool
    """The reader may see the worth of another clinic, too."""
    is_of_all: bool
    rows: tuple[LotWorth, ...]

    @property
    def asked(self) -> dict[str, str]:
        """What the address of the same list asks for: while the day is not over, it names the entry."""
        asked = {"day": self.cut.day.isoformat()}
        if not (self.cut.is_as_it_stood and self.cut.is_day_over):
            asked["through"] = str(self.cut.seq)
        if self.is_of_all:
            asked["clinics"] = _ALL
        return asked

    @cached_property
    def by_clinic(self) -> tuple[Total, ...]:
        return totals(self.rows, name=lambda row: row.clinic, value=lambda row: row.value)

    @cached_property
    def by_group(self) -> tuple[Total, ...]:
        """The product groups by name; what is in none comes last."""
        rows = sorted(self.rows, key=lambda row: (row.group is None, (row.group or "").casefold()))
        return totals(rows, name=group_of, value=lambda row: row.value)

    @cached_property
    def total(self) -> Total:
        return total(self.rows, value=lambda row: row.value)

    @cached_property
    def digest(self) -> str:
        return list_digest(self.cut, self.rows)


def group_of(row: LotWorth) -> str:
    """The word for a row's group."""
    return row.group or gettext("In no group")


def asked_list(*, usual: date) -> StockList:
    """Read the list that the address asks for.  Raises InvalidValue for a day or an entry that is not there."""
    actor = acting()
    day = _day(request.args.get("day", ""), usual)
    through = _number(request.args.get("through", ""))
    with installation().reading() as connection:
        may_see = clinics_where(connection, actor.user_id or 0, Action.READ_WORTH) | {actor.clinic_id}
        is_of_all = request.args.get("clinics") == _ALL and len(may_see) > 1
        cut = cut_at(connection, actor.clinic_id, day=day, now=present(), through_seq=through)
        return StockList(
            cut=cut,
            closings=closings_after(connection, actor.clinic_id, day),
            newest_seq=newest_seq(connection, actor.clinic_id),
            has_sisters=len(may_see) > 1,
            is_of_all=is_of_all,
            rows=stock_worth(connection, cut, clinic_ids=sorted(may_see) if is_of_all else [actor.clinic_id]),
        )


def cells(shown: StockList) -> Iterator[tuple[Cell, ...]]:
    """The rows of a list for a file; what was paid in two currencies takes two rows, the second without quantities."""
    for row in shown.rows:
        unit = BaseUnit(row.base_unit)
        amounts: tuple[Cell, ...] = tuple(
            show_quantity(quantity, unit).quantity
            for quantity in (
                row.sealed_quantity, row.opened_quantity, row.on_the_way_quantity, row.quantity,
            )
        )  # fmt: skip
        for n, (worth, currency, known) in enumerate(written_values(row.value)):
            yield (
                row.clinic, row.group, row.product_name, row.strength, row.lot_number,
                row.expires_on or row.expires_at, *(amounts if n == 0 else (None,) * len(amounts)),
                show_quantity(0, unit).unit, worth, currency, known, shown.cut.day, shown.cut.seq,
            )  # fmt: skip


def _day(text: str, usual: date) -> date:
    if not text:
        return usual
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidValue(field="day", problem="a day, such as 2025-12-31") from None


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 16):
        raise InvalidValue(field="through", problem="the number of an entry of the journal")
    return int(text)
