"""Where does each box of a picture of a flow stand, and how do its lines run?  Arithmetic only; a template prints it.

The picture reads from left to right.  A column with too many boxes to be read shows groups of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

BOX_WIDTH, BOX_HEIGHT = 176, 46
_GAP_ACROSS, _GAP_DOWN = 48, 12
_HEAD = 28
BOXES_MAX = 14
"""Of one column; more are grouped."""
_TITLE_CHARACTERS, _DETAIL_CHARACTERS = 18, 21


@dataclass(frozen=True, kw_only=True)
class Box:
    """Something in the flow."""

    name: str
    """By which lines know it; never shown."""
    title: str
    detail: str = ""
    href: str | None = None
    groups: tuple[str, ...] = ()
    """What it is shown as when its column is too long, the finest first, such as its month, then its year."""


@dataclass(frozen=True, kw_only=True)
class Column:
    """Boxes of one kind."""

    word: str
    boxes: tuple[Box, ...]


@dataclass(frozen=True, kw_only=True)
class PlacedBox:
    """A box where it stands, with words cut to fit; `whole` is what they were."""

    x: int
    y: int
    title: str
    detail: str
    whole: str
    href: str | None


@dataclass(frozen=True, kw_only=True)
class PlacedWord:
    """The head of a column."""

    x: int
    word: str


@dataclass(frozen=True, kw_only=True)
class FlowPicture:
    """A picture ready to be printed."""

    width: int
    height: int
    heads: tuple[PlacedWord, ...]
    boxes: tuple[PlacedBox, ...]
    lines: tuple[str, ...]
    """Paths of SVG."""


def draw_flow(columns: Sequence[Column], lines: Iterable[tuple[str, str]]) -> FlowPicture:
    """Place the columns and the lines between their boxes; columns without a box are left out.

    A line names the box it leaves and the one it reaches; one to a box that is not there is left out.
    """
    shown = [column for column in columns if column.boxes]
    grouped = [_grouped(column) for column in shown]
    stands_for = {name: box for each in grouped for name, box in each.items()}
    rows = [list({box.name: box for box in each.values()}.values()) for each in grouped]
    highest = max((len(row) for row in rows), default=0)
    places: dict[str, tuple[int, int]] = {}
    for across, row in enumerate(rows):
        top = _HEAD + (highest - len(row)) * (BOX_HEIGHT + _GAP_DOWN) // 2
        for down, box in enumerate(row):
            places[box.name] = (across * (BOX_WIDTH + _GAP_ACROSS), top + down * (BOX_HEIGHT + _GAP_DOWN))
    drawn = {(stands_for[a].name, stands_for[b].name) for a, b in lines if {a, b} <= stands_for.keys()}
    return FlowPicture(
        width=max(len(rows) * (BOX_WIDTH + _GAP_ACROSS) - _GAP_ACROSS, BOX_WIDTH),
        height=_HEAD + highest * (BOX_HEIGHT + _GAP_DOWN),
        heads=tuple(
            PlacedWord(x=n * (BOX_WIDTH + _GAP_ACROSS), word=column.word) for n, column in enumerate(shown)
        ),
        boxes=tuple(_placed(box, places[box.name]) for row in rows for box in row),
        lines=tuple(_path(places[a], places[b]) for a, b in sorted(drawn) if a != b),
    )


def _grouped(column: Column) -> Mapping[str, Box]:
    """The box that stands for each box of a column: itself, or its group where there are too many."""
    if len(column.boxes) <= BOXES_MAX:
        return {box.name: box for box in column.boxes}
    fineness = max(len(box.groups) for box in column.boxes)
    for level in range(fineness):
        groups = {box.name: _group(box, level) for box in column.boxes}
        if len(set(groups.values())) <= BOXES_MAX:
            break
    else:
        groups = dict.fromkeys((box.name for box in column.boxes), column.word)
    counts = Counter(groups.values())
    together = {
        group: Box(name=f"{column.word}:{group}", title=f"{count} ×", detail=group)
        for group, count in counts.items()
    }
    return {name: together[group] for name, group in groups.items()}


def _group(box: Box, level: int) -> str:
    return box.groups[min(level, len(box.groups) - 1)] if box.groups else box.title


def _placed(box: Box, place: tuple[int, int]) -> PlacedBox:
    return PlacedBox(
        x=place[0],
        y=place[1],
        title=_cut(box.title, _TITLE_CHARACTERS),
        detail=_cut(box.detail, _DETAIL_CHARACTERS),
        whole=f"{box.title} {box.detail}".strip(),
        href=box.href,
    )


def _cut(words: str, longest: int) -> str:
    return words if len(words) <= longest else f"{words[: longest - 1]}…"


def _path(leaves: tuple[int, int], reaches: tuple[int, int]) -> str:
    """A curve from the right side of one box to the left side of another; between neighbours of a column an arc."""
    x1, y1 = leaves[0] + BOX_WIDTH, leaves[1] + BOX_HEIGHT // 2
    x2, y2 = reaches[0], reaches[1] + BOX_HEIGHT // 2
    if x2 <= leaves[0]:
        x2 = reaches[0] + BOX_WIDTH
        bend = x1 + _GAP_ACROSS // 2
        return f"M{x1} {y1}C{bend} {y1} {bend} {y2} {x2} {y2}"
    middle = (x1 + x2) // 2
    return f"M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"


def layers(edges: Iterable[tuple[str, str]], names: Iterable[str]) -> dict[str, int]:
    """Give each name the length of the longest way to it along the edges; a circle is cut where it closes."""
    above: dict[str, set[str]] = {name: set() for name in names}
    for parent, child in edges:
        if parent in above and child in above:
            above[child].add(parent)
    depth: dict[str, int] = {}
    for name in above:
        if name not in depth:
            _settle(name, above, depth)
    return depth


def _settle(start: str, above: Mapping[str, set[str]], depth: dict[str, int]) -> None:
    """Work from `start` upwards without recursion, so that a long chain is no danger."""
    path, waiting = {start}, [start]
    while waiting:
        name = waiting[-1]
        missing = [each for each in above[name] if each not in depth and each not in path]
        if missing:
            path.add(missing[0])
            waiting.append(missing[0])
        else:
            depth[name] = max((depth.get(each, -1) + 1 for each in above[name]), default=0)
            path.discard(name)
            waiting.pop()


def only_first(boxes: Iterable[Box]) -> tuple[Box, ...]:
    """Each name once, in the order in which it came first."""
    found: dict[str, Box] = {}
    for box in boxes:
        found.setdefault(box.name, box)
    return tuple(found.values())
