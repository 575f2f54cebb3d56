"""Is what was booked at the bench put right, thrown away and finished by whoever may?"""

from __future__ import annotations

import re

import pytest

from stockroom.clock import now
from stockroom.models import Balance, Container, RatioAnswer, TreatmentSession
from stockroom.operations.plan_session import NeedOf
from stockroom.vocabulary import BaseUnit, ContainerType, RegulatoryClass, Role, SessionState
from tests.builders import key
from tests.serving import Browser, Served
from tests.sessions import advance, opened, rows, session
from tests.web.benching import code, last_of, movements, page_of, posted, scan


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


@pytest.fixture
def visit(served: Served) -> str:
    return session(served.house, planned_at=now())


def test_the_amount_is_changed_until_it_is_right(served: Served, browser: Browser, visit: str) -> None:
    filler = served.house.product("Filler")
    vial = opened(served.house, served.clinic.lot_on_shelf(filler, "A1"), now=now())
    booked = scan(browser, served, visit, f"SRC:{vial.short_code}")
    quantities = []

    movement = last_of(booked)
    for step, typed in (("set", "1,5"), ("more", ""), ("less", ""), ("rest", ""), ("set", "2")):
        answer = posted(browser, served, visit, "amount", movement_uid=movement, n="1", step=step, to=typed)
        assert answer.status_code == 303, answer.text
        movement = last_of(answer)
        quantities.append(
            next(
                int(float(found) * 1000)
                for found in re.findall(r'data-was="([\d.]+)"', browser.get(answer.headers["Location"]).text)
            )
        )

    assert quantities == [1_500, 1_600, 1_500, 5_000, 2_000]
    place = rows(served.store, Container)[0].location_id
    assert rows(served.store, Balance, location_id=place)[0].quantity == 3_000


def test_more_than_a_vial_usually_holds_is_answered_with_one_tap_and_goes_on(
    served: Served, browser: Browser, visit: str
) -> None:
    filler = served.house.product("Filler", overfill_max_quantity=200)
    vial = opened(served.house, served.clinic.lot_on_shelf(filler, "A1"), now=now())
    booked = last_of(scan(browser, served, visit, f"SRC:{vial.short_code}"))
    more = {"n": "1", "step": "set"}

    within = posted(browser, served, visit, "amount", movement_uid=booked, to="5.2", **more)
    changed = last_of(within)
    asked = posted(browser, served, visit, "amount", movement_uid=changed, to="5.4", **more)
    (tap, *_), hidden = taps_of(asked.text)
    answered = posted(browser, served, visit, "amount", **hidden, overfill_reason=tap)

    assert within.status_code == 303 and asked.status_code == 409
    assert hidden == {"movement_uid": changed, "n": "1", "step": "set", "to": "5.4"}
    assert answered.status_code == 303
    assert movements(served, "correct")[-1].reason == f"amount changed at the bench; {tap}"


def test_a_vial_that_is_empty_by_the_books_still_gives_something_at_a_scan_of_its_code(
    served: Served, browser: Browser
) -> None:
    filler = served.house.product("Filler", overfill_max_quantity=200)
    visit = session(served.house, planned_at=now(), needs=(NeedOf(product_uid=filler.uid, quantity=10_000),))
    vial = opened(served.house, served.clinic.lot_on_shelf(filler, "A1"), now=now())
    scan(browser, served, visit, f"SRC:{vial.short_code}")

    asked = scan(browser, served, visit, f"SRC:{vial.short_code}")
    (tap, *_), hidden = taps_of(asked.text)
    answered = scan(browser, served, visit, **{**hidden, "text": hidden["scan"]}, overfill_reason=tap)

    assert asked.status_code == 409 and "data-stop" in asked.text
    assert answered.status_code == 303
    assert movements(served, "use")[-1].reason == tap


