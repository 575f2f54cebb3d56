"""What is asked at the bench: which vial it is, what an unreadable code says, and whence a lot that nobody received."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest

from stockroom import clock
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.reads.settings import settings_with_version
from tests.browser.at_bench import Pack, a_session, actor_at, pack_of, used_in
from tests.browser.shop import Shop
from tests.browser.visiting import ALL_SENT, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
NEEDLE, VIAL = "Demo Needle 30G 4 mm", "Demo HA Solution"


def _at_bench(nurse: Visit, shop: Shop, *needs: tuple[Pack, int]) -> str:
    session_uid = a_session(shop, *needs)
    nurse.go(f"sessions/{session_uid}")
    return session_uid


def _comes_to(nurse: Visit, *outcomes: str) -> None:
    nurse.page.locator(", ".join(f'#bench[data-outcome="{each}"]' for each in outcomes)).wait_for()


def _opens_another(nurse: Visit, vial: Pack) -> str:
    """Open a new one of the lot and give its code."""
    nurse.scan(vial.scan)
    _comes_to(nurse, "stop-which", "used")
    if nurse.page.locator("[data-stop=which]").count():
        nurse.page.locator(".choice", has_text="this one is new").click()
    _comes_to(nurse, "used")
    nurse.page.locator(".act").get_by_role("button", name="Undo").click()  # only opened, not used
    _comes_to(nurse, "opened")
    return nurse.page.locator(".act-code").inner_text().strip()


@pytest.fixture
def bench_receipts(shop: Shop) -> Iterator[None]:
    """The clinic receives at the bench for as long as a test runs."""
    _allow(shop, True)
    yield
    _allow(shop, False)


def _allow(shop: Shop, allowed: bool) -> None:
    manager = actor_at(shop, "manager")
    assert manager.clinic_id is not None
    with shop.store.reading() as connection:
        _, version = settings_with_version(connection, manager.clinic_id)
    command = SetSettings(values={"bench_receipt_allowed": allowed}, version=version)
    set_settings(shop.store, command, actor=manager, key=uuid4().hex, now=clock.now())


@pytest.mark.parametrize("is_typed", [False, True], ids=["our label scanned", "its code typed"])
def test_which_vial_is_answered_by_its_label_and_the_scan_behind_goes_on(
    visit: Callable[..., Visit], shop: Shop, is_typed: bool
) -> None:
    needle, vial = pack_of(shop, NEEDLE), pack_of(shop, VIAL)
    nurse = visit("nurse", width=390, height=844)
    session_uid = _at_bench(nurse, shop, (needle, 5), (vial, 1000))
    code = _opens_another(nurse, vial)

    nurse.scan(vial.scan)
    _comes_to(nurse, "stop-which")
    choice = nurse.page.locator(".choice", has_text=f"from {code}").first
    size = choice.bounding_box()
    nurse.scan(needle.scan)
    nurse.page.get_by_text("1 scan behind it waits and is not booked yet").wait_for()
    asked = used_in(shop, session_uid)
    nurse.scan(code.lower() if is_typed else f"SRC:{code}")

    nurse.page.wait_for_function(ALL_SENT)
    assert asked == [], "nothing is booked before the answer"
    assert size is not None and size["height"] >= 72, "an answer for gloves"
    assert used_in(shop, session_uid) == [(vial.product_name, 1000), (needle.product_name, 5)]


def test_a_code_that_cannot_be_read_is_used_by_hand_when_the_pack_agrees(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse = visit("nurse", width=390, height=844)
    nurse.expects_refusals = True
    session_uid = _at_bench(nurse, shop, (needle, 5))

    nurse.tap("The code cannot be read")
    nurse.page.locator("a.choice", has_text=needle.product_name).first.click()
    nurse.page.locator("a.choice").first.click()
    for tail in ("ZZZZ", needle.number[-4:]):
        nurse.page.get_by_label("Last four characters of the lot number").fill(tail)
        nurse.page.get_by_label("Expiry as printed").fill(
            f"{needle.expires[4:]}.{needle.expires[2:4]}.20{needle.expires[:2]}"
        )
        nurse.tap("Use it, by hand")
        nurse.page.wait_for_load_state()
        if tail == "ZZZZ":
            refused = used_in(shop, session_uid)
            nurse.page.get_by_text("STOP: nothing was booked").wait_for()
            nurse.page.go_back()
    _comes_to(nurse, "used")

    assert refused == []
    assert used_in(shop, session_uid) == [(needle.product_name, 5)]
    assert nurse.page.locator(".bench-list li", has_text="by hand").count() == 1


def test_a_lot_that_is_in_no_book_is_put_aside_and_the_session_goes_on(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle = pack_of(shop, NEEDLE)
    unknown = replace(needle, number=f"NOBODY{uuid4().hex[:4].upper()}")
    nurse = visit("nurse")
    session_uid = _at_bench(nurse, shop, (needle, 5))

    nurse.scan(unknown.scan)
    nurse.scan(needle.scan)
    _comes_to(nurse, "stop-not_in_books")
    nurse.page.get_by_text("1 scan behind it waits and is not booked yet").wait_for()
    stopped = used_in(shop, session_uid)
    nurse.tap("Put it aside")
    _comes_to(nurse, "used")

    assert stopped == []
    assert used_in(shop, session_uid) == [(needle.product_name, 5)]


def test_where_the_clinic_allows_it_such_a_lot_is_received_and_the_scan_goes_on(
    visit: Callable[..., Visit], shop: Shop, bench_receipts: None
) -> None:
    needle = pack_of(shop, NEEDLE)
    expires = clock.now().date() + timedelta(days=20)  # before every other lot of it
    unknown = replace(needle, number=f"BENCH{uuid4().hex[:4].upper()}", expires=f"{expires:%y%m%d}")
    nurse = visit("nurse")
    nurse.expects_refusals = True
    session_uid = _at_bench(nurse, shop, (needle, 1))

    nurse.scan(unknown.scan)
    _comes_to(nurse, "stop-not_in_books")
    nurse.page.get_by_text("Receive it now …").click()
    nurse.tap("Receive it and go on")
    why = nurse.page.get_by_label("Why it is taken all the same")
    nurse.page.locator('#bench[data-outcome="used"]').or_(why).first.wait_for()
    if why.count():  # it expires soon, and somebody decides
        why.fill("needed now")
        nurse.tap("Receive it and go on")
    _comes_to(nurse, "used")

    assert used_in(shop, session_uid) == [(needle.product_name, 1)]
    assert nurse.page.locator(".bench-list li", has_text=unknown.number).count() == 1
    nurse.go("receive")
    assert nurse.page.get_by_role("link", name=unknown.number).count() == 1, (
        "a later delivery may take it off"
    )
