"""Is a delivery unpacked on screen: scan after scan, asked for what is missing, booked whole, nothing lost?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from bench.measuring import counted
from stockroom.clock import now
from stockroom.models import Delivery, DeliveryLine, Receipt, TradeItem
from tests.benching import allow_bench_receipts, at_bench
from tests.builders import FAR, Goods, demo_gtin, key
from tests.receiving import gs1, on_shelves, rows_of, scanned, take_in
from tests.serving import Browser, Served
from tests.web.sending import hidden_of, post


class Unpacking:
    """A person who unpacks a delivery in a browser."""

    def __init__(self, served: Served, actor: Any = None, path: str = "") -> None:
        self.served, self.home = served, f"/c/{served.clinic.uid}/receive"
        self.browser: Browser = served.logged_in(actor or served.clinic.nurse)
        self.path = path or self.begin()

    def begin(self) -> str:
        answer = self.browser.send(self.home, self.home, key=key("start"))
        assert answer.status_code == 303, answer.text
        return str(answer.headers["Location"])

    def page(self) -> str:
        answer = self.browser.get(self.path)
        assert answer.status_code == 200
        return str(answer.text)

    def send(self, address: str, *, on: str = "", **form: Any) -> Any:
        return self.browser.send(on or self.path, address, **{"key": key("web"), **form})

    def scan(self, text: str, **form: Any) -> Any:
        return self.send(f"{self.path}/scan", scan=text, **form)

    def line_path(self, n: int) -> str:
        (line,) = rows_of(self.served.store, DeliveryLine, DeliveryLine.n == n)
        return f"{self.path}/lines/{line.uid}"

    def fill_in(self, **changed: Any) -> Any:
        path = f"{self.path}/paper"
        version = re.search(r'name="version" value="(\d+)"', self.browser.get(path).text)
        assert version
        form = {
            "version": version[1],
            "supplier_uid": self.served.house.supplier_uid,
            "delivery_note": "DN-1",
            "arrived_at": "2026-03-02T08:00",
            "state_on_arrival": "good",
            **changed,
        }
        return self.send(path, on=path, **form)

    def book(self, **form: Any) -> Any:
        version = re.search(r'name="version" value="(\d+)"', self.page())
        assert version
        return self.send(f"{self.path}/booking", **{"version": version[1], **form})


@pytest.fixture
def filler(served: Served) -> Goods:
    return served.house.product("Filler", content_quantity=2000)


def here(served: Served) -> str:
    return str(served.clinic.fridge.uid)


def test_a_delivery_is_scanned_completed_and_booked(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)

    first = unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    shown = unpacking.browser.get(first.headers["Location"]).text
    unpacking.fill_in()
    booked = unpacking.book()
    receipt = unpacking.browser.get(booked.headers["Location"]).text

    assert "2 vials" in shown and "lot A1" in shown and 'data-outcome="used"' in shown
    assert booked.status_code == 303, booked.text
    assert on_shelves(served.clinic) == {("A1", "Fridge"): 4000}
    assert (
        "Demo Supply" in receipt and "DN-1" in receipt and "The delivery is in the books: 1 line." in receipt
    )
    assert "Demo Supply" in unpacking.browser.get(unpacking.home).text


def test_a_delivery_that_a_colleague_booked_meanwhile_is_asked_about(served: Served, filler: Goods) -> None:
    mine, hers = Unpacking(served), Unpacking(served, served.clinic.manager)
    for unpacking in (mine, hers):
        unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
        unpacking.fill_in()
    hers.book()
    (receipt,) = rows_of(served.store, Receipt)

    asked = mine.book()
    answered = mine.book(again_reason="The second of two boxes")

    assert asked.status_code == 422 and "Why it is booked again" in asked.text
    assert f"/receive/receipts/{receipt.uid}" in asked.text
    assert answered.status_code == 303 and on_shelves(served.clinic) == {("A1", "Fridge"): 4000}


def test_a_double_press_adds_one_pack_and_the_next_page_has_a_new_key(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    before = re.search(r'name="key" value="([^"]+)"', unpacking.page())
    assert before
    for _ in range(2):
        unpacking.scan(gs1(filler.gtin, "A1"), key=before[1])
    after = re.search(r'name="key" value="([^"]+)"', unpacking.page())
    other = unpacking.scan(gs1(filler.gtin, "A2"), key=before[1])

    assert [line.pack_count for line in rows_of(served.store, DeliveryLine)] == [1]
    assert after and after[1] != before[1]
    assert other.status_code == 409 and before[1] not in other.text and "A2" in other.text


def test_a_scan_that_cannot_be_read_stops_the_line_and_stays_in_its_field(
    served: Served, filler: Goods
) -> None:
    unpacking = Unpacking(served)

    refused = unpacking.scan("0109529999999991")

    assert refused.status_code == 400
    assert 'value="0109529999999991"' in refused.text and 'data-stop="refused"' in refused.text
    assert rows_of(served.store, DeliveryLine) == []


def test_a_scan_of_a_place_says_where_the_next_packs_go(served: Served, filler: Goods) -> None:
    unpacking, fridge = Unpacking(served), served.clinic.fridge
    (code,) = [row.short_code for row in _locations(served) if row.uid == fridge.uid]

    moved = unpacking.scan(f"SRL:{code}")
    page = unpacking.browser.get(moved.headers["Location"]).text

    assert moved.status_code == 303
    assert f'<option selected value="{fridge.uid}">' in page
    assert rows_of(served.store, DeliveryLine) == []


def test_what_is_lacking_is_asked_for_and_what_was_typed_stays(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    added = unpacking.scan(filler.gtin, location_uid=here(served))
    page = unpacking.browser.get(added.headers["Location"]).text
    line = unpacking.line_path(1)
    said = {"version": "1", "pack_count": "3", "location_uid": here(served), "cost_state": "priced"}

    wrong = unpacking.send(line, on=line, **said, lot_number="A1", price="a lot", expires_on=FAR.isoformat())
    right = unpacking.send(line, on=line, **said, lot_number="A1", price="4.50", expires_on=FAR.isoformat())

    assert "lot number?" in page and "expiry?" in page and 'data-outcome="ask"' in page
    assert (
        wrong.status_code == 422 and 'value="A1"' in wrong.text and "an amount, such as 12.50" in wrong.text
    )
    assert right.status_code == 303
    (row,) = rows_of(served.store, DeliveryLine)
    assert (row.lot_number, row.expires_on, row.pack_count, row.unit_cost_minor) == ("A1", FAR, 3, 450)


def test_what_the_code_says_is_not_typed_over(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    line = unpacking.line_path(1)

    refused = unpacking.send(
        line, on=line, version="1", pack_count="1", lot_number="A2", cost_state="unknown"
    )

    assert refused.status_code == 422 and 'value="A2"' in refused.text and "Check the pack" in refused.text


def test_short_dated_goods_are_decided_on_before_they_are_booked(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    soon = now().date() + timedelta(days=5)
    unpacking.scan(gs1(filler.gtin, "A1", expires_on=soon), location_uid=here(served))
    unpacking.fill_in()

    refused = unpacking.book()
    line = unpacking.line_path(1)
    unpacking.send(
        line, on=line, version="1", pack_count="1", location_uid=here(served), cost_state="unknown",
        decision="for this week",
    )  # fmt: skip
    booked = unpacking.book()

    assert refused.status_code == 422 and "expires soon" in refused.text
    assert booked.status_code == 303
    assert on_shelves(served.clinic) == {("A1", "Fridge"): 2000}


def test_a_scan_with_several_readings_is_chosen_by_what_is_printed(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    unpacking.scan(f"01{filler.gtin}10A117{FAR:%y%m%d}", location_uid=here(served))
    line = unpacking.line_path(1)
    page = unpacking.browser.get(line).text
    reading = f"(01){filler.gtin}(17){FAR:%y%m%d}(10)A1"

    unpacking.send(
        line, on=line, version="1", pack_count="1", location_uid=here(served), cost_state="unknown",
        reading=reading,
    )  # fmt: skip

    assert reading in page
    assert [row.lot_number for row in rows_of(served.store, DeliveryLine)] == ["A1"]


def test_an_unknown_code_waits_for_a_manager_who_adds_it_to_a_likely_product(
    served: Served, filler: Goods
) -> None:
    unknown = demo_gtin(99_001)
    nurse = Unpacking(served)
    nurse.scan(gs1(unknown, "A1"), location_uid=here(served))
    ask = f"{nurse.line_path(1)}/product"
    told = nurse.browser.get(ask)
    forbidden = nurse.send(f"{ask}/{filler.uid}", pack_level="vial", presentation_count="1")
    manager = Unpacking(served, served.clinic.manager, nurse.path)

    offered = manager.browser.get(ask).text
    form = manager.browser.get(f"{ask}?product={filler.uid}").text
    attached = manager.send(
        f"{ask}/{filler.uid}", on=f"{ask}?product={filler.uid}", pack_level="box", presentation_count="5"
    )
    nurse.fill_in()
    booked = nurse.book()

    assert "waits" in told.text and "Filler" in told.text and forbidden.status_code == 403
    assert "same company by its code" in offered and "Add the code to this product" in form
    assert (attached.status_code, booked.status_code) == (303, 303)
    assert on_shelves(served.clinic) == {("A1", "Fridge"): 10_000}


def test_an_unknown_code_becomes_a_new_product_without_losing_the_scan(served: Served) -> None:
    unknown = demo_gtin(99_001)
    unpacking = Unpacking(served, served.clinic.manager)
    unpacking.scan(gs1(unknown, "A1"), location_uid=here(served))
    path = f"{unpacking.line_path(1)}/product/new"
    product = {
        "name": "New Booster", "strength": "20 mg/mL", "manufacturer_uid": "", "manufacturer_name": "Unheard Labs",
        "presentation": "vial", "content_amount": "2.5", "unit": "mL", "pack_level": "vial",
        "presentation_count": "1",
    }  # fmt: skip

    wrong = unpacking.send(path, on=path, **{**product, "content_amount": "much"})
    right = unpacking.send(path, on=path, **product)
    unpacking.fill_in()
    unpacking.book()

    assert wrong.status_code == 422 and 'value="New Booster"' in wrong.text
    assert right.status_code == 303
    assert [row.code for row in rows_of(served.store, TradeItem, TradeItem.code == unknown)] == [unknown]
    assert on_shelves(served.clinic) == {("A1", "Fridge"): 2500}


def test_a_code_that_is_nobodys_is_said_to_be_a_product_by_a_nurse(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    unpacking.scan("HAND-WRITTEN 7", location_uid=here(served))
    ask = f"{unpacking.line_path(1)}/product"
    page = unpacking.browser.get(f"{ask}?q=fill").text
    chosen = f"{ask}?product={filler.uid}"

    told = unpacking.send(f"{ask}/{filler.uid}/this-pack", on=chosen)

    assert f"product={filler.uid}" in page and "It is a new product" not in page
    assert told.status_code == 303, told.text
    (row,) = rows_of(served.store, DeliveryLine)
    assert (row.product_id, row.other_code, row.version) == (filler.id, "HAND-WRITTEN 7", 2)


def test_a_pack_without_a_code_is_read_by_eye(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    path = f"{unpacking.path}/by-hand"
    found, nothing = unpacking.browser.get(f"{path}?q=ill").text, unpacking.browser.get(f"{path}?q=zzz").text
    form = f"{path}?product={filler.uid}"

    added = unpacking.send(
        path, on=form, product_uid=filler.uid, lot_number="A1", expires_on=FAR.isoformat(), pack_count="4",
        location_uid=here(served), cost_state="free_sample",
    )  # fmt: skip

    assert "Filler" in found and "No product has this in its name" in nothing
    assert added.status_code == 303, added.text
    (row,) = rows_of(served.store, DeliveryLine)
    assert (row.product_id, row.pack_count, row.cost_state, row.raw_scan) == (
        filler.id,
        4,
        "free_sample",
        None,
    )


def test_another_tablet_goes_on_and_what_it_scanned_is_looked_at_before_booking(
    served: Served, filler: Goods
) -> None:
    first = Unpacking(served)
    first.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    first.fill_in()
    seen = re.search(r'name="version" value="(\d+)"', first.page())
    second = Unpacking(served, served.clinic.manager, first.path)
    second.scan(gs1(filler.gtin, "A2"), location_uid=here(served))
    assert seen

    stale = first.book(version=seen[1])
    booked = first.book()
    over = second.scan(gs1(filler.gtin, "A3"))

    assert stale.status_code == 412 and "A2" in stale.text
    assert booked.status_code == 303
    assert over.status_code == 409 and "A3" in over.text
    assert on_shelves(served.clinic) == {("A1", "Fridge"): 2000, ("A2", "Fridge"): 2000}


def test_what_the_bench_received_is_offered_to_be_taken_off(served: Served, filler: Goods) -> None:
    allow_bench_receipts(served.clinic)
    at_bench(served.house, gs1(filler.gtin, "A1"))
    unpacking = Unpacking(served)
    listed = unpacking.browser.get(unpacking.home).text
    unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    line = unpacking.line_path(1)
    page = unpacking.browser.get(line).text

    unpacking.send(
        line, on=line, version="1", pack_count="3", location_uid=here(served), cost_state="unknown",
        bench="take_off",
    )  # fmt: skip
    unpacking.fill_in()
    booked = unpacking.book()

    assert "Received at the bench, no delivery yet" in listed and ">1 vial</td>" in listed
    assert "The bench has received 1 vial of this lot already" in page
    assert (
        "1 vial of it had been received at the bench"
        in unpacking.browser.get(booked.headers["Location"]).text
    )
    assert on_shelves(served.clinic) == {("A1", "Fridge"): 6000}


def test_a_line_is_taken_off_and_a_delivery_given_up(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    unpacking.scan(gs1(filler.gtin, "A1"))
    line = unpacking.line_path(1)

    stale = unpacking.send(f"{line}/removal", on=line, version="9")
    removed = unpacking.send(f"{line}/removal", on=line, version="1")
    version = rows_of(served.store, Delivery)[0].version
    given_up = unpacking.send(f"{unpacking.path}/discarding", version=version)

    assert stale.status_code == 412
    assert (removed.status_code, given_up.status_code) == (303, 303)
    assert "was given up; nothing of it was booked" in unpacking.page()


def test_paper_that_is_wrong_is_refused_beside_its_field(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)

    refused = unpacking.fill_in(arrived_at="2999-01-01T08:00", delivery_note="DN-77")

    assert refused.status_code == 422 and 'value="DN-77"' in refused.text
    assert "it lies in the future" in refused.text


def test_a_colleagues_paper_is_written_over_only_by_a_tick(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    path = f"{unpacking.path}/paper"
    mine = hidden_of(unpacking.browser, path, action=path)
    typed = {
        "supplier_uid": "", "delivery_note": "DN-MINE", "arrived_at": "2026-03-02T08:00",
        "state_on_arrival": "good",
    }  # fmt: skip
    assert unpacking.fill_in(delivery_note="DN-HERS <b>").status_code == 303

    first = post(unpacking.browser, path, {**mine, **typed})
    again = post(unpacking.browser, path, {**mine, **typed})
    (kept,) = rows_of(served.store, Delivery)
    over = re.search(r'name="over" value="(\d+)"', again.text)

    assert first.status_code == again.status_code == 412
    assert kept.delivery_note == "DN-HERS <b>"
    assert "DN-HERS &lt;b&gt;" in again.text and "DN-MINE" in again.text and over is not None
    assert post(unpacking.browser, path, {**mine, **typed, "over": over[1]}).status_code == 303
    (kept,) = rows_of(served.store, Delivery)
    assert kept.delivery_note == "DN-MINE"


def test_a_pack_that_is_scanned_meanwhile_does_not_stop_the_paper(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    path = f"{unpacking.path}/paper"
    mine = hidden_of(unpacking.browser, path, action=path)
    assert unpacking.scan(gs1(filler.gtin, "A1")).status_code == 303

    answer = post(
        unpacking.browser,
        path,
        {**mine, "delivery_note": "DN-9", "arrived_at": "2026-03-02T08:00", "state_on_arrival": "good"},
    )

    assert answer.status_code == 303


def test_a_colleagues_line_is_written_over_only_by_a_tick(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    unpacking.scan(gs1(filler.gtin, "A1"))
    path = unpacking.line_path(1)
    mine = hidden_of(unpacking.browser, path, action=path)
    typed = {"lot_number": "A1", "pack_count": "3", "cost_state": "unknown", "decision": "", "price": ""}
    place = served.clinic.fridge.uid
    assert (
        post(
            unpacking.browser,
            path,
            {**mine, **typed, "key": key("hers"), "pack_count": "7", "location_uid": place},
        ).status_code
        == 303
    )

    first = post(unpacking.browser, path, {**mine, **typed, "location_uid": place})
    again = post(unpacking.browser, path, {**mine, **typed, "location_uid": place})
    (line,) = rows_of(served.store, DeliveryLine)
    over = re.search(r'name="over" value="(\d+)"', again.text)

    assert first.status_code == again.status_code == 412 and line.pack_count == 7
    assert "It says now" in again.text and over is not None
    done = post(unpacking.browser, path, {**mine, **typed, "location_uid": place, "over": over[1]})
    (line,) = rows_of(served.store, DeliveryLine)
    assert done.status_code == 303 and line.pack_count == 3


def test_prices_are_completed_from_the_invoice_by_a_manager(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    unpacking.fill_in()
    receipt = unpacking.book().headers["Location"]
    manager = Unpacking(served, served.clinic.manager, unpacking.path)
    page = manager.browser.get(receipt).text
    field = re.search(r'name="(price-[0-9a-f-]+)"', page)
    assert field

    wrong = manager.send(f"{receipt}/costs", on=receipt, **{field[1]: "dear"})
    right = manager.send(f"{receipt}/costs", on=receipt, **{field[1]: "12.50"})

    assert "Prices from the invoice" not in unpacking.browser.get(receipt).text
    assert wrong.status_code == 422 and 'value="dear"' in wrong.text
    assert right.status_code == 303 and "€12.50" in manager.browser.get(receipt).text


def test_a_reader_reads_and_another_clinic_finds_nothing(served: Served, filler: Goods) -> None:
    unpacking = Unpacking(served)
    unpacking.scan(gs1(filler.gtin, "A1"))
    auditor = served.logged_in(served.clinic.auditor)
    other = served.house.another_clinic()
    stranger = served.logged_in(other.nurse)

    page = auditor.get(unpacking.path).text

    assert "Filler" in page and "Scan a pack" not in page and "Book the delivery" not in page
    assert (
        auditor.send(f"/c/{served.clinic.uid}/receive", f"{unpacking.path}/scan", scan="x").status_code == 403
    )
    assert stranger.get(unpacking.path.replace(served.clinic.uid, other.uid)).status_code == 404
    assert stranger.get(unpacking.path).status_code in (403, 404)


def test_names_are_shown_as_they_are_and_never_as_html(served: Served) -> None:
    bold = served.house.product("<b>Filler</b> " + "long " * 40)
    unpacking = Unpacking(served)
    added = unpacking.scan(gs1(bold.gtin, "A1"))

    page = unpacking.browser.get(added.headers["Location"]).text

    assert "<b>Filler</b>" not in page and "&lt;b&gt;Filler&lt;/b&gt;" in page


def test_a_long_delivery_takes_as_many_statements_as_a_short_one(served: Served, filler: Goods) -> None:
    unpacking, counts = Unpacking(served), []
    for number in range(8):
        unpacking.scan(gs1(filler.gtin, f"A{number}"), location_uid=here(served))
        if number in (0, 7):
            with counted(served.store.engine) as said:
                unpacking.page()
            counts.append(len(said))

    assert counts[0] == counts[1]


def _locations(served: Served) -> list[Any]:
    from stockroom.models import Location

    return rows_of(served.store, Location, Location.clinic_id == served.clinic.id)


def test_everything_that_came_in_is_read_page_by_page_and_leaves_as_a_file(
    served: Served, filler: Goods
) -> None:
    for n in range(52):
        take_in(
            served.house,
            scanned(served.clinic.fridge, gs1(filler.gtin, f"L{n}")),
            delivery_note=f"=DN-{n:02d} <b>",
        )
    auditor = served.logged_in(served.clinic.auditor)
    path = f"/c/{served.clinic.uid}/receive/receipts"

    first, second = auditor.get(path).text, auditor.get(f"{path}?page=2").text
    found, table = auditor.get(f"{path}?q=dn-07").text, auditor.get(f"{path}.csv").text.splitlines()

    assert "Page 1 of 2" in first and "=DN-51 &lt;b&gt;" in first and "DN-00" not in first
    assert "DN-00" in second and "<b>" not in second
    assert "DN-07" in found and "DN-08" not in found
    assert len(table) == 53 and all(",'=DN-" in row for row in table[1:])
    assert "Nothing that came in has this" in auditor.get(f"{path}?q=nonsense").text
