"""Does a manager see what stock of a past day, losses and a session were worth, and nobody else?"""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from openpyxl import load_workbook
from sqlalchemy import update

from stockroom.models import Lot, ReceiptLine
from stockroom.operations.complete_cost import CompleteCost, LineCost, complete_cost
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.dispose import DisposalOf, Dispose, dispose
from stockroom.operations.reverse import Reverse, reverse
from stockroom.queries.worth_cut import newest_seq
from stockroom.rules.receiving import CostOf
from stockroom.rules.using import ThingName
from stockroom.vocabulary import CostState, DisposalReason, SessionState
from tests.builders import FAR, NOW, LotAt, key
from tests.correcting import rows, use, visit
from tests.receiving import gs1, scanned, take_in
from tests.serving import Browser, Served
from tests.sessions import advance

DAY = NOW.date()
LATER = NOW + timedelta(days=40)
PRICE = CostOf(state=CostState.PRICED, unit_cost_minor=1000, currency="EUR")


class Priced:
    """Two deliveries of a lot, one at 10.00 and one whose invoice has not come; a vial used, another thrown away."""

    def __init__(self, served: Served) -> None:
        self.served, self.house = served, served.house
        self.filler = self.house.product("Filler", content_quantity=2000)
        fridge = served.clinic.fridge
        first = scanned(fridge, gs1(self.filler.gtin, "A1"), pack_count=3, cost=PRICE)
        second = scanned(fridge, gs1(self.filler.gtin, "A1"), pack_count=1)
        take_in(self.house, first, now=NOW)
        booked = take_in(self.house, second, now=NOW + timedelta(minutes=1), delivery_note="DN-2")
        self.unknown_uid = booked.lines[0].receipt_line_uid
        (row,) = rows(served.store, Lot, Lot.clinic_id == served.clinic.id)
        self.lot = LotAt(id=row.id, uid=row.uid, number=row.number, location_id=fridge.id)
        self.visit = visit(self.house)
        self.used = use(
            served.clinic, self.visit, (self.lot, fridge, 1500), to_disposal=((self.lot, fridge, 500),),
            now=NOW + timedelta(minutes=2),
        )  # fmt: skip
        thing = ThingName(lot_uid=self.lot.uid, location_uid=fridge.uid)
        command = Dispose(
            lines=(DisposalOf(thing=thing, quantity=2000),), reason=DisposalReason.BROKEN, note="fell"
        )
        dispose(served.store, command, actor=served.clinic.nurse, key=key(), now=NOW + timedelta(minutes=3))

    def change_everything_later(self) -> None:
        """The invoice comes, the use was a mistake, and the number was read wrongly."""
        store, clinic = self.served.store, self.served.clinic
        priced = CompleteCost(lines=(LineCost(receipt_line_uid=self.unknown_uid, cost=PRICE),))
        complete_cost(store, priced, actor=clinic.manager, key=key(), now=LATER)
        back = Reverse(movement_uid=self.used.uid, reason="another patient")
        reverse(store, back, actor=clinic.practitioner, key=key(), now=LATER)
        right = CorrectLot(lot_uid=self.lot.uid, number="A7", expires_on=FAR, reason="read again")
        correct_lot(store, right, actor=clinic.practitioner, key=key(), now=LATER)

    def entry(self) -> int:
        with self.served.store.reading() as connection:
            return newest_seq(connection, self.served.clinic.id)


@pytest.fixture
def priced(served: Served) -> Priced:
    return Priced(served)


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.manager)


def _rows(browser: Browser, address: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(browser.get(address).text.removeprefix("\ufeff"))))


def test_stock_of_a_past_day_has_its_worth_and_says_what_nobody_knows(
    priced: Priced, browser: Browser
) -> None:
    page = f"/c/{priced.served.clinic.uid}/worth"

    shown = browser.get(f"{page}?day={DAY}").text
    (row,) = _rows(browser, f"{page}/stock.csv?day={DAY}")

    assert "€10.00 and what is not known" in shown and "1 lot has a cost that nobody knows" in shown
    assert (row["lot"], row["quantity"], row["unit"]) == ("A1", "4", "mL")
    assert (row["worth"], row["currency"], row["cost_known"]) == ("10.00", "EUR", "partly")
    assert "Nothing lay in stock" in browser.get(f"{page}?day={DAY - timedelta(days=1)}").text


