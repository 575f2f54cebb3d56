"""Does every label say, read from its dots by a decoder that did not draw it, what it was made from?"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator
from datetime import date

import pypdfium2
import pytest
import zxingcpp
from PIL import Image, ImageDraw

from stockroom.barcodes.command_cards import Command, write_command
from stockroom.barcodes.elements import CSET_82, write_bracketed
from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.barcodes.scan import gs1_elements, parse_scan
from stockroom.barcodes.short_code import ALPHABET
from stockroom.errors import InvalidValue
from stockroom.outside.labels.drawing import Drawing, Size, draw
from stockroom.outside.labels.label import Fact, Label
from stockroom.outside.labels.pdf import on_roll, on_sheets
from stockroom.outside.labels.png import as_dots, as_png
from stockroom.outside.labels.sheets import ROLLS, Roll, papers, sheets
from stockroom.outside.labels.svg import as_svg
from stockroom.outside.labels.zpl import as_zpl
from tests.decoding import needs_decoder, read_squares

TODAY = date(2026, 11, 22)
GTIN = "09520123456788"
EXPIRES_ON = date(2028, 6, 30)
LOTS = 1000
DPI = 300


def random_lots(count: int, seed: int = 5) -> Iterator[str]:
    """Lot numbers of 20 characters, every one of the 82 among them again and again."""
    drawn = random.Random(seed)
    letters = sorted(CSET_82)
    for n in range(count):
        yield letters[n % len(letters)] + "".join(drawn.choice(letters) for _ in range(19))


def lot_label(lot: str) -> Label:
    elements = gs1_elements(gtin=GTIN, today=TODAY, lot_number=lot, expires_on=EXPIRES_ON)
    return Label(
        code=write_bracketed(elements), is_gs1=True, title="Demo Filler 2 mL",
        facts=(Fact("Lot", lot, is_strong=True), Fact("Exp", "30 Jun 2028")),
    )  # fmt: skip


def container_label(code: str = "7K4") -> Label:
    return Label(
        code=write_label(OwnLabel(LabelKind.CONTAINER, code)), large=code, title="Demo Filler 2 mL",
        facts=(
            Fact("Opened", "22 Nov 2026 09:10"), Fact("by", "Ana Nurse"),
            Fact("Until", "22 Nov 15:10", is_strong=True), Fact("Lot", "A213B1"), Fact("Exp", "30 Jun 2028"),
        ),
        mark="1 of 4",
    )  # fmt: skip


def from_zpl(commands: bytes) -> Image.Image:
    """The dots that a printer would burn, from its commands alone."""
    told = re.fullmatch(
        rb"\^XA\^PW(\d+)\^LL(\d+)\^FO0,0\^GFA,(\d+),\3,(\d+),([0-9A-F]+)\^FS\^PQ1\^XZ\n", commands
    )
    assert told
    width, height, size, row = (int(told[n]) for n in range(1, 5))
    data = bytes.fromhex(told[5].decode())
    assert (len(data), row) == (size, (width + 7) // 8)
    return Image.frombytes("1", (row * 8, height), bytes(byte ^ 0xFF for byte in data)).crop(
        (0, 0, width, height)
    )


def from_svg(drawn: str, pixels: int = 12) -> Image.Image:
    """The square of an SVG label, painted from its path by this test's own few lines."""
    told = re.search(r'translate\(([\d.]+) ([\d.]+)\) scale\(([\d.]+)\)" d="([^"]+)"', drawn)
    size = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawn)
    assert told and size
    x, y, module = (float(told[n]) * pixels for n in range(1, 4))
    picture = Image.new("L", (int(float(size[1]) * pixels), int(float(size[2]) * pixels)), 255)
    pen = ImageDraw.Draw(picture)
    for run in re.finditer(r"M(\d+) (\d+)h(\d+)v1h-\3z", told[4]):
        column, line, width = (int(run[n]) for n in range(1, 4))
        left, top = x + column * module, y + line * module
        pen.rectangle((left, top, left + width * module - 1, top + module - 1), fill=0)
    return picture


def pages(pdf: bytes) -> list[Image.Image]:
    """The pages of a PDF as a printer of 300 dots an inch would see them, by PDFium."""
    document = pypdfium2.PdfDocument(pdf)
    return [page.render(scale=DPI / 72).to_pil() for page in document]


def mm(length: float) -> float:
    return length * DPI / 25.4


@needs_decoder
def test_a_thousand_lots_read_back_from_the_dots_of_a_label_printer(scale: int) -> None:
    size = Size(width_mm=57, height_mm=32, dots_per_mm=8)
    seen: set[str] = set()
    for lot in random_lots(LOTS * scale):
        (text,) = read_squares(from_zpl(as_zpl(draw(lot_label(lot), size))))
        scan = parse_scan("]d2" + text, today=TODAY)
        readings = [reading for doubt in scan.doubts for reading in doubt.readings] or [scan]
        assert (readings[0].gtin, readings[0].lot_number, readings[0].expires_on) == (GTIN, lot, EXPIRES_ON)
        seen |= set(lot)
    assert seen == CSET_82


