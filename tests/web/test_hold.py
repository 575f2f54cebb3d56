"""Is something stopped from where one stands, listed, and released by who may?"""

from __future__ import annotations

from stockroom.clock import now
from tests.builders import LotAt
from tests.recalls import recalled
from tests.serving import Served
from tests.web.sending import fill_in, hidden_of, post


def _lot(served: Served) -> LotAt:
    filler = served.house.product("Filler <b>", content_quantity=2000)
    return served.clinic.lot_on_shelf(filler, "A1", presentations=3)


def _holds(served: Served) -> str:
    return f"/c/{served.clinic.uid}/holds"


def _hold(served: Served, lot: LotAt, **more: str) -> object:
    browser, path = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}/lots/{lot.uid}/hold"
    typed = {"reason": "suspicion", "where": "", "note": "cloudy <b>", **more}
    return fill_in(browser, path, **typed)


def test_an_empty_list_says_how_something_is_stopped(served: Served) -> None:
    page = served.logged_in(served.clinic.auditor).get(_holds(served))

    assert page.status_code == 200 and "Nothing is on hold" in page.text


def test_a_lot_is_stopped_shown_and_released_by_who_may(served: Served) -> None:
    lot = _lot(served)
    done = _hold(served, lot)
    nurse, manager = served.logged_in(served.clinic.nurse), served.logged_in(served.clinic.manager)

    listed = manager.get(_holds(served))
    release = listed.text.split('href="/c/')[-1]
    of_lot = nurse.get(f"/c/{served.clinic.uid}/lots/{lot.uid}")

    assert done.status_code == 303
    assert "cloudy &lt;b&gt;" in listed.text and "<b>" not in listed.text and "A1" in listed.text
    assert "Not to be used" in of_lot.text and "/release" not in of_lot.text
    assert "/release" in manager.get(f"/c/{served.clinic.uid}/lots/{lot.uid}").text and release
    path = _release_path(served, listed.text)
    assert nurse.get(path).status_code == 403
    silent = fill_in(manager, path, note="")
    form = {**hidden_of(manager, path), "note": "looked at it, clear"}
    first, again = post(manager, path, form), post(manager, path, form)
    assert silent.status_code == 422
    assert (first.status_code, again.status_code) == (303, 303)
    assert "May be used" in nurse.get(f"/c/{served.clinic.uid}/lots/{lot.uid}").text
    assert "looked at it, clear" in manager.get(_holds(served) + "?released=1").text


def _release_path(served: Served, text: str) -> str:
    start = text.index("/release")
    uid = text[:start].rsplit("/", 1)[1]
    return f"{_holds(served)}/{uid}/release"


def test_everything_in_a_place_is_stopped_and_an_empty_place_is_refused(served: Served) -> None:
    _lot(served)
    browser = served.logged_in(served.clinic.nurse)

    def asked(place: str) -> object:
        path = f"/c/{served.clinic.uid}/locations/{place}/hold"
        return fill_in(browser, path, reason="temperature", note="door stood open")

    done, refused = asked(served.clinic.fridge.uid), asked(served.clinic.cupboard.uid)

    assert done.status_code == 303
    assert refused.status_code == 422 and "door stood open" in refused.text
    assert (
        "door stood open" in browser.get(f"/c/{served.clinic.uid}/locations/{served.clinic.fridge.uid}").text
    )


def test_a_recall_is_ended_from_the_list_in_every_clinic(served: Served) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler", content_quantity=2000)
    clinic.lot_on_shelf(filler, "A1")
    recalled(served.store, filler.uid, "A1", actor=clinic.manager, now=now())
    manager = served.logged_in(clinic.manager)

    listed = manager.get(_holds(served))
    done = fill_in(manager, _release_path(served, listed.text), note="the maker says so")

    assert "every clinic" in listed.text and "recall" in listed.text
    assert done.status_code == 303
    assert "Nothing is on hold" in manager.get(_holds(served)).text


def test_holds_are_searched_and_leave_as_a_file(served: Served) -> None:
    _hold(served, _lot(served), note="=cloudy")
    browser = served.logged_in(served.clinic.auditor)

    assert "=cloudy" in browser.get(_holds(served) + "?q=CLOUD").text
    assert "No open hold is like this" in browser.get(_holds(served) + "?q=warm").text
    assert "'=cloudy" in browser.get(_holds(served) + "/holds.csv").text


def test_a_hold_of_another_clinic_is_not_found(served: Served) -> None:
    _hold(served, _lot(served))
    path = _release_path(served, served.logged_in(served.clinic.manager).get(_holds(served)).text)
    other = served.house.another_clinic("Rila")

    there = served.logged_in(other.manager).get(path.replace(served.clinic.uid, other.uid))

    assert there.status_code == 404
