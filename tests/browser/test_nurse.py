"""A nurse prepares a patient at scanner speed in a real Chromium; two hands, gloves, and what comes in between."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from stockroom import clock
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.queries.bench_session import session_bench, visit_at_bench
from stockroom.vocabulary import SessionState
from tests.browser.at_bench import (
    Pack,
    a_session,
    actor_at,
    one,
    pack_of,
    state_of,
    used_in,
)
from tests.browser.shop import Shop
from tests.browser.visiting import ALL_SENT, Visit

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
NEEDLE, BOOSTER, SCALP, REVITA = (
    "Demo Needle 30G 4 mm",
    "Demo Hydra Booster",
    "Demo GF Scalp",
    "Demo Revita 5 mL",
)


def _revita_that_is_open(shop: Shop) -> Pack:
    """A lot of which a vial stands open in a room and others are sealed."""
    row = one(
        shop,
        "SELECT lot.number FROM container JOIN lot ON lot.id = container.lot_id JOIN product ON product.id ="
        " lot.product_id WHERE product.name = :name AND container.state = 'open' AND container.clinic_id ="
        " (SELECT min(id) FROM clinic) ORDER BY container.opened_at DESC LIMIT 1",
        name=REVITA,
    )
    return pack_of(shop, REVITA, number=row.number)


def _held(shop: Shop) -> str:
    """What is printed on a pack of the lot that the demo holds."""
    row = one(
        shop,
        "SELECT lot.number, trade_item.code FROM clinic_hold JOIN lot ON lot.id = clinic_hold.lot_id"
        " JOIN trade_item ON trade_item.product_id = lot.product_id WHERE clinic_hold.released_at IS NULL"
        " AND trade_item.pack_level = 'each' AND clinic_hold.clinic_id = (SELECT min(id) FROM clinic) LIMIT 1",
    )
    return f"]d201{row.code}10{row.number}\x1d17300101"


def _into(nurse: Visit, session_uid: str) -> None:
    nurse.press(nurse.page.locator(f'a.visit[href$="{session_uid}"]'))
    nurse.page.wait_for_url(f"**/sessions/{session_uid}")


def _shows(nurse: Visit, words: str) -> None:
    """Wait until the last act, or what stops the line, says these words; what stops it where it should not is told."""
    said = nurse.page.locator("#bench .act, #bench .stop, #bench .act-quiet").first
    said.filter(has_text=words).wait_for()
    assert "STOP" in words or "STOP" not in said.inner_text(), said.inner_text()


def test_a_patient_is_prepared_and_finished_by_scans(visit: Callable[..., Visit], shop: Shop) -> None:
    needle, booster, scalp = (pack_of(shop, name) for name in (NEEDLE, BOOSTER, SCALP))
    revita = _revita_that_is_open(shop)
    session_uid = a_session(shop, (needle, 5), (booster, 2000), (revita, 2500), (scalp, 2000))
    nurse = visit("nurse")
    nurse.expects_refusals = True
    nurse.go("today")
    nurse.taps = 0
    began = time.monotonic()

    _into(nurse, session_uid)
    nurse.tap("Has arrived")
    nurse.page.wait_for_url("**/arrival")
    nurse.tap("Asked, unchanged: to the bench")
    nurse.page.get_by_role("button", name="Prepare").wait_for()
    nurse.scan(needle.scan)
    _shows(nurse, "Used")
    nurse.scan(booster.scan)
    _shows(nurse, booster.product_name)

    nurse.scan(_held(shop))  # a wrong one, and the next vial right behind it
    nurse.scan(revita.scan)
    _shows(nurse, "STOP: nothing was booked")
    nurse.page.get_by_text("1 scan behind it waits and is not booked yet").wait_for()
    assert used_in(shop, session_uid) == [(booster.product_name, 2000), (needle.product_name, 5)]
    nurse.tap("Understood: it was not used")

    _shows(nurse, "Which one is it?")
    nurse.page.locator(".choice", has_text="left").first.click()
    nurse.taps += 1
    _shows(nurse, revita.product_name)
    nurse.scan(scalp.scan)
    _shows(nurse, "Opened: write this on it")
    _shows(nurse, "Used")
    nurse.scan(needle.scan)  # one too many
    _shows(nurse, needle.product_name)
    nurse.page.locator(".act").get_by_role("button", name="Undo").click()
    nurse.taps += 1
    nurse.page.get_by_text("Taken back.").wait_for()

    nurse.tap("Finish")
    nurse.page.wait_for_url("**/finish")  # of a vial something is left
    nurse.tap("Finish", exact=True)
    nurse.page.wait_for_url("**/today")
    seconds = time.monotonic() - began

    nurse.page.get_by_text("Finished.").wait_for()
    assert state_of(shop, session_uid) == "finished"
    assert sorted(used_in(shop, session_uid)) == sorted(
        [
            (scalp.product_name, 2000),
            (booster.product_name, 2000),
            (needle.product_name, 5),
            (revita.product_name, 2500),
        ]
    )
    print(f"\nnurse: 4 needs, {nurse.scans} scans, {nurse.taps} taps, {seconds:.1f} s")


def _at_bench(nurse: Visit, shop: Shop, *needs: tuple[Pack, int]) -> str:
    session_uid = a_session(shop, *needs)
    nurse.go(f"sessions/{session_uid}")
    return session_uid


def test_finish_pressed_twice_finishes_once(visit: Callable[..., Visit], shop: Shop) -> None:
    nurse = visit("nurse")
    session_uid = _at_bench(nurse, shop)
    nurse.go(f"sessions/{session_uid}/finish")

    nurse.page.get_by_role("button", name="Finish", exact=True).dblclick()

    nurse.page.wait_for_url("**/today")
    nurse.page.get_by_text("Finished.").wait_for()
    assert state_of(shop, session_uid) == "finished"


def test_going_back_after_the_end_books_nothing(visit: Callable[..., Visit], shop: Shop) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse = visit("nurse")
    nurse.expects_refusals = True
    session_uid = _at_bench(nurse, shop, (needle, 5))
    nurse.scan(needle.scan)
    _shows(nurse, "Used")
    nurse.go(f"sessions/{session_uid}/finish")
    nurse.tap("Finish", exact=True)
    nurse.page.wait_for_url("**/today")

    nurse.page.go_back()  # what is to be thrown away
    nurse.page.wait_for_url("**/finish")
    nurse.page.get_by_text("There is nothing left to finish").wait_for()
    assert nurse.page.get_by_role("button", name="Finish", exact=True).count() == 0
    nurse.page.go_back()  # the bench
    nurse.page.wait_for_url("**/sessions/*?last=*")

    assert nurse.page.locator("#bench-head").get_by_text("finished").count() == 1
    assert nurse.page.locator("#bench-scan").count() == 0
    assert used_in(shop, session_uid) == [(needle.product_name, 5)]


def test_a_session_that_a_colleague_finished_meanwhile_takes_no_scan(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse = visit("nurse")
    nurse.expects_refusals = True
    session_uid = _at_bench(nurse, shop, (needle, 5))
    second = nurse.page.context.new_page()
    second.goto(nurse.page.url)
    advance_session(
        shop.store,
        AdvanceSession(session_uid=session_uid, to=SessionState.FINISHED),
        actor=actor_at(shop, "practitioner"),
        key=f"finish-{session_uid}",
        now=clock.now(),
    )

    nurse.page.bring_to_front()
    nurse.scan(needle.scan)

    _shows(nurse, "STOP: nothing was booked")
    second.bring_to_front()
    second.locator("section.steps").get_by_role("button", name="Has arrived").click()
    second.locator(".stop").filter(has_text="STOP").wait_for()
    assert used_in(shop, session_uid) == []
    assert state_of(shop, session_uid) == "finished"


def test_two_tabs_of_one_session_book_each_scan_once(visit: Callable[..., Visit], shop: Shop) -> None:
    needle, booster = pack_of(shop, NEEDLE), pack_of(shop, BOOSTER)
    nurse = visit("nurse")
    session_uid = _at_bench(nurse, shop, (needle, 5), (booster, 2000))
    second = Visit(nurse.page.context.new_page(), shop, "nurse")
    second.page.goto(nurse.page.url)

    second.scan(booster.scan)
    _shows(second, "Used")
    nurse.page.bring_to_front()
    nurse.scan(needle.scan)
    _shows(nurse, "Used")

    assert used_in(shop, session_uid) == [(booster.product_name, 2000), (needle.product_name, 5)]
    assert nurse.page.get_by_text(booster.product_name).count(), "what the other tab booked is shown"
    assert second.faults == []


def test_a_scan_into_another_page_leads_to_the_lot_and_uses_nothing(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse = visit("nurse")
    session_uid = _at_bench(nurse, shop, (needle, 5))
    nurse.go("today")

    nurse.page.keyboard.press("/")
    nurse.scan(needle.scan)

    nurse.page.wait_for_url("**/lots/**")
    assert used_in(shop, session_uid) == []

    nurse.go(f"sessions/{session_uid}/arrival")  # of the session itself: it goes to the bench
    nurse.tick(nurse.page.get_by_label("Consultation"))
    nurse.scan(needle.scan)
    nurse.page.wait_for_url(f"**/sessions/{session_uid}?last=*")
    assert used_in(shop, session_uid) == [(needle.product_name, 5)]
    nurse.go(f"sessions/{session_uid}/arrival")
    assert nurse.page.get_by_label("Consultation").is_checked()


def test_a_place_scanned_in_a_session_is_said_to_be_something_else(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    fridge = one(shop, "SELECT short_code FROM location WHERE kind = 'fridge' ORDER BY id LIMIT 1").short_code
    nurse = visit("nurse")
    session_uid = _at_bench(nurse, shop)

    nurse.scan(f"SRL:{fridge}")

    _shows(nurse, "nothing")
    assert nurse.page.locator("[data-stop]").count() == 1
    assert used_in(shop, session_uid) == []


def test_a_scan_outlives_an_ended_log_in_and_is_booked_once(visit: Callable[..., Visit], shop: Shop) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse = visit("nurse")
    nurse.expects_refusals = True
    session_uid = _at_bench(nurse, shop, (needle, 5))
    nurse.page.context.clear_cookies()

    nurse.scan(needle.scan)
    nurse.page.get_by_text("NOT RECORDED").first.wait_for()
    assert used_in(shop, session_uid) == []
    nurse.tap("Log in and come back")
    log_in = shop.log_in_of("nurse")
    nurse.page.get_by_label("E-mail address").fill(log_in.email)
    nurse.page.get_by_label("Password").fill(log_in.password)
    nurse.tap("Log in")

    nurse.page.wait_for_url(f"**/sessions/{session_uid}**")
    nurse.page.get_by_text("NOT RECORDED").first.wait_for()
    nurse.tap("Send it again")
    _shows(nurse, "Used")
    nurse.page.reload()
    assert nurse.page.locator("#bench-unsent:visible").count() == 0
    assert used_in(shop, session_uid) == [(needle.product_name, 5)]


@pytest.mark.parametrize("is_answer_lost", [False, True], ids=["the scan", "the answer"])
def test_a_scan_whose_connection_is_lost_is_sent_again_and_booked_once(
    visit: Callable[..., Visit], shop: Shop, is_answer_lost: bool
) -> None:
    needle = pack_of(shop, NEEDLE)
    nurse = visit("nurse")
    session_uid = _at_bench(nurse, shop, (needle, 5))
    if is_answer_lost:  # it was booked, and nobody heard of it
        nurse.page.route("**/scan", lambda route: (route.fetch(max_redirects=0), route.abort()))
    else:
        nurse.page.context.set_offline(True)

    nurse.scan(needle.scan)
    nurse.page.get_by_text("NOT RECORDED").first.wait_for()
    assert used_in(shop, session_uid) == ([(needle.product_name, 5)] if is_answer_lost else [])
    nurse.scan(needle.scan)  # the next one waits behind it
    nurse.page.get_by_text("1 scan behind it waits and is not booked yet").wait_for()
    nurse.faults.clear()  # the browser complains of the lost connection
    nurse.page.unroute_all()
    nurse.page.context.set_offline(False)
    nurse.tap("Send it again")

    nurse.page.locator("#bench-waiting").wait_for(state="hidden")
    nurse.page.wait_for_function(ALL_SENT)
    assert len(used_in(shop, session_uid)) == 2
    assert nurse.page.locator("#bench-unsent:visible").count() == 0


def test_what_was_not_planned_is_amber_or_asked_about_and_the_scans_behind_it_wait(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle, other_needle, booster, biotin = (
        pack_of(shop, name) for name in (NEEDLE, "Demo Needle 32G 4 mm", BOOSTER, "Demo Organic Silica")
    )
    nurse = visit("nurse", width=390, height=844)
    session_uid = _at_bench(nurse, shop, (needle, 5), (booster, 2000))
    bench = nurse.page.locator("#bench")

    nurse.scan(other_needle.scan)
    _shows(nurse, "instead of what was planned")  # of the same group
    assert bench.get_attribute("data-outcome") == "extra"
    nurse.scan(biotin.scan)  # another substance, and the planned one right behind it
    nurse.scan(booster.scan)
    _shows(nurse, "Is this one meant?")
    nurse.page.get_by_text("1 scan behind it waits and is not booked yet").wait_for()
    assert used_in(shop, session_uid) == [(other_needle.product_name, 5)]
    nurse.tap("No: put it back")

    nurse.page.locator('#bench[data-outcome="used"]').wait_for()
    assert used_in(shop, session_uid) == [(booster.product_name, 2000), (other_needle.product_name, 5)]
    nurse.scan(biotin.scan)
    _shows(nurse, "Is this one meant?")
    nurse.page.locator(".choice", has_text="it is extra").click()
    _shows(nurse, "not planned: extra")
    assert bench.get_attribute("data-outcome") == "extra"
    assert len(used_in(shop, session_uid)) == 3


def test_area_and_technique_are_chosen_once_and_hold_for_the_scans_that_follow(
    visit: Callable[..., Visit], shop: Shop
) -> None:
    needle, booster, vial = (pack_of(shop, name) for name in (NEEDLE, BOOSTER, "Demo HA Solution"))
    nurse = visit("nurse")
    session_uid = _at_bench(nurse, shop, (needle, 5), (booster, 4000), (vial, 2000))

    nurse.page.locator("[data-given] summary").click()
    nurse.page.get_by_label("Area", exact=True).select_option(label="Face")
    nurse.page.get_by_label("Technique").select_option(label="Nappage")
    assert nurse.page.evaluate("document.activeElement.id") == "bench-scan-input", "the next scan lands"
    nurse.scan(booster.scan)
    _shows(nurse, "Face · Nappage")
    nurse.scan(needle.scan)
    _shows(nurse, needle.product_name)
    nurse.page.get_by_label("Area", exact=True).select_option(label="Neck")
    nurse.scan(vial.scan)
    new, opened = nurse.page.locator(".choice", has_text="this one is new"), nurse.page.locator(".act-new")
    new.or_(opened).first.wait_for()
    if new.count():  # the demo has left one open
        new.click()
    opened.wait_for()
    _shows(nurse, "Neck · Nappage")
    nurse.page.reload()

    assert nurse.page.get_by_label("Area", exact=True).input_value() == "neck"
    with shop.store.reading() as connection:
        clinic_id = actor_at(shop, "nurse").clinic_id
        bench = session_bench(connection, clinic_id, visit_at_bench(connection, clinic_id, uid=session_uid))
    said = {use.product_name: [area.name for area in use.areas] for use in bench.uses}
    assert said == {booster.product_name: ["Face"], needle.product_name: [], vial.product_name: ["Neck"]}
