"""Which label sheets and rolls are common?  Kept as data: a clinic with another sheet needs one more row."""

from __future__ import annotations

import csv
from dataclasses import dataclass, fields, replace
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A page of labels; the pitch is from one label's left or upper edge to the next one's."""

    slug: str
    name: str
    page_width_mm: float
    page_height_mm: float
    columns: int
    rows: int
    label_width_mm: float
    label_height_mm: float
    left_mm: float
    top_mm: float
    pitch_x_mm: float
    pitch_y_mm: float
    has_bars: bool = False

    @property
    def count(self) -> int:
        """How many labels one sheet has."""
        return self.columns * self.rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Roll:
    """A roll of single labels, and the dots of the printer that is usual for it."""

    slug: str
    name: str
    label_width_mm: float
    label_height_mm: float
    dots_per_mm: int
    has_bars: bool = False


ROLLS = (
    Roll(slug="roll-51-25", name="51 × 25 mm, 203 dpi", label_width_mm=51, label_height_mm=25, dots_per_mm=8),
    Roll(slug="roll-57-32", name="57 × 32 mm, 203 dpi", label_width_mm=57, label_height_mm=32, dots_per_mm=8),
    Roll(
        slug="roll-62-29", name="62 × 29 mm, 300 dpi", label_width_mm=62, label_height_mm=29, dots_per_mm=12
    ),
    Roll(
        slug="roll-89-36", name="89 × 36 mm, 300 dpi", label_width_mm=89, label_height_mm=36, dots_per_mm=12
    ),
)


@cache
def sheets() -> tuple[Sheet, ...]:
    """The sheets that are known, as `sheets.csv` names them."""
    text = (files("stockroom.outside.labels") / "sheets.csv").read_text(encoding="utf-8")
    kinds = {"slug": str, "name": str, "columns": int, "rows": int}
    names = [field.name for field in fields(Sheet) if field.name != "has_bars"]
    return tuple(
        Sheet(**{name: kinds.get(name, float)(row[name]) for name in names})
        for row in csv.DictReader(text.splitlines())
    )


_ROOM_FOR_BARS_MM = (57, 29)


@cache
def papers() -> tuple[Roll | Sheet, ...]:
    """Every paper: rolls, sheets, and those with room for it once more with the code as bars as well."""
    plain: tuple[Roll | Sheet, ...] = (*ROLLS, *sheets())
    width, height = _ROOM_FOR_BARS_MM
    return plain + tuple(
        replace(each, slug=f"{each.slug}-bars", name=f"{each.name}, with bars", has_bars=True)
        for each in plain
        if each.label_width_mm >= width and each.label_height_mm >= height
    )