def test_the_year_end_list_says_the_same_whatever_was_changed_since(priced: Priced, browser: Browser) -> None:
    page = f"/c/{priced.served.clinic.uid}/worth/year-end"
    asked = f"day={DAY}"
    addresses = [f"{page}?{asked}", f"{page}/list.csv?{asked}", f"{page}/list.pdf?{asked}"]
    before = [browser.get(address).data for address in addresses[1:]]
    sheet = _sheet(browser, f"{page}/list.xlsx?{asked}")

    priced.change_everything_later()

    assert [browser.get(address).data for address in addresses[1:]] == before
    assert _sheet(browser, f"{page}/list.xlsx?{asked}") == sheet
    assert before[1].startswith(b"%PDF-")
    assert "As the books stood that evening" in browser.get(addresses[0]).text


def _sheet(browser: Browser, address: str) -> list[tuple[object, ...]]:
    book = load_workbook(io.BytesIO(browser.get(address).data))
    return [tuple(cell.value for cell in row) for row in book.active.iter_rows()]  # type: ignore[union-attr]


def test_the_list_through_a_later_entry_knows_more_and_stays_so_too(priced: Priced, browser: Browser) -> None:
    page = f"/c/{priced.served.clinic.uid}/worth/year-end"
    priced.change_everything_later()
    asked = f"{page}/list.csv?day={DAY}&through={priced.entry()}"

    (row,) = _rows(browser, asked)

    assert (row["lot"], row["quantity"], row["worth"], row["cost_known"]) == ("A7", "6", "30.00", "yes")
    assert browser.get(f"{page}?day={DAY}&through=999999").status_code == 422
    assert browser.get(f"{page}?day=3026-01-01").status_code == 422
    assert browser.get(f"{page}?day=yesterday").status_code == 422


@pytest.mark.parametrize("by", ["month", "reason", "product", "person"])
def test_every_grouping_of_losses_adds_up_to_the_same_cent(priced: Priced, browser: Browser, by: str) -> None:
    page, asked = f"/c/{priced.served.clinic.uid}/worth/losses", f"since={DAY}&until={DAY}"

    groups = _rows(browser, f"{page}/losses.csv?by={by}&{asked}")
    lines = _rows(browser, f"{page}/lines.csv?{asked}")

    assert sum(round(100 * float(row["lost"])) for row in groups) == 1250
    assert [(row["reason"], row["note"], row["worth"]) for row in lines] == [
        ("remainder", "", "2.50"),
        ("broken", "fell", "10.00"),
    ]
    assert "€12.50" in browser.get(f"{page}?by={by}&{asked}").text


def test_a_session_says_what_it_cost_to_who_may_know(priced: Priced, browser: Browser) -> None:
    page = f"/c/{priced.served.clinic.uid}/sessions/{priced.visit.uid}"
    assert "What it cost" not in browser.get(page).text, "what is still in work has no sum yet"
    advance(priced.house, priced.visit.uid, SessionState.FINISHED, now=NOW + timedelta(minutes=5))

    shown = browser.get(page).text
    to_nurse = priced.served.logged_in(priced.served.clinic.nurse).get(page).text

    assert all(sum_ in shown for sum_ in ("€10.00", "€7.50", "€2.50"))
    assert "What it cost" in shown and "What it cost" not in to_nurse


def test_a_nurse_sees_no_page_of_worth(priced: Priced) -> None:
    nurse = priced.served.logged_in(priced.served.clinic.nurse)
    page = f"/c/{priced.served.clinic.uid}/worth"

    for path in (
        "",
        "/stock.csv",
        "/stock.xlsx",
        "/losses",
        "/losses/lines.csv",
        "/year-end",
        "/year-end/list.pdf",
    ):
        assert nurse.get(page + path).status_code == 403
    assert f'href="{page}"' not in nurse.get(f"/c/{priced.served.clinic.uid}/stock").text


def test_two_currencies_are_never_added(priced: Priced, browser: Browser) -> None:
    with priced.served.store.engine.begin() as connection:
        connection.execute(
            update(ReceiptLine)
            .where(ReceiptLine.uid == priced.unknown_uid)
            .values(cost_state=CostState.PRICED, unit_cost_minor=700, currency="USD")
        )
    page = f"/c/{priced.served.clinic.uid}/worth"

    written = _rows(browser, f"{page}/stock.csv?day={DAY}")
    shown = browser.get(f"{page}?day={DAY}").text

    assert [(row["quantity"], row["worth"], row["currency"]) for row in written] == [
        ("4", "10.00", "EUR"),
        ("", "7.00", "USD"),
    ]
    assert "€10.00 + $7.00" in shown or "€10.00 + US$7.00" in shown
