"""Is the bench made for gloves and ears: sounds, large keys, no keyboard that jumps up, a colleague near by?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.at_bench import Pack, a_session, pack_of, used_in
from tests.browser.shop import Shop
from tests.browser.visiting import Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
NEEDLE, OTHER_NEEDLE, BOOSTER, SILICA = (
    "Demo Needle 30G 4 mm",
    "Demo Needle 32G 4 mm",
    "Demo Hydra Booster",
    "Demo Organic Silica",
)
_LISTEN = """
  window.heard = [];
  const made = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function () {
    const tone = made.call(this);
    const start = tone.start.bind(tone);
    tone.start = (at) => { window.heard.push(tone.frequency.value); start(at); };
    return tone;
  };
"""
GLOVED_PX = 48
"""What a gloved finger meets: more than the 44 px of WCAG 2.5.5."""


def _at_bench(nurse: Visit, shop: Shop, *needs: tuple[Pack, int]) -> str:
    session_uid = a_session(shop, *needs)
    nurse.go(f"sessions/{session_uid}")
    return session_uid


def _comes_to(nurse: Visit, outcome: str) -> None:
    nurse.page.locator(f'#bench[data-outcome="{outcome}"]').wait_for()


def test_each_outcome_has_a_sound_of_its_own_and_a_refusal_is_low(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle, other, silica = (pack_of(shop, name) for name in (NEEDLE, OTHER_NEEDLE, SILICA))
    nurse = visit("nurse")
    nurse.expects_refusals = True
    nurse.page.add_init_script(_LISTEN)
    _at_bench(nurse, shop, (needle, 5))
    heard = {}

    for text, outcome in (
        (needle.scan, "used"),
        (other.scan, "extra"),
        (silica.scan, "stop-not_planned"),
        ("not a code at all", "stop-refused"),
    ):
        nurse.page.evaluate("window.heard = []")
        nurse.scan(text)
        _comes_to(nurse, outcome)
        heard[outcome] = tuple(nurse.page.evaluate("window.heard"))
        if outcome.startswith("stop-"):
            nurse.page.locator("[data-stop] a[data-bench-link]").click()
            nurse.page.locator("[data-stop]").wait_for(state="detached")

    assert len(set(heard.values())) == len(heard) and all(heard.values())
    assert max(heard.pop("stop-refused")) < 200 < min(pitch for notes in heard.values() for pitch in notes)


@pytest.mark.parametrize("width", [390, 1024])
def test_the_amount_is_set_on_a_pad_for_gloves(visit: Callable[..., Visit], shop: Shop, width: int) -> None:
    booster = pack_of(shop, BOOSTER)
    nurse = visit("nurse", width=width, height=844, has_touch=True)
    session_uid = _at_bench(nurse, shop, (booster, 2000))
    nurse.scan(booster.scan)
    _comes_to(nurse, "used")

    nurse.tap("Number pad")
    keys = nurse.page.locator(".pad-key")
    sizes = [keys.nth(n).bounding_box() for n in range(keys.count())]
    for key in ("1", ".", "5"):
        nurse.page.locator(f'[data-digit="{key}"]').tap()
    nurse.page.locator('.amount-line button[value="set"]').tap()
    nurse.page.locator('[name="to"][data-was="1.5"]').wait_for()
    nurse.page.get_by_role("button", name="More").tap()
    nurse.page.locator('[name="to"][data-was="1.6"]').wait_for()

    assert all(size and min(size["width"], size["height"]) >= GLOVED_PX for size in sizes)
    assert used_in(shop, session_uid) == [(booster.product_name, 1_600)]
    assert nurse.page.evaluate("document.activeElement.id") == "bench-scan-input"


def test_the_scan_field_raises_no_keyboard_until_somebody_wants_one(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse = visit("nurse", width=390, height=844)
    session_uid = _at_bench(nurse, shop, (needle, 5))
    field = nurse.page.locator("#bench-scan-input")

    assert field.get_attribute("inputmode") == "none"
    nurse.page.locator("h1").click()  # the scanner types wherever one is
    nurse.scan(needle.scan)
    _comes_to(nurse, "used")
    assert field.get_attribute("inputmode") == "none"
    nurse.tap("Type it")

    assert field.get_attribute("inputmode") == "text"
    assert used_in(shop, session_uid) == [(needle.product_name, 5)]


@pytest.mark.parametrize("width", [390, 1024])
def test_a_refusal_stops_the_line_over_the_whole_width(
    visit: Callable[..., Visit], shop: Shop, width: int
) -> None:
    nurse = visit("nurse", width=width, height=844)
    nurse.expects_refusals = True
    _at_bench(nurse, shop)

    nurse.scan("not a code at all")
    _comes_to(nurse, "stop-refused")

    box = nurse.page.locator("[data-stop]").bounding_box()
    assert box is not None and (box["x"], box["width"]) == (0, width)


def test_a_colleague_says_that_a_colleagues_use_broke_and_undoes_nothing(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse, colleague = visit("nurse"), visit("practitioner", width=390, height=844)
    session_uid = _at_bench(nurse, shop, (needle, 5))
    nurse.scan(needle.scan)
    _comes_to(nurse, "used")

    colleague.go(f"sessions/{session_uid}")
    line = colleague.page.locator(".bench-list li", has_text=needle.product_name)
    assert line.get_by_role("button", name="Undo").count() == 0
    line.get_by_role("button", name="Broken / spilled").click()
    colleague.page.get_by_text("Written down as broken or spilled.").wait_for()

    assert used_in(shop, session_uid) == []
    colleague.tap("Undo: it is whole")
    colleague.page.get_by_text("Taken back.").wait_for()
