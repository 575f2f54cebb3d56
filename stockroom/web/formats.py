"""How is a quantity, a date, an instant or a price written on a page?  The one place that decides."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import format_decimal, gettext
from markupsafe import Markup, escape

from stockroom.access.acting import present
from stockroom.clock import civil_date
from stockroom.errors import Fact, StockroomError
from stockroom.http.wording import INSTANT, wall
from stockroom.http.wording import NOTHING as NOTHING
from stockroom.http.wording import show_amount as show_amount
from stockroom.http.wording import show_day as show_day
from stockroom.http.wording import show_initials as show_initials
from stockroom.http.wording import show_money as show_money
from stockroom.http.wording import show_wall as show_wall
from stockroom.http.wording import show_word as show_word
from stockroom.web.clinic_here import clinic_here

_ADDRESS, _SIGN = re.compile(r"(\S+@\S+)"), re.compile(r"(?=[@.])")
_INSTANT_WRITTEN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


def zone_of_page() -> str:
    """The time zone of the clinic whose page is drawn; UTC on a page of no clinic."""
    clinic = clinic_here()
    return "UTC" if clinic is None else clinic.time_zone


def today_here() -> date:
    """The calendar day in the clinic whose page is drawn."""
    return civil_date(present(), zone_of_page())


def show_instant(at: datetime | None) -> str:
    """An instant on the clinic's wall: its time alone when it is today, else with the day."""
    if at is None:
        return NOTHING
    here = at.astimezone(ZoneInfo(zone_of_page()))
    if here.date() == today_here():
        return gettext("today %(time)s", time=wall(here, "HH:mm"))
    return wall(here, INSTANT)


def show_time(at: datetime | None) -> str:
    """The time of day on the clinic's wall, such as 14:05."""
    return NOTHING if at is None else wall(at.astimezone(ZoneInfo(zone_of_page())), "HH:mm")


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


def show_address(text: str | None) -> Markup:
    """A text in which e-mail addresses break, where they must, before their signs and not in a word."""
    parts = _ADDRESS.split(text or "")
    return Markup("").join(
        Markup("<wbr>").join(map(escape, _SIGN.split(part))) if n % 2 else escape(part)
        for n, part in enumerate(parts)
    )


def show_depth(depth_um: int | None) -> str:
    """A depth of injection, such as 1.5 mm."""
    if depth_um is None:
        return NOTHING
    return f"{format_decimal(Decimal(depth_um).scaleb(-3), '#,##0.###')} mm"


def show_number(count: int) -> str:
    """A count, such as 1,200."""
    return str(format_decimal(count, "#,##0"))


def show_celsius(tenths: int | None) -> str:
    """A temperature from tenths of a degree, such as 4.2 °C; a dash for none."""
    return NOTHING if tenths is None else f"{format_decimal(Decimal(tenths).scaleb(-1), '0.0')} °C"


def show_away(at: datetime) -> str:
    """How far the day of an instant is from today, in words; nothing where it is today."""
    day = civil_date(at, zone_of_page())
    return "" if day == today_here() else show_wait(day)


def show_instants_in(text: str) -> str:
    """A text in which instants stand as programs write them, such as a device's name, with them on the clinic's wall."""
    return _INSTANT_WRITTEN.sub(lambda found: show_instant(_read(found.group())), text)


def _read(instant: str) -> datetime:
    return datetime.fromisoformat(instant.replace("Z", "+00:00"))


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
        return ", ".join(show_word(each) for each in fact if isinstance(each, str))
    return fact


def register_formats(app: Flask) -> None:
    """Make the formats filters of every template."""
    filters = {
        "day": show_day, "instant": show_instant, "time": show_time, "wait": show_wait, "away": show_away,
        "amount": show_amount, "celsius": show_celsius, "depth": show_depth, "money": show_money, "word": show_word,
        "number": show_number, "said_instants": show_instants_in,
        "initials": show_initials, "address": show_address,
    }  # fmt: skip
    app.jinja_env.filters.update(filters)
