"""How do numbers become a picture?  Pure functions from numbers to a drawing; a macro in components draws it.

A picture never stands alone: the table beside it says the same in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 720
HEIGHT = 232
_LEFT = 44
_TOP = 14
_BASE = 184
"""Where the bars stand, from above."""
_GAP_PERCENT = 30
_STEPS = (1, 2, 5)


@dataclass(frozen=True, kw_only=True)
class Column:
    """One number to be drawn."""

    label: str
    """Below the bar, short."""
    words: str
    """What a pointer on the bar says."""
    value: int
    below: str = ""
    """Below the label, such as a year."""
    tone: str = "plain"
    """plain, warn, bad or quiet; never the only sign of what is meant."""
    is_major: bool = True
    """Its label also stands where there is little room."""


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A bar in the units of the drawing, from its upper left corner."""

    x: int
    y: int
    width: int
    height: int
    middle: int
    column: Column


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A level line with its number."""

    y: int
    value: int


@dataclass(frozen=True, kw_only=True)
class BarPicture:
    """A picture of bars side by side, ready to be drawn."""

    name: str
    """Of its elements' ids; one picture of a name on a page."""
    title: str
    description: str
    bars: tuple[Bar, ...]
    rungs: tuple[Rung, ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = _LEFT
    base: int = _BASE


def bars_of(name: str, title: str, description: str, columns: Sequence[Column]) -> BarPicture:
    """Draw whole numbers from zero up as bars side by side, in the order given.

    The highest rung is a round number that no bar exceeds; a number above zero is never invisible.
    """
    rungs = _rungs(max((column.value for column in columns), default=0))
    top = rungs[-1]
    slot = (WIDTH - _LEFT) // max(len(columns), 1)
    thick = max(slot * (100 - _GAP_PERCENT) // 100, 1)
    bars = []
    for n, column in enumerate(columns):
        x = _LEFT + n * slot + (slot - thick) // 2
        high = max(_high(column.value, top), 1 if column.value else 0)
        bars.append(Bar(x=x, y=_BASE - high, width=thick, height=high, middle=x + thick // 2, column=column))
    return BarPicture(
        name=name,
        title=title,
        description=description,
        bars=tuple(bars),
        rungs=tuple(Rung(y=_BASE - _high(value, top), value=value) for value in rungs),
    )


def _high(value: int, top: int) -> int:
    return value * (_BASE - _TOP) // top


def _rungs(highest: int) -> tuple[int, ...]:
    """Zero and at most five round numbers above it, the last not below the highest."""
    step = 1
    while step * 5 < highest:
        step = _next_round(step)
    count = max(-(-highest // step), 1)
    return tuple(step * n for n in range(count + 1))


def _next_round(step: int) -> int:
    """1, 2, 5, 10, 20, 50 …"""
    tens = 10 ** (len(str(step)) - 1)
    following = _STEPS.index(step // tens) + 1
    return _STEPS[following] * tens if following < len(_STEPS) else 10 * tens
