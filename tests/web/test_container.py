"""Does an opened container's page say its code, its time and its rest, and does it end there?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import now
from stockroom.db.transaction import DISCLOSURES
from stockroom.models import JournalEntry
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType, LocationKind, SessionState
from tests.builders import LotAt, key
from tests.serving import Served
from tests.sessions import advance, line, opened, rows, session, used
from tests.web.sending import fill_in, hidden_of, post


def _opened(served: Served) -> tuple[LotAt, str]:
    """A vial of 2 mL, opened, and the path of its page."""
    filler = served.house.product("Filler <b>", content_quantity=2000)
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    command = OpenContainer(thing=ThingName(lot_uid=lot.uid))
    opened = open_container(served.store, command, actor=served.clinic.nurse, key=key(), now=now())
    return lot, f"/c/{served.clinic.uid}/containers/{opened.container_uid}"


def test_the_page_shows_the_code_what_is_left_and_where_it_stands(served: Served) -> None:
    _, path = _opened(served)

    page = served.logged_in(served.clinic.nurse).get(path)

    assert page.status_code == 200
    for words in ("vial-code", "2 mL left", "stands in Fridge", "SRC:", "0 times", "Filler &lt;b&gt;"):
        assert words in page.text


def test_broken_is_one_tap_and_done_once(served: Served) -> None:
    _, path = _opened(served)
    browser = served.logged_in(served.clinic.nurse)
    form = {**hidden_of(browser, path, action=f"{path}/ending"), "reason": "broken"}

    first, again = post(browser, f"{path}/ending", form), post(browser, f"{path}/ending", form)

    assert (first.status_code, again.status_code) == (303, 303)
    page = browser.get(path)
    assert (
        "This container is discarded" in page.text and "0 mL left" in page.text and "End it" not in page.text
    )


def test_a_rest_that_is_more_than_usual_needs_a_reason(served: Served) -> None:
    _, path = _opened(served)
    browser = served.logged_in(served.clinic.nurse)

    form = {**hidden_of(browser, path, action=f"{path}/ending"), "reason": "", "note": "looked empty"}
    refused = post(browser, f"{path}/ending", form)

    assert refused.status_code == 422 and "looked empty" in refused.text
    assert "2 mL left" in browser.get(path).text


def test_it_is_put_somewhere_else(served: Served) -> None:
    _, path = _opened(served)
    browser, room = served.logged_in(served.clinic.nurse), served.clinic.room

    done = fill_in(browser, path, action=f"{path}/placings", to=room.uid)

    assert done.status_code == 303
    assert "stands in Room 1" in browser.get(path).text
    assert "Open here" in browser.get(f"/c/{served.clinic.uid}/locations/{room.uid}").text


def test_a_container_is_stopped_from_its_page(served: Served) -> None:
    _, path = _opened(served)
    browser = served.logged_in(served.clinic.nurse)

    done = fill_in(browser, f"{path}/hold", reason="suspicion", note="cloudy")

    assert done.status_code == 303 and "Not to be used" in browser.get(path).text


def test_an_auditor_reads_it_and_changes_nothing(served: Served) -> None:
    _, path = _opened(served)
    browser = served.logged_in(served.clinic.auditor)

    page = browser.get(path)

    assert page.status_code == 200 and "End it" not in page.text
    token = browser.anti_forgery_token(path)
    for act in ("ending", "placings"):
        assert post(browser, f"{path}/{act}", {"csrf_token": token}).status_code == 403


def test_another_clinics_container_and_a_shelf_are_not_found(served: Served) -> None:
    _, path = _opened(served)
    other = served.house.another_clinic("Rila")

    there = served.logged_in(other.nurse).get(path.replace(served.clinic.uid, other.uid))
    shelf = served.logged_in(served.clinic.nurse).get(
        f"/c/{served.clinic.uid}/containers/{served.clinic.fridge.uid}"
    )

    assert (there.status_code, shelf.status_code) == (404, 404)


def test_a_place_shows_its_lots_and_its_label(served: Served) -> None:
    lot, _ = _opened(served)
    browser = served.logged_in(served.clinic.nurse)

    page = browser.get(f"/c/{served.clinic.uid}/locations/{served.clinic.fridge.uid}")
    empty = browser.get(f"/c/{served.clinic.uid}/locations/{served.clinic.cupboard.uid}")
    account = browser.get(
        f"/c/{served.clinic.uid}/locations/{served.clinic.account(LocationKind.SUPPLIER).uid}"
    )

    assert "SRL:" in page.text and lot.number in page.text and "Hold everything here" in page.text
    assert "Nothing lies here" in empty.text
    assert "an account of the books" in account.text


def test_what_lies_in_a_place_leaves_as_a_file(served: Served) -> None:
    _opened(served)

    answer = served.logged_in(served.clinic.nurse).get(
        f"/c/{served.clinic.uid}/locations/{served.clinic.fridge.uid}/lots.csv"
    )

    assert answer.status_code == 200 and "A1" in answer.text and ",mL" in answer.text


def test_whose_it_is_is_written_down_before_it_is_shown(served: Served) -> None:
    house, at = served.house, now()
    drops = house.product("Drops", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    vial = opened(house, served.clinic.lot_on_shelf(drops, "S1"), now=at)
    visit = session(house, planned_at=at, now=at)
    advance(house, visit, SessionState.ARRIVED, SessionState.IN_TREATMENT, now=at)
    used(house, visit, line(vial, 500), now=at)
    path = f"/c/{served.clinic.uid}/containers/{vial.container_uid}"

    def disclosures() -> int:
        return len(rows(served.store, JournalEntry, stream=DISCLOSURES, kind="disclosure"))

    before = disclosures()
    nurse = served.logged_in(served.clinic.nurse).get(path)
    after = disclosures()
    administrator = served.logged_in(served.clinic.administrator).get(path)

    assert "Only for" in nurse.text and "/patients/" in nurse.text
    assert after == before + 1
    assert "one patient" in administrator.text and "/patients/" not in administrator.text
    assert disclosures() == after


def test_it_was_opened_earlier_and_what_came_out_of_it_adds_up(served: Served) -> None:
    _, path = _opened(served)
    house, at = served.house, now()
    used(house, session(house, planned_at=at, now=at), line(_thing(path), 500), now=at)
    browser = served.logged_in(served.clinic.nurse)
    before = (at - timedelta(hours=3)).replace(tzinfo=None).strftime("%Y-%m-%dT%H:%M")

    late = fill_in(browser, path, action=f"{path}/earlier-openings", opened_at="2031-01-01T10:00", how="so")
    done = fill_in(browser, path, action=f"{path}/earlier-openings", opened_at=before, how="written on it")

    assert late.status_code == 422 and "2031-01-01T10:00" in late.text
    text = browser.get(path).text
    assert done.status_code == 303
    for words in ("Does it add up?", "1 draw", "By its label", "Still in it"):
        assert words in text


def _thing(path: str) -> ThingName:
    return ThingName(location_uid=path.rpartition("/")[2])
