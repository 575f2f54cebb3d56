"""Does every suggestion explain itself, and is no product passed over?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from bench.measuring import counted
from stockroom.clock import now
from stockroom.operations.employ import GiveRole, give_role
from stockroom.rules.reordering import OnOrder, Pack, Shelf, suggest
from stockroom.vocabulary import Role
from stockroom.web.reorder_words import explained
from tests.builders import key
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
    assert "=Low &lt;b&gt;" in shown and "in packs of 10: 20 vials." in shown and "2 packs" in shown
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

    assert "above the targets" not in alone.get(page).text
    assert "6 above the targets in your other clinics" in served.logged_in(both).get(page).text


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
