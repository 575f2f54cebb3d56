"""Does the bench say what the plan did not ask for, and ask before another substance than the planned one is used?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.clock import now
from stockroom.models import Container
from stockroom.operations.plan_session import NeedOf
from stockroom.operations.write_recipe import ComponentOf
from stockroom.vocabulary import ContainerType, HoldReason
from tests import cocktails
from tests.builders import Goods
from tests.serving import Browser, Served
from tests.sessions import hold, opened, rows, session
from tests.web.benching import code, last_of, movements, page_of, posted, scan


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


@pytest.fixture
def filler(served: Served) -> Goods:
    return served.house.product("Planned filler", container_type=ContainerType.SINGLE_DOSE)


@pytest.fixture
def visit(served: Served, filler: Goods) -> str:
    need = NeedOf(product_uid=filler.uid, quantity=5_000)
    return session(served.house, planned_at=now(), needs=(need,))


def test_a_needle_that_was_not_planned_is_used_and_said_to_be_extra(
    served: Served, browser: Browser, visit: str
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)

    answer = scan(browser, served, visit, code(needle, lot))
    shown = browser.get(answer.headers["Location"]).text
    later = browser.get(page_of(served, visit)).text

    assert answer.status_code == 303
    assert 'data-outcome="extra"' in shown and "act-extra" in shown
    assert "not planned: extra" in later
    assert "5 mL</strong>" in later, "what was planned is still needed"


def test_another_substance_than_the_planned_one_is_asked_about_before_it_is_booked(
    served: Served, browser: Browser, visit: str
) -> None:
    other = served.house.product("Other <b>", container_type=ContainerType.SINGLE_DOSE)
    lot = served.clinic.lot_on_shelf(other, "O1", presentations=2)

    asked = scan(browser, served, visit, code(other, lot), key="meant-0001")
    nothing = movements(served, "use")
    meant = [scan(browser, served, visit, code(other, lot), key="meant-0001", extra="yes") for _ in range(2)]
    shown = browser.get(meant[0].headers["Location"]).text

    assert asked.status_code == 200
    for words in ('data-stop="not_planned"', "Other &lt;b&gt;", "Planned: Planned filler", "No: put it back"):
        assert words in asked.text, words
    assert nothing == []
    assert last_of(meant[0]) == last_of(meant[1])
    assert 'data-outcome="extra"' in shown
    assert len(movements(served, "use")) == 1


def test_a_vial_of_another_substance_is_asked_about_before_it_is_opened(
    served: Served, browser: Browser, visit: str
) -> None:
    other = served.house.product("Other")
    lot = served.clinic.lot_on_shelf(other, "O1", presentations=2)

    asked = scan(browser, served, visit, code(other, lot))
    assert "Open it: it is extra" in asked.text and rows(served.store, Container) == []
    answer = scan(browser, served, visit, code(other, lot), extra="yes")
    shown = browser.get(answer.headers["Location"]).text

    assert "not planned: extra" in shown and 'name="extra" value="yes"' in shown
    assert len(rows(served.store, Container)) == 1


def test_where_a_vial_is_open_one_answer_says_which_and_that_it_is_meant(
    served: Served, browser: Browser, visit: str
) -> None:
    other = served.house.product("Other")
    lot = served.clinic.lot_on_shelf(other, "O1", presentations=2)
    vial = opened(served.house, lot, now=now())

    asked = scan(browser, served, visit, code(other, lot))
    unmeant = scan(browser, served, visit, code(other, lot), vial=vial.container_uid)
    by_label = scan(browser, served, visit, f"SRC:{vial.short_code}")
    meant = scan(browser, served, visit, code(other, lot), vial=vial.container_uid, extra="yes")

    assert 'data-stop="which"' in asked.text and "Not planned for this session" in asked.text
    assert 'name="extra" value="yes"' in asked.text
    assert 'data-stop="not_planned"' in unmeant.text and 'data-stop="not_planned"' in by_label.text
    assert meant.status_code == 303


def test_a_shared_tube_and_what_was_planned_are_not_asked_about(
    served: Served, browser: Browser, visit: str, filler: Goods
) -> None:
    cream = served.house.product("Cream", container_type=ContainerType.MULTI_USE_TOPICAL)
    tube = opened(served.house, served.clinic.lot_on_shelf(cream, "C1"), now=now())
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=2)

    used = [scan(browser, served, visit, text) for text in (code(filler, lot), f"SRC:{tube.short_code}")]
    outcomes = [browser.get(each.headers["Location"]).text for each in used]

    assert 'data-outcome="used"' in outcomes[0]
    assert 'data-outcome="extra"' in outcomes[1]


def test_more_of_what_was_planned_says_how_much_more(
    served: Served, browser: Browser, visit: str, filler: Goods
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=2)
    for _ in range(2):
        answer = scan(browser, served, visit, code(filler, lot))
    shown = browser.get(answer.headers["Location"]).text

    assert 'data-outcome="extra"' in shown
    assert "5 mL more than planned" in shown


def test_a_cocktail_made_for_the_session_is_as_planned_as_what_went_into_it(
    served: Served, browser: Browser, filler: Goods
) -> None:
    house, clinic = served.house, served.clinic
    need = NeedOf(product_uid=filler.uid, quantity=1_000)
    visit, other = (session(house, planned_at=now(), needs=(need,)) for _ in range(2))
    lot = clinic.lot_on_shelf(filler, "F1", presentations=4)
    recipe = cocktails.recipe(
        house, "Glow", ComponentOf(product_uid=filler.uid, quantity=1_000), output_quantity=1_000
    )
    begun = cocktails.begin(house, recipe.recipe_uid, visit, now=now())
    cocktails.add(house, begun.preparation_uid, lot_uid=lot.uid, now=now())
    cocktails.finish(house, begun.preparation_uid, now=now())
    who_prescribes = {"prescriber_uid": clinic.practitioner.person_uid}

    elsewhere = scan(browser, served, other, f"SRP:{begun.short_code}", **who_prescribes)
    here = scan(browser, served, visit, f"SRP:{begun.short_code}", **who_prescribes)
    given_twice = scan(browser, served, visit, code(filler, lot))

    assert 'data-stop="refused"' in elsewhere.text, "another patient's is refused, not asked about"
    assert here.status_code == 303, here.text
    assert 'data-outcome="used"' in browser.get(here.headers["Location"]).text
    assert "5 mL more than planned" in browser.get(given_twice.headers["Location"]).text


def test_where_nothing_was_planned_nothing_is_extra(served: Served, browser: Browser, filler: Goods) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=2)
    visit = session(served.house, planned_at=now())

    answer = scan(browser, served, visit, code(filler, lot))

    assert 'data-outcome="used"' in browser.get(answer.headers["Location"]).text


def test_after_the_plan_was_met_by_a_spilled_one_the_next_is_as_planned(
    served: Served, browser: Browser, visit: str, filler: Goods
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=3)
    first = last_of(scan(browser, served, visit, code(filler, lot)))
    posted(browser, served, visit, "broken", movement_uid=first)

    answer = scan(browser, served, visit, code(filler, lot))

    assert 'data-outcome="used"' in browser.get(answer.headers["Location"]).text


def test_what_may_not_be_used_is_refused_and_not_asked_about(
    served: Served, browser: Browser, visit: str
) -> None:
    other = served.house.product("Other", container_type=ContainerType.SINGLE_DOSE)
    lot = served.clinic.lot_on_shelf(other, "O1", presentations=2)
    hold(served.house, lot, HoldReason.RECALL)

    refused = scan(browser, served, visit, code(other, lot))

    assert refused.status_code == 422
    assert 'data-stop="refused"' in refused.text


def test_an_open_vial_past_its_limit_hides_no_question_about_the_new_one(
    served: Served, browser: Browser, visit: str
) -> None:
    other = served.house.product("Other", in_use_minutes=1)
    lot = served.clinic.lot_on_shelf(other, "O1", presentations=3)
    over = opened(served.house, lot, now=now() - timedelta(hours=2))

    asked = scan(browser, served, visit, code(other, lot))
    unmeant = scan(browser, served, visit, code(other, lot), vial="open")
    refused = scan(browser, served, visit, code(other, lot), vial=over.container_uid)

    assert "Not planned for this session" in asked.text
    assert 'data-stop="not_planned"' in unmeant.text and len(rows(served.store, Container)) == 1
    assert 'data-stop="refused"' in refused.text


def test_what_was_meant_once_is_not_asked_about_again_until_it_was_taken_back(
    served: Served, browser: Browser, visit: str
) -> None:
    other = served.house.product("Other")
    lot = served.clinic.lot_on_shelf(other, "O1", presentations=3)

    opened_now = scan(browser, served, visit, code(other, lot), extra="yes")
    label = f"SRC:{rows(served.store, Container)[0].short_code}"
    drawn = scan(browser, served, visit, label)
    outcome = browser.get(drawn.headers["Location"]).text
    another = scan(browser, served, visit, code(other, lot), vial="open")
    for each in (another, drawn, opened_now):
        assert posted(browser, served, visit, "undo", movement_uid=last_of(each)).status_code == 303
    again = scan(browser, served, visit, code(other, lot))

    assert 'data-outcome="extra"' in outcome
    assert 'data-stop="not_planned"' in again.text


def _session_with_a_vial_planned(served: Served) -> tuple[str, str]:
    """A session that needs of a vial for several draws; its id, and what is scanned."""
    vial = served.house.product("Planned vial")
    lot = served.clinic.lot_on_shelf(vial, "V1", presentations=2)
    need = NeedOf(product_uid=vial.uid, quantity=2_000)
    return session(served.house, planned_at=now(), needs=(need,)), code(vial, lot)


def test_a_vial_that_the_plan_asks_for_is_opened_and_used_by_one_scan(
    served: Served, browser: Browser
) -> None:
    visit, text = _session_with_a_vial_planned(served)

    answer = scan(browser, served, visit, text, key="once")
    shown = browser.get(answer.headers["Location"]).text

    assert len(movements(served, "open")) == len(movements(served, "use")) == 1
    code_on_it = rows(served.store, Container)[0].short_code
    for words in ('data-outcome="used"', "Opened: write this on it", code_on_it, 'value="2"'):
        assert words in shown, words


def test_where_its_use_is_taken_back_the_vial_stays_open_until_that_is_taken_back_too(
    served: Served, browser: Browser
) -> None:
    visit, text = _session_with_a_vial_planned(served)
    used = last_of(scan(browser, served, visit, text))

    gone = posted(browser, served, visit, "undo", movement_uid=used)
    shown = browser.get(gone.headers["Location"]).text

    assert 'data-outcome="opened"' in shown and "Undo: it was not opened" in shown
    assert "Use from it now" in shown


def test_a_vial_whose_use_is_refused_stays_open_and_its_code_is_said(
    served: Served, browser: Browser
) -> None:
    visit, text = _session_with_a_vial_planned(served)

    refused = scan(browser, served, visit, text, area="no-such-area")
    container = rows(served.store, Container)[0]

    assert refused.status_code == 422 and movements(served, "use") == []
    assert container.state == "open" and f"write {container.short_code} on it" in refused.text
