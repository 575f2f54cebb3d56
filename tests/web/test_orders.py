"""Are orders listed, written, sent, put off and called off on their pages, and do they leave as files?"""

from __future__ import annotations

import re
from datetime import date

import pytest

from bench.measuring import counted
from stockroom.models import PurchaseOrder, PurchaseOrderLine
from stockroom.operations.gather_orders import GatherOrders, Wanted, gather_orders
from tests.builders import NOW, key
from tests.correcting import rows
from tests.orders import Ordering, sells
from tests.queries.test_reorder_suggestions import level
from tests.serving import Browser, Served


def orders(served: Served) -> str:
    return f"/c/{served.clinic.uid}/orders"


def version_on(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found is not None
    return found[1]


def begun(served: Served, browser: Browser) -> str:
    """Begin a draft over its form; its address."""
    at = orders(served)
    done = browser.send(at, at, key=key("start"), supplier_uid=served.house.supplier_uid)
    assert done.status_code == 303
    return str(done.location)


def test_a_draft_is_written_and_sent(served: Served) -> None:
    filler, needle = served.house.product("Filler <b>"), served.house.product("Needle")
    sells(served.house, filler)
    browser = served.logged_in(served.clinic.manager)
    page = begun(served, browser)

    shown = browser.get(page).text
    found = browser.get(f"{page}?find=need").text
    assert "Sold by Demo Supply" in shown and "Nothing stands on it yet" in shown
    assert needle.uid not in shown and f'<option value="{needle.uid}">' in found
    for product in (filler, needle):
        added = browser.send(
            page, f"{page}/lines/new", key=key("add"), version=version_on(browser.get(page).text),
            product_uid=product.uid, packs="2",
        )  # fmt: skip
        assert added.status_code == 303
    version = version_on(browser.get(page).text)
    lines = {
        f"packs-{filler.uid}": "3", f"pack-{filler.uid}": "10", f"code-{filler.uid}": "=X-1",
        f"price-{filler.uid}": "99.50", f"packs-{needle.uid}": "1", f"pack-{needle.uid}": "1",
        f"code-{needle.uid}": "", f"price-{needle.uid}": "",
    }  # fmt: skip
    kept = browser.send(page, f"{page}/lines", key=key("keep"), version=version, **lines)
    stale = browser.send(page, f"{page}/lines", key=key("keep"), version=version, **lines)
    removed = browser.send(
        page,
        f"{page}/lines",
        key=key("keep"),
        version=version_on(browser.get(page).text),
        remove=needle.uid,
        **lines,
    )
    shown = browser.get(page).text
    file, sheet, paper = (browser.get(f"{page}/{name}") for name in ("lines.csv", "lines.xlsx", "order.pdf"))
    placed = browser.send(
        page,
        f"{page}/placing",
        key=key("place"),
        version=version_on(shown),
        reference="PO-7",
        expected_on="2199-05-12",
    )
    sent = browser.get(page).text

    assert (kept.status_code, stale.status_code, removed.status_code) == (303, 412, 303)
    assert "See what it says now" in stale.text
    assert "Filler &lt;b&gt;" in shown and 'value="99.50"' in shown and "last: €125.00" in shown
    assert "€298.50" in shown and "Needle" not in shown.split("Put a product on it")[0]
    assert "'=X-1" in file.text and sheet.status_code == 200
    assert paper.mimetype == "application/pdf" and paper.data.startswith(b"%PDF")
    assert placed.status_code == 303
    assert "PO-7" in sent and "12 May 2199" in sent and "Supplier says" in sent
    assert 'name="packs-' not in sent, "an order that was sent is written no more"


@pytest.mark.parametrize(
    ("field", "typed"),
    [("packs", "two"), ("packs", "-1"), ("pack", "0"), ("price", "cheap"), ("price", "-1")],
)
def test_a_line_that_cannot_be_keeps_what_was_typed(served: Served, field: str, typed: str) -> None:
    filler = served.house.product("Filler")
    sells(served.house, filler)
    ordering = Ordering(served.house)
    ordering.put(filler, 2)
    browser, page = served.logged_in(served.clinic.manager), f"{orders(served)}/{ordering.uid}"
    lines = {"packs": "4", "pack": "10", "code": "S-77", "price": "125.00", field: typed}

    refused = browser.send(
        page, f"{page}/lines", key=key("keep"), version="2",
        **{f"{name}-{filler.uid}": value for name, value in lines.items()},
    )  # fmt: skip

    assert refused.status_code == 422
    assert f'value="{typed}"' in refused.text and "Filler" in refused.text
    assert ordering.at().lines[0].packs_ordered == 2


def test_what_the_supplier_says_is_written_down_and_kept(served: Served) -> None:
    ordering = Ordering(served.house)
    ordering.put(served.house.product("Filler"), 2)
    ordering.place()
    browser, page = served.logged_in(served.clinic.manager), f"{orders(served)}/{ordering.uid}"
    line = f"{page}/lines/{ordering.at().lines[0].uid}"
    shown = browser.get(line).text

    past = browser.send(
        line, line, key=key("say"), version=version_on(shown), none_until="2020-01-01", rest="yes"
    )
    said = browser.send(
        line, line, key=key("say"), version=version_on(shown), none_until="2199-06-01", rest="yes"
    )
    then = browser.get(page).text
    never = browser.send(
        line,
        line,
        key=key("say"),
        version=version_on(browser.get(line).text),
        none_until="",
        rest="no",
        words="Not made any more",
    )
    at_last = browser.get(page).text

    assert past.status_code == 422 and "the day lies in the past" in past.text
    assert said.status_code == never.status_code == 303
    assert "supplier has none until 1 Jun 2199" in then
    assert "the rest does not come" in at_last and "Not made any more" in at_last
    assert "supplier has none until 1 Jun 2199" in at_last
    assert ordering.at().state == "received"


def test_an_order_is_called_off_with_a_reason(served: Served) -> None:
    ordering = Ordering(served.house)
    ordering.put(served.house.product("Filler"), 2)
    ordering.place()
    browser, page = served.logged_in(served.clinic.manager), f"{orders(served)}/{ordering.uid}"
    version = version_on(browser.get(page).text)

    silent = browser.send(page, f"{page}/cancellation", key=key("off"), version=version, reason=" ")
    done = browser.send(page, f"{page}/cancellation", key=key("off"), version=version, reason="Too dear")

    assert (silent.status_code, done.status_code) == (422, 303)
    assert "Too dear" in browser.get(page).text
    assert "received without it, or sent back" in browser.get(page).text


def test_a_nurse_reads_and_orders_nothing_and_strangers_find_nothing(served: Served) -> None:
    ordering = Ordering(served.house)
    ordering.put(served.house.product("Filler"), 2)
    page = f"{orders(served)}/{ordering.uid}"
    nurse = served.logged_in(served.clinic.nurse)
    stranger = served.house.another_clinic()

    shown = nurse.get(page).text
    assert "Filler" in shown and 'name="packs-' not in shown and "It was sent" not in shown
    assert nurse.send("/account/log-ins", f"{page}/placing", key=key(), version="2").status_code == 403
    elsewhere = f"/c/{stranger.uid}/orders/{ordering.uid}"
    other = served.logged_in(stranger.manager)
    for path in (elsewhere, f"{elsewhere}/order.pdf", f"{elsewhere}/lines.csv"):
        assert other.get(path).status_code == 404


def test_the_list_marks_what_is_late_and_costs_the_same_for_many(served: Served) -> None:
    filler = served.house.product("Filler")
    browser, page = served.logged_in(served.clinic.manager), orders(served)
    assert "Nothing was ordered yet" in browser.get(page).text

    def cost() -> int:
        with counted(served.store.engine) as statements:
            assert browser.get(page).status_code == 200
        return len(statements)

    late = Ordering(served.house)
    late.put(filler, 2)
    late.place(reference="=PO-1")
    one = cost()
    for _ in range(3):
        Ordering(served.house)

    shown = browser.get(f"{page}?part=late").text
    file = browser.get(f"{page}/orders.csv?product={filler.uid}").text
    assert "late" in shown and "=PO-1" in shown
    assert "'=PO-1" in file and len(file.strip().splitlines()) == 2
    assert cost() == one
    assert "No order is like this" in browser.get(f"{page}?q=nothing").text


def test_an_order_costs_the_same_for_many_lines(served: Served) -> None:
    products = [served.house.product(f"Filler {n}") for n in range(4)]
    wanted = tuple(
        Wanted(product_uid=each.uid, supplier_uid=served.house.supplier_uid, packs=1) for each in products
    )
    ordering = Ordering(served.house)
    ordering.put(products[0], 1)
    browser, page = served.logged_in(served.clinic.manager), f"{orders(served)}/{ordering.uid}"

    def cost() -> int:
        with counted(served.store.engine) as statements:
            assert browser.get(page).status_code == 200
        return len(statements)

    one = cost()
    gather_orders(served.store, GatherOrders(wanted=wanted), actor=served.clinic.manager, key=key(), now=NOW)

    assert cost() == one
    assert len(rows(served.store, PurchaseOrder)) == 1 and len(rows(served.store, PurchaseOrderLine)) == 4


def test_product_supplier_and_low_lead_to_what_is_on_order(served: Served) -> None:
    filler = served.house.product("Filler")
    level(served.clinic, filler, 5, 20)
    ordering = Ordering(served.house)
    ordering.put(filler, 2)
    ordering.place(expected_on=date(2199, 5, 12))
    browser, here = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}"
    on_order = f"{orders(served)}?part=open&amp;product={filler.uid}"

    product = browser.get(f"{here}/products/{filler.uid}").text
    supplier = browser.get(f"{here}/suppliers/{served.house.supplier_uid}").text

    assert on_order in product and "due 12 May 2199" in product and "/reorder?q=Filler" in product
    assert f"{orders(served)}?supplier={served.house.supplier_uid}" in supplier
    assert on_order in browser.get(f"{here}/low").text
