"""How warm was a place in a month, as a picture?  The table beside it says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import format_date, gettext, ngettext

from stockroom.ledger.temperatures import Reading
from stockroom.queries.temperatures import MonthLog
from stockroom.rules.temperatures import Judgement
from stockroom.web.formats import show_celsius

WIDTH, HEIGHT = 720, 240
_LEFT, _RIGHT, _TOP, _BASE = 72, 10, 12, 208
_MARGIN_TENTHS = 20
_DOTS_MAX = 150
"""So many readings are drawn one by one; more of them as the span of each stretch of the line."""
_STEPS = (5, 10, 20, 50, 100, 200, 500)
_RUNGS_MAX = 6


@dataclass(frozen=True, kw_only=True)
class Dot:
    """One reading, with the span of its extremes."""

    x: int
    y: int
    high_y: int
    low_y: int
    is_out: bool
    words: str


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A level line with its temperature."""

    y: int
    word: str


@dataclass(frozen=True, kw_only=True)
class DayMark:
    x: int
    word: str


@dataclass(frozen=True, kw_only=True)
class TemperaturePicture:
    """A month of one place, ready to be drawn."""

    title: str
    description: str
    line: str
    """The path through all readings."""
    spans: str
    """The path of the spans, where readings are too many to be drawn one by one."""
    dots: tuple[Dot, ...]
    rungs: tuple[Rung, ...]
    days: tuple[DayMark, ...]
    band_y: int | None
    band_height: int
    """The limits; none while nobody said them."""
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    right: int = WIDTH - _RIGHT
    base: int = _BASE


@dataclass(frozen=True, kw_only=True)
class _Scale:
    begins: float
    seconds: float
    bottom: int
    top: int

    def x(self, reading: Reading) -> int:
        share = (reading.read_at.timestamp() - self.begins) / self.seconds
        return _LEFT + round(share * (WIDTH - _LEFT - _RIGHT))

    def y(self, tenths: int) -> int:
        return _BASE - (tenths - self.bottom) * (_BASE - _TOP) // (self.top - self.bottom)


def temperature_picture(log: MonthLog) -> TemperaturePicture | None:
    """Draw a month; None where nothing was read in it."""
    if not log.readings:
        return None
    scale = _scale(log)
    limits = log.place.watch.limits
    few = len(log.readings) <= _DOTS_MAX
    band_y = None if limits is None else scale.y(limits.highest_tenths)
    return TemperaturePicture(
        title=gettext("Temperatures of %(place)s", place=log.place.name),
        description=_described(log),
        line=_line(log.readings, scale) if few else "",
        spans="" if few else _spans(log.readings, scale),
        dots=tuple(_dot(each, scale) for each in log.readings) if few else (),
        rungs=_rungs(scale),
        days=_day_marks(log, scale),
        band_y=band_y,
        band_height=0 if limits is None or band_y is None else scale.y(limits.lowest_tenths) - band_y,
    )


def _scale(log: MonthLog) -> _Scale:
    coldest, warmest = log.coldest_tenths or 0, log.warmest_tenths or 0
    limits = log.place.watch.limits
    if limits is not None:
        coldest, warmest = min(coldest, limits.lowest_tenths), max(warmest, limits.highest_tenths)
    return _Scale(
        begins=log.begins_at.timestamp(),
        seconds=(log.ends_at - log.begins_at).total_seconds(),
        bottom=coldest - _MARGIN_TENTHS,
        top=warmest + _MARGIN_TENTHS,
    )


def _dot(reading: Reading, scale: _Scale) -> Dot:
    figures = reading.figures
    return Dot(
        x=scale.x(reading),
        y=scale.y(figures.now_tenths),
        high_y=scale.y(figures.warmest),
        low_y=scale.y(figures.coldest),
        is_out=reading.judgement is Judgement.OUT,
        words=show_celsius(figures.now_tenths),
    )


def _line(readings: Sequence[Reading], scale: _Scale) -> str:
    points = [f"{scale.x(each)} {scale.y(each.figures.now_tenths)}" for each in readings]
    return "M" + "L".join(points)


def _spans(readings: Sequence[Reading], scale: _Scale) -> str:
    """A stroke from the coldest to the warmest for each unit of the drawing's width."""
    spans: dict[int, tuple[int, int]] = {}
    for each in readings:
        x, figures = scale.x(each), each.figures
        low, high = spans.get(x, (figures.coldest, figures.warmest))
        spans[x] = (min(low, figures.coldest), max(high, figures.warmest))
    return "".join(f"M{x} {scale.y(low) + 1}V{scale.y(high) - 1}" for x, (low, high) in spans.items())


def _rungs(scale: _Scale) -> tuple[Rung, ...]:
    span = scale.top - scale.bottom
    step = next((each for each in _STEPS if span // each <= _RUNGS_MAX), _STEPS[-1])
    first = -(-scale.bottom // step) * step
    return tuple(
        Rung(y=scale.y(tenths), word=show_celsius(tenths).replace(".0", ""))
        for tenths in range(first, scale.top, step)
    )


def _day_marks(log: MonthLog, scale: _Scale) -> tuple[DayMark, ...]:
    marks = []
    day = log.month
    while day.month == log.month.month:
        if day.day == 1 or day.day % 5 == 0:
            share = (day.day - 1) * 86_400 / scale.seconds
            marks.append(DayMark(x=_LEFT + round(share * (WIDTH - _LEFT - _RIGHT)), word=str(day.day)))
        day += timedelta(days=1)
    return tuple(marks)


def _described(log: MonthLog) -> str:
    said = [
        ngettext("%(num)s reading", "%(num)s readings", len(log.readings)),
        gettext(
            "between %(coldest)s and %(warmest)s",
            coldest=show_celsius(log.coldest_tenths),
            warmest=show_celsius(log.warmest_tenths),
        ),
    ]
    if log.runs:
        said.append(
            ngettext("%(num)s time outside the limits", "%(num)s times outside the limits", len(log.runs))
        )
    return f"{format_date(log.month, 'LLLL yyyy')}: {', '.join(said)}"
