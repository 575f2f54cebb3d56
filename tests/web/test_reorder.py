"""Does every suggestion explain itself, and is no product passed over?"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from bench.measuring import counted
from stockroom.clock import now
from stockroom.models import PurchaseOrder, PurchaseOrderLine
from stockroom.operations.employ import GiveRole, give_role
from stockroom.rules.reordering import OnOrder, Pack, Shelf, suggest
from stockroom.vocabulary import Role
from stockroom.web.reorder_words import explained
from tests.builders import key
from tests.correcting import rows
from tests.orders import sells
from tests.queries.test_reorder_suggestions import level
from tests.serving import Served


def shelf(usable: int, **more: Any) -> Shelf:
    usual: dict[str, Any] = {
        "promised_count": 0, "on_order": (), "minimum_count": 5, "target_count": 20, "used_count": 40,
        "surplus_elsewhere_count": 0, "opened_quantity": 0,
    }  # fmt: skip
    return Shelf(usable_count=usable, **{**usual, **more})


@pytest.mark.parametrize(
    ("here", "pack", "sentence"),
    [
        (shelf(3), Pack(count=10), "Target 20 − usable 3 − on order 0 = 17, in packs of 10: 20 vials."),
        (shelf(3), Pack(), "Target 20 − usable 3 − on order 0 = 17: 17 vials."),
        (
            shelf(1, on_order=(OnOrder(count=2, expected_on=date(2026, 5, 12)),)),
            Pack(),
            "Target 20 − usable 1 − on order 2 = 17: 17 vials.",
        ),
        (shelf(6), Pack(), "Usable 6 + on order 0 = 6, which is not below the minimum of 5."),
        (
            shelf(6, minimum_count=None, target_count=None),
            Pack(lead_time_days=7),
            "No minimum set. 40 used in 90 days × (7 days to deliver + 7 between two looks + 7 to be safe) speak "
            "for a minimum of 10.",
        ),
    ],
)
def test_a_suggestion_is_explained_in_one_sentence(
    served: Served, here: Shelf, pack: Pack, sentence: str
) -> None:
    with served.app.test_request_context():
        assert explained(suggest(here, pack), "vial") == sentence


def test_the_page_and_its_file_list_what_to_order_and_what_has_no_minimum(served: Served) -> None:
    low, without = served.house.product("=Low <b>"), served.house.product("Without")
    sells(served.house, low)
    level(served.clinic, low, 5, 20)
    served.clinic.lot_on_shelf(without, "A1", presentations=2)
    browser, page = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/reorder"

    shown, file = browser.get(page).text, browser.get(f"{page}/reorder.csv").text

    assert "1 product should be ordered. 1 has no minimum." in " ".join(shown.split())
    assert "=Low &lt;b&gt;" in shown and "in packs of 10: 20 vials." in shown
    assert re.search(r'name="packs-[^"]+" value="2"', shown)
    assert "no minimum set" in shown
    assert "'=Low <b>" in file and "Without" in file
    assert "Without" not in browser.get(f"{page}?q=low").text


def test_what_other_clinics_of_hers_have_above_their_targets_is_shown(served: Served) -> None:
    low = served.house.product("Low")
    level(served.clinic, low, 5, 20)
    rila = served.house.another_clinic()
    rila.lot_on_shelf(low, "A1", presentations=9)
    level(rila, low, 1, 3)
    alone = served.logged_in(served.clinic.nurse)
    both = served.clinic.manager
    give_role(
        served.store,
        GiveRole(user_uid=served.uid_of_user(both), role=Role.MANAGER),
        actor=rila.system,
        key=key("role"),
        now=now(),
    )
    page = f"/c/{served.clinic.uid}/reorder"

    assert "above its target" not in alone.get(page).text
    assert "Rila has 6 above its target" in served.logged_in(both).get(page).text


def test_all_clinics_in_which_she_orders_stand_below_each_other(served: Served) -> None:
    low = served.house.product("Low")
    sells(served.house, low)
    level(served.clinic, low, 5, 20)
    rila, pirin = served.house.another_clinic(), served.house.another_clinic("Pirin")
    for each in (rila, pirin):
        level(each, low, 1, 30)
    both = served.clinic.manager
    for clinic, role in ((rila, Role.MANAGER), (pirin, Role.NURSE)):
        give_role(
            served.store,
            GiveRole(user_uid=served.uid_of_user(both), role=role),
            actor=clinic.system,
            key=key("role"),
            now=now(),
        )
    browser, page = served.logged_in(both), f"/c/{served.clinic.uid}/reorder?clinics=all"

    shown, file = (
        browser.get(page).text,
        browser.get(f"/c/{served.clinic.uid}/reorder/reorder.csv?clinics=all").text,
    )
    chosen = {"taken": low.uid, f"packs-{low.uid}": "3", f"pack-{low.uid}": "10", "clinics": "all",
              f"supplier-{low.uid}": served.house.supplier_uid}  # fmt: skip
    done = browser.send(page, f"/c/{rila.uid}/reorder/orders", key=key("gather"), **chosen)

    assert [shown.count(f'<h2 class="mt-3">{name}') for name in ("Rila", "Vitosha", "Pirin")] == [1, 1, 0]
    assert "Rila,Low" in file and "Vitosha,Low" in file and "Pirin" not in file
    assert done.status_code == 303 and done.location.endswith("clinics=all")
    (order,) = rows(served.store, PurchaseOrder)
    assert order.clinic_id == rila.id


def test_what_is_chosen_goes_onto_one_draft_and_a_second_press_does_nothing(served: Served) -> None:
    low, other, unsold = (served.house.product(name) for name in ("Low", "Other", "Unsold"))
    for product in (low, other):
        sells(served.house, product)
    for product in (low, other, unsold):
        level(served.clinic, product, 5, 20)
    browser, page = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/reorder"
    chosen = {"taken": low.uid, "key": key("gather")}
    chosen |= {
        f"packs-{low.uid}": "3",
        f"pack-{low.uid}": "10",
        f"supplier-{low.uid}": served.house.supplier_uid,
    }

    before = browser.get(page).text
    first = browser.send(page, f"{page}/orders", **chosen)
    told = browser.get(first.location).text
    second = browser.send(page, f"{page}/orders", **chosen)
    after = browser.get(page).text

    assert before.count("checked") == 2 and "nobody is known to sell it" in before
    assert first.status_code == second.status_code == 303 and first.location == second.location
    assert "Nothing was sent yet" in told
    assert [(line.packs_ordered, line.pack_count) for line in rows(served.store, PurchaseOrderLine)] == [
        (3, 10)
    ]
    assert "3 packs on a draft" in after and after.count("checked") == 1


@pytest.mark.parametrize(
    ("taken", "packs"), [(False, "2"), (True, ""), (True, "0"), (True, "many"), (True, "-1")]
)
def test_a_choice_that_cannot_be_ordered_stays_as_it_was_typed(
    served: Served, taken: bool, packs: str
) -> None:
    low = served.house.product("Low")
    sells(served.house, low)
    level(served.clinic, low, 5, 20)
    browser, page = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/reorder"
    chosen = {
        f"packs-{low.uid}": packs,
        f"pack-{low.uid}": "10",
        f"supplier-{low.uid}": served.house.supplier_uid,
    }
    chosen |= {"taken": low.uid} if taken else {}

    refused = browser.send(page, f"{page}/orders", key=key("gather"), **chosen)

    assert refused.status_code == 422
    assert f'name="packs-{low.uid}" value="{packs}"' in refused.text
    assert ("checked" in refused.text) == taken
    assert rows(served.store, PurchaseOrder) == []


def test_a_proposed_minimum_is_taken_with_one_tap_unless_somebody_set_one(served: Served) -> None:
    without = served.house.product("Without")
    served.clinic.lot_on_shelf(without, "A1", presentations=2)
    browser, page = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/reorder"
    tap = {"product_uid": without.uid, "minimum_count": "4", "target_count": "9", "q": "with"}

    done = browser.send(page, f"{page}/minimums", key=key("minimum"), **tap)
    told = browser.get(page).text
    late = browser.send(page, f"{page}/minimums", key=key("minimum"), **{**tap, "minimum_count": "1"})
    nurse = served.logged_in(served.clinic.nurse)

    assert done.status_code == 303 and done.location.endswith("reorder?q=with")
    assert "The minimum is 4 now" in told
    assert late.status_code == 412
    assert "Set minimum" not in nurse.get(page).text


def test_an_empty_clinic_says_what_will_be_listed_and_many_products_cost_no_more(served: Served) -> None:
    browser, page = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}/reorder"
    empty = browser.get(page).text

    def cost() -> int:
        with counted(served.store.engine) as statements:
            assert browser.get(page).status_code == 200
        return len([each for each in statements if "journal_entry.recorded_at" not in each])

    def add(number: int) -> None:
        product = served.house.product(f"Filler {number}")
        level(served.clinic, product, 5, 20)

    add(1)
    one = cost()
    for number in range(2, 6):
        add(number)

    assert "No product to reckon with" in empty
    assert cost() == one
