"""Does the board show all that is open, what dies first first, and is a tap enough to end it?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import now
from stockroom.models import Container, Lot, Movement
from stockroom.operations.add_ingredient import AddIngredient, add_ingredient
from stockroom.operations.finish_preparation import FinishPreparation, finish_preparation
from stockroom.operations.open_container import ContainerOpened
from stockroom.operations.start_preparation import StartPreparation, start_preparation
from stockroom.rules.using import ThingName
from stockroom.vocabulary import DisposalReason, HoldReason
from tests.builders import key
from tests.serving import Browser, Served
from tests.sessions import hold, line, opened, rows, session, used
from tests.web.sending import post


def _path(served: Served) -> str:
    return f"/c/{served.clinic.uid}/open"


def _vial(served: Served, name: str, minutes: int, **more: object) -> ContainerOpened:
    product = served.house.product(name, in_use_minutes=minutes, **more)
    return opened(served.house, served.clinic.lot_on_shelf(product, f"{name[:2]}1"), now=now())


def _cocktail(served: Served) -> str:
    house, at = served.house, now()
    vial = _vial(served, "Base", 5_000)
    start = StartPreparation(session_uids=(session(house, planned_at=at, now=at),), reason="by hand")
    draft = start_preparation(house.store, start, actor=house.nurse, key=key(), now=at).preparation_uid
    thing = ThingName(location_uid=vial.container_uid)
    add = AddIngredient(preparation_uid=draft, thing=thing, quantity=500)
    add_ingredient(house.store, add, actor=house.nurse, key=key(), now=at)
    end = FinishPreparation(preparation_uid=draft, location_uid=house.clinic.room.uid)
    finish_preparation(house.store, end, actor=house.nurse, key=key(), now=at)
    return draft


def _tap(served: Served, browser: Browser, uid: str, why: str, *, one_key: str = "", **more: str) -> object:
    page = browser.get(_path(served))
    token = page.text.split('name="csrf_token" value="')[1].split('"')[0]
    form = {"csrf_token": token, "key": one_key or key("tap"), "kind": "container", "uid": uid, "why": why}
    return post(browser, _path(served), {**form, "place": "", "shown": "", **more})


def test_everything_open_stands_there_what_dies_first_first(served: Served) -> None:
    _cocktail(served)
    late, early = _vial(served, "Late", 9_000), _vial(served, "Early <b>", 30)
    browser = served.logged_in(served.clinic.nurse)

    text = browser.get(_path(served)).text

    order = [text.index(words) for words in (early.short_code, "cocktail", late.short_code)]
    assert order == sorted(order) and "Early &lt;b&gt;" in text
    only = browser.get(f"{_path(served)}?place={served.clinic.fridge.uid}").text
    told = browser.get(f"{_path(served)}/open.csv").text.splitlines()
    assert len(told) > 1, "a head and a row for each"
    assert late.short_code in only and ">cocktail<" not in only


def test_what_stops_an_open_thing_stands_on_the_board_and_in_its_file(served: Served) -> None:
    draft = _cocktail(served)
    held, good = _vial(served, "Held", 600), _vial(served, "Good", 600)
    for number, reason in (("He1", HoldReason.SUSPICION), ("Ba1", HoldReason.RECALL)):
        hold(served.house, rows(served.store, Lot, number=number)[0], reason)
    browser = served.logged_in(served.clinic.nurse)

    page = browser.get(_path(served)).text
    told = browser.get(f"{_path(served)}/open.csv").text

    said = {
        uid: next(line for line in page.split("<li") if uid in line).split("</a>")[0]
        for uid in (draft, held.container_uid, good.container_uid)
    }
    assert "recalled" in said[draft] and "held" in said[held.container_uid]
    assert "badge" not in said[good.container_uid].replace("code-badge", "")
    assert "held" in told and "recalled" in told


def test_empty_and_discard_are_one_tap_each_and_done_once(served: Served) -> None:
    empty, full = _vial(served, "Empty", 600, residual_max_quantity=100), _vial(served, "Full", 600)
    at = now()
    used(served.house, session(served.house, planned_at=at, now=at), line(empty, 4_950), now=at)
    browser = served.logged_in(served.clinic.nurse)

    one = key("tap")
    answers = [_tap(served, browser, empty.container_uid, "empty", one_key=one) for _ in range(2)]
    answers.append(_tap(served, browser, full.container_uid, "remainder"))

    assert {answer.status_code for answer in answers} == {303}
    assert [each.reason for each in rows(served.store, Movement, kind="dispose")] == ["residual", "remainder"]
    assert "Nothing is open here" in browser.get(_path(served)).text


def test_a_rest_that_is_more_than_usual_is_asked_about_in_its_row(served: Served) -> None:
    vial = _vial(served, "Filler", 600)
    browser = served.logged_in(served.clinic.nurse)

    asked = _tap(served, browser, vial.container_uid, "empty")

    assert (
        asked.status_code == 422 and "autofocus>What became of the rest?" in asked.text
    )  # where the eye goes
    assert _tap(served, browser, vial.container_uid, "spilled").status_code == 303


def test_two_nurses_finish_the_same_vial_and_the_second_hears_it(served: Served) -> None:
    vial = _vial(served, "Filler", 600)
    browser = served.logged_in(served.clinic.nurse)

    for _ in range(2):
        answer = _tap(served, browser, vial.container_uid, "remainder")

    assert answer.status_code == 303 and len(rows(served.store, Movement, kind="dispose")) == 1
    assert "was ended already" in browser.get(_path(served)).text


def test_a_cocktail_is_thrown_away_with_one_tap(served: Served) -> None:
    preparation_uid = _cocktail(served)
    browser = served.logged_in(served.clinic.nurse)

    assert _tap(served, browser, preparation_uid, "remainder", kind="cocktail").status_code == 303

    assert [each.reason for each in rows(served.store, Movement, kind="dispose")] == [
        DisposalReason.REMAINDER
    ]


def test_what_passes_its_limit_before_the_tap_is_ended_all_the_same(served: Served) -> None:
    product = served.house.product("Filler", in_use_minutes=10)
    at = now() - timedelta(minutes=30)
    vial = opened(served.house, served.clinic.lot_on_shelf(product, "A1"), now=at)
    browser = served.logged_in(served.clinic.nurse)

    assert "past its time" in browser.get(_path(served)).text
    assert _tap(served, browser, vial.container_uid, "beyond_use").status_code == 303
    assert rows(served.store, Container)[0].state == "discarded"


def test_an_auditor_looks_and_ends_nothing(served: Served) -> None:
    vial = _vial(served, "Filler", 600)
    browser = served.logged_in(served.clinic.auditor)

    assert vial.short_code in browser.get(_path(served)).text
    assert "Discard" not in browser.get(_path(served)).text
    assert served.logged_in(served.house.another_clinic().nurse).get(_path(served)).status_code == 404
