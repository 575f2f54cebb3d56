"""Does the first page say what is on hand and what is about to go off?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import event

from stockroom.clock import civil_date, now
from stockroom.web.stock import SOON, mark_of
from tests.serving import Served

TODAY = date(2026, 3, 2)


def test_an_empty_clinic_is_told_what_to_do_first(served: Served) -> None:
    page = served.logged_in(served.clinic.nurse).get(f"/c/{served.clinic.uid}/stock")

    assert page.status_code == 200
    assert "Nothing is on the shelves yet" in page.text
    assert 'href="/api/v1/docs"' in page.text


def test_the_page_shows_products_with_quantity_lots_and_expiry(served: Served) -> None:
    house, clinic = served.house, served.clinic
    today = civil_date(now(), clinic.zone)
    filler = house.product("Filler <b>", content_quantity=2000)
    clinic.lot_on_shelf(filler, "A1", presentations=3, expires_on=today - timedelta(days=1))
    clinic.lot_on_shelf(filler, "B2", presentations=2, expires_on=today + timedelta(days=400))

    page = served.logged_in(clinic.nurse).get("/", follow_redirects=True)

    for words in ("Filler &lt;b&gt;", "10 mL", "usable 4 mL", "A1", "B2", "expired", "not usable"):
        assert words in page.text
    assert "<b>" not in page.text


def test_another_clinics_stock_is_not_on_the_page(served: Served) -> None:
    other = served.house.another_clinic("Rila")
    other.lot_on_shelf(served.house.product("Filler"), "THEIRS")

    page = served.logged_in(served.clinic.nurse).get(f"/c/{served.clinic.uid}/stock")

    assert "THEIRS" not in page.text


def test_the_page_costs_the_same_number_of_statements_for_many_products(served: Served) -> None:
    browser, counts = served.logged_in(served.clinic.nurse), []
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for number in range(2):
        for each in range(4):
            product = served.house.product(f"Product {number} {each}")
            served.clinic.lot_on_shelf(product, "A1")
        statements.clear()
        browser.get(f"/c/{served.clinic.uid}/stock")
        counts.append(len(statements))

    assert counts[0] == counts[1] < 12


@pytest.mark.parametrize(
    ("expires_on", "word"),
    [
        (TODAY - timedelta(days=1), "expired"),
        (TODAY, "today"),
        (TODAY + timedelta(days=1), "in 1 days"),
        (TODAY + SOON, "in 60 days"),
    ],
)
def test_an_expiry_that_matters_is_marked(served: Served, expires_on: date, word: str) -> None:
    with served.app.test_request_context():
        mark = mark_of(expires_on, TODAY)

    assert mark is not None and mark.word == word


def test_an_expiry_far_away_is_not_marked() -> None:
    assert mark_of(TODAY + SOON + timedelta(days=1), TODAY) is None
    assert mark_of(None, TODAY) is None


def test_a_person_of_two_clinics_chooses_and_the_choice_is_in_the_address(served: Served) -> None:
    from stockroom.operations.employ import GiveRole, give_role
    from stockroom.vocabulary import Role
    from tests.builders import key

    other, nurse = served.house.another_clinic("Rila"), served.clinic.nurse
    given = GiveRole(user_uid=served.uid_of_user(nurse), role=Role.NURSE)
    give_role(served.store, given, actor=other.system, key=key(), now=now())

    browser = served.logged_in(nurse)
    page = browser.get("/")

    assert page.status_code == 200
    assert f"/c/{other.uid}/" in page.text
    assert browser.get(f"/c/{other.uid}/stock").status_code == 200
