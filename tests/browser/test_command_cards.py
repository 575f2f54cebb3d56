"""Is a session prepared from the first vial to its end with scans alone, by cards, without touching the screen?"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from stockroom.clock import now
from tests.browser.at_bench import Pack, a_session, one, pack_of, state_of, used_in
from tests.browser.shop import Shop
from tests.browser.visiting import GUARD_SECONDS, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
NEEDLE, OTHER_NEEDLE, BOOSTER, AMINO = (
    "Demo Needle 30G 4 mm",
    "Demo Needle 32G 4 mm",
    "Demo Hydra Booster",
    "Demo Amino Mix",
)


def _at_bench(nurse: Visit, shop: Shop, *needs: tuple[Pack, int]) -> str:
    session_uid = a_session(shop, *needs)
    nurse.go(f"sessions/{session_uid}")
    return session_uid


def _comes_to(nurse: Visit, outcome: str) -> None:
    nurse.page.locator(f'#bench[data-outcome="{outcome}"]').wait_for()


def _card(nurse: Visit, word: str) -> None:
    nurse.scan(f"SRK:{word}")


def test_a_whole_session_is_scanned_and_the_screen_is_never_touched(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle, other, booster = (pack_of(shop, name) for name in (NEEDLE, OTHER_NEEDLE, BOOSTER))
    nurse = visit("nurse")
    nurse.expects_refusals = True
    session_uid = _at_bench(nurse, shop, (needle, 5), (booster, 2_000))

    nurse.scan(needle.scan)
    _comes_to(nurse, "used")
    _card(nurse, "3")
    nurse.page.locator('[name="to"][data-was="3"]').wait_for()
    nurse.scan(booster.scan)
    nurse.page.locator(".act-thing", has_text=booster.product_name).wait_for()
    _card(nurse, "UNDO")
    nurse.page.get_by_text("Taken back.").wait_for()
    nurse.scan(other.scan)
    _comes_to(nurse, "extra")
    _card(nurse, "BROKEN")
    nurse.page.get_by_text("Written down as broken or spilled.").wait_for()
    nurse.scan("not a code at all")
    _comes_to(nurse, "stop-refused")
    _card(nurse, "YES")
    expect(nurse.page.locator("#scan-note")).to_contain_text("no answer on this screen")
    _card(nurse, "NO")
    nurse.page.locator("[data-stop]").wait_for(state="detached")
    assert used_in(shop, session_uid) == [(needle.product_name, 3)]

    _card(nurse, "FINISH")  # of what was planned something is missing
    nurse.page.wait_for_url("**/finish")
    _card(nurse, "YES")
    nurse.page.wait_for_url(lambda url: "/sessions/" not in url)

    assert state_of(shop, session_uid) == "finished"
    assert nurse.taps == 0
    assert nurse.faults == []


def test_a_question_is_answered_by_its_number_and_by_no(visit: Callable[..., Visit], shop: Shop) -> None:
    amino = pack_of(shop, AMINO)
    nurse = visit("nurse")
    nurse.expects_refusals = True
    session_uid = _at_bench(nurse, shop, (amino, 2_000))
    nurse.scan(amino.scan)
    nurse.page.locator('#bench[data-outcome="used"], #bench[data-outcome="stop-which"]').wait_for()
    if nurse.page.locator("[data-stop]").count():  # another one stands open already
        new = nurse.page.locator("[data-card-choice]", has_text="new")
        _card(nurse, new.locator(".choice-number").inner_text())
    _comes_to(nurse, "used")
    first = nurse.page.locator(".act-code").inner_text()
    nurse.scan(amino.scan)
    _comes_to(nurse, "stop-which")

    _card(nurse, "9")
    expect(nurse.page.locator("#scan-note")).to_contain_text("no answer")
    number = nurse.page.locator("[data-card-choice]", has_text=first).locator(".choice-number").inner_text()
    _card(nurse, number)
    nurse.page.locator("[data-stop]").wait_for(state="detached")

    assert [name for name, _ in used_in(shop, session_uid)] == [amino.product_name] * 2
    assert nurse.taps == 0


def test_the_same_code_twice_within_the_guard_time_is_one_scan_and_said(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse = visit("nurse")
    session_uid = _at_bench(nurse, shop, (needle, 5))

    at = now()
    nurse.page.clock.set_fixed_time(
        at
    )  # however long this machine takes for both, no time goes by between them
    nurse.scan(needle.scan)
    nurse.scan(needle.scan, at_once=True)
    expect(nurse.page.locator("#scan-note")).to_contain_text("The same code twice at once")
    _comes_to(nurse, "used")
    assert len(used_in(shop, session_uid)) == 1

    nurse.page.clock.set_fixed_time(at + timedelta(seconds=GUARD_SECONDS))
    nurse.scan(needle.scan)
    nurse.page.locator(".bench-list li", has_text=needle.product_name).nth(1).wait_for()
    assert len(used_in(shop, session_uid)) == 2


def test_a_separator_typed_on_the_number_pad_or_by_another_keyboard_is_kept(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse = visit("nurse")
    session_uid = _at_bench(nurse, shop, (needle, 5))
    before, behind = needle.scan.split("\x1d")
    keyboard = nurse.page.keyboard

    keyboard.type(before, delay=2)
    keyboard.down("Alt")
    for digit in "029":
        keyboard.press(f"Numpad{digit}")
    keyboard.up("Alt")
    keyboard.type(behind, delay=2)
    keyboard.press("Enter")
    _comes_to(nurse, "used")

    scan = one(shop, "SELECT raw_scan FROM usage ORDER BY line_id DESC LIMIT 1")
    assert "\x1d" in scan.raw_scan
    assert len(used_in(shop, session_uid)) == 1


def test_a_cocktails_amounts_are_scanned_and_its_last_ingredient_is_taken_back_by_a_card(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    booster = pack_of(shop, BOOSTER)
    nurse = visit("nurse")
    nurse.go("prepare")
    nurse.page.get_by_label("Why it is mixed without a recipe").fill("Scanned by cards")
    nurse.page.locator("input[name=session_uids]").first.check()
    nurse.tap("Begin")
    nurse.page.wait_for_url("**/prepare/*")
    amount = nurse.page.get_by_label("Another amount")
    added = nurse.page.locator(".last-line-name")

    _card(nurse, "2")
    expect(amount).to_have_value("2")
    expect(nurse.page.locator("#scan-note")).to_contain_text("2")
    nurse.scan(booster.scan)
    nurse.page.locator('#bench:not([data-outcome="none"])').wait_for()
    if nurse.page.locator("[data-stop=which]").count():  # it is sealed, or another one stands open already
        _card(nurse, "1")
    expect(added).to_have_text(f"2 mL {booster.product_name}")
    expect(amount).to_have_value("")

    _card(nurse, "UNDO")
    nurse.page.get_by_text("It was given back").wait_for()
    expect(nurse.page.get_by_text("Nothing yet.")).to_be_visible()
    _card(nurse, "UNDO")
    expect(nurse.page.locator("#scan-note")).to_contain_text("no answer on this screen")
    assert nurse.faults == []
