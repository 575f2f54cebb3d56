"""How is it said how many sessions a protocol wants, how far apart, and how far a course is?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import gettext, lazy_gettext, ngettext

from stockroom.vocabulary import CourseState, NeedUse, SpanUnit

UNIT_WORDS = {
    SpanUnit.DAYS: lazy_gettext("days"),
    SpanUnit.WEEKS: lazy_gettext("weeks"),
    SpanUnit.MONTHS: lazy_gettext("months"),
}
USE_WORDS = {
    NeedUse.TREATMENT: lazy_gettext("Treatment"),
    NeedUse.NEEDLE: lazy_gettext("Needle"),
    NeedUse.CONSUMABLE: lazy_gettext("Consumable"),
    NeedUse.ANAESTHETIC: lazy_gettext("Anaesthetic cream"),
}
COURSE_LOUDNESS = {CourseState.RUNNING.value: "info", CourseState.ENDED.value: "secondary"}


def show_sessions(least: int | None, most: int | None) -> str:
    """How many sessions, such as 3–6 sessions; empty where it is left open."""
    if least is None:
        return ""
    if most is None:
        return ngettext("%(num)s session or more", "%(num)s sessions or more", least)
    if most == least:
        return ngettext("%(num)s session", "%(num)s sessions", least)
    return gettext("%(least)s–%(most)s sessions", least=least, most=most)


def show_where(areas: Iterable[str], technique: str, words: Mapping[str, Iterable[tuple[str, str]]]) -> str:
    """Where and how, such as Face, Neck · Nappage, by the reference data's words; empty where it is left open."""
    named, ways = dict(words["areas"]), dict(words["techniques"])
    said = ", ".join(named.get(slug, slug) for slug in areas)
    return " · ".join(each for each in (said, ways.get(technique, technique)) if each)


def show_spacing(least: int | None, most: int | None, unit: str | None) -> str:
    """How far apart, such as 3–4 weeks; empty where it is left open."""
    if least is None or unit is None:
        return ""
    span = SpanUnit(unit)
    if most is None or most == least:
        return _one(least, span)
    said = {"least": least, "most": most}
    match span:
        case SpanUnit.DAYS:
            return gettext("%(least)s–%(most)s days", **said)
        case SpanUnit.WEEKS:
            return gettext("%(least)s–%(most)s weeks", **said)
        case SpanUnit.MONTHS:
            return gettext("%(least)s–%(most)s months", **said)


def _one(count: int, span: SpanUnit) -> str:
    match span:
        case SpanUnit.DAYS:
            return ngettext("%(num)s day", "%(num)s days", count)
        case SpanUnit.WEEKS:
            return ngettext("%(num)s week", "%(num)s weeks", count)
        case SpanUnit.MONTHS:
            return ngettext("%(num)s month", "%(num)s months", count)
