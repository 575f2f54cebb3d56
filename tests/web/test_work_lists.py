"""Do the lists of what is low, goes off and must be put aside say what, where and what to do, and can they be worked?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from stockroom.clock import civil_date, now
from stockroom.operations.set_levels import SetStockLevel, set_stock_level
from stockroom.vocabulary import LocationKind
from tests.builders import LotAt, key
from tests.serving import Served
from tests.web.sending import fill_in


@pytest.fixture
def expired(served: Served) -> LotAt:
    """A lot that went off yesterday, on a shelf among usable things."""
    today = civil_date(now(), served.clinic.zone)
    return served.clinic.lot_on_shelf(
        served.house.product("Filler <i>"), "-OLD", expires_on=today - timedelta(days=1)
    )


def _path(served: Served, page: str) -> str:
    return f"/c/{served.clinic.uid}/{page}"


def test_nothing_low_expiring_or_to_separate_says_so(served: Served) -> None:
    nurse = served.logged_in(served.clinic.nurse)

    assert "Nothing is below its minimum" in nurse.get(_path(served, "low")).text
    assert "Nothing expires within 60 days" in nurse.get(_path(served, "expiring")).text
    assert "Nothing is to be separated" in nurse.get(_path(served, "separation")).text


def test_a_product_below_its_minimum_is_listed_with_what_is_missing(served: Served) -> None:
    product = served.house.product("Filler")
    served.clinic.lot_on_shelf(product, "A", presentations=2)
    level = SetStockLevel(product_uid=product.uid, minimum_count=5, target_count=10)
    set_stock_level(served.store, level, actor=served.clinic.manager, key=key(), now=now())
    manager = served.logged_in(served.clinic.manager)

    page = manager.get(_path(served, "low"))
    row = manager.get(_path(served, "low/low.csv")).text.splitlines()[1]

    assert "1 product is below its minimum" in page.text and "<svg" in page.text
    assert row.split(",")[3:7] == ["2", "5", "10", "8"]


def test_what_goes_off_is_listed_by_the_days_that_are_asked(served: Served) -> None:
    today = civil_date(now(), served.clinic.zone)
    served.clinic.lot_on_shelf(served.house.product("Filler"), "SOON", expires_on=today + timedelta(days=20))
    nurse = served.logged_in(served.clinic.nurse)

    assert "SOON" in nurse.get(_path(served, "expiring?days=30")).text
    assert "SOON" not in nurse.get(_path(served, "expiring?days=7")).text
    assert "SOON" in nurse.get(_path(served, "expiring?days=99999")).text
    assert "SOON" in nurse.get(_path(served, "expiring/expiring.csv")).text


def test_what_is_expired_is_put_into_quarantine_by_its_scan_and_once(served: Served, expired: LotAt) -> None:
    quarantine = served.clinic.location(kind=LocationKind.QUARANTINE)
    nurse, page = served.logged_in(served.clinic.nurse), _path(served, "separation")

    before = nurse.get(page)
    first = fill_in(nurse, page, scan="-OLD")
    again = fill_in(nurse, page, action=f"{page}/moves") if "moves" in nurse.get(page).text else None

    assert "Filler &lt;i&gt;" in before.text and "Still among usable things" in before.text
    assert first.status_code == 303 and again is None
    assert served.clinic.on_hand(expired, quarantine) > 0
    assert "Put aside already" in nurse.get(page).text


def test_a_scan_of_something_usable_is_refused_with_a_word(served: Served, expired: LotAt) -> None:
    served.clinic.lot_on_shelf(served.house.product("Other"), "FINE")

    answer = fill_in(served.logged_in(served.clinic.nurse), _path(served, "separation"), scan="FINE")

    assert answer.status_code == 422
    assert "it may be used" in answer.text


def test_the_file_of_the_report_is_safe_in_a_spreadsheet(served: Served, expired: LotAt) -> None:
    text = served.logged_in(served.clinic.auditor).get(_path(served, "separation/separation.csv")).text

    assert ",'-OLD," in text


def test_an_auditor_sees_the_report_and_moves_nothing(served: Served, expired: LotAt) -> None:
    auditor = served.logged_in(served.clinic.auditor)
    page = _path(served, "separation")

    assert "-OLD" in auditor.get(page).text
    assert auditor.send(page, page, scan="-OLD").status_code == 403


@pytest.mark.parametrize("page", ["low", "expiring", "separation"])
def test_a_longer_list_costs_no_more_statements(served: Served, expired: LotAt, page: str) -> None:
    nurse, counts = served.logged_in(served.clinic.nurse), []
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    today = civil_date(now(), served.clinic.zone)
    for n in range(2):
        statements.clear()
        nurse.get(_path(served, page))
        counts.append(len(statements))
        for each in range(4):
            product = served.house.product(f"P {n} {each}")
            served.clinic.lot_on_shelf(product, f"L{each}", expires_on=today - timedelta(days=each))
            level = SetStockLevel(product_uid=product.uid, minimum_count=5, target_count=10)
            set_stock_level(served.store, level, actor=served.clinic.manager, key=key(), now=now())

    assert counts[0] <= counts[1] <= counts[0] + 3, "an empty list may ask less"
