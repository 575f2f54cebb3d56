"""Is a session begun with one tap, and ended with one where nothing is left to be looked at?"""

from __future__ import annotations

import pytest

from stockroom.clock import now
from stockroom.models import SessionTick, TreatmentSession
from stockroom.rules.planning import NeedOf
from stockroom.vocabulary import ContainerType
from tests.builders import key
from tests.patients import flag, patient_row
from tests.serving import Browser, Served
from tests.sessions import finish, opened, patient, rows, session
from tests.web.benching import code, page_of, posted, scan


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


def _state(served: Served, visit: str) -> str:
    return str(rows(served.store, TreatmentSession, uid=visit)[0].state)


def test_one_tap_says_that_she_is_here_was_asked_and_did_all_that_was_to_be_done(
    served: Served, browser: Browser
) -> None:
    uid = patient(served.house)
    visit = session(served.house, uid, planned_at=now())
    there = f"{page_of(served, visit)}/arrival"
    today = browser.get(f"/c/{served.clinic.uid}/today").text
    version = patient_row(served.store, uid).version

    taps = [
        browser.send(there, there, key=once, asked="all", version=str(version))
        for once in [key("arrival")] * 2
    ]

    assert there in today and "has arrived" in today
    assert {(each.status_code, each.location) for each in taps} == {(303, page_of(served, visit))}
    assert _state(served, visit) == "arrived"
    ticks = rows(served.store, SessionTick)
    assert len(ticks) > 3 and all(each.is_done for each in ticks)
    after = browser.get(there).text
    assert 'value="all"' not in after and 'value="yes"' in after
    assert there not in browser.get(f"/c/{served.clinic.uid}/today").text


def test_what_was_not_done_is_not_ticked_by_her_arrival(served: Served, browser: Browser) -> None:
    uid = patient(served.house)
    visit = session(served.house, uid, planned_at=now())
    there = f"{page_of(served, visit)}/arrival"

    browser.send(there, there, key=key(), asked="yes", done=["consultation"], version="2")

    assert _state(served, visit) == "arrived"
    assert [row.instruction for row in rows(served.store, SessionTick)] == ["consultation"]


def test_all_done_leaves_her_blood_thinners_to_be_asked_by_themselves_where_she_is_flagged(
    served: Served, browser: Browser
) -> None:
    uid = patient(served.house)
    flag(served.house, uid, "anticoagulants")
    visit = session(served.house, uid, planned_at=now())
    there = f"{page_of(served, visit)}/arrival"

    def tapped(asked: str, *done: str) -> str:
        version = str(patient_row(served.store, uid).version)
        return str(
            browser.send(there, there, key=key(), asked=asked, done=list(done), version=version).location
        )

    assert tapped("all") == there
    ticked = {row.instruction for row in rows(served.store, SessionTick)}
    assert len(ticked) > 3 and "stop-blood-thinners" not in ticked
    page = browser.get(there).text
    assert "Stop blood-thinners. Ask, and tick it." in page and 'value="all"' not in page
    assert tapped("yes", "stop-blood-thinners", *ticked) == page_of(served, visit)
    assert "stop-blood-thinners" in {row.instruction for row in rows(served.store, SessionTick)}


def test_an_arrival_in_a_session_that_a_colleague_has_ended_says_what_has_changed(
    served: Served, browser: Browser
) -> None:
    uid = patient(served.house)
    visit = session(served.house, uid, planned_at=now())
    there = f"{page_of(served, visit)}/arrival"
    finish(served.house, visit)

    late = browser.send(there, there, key=key(), asked="no", scan="A1", version="2")

    assert late.status_code == 409
    assert "The session has changed" in late.text and "The stock has changed" not in late.text


def test_a_session_that_had_everything_ends_with_one_tap_and_any_other_is_looked_at_first(
    served: Served, browser: Browser
) -> None:
    house, clinic = served.house, served.clinic
    needle = house.needle()
    lot = clinic.lot_on_shelf(needle, "N1", presentations=20)
    ampoule = house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    needs = (NeedOf(product_uid=needle.uid, quantity=1),)
    more = (*needs, NeedOf(product_uid=ampoule.uid, quantity=5_000))
    whole, missing, leaving, untouched = (
        session(house, planned_at=now(), needs=each) for each in (needs, more, needs, ())
    )
    for visit in (whole, missing, leaving):
        scan(browser, served, visit, code(needle, lot))
    opened(house, clinic.lot_on_shelf(ampoule, "A1"), session_uid=leaving, now=now())

    once = key("finish")
    ended = [
        posted(browser, served, whole, "state", to="finished", look_first="yes", key=once) for _ in range(2)
    ]
    asked = [
        posted(browser, served, visit, "state", to="finished", look_first="yes")
        for visit in (missing, leaving, untouched)
    ]

    assert 'name="look_first" value="yes"' in browser.get(page_of(served, missing)).text
    assert [each.location.rpartition("/")[2] for each in asked] == ["finish"] * 3
    assert ended[0].location == ended[1].location and ended[0].location.endswith("/today")
    assert [_state(served, each) for each in (whole, missing, leaving, untouched)] == [
        "finished",
        *["planned"] * 3,
    ]
