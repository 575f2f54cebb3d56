"""Are cocktail formulas found, compared, written and approved on their pages?"""

from __future__ import annotations

from html import unescape
from typing import Any

import pytest
from sqlalchemy import event

from stockroom.ledger.product_rows import RuleOf
from stockroom.operations.add_party import PartyKind
from stockroom.operations.add_product import AddProduct, add_product
from stockroom.operations.write_recipe import ComponentOf, VersionOf, WriteVersion, write_version
from stockroom.queries.recipes import RecipeShown, recipe
from stockroom.vocabulary import BaseUnit, Role
from tests.api.calling import Caller
from tests.builders import NOW, key
from tests.cocktails import recipe as written
from tests.operations.test_draft_reconstitution import powder
from tests.serving import Browser, Served
from tests.web.sending import fill_in, hidden_of, post

VERSION: dict[str, Any] = {
    "output_quantity": "3 mL",
    "beyond_use_minutes": "6 h",
    "loss_max_quantity": "0.1 mL",
    "reason": "as taught",
}


@pytest.fixture
def path(served: Served) -> str:
    return f"/c/{served.clinic.uid}/recipes"


@pytest.fixture
def nurse(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


def _new(**more: Any) -> dict[str, Any]:
    return {**VERSION, "name": "Glow <b>", "purpose": "skin", "sources": "", **more}


def _rows(*rows: tuple[str, str]) -> dict[str, str]:
    typed: dict[str, str] = {}
    for n, (thing, amount) in enumerate(rows):
        typed |= {f"components-{n}-thing": thing, f"components-{n}-amount": amount}
    return typed


def _shown(served: Served, address: str) -> RecipeShown:
    with served.store.reading() as connection:
        return recipe(connection, uid=address.rsplit("/", 1)[1])


def test_a_recipe_is_written_once_from_rows_with_units(served: Served, nurse: Browser, path: str) -> None:
    served.house.product("Filler")
    served.house.product("Toxin", base_unit=BaseUnit.MILLI_INTERNATIONAL_UNIT, content_quantity=100_000)
    form = {**hidden_of(nurse, f"{path}/new"), "act": "write"}
    form |= _new(**_rows(("Filler", "2.5 mL"), ("", ""), ("tox", "20 IU"), ("filler", "500 uL")))

    first, again = (post(nurse, f"{path}/new", form) for _ in range(2))

    assert first.status_code == again.status_code == 303
    assert first.headers["Location"] == again.headers["Location"]
    version = _shown(served, first.headers["Location"]).versions[0]
    assert [each.quantity for each in version.components] == [2_500, 20_000, 500]
    assert (version.output_quantity, version.beyond_use_minutes, version.loss_max_quantity) == (
        3000,
        360,
        100,
    )
    page = nurse.get(first.headers["Location"]).text
    for words in (
        "Glow &lt;b&gt;",
        "2.5 mL",
        "20 IU",
        "6 h",
        "0.1 mL",
        "as taught",
        "draft",
        "Nurse Vitosha",
    ):
        assert words in page
    assert "<b>" not in page and "Approve version" not in page


def test_a_group_and_an_ingredient_are_asked_for_by_their_labels(
    served: Served, nurse: Browser, path: str
) -> None:
    from sqlalchemy import insert

    from stockroom.db.identifiers import new_uid
    from stockroom.models import ProductGroup

    group = new_uid(NOW)
    served.clinic.act(
        "test.group",
        lambda work: work.connection.execute(insert(ProductGroup).values(uid=group, name="Fillers")),
    )
    served.house.product("Filler", group_uid=group)
    form = nurse.get(f"{path}/new").text
    assert "Fillers (any of the group)" in form and "(whatever holds it)" in form
    ingredient = next(
        unescape(line.split('value="')[1].split('"')[0])
        for line in form.split("<option ")[1:]
        if "whatever holds" in line
    )

    done = fill_in(
        nurse,
        f"{path}/new",
        act="write",
        **_new(**_rows(("fillers", "2 mL"), (ingredient, "1"))),
    )

    components = _shown(served, done.headers["Location"]).versions[0].components
    assert [bool(each.group_uid) for each in components] == [True, False]
    assert components[1].ingredient_uid and components[1].quantity == 1_000


def test_products_of_one_name_are_told_apart_by_their_manufacturers(
    served: Served, nurse: Browser, path: str
) -> None:
    served.house.product("Filler")
    other = AddProduct(
        manufacturer_uid=served.house.party(PartyKind.MANUFACTURER, "Other Works"),
        name="Filler",
        strength="",
        presentation="vial",
        base_unit=BaseUnit.MICROLITRE,
        content_quantity=1_000,
        rule=RuleOf(),
    )
    add_product(served.store, other, actor=served.house.system, key=key("product"), now=NOW)

    vague = fill_in(nurse, f"{path}/new", act="write", **_new(**_rows(("Filler", "3 mL"))))
    exact = fill_in(nurse, f"{path}/new", act="write", **_new(**_rows(("Filler · Other Works", "3 mL"))))

    assert vague.status_code == 422 and "Choose one of the list." in vague.text
    assert exact.status_code == 303


@pytest.mark.parametrize(
    ("changed", "wrong"),
    [
        ({"name": " "}, "name-wrong"),
        ({"components-1-thing": "moon dust"}, "components-1-thing-wrong"),
        ({"components-1-thing": ""}, "components-1-thing-wrong"),
        ({"components-1-thing": "Needle"}, "components-1-thing-wrong"),
        ({"components-1-amount": "2 stones"}, "components-1-amount-wrong"),
        ({"components-1-amount": "2 IU"}, "components-1-amount-wrong"),
        ({"components-1-amount": "1,500 mL"}, "components-1-amount-wrong"),
        ({"components-1-amount": "0 mL"}, "components-1-amount-wrong"),
        ({"components-1-amount": ""}, "components-1-amount-wrong"),
        ({"output_quantity": "30 mL"}, "output_quantity-wrong"),
        ({"output_quantity": "3 drops"}, "output_quantity-wrong"),
        ({"loss_max_quantity": "3 mL"}, "loss_max_quantity-wrong"),
        ({"beyond_use_minutes": "a while"}, "beyond_use_minutes-wrong"),
        ({"beyond_use_minutes": "9999999 d"}, "beyond_use_minutes-wrong"),
        ({"reason": ""}, "reason-wrong"),
    ],
)
def test_what_cannot_be_is_said_beside_its_row_and_keeps_what_was_typed(
    served: Served, nurse: Browser, path: str, changed: dict[str, str], wrong: str
) -> None:
    served.house.product("Filler")
    served.house.needle("Needle")
    typed = _new(**_rows(("Filler", "2.25 mL"), ("Filler", "1 mL")))

    answer = fill_in(nurse, f"{path}/new", act="write", **{**typed, **changed})

    assert answer.status_code == 422
    assert f'id="{wrong}"' in answer.text
    assert 'value="2.25 mL"' in answer.text
    assert "No recipe yet" in nurse.get(path).text


def test_a_recipe_without_components_is_refused_in_words(nurse: Browser, path: str) -> None:
    answer = fill_in(nurse, f"{path}/new", act="write", **_new())

    assert answer.status_code == 422 and "1 to 20 components" in answer.text


def test_more_rows_keep_what_was_typed_up_to_the_longest_recipe(nurse: Browser, path: str) -> None:
    def rows(text: str) -> int:
        return text.count('-amount" maxlength') or text.count('-amount" name=')

    first = nurse.get(f"{path}/new").text
    typed = _rows(*(("", "") for _ in range(5)))
    more = fill_in(nurse, f"{path}/new", act="more", **_new(**{**typed, "components-1-thing": "half-ty"}))
    many = fill_in(nurse, f"{path}/new", act="more", **_new(**_rows(*(("x", "1") for _ in range(19)))))

    assert more.status_code == many.status_code == 200
    assert (rows(first), rows(more.text), rows(many.text)) == (5, 10, 20)
    assert 'value="half-ty"' in more.text and "as taught" in more.text


def test_a_name_that_is_taken_leads_to_a_new_version_of_it(served: Served, nurse: Browser, path: str) -> None:
    filler = served.house.product("Filler")
    there = written(served.house, "Glow", ComponentOf(product_uid=filler.uid, quantity=3000))

    answer = fill_in(nurse, f"{path}/new", act="write", **_new(name="Glow", **_rows(("Filler", "3 mL"))))

    assert answer.status_code == 422
    assert 'id="name-wrong"' in answer.text and f"{path}/{there.recipe_uid}/new-version" in answer.text


def test_a_new_version_begins_with_the_newest_and_stands_beside_it(
    served: Served, nurse: Browser, path: str
) -> None:
    filler, serum = served.house.product("Filler"), served.house.product("Serum")
    there = written(
        served.house,
        "Glow",
        ComponentOf(product_uid=filler.uid, quantity=2500),
        ComponentOf(product_uid=serum.uid, quantity=1000),
    )
    page = f"{path}/{there.recipe_uid}"
    served.house.product("Booster")

    form = nurse.get(f"{page}/new-version").text
    rows = _rows(("Filler", "2 mL"), ("Booster", "1.5 mL"))
    done = fill_in(nurse, f"{page}/new-version", act="write", **{**VERSION, **rows, "reason": "gentler"})
    shown = nurse.get(page).text

    assert 'value="2.5 mL"' in form and 'value="Serum"' in form and 'value="4 h"' in form
    assert "first</textarea>" not in form, "each version has a reason of its own"
    assert done.status_code == 303
    for words in (
        "Version 2",
        "Version 1",
        "was 2.5 mL",
        "6 h (was 4 h)",
        "no longer: Serum",
        ">new<",
        "gentler",
        "in force",
    ):
        assert words in shown


def test_a_version_is_approved_by_somebody_other_than_its_author(served: Served, path: str) -> None:
    filler = served.house.product("Filler")
    there = written(served.house, "Glow", ComponentOf(product_uid=filler.uid, quantity=3000))
    version = VersionOf(
        components=(ComponentOf(product_uid=filler.uid, quantity=3500),),
        output_quantity=3000,
        beyond_use_minutes=120,
        reason="by the practitioner",
    )
    second = write_version(
        served.store,
        WriteVersion(recipe_uid=there.recipe_uid, version=version),
        actor=served.clinic.practitioner,
        key=key("version"),
        now=NOW,
    )
    page = f"{path}/{there.recipe_uid}"
    action = f"{page}/versions/{second.version_uid}/approval"
    author = served.logged_in(served.clinic.practitioner)
    other = served.logged_in(served.clinic.employ(Role.PRACTITIONER))

    own = fill_in(author, page, action=action)
    form = hidden_of(other, page, action=action)
    first, again = post(other, action, form), post(other, action, form)
    late = post(author, action, {**form, "csrf_token": author.anti_forgery_token(page), "key": "late"})

    assert own.status_code == 403 and "You wrote version 2 yourself" in own.text
    assert first.status_code == again.status_code == 303
    shown = author.get(page).text
    assert "retired" in shown and "Approve version" not in shown
    assert late.status_code == 409 and "approved already" in late.text


def test_a_version_of_another_recipe_is_not_approved_from_here(served: Served, path: str) -> None:
    filler = served.house.product("Filler")
    part = ComponentOf(product_uid=filler.uid, quantity=3000)
    one = written(served.house, "One", part, approved=False)
    two = written(served.house, "Two", part, approved=False)
    browser = served.logged_in(served.clinic.practitioner)
    page = f"{path}/{one.recipe_uid}"
    form = hidden_of(browser, page, action=f"{page}/versions/{one.version_uid}/approval")

    answer = post(browser, f"{page}/versions/{two.version_uid}/approval", form)

    assert answer.status_code == 404


def test_the_list_says_what_is_in_force_and_is_searched(served: Served, nurse: Browser, path: str) -> None:
    filler = served.house.product("Filler")
    part = ComponentOf(product_uid=filler.uid, quantity=3000)
    written(served.house, "Glow", part)
    written(served.house, "Calm <b>", part, approved=False)

    text = nurse.get(path).text

    assert "version 1" in text and "none yet" in text and "1 waits for approval" in text
    assert "Calm &lt;b&gt;" in text and "<b>" not in text
    assert text.index("Calm") < text.index("Glow")
    assert "Glow" not in nurse.get(f"{path}?q=calm").text
    assert "No recipe is like this" in nurse.get(f"{path}?q=%25").text


def test_an_auditor_reads_recipes_and_writes_none(served: Served, path: str) -> None:
    auditor = served.logged_in(served.clinic.auditor)

    assert "No recipe yet" in auditor.get(path).text
    assert "New recipe" not in auditor.get(path).text
    assert auditor.get(f"{path}/new").status_code == 403
    assert auditor.get(f"{path}/nonsense").status_code == 404
    assert served.logged_in(served.house.another_clinic().auditor).get(path).status_code == 404


def test_many_recipes_and_versions_cost_no_more_statements(served: Served, nurse: Browser, path: str) -> None:
    filler = served.house.product("Filler")
    part = ComponentOf(product_uid=filler.uid, quantity=3000)
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    there = written(served.house, "First", part, part)
    counts: dict[str, list[int]] = {path: [], f"{path}/{there.recipe_uid}": []}
    for number in range(2):
        written(served.house, f"Recipe {number}", part)
        version = VersionOf(
            components=(part, part), output_quantity=3000, beyond_use_minutes=60, reason="again"
        )
        write_version(
            served.store,
            WriteVersion(recipe_uid=there.recipe_uid, version=version),
            actor=served.clinic.nurse,
            key=key("version"),
            now=NOW,
        )
        for page, found in counts.items():
            statements.clear()
            nurse.get(page)
            found.append(len(statements))

    assert all(first == second < 15 for first, second in counts.values()), counts


def test_a_powder_s_page_drafts_the_recipe_by_which_it_is_dissolved(served: Served) -> None:
    toxin, water = powder(served.house)
    doctor = served.clinic.practitioner
    browser, caller = served.logged_in(doctor), Caller(served, doctor)
    there = f"/c/{served.clinic.uid}/products/{toxin.uid}"

    assert "Draft its recipe" in browser.get(there).text
    assert "Draft its recipe" not in browser.get(f"/c/{served.clinic.uid}/products/{water.uid}").text
    made = browser.send(there, f"{there}/reconstitution", key=key())
    recipe = browser.get(made.headers["Location"]).text
    shown = browser.get(there).text
    again = caller.post("/recipes/reconstitutions", {"product_uid": toxin.uid})

    assert made.status_code == 303 and "Toxin, reconstituted" in recipe and "leaflet of the maker" in recipe
    assert made.headers["Location"] in shown and "Draft a further version" in shown
    assert again["number"] == 2
    assert (
        caller.post("/recipes/reconstitutions", {"product_uid": water.uid}, status=422)["code"]
        == "not_a_powder"
    )