@needs_decoder
def test_a_thousand_lots_read_back_from_sheets_of_paper(scale: int) -> None:
    sheet = next(sheet for sheet in sheets() if sheet.slug == "a4-24")
    lots = list(random_lots(LOTS * scale, seed=6))
    for first in range(0, len(lots), sheet.count):
        some = lots[first : first + sheet.count]
        size = Size(width_mm=sheet.label_width_mm, height_mm=sheet.label_height_mm)
        (page,) = pages(on_sheets([draw(lot_label(lot), size) for lot in some], sheet, title="Labels"))
        for n, lot in enumerate(some):
            row, column = divmod(n, sheet.columns)
            left, top = sheet.left_mm + column * sheet.pitch_x_mm, sheet.top_mm + row * sheet.pitch_y_mm
            box = (left, top, left + sheet.label_width_mm / 2, top + sheet.label_height_mm)
            (text,) = read_squares(page.crop(tuple(round(mm(edge)) for edge in box)))
            assert text.endswith("10" + lot)


SIZES = [
    (sheet.slug, Size(width_mm=sheet.label_width_mm, height_mm=sheet.label_height_mm)) for sheet in sheets()
]
SIZES += [
    (
        roll.slug,
        Size(width_mm=roll.label_width_mm, height_mm=roll.label_height_mm, dots_per_mm=roll.dots_per_mm),
    )
    for roll in ROLLS
]


@pytest.mark.parametrize("size", [size for _, size in SIZES], ids=[slug for slug, _ in SIZES])
@needs_decoder
def test_on_every_size_all_formats_say_the_same_or_the_label_is_refused_whole(size: Size) -> None:
    try:
        drawing = draw(container_label(), size)
    except InvalidValue:
        assert size.height_mm < 21  # what must stand on it cannot
        return

    (on_paper,) = pages(on_roll([drawing], title="Label"))
    pictures = (as_dots(drawing), Image.open(io.BytesIO(as_png(drawing))), from_zpl(as_zpl(drawing)))
    for picture in (*pictures, from_svg(as_svg(drawing, spoken="Label")), on_paper):
        assert read_squares(picture) == ["SRC:7K4"]


@pytest.mark.parametrize("kind", LabelKind)
@needs_decoder
def test_every_kind_of_label_of_ours_reads_back_with_short_and_long_codes(kind: LabelKind) -> None:
    drawn = random.Random(7)
    for length in (3, 4, 12):
        code = "".join(drawn.choice(ALPHABET) for _ in range(length))
        label = Label(code=write_label(OwnLabel(kind, code)), large=code, title="Fridge 1")

        (text,) = read_squares(as_dots(draw(label, Size(width_mm=63.5, height_mm=33.9))))

        assert parse_scan(text, today=TODAY).label == OwnLabel(kind, code)


@pytest.mark.parametrize("command", Command)
@needs_decoder
def test_every_command_card_reads_back(command: Command) -> None:
    label = Label(code=write_command(command), title=command.value)

    (text,) = read_squares(as_dots(draw(label, Size(width_mm=63.5, height_mm=33.9))))

    assert parse_scan(text, today=TODAY).command is command


def boxes(drawing: Drawing) -> list[tuple[float, float, float]]:
    return [(text.x_mm, text.x_mm + text.width_mm, text.baseline_mm) for text in drawing.texts]


@pytest.mark.parametrize("size", [size for _, size in SIZES], ids=[slug for slug, _ in SIZES])
def test_nothing_leaves_the_label_or_runs_into_its_square(size: Size) -> None:
    title = "Demo Hyaluronic acid, crosslinked, with lidocaine, for deep dermal implantation 2 mL"
    label = Label(code="SRC:7K4", large="7K4", title=title, facts=(Fact("Lot", "M" * 20, is_strong=True),))
    try:
        drawing = draw(label, size)
    except InvalidValue:
        return

    right = drawing.symbol.x_mm + drawing.symbol.symbol.width * drawing.symbol.module_mm
    for left, end, baseline in boxes(drawing):
        assert right < left and end <= size.width_mm
        assert 0 < baseline < size.height_mm
    assert "M" * 20 in " ".join(text.text for text in drawing.texts)


def test_a_label_whose_facts_do_not_fit_is_refused_and_never_cut() -> None:
    facts = tuple(Fact("Lot", f"LOT{n}") for n in range(30))

    with pytest.raises(InvalidValue, match="choose a larger label"):
        draw(Label(code="SRC:7K4", title="Vial", facts=facts), Size(width_mm=51, height_mm=25))


