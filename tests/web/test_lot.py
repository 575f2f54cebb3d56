"""Does a lot's page say what may be done with it, and do its forms do that?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from stockroom.clock import civil_date, now
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.vocabulary import HoldReason, LocationKind
from tests.builders import FAR, LotAt, key
from tests.serving import PASSWORD, Browser, Served
from tests.web.sending import fill_in, hidden_of, post


def _lot(served: Served, *, presentations: int = 3, **more: object) -> LotAt:
    filler = served.house.product("Filler <b>", content_quantity=2000)
    return served.clinic.lot_on_shelf(filler, "A1", presentations=presentations, **more)


def _page(served: Served, lot: LotAt, act: str = "") -> str:
    return f"/c/{served.clinic.uid}/lots/{lot.uid}" + (f"/{act}" if act else "")


def _on_hand(served: Served, lot: LotAt, place: object = None) -> int:
    return served.clinic.on_hand(lot, place)


def test_the_page_says_what_the_lot_is_where_it_lies_and_what_happened(served: Served) -> None:
    lot = _lot(served)

    page = served.logged_in(served.clinic.nurse).get(_page(served, lot))

    assert page.status_code == 200
    for words in ("Filler &lt;b&gt;", "Lot A1", "May be used", "3 vials", "Fridge", "receive", "History"):
        assert words in page.text
    assert "<b>" not in page.text


def test_an_expired_lot_says_that_it_is_not_to_be_used_and_why(served: Served) -> None:
    yesterday = civil_date(now(), served.clinic.zone) - timedelta(days=1)
    lot = _lot(served, expires_on=yesterday)

    page = served.logged_in(served.clinic.nurse).get(_page(served, lot))

    assert "Not to be used" in page.text and "expired" in page.text


def test_a_lot_of_another_clinic_is_not_found(served: Served) -> None:
    other = served.house.another_clinic("Rila")
    theirs = other.lot_on_shelf(served.house.product("Filler"), "THEIRS")

    browser = served.logged_in(served.clinic.nurse)

    assert browser.get(_page(served, theirs)).status_code == 404
    assert browser.get(_page(served, theirs, "move")).status_code == 404


def test_an_auditor_reads_and_is_offered_no_act(served: Served) -> None:
    lot = _lot(served)
    browser = served.logged_in(served.clinic.auditor)

    page = browser.get(_page(served, lot))

    assert page.status_code == 200 and "Throw away" not in page.text
    for act in ("move", "disposal", "dispatch", "opening", "correction", "hold"):
        assert browser.get(_page(served, lot, act)).status_code == 403


def test_some_of_it_is_moved_once_however_often_the_form_is_sent(served: Served) -> None:
    lot, cupboard = _lot(served), served.clinic.cupboard
    browser, path = served.logged_in(served.clinic.nurse), _page(served, lot, "move")
    form = {**hidden_of(browser, path), "count": "3", "to": cupboard.uid, "reason": ""}

    first, again = post(browser, path, form), post(browser, path, form)

    assert (first.status_code, again.status_code) == (303, 303)
    assert (_on_hand(served, lot), _on_hand(served, lot, cupboard)) == (0, 6000)
    assert "Moved 3 of lot A1" in browser.get(_page(served, lot)).text


def test_a_refused_move_keeps_what_was_typed(served: Served) -> None:
    lot, cupboard = _lot(served), served.clinic.cupboard
    browser, path = served.logged_in(served.clinic.nurse), _page(served, lot, "move")

    too_much = fill_in(browser, path, count="7", to=cupboard.uid, reason="tidied")
    none = fill_in(browser, path, count="", to=cupboard.uid, reason="tidied")

    assert too_much.status_code == 409 and 'value="7"' in too_much.text and 'value="tidied"' in too_much.text
    assert none.status_code == 422 and "Say how many" in none.text
    assert _on_hand(served, lot) == 6000


def test_a_lot_at_two_places_asks_from_which_one(served: Served) -> None:
    lot, cupboard = _lot(served), served.clinic.cupboard
    browser, path = served.logged_in(served.clinic.nurse), _page(served, lot, "move")
    fill_in(browser, path, count="1", to=cupboard.uid, reason="")

    asked = browser.get(path)
    chosen = browser.get(f"{path}?place={cupboard.uid}")

    assert "From which place?" in asked.text and "Fridge" in asked.text and "Cupboard" in asked.text
    assert "From which place?" not in chosen.text and 'name="count"' in chosen.text


def test_some_of_it_is_thrown_away_in_whole_presentations(served: Served) -> None:
    lot = _lot(served)
    browser, path = served.logged_in(served.clinic.nurse), _page(served, lot, "disposal")

    part = fill_in(browser, path, amount="0.5", reason="broken", note="")
    done = fill_in(browser, path, amount="2", reason="broken", note="fell")

    assert part.status_code == 422 and 'value="0.5"' in part.text
    assert done.status_code == 303
    assert _on_hand(served, lot) == 2000


def test_why_it_is_thrown_away_is_said_and_not_guessed_unless_something_stops_it(served: Served) -> None:
    yesterday = civil_date(now(), served.clinic.zone) - timedelta(days=1)
    good, old = _lot(served), served.house.product("Old")
    past = served.clinic.lot_on_shelf(old, "O1", expires_on=yesterday)
    browser = served.logged_in(served.clinic.nurse)

    silent = fill_in(browser, _page(served, good, "disposal"), amount="1", note="")
    chosen = 'selected value="expired"'
    offered = [browser.get(_page(served, lot, "disposal")).text for lot in (good, past)]

    assert silent.status_code == 422 and "Say why." in silent.text
    assert [chosen in page for page in offered] == [False, True]
    assert _on_hand(served, good) == 6000


def test_one_is_opened_and_its_page_shows_the_code(served: Served) -> None:
    lot = _lot(served)
    browser, path = served.logged_in(served.clinic.nurse), _page(served, lot, "opening")

    done = fill_in(browser, path, stands_in=served.clinic.fridge.uid)

    assert done.status_code == 303
    page = browser.get(done.headers["Location"])
    assert "vial-code" in page.text and "2 mL left" in page.text
    assert _on_hand(served, lot) == 4000


def test_an_expired_vial_is_opened_only_over_the_stop_by_who_may(served: Served) -> None:
    yesterday = civil_date(now(), served.clinic.zone) - timedelta(days=1)
    lot = _lot(served, expires_on=yesterday)
    path = _page(served, lot, "opening")

    def asked(browser: Browser, **more: str) -> object:
        return fill_in(browser, path, stands_in=served.clinic.fridge.uid, **more)

    nurse, doctor = served.logged_in(served.clinic.nurse), served.logged_in(served.clinic.practitioner)
    stopped = asked(nurse)
    forbidden = asked(nurse, override_rules="expired", override_reason="it looks good")
    silent = asked(doctor, override_rules="expired", override_reason="")
    done = asked(doctor, override_rules="expired", override_reason="no other, patient agreed")

    assert stopped.status_code == 422
    assert "decided by: practitioner" in stopped.text and "override_reason" not in stopped.text
    assert forbidden.status_code == 403 and "decided by: practitioner" in forbidden.text
    offered = asked(doctor)
    assert 'name="override_rules" value="expired"' in offered.text and "override_reason" in offered.text
    assert silent.status_code == 422 and 'name="override_rules" value="expired"' in silent.text
    assert done.status_code == 303


def test_a_second_person_agrees_on_the_page_by_address_and_password(served: Served) -> None:
    lot, clinic = _lot(served), served.clinic
    decided = SetSettings(values={"second_person_for": ["held"]}, version=1)
    set_settings(served.store, decided, actor=clinic.manager, key=key(), now=now())
    hold = PlaceHold(reason=HoldReason.SUSPICION, note="cloudy", lot_uid=lot.uid)
    place_hold(served.store, hold, actor=clinic.nurse, key=key(), now=now())
    doctor, path = served.logged_in(clinic.practitioner), _page(served, lot, "opening")
    colleague = served.email_with_password(clinic.manager)
    over = {"stands_in": clinic.fridge.uid, "override_rules": "held", "override_reason": "clear again"}

    alone = fill_in(doctor, path, **over)
    wrong = fill_in(doctor, path, **over, second_email=colleague, second_password="not the right one")
    agreed = fill_in(doctor, path, **over, second_email=colleague, second_password=PASSWORD)

    assert alone.status_code == 422 and "second_password" in alone.text and "clear again" in alone.text
    assert wrong.status_code == 403 and "is not right" in wrong.text and "not the right one" not in wrong.text
    assert 'name="override_rules" value="held"' in wrong.text
    assert agreed.status_code == 303


def test_some_of_it_is_sent_to_another_clinic(served: Served) -> None:
    other, lot = served.house.another_clinic("Rila"), _lot(served)
    browser = served.logged_in(served.clinic.manager)

    done = fill_in(browser, _page(served, lot, "dispatch"), count="2", to_clinic=other.uid)

    assert done.status_code == 303 and "/transfers/" in done.headers["Location"]
    assert _on_hand(served, lot) == 2000


def test_a_wrong_number_is_put_right_and_the_old_one_leads_on(served: Served) -> None:
    lot = _lot(served)
    browser, path = served.logged_in(served.clinic.manager), _page(served, lot, "correction")

    silent = fill_in(browser, path, number="B2", expires_on=FAR.isoformat(), reason="")
    done = fill_in(browser, path, number="B2", expires_on=FAR.isoformat(), reason="read the pack again")

    assert silent.status_code == 422 and 'value="B2"' in silent.text
    assert done.status_code == 303
    right, old = browser.get(done.headers["Location"]), browser.get(_page(served, lot))
    assert "Lot B2" in right.text and "read the pack again" in right.text
    assert "goes on under its right one" in old.text and "Throw away" not in old.text


def test_the_history_leaves_as_a_file_that_runs_no_formula(served: Served) -> None:
    lot = _lot(served)
    browser = served.logged_in(served.clinic.nurse)
    fill_in(browser, _page(served, lot, "move"), count="1", to=served.clinic.cupboard.uid, reason="=1+1")

    answer = browser.get(_page(served, lot, "history.csv"))

    assert answer.status_code == 200
    assert "'=1+1" in answer.text and len(answer.text.splitlines()) == 3


@pytest.mark.parametrize("size", [1])
def test_the_page_costs_the_same_number_of_statements_for_a_long_history(served: Served, size: int) -> None:
    lot, browser = _lot(served, presentations=30), served.logged_in(served.clinic.nurse)
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    counts = []
    for _ in range(2):
        for _ in range(3 * size):
            fill_in(
                browser,
                _page(served, lot, "move") + f"?place={served.clinic.fridge.uid}",
                count="1",
                to=served.clinic.cupboard.uid,
                reason="",
            )
        browser.get(_page(served, lot))
        statements.clear()
        browser.get(_page(served, lot))
        counts.append(len(statements))

    assert counts[0] == counts[1] < 26


def test_the_virtual_accounts_are_words_and_not_links(served: Served) -> None:
    lot = _lot(served)
    supplier = served.clinic.account(LocationKind.SUPPLIER)

    assert supplier.uid not in served.logged_in(served.clinic.nurse).get(_page(served, lot)).text
