"""Is a token shown once, and revoked by a press?"""

from __future__ import annotations

import re

import pytest

from stockroom.models import ApiToken
from tests.builders import key
from tests.serving import PASSWORD, Served
from tests.sessions import rows


def _minted(text: str) -> str:
    found = re.search(r"srt_[A-Za-z0-9_-]{43}", text)
    assert found is not None
    return found[0]


def test_a_token_is_shown_once_and_works_until_it_is_revoked(served: Served) -> None:
    browser, page = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}/tokens"

    token = _minted(browser.send(page, page, name="scale", days="9", password=PASSWORD, key=key("mint")).text)
    api = served.api(token)
    before = api.get("/api/v1/tokens")
    uid = before.get_json()["items"][0]["uid"]
    browser.send(page, f"{page}/{uid}/revocation", key=key("revoke"))

    assert before.status_code == 200
    assert token not in browser.get(page).text
    assert api.get("/api/v1/tokens").status_code == 401


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"name": "", "days": "9"}, "A token has a name"),
        ({"name": "x", "days": "0"}, "A number from 1 to 366"),
        ({"name": "x", "days": "9999"}, "A number from 1 to 366"),
        ({"name": "x", "days": "many"}, "A number from 1 to 366"),
        ({"name": "x", "days": "9", "password": "a guess"}, "this is not your password"),
        ({"name": "x", "days": "9", "password": ""}, "this is not your password"),
        ({"name": "x", "days": "9", "actions": "fly"}, "there is no such thing to do"),
        ({"name": "x", "days": "9", "actions": "recall"}, "You may not give away recall"),
    ],
)
def test_a_token_that_may_not_be_is_refused_on_the_page(
    served: Served, form: dict[str, str], said: str
) -> None:
    browser, page = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}/tokens"

    answer = browser.send(page, page, key=key("mint"), **{"password": PASSWORD, **form})

    assert answer.status_code in (403, 422)
    assert said in answer.text
    assert "None yet" in answer.text


def test_a_form_that_is_sent_twice_mints_one_token(served: Served) -> None:
    browser, page = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}/tokens"

    answers = [
        browser.send(page, page, name="scale", days="9", password=PASSWORD, key="once-0001") for _ in range(2)
    ]

    assert [each.status_code for each in answers] == [200, 409]
    assert len(rows(served.store, ApiToken)) == 1


def test_a_refused_form_keeps_what_was_typed_as_text(served: Served) -> None:
    browser, page = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}/tokens"

    answer = browser.send(page, page, name="<b>scale</b>", days="0", actions="read_stock", key=key("mint"))

    assert answer.status_code == 422
    assert "<b>scale" not in answer.text and "&lt;b&gt;scale" in answer.text
    assert re.search(r'value="read_stock"[^>]* checked', answer.text)
