"""Is the catalogue found, shown, kept and completed on its pages?"""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import event

from stockroom.errors import InvalidValue
from stockroom.web.spans import minutes_of, show_span
from tests.builders import demo_gtin
from tests.serving import Served
from tests.web.sending import fill_in, hidden_of, post

RULE = {
    "container_type": "multi_dose",
    "storage_class": "refrigerated",
    "regulatory_class": "device",
    "authorised_in": "*",
    "in_use_room": "24 h",
    "in_use_refrigerated": "7 d",
    "in_use_source": "leaflet 6.3",
    "punctures_max": "",
    "lot_carry": "required",
    "expiry_carry": "required",
    "serial_carry": "none",
    "overfill": "",
    "residual": "0.1",
    "diluent": "",
    "ingredients_known": "y",
}


def _page(served: Served, uid: str = "") -> str:
    return f"/c/{served.clinic.uid}/products" + (f"/{uid}" if uid else "")


def test_the_catalogue_is_searched_narrowed_and_leaves_as_a_file(served: Served) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("=Filler <b>", content_quantity=2000)
    house.product("Serum", confirmed=False)
    clinic.lot_on_shelf(filler, "A1", presentations=3)
    browser = served.logged_in(clinic.auditor)

    def shown(query: str) -> str:
        return browser.get(f"{_page(served)}?{query}").text

    every = shown("")
    assert "=Filler &lt;b&gt;" in every and "3 vials" in every and "<b>" not in every
    assert "Serum" in shown("incomplete=1") and "Filler" not in shown("incomplete=1")
    assert "Filler" in shown(f"q={filler.gtin}") and "Serum" not in shown(f"q={filler.gtin}")
    assert "No product is like this" in shown("goods=cosmetic")
    assert "New product" not in every
    assert "'=Filler" in browser.get(f"{_page(served)}/products.csv").text


def test_an_empty_catalogue_says_what_to_do_first(served: Served) -> None:
    page = served.logged_in(served.clinic.manager).get(_page(served))

    assert "The catalogue is empty" in page.text and "/new-product" in page.text


def test_a_products_page_says_what_is_here_and_what_is_true_of_it(served: Served) -> None:
    filler = served.house.product("Filler <b>", content_quantity=2000)
    served.clinic.lot_on_shelf(filler, "A1", presentations=3)

    page = served.logged_in(served.clinic.auditor).get(_page(served, filler.uid))

    assert page.status_code == 200
    for words in (
        "Filler &lt;b&gt;",
        "3 vials",
        "A1",
        filler.gtin,
        "multi dose",
        "leaflet",
        "1 d",
        'role="img"',
    ):
        assert words in page.text
    assert "<b>" not in page.text and "Set</button>" not in page.text


def test_minimum_and_target_are_set_once_and_not_over_somebody_elses(served: Served) -> None:
    filler = served.house.product("Filler")
    browser, page = served.logged_in(served.clinic.manager), _page(served, filler.uid)
    form = {**hidden_of(browser, page, action=f"{page}/levels"), "minimum_count": "5", "target_count": "20"}

    first, again = post(browser, f"{page}/levels", form), post(browser, f"{page}/levels", form)
    turned = fill_in(browser, page, action=f"{page}/levels", minimum_count="30", target_count="20")
    fresh = hidden_of(browser, page, action=f"{page}/levels")
    late = {**fresh, "version": "7", "minimum_count": "6", "target_count": "20"}

    assert (first.status_code, again.status_code) == (303, 303)
    assert "5 / 20" in browser.get(page).text
    assert turned.status_code == 422 and 'value="30"' in turned.text
    assert post(browser, f"{page}/levels", late).status_code == 412
    assert served.logged_in(served.clinic.nurse).client.post(f"{page}/levels", data=form).status_code in (
        400,
        403,
    )


