"""Does every page from which something is thrown away say into what?"""

from __future__ import annotations

from stockroom.clock import now
from stockroom.ledger.product_rows import RuleOf
from stockroom.operations.revise_product import ReviseProduct, revise_product
from stockroom.queries.thrown_away_as import thrown_away_as
from stockroom.vocabulary import ContainerType
from tests.builders import LotAt, key
from tests.serving import Served
from tests.sessions import opened, session
from tests.web.benching import page_of
from tests.web.making import cocktail
from tests.web.sending import hidden_of, post

YELLOW = "yellow lid <b>"
SHOWN = "Thrown away as: yellow lid &lt;b&gt;"


def _lot(served: Served, name: str = "Filler", words: str = YELLOW, **more: object) -> LotAt:
    return served.clinic.lot_on_shelf(served.house.product(name, waste_stream=words, **more), f"{name[:2]}1")


def test_the_forms_of_a_lot_and_of_a_vial_say_into_what_it_goes(served: Served) -> None:
    lot = _lot(served)
    browser, lots = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}/lots/{lot.uid}"

    sealed = browser.get(f"{lots}/disposal").text
    vial = opened(served.house, lot, now=now())
    page = browser.get(f"/c/{served.clinic.uid}/containers/{vial.container_uid}").text

    assert SHOWN in sealed and SHOWN in page
    assert SHOWN not in browser.get(lots).text


def test_nothing_is_said_where_nobody_has_said_anything(served: Served) -> None:
    lot = _lot(served, words="")

    page = served.logged_in(served.clinic.nurse).get(f"/c/{served.clinic.uid}/lots/{lot.uid}/disposal")

    assert page.status_code == 200 and "Thrown away as" not in page.text


def test_the_finish_says_it_of_each_thing_and_of_a_cocktail_what_all_its_parts_say(served: Served) -> None:
    visit = session(served.house, planned_at=now())
    ampoule = opened(
        served.house, _lot(served, container_type=ContainerType.SINGLE_DOSE), session_uid=visit, now=now()
    )
    parts = [opened(served.house, _lot(served, name, name), now=now()) for name in ("purple", "blue")]
    cocktail(served, *parts, visit=visit)

    page = served.logged_in(served.clinic.nurse).get(f"{page_of(served, visit)}/finish").text

    assert ampoule.short_code in page and SHOWN in page
    assert "Thrown away as: blue, purple" in page


def test_a_tap_on_the_board_answers_into_what_it_goes(served: Served) -> None:
    vial = opened(served.house, _lot(served), now=now())
    browser, board = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}/open"

    form = hidden_of(browser, board, action=board)
    done = post(browser, board, {**form, "uid": vial.container_uid, "why": "remainder"})

    assert done.status_code == 303
    assert SHOWN.replace("Thrown", "It is thrown") in browser.get(done.headers["Location"]).text


def test_a_vial_keeps_what_was_said_when_it_was_opened(served: Served) -> None:
    product = served.house.product("Filler", waste_stream="yellow")
    lot = served.clinic.lot_on_shelf(product, "F1", presentations=2)
    vial = opened(served.house, lot, now=now())
    revised = ReviseProduct(product_uid=product.uid, version=2, rule=RuleOf(waste_stream="blue"))
    revise_product(served.store, revised, actor=served.house.manager, key=key(), now=now())

    with served.store.reading() as connection:
        said = thrown_away_as(connection, served.clinic.id, {lot.uid})

    assert said == {(lot.uid, None): "blue", (lot.uid, vial.short_code): "yellow"}
