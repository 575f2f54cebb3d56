"""Manufacturers, suppliers and product groups over the API: added, listed, and sold by."""

from __future__ import annotations

import pytest

from tests.api.asking import NOBODYS_UID, Asking, accepted, refused
from tests.serving import Served


@pytest.mark.parametrize(
    ("path", "listed"),
    [
        ("manufacturers", {"name": "Rila Demo Works", "version": 1}),
        ("suppliers", {"name": "Rila Demo Works", "version": 1}),
        ("product-groups", {"name": "Rila Demo Works"}),
    ],
)
def test_a_party_is_added_and_listed(served: Served, path: str, listed: dict[str, object]) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)

    added = accepted(manager, nurse, "POST", path, {"name": "Rila Demo Works"}, status=201)

    assert nurse.items(path) == [{**listed, "uid": added["uid"]}]
    refused(manager.post(path, {"name": "Rila Demo Works"}), 422, "name_taken")


def test_a_list_goes_on_where_its_cursor_says(served: Served) -> None:
    manager = Asking(served, served.clinic.manager)
    for name in ("A", "B", "C"):
        assert manager.post("manufacturers", {"name": name}).status_code == 201

    first = manager.get("manufacturers", limit=2).get_json()
    second = manager.get("manufacturers", limit=2, cursor=first["next_cursor"]).get_json()

    assert [row["name"] for row in first["items"] + second["items"]] == ["A", "B", "C"]
    assert second["next_cursor"] is None


def test_a_supplier_is_shown_with_how_to_reach_it(served: Served) -> None:
    manager = Asking(served, served.clinic.manager)
    uid = manager.post("suppliers", {"name": "Demo Supply", "contact": "orders@demo.test"}).get_json()["uid"]

    shown = manager.get(f"suppliers/{uid}").get_json()

    assert shown == {"uid": uid, "name": "Demo Supply", "contact": "orders@demo.test", "version": 1}
    refused(manager.get(f"suppliers/{NOBODYS_UID}"), 404, "thing_not_found")


def test_a_supplier_says_how_it_sells_a_product(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    supplier, product = served.house.supplier_uid, served.house.product("Filler").uid
    path = f"suppliers/{supplier}/items/{product}"
    price = {"last_price_minor": 12500, "currency": "EUR"}
    body = {"item_code": "F-10", "pack_count": 10, "lead_time_days": 7, "is_preferred": True, **price}

    put = accepted(manager, nurse, "PUT", path, body)

    assert put == {"product_uid": product, "version": 1}
    said = {"product_uid": product, "product_name": "Filler", "strength": "", "version": 1}
    assert nurse.items(f"suppliers/{supplier}/items") == [{**body, **said}]
    refused(manager.put(path, {"item_code": "F", "pack_count": 1, "currency": "EUR"}), 422, "invalid_value")


def test_an_item_that_somebody_else_changed_is_not_overwritten(served: Served) -> None:
    manager = Asking(served, served.clinic.manager)
    path = f"suppliers/{served.house.supplier_uid}/items/{served.house.product('Filler').uid}"
    body = {"item_code": "F-10", "pack_count": 10}
    etag = manager.put(path, body).headers["ETag"]

    assert manager.put(path, {**body, "pack_count": 5}, etag=etag).headers["ETag"] == '"2"'
    refused(manager.put(path, {**body, "pack_count": 1}, etag=etag), 412, "level_changed")
    [item] = manager.items(f"suppliers/{served.house.supplier_uid}/items")
    assert item["pack_count"] == 5


def test_a_supplier_is_changed(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    path = f"suppliers/{served.house.supplier_uid}"
    etag = manager.get(path).headers["ETag"]

    accepted(manager, nurse, "PUT", path, {"name": "Demo Supply East", "contact": "by phone"}, etag=etag)

    shown = manager.get(path).get_json()
    assert (shown["name"], shown["contact"], shown["version"]) == ("Demo Supply East", "by phone", 2)
    refused(manager.put(path, {"name": "Else"}, etag=etag), 412, "supplier_changed")
