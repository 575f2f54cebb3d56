"""Is a staff badge known on every keyboard, and nothing else taken for one?"""

from __future__ import annotations

import pytest

from stockroom.barcodes.badges import BADGE_HEADS, badge_code
from stockroom.barcodes.keyboards import Layout, typed_on

CODE = "K7Y4ACDEFHJ2"


@pytest.mark.parametrize("layout", Layout)
@pytest.mark.parametrize("before", ["", "]C0"])
def test_a_badge_typed_for_another_keyboard_is_the_badge(layout: Layout, before: str) -> None:
    typed = typed_on(layout, f"{before}SRB:{CODE}")

    assert badge_code(typed, layout=layout) == CODE
    assert badge_code(typed) is not None
    assert typed.startswith(typed_on(layout, before)) and any(head in typed for head in BADGE_HEADS)


@pytest.mark.parametrize("text", [f"SRB:{CODE}", f" srb:{CODE.lower()} ", f"]C0SRB:{CODE}", f"]d1SRB:{CODE}"])
def test_a_badge_as_it_stands_is_itself_whatever_the_clinic_said(text: str) -> None:
    assert badge_code(text) == badge_code(text, layout=Layout.FRENCH) == CODE


@pytest.mark.parametrize(
    "text",
    ["", "SRC:K7M4", f"SRK:{CODE}", "SRBM", "SRBMK7", typed_on(Layout.FRENCH, f"SRC:{CODE}"), "]d20109520123456788",
     f"SRB\u00d6{CODE}9", "S" * 4096],
)  # fmt: skip
def test_what_is_no_badge_is_none(text: str) -> None:
    assert [badge_code(text, layout=layout) for layout in (None, *Layout)] == [None] * (len(Layout) + 1)
