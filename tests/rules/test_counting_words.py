"""Is a quantity split as people count it, with nothing lost?"""

from __future__ import annotations

import pytest

from stockroom.rules.counting_words import Counted, count_as_people_do


@pytest.mark.parametrize(
    ("sealed", "opened", "content", "pack", "packs", "presentations", "left"),
    [
        (342, 0, 1, 100, 3, 42, 0),
        (45_000, 3_200, 5_000, 1, 0, 9, 3_200),
        (45_000, 3_200, 5_000, 10, 0, 9, 3_200),
        (0, 0, 5_000, 10, 0, 0, 0),
        (52_500, 0, 5_000, 10, 1, 0, 2_500),
    ],
)
def test_it_is_said_as_people_count(
    sealed: int, opened: int, content: int, pack: int, packs: int, presentations: int, left: int
) -> None:
    said = count_as_people_do(
        sealed_quantity=sealed, open_quantity=opened, content_quantity=content, pack_count=pack
    )
    assert said == Counted(packs=packs, presentations=presentations, open_quantity=left)
    whole = (said.packs * pack + said.presentations) * content + said.open_quantity
    assert whole == sealed + opened
