"""Is where and how a thing is given chosen once, for the scans that follow, and shown with what was used?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from stockroom.clock import now
from stockroom.models import Usage, UsageArea
from stockroom.vocabulary import ContainerType
from tests.builders import Goods
from tests.courses import course, protocol
from tests.serving import Browser, Served
from tests.sessions import opened, rows, session
from tests.web.benching import code, last_of, page_of, posted, scan

FACE = {"area": "face", "technique": "nappage", "depth": "4000", "indication": "sagging"}


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


@pytest.fixture
def filler(served: Served) -> Goods:
    return served.house.product("Filler", container_type=ContainerType.SINGLE_DOSE)


@pytest.fixture
def visit(served: Served) -> str:
    return session(served.house, planned_at=now())


def chosen(page: str) -> dict[str, str]:
    """What is selected in each choice above the scan field."""
    fields = re.findall(r'<select class="form-select" id="given-(\w+)".*?</select>', page, re.S)
    bodies = re.findall(r'<select class="form-select" id="given-\w+"(.*?)</select>', page, re.S)
    found = {
        name: re.search(r'value="([^"]+)" selected', body) for name, body in zip(fields, bodies, strict=True)
    }
    return {name: hit[1] for name, hit in found.items() if hit}


def test_nothing_has_to_be_said(served: Served, browser: Browser, visit: str, filler: Goods) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1")

    page = browser.get(page_of(served, visit)).text
    answer = scan(browser, served, visit, code(filler, lot))

    assert answer.status_code == 303
    assert "Area and technique" in page and chosen(page) == {}
    for words in ("Face", "Nappage", "4 mm"):
        assert words in page, words
    assert rows(served.store, UsageArea) == []
    assert rows(served.store, Usage)[0].technique is None


def test_what_is_chosen_is_written_beside_the_use_and_stays_chosen(
    served: Served, browser: Browser, visit: str, filler: Goods
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=2)

    answer = scan(browser, served, visit, code(filler, lot), **FACE)
    after = browser.get(answer.headers["Location"]).text
    later = browser.get(page_of(served, visit)).text

    used = rows(served.store, Usage)[0]
    assert (used.technique, used.depth_um, used.indication) == ("nappage", 4_000, "sagging")
    assert [(each.area, each.quantity) for each in rows(served.store, UsageArea)] == [("face", 5_000)]
    for page in (after, later):
        assert "Face · Nappage · 4 mm · " in page
        assert chosen(page) == FACE


def test_the_area_follows_a_changed_amount(
    served: Served, browser: Browser, visit: str, filler: Goods
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1")
    movement = last_of(scan(browser, served, visit, code(filler, lot), **FACE))

    posted(browser, served, visit, "amount", movement_uid=movement, n="1", step="set", to="3")

    assert {each.quantity for each in rows(served.store, UsageArea, area="face")} == {5_000, 3_000}


def test_a_needle_has_no_area_and_the_choice_outlives_it(
    served: Served, browser: Browser, visit: str, filler: Goods
) -> None:
    needle = served.house.needle()
    needles = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    scan(browser, served, visit, code(filler, served.clinic.lot_on_shelf(filler, "F1")), **FACE)

    answer = scan(browser, served, visit, code(needle, needles), **FACE)

    assert len(rows(served.store, UsageArea)) == 1
    assert chosen(browser.get(answer.headers["Location"]).text) == FACE
    assert chosen(browser.get(page_of(served, visit)).text) == FACE


def test_whoever_gives_it_may_be_somebody_else_than_the_sessions_practitioner(
    served: Served, browser: Browser, visit: str, filler: Goods
) -> None:
    doctor = served.clinic.practitioner
    lot = served.clinic.lot_on_shelf(filler, "F1")

    scan(browser, served, visit, code(filler, lot), given_by=doctor.person_uid)

    assert rows(served.store, Usage)[0].practitioner_id == doctor.person_id


def test_it_goes_along_with_a_question_and_with_a_code_that_cannot_be_read(
    served: Served, browser: Browser, visit: str
) -> None:
    multi = served.house.product("Multi")
    lot = served.clinic.lot_on_shelf(multi, "LOTab12", presentations=2)
    opened(served.house, lot, now=now())

    asked = scan(browser, served, visit, code(multi, lot), **FACE)
    here = f"{page_of(served, visit)}/by-hand"
    lots = browser.get(f"{here}?product={multi.uid}&area=face&technique=nappage").text
    typed = browser.get(f"{here}?lot={lot.uid}&area=face&technique=nappage").text

    assert 'data-stop="which"' in asked.text
    assert asked.text.count('type="hidden" name="area" value="face"') == 2
    assert "area=face" in lots
    assert 'name="technique" value="nappage"' in typed


def test_several_areas_of_the_protocol_stand_first_and_are_asked_for_until_one_is_chosen(
    served: Served, browser: Browser, filler: Goods
) -> None:
    written = protocol(served.house, areas=("neck", "face"))
    planned = course(served.house, now().date() + timedelta(days=3), protocol_uid=written.protocol_uid)
    (visit,) = planned.session_uids
    lot = served.clinic.lot_on_shelf(filler, "F1")

    before = browser.get(page_of(served, visit)).text
    used = scan(browser, served, visit, code(filler, lot), area="neck")
    after = browser.get(used.headers["Location"]).text

    for page, summary in ((before, "Face / Neck?"), (after, "Neck")):
        assert re.search(r"data-given-words[^>]*>(.*?)</span>", page)[1] == summary
        first = re.search(r'<optgroup label="Planned">(.*?)</optgroup>', page, re.S)[1]
        assert re.findall(r'value="(\w+)"', first) == ["face", "neck"]
    assert chosen(before) == {} and chosen(after) == {"area": "neck"}


@pytest.mark.parametrize(
    "said",
    [{"area": "moon"}, {"technique": "<b>"}, {"depth": "99999"}, {"depth": "x"}, {"given_by": "0" * 36}],
)
def test_words_that_are_in_no_list_are_refused(
    served: Served, browser: Browser, visit: str, filler: Goods, said: dict[str, str]
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1")

    refused = scan(browser, served, visit, code(filler, lot), **said)

    assert refused.status_code in (404, 422)
    assert "data-stop" in refused.text
    assert rows(served.store, Usage) == []
