"""Do goods go back to their supplier from a lot, a receipt or quarantine, and is it seen what is owed for them?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.clock import now
from stockroom.vocabulary import LocationKind
from tests.builders import key
from tests.receiving import gs1, on_shelves, scanned, take_in
from tests.serving import Browser, Served
from tests.sessions import opened
from tests.web.sending import hidden_of


@pytest.fixture
def home(served: Served) -> str:
    return f"/c/{served.clinic.uid}/returns"


def form_of(browser: Browser, page: str, home: str, **said: Any) -> dict[str, Any]:
    """The fields of the lines that are offered, of the first of which some go back, and what is said."""
    return {
        **hidden_of(browser, page, action=f"{home}/new"),
        "lines-0-count": "2",
        "reference": "RMA <b>7</b>",
        "reason": "crushed",
        "expects": "replacement",
        **said,
    }


def test_something_of_a_receipt_goes_back_and_is_settled(served: Served, home: str) -> None:
    filler, house = served.house.product("Filler", content_quantity=1000), served.house
    booked = take_in(house, scanned(served.clinic.fridge, gs1(filler.gtin, "A1"), pack_count=3), now=now())
    nurse, new = served.logged_in(served.clinic.nurse), f"{home}/new?receipt={booked.receipt_uid}"
    receipt = nurse.get(f"/c/{served.clinic.uid}/receive/receipts/{booked.receipt_uid}").text
    sending = form_of(nurse, new, home, supplier_uid=house.supplier_uid)

    unsaid = nurse.send(new, f"{home}/new", **{**sending, "lines-0-count": ""})
    too_many = nurse.send(new, f"{home}/new", **{**sending, "lines-0-count": "9"})
    done, again = (nurse.send(new, f"{home}/new", **sending) for _ in range(2))
    shown = nurse.get(done.headers["Location"]).text
    listed, table = nurse.get(f"{home}?awaited=1").text, nurse.get(f"{home}/returns.csv").text
    settled = nurse.send(
        done.headers["Location"], f"{done.headers['Location']}/settlement", key=key("web"), paper="DN-9"
    )
    after = nurse.get(settled.headers["Location"]).text

    assert "/returns/new?receipt=" in receipt
    assert unsaid.status_code == 422 and "RMA &lt;b&gt;7&lt;/b&gt;" in unsaid.text
    assert too_many.status_code == 409 and 'value="9"' in too_many.text
    assert done.status_code == again.status_code == 303
    assert done.headers["Location"] == again.headers["Location"]
    assert on_shelves(served.clinic) == {("A1", "Fridge"): 1000}
    assert "RMA &lt;b&gt;7&lt;/b&gt;" in shown and "a replacement" in shown and "2 vials" in shown
    assert "/movements/" in shown and "DN-" in shown
    assert "RMA &lt;b&gt;7" in listed and "crushed" in table
    assert "DN-9" in after and "Settle it" not in after
    assert "No return is like this" in nurse.get(f"{home}?awaited=1").text


def test_quarantine_is_offered_and_an_opened_vial_goes_back_whole(served: Served, home: str) -> None:
    house, clinic = served.house, served.clinic
    quarantine = clinic.account(LocationKind.QUARANTINE)
    clinic.lot_on_shelf(house.product("Damaged"), "Q1", at=quarantine)
    sealed = clinic.lot_on_shelf(house.product("Serum", in_use_minutes=60), "S1")
    vial = opened(house, sealed)
    manager = served.logged_in(clinic.manager)

    offered = manager.get(f"{home}/new").text
    place = manager.get(f"{home}/new?place={quarantine.uid}").text
    of_lot = f"{home}/new?lot={sealed.uid}"
    lot = manager.get(of_lot).text
    done = manager.send(
        f"{home}/new",
        f"{home}/new",
        **form_of(manager, of_lot, home, supplier_uid=house.supplier_uid, **{"lines-0-count": "1"}),
    )

    assert "lot Q1" in offered and "lot S1" not in offered and "lot Q1" in place
    assert vial.short_code in lot and "the opened one, whole" in lot
    assert done.status_code == 303, done.text
    assert [number for number, _ in on_shelves(clinic)] == ["Q1"]


def test_an_empty_list_says_where_returns_begin_and_who_may_not_send_back_is_stopped(
    served: Served, home: str
) -> None:
    auditor = served.logged_in(served.clinic.auditor)

    assert "Nothing went back to a supplier yet" in auditor.get(home).text
    assert auditor.get(f"{home}/new").status_code == 403
    assert auditor.get(f"{home}/01a20326-c58c-7442-8944-6c71979ae465").status_code == 404
    manager = served.logged_in(served.clinic.manager)
    assert "Nothing is set apart" in manager.get(f"{home}/new").text