def test_a_sheet_begins_at_the_label_that_is_still_there_and_goes_on_on_the_next_page() -> None:
    sheet = next(sheet for sheet in sheets() if sheet.slug == "a4-21")
    drawing = draw(container_label(), Size(width_mm=sheet.label_width_mm, height_mm=sheet.label_height_mm))

    both = pages(on_sheets([drawing] * 3, sheet, title="Labels", start=20))

    def dark(page: Image.Image, n: int) -> bool:
        row, column = divmod(n - 1, sheet.columns)
        left, top = sheet.left_mm + column * sheet.pitch_x_mm, sheet.top_mm + row * sheet.pitch_y_mm
        box = (left, top, left + sheet.label_width_mm, top + sheet.label_height_mm)
        return page.crop(tuple(round(mm(edge)) for edge in box)).convert("L").getextrema()[0] < 128

    assert [[n for n in range(1, 22) if dark(page, n)] for page in both] == [[20, 21], [1]]


@pytest.mark.parametrize("start", [0, 22])
def test_a_position_that_the_sheet_has_not_is_refused(start: int) -> None:
    sheet = next(sheet for sheet in sheets() if sheet.slug == "a4-21")

    with pytest.raises(InvalidValue, match="from 1 to 21"):
        on_sheets([], sheet, title="Labels", start=start)


@pytest.mark.parametrize("sheet", sheets(), ids=lambda sheet: sheet.slug)
def test_every_sheet_holds_its_labels_within_the_page_and_apart(sheet) -> None:
    right = sheet.left_mm + (sheet.columns - 1) * sheet.pitch_x_mm + sheet.label_width_mm
    foot = sheet.top_mm + (sheet.rows - 1) * sheet.pitch_y_mm + sheet.label_height_mm

    assert right <= sheet.page_width_mm + 0.01 and foot <= sheet.page_height_mm + 0.01
    assert sheet.pitch_x_mm >= sheet.label_width_mm and sheet.pitch_y_mm >= sheet.label_height_mm


def test_the_same_label_gives_the_same_bytes() -> None:
    drawing = draw(container_label(), Size(width_mm=63.5, height_mm=33.9))

    assert as_png(drawing) == as_png(drawing)
    assert on_roll([drawing], title="Label") == on_roll([drawing], title="Label")


def test_words_on_an_svg_label_are_text_and_never_markup() -> None:
    label = Label(code="SRC:7K4", title='<b>&"x"</b>', facts=(Fact("Lot", "<script>"),))

    drawn = as_svg(draw(label, Size(width_mm=63.5, height_mm=33.9)), spoken='a "label" <b>')

    assert "<b>" not in drawn and "<script>" not in drawn
    assert 'aria-label="a &quot;label&quot; &lt;b&gt;"' in drawn


@pytest.mark.parametrize("lot", ["^XZ^XA^FDgone^FS", "~JR", "A_1B", "\\5E"])
def test_no_text_of_a_label_stands_in_the_printers_commands(lot: str) -> None:
    label = Label(code="SRC:7K4", title=lot, facts=(Fact("Lot", lot),))

    commands = as_zpl(draw(label, Size(width_mm=57, height_mm=32, dots_per_mm=8)))

    assert lot.encode() not in commands
    assert commands.count(b"^XA") == commands.count(b"^XZ") == 1
    assert b"~" not in commands


def test_a_label_is_printed_once_or_more() -> None:
    with pytest.raises(ValueError, match="once"):
        as_zpl(draw(container_label(), Size(width_mm=57, height_mm=32)), copies=0)


@pytest.mark.parametrize("slug", [each.slug for each in papers() if each.has_bars])
@pytest.mark.parametrize(
    ("label", "said"),
    [(lot_label("A213B1"), f"]C101{GTIN}17280630" + "10A213B1"), (container_label(), "]C0SRC:7K4")],
)
def test_bars_are_read_from_dots_and_paper_where_they_fit_and_else_refused(
    slug: str, label: Label, said: str
) -> None:
    paper = next(each for each in papers() if each.slug == slug)
    dots = paper.dots_per_mm if isinstance(paper, Roll) else 12
    size = Size(
        width_mm=paper.label_width_mm, height_mm=paper.label_height_mm, dots_per_mm=dots, has_bars=True
    )
    if label.is_gs1 and size.width_mm < 89:
        with pytest.raises(InvalidValue, match="without bars"):
            draw(label, size)
        return
    drawing = draw(label, size)

    (page,) = pages(on_roll([drawing], title="Label"))
    for picture in (as_dots(drawing).convert("L"), from_zpl(as_zpl(drawing)).convert("L"), page):
        found = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.Code128)
        assert [each.symbology_identifier + each.bytes.decode("latin-1") for each in found] == [said]


def test_a_code_that_is_too_long_for_bars_is_never_cut() -> None:
    with pytest.raises(InvalidValue, match="without bars"):
        draw(lot_label("A" * 20), Size(width_mm=57, height_mm=32, dots_per_mm=8, has_bars=True))