def test_a_place_gets_its_par_and_the_product_a_further_code(served: Served) -> None:
    filler, clinic = served.house.product("Filler"), served.clinic
    browser, page = served.logged_in(clinic.manager), _page(served, filler.uid)
    cupboard, gtin = clinic.cupboard, demo_gtin(9911)

    par = fill_in(browser, page, action=f"{page}/par-levels", place=cupboard.uid, par_count="4")
    code = {"scheme": "gtin", "item_code": gtin, "pack_level": "case", "presentation_count": "50"}
    added = fill_in(browser, page, action=f"{page}/codes", **code)
    wrong = fill_in(browser, page, action=f"{page}/codes", **{**code, "item_code": gtin[:-1] + "x"})

    assert (par.status_code, added.status_code) == (303, 303)
    text = browser.get(page).text
    assert "Cupboard</a>: 4" in text and gtin in text and "50 presentations" in text
    assert wrong.status_code in (400, 422) and gtin[:-1] + "x" in wrong.text


def test_an_unconfirmed_product_is_confirmed_by_who_may(served: Served) -> None:
    serum = served.house.product("Serum", confirmed=False)
    page = _page(served, serum.uid)
    nurse, doctor = served.logged_in(served.clinic.nurse), served.logged_in(served.clinic.practitioner)

    assert "Nobody has confirmed yet" in nurse.get(page).text
    assert f"{page}/confirmation" not in nurse.get(page).text
    done = fill_in(doctor, page, action=f"{page}/confirmation")

    assert done.status_code == 303
    assert "Nobody has confirmed yet" not in nurse.get(page).text


def _ingredient(served: Served) -> str:
    from sqlalchemy import select

    from stockroom.models import Ingredient

    with served.store.reading() as connection:
        return connection.execute(select(Ingredient.name).order_by(Ingredient.id).limit(1)).scalar_one()


def test_what_is_true_is_changed_by_a_new_version(served: Served) -> None:
    filler, name = served.house.product("Filler"), _ingredient(served)
    browser, page = served.logged_in(served.clinic.manager), _page(served, filler.uid)
    typed = {**RULE, "ingredients-0-name": name, "ingredients-0-amount": "20 mg"}

    unknown = fill_in(browser, f"{page}/rule", **{**typed, "ingredients-0-name": "moon dust"})
    vague = fill_in(browser, f"{page}/rule", **{**typed, "in_use_room": "a while"})
    done = fill_in(browser, f"{page}/rule", **typed)

    assert unknown.status_code == 422 and "moon dust" in unknown.text
    assert vague.status_code in (400, 422) and "a while" in vague.text and "such as 24 h" in vague.text
    assert done.status_code == 303
    text = browser.get(page).text
    assert (
        name in text
        and "20 mg" in text
        and "What was true when" in text
        and "Nobody has confirmed yet" in text
    )
    assert 'value="7 d"' in browser.get(f"{page}/rule").text


def _new(**more: Any) -> dict[str, Any]:
    return {
        **RULE,
        "name": "Glow <b>",
        "strength": "10 mg/mL",
        "group": "",
        "presentation": "vial",
        "base_unit": "uL",
        "content_quantity": "5",
        "graduation_quantity": "0.1",
        "usual_draw_quantity": "1",
        "needle": "",
        "code": demo_gtin(9922),
        "pack_level": "each",
        "presentation_count": "1",
        **more,
    }


def test_a_new_product_comes_with_its_manufacturer_and_its_code(served: Served) -> None:
    browser, path = served.logged_in(served.clinic.manager), f"/c/{served.clinic.uid}/new-product"

    maker = fill_in(browser, f"{path}/manufacturers", name="Glow Works")
    maker_uid = maker.headers["Location"].split("manufacturer=")[1]
    nameless = fill_in(browser, path, **_new(manufacturer=maker_uid, name=""))
    done = fill_in(browser, path, **_new(manufacturer=maker_uid))
    again = fill_in(browser, path, **_new(manufacturer=maker_uid))

    assert f'selected value="{maker_uid}"' in browser.get(maker.headers["Location"]).text
    assert nameless.status_code == 422 and 'value="10 mg/mL"' in nameless.text
    assert done.status_code == 303
    text = browser.get(done.headers["Location"]).text
    for words in (
        "Glow &lt;b&gt;",
        "Glow Works",
        "vial 5 mL",
        demo_gtin(9922),
        "7 d",
        "Nobody has confirmed yet",
    ):
        assert words in text
    assert again.status_code == 422 and "in the catalogue already" in again.text


