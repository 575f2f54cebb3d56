"""How is a quantity, a date, an instant or a price written on a page?  The one place that decides."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from flask import Flask
from flask_babel import format_currency, format_date, format_datetime, format_decimal, gettext

from stockroom.access.acting import present
from stockroom.clock import civil_date
from stockroom.errors import Fact, StockroomError
from stockroom.units import say_quantity
from stockroom.vocabulary import BaseUnit
from stockroom.web.clinic_here import clinic_here

NOTHING = "–"
_DAY = "d MMM yyyy"
_INSTANT = "d MMM yyyy HH:mm"
_INSTANT_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def zone_of_page() -> str:
    """The time zone of the clinic whose page is drawn; UTC on a page of no clinic."""
    clinic = clinic_here()
    return "UTC" if clinic is None else clinic.time_zone


def today_here() -> date:
    """The calendar day in the clinic whose page is drawn."""
    return civil_date(present(), zone_of_page())


def show_day(day: date | None) -> str:
    """A civil date, such as 3 Mar 2026; a dash for none."""
    return NOTHING if day is None else str(format_date(day, _DAY))


def show_instant(at: datetime | None) -> str:
    """An instant on the clinic's wall: its time alone when it is today, else with the day."""
    if at is None:
        return NOTHING
    here = at.astimezone(ZoneInfo(zone_of_page()))
    if here.date() == today_here():
        return gettext("today %(time)s", time=_wall(here, "HH:mm"))
    return _wall(here, _INSTANT)


def show_wall(here: datetime) -> str:
    """A time on the clinic's wall with its day, as somebody typed it."""
    return _wall(here, _INSTANT)


def show_time(at: datetime | None) -> str:
    """The time of day on the clinic's wall, such as 14:05."""
    return NOTHING if at is None else _wall(at.astimezone(ZoneInfo(zone_of_page())), "HH:mm")


def _wall(here: datetime, pattern: str) -> str:
    return str(format_datetime(here, pattern, rebase=False))


def show_wait(day: date | None) -> str:
    """How far a civil date is from today, in words; nothing for none."""
    if day is None:
        return ""
    days = (day - today_here()).days
    if days == 0:
        return gettext("today")
    if days in (1, -1):
        return gettext("tomorrow") if days == 1 else gettext("yesterday")
    return gettext("in %(days)s days", days=days) if days > 0 else gettext("%(days)s days ago", days=-days)


def show_amount(quantity: int | None, base_unit: str) -> str:
    """A quantity with the unit that people use for that much, such as 2.5 mL or 2 g; pieces are bare numbers."""
    if quantity is None:
        return NOTHING
    shown = say_quantity(quantity, BaseUnit(base_unit))
    number = str(format_decimal(Decimal(shown.quantity), "#,##0.#########"))
    return number if BaseUnit(base_unit) is BaseUnit.PIECE else f"{number} {shown.unit}"


def show_depth(depth_um: int | None) -> str:
    """A depth of injection, such as 1.5 mm."""
    if depth_um is None:
        return NOTHING
    return f"{format_decimal(Decimal(depth_um).scaleb(-3), '#,##0.###')} mm"


def show_number(count: int) -> str:
    """A count, such as 1,200."""
    return str(format_decimal(count, "#,##0"))


def show_money(minor: int | None, currency: str | None) -> str:
    """A price from minor units; "not known" when nobody has said it yet."""
    if minor is None or currency is None:
        return gettext("not known")
    return str(format_currency(Decimal(minor).scaleb(-get_currency_precision(currency)), currency))


def show_instants_in(text: str) -> str:
    """A text in which instants stand as programs write them, such as a device's name, with them on the clinic's wall."""
    return _INSTANT_WRITTEN.sub(lambda found: show_instant(_read(found.group())), text)


def _read(instant: str) -> datetime:
    return datetime.fromisoformat(instant.replace("Z", "+00:00"))


def show_word(word: str) -> str:
    """A value of the vocabulary as a word on the screen, such as in treatment."""
    return gettext(word.replace("_", " "))


def tell(error: StockroomError) -> str:
    """What an error says, translated, with its dates and instants as the clinic writes them."""
    facts = {name: _told(fact) for name, fact in error.facts.items()}
    return str(gettext(type(error).message)).format(**facts)


def _told(fact: Fact) -> Fact:
    if isinstance(fact, datetime):
        return show_instant(fact)
    if isinstance(fact, date):
        return show_day(fact)
    if isinstance(fact, tuple):
        return ", ".join(map(show_word, fact))
    return fact


def show_initials(name: str) -> str:
    """The first letters of a name.

    >>> show_initials("Nora Invented")
    'NI'
    """
    return "".join(part[0] for part in name.split())


def register_formats(app: Flask) -> None:
    """Make the formats filters of every template."""
    filters = {
        "day": show_day, "instant": show_instant, "time": show_time, "wait": show_wait,
        "amount": show_amount, "depth": show_depth, "money": show_money, "word": show_word,
        "number": show_number, "said_instants": show_instants_in,
        "initials": show_initials,
    }  # fmt: skip
    app.jinja_env.filters.update(filters)
