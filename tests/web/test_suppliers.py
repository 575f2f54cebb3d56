"""Can a manager say who sells what, in which packs and at which price?"""

from __future__ import annotations

import re

import pytest

from stockroom.clock import now
from stockroom.operations.add_party import PartyKind
from stockroom.operations.set_levels import SetSupplierItem, set_supplier_item
from tests.builders import key
from tests.receiving import gs1, scanned, take_in
from tests.serving import Browser, Served
from tests.web.sending import fill_in


@pytest.fixture
def manager(served: Served) -> Browser:
    return served.logged_in(served.clinic.manager)


@pytest.fixture
def path(served: Served) -> str:
    return f"/c/{served.clinic.uid}/suppliers"


def test_a_supplier_is_added_and_a_name_that_is_taken_keeps_what_was_typed(
    manager: Browser, path: str
) -> None:
    first = manager.send(path, path, key="a", name="Demo North", contact="by telephone")
    again = manager.send(path, path, key="b", name="Demo North", contact="by letter")

    assert first.status_code == 303
    assert again.status_code == 422
    assert "by letter" in again.text


def test_a_sign_that_no_database_keeps_is_said_beside_its_field(manager: Browser, path: str) -> None:
    answer = manager.send(path, path, key="a", name="Demo\0North", contact="by letter")

    assert answer.status_code == 422
    assert "A sign in it cannot be kept" in answer.text and 'value="DemoNorth"' in answer.text
    assert "by letter" in answer.text
    assert "Demo North" not in manager.get(path).text and "DemoNorth" not in manager.get(path).text


def test_an_item_is_said_shown_and_changed(served: Served, manager: Browser, path: str) -> None:
    product = served.house.product("Filler")
    page = f"{path}/{served.house.supplier_uid}"
    form = {"product_uid": product.uid, "item_code": "F-1", "pack_count": "10", "last_price_minor": "12.5"}

    said = manager.send(page, page, key="a", **form)
    shown = manager.get(f"{page}?product={product.uid}")
    version = re.search(r'name="version" value="(\d+)"', shown.text)
    assert version is not None
    changed = manager.send(page, page, key="b", version=version[1], **{**form, "pack_count": "20"})
    stale = manager.send(page, page, key="c", version=version[1], **{**form, "pack_count": "30"})

    assert said.status_code == changed.status_code == 303
    assert "€12.50" in shown.text and 'value="12.50"' in shown.text
    assert stale.status_code == 412


@pytest.mark.parametrize(
    ("field", "typed"), [("last_price_minor", "12,5,"), ("pack_count", "0"), ("lead_time_days", "-1")]
)
def test_what_cannot_be_is_said_beside_its_field(
    served: Served, manager: Browser, path: str, field: str, typed: str
) -> None:
    page = f"{path}/{served.house.supplier_uid}"
    form = {
        "product_uid": served.house.product("Filler").uid,
        "item_code": "F-1",
        "pack_count": "10",
        field: typed,
    }

    answer = manager.send(page, page, key="a", **form)

    assert answer.status_code == 422
    assert f'id="{field}-wrong"' in answer.text and f'value="{typed}"' in answer.text


def test_the_product_is_searched_and_the_page_does_not_grow_with_the_catalogue(
    served: Served, manager: Browser, path: str
) -> None:
    for n in range(15):
        served.house.product(f"Filler {n:02d}")
    needle = served.house.product("Needle")
    page = f"{path}/{served.house.supplier_uid}"

    begins, many = manager.get(page).text, manager.get(f"{page}?find=filler").text
    one, none = manager.get(f"{page}?find=eedl").text, manager.get(f"{page}?find=serum").text
    chosen = manager.get(f"{page}?product={needle.uid}").text
    nothing = manager.send(page, page, key="a", item_code="X", pack_count="1")

    assert "Filler" not in begins and "Item code" not in begins
    assert many.count("choice-link") == 12 and "type more of the name" in many
    assert f"product={needle.uid}" in one and one.count("choice-link") == 1
    assert "No product has this in its name" in none
    assert "How it sells Needle" in chosen and "Item code" in chosen
    assert nothing.status_code == 422


def test_a_nurse_sees_suppliers_and_changes_none(served: Served, path: str) -> None:
    nurse = served.logged_in(served.clinic.nurse)

    assert "New supplier" not in nurse.get(path).text
    assert nurse.send(path, path, key="a", name="Mine").status_code == 403


def test_what_it_sells_and_what_it_delivered_is_read_page_by_page(
    served: Served, manager: Browser, path: str
) -> None:
    house, clinic = served.house, served.clinic
    for n in range(52):
        product = house.product(f"Filler {n:02d}")
        item = SetSupplierItem(
            supplier_uid=house.supplier_uid, product_uid=product.uid, item_code=f"AB-{n:02d}", pack_count=1
        )
        set_supplier_item(served.store, item, actor=clinic.manager, key=key("item"), now=now())
    for n in range(21):
        take_in(house, scanned(clinic.fridge, gs1(product.gtin, f"L{n}")), delivery_note=f"DN-{n:02d}")
    own = f"{path}/{house.supplier_uid}"

    first, second = manager.get(own).text, manager.get(f"{own}?page=2").text
    found, all_of_it = manager.get(f"{own}?q=ab-51").text, manager.get(f"{own}?part=deliveries").text
    asked = manager.get(f"{own}?product={product.uid}").text

    assert "Page 1 of 2" in first and "AB-00" in first and "AB-51" not in first
    assert "AB-51" in second and "AB-00" not in second
    assert "AB-51" in found and "AB-50" not in found
    assert "DN-20" in first and "DN-00" not in first and "All 21 deliveries" in first
    assert "DN-00" in all_of_it and "AB-00" not in all_of_it
    assert "Change how it sells Filler 51" in asked, "also where it stands on a later page"


def test_a_supplier_is_called_otherwise_and_a_taken_name_is_said_beside_it(served: Served) -> None:
    manager, uid = served.logged_in(served.clinic.manager), served.house.supplier_uid
    served.house.party(PartyKind.SUPPLIER, "Other Supply")
    page = f"/c/{served.clinic.uid}/suppliers/{uid}"

    taken = fill_in(manager, f"{page}/details", name="Other Supply", contact="")
    done = fill_in(manager, f"{page}/details", name="Demo <b>East", contact="by phone")

    assert taken.status_code == 422 and 'id="name-wrong"' in taken.text
    assert done.status_code == 303
    shown = manager.get(page).text
    assert "Demo &lt;b&gt;East" in shown and "by phone" in shown
    assert served.logged_in(served.clinic.nurse).get(f"{page}/details").status_code == 403
