"""Does the person who unpacks see what is on order, and decide on what is over, wrong, short or damaged?"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bench.measuring import counted
from stockroom.clock import civil_date, now
from stockroom.models import DeliveryLine, OrderArrival
from stockroom.vocabulary import LocationKind
from tests.builders import Goods
from tests.orders import Ordering
from tests.receiving import gs1, on_shelves, rows_of
from tests.serving import Served
from tests.web.sending import hidden_of
from tests.web.test_receive import Unpacking, here


@pytest.fixture
def filler(served: Served) -> Goods:
    return served.house.product("Filler <i>", content_quantity=1000)


def sent(served: Served, product: Goods, packs: int, **more: Any) -> Ordering:
    ordering = Ordering(served.house, now=now())
    ordering.put(product, packs)
    ordering.place(**{"expected_on": civil_date(now(), "UTC") + timedelta(days=3), **more})
    return ordering


def version_of(served: Served, n: int) -> str:
    (line,) = rows_of(served.store, DeliveryLine, DeliveryLine.n == n)
    return str(line.version)


def test_the_suppliers_open_lines_are_shown_and_close_with_the_booking(served: Served, filler: Goods) -> None:
    ordering = sent(served, filler, 4, reference="PO <b>")
    unpacking = Unpacking(served)
    before = unpacking.page()
    unpacking.fill_in()
    owed = unpacking.page()
    unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    matched = unpacking.page()
    booked = unpacking.book()
    receipt = unpacking.browser.get(booked.headers["Location"]).text

    assert "On order" not in before
    assert "PO &lt;b&gt;" in owed and "nothing scanned yet" in owed
    assert "1 for order PO &lt;b&gt;" in matched and "3 stay owed" in matched
    assert "Still owed:" in receipt and "3 × Filler &lt;i&gt;" in receipt and "<i>" not in receipt
    assert (ordering.at().state, ordering.at().lines[0].arrived_count) == ("part_received", 1)


def test_more_than_was_ordered_is_asked_about_and_kept(served: Served, filler: Goods) -> None:
    ordering, unpacking = sent(served, filler, 1), Unpacking(served)
    unpacking.fill_in()
    for _ in range(3):
        unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))

    asked, refused = unpacking.page(), unpacking.book()
    line = unpacking.line_path(1)
    offered = unpacking.browser.get(line).text
    said = {"version": version_of(served, 1), "pack_count": "3", "location_uid": here(served)}
    kept = unpacking.send(line, on=line, **said, cost_state="unknown", order_choice="keep")
    booked = unpacking.book()

    assert "2 more than ordered: keep?" in asked
    assert '<option selected value="too_many">' in offered
    assert refused.status_code == 422 and "1: Filler &lt;i&gt;, over, 2" in refused.text
    assert kept.status_code == 303, kept.text
    assert booked.status_code == 303, booked.text
    assert ordering.at().lines[0].arrived_count == 3


def test_wrong_goods_are_refused_at_the_door(served: Served, filler: Goods) -> None:
    other = served.house.product("Other")
    sent(served, filler, 2)
    unpacking = Unpacking(served)
    unpacking.fill_in()
    unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    unpacking.scan(gs1(other.gtin, "B1"), location_uid=here(served))
    line = unpacking.line_path(2)

    asked = unpacking.browser.get(line).text
    fault = {
        "version": "1",
        "packs": "1",
        "fault": "wrong",
        "words": "",
        "into_uid": "",
        "becomes": "refused",
    }
    too_many = unpacking.send(f"{line}/fault", on=line, **{**fault, "packs": "2"})
    unpacking.send(f"{line}/fault", on=line, **fault)
    shown = unpacking.page()
    booked = unpacking.book()
    receipt = unpacking.browser.get(booked.headers["Location"]).text

    assert "not ordered" in asked and "Nothing of this is owed" in asked
    assert too_many.status_code == 422 and 'value="2"' in too_many.text
    assert "1 refused: wrong goods" in shown
    assert "Refused at the door" in receipt and "wrong goods" in receipt
    assert on_shelves(served.clinic) == {("A1", "Fridge"): 1000}


def test_damaged_packs_are_put_aside_and_stay_owed(served: Served, filler: Goods) -> None:
    ordering, unpacking = sent(served, filler, 3), Unpacking(served)
    unpacking.fill_in()
    for _ in range(3):
        unpacking.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    quarantine = served.clinic.account(LocationKind.QUARANTINE)
    line = unpacking.line_path(1)

    put = unpacking.send(
        f"{line}/fault",
        on=line,
        version=version_of(served, 1),
        packs="1",
        fault="damaged",
        words="crushed <b>",
        into_uid=quarantine.uid,
        stays_owed="y",
        becomes="aside",
    )
    shown = unpacking.browser.get(put.headers["Location"]).text
    booked = unpacking.book()
    receipt = unpacking.browser.get(booked.headers["Location"]).text

    assert "put aside: damaged" in shown and "counts on no order" in shown
    assert "Decided: crushed &lt;b&gt;" in receipt and "put aside: damaged" in receipt
    assert sorted(on_shelves(served.clinic).values()) == [1000, 2000]
    assert (ordering.at().state, ordering.at().lines[0].arrived_count) == ("part_received", 2)


def test_somebody_who_received_the_same_order_meanwhile_is_told_of(served: Served, filler: Goods) -> None:
    sent(served, filler, 2)
    tables = [Unpacking(served, actor) for actor in (served.clinic.nurse, served.clinic.manager)]
    for each, note in zip(tables, ("DN-1", "DN-2"), strict=True):
        each.fill_in(delivery_note=note)
        each.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
        each.scan(gs1(filler.gtin, "A1"), location_uid=here(served))
    seen = unpack_version(tables[1])
    tables[0].book()

    refused = tables[1].send(f"{tables[1].path}/booking", version=seen)
    again = tables[1].book()

    assert refused.status_code == 412 and "Somebody else went on with this delivery" in refused.text
    assert "Nothing is on order from this supplier" in refused.text
    assert again.status_code == 303
    assert [row.arrived_count for row in rows_of(served.store, OrderArrival)] == [2]


def unpack_version(unpacking: Unpacking) -> str:
    page = unpacking.page()
    return page.split('name="version" value="')[1].split('"')[0]


def test_the_page_takes_as_many_statements_for_many_orders_as_for_one(served: Served) -> None:
    unpacking = Unpacking(served)
    unpacking.fill_in()
    taken = []
    for turn in range(2):
        for n in range(3):
            product = served.house.product(f"Product {turn}.{n}")
            sent(served, product, 2)
            unpacking.scan(gs1(product.gtin, "A1"), location_uid=here(served))
        unpacking.page()
        with counted(served.store.engine) as statements:
            unpacking.page()
        taken.append(len(statements))

    assert taken[0] == taken[1]


def test_from_an_order_a_delivery_of_its_supplier_begins(served: Served, filler: Goods) -> None:
    ordering, clinic = sent(served, filler, 2), served.clinic
    manager = served.logged_in(clinic.manager)
    order = manager.get(f"/c/{clinic.uid}/orders/{ordering.uid}").text
    home = f"/c/{clinic.uid}/receive"
    there = f"{home}?supplier={served.house.supplier_uid}"

    offered = manager.get(there).text
    begun = manager.send(there, home, **hidden_of(manager, there, action=home))
    page = manager.get(begun.headers["Location"]).text

    assert there in order and "Unpack a delivery of Demo Supply" in offered
    assert "nothing scanned yet" in page and "Demo Supply" in page
