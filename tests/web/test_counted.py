"""Is stock said as people count it?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.web.counted import show_counted
from tests.serving import Served

VIALS = {"base_unit": "uL", "content_quantity": 5_000, "presentation": "vial"}
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
        (10_000, {**VIALS, "presentation": "cannula"}, {}, "2 × cannula"),
    ],
)
def test_it_reads_as_people_count(
    served: Served, sealed: int, product: dict[str, Any], more: dict[str, Any], said: str
) -> None:
    with served.app.test_request_context():
        assert show_counted(sealed, **product, **more) == said
