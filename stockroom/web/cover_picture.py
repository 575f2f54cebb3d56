"""How far does what is usable cover the target, product by product, as a picture?  The table beside it says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext, ngettext

from stockroom.queries.cover import Cover
from stockroom.web.formats import show_number

DRAWN_MAX = 15
WIDTH = 720
_ROW = 52
_LABEL_CHARACTERS = 34


@dataclass(frozen=True, kw_only=True)
class CoverBar:
    """One product in the units of the drawing; its bar lies below its name."""

    y: int
    label: str
    count: str
    words: str
    """What a pointer on it says, in whole."""
    width: int
    minimum_x: int
    is_low: bool


@dataclass(frozen=True, kw_only=True)
class CoverPicture:
    """Bars one below the other; the right edge is the target of each."""

    title: str
    description: str
    bars: tuple[CoverBar, ...]
    left_out: int
    width: int = WIDTH

    @property
    def height(self) -> int:
        return _ROW * len(self.bars)


def cover_picture(rows: Sequence[Cover]) -> CoverPicture:
    """Draw the first DRAWN_MAX of them, in the order given."""
    drawn = rows[:DRAWN_MAX]
    return CoverPicture(
        title=gettext("Cover by product"),
        description=ngettext(
            "A bar for %(num)s product: what is usable and sealed, out of its target, which is the right edge. "
            "The mark on it is its minimum. The table says the same.",
            "A bar for each of %(num)s products: what is usable and sealed, out of its target, which is the "
            "right edge. The mark on it is its minimum. The table says the same.",
            len(drawn),
        ),
        bars=tuple(_bar(n, row) for n, row in enumerate(drawn)),
        left_out=len(rows) - len(drawn),
    )


def _bar(n: int, row: Cover) -> CoverBar:
    whole = max(row.target_count, row.minimum_count, 1)
    name = f"{row.name} {row.strength}".strip()
    count = gettext(
        "%(usable)s of %(target)s",
        usable=show_number(row.usable_sealed_count),
        target=show_number(row.target_count),
    )
    width = min(row.usable_sealed_count, whole) * WIDTH // whole
    return CoverBar(
        y=n * _ROW,
        label=name if len(name) <= _LABEL_CHARACTERS else f"{name[: _LABEL_CHARACTERS - 1]}…",
        count=count,
        words=f"{name}: {count}, {gettext('minimum %(minimum)s', minimum=show_number(row.minimum_count))}",
        width=max(width, 3) if row.usable_sealed_count else 0,
        minimum_x=min(row.minimum_count * WIDTH // whole, WIDTH - 3),
        is_low=row.is_low,
    )
