"""Does scanning what goes into a planned cocktail begin it, and is what was made used in its session by one press?"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import select

from stockroom.clock import now
from stockroom.models import Preparation, PreparationIngredient, Product, Recipe
from stockroom.operations.plan_session import NeedOf
from stockroom.operations.write_recipe import ComponentOf
from stockroom.vocabulary import ContainerType, HoldReason, PreparationState, SessionState
from tests.builders import Goods, LotAt, key
from tests.cocktails import recipe
from tests.serving import Browser, Served
from tests.sessions import advance, hold, rows, session
from tests.web.benching import code, movements, page_of, scan


@pytest.fixture
def booster(served: Served) -> Goods:
    return served.house.product(
        "Booster", content_quantity=2_000, container_type=ContainerType.SINGLE_DOSE, in_use_minutes=None
    )


@pytest.fixture
def lot(served: Served, booster: Goods) -> LotAt:
    return served.clinic.lot_on_shelf(booster, "B1", presentations=5)


@pytest.fixture
def visit(served: Served, booster: Goods) -> str:
    """A session that needs 4 mL of a cocktail of the booster, whose patient is here."""
    written = recipe(
        served.house,
        "Glow",
        ComponentOf(product_uid=booster.uid, quantity=2_000),
        output_quantity=2_000,
        technique="nappage",
        indications=("fine-lines-wrinkles",),
    )
    with served.store.reading() as connection:
        made = connection.execute(
            select(Product.uid)
            .join(Recipe, Recipe.product_id == Product.id)
            .where(Recipe.uid == written.recipe_uid)
        ).scalar_one()
    uid = session(
        served.house,
        planned_at=now(),
        needs=(NeedOf(product_uid=made, quantity=4_000),),
        practitioner_uid=served.clinic.practitioner.person_uid,
    )
    advance(served.house, uid, SessionState.ARRIVED, now=now())
    return uid


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


def _begun(browser: Browser, served: Served, visit: str, text: str) -> Any:
    return urlsplit(scan(browser, served, visit, text).headers["Location"])


def test_an_ingredient_begins_the_cocktail_once_and_waits_in_its_scan_field(
    served: Served, browser: Browser, visit: str, booster: Goods, lot: LotAt
) -> None:
    text = code(booster, lot)

    first, second = (_begun(browser, served, visit, text) for _ in range(2))
    page = browser.get(first.geturl()).text

    (draft,) = rows(served.store, Preparation)
    assert first.path.endswith(f"/prepare/{draft.uid}") and second.path == first.path
    assert parse_qs(first.query)["scan"] == [text]
    assert 'name="scan"' in page and f'value="{text[:16]}' in page
    assert draft.wanted_quantity == 4_000, "scaled to what the session needs"
    assert rows(served.store, PreparationIngredient) == [] and movements(served, "use") == []


def test_what_may_not_be_used_begins_nothing(
    served: Served, browser: Browser, visit: str, booster: Goods, lot: LotAt
) -> None:
    hold(served.house, lot, reason=HoldReason.SUSPICION)

    refused = scan(browser, served, visit, code(booster, lot))

    assert refused.status_code == 422 and rows(served.store, Preparation) == []


def test_what_somebody_means_as_it_is_begins_nothing(
    served: Served, browser: Browser, visit: str, booster: Goods, lot: LotAt
) -> None:
    meant = scan(browser, served, visit, code(booster, lot), extra="yes")

    assert "last=" in meant.headers["Location"]
    assert rows(served.store, Preparation) == [] and len(movements(served, "use")) == 1


def test_once_made_it_is_offered_at_the_bench_or_used_there_at_once_as_its_recipe_says(
    served: Served, browser: Browser, visit: str, booster: Goods, lot: LotAt
) -> None:
    path = _begun(browser, served, visit, code(booster, lot)).path
    for _ in range(2):
        browser.send(path, f"{path}/scan", key=key("in"), scan=code(booster, lot))
    shown = browser.get(path).text
    form = {"key": key("made"), "location_uid": served.clinic.room.uid, "then_use": "yes"}

    done = [browser.send(path, f"{path}/completion", **form) for _ in range(2)]
    bench = browser.get(done[0].headers["Location"]).text

    (made,) = rows(served.store, Preparation)
    assert "It is made: use it now" in shown
    assert made.state == PreparationState.FINISHED
    assert [each.headers["Location"] for each in done] == [done[0].headers["Location"]] * 2
    assert len(movements(served, "use")) == 1
    for words in ('data-outcome="used"', "Glow", "Nappage", "Fine lines"):
        assert words in bench, words


def test_made_without_more_it_waits_at_the_bench_with_its_code(
    served: Served, browser: Browser, visit: str, booster: Goods, lot: LotAt
) -> None:
    path = _begun(browser, served, visit, code(booster, lot)).path
    for _ in range(2):
        browser.send(path, f"{path}/scan", key=key("in"), scan=code(booster, lot))

    done = browser.send(path, f"{path}/completion", key=key("made"), location_uid=served.clinic.room.uid)
    bench = browser.get(done.headers["Location"]).text

    (made,) = rows(served.store, Preparation)
    assert done.headers["Location"].startswith(page_of(served, visit))
    assert "Made: write this on it" in bench and made.short_code in bench and "Use it now" in bench
    assert movements(served, "use") == []


def test_beside_another_substance_the_recipe_says_nothing_of_how_things_are_given(
    served: Served, browser: Browser, visit: str, booster: Goods
) -> None:
    (recipe_row,) = rows(served.store, Recipe)
    with served.store.reading() as connection:
        made = connection.execute(select(Product.uid).where(Product.id == recipe_row.product_id)).scalar_one()
    needs = (NeedOf(product_uid=made, quantity=4_000), NeedOf(product_uid=booster.uid, quantity=2_000))
    other = session(served.house, planned_at=now(), needs=needs)

    alone, beside = (browser.get(page_of(served, uid)).text for uid in (visit, other))

    assert 'value="nappage" selected' in alone and 'value="nappage" selected' not in beside
