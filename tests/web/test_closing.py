"""Are the books closed on screen, once what stands against it was seen?"""

from __future__ import annotations

from stockroom.clock import now
from stockroom.models import ClosedPeriod
from stockroom.operations.start_count import StartCount, start_count
from stockroom.operations.start_delivery import StartDelivery, start_delivery
from tests.builders import key
from tests.correcting import visit
from tests.receiving import rows_of
from tests.serving import Served
from tests.web.sending import fill_in, hidden_of


def _page(served: Served) -> str:
    return f"/c/{served.clinic.uid}/closing"


def test_with_nothing_open_the_books_are_closed_once(served: Served) -> None:
    browser, page = served.logged_in(served.clinic.manager), _page(served)
    before = browser.get(page).text
    form = hidden_of(browser, page)

    answers = [browser.client.post(page, data=form) for _ in range(2)]
    after = browser.get(page).text

    assert "Nothing stands against it" in before and "were never closed" in before
    assert [each.status_code for each in answers] == [303, 303]
    (row,) = rows_of(served.store, ClosedPeriod)
    assert row.balances_digest in after and "Manager Vitosha" in after
    assert row.balances_digest in browser.get(f"{page}/closed-periods.csv").text


def test_what_stands_open_is_shown_and_a_reason_closes_all_the_same(served: Served) -> None:
    browser, page, nurse = served.logged_in(served.clinic.manager), _page(served), served.clinic.nurse
    count = start_count(served.store, StartCount(), actor=nurse, key=key(), now=now())
    delivery = start_delivery(served.store, StartDelivery(), actor=nurse, key=key(), now=now())
    session = visit(served.house)

    shown = browser.get(page).text
    refused = fill_in(browser, page)
    closed = fill_in(browser, page, although="The year <b>ends</b>")

    for path in (
        f"counts/{count.count_uid}",
        f"receive/{delivery.delivery_uid}",
        f"sessions/{session.uid}",
    ):
        assert path in shown
    assert "Vera" not in shown
    assert refused.status_code == 409
    assert "Not finished yet: 1 counts, 1 deliveries, 1 sessions" in refused.text
    assert closed.status_code == 303
    assert "The year &lt;b&gt;ends&lt;/b&gt;" in browser.get(page).text


def test_a_nurse_reads_it_and_closes_nothing(served: Served) -> None:
    browser, page = served.logged_in(served.clinic.nurse), _page(served)

    shown = browser.get(page)
    refused = browser.send(f"/c/{served.clinic.uid}/counts", page, key=key())

    assert shown.status_code == 200 and "Close the books" not in shown.text
    assert refused.status_code == 403
    assert rows_of(served.store, ClosedPeriod) == []
