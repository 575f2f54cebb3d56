"""Is stock said as people count it?"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from stockroom.web.counted import show_counted, show_left, show_many, show_packs
from stockroom.web.formats import show_amount
from tests.serving import Served

VIALS = {"base_unit": "uL", "content_quantity": 5_000, "presentation": "vial"}
HEADS = {"base_unit": "piece", "content_quantity": 50, "presentation": "head"}
NEEDLES = {"base_unit": "piece", "content_quantity": 1, "presentation": "needle"}


@pytest.mark.parametrize(
    ("sealed", "product", "more", "said"),
    [
        (342, NEEDLES, {"pack_count": 100, "pack_level": "box"}, "3 boxes + 42"),
        (100, NEEDLES, {"pack_count": 100, "pack_level": "box"}, "1 box"),
        (42, NEEDLES, {}, "42"),
        (0, NEEDLES, {}, "0"),
        (45_000, VIALS, {"open_quantity": 3_200}, "9 vials + 3.2 mL open"),
        (5_000, VIALS, {}, "1 vial"),
        (0, VIALS, {"open_quantity": 3_200}, "3.2 mL open"),
        (0, VIALS, {}, "0 vials"),
        (10_000, {**VIALS, "presentation": "Cannula"}, {}, "2 cannulas"),
        (10_000, {**VIALS, "presentation": "cassette"}, {}, "2 × cassette"),
        (200, HEADS, {"open_quantity": 4}, "4 heads + 4 of 50 open"),
        (0, HEADS, {"open_quantity": 60}, "60 open"),
    ],
)
def test_it_reads_as_people_count(
    served: Served, sealed: int, product: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    with served.app.test_request_context():
        assert show_counted(sealed, **product, **more) == said


@pytest.mark.parametrize(
    ("moved", "product", "said"),
    [
        (204, HEADS, "4 heads + 4 of 50"),
        (4, HEADS, "4"),
        (48_200, VIALS, "9 vials + 3.2 mL"),
        (10_000, {**VIALS, "presentation": "bulk package"}, "2 bulk packages"),
    ],
)
def test_what_was_moved_reads_so_too(served: Served, moved: int, product: dict[str, Any], said: str) -> None:
    with served.app.test_request_context():
        assert show_packs(moved, SimpleNamespace(**product)) == said


@pytest.mark.parametrize(
    ("quantity", "unit", "said"),
    [
        (2_000_000, "ug", "2 g"),
        (2_500_000, "ug", "2.5 g"),
        (999_999, "ug", "999.999 mg"),
        (1_500_000, "mIU", "1,500 IU"),
        (1_250_000, "uL", "1,250 mL"),
        (1_200, "piece", "1,200"),
    ],
)
def test_an_amount_has_the_unit_that_people_say_it_in(
    served: Served, quantity: int, unit: str, said: str
) -> None:
    with served.app.test_request_context():
        assert show_amount(quantity, unit) == said


@pytest.mark.parametrize(
    ("left", "product", "said"), [(4, HEADS, "4 of 50"), (50, HEADS, "50"), (3_200, VIALS, "3.2 mL")]
)
def test_what_is_left_in_an_open_one_reads_so_too(
    served: Served, left: int, product: dict[str, Any], said: str
) -> None:
    with served.app.test_request_context():
        assert show_left(left, SimpleNamespace(**product)) == said


@pytest.mark.parametrize(("word", "said"), [("vial", "vials"), ("box", "boxes"), ("cassette", "cassette")])
def test_a_field_that_asks_how_many_says_of_what(served: Served, word: str, said: str) -> None:
    with served.app.test_request_context():
        assert show_many(word) == said
