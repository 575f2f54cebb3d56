"""Does a movement's page say what was booked, and is it taken back there by who may?"""

from __future__ import annotations

from stockroom.clock import now
from tests.builders import LotAt
from tests.serving import Served
from tests.sessions import line, session, used
from tests.web.sending import fill_in, hidden_of, post


def _moved(served: Served) -> tuple[LotAt, str]:
    """A lot of which the nurse moved two vials, and the path of that movement's page."""
    clinic = served.clinic
    lot = clinic.lot_on_shelf(
        served.house.product("Filler <b>", content_quantity=2000), "A1", presentations=3
    )
    browser, page = served.logged_in(clinic.nurse), f"/c/{clinic.uid}/lots/{lot.uid}"
    fill_in(browser, f"{page}/move", count="2", to=clinic.cupboard.uid, reason="tidied <b>")
    text = browser.get(page).text
    uid = text.split("/movements/")[1].split('"')[0]
    return lot, f"/c/{clinic.uid}/movements/{uid}"


def test_the_page_says_what_was_booked_by_whom_and_why(served: Served) -> None:
    lot, path = _moved(served)

    page = served.logged_in(served.clinic.auditor).get(path)

    assert page.status_code == 200
    for words in (
        "Transfer of",
        "tidied &lt;b&gt;",
        lot.number,
        ">2 vials<",
        "Fridge",
        "Cupboard",
        "Nurse Vitosha",
        "in the journal",
    ):
        assert words in page.text
    assert "<b>" not in page.text and "Take it back" not in page.text


def test_its_author_takes_it_back_once_and_both_stay(served: Served) -> None:
    lot, path = _moved(served)
    browser = served.logged_in(served.clinic.nurse)
    silent = fill_in(browser, path, action=f"{path}/reversal", reason="")
    form = {**hidden_of(browser, path, action=f"{path}/reversal"), "reason": "wrong shelf"}

    first, again = post(browser, f"{path}/reversal", form), post(browser, f"{path}/reversal", form)

    assert silent.status_code == 422 and "Say why" in silent.text
    assert (first.status_code, again.status_code) == (303, 303)
    assert served.clinic.on_hand(lot) == 6000
    page = browser.get(path)
    assert "1 line was taken back by Nurse Vitosha" in page.text and "wrong shelf" in page.text
    assert 'id="reversal"' not in page.text


def test_nobody_is_led_where_he_may_not_go(served: Served) -> None:
    clinic = served.clinic
    lot = clinic.lot_on_shelf(served.house.needle(), "N1", presentations=5)
    visit = session(served.house, planned_at=now())
    movement = used(served.house, visit, line(lot), now=now()).movement_uid
    paths = f"/c/{clinic.uid}/movements/{movement}", f"/c/{clinic.uid}/lots/{lot.uid}"

    for path in paths:
        office = served.logged_in(clinic.administrator).get(path)
        bench = served.logged_in(clinic.nurse).get(path)

        assert office.status_code == bench.status_code == 200
        assert f"/sessions/{visit}" in bench.text
        assert "/sessions/" not in office.text and "/trace/" not in office.text


def test_somebody_elses_booking_is_not_a_nurses_to_take_back(served: Served) -> None:
    _, path = _moved(served)
    from stockroom.vocabulary import Role

    other = served.logged_in(served.clinic.employ(Role.NURSE, name="Vera Night"))

    refused = fill_in(other, path, action=f"{path}/reversal", reason="not mine")

    assert refused.status_code == 403 and "not mine" in refused.text


def test_its_lines_leave_as_a_file(served: Served) -> None:
    lot, path = _moved(served)

    answer = served.logged_in(served.clinic.auditor).get(f"{path}/lines.csv")

    assert answer.status_code == 200 and f",{lot.number},Fridge,Cupboard,4,mL" in answer.text


def test_another_clinics_movement_is_not_found(served: Served) -> None:
    _, path = _moved(served)
    other = served.house.another_clinic("Rila")

    assert served.logged_in(other.manager).get(path.replace(served.clinic.uid, other.uid)).status_code == 404
