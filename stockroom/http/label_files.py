"""On which paper does a label go, and how does it leave the house: as PDF, PNG, SVG or a label printer's bytes?"""

from __future__ import annotations

from flask_babel import gettext

from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.http.labelled import LabelAsker, Labelled, Printing, marked
from stockroom.outside.labels.drawing import DOTS_PER_MM, Drawing, Size, draw
from stockroom.outside.labels.sheets import Roll, Sheet, papers
from stockroom.queries.labels import PrintRow

FILE_KINDS = {"pdf": "application/pdf", "png": "image/png", "svg": "image/svg+xml", "zpl": "application/zpl"}


def paper_called(slug: str) -> Roll | Sheet:
    """Give a paper.  Raises InvalidValue when it is not known (any more)."""
    known = {each.slug: each for each in papers()}
    if slug not in known:
        raise InvalidValue(field="paper", problem=gettext("this paper is not known any more: choose another"))
    return known[slug]


def size_of(paper: Roll | Sheet) -> Size:
    """The size of one label of a paper, and the dots of what prints it."""
    dots = paper.dots_per_mm if isinstance(paper, Roll) else DOTS_PER_MM
    return Size(
        width_mm=paper.label_width_mm,
        height_mm=paper.label_height_mm,
        dots_per_mm=dots,
        has_bars=paper.has_bars,
    )


def require_fit(thing: Labelled, asker: LabelAsker, *, paper: str, start: int, part_count: int) -> None:
    """Raise InvalidValue where a label cannot be printed so: before anything is written down."""
    chosen = paper_called(paper)
    if isinstance(chosen, Sheet) and start > chosen.count:
        raise InvalidValue(
            field="start", problem=gettext("this sheet has %(count)s labels", count=chosen.count)
        )
    if thing.label is None:
        raise InvalidValue(field="paper", problem=gettext("the product has no code yet"))
    longest = Printing(n=999, at=asker.now, part=part_count, part_count=part_count, by="W W")
    draw(marked(thing, longest, asker), size_of(chosen))


def drawings_of(thing: Labelled, row: PrintRow, asker: LabelAsker) -> list[Drawing]:
    """Give the labels of a printing as they were laid out.  Raises ThingNotFound for one without a code."""
    if thing.label is None:
        raise ThingNotFound(thing="label", uid=row.uid)
    size = size_of(paper_called(row.paper))
    printings = (
        Printing(n=row.n, at=row.printed_at, part=part, part_count=row.part_count, by=row.printed_by)
        for part in range(1, row.part_count + 1)
    )
    return [draw(marked(thing, each, asker), size) for each in printings]


def file_of(thing: Labelled, row: PrintRow, asker: LabelAsker, kind: str) -> bytes:
    """Give a printing as a file: a paper, the first label's dots or drawing, or a printer's bytes.

    Raises ThingNotFound for another kind of file.
    """
    from stockroom.outside.labels.pdf import on_roll, on_sheets  # dear to load: not at the start
    from stockroom.outside.labels.png import as_png
    from stockroom.outside.labels.zpl import as_zpl

    if kind not in FILE_KINDS:
        raise ThingNotFound(thing="kind of file", uid=kind[:40])
    drawings, paper = drawings_of(thing, row, asker), paper_called(row.paper)
    if kind == "pdf" and isinstance(paper, Sheet):
        return on_sheets(drawings, paper, title=thing.name, start=row.start)
    if kind == "pdf":
        return on_roll(drawings, title=thing.name)
    if kind == "zpl":
        return b"".join(as_zpl(drawing) for drawing in drawings)
    return as_png(drawings[0]) if kind == "png" else as_spoken_svg(drawings[0], thing.name).encode()


def as_spoken_svg(drawing: Drawing, name: str) -> str:
    """A label as SVG, with its words for who cannot see it."""
    from stockroom.outside.labels.svg import as_svg

    words = " ".join(text.text for text in drawing.texts)
    return as_svg(drawing, spoken=gettext("Label of %(thing)s: %(words)s", thing=name, words=words))