def taps_of(page: str) -> tuple[list[str], dict[str, str]]:
    """The reasons on the buttons, and what their forms send with them."""
    found = re.findall(r'name="overfill_reason" value="([^"]+)"', page)
    first = page[: page.index('name="overfill_reason"')].rpartition("<form")[2]
    sent = dict(re.findall(r'name="([a-z_]+)" value="([^"]*)"', first))
    return found, {name: value for name, value in sent.items() if name not in ("csrf_token", "key")}


@pytest.mark.parametrize("typed", ["", "-1", "0", "x", "1e3", "9999", "1.00000001", "<b>"])
def test_an_amount_that_is_none_is_refused(served: Served, browser: Browser, visit: str, typed: str) -> None:
    filler = served.house.product("Filler")
    vial = opened(served.house, served.clinic.lot_on_shelf(filler, "A1"), now=now())
    movement = last_of(scan(browser, served, visit, f"SRC:{vial.short_code}"))

    answer = posted(browser, served, visit, "amount", movement_uid=movement, n="1", step="set", to=typed)

    assert answer.status_code in (409, 422)
    assert "data-stop" in answer.text
    assert len(movements(served, "correct")) == 0


def test_an_undo_is_a_reversal_by_its_author_until_the_session_is_finished(
    served: Served, browser: Browser, visit: str
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    colleague = served.logged_in(served.clinic.employ(Role.NURSE, name="Second Nurse"))
    movement = last_of(scan(browser, served, visit, code(needle, lot)))
    second = last_of(scan(browser, served, visit, code(needle, lot)))

    assert "Undo" not in colleague.get(page_of(served, visit)).text
    assert posted(colleague, served, visit, "undo", movement_uid=movement).status_code == 403
    assert posted(browser, served, visit, "undo", movement_uid=movement, key="u").status_code == 303
    assert posted(browser, served, visit, "undo", movement_uid=movement, key="u").status_code == 303
    assert posted(browser, served, visit, "undo", movement_uid=movement).status_code == 409
    assert served.clinic.on_hand(lot) == 4
    advance(served.house, visit, SessionState.FINISHED, now=now())
    assert posted(browser, served, visit, "undo", movement_uid=second).status_code == 403
    assert served.clinic.on_hand(lot) == 4


def test_after_the_finish_a_practitioner_takes_a_use_back_from_the_session_with_a_reason(
    served: Served, browser: Browser, visit: str
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    movement = last_of(scan(browser, served, visit, code(needle, lot)))
    advance(served.house, visit, SessionState.FINISHED, now=now())
    there = f"/c/{served.clinic.uid}/movements/{movement}"

    doctor = served.logged_in(served.clinic.practitioner)
    linked = [
        f'href="{there}#reversal"' in each.get(page_of(served, visit)).text for each in (browser, doctor)
    ]
    silent = doctor.send(there, f"{there}/reversal", key=key(), reason="")
    done = doctor.send(there, f"{there}/reversal", key=key(), reason="the wrong patient")

    assert linked == [False, True]
    assert (silent.status_code, done.status_code) == (422, 303)
    assert served.clinic.on_hand(lot) == 5


def test_who_signed_a_session_off_stands_on_its_page_and_in_the_record(
    served: Served, browser: Browser
) -> None:
    doctor, at = served.clinic.practitioner, now()
    visit = session(served.house, planned_at=at, practitioner_uid=doctor.person_uid)
    needle = served.house.needle()
    scan(browser, served, visit, code(needle, served.clinic.lot_on_shelf(needle, "N1", presentations=5)))
    advance(served.house, visit, SessionState.FINISHED, now=at)
    doctors, there = served.logged_in(doctor), page_of(served, visit)
    assert f'href="{there}/aftercare.pdf"' in browser.get(there).text  # one tap, also once it is over

    offered = doctors.get(f"{there}/signature").text
    for _ in range(2):
        assert posted(doctors, served, visit, "state", to="signed", key="off").status_code == 303

    assert re.search(
        r'<input [^>]*checked[^>]*value="injected"', offered
    )  # she is the session's practitioner
    for page in (there, f"{there}/products-used", f"{there}/signature"):
        assert re.search(r"<strong>Signed off</strong>: Practitioner Vitosha", browser.get(page).text), page


def test_an_opening_is_undone_too(served: Served, browser: Browser, visit: str) -> None:
    filler = served.house.product("Filler")
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=2)
    movement = last_of(scan(browser, served, visit, code(filler, lot)))

    posted(browser, served, visit, "undo", movement_uid=movement)

    assert served.clinic.on_hand(lot) == 10_000


def test_broken_is_one_press_on_a_use_a_vial_and_a_cocktail(
    served: Served, browser: Browser, visit: str
) -> None:
    needle, filler = served.house.needle(), served.house.product("Filler")
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    vial = opened(served.house, served.clinic.lot_on_shelf(filler, "A1"), now=now())
    movement = last_of(scan(browser, served, visit, code(needle, lot)))

    for form in ({"movement_uid": movement}, {"container_uid": vial.container_uid}):
        assert posted(browser, served, visit, "broken", **form).status_code == 303
    whole = {"lot_uid": lot.uid, "location_uid": served.clinic.fridge.uid, "quantity": "1"}
    assert posted(browser, served, visit, "broken", **whole).status_code == 303
    assert posted(browser, served, visit, "broken").status_code == 422

    assert served.clinic.on_hand(lot) == 3
    assert [each.reason for each in movements(served, "dispose")] == ["spilled", "broken", "broken"]


def test_what_was_written_down_as_broken_by_mistake_is_whole_again(
    served: Served, browser: Browser, visit: str
) -> None:
    filler = served.house.product("Filler")
    vial = opened(served.house, served.clinic.lot_on_shelf(filler, "A1"), now=now())

    thrown = posted(browser, served, visit, "broken", container_uid=vial.container_uid)
    shown = browser.get(thrown.headers["Location"]).text
    undone = posted(browser, served, visit, "undo", movement_uid=last_of(thrown))

    assert "Undo: it is whole" in shown
    assert undone.status_code == 303
    assert rows(served.store, Container)[0].state == "open"


def test_a_session_puts_right_only_what_was_booked_in_it(
    served: Served, browser: Browser, visit: str
) -> None:
    needle, filler = served.house.needle(), served.house.product("Filler")
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    vial = opened(served.house, served.clinic.lot_on_shelf(filler, "A1"), now=now())
    elsewhere = last_of(scan(browser, served, session(served.house, planned_at=now()), code(needle, lot)))
    receipt = movements(served, "receive")[0].uid
    before = len(movements(served))

    for act in ("undo", "broken"):
        for movement in (elsewhere, receipt, vial.movement_uid, "0" * 36):
            refused = posted(browser, served, visit, act, movement_uid=movement)
            assert refused.status_code == 404, (act, movement)
            assert 'data-stop="refused"' in refused.text
    assert len(movements(served)) == before


def test_what_a_session_threw_away_is_undone_there_once(served: Served, browser: Browser, visit: str) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    movement = last_of(scan(browser, served, visit, code(needle, lot)))

    spilled = posted(browser, served, visit, "broken", movement_uid=movement, key="spill-0001")
    again = posted(browser, served, visit, "broken", movement_uid=movement, key="spill-0001")
    undone = [
        posted(browser, served, visit, "undo", movement_uid=last_of(spilled), key="whole-0001").status_code
        for _ in range(2)
    ]

    assert last_of(spilled) == last_of(again)
    assert undone == [303, 303]
    assert served.clinic.on_hand(lot) == 5


def test_a_colleague_in_the_room_says_broken_and_takes_nothing_back(
    served: Served, browser: Browser, visit: str
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    movement = last_of(scan(browser, served, visit, code(needle, lot)))
    colleague = served.logged_in(served.clinic.employ(Role.NURSE, name="Second Nurse"))

    shown = colleague.get(page_of(served, visit)).text
    spilled = posted(colleague, served, visit, "broken", movement_uid=movement)

    assert "Broken / spilled" in shown and "Undo" not in shown
    assert spilled.status_code == 303
    assert served.clinic.on_hand(lot) == 4
    assert posted(browser, served, visit, "undo", movement_uid=last_of(spilled)).status_code == 403
    assert posted(colleague, served, visit, "undo", movement_uid=last_of(spilled)).status_code == 303


def test_the_steps_lead_to_a_finish_that_says_what_is_thrown_away(served: Served, browser: Browser) -> None:
    house, clinic = served.house, served.clinic
    ampoule = house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    needle = house.needle()
    visit = session(house, planned_at=now(), needs=(NeedOf(product_uid=needle.uid, quantity=2),))
    vial = opened(house, clinic.lot_on_shelf(ampoule, "A1"), session_uid=visit, now=now())
    for step in ("arrived", "in_treatment"):
        assert posted(browser, served, visit, "state", to=step).status_code == 303

    before = browser.get(f"{page_of(served, visit)}/finish").text
    done = posted(browser, served, visit, "state", to="finished")
    told = browser.get(done.headers["Location"]).text
    after = browser.get(page_of(served, visit)).text

    for words in (vial.short_code, "5 mL", "2 Needle 30G 4 mm", "Thrown away when it is finished"):
        assert words in before, words
    assert f"Thrown away: {vial.short_code}" in told
    assert "This session is over" in after
    assert "bench-scan-input" not in after
    assert rows(served.store, Container)[0].state == "discarded"


def test_an_unusual_number_is_answered_with_one_press(served: Served, browser: Browser, visit: str) -> None:
    cartridge = served.house.product(
        "Cartridge",
        content_quantity=1,
        base_unit=BaseUnit.PIECE,
        container_type=ContainerType.NONE,
        regulatory_class=RegulatoryClass.CONSUMABLE,
        in_use_minutes=None,
        pin_count=12,
    )
    lot = served.clinic.lot_on_shelf(cartridge, "C1", presentations=5)
    for _ in range(2):
        scan(browser, served, visit, code(cartridge, lot))

    page = browser.get(f"{page_of(served, visit)}/finish").text
    offered = re.findall(r'name="many_cartridges" value="([^"]+)" formnovalidate', page)
    silent = posted(browser, served, visit, "state", to="finished", many_cartridges=["", ""])
    done = posted(browser, served, visit, "state", to="finished", many_cartridges=[offered[0], ""])

    assert (silent.status_code, done.status_code) == (422, 303)
    assert [row.answer for row in rows(served.store, RatioAnswer)] == [offered[0]]


def test_a_session_that_a_colleague_finished_takes_no_scan(
    served: Served, browser: Browser, visit: str
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    browser.get(page_of(served, visit))
    advance(served.house, visit, SessionState.FINISHED, now=now())

    answer = scan(browser, served, visit, code(needle, lot))
    again = posted(browser, served, visit, "state", to="finished")

    assert (answer.status_code, again.status_code) == (409, 409)
    assert "This session is finished" in answer.text
    assert served.clinic.on_hand(lot) == 5


@pytest.mark.parametrize("step", ["planned", "signed", "nonsense", "", "x" * 50])
def test_a_step_that_does_not_follow_is_refused(
    served: Served, browser: Browser, visit: str, step: str
) -> None:
    assert posted(browser, served, visit, "state", to=step).status_code in (403, 409, 422)
    assert rows(served.store, TreatmentSession, uid=visit)[0].state == "planned"


@pytest.mark.parametrize("state", [SessionState.FINISHED, SessionState.CANCELLED])
def test_a_session_that_is_over_is_not_offered_to_be_finished(
    served: Served, browser: Browser, visit: str, state: SessionState
) -> None:
    assert 'value="finished"' in browser.get(f"{page_of(served, visit)}/finish").text
    advance(served.house, visit, state, now=now())

    page = browser.get(f"{page_of(served, visit)}/finish")

    assert page.status_code == 200
    assert f"is {state.value}" in page.text and "There is nothing left to finish" in page.text
    assert 'value="finished"' not in page.text