def test_a_nurse_reads_products_and_adds_none(served: Served) -> None:
    filler = served.house.product("Filler")
    browser = served.logged_in(served.clinic.nurse)

    assert browser.get(_page(served, filler.uid)).status_code == 200
    assert browser.get(f"{_page(served, filler.uid)}/rule").status_code == 403
    assert browser.get(f"/c/{served.clinic.uid}/new-product").status_code == 403


def test_a_product_that_is_not_there_is_not_found(served: Served) -> None:
    assert served.logged_in(served.clinic.nurse).get(_page(served, "nonsense")).status_code == 404


def test_the_pages_cost_the_same_number_of_statements_for_much_stock(served: Served) -> None:
    filler, browser = served.house.product("Filler"), served.logged_in(served.clinic.manager)
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    counts: dict[str, list[int]] = {_page(served): [], _page(served, filler.uid): []}
    for number in range(2):
        for each in range(4):
            served.clinic.lot_on_shelf(filler, f"L{number}{each}")
            served.house.product(f"Product {number} {each}")
        for page, found in counts.items():
            statements.clear()
            browser.get(page)
            found.append(len(statements))

    assert all(first == second < 30 for first, second in counts.values()), counts


@pytest.mark.parametrize(
    ("typed", "minutes", "shown"),
    [
        ("", None, ""),
        ("90 min", 90, "90 min"),
        ("120 min", 120, "2 h"),
        ("24h", 1440, "1 d"),
        ("7 d", 10080, "7 d"),
    ],
)
def test_a_span_is_typed_and_shown_in_its_largest_unit(typed: str, minutes: int | None, shown: str) -> None:
    assert minutes_of(typed, field="x") == minutes
    assert show_span(minutes) == shown


@pytest.mark.parametrize("typed", ["soon", "-1 h", "1.5 h", "0 d", "1 week", "12", "3651 d", "9999999 d"])
def test_a_span_that_says_nothing_exact_is_refused(served: Served, typed: str) -> None:
    with served.app.test_request_context(), pytest.raises(InvalidValue):
        minutes_of(typed, field="x")


def test_a_products_page_has_the_history_of_all_its_lots_page_by_page(served: Served) -> None:
    product = served.house.product("Filler <b>")
    for n in range(52):
        served.clinic.lot_on_shelf(product, f"H{n:02d}", presentations=2)
    nurse = served.logged_in(served.clinic.nurse)
    path = f"/c/{served.clinic.uid}/products/{product.uid}"

    first, second = nurse.get(path).text, nurse.get(f"{path}?page=2").text
    first, second = (text[text.index('id="history"') :] for text in (first, second))

    assert "Page 1 of 2" in first and "H51" in first and "H00" not in first
    assert "H00" in second and "<b>" not in second


def test_a_product_is_archived_and_put_back(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    page = f"/c/{served.clinic.uid}/products/{served.house.product('Filler').uid}"

    archived = fill_in(manager, page, action=f"{page}/archiving")
    shown = manager.get(page).text
    back = fill_in(manager, page, action=f"{page}/archiving")

    assert archived.status_code == back.status_code == 303
    assert "Put it back on the lists" in shown
    assert "Archive it" in manager.get(page).text
    assert "Archive it" not in served.logged_in(served.clinic.nurse).get(page).text


def test_a_picture_of_nothing_that_expires_is_not_drawn(served: Served) -> None:
    manager, clinic = served.logged_in(served.clinic.manager), served.clinic
    needle, filler = served.house.needle(), served.house.product("Filler")
    clinic.lot_on_shelf(needle, "N1", at=clinic.cupboard, expires_on=None)
    clinic.lot_on_shelf(filler, "A1")

    pages = [manager.get(f"/c/{clinic.uid}/products/{goods.uid}").text for goods in (needle, filler)]

    assert ["Lots in stock by the month" in page for page in pages] == [False, True]
