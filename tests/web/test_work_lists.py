"""Do the lists of what is low, goes off and must be put aside say what, where and what to do, and can they be worked?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event

from stockroom.clock import civil_date, now
from stockroom.jobs.runner import run
from stockroom.operations.set_levels import (
    SetStockLevel,
    SetSupplierItem,
    set_stock_level,
    set_supplier_item,
)
from stockroom.vocabulary import LocationKind
from tests.builders import LotAt, key
from tests.jobs.shop import shop_of
from tests.orders import Ordering
from tests.serving import Served
from tests.sessions import opened
from tests.web.sending import fill_in, hidden_of, post


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


def _level(served: Served, product_uid: str) -> None:
    level = SetStockLevel(product_uid=product_uid, minimum_count=5, target_count=10)
    set_stock_level(served.store, level, actor=served.clinic.manager, key=key(), now=now())


def test_a_low_product_says_from_whom_how_much_is_ordered(served: Served) -> None:
    product = served.house.product("Filler")
    _level(served, product.uid)
    manager = served.logged_in(served.clinic.manager)
    nobody = manager.get(_path(served, "low")).text
    set_supplier_item(
        served.store,
        SetSupplierItem(
            supplier_uid=served.house.supplier_uid, product_uid=product.uid, item_code="AB-<b>", pack_count=4
        ),
        actor=served.clinic.manager,
        key=key(),
        now=now(),
    )

    page = manager.get(_path(served, "low")).text

    assert "Nobody is known to sell it." in nobody
    assert "Order 3 packs from" in page and f"/suppliers/{served.house.supplier_uid}" in page
    assert "AB-&lt;b&gt;" in page


def test_a_low_product_says_when_what_is_ordered_is_due_and_so_does_its_alert(served: Served) -> None:
    house, at = served.house, now()
    product = house.product("Filler <i>")
    _level(served, product.uid)
    ordering, due = Ordering(house, now=at), civil_date(at, served.clinic.zone) + timedelta(days=3)
    ordering.put(product, 10)
    ordering.place(expected_on=due)
    run(shop_of(served.store, at=at), "low-stock")
    manager = served.logged_in(served.clinic.manager)

    page, told = manager.get(_path(served, "low")).text, manager.get(_path(served, "alerts")).text
    table = manager.get(_path(served, "low/low.csv")).text.splitlines()
    today = served.logged_in(served.clinic.nurse).get(_path(served, "today")).text

    said = f"ordered, due {due.day} {due:%b %Y}"
    assert said in page and said in told and "10 on order" in page
    assert "It is on its way" in told and "have it sent from another clinic" not in told
    assert "Nothing more: what is on order fills it up." in page and "Nothing is ordered by itself." in page
    assert table[1].endswith(f",10,{due},ordered")
    assert f"1 product is low: 1 {said}" in today


def test_cover_by_product_is_a_picture_with_its_table(served: Served) -> None:
    for n in range(17):
        _level(served, served.house.product(f"Filler {n:02d} <i>").uid)
    served.clinic.lot_on_shelf(full := served.house.product("Much"), "A", presentations=20)
    _level(served, full.uid)
    manager = served.logged_in(served.clinic.manager)

    page = manager.get(_path(served, "stock/cover")).text
    table = manager.get(_path(served, "stock/cover.csv")).text.splitlines()

    assert (
        'role="img"' in page
        and page.count('class="covers-label"') == 15
        and "3 more stand in the table" in page
    )
    assert page.count('data-label="Target"') == 18 and "200 %" in page and "<i>" not in page
    assert len(table) == 19 and table[-1].startswith("Much") and table[-1].endswith(",20,5,10,200")


@pytest.mark.parametrize("page", ["expiring", "separation", "low"])
def test_a_long_list_is_read_page_by_page_and_searched(served: Served, page: str) -> None:
    yesterday = civil_date(now(), served.clinic.zone) - timedelta(days=1)
    for n in range(53):
        product = served.house.product(f"Filler {n:02d}")
        served.clinic.lot_on_shelf(product, f"LOT{n:02d}", expires_on=yesterday)
        _level(served, product.uid)
    manager = served.logged_in(served.clinic.manager)

    first, second = manager.get(_path(served, page)).text, manager.get(_path(served, f"{page}?page=2")).text
    searched = manager.get(_path(served, f"{page}?q=filler+52")).text

    assert "Page 1 of 2" in first and "Filler 00" in first and "Filler 52" not in first
    assert "Page 2 of 2" in second and "Filler 52" in second and "Filler 00" not in second
    assert "Filler 52" in searched and "Filler 51" not in searched
    assert "has this in it" in manager.get(_path(served, f"{page}?q=nonsense")).text or page == "low"


@pytest.mark.parametrize("page", ["expiring", "separation"])
def test_an_opened_vial_is_thrown_away_from_its_row_and_one_comes_back(served: Served, page: str) -> None:
    house = served.house
    product = house.product("Toxin", content_quantity=5000, in_use_minutes=60)
    vial = opened(house, served.clinic.lot_on_shelf(product, "A1"), now=now() - timedelta(hours=2))
    manager = served.logged_in(served.clinic.manager)

    row = manager.get(_path(served, page)).text
    asked = f"/containers/{vial.container_uid}?why=beyond_use&amp;from={page}#end-head"
    form = _path(served, f"containers/{vial.container_uid}")
    hidden = hidden_of(manager, f"{form}?why=beyond_use&from={page}", action=f"{form}/ending")

    assert asked in row
    assert 'value="beyond_use" selected' in manager.get(f"{form}?why=beyond_use").text.replace(
        'selected value="beyond_use"', 'value="beyond_use" selected'
    )
    done = post(manager, f"{form}/ending", {**hidden, "reason": "beyond_use"})
    assert done.status_code == 303 and done.headers["Location"].endswith(_path(served, page))
    assert vial.container_uid not in manager.get(_path(served, page)).text


def test_a_lot_is_thrown_away_from_its_row_and_one_comes_back(served: Served, expired: LotAt) -> None:
    manager = served.logged_in(served.clinic.manager)
    form = _path(served, f"lots/{expired.uid}/disposal")

    row = manager.get(_path(served, "separation")).text
    done = fill_in(
        manager, f"{form}?why=expired&from=separation", amount="1", reason="expired", **{"from": "separation"}
    )

    assert f"/lots/{expired.uid}/disposal?place=" in row and "why=expired" in row
    assert done.status_code == 303 and done.headers["Location"].endswith(_path(served, "separation"))


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


@pytest.mark.parametrize("page", ["low", "expiring", "separation", "stock/cover"])
def test_a_longer_list_costs_no_more_statements(served: Served, expired: LotAt, page: str) -> None:
    nurse, counts = served.logged_in(served.clinic.nurse), []
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    today = civil_date(now(), served.clinic.zone)
    for n in range(3):
        statements.clear()
        nurse.get(_path(served, page))
        counts.append(len(statements))
        for each in range(4):
            product = served.house.product(f"P {n} {each}")
            served.clinic.lot_on_shelf(product, f"L{each}", expires_on=today - timedelta(days=each))
            level = SetStockLevel(product_uid=product.uid, minimum_count=5, target_count=10)
            set_stock_level(served.store, level, actor=served.clinic.manager, key=key(), now=now())

    assert counts[0] <= counts[1] == counts[2], "an empty list may ask less"
