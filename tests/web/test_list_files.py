"""Do the lists of the organisation and of the clinic leave as they are shown, for those who see them?"""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from stockroom.operations.set_levels import SetSupplierItem, set_supplier_item
from stockroom.vocabulary import Role
from tests.builders import NOW, key
from tests.serving import Browser, Served

LISTS = {
    "suppliers": "suppliers/suppliers",
    "recipes": "recipes/recipes",
    "administration/places": "administration/places/places",
    "alerts": "alerts/alerts",
    "jobs": "jobs/jobs",
    "devices": "devices/devices",
    "protocols": "protocols/protocols",
    "courses": "courses/courses",
    "sharps": "sharps/sharps",
    "open": "open/open",
    "journal/reviews": "journal/reviews/reviews",
    "counts": "counts/counts",
    "receive": "receive/deliveries",
    "administration/tablets": "administration/tablets/tablets",
    "administration/clinics": "administration/clinics/clinics",
    "prepare/made": "prepare/made",
    "unsuitable": "unsuitable/unsuitable",
    "suitability": "suitability/rules",
    "purposes": "purposes/purposes",
    "by-person": "by-person/sums",
    "reaction-rates": "reaction-rates/rates",
    "mock-recalls": "mock-recalls/mock-recalls",
}


def lines(browser: Browser, path: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(browser.get(path).text.removeprefix("\ufeff"))))


@pytest.mark.parametrize(("page", "file"), list(LISTS.items()))
def test_each_page_offers_its_list_both_ways(served: Served, page: str, file: str) -> None:
    served.clinic.fridge, served.house.supplier_uid  # noqa: B018 - are made
    manager, here = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}"

    shown = manager.get(f"{here}/{page}").text
    assert f"{file}.csv" in shown and f"{file}.xlsx" in shown
    told = lines(manager, f"{here}/{file}.csv")
    with manager.client.get(f"{here}/{file}.xlsx") as answer:
        rows = [
            [cell.value for cell in row] for row in load_workbook(io.BytesIO(answer.data)).active.iter_rows()
        ]
    assert rows[0] == told[0]
    assert len(rows) == len(told)


def test_what_a_supplier_sells_leaves_with_its_own_codes_and_prices(served: Served) -> None:
    filler, supplier = served.house.product("Filler"), served.house.supplier_uid
    item = SetSupplierItem(
        supplier_uid=supplier, product_uid=filler.uid, item_code="=00123", pack_count=10, lead_time_days=4,
        last_price_minor=12550, currency="EUR",
    )  # fmt: skip
    set_supplier_item(served.store, item, actor=served.clinic.manager, key=key("item"), now=NOW)
    manager = served.logged_in(served.clinic.manager)
    path = f"/c/{served.clinic.uid}/suppliers/{supplier}"

    assert "items.xlsx" in manager.get(path).text
    (_, row) = lines(manager, f"{path}/items.csv")
    assert row == ["Filler", "", "'=00123", "10", "4", "125.50", "EUR", ""]
    with manager.client.get(f"{path}/items.xlsx") as answer:
        cell = load_workbook(io.BytesIO(answer.data)).active["C2"]
    assert (cell.value, cell.data_type) == ("=00123", "s")


def test_people_leave_for_those_who_look_after_them_alone(served: Served) -> None:
    served.clinic.employ(Role.NURSE, name="Ana Invented")
    path = f"/c/{served.clinic.uid}/administration/people/people.csv"

    told = lines(served.logged_in(served.clinic.administrator), path)
    assert ["Ana Invented", "nurse"] in [row[:2] for row in told]
    assert served.logged_in(served.clinic.manager).get(path).status_code == 403
    assert served.logged_in(served.clinic.manager).get(path.replace(".csv", ".xlsx")).status_code == 403
