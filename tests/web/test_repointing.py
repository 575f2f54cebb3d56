"""Is a code that another product has taken over only with a reason, on the page and through the API?"""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.calling import Caller
from tests.builders import Goods, key
from tests.serving import Served


@pytest.fixture
def goods(served: Served) -> tuple[Goods, Goods]:
    return served.house.product("Wrong"), served.house.product("Right")


def _said(gtin: str) -> dict[str, Any]:
    return {"scheme": "gtin", "item_code": gtin, "pack_level": "each", "presentation_count": 1}


def test_the_page_asks_why_and_then_takes_the_code_over(served: Served, goods: tuple[Goods, Goods]) -> None:
    wrong, right = goods
    manager = served.logged_in(served.clinic.manager)
    page = f"/c/{served.clinic.uid}/products/{right.uid}"

    refused = manager.send(page, f"{page}/codes", key=key("code"), **_said(wrong.gtin))
    assert refused.status_code == 422
    assert "belongs to another product" in refused.text
    assert 'name="take_over_reason"' in refused.text
    assert wrong.gtin not in manager.get(page).text

    taken = manager.send(
        page, f"{page}/codes", key=key("c"), take_over_reason="a new box", **_said(wrong.gtin)
    )
    assert taken.status_code == 303
    assert wrong.gtin in manager.get(page).text


def test_the_api_takes_a_code_over_and_a_nurse_may_not(served: Served, goods: tuple[Goods, Goods]) -> None:
    wrong, right = goods
    body = {"code": _said(wrong.gtin), "reason": "a new box"}
    path = f"/products/{right.uid}/repointed-codes"

    Caller(served, served.clinic.nurse).post(path, body, 403)
    manager = Caller(served, served.clinic.manager)
    told = manager.post(path, body, 200)

    assert told["from_product_uid"] == wrong.uid
    items = manager.get("/trade-items", 200, code=wrong.gtin)["items"]
    assert [each["product_uid"] for each in items] == [right.uid]
    manager.post(path, {**body, "reason": ""}, 422)
