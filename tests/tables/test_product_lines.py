"""Is every line of a table of products read whole, and everything wrong with it named by line and column?"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.tables.product_lines import SaidCode, SaidIngredient, SaidItem, SaidLevel
from stockroom.tables.words import TableKind
from stockroom.vocabulary import BaseUnit, Carry, CodeScheme, ContainerType, RegulatoryClass, StorageClass
from tests.builders import demo_gtin
from tests.importing import PRODUCT_HEADS, as_csv, as_xlsx, read, told

HEADS = (
    *PRODUCT_HEADS, "container type", "storage", "regulatory class", "authorised in", "in use hours room",
    "in use source", "ingredients", "excipients", "drawn from at most", "overfill", "stays behind", "single use",
    "needle gauge", "needle length mm", "pins", "waste stream", "lot", "serial", "gtin", "box gtin",
    "box holds", "supplier", "item code", "supplier pack", "lead time days", "price",
    "currency", "preferred", "minimum", "target",
)  # fmt: skip
GOOD = {
    "manufacturer": "Demo Laboratories", "name": "Demo Filler", "strength": "20 mg/mL", "presentation": "vial",
    "content": "2,5 mL", "container type": "Single dose", "storage": "refrigerated",
    "regulatory class": "annex XVI device",
    "authorised in": "BG, RO", "in use hours room": "24", "in use source": "leaflet 6.3",
    "ingredients": "hyaluronic-acid=20 mg/mL; lidocaine", "excipients": "sodium-metabisulfite=1 mg/mL",
    "drawn from at most": "", "overfill": "0,2 mL", "stays behind": "0,1 mL", "single use": "yes", "needle gauge": "30",
    "needle length mm": "12,7", "pins": "", "waste stream": "yellow",
    "lot": "required", "serial": "none", "gtin": demo_gtin(1)[1:], "box gtin": demo_gtin(2), "box holds": "10",
    "supplier": "Demo Supply", "item code": "DF-25", "supplier pack": "10", "lead time days": "4", "price": "125,00",
    "currency": "eur", "preferred": "yes", "minimum": "10", "target": "30",
}  # fmt: skip


def with_cells(**changed: str) -> bytes:
    row = {**GOOD, **{name.replace("_", " "): text for name, text in changed.items()}}
    return as_csv(HEADS, [row[head] for head in HEADS], separator=";")


def test_a_full_line_says_everything() -> None:
    reading = read(with_cells(), TableKind.PRODUCTS)

    assert reading.faults == ()
    (line,) = reading.lines
    assert (line.manufacturer, line.name, line.base_unit, line.content_quantity) == (
        "Demo Laboratories",
        "Demo Filler",
        BaseUnit.MICROLITRE,
        2500,
    )
    facts = line.facts
    assert facts.container_type is ContainerType.SINGLE_DOSE
    assert facts.storage_class is StorageClass.REFRIGERATED
    assert facts.regulatory_class is RegulatoryClass.ANNEX_XVI_DEVICE
    assert facts.authorised_in == ("BG", "RO")
    assert facts.in_use_minutes_room == 24 * 60
    assert facts.ingredients == (
        SaidIngredient(name="hyaluronic-acid", amount="20 mg/mL"),
        SaidIngredient(name="lidocaine"),
        SaidIngredient(name="sodium-metabisulfite", amount="1 mg/mL", is_excipient=True),
    )
    assert (facts.overfill_max_quantity, facts.residual_max_quantity, facts.is_single_use) == (200, 100, True)
    assert (facts.needle_gauge, facts.needle_length_um, facts.pin_count) == (30, 12_700, None)
    assert facts.waste_stream == "yellow"
    assert facts.lot_carry is Carry.REQUIRED
    assert line.codes == (
        SaidCode(
            column="gtin",
            scheme=CodeScheme.GTIN,
            item_code=demo_gtin(1),
            pack_level="each",
            presentation_count=1,
        ),
        SaidCode(
            column="box gtin",
            scheme=CodeScheme.GTIN,
            item_code=demo_gtin(2),
            pack_level="box",
            presentation_count=10,
        ),
    )
    assert line.item == SaidItem(
        supplier="Demo Supply",
        item_code="DF-25",
        pack_count=10,
        lead_time_days=4,
        is_preferred=True,
        last_price_minor=12500,
        currency="EUR",
    )
    assert line.level == SaidLevel(clinic="", minimum_count=10, target_count=30)


@pytest.mark.parametrize(
    ("changed", "column", "code"),
    [
        ({"name": ""}, "name", "needed"),
        ({"content": "5"}, "content", "not_a_quantity"),
        ({"content": "0 mL"}, "content", "quantity_out_of_range"),
        ({"container_type": "bottle"}, "container type", "not_a_word"),
        ({"authorised_in": "Bulgaria"}, "authorised in", "not_a_word"),
        ({"in_use_hours_room": "a day"}, "in use hours room", "not_a_count"),
        ({"needle_gauge": "90"}, "needle gauge", "not_a_count"),
        ({"needle_length_mm": "half an inch"}, "needle length mm", "not_a_count"),
        ({"ingredients": ""}, "ingredients", "needs_too"),
        ({"gtin": "9,52001E+12"}, "gtin", "looks_like_number"),
        ({"gtin": "1E5"}, "gtin", "looks_like_number"),
        ({"gtin": "03-05"}, "gtin", "looks_like_date"),
        ({"gtin": demo_gtin(1)[:-1] + "0"}, "gtin", "wrong_check_digit"),
        ({"box_holds": "0"}, "box holds", "not_a_count"),
        ({"box_holds": ""}, "box holds", "needs_too"),
        ({"box_gtin": ""}, "box gtin", "needs_too"),
        ({"item_code": "1E5"}, "item code", "looks_like_number"),
        ({"supplier_pack": "0"}, "supplier pack", "not_a_count"),
        ({"supplier_pack": ""}, "supplier pack", "needed"),
        ({"supplier": ""}, "supplier", "needs_too"),
        ({"lead_time_days": "-3"}, "lead time days", "not_a_count"),
        ({"price": "12,5 EUR"}, "price", "not_an_amount"),
        ({"price": "1.250"}, "price", "amount_in_doubt"),
        ({"currency": ""}, "currency", "no_currency"),
        ({"currency": "EURO"}, "currency", "not_a_currency"),
        ({"minimum": ""}, "minimum", "needs_too"),
        ({"target": "5"}, "target", "not_a_count"),
        ({"minimum": "-1"}, "minimum", "not_a_count"),
        ({"name": "=A1"}, "name", "formula"),
        ({"strength": "#REF!"}, "strength", "broken"),
        ({"preferred": "maybe"}, "preferred", "not_a_word"),
        ({"name": "x" * 201}, "name", "too_long"),
    ],
)
def test_what_is_wrong_is_named_by_line_and_column(changed: dict[str, str], column: str, code: str) -> None:
    reading = read(with_cells(**changed), TableKind.PRODUCTS)

    assert (2, column, code) in told(reading)
    assert reading.lines == ()
    for fault in reading.faults:
        assert fault.sentence
        assert fault.advice or fault.code in ("quantity_out_of_range", "wrong_check_digit")


def test_a_code_that_truly_looks_so_can_be_written_with_an_apostrophe() -> None:
    (line,) = read(with_cells(item_code="'03-05"), TableKind.PRODUCTS).lines

    assert line.item.item_code == "03-05"


@pytest.mark.parametrize(
    ("value", "shown_as", "code"),
    [
        (123, "General", "turned_into_number"),
        (100000.0, "0.00E+00", "turned_into_number"),
        (date(2026, 5, 3), "d-mmm", "turned_into_date"),
        ("=A2", "General", "formula"),
    ],
)
def test_a_code_that_the_spreadsheet_turned_into_something_else_is_refused_never_repaired(
    value: object, shown_as: str, code: str
) -> None:
    heads = (*PRODUCT_HEADS, "other code", "other scheme")
    row = ("Demo Laboratories", "Demo Filler", "", "vial", "2,5 mL", value, "own")

    reading = read(as_xlsx(heads, row, formats={"F2": shown_as}), TableKind.PRODUCTS)

    assert told(reading) == [(2, "other code", code)]


def test_a_text_cell_of_a_spreadsheet_keeps_every_sign() -> None:
    heads = (*PRODUCT_HEADS, "other code", "other scheme")
    rows = [
        ("Demo Laboratories", f"Demo {n}", "", "vial", "5 mL", code, "own")
        for n, code in enumerate(("1E5", "00123", "03-05"))
    ]

    reading = read(as_xlsx(heads, *rows), TableKind.PRODUCTS)

    assert reading.faults == ()
    assert [line.codes[0].item_code for line in reading.lines] == ["1E5", "00123", "03-05"]


def test_heads_are_known_in_any_case_and_a_wrong_one_is_told_with_what_was_meant() -> None:
    good = read(
        as_csv(
            ("MANUFACTURER *", "Name", "presentation", "Content", "#note"), ["A", "B", "vial", "5 mL", "x"]
        ),
        TableKind.PRODUCTS,
    )
    assert good.faults == ()

    reading = read(as_csv((*PRODUCT_HEADS, "suplier", "name"), ["A"]), TableKind.PRODUCTS)
    assert told(reading) == [(1, "suplier", "unknown_column"), (1, "name", "column_twice")]
    assert "supplier?" in reading.faults[0].advice
    assert told(read(as_csv(("name", "content"), ["A", "B"]), TableKind.PRODUCTS)) == [
        (1, "manufacturer", "column_missing"),
        (1, "presentation", "column_missing"),
    ]


def test_the_example_of_the_template_is_no_product_and_an_empty_table_is_told() -> None:
    reading = read(
        as_csv(("#", *PRODUCT_HEADS), ["EXAMPLE, delete me", "A", "B", "", "vial", "5 mL"]),
        TableKind.PRODUCTS,
    )

    assert told(reading) == [(1, "", "no_rows")]
    assert told(read(b"", TableKind.PRODUCTS)) == [(1, "", "no_rows")]


def test_a_cell_under_no_head_is_told() -> None:
    reading = read(as_csv(PRODUCT_HEADS, ["A", "B", "", "vial", "5 mL", "astray"]), TableKind.PRODUCTS)

    assert told(reading) == [(2, "", "no_head")]
