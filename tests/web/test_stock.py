"""Does the stock say what is on hand and what is about to go off, by product, lot, place and month?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event

from stockroom.clock import civil_date, now
from stockroom.operations.write_recipe import ComponentOf
from stockroom.vocabulary import LocationKind
from stockroom.web.marks import SOON, day_mark, instant_mark
from tests import cocktails
from tests.cocktails import add, begin, finish, patient_with_session, recipe
from tests.serving import Served
from tests.sessions import opened

TODAY = date(2026, 3, 2)
LISTS = ("stock", "stock/lots", "stock/places", "stock/expiry")
FILES = ("products", "lots", "places", "expiry")


@pytest.mark.parametrize("path", LISTS)
def test_an_empty_clinic_is_told_what_to_do_first(served: Served, path: str) -> None:
    page = served.logged_in(served.clinic.nurse).get(f"/c/{served.clinic.uid}/{path}")

    assert page.status_code == 200
    assert "Nothing is on the shelves yet" in page.text or "nothing lies here" in page.text


def test_the_page_shows_products_with_quantity_lots_and_expiry(served: Served) -> None:
    house, clinic = served.house, served.clinic
    today = civil_date(now(), clinic.zone)
    filler = house.product("Filler <b>", content_quantity=2000)
    clinic.lot_on_shelf(filler, "A1", presentations=3, expires_on=today - timedelta(days=1))
    clinic.lot_on_shelf(filler, "B2", presentations=2, expires_on=today + timedelta(days=400))

    page = served.logged_in(clinic.manager).get("/", follow_redirects=True)

    for words in ("Filler &lt;b&gt;", "5 vials", "2 lots", "expired"):
        assert words in page.text
    assert "<b>" not in page.text


def test_what_lies_here_reads_as_people_count_it(served: Served) -> None:
    house, clinic = served.house, served.clinic
    sharp = clinic.lot_on_shelf(house.needle(), "SHARP", presentations=42)
    filler = house.product("Filler", content_quantity=5000)
    lot = clinic.lot_on_shelf(filler, "A1", presentations=3)
    opened(house, lot, now=now())
    nurse = served.logged_in(clinic.nurse)
    pages = ("stock", "stock/lots", f"lots/{sharp.uid}", f"lots/{lot.uid}", f"products/{filler.uid}")

    shown = {path: nurse.get(f"/c/{clinic.uid}/{path}").text for path in pages}

    for path in ("stock", "stock/lots", f"lots/{sharp.uid}"):
        assert "4 boxes + 2" in shown[path], path
    for path in ("stock", "stock/lots", f"lots/{lot.uid}", f"products/{filler.uid}"):
        assert "2 vials + 5 mL open" in shown[path], path


def test_the_lots_say_which_are_not_usable_and_where_they_lie(served: Served) -> None:
    house, clinic = served.house, served.clinic
    today = civil_date(now(), clinic.zone)
    filler = house.product("Filler", content_quantity=2000)
    clinic.lot_on_shelf(filler, "OLD", presentations=3, expires_on=today - timedelta(days=1))
    clinic.lot_on_shelf(filler, "NEW", presentations=2, expires_on=today + timedelta(days=400))
    clinic.lot_on_shelf(
        filler,
        "ASIDE",
        at=clinic.account(LocationKind.QUARANTINE),
        expires_on=today + timedelta(days=500),
    )

    page = served.logged_in(clinic.nurse).get(f"/c/{clinic.uid}/stock/lots")

    assert page.text.index("OLD") < page.text.index("NEW")
    for words in ("not usable place", "Fridge", "3 vials", "2 vials"):
        assert words in page.text


def test_a_cocktail_made_for_one_patient_says_so_in_every_list(served: Served) -> None:
    house, clinic, at = served.house, served.clinic, now()
    filler = house.product("Filler")
    vial = cocktails.opened(clinic, filler, clinic.lot_on_shelf(filler, "F1"), beyond_use_at=None)
    session = patient_with_session(house, "Mara Imaginary")
    glow = recipe(house, "Glow", ComponentOf(product_uid=filler.uid, quantity=3000))
    begun = begin(house, glow.recipe_uid, session, now=at)
    add(house, begun.preparation_uid, location_uid=vial.uid, quantity=3000, now=at)
    made = finish(house, begun.preparation_uid, now=at)
    nurse, home = served.logged_in(clinic.nurse), f"/c/{clinic.uid}"

    pages = (
        "stock/lots",
        f"locations/{clinic.room.uid}",
        f"lots/{made.lot_uid}",
    )

    for page in pages:
        assert "or one patient" in nurse.get(f"{home}/{page}").text, page
    assert "Not to be used" not in nurse.get(f"{home}/lots/{made.lot_uid}").text


def test_lots_are_narrowed_by_place_product_text_kind_and_usability(served: Served) -> None:
    house, clinic = served.house, served.clinic
    today = civil_date(now(), clinic.zone)
    filler, other = house.product("Filler", content_quantity=2000), house.product("Needle")
    clinic.lot_on_shelf(filler, "COLD", at=clinic.fridge)
    clinic.lot_on_shelf(filler, "DRY", at=clinic.cupboard)
    clinic.lot_on_shelf(filler, "GONE", expires_on=today - timedelta(days=1))
    clinic.lot_on_shelf(other, "SHARP")
    browser = served.logged_in(clinic.nurse)

    def shown(query: str) -> set[str]:
        text = browser.get(f"/c/{clinic.uid}/stock/lots?{query}").text
        return {number for number in ("COLD", "DRY", "GONE", "SHARP") if f">{number}</a>" in text}

    assert shown("") == {"COLD", "DRY", "GONE", "SHARP"}
    assert shown(f"place={clinic.cupboard.uid}") == {"DRY"}
    assert shown(f"product={other.uid}") == {"SHARP"}
    assert shown("q=fill") == {"COLD", "DRY", "GONE"}
    assert shown("q=sharp") == {"SHARP"}
    assert shown("q=%25") == set()
    assert shown("goods=made_here") == set()
    assert "GONE" not in shown("usable=1")
    assert shown("place=nonsense&goods=nonsense&product=1") == {"COLD", "DRY", "GONE", "SHARP"}


def test_a_long_list_is_read_a_page_at_a_time(served: Served) -> None:
    clinic = served.clinic
    product = served.house.product("Filler")
    for number in range(53):
        clinic.lot_on_shelf(product, f"L{number:03d}")
    browser = served.logged_in(clinic.nurse)

    first = browser.get(f"/c/{clinic.uid}/stock/lots?sort=lot").text
    second = browser.get(f"/c/{clinic.uid}/stock/lots?sort=lot&page=2").text
    turned = browser.get(f"/c/{clinic.uid}/stock/lots?sort=-lot").text

    assert "53 lots in stock" in first and "Page 1 of 2" in first
    assert ">L000</a>" in first and ">L052</a>" not in first
    assert ">L052</a>" in second and ">L000</a>" not in second
    assert ">L052</a>" in turned and ">L000</a>" not in turned


def test_the_places_say_what_lies_there(served: Served) -> None:
    clinic = served.clinic
    clinic.lot_on_shelf(served.house.product("Filler"), "A1", at=clinic.cupboard)
    assert clinic.fridge

    page = served.logged_in(clinic.nurse).get(f"/c/{clinic.uid}/stock/places")

    for words in ("Cupboard", "1 lot", "Fridge", "nothing lies here"):
        assert words in page.text


def test_expiry_by_month_is_a_picture_with_its_table(served: Served) -> None:
    clinic = served.clinic
    today = civil_date(now(), clinic.zone)
    filler = served.house.product("Filler")
    clinic.lot_on_shelf(filler, "OLD", expires_on=today - timedelta(days=400))
    clinic.lot_on_shelf(filler, "NEXT", expires_on=today + timedelta(days=100))
    clinic.lot_on_shelf(filler, "NEVER", expires_on=None)

    page = served.logged_in(clinic.manager).get(f"/c/{clinic.uid}/stock/expiry")

    for words in (
        'role="img"',
        "<desc",
        "expired: 1 lot",
        "1 lot has expired",
        "no printed expiry",
        "without a price",
    ):
        assert words in page.text


@pytest.mark.parametrize("name", FILES)
def test_each_list_leaves_as_a_file_that_runs_no_formula(served: Served, name: str) -> None:
    clinic = served.clinic
    product = served.house.product("=1+1", content_quantity=2000)
    clinic.lot_on_shelf(product, "@A1", presentations=2, at=clinic.cupboard)

    answer = served.logged_in(clinic.manager).get(f"/c/{clinic.uid}/stock/{name}.csv")

    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    lines = answer.text.splitlines()
    assert len(lines) >= 2
    assert not any(cell.startswith(("=", "@")) for line in lines for cell in line.split(","))
    if name in ("products", "lots"):
        assert "'=1+1" in answer.text and ",mL," in answer.text


def test_another_clinics_stock_is_not_on_the_page(served: Served) -> None:
    other = served.house.another_clinic("Rila")
    other.lot_on_shelf(served.house.product("Filler"), "THEIRS")
    browser = served.logged_in(served.clinic.nurse)

    for path in LISTS:
        assert "Filler" not in browser.get(f"/c/{served.clinic.uid}/{path}").text
        assert browser.get(f"/c/{other.uid}/{path}").status_code == 404


@pytest.mark.parametrize("path", LISTS)
def test_a_list_costs_the_same_number_of_statements_for_many_lots(served: Served, path: str) -> None:
    browser, counts = served.logged_in(served.clinic.nurse), []
    statements: list[str] = []
    event.listen(served.store.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    for number in range(2):
        for each in range(4):
            product = served.house.product(f"Product {number} {each}")
            served.clinic.lot_on_shelf(product, "A1")
        statements.clear()
        browser.get(f"/c/{served.clinic.uid}/{path}")
        counts.append(len(statements))

    assert counts[0] == counts[1] < 16


@pytest.mark.parametrize(
    ("expires_on", "word"),
    [
        (TODAY - timedelta(days=1), "expired"),
        (TODAY, "today"),
        (TODAY + timedelta(days=1), "in 1 day"),
        (TODAY + SOON, "in 60 days"),
    ],
)
def test_an_expiry_that_matters_is_marked(served: Served, expires_on: date, word: str) -> None:
    with served.app.test_request_context():
        mark = day_mark(expires_on, TODAY)

    assert mark is not None and mark.word == word


def test_an_expiry_far_away_is_not_marked() -> None:
    assert day_mark(TODAY + SOON + timedelta(days=1), TODAY) is None
    assert day_mark(None, TODAY) is None


def test_the_hours_that_are_left_are_said(served: Served) -> None:
    at = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    with served.app.test_request_context():
        left, over = instant_mark(at + timedelta(minutes=125), at), instant_mark(at, at)

    assert left is not None and left.word == "2 h 05 min left"
    assert over is not None and over.loudness == "danger"
    assert instant_mark(at + timedelta(days=2), at) is None


def test_a_person_of_two_clinics_chooses_and_the_choice_is_in_the_address(served: Served) -> None:
    from stockroom.operations.employ import GiveRole, give_role
    from stockroom.vocabulary import Role
    from tests.builders import key

    other, nurse = served.house.another_clinic("Rila"), served.clinic.nurse
    given = GiveRole(user_uid=served.uid_of_user(nurse), role=Role.NURSE)
    give_role(served.store, given, actor=other.system, key=key(), now=now())

    browser = served.logged_in(nurse)
    page = browser.get("/")

    assert page.status_code == 200
    assert f"/c/{other.uid}/" in page.text
    assert browser.get(f"/c/{other.uid}/stock").status_code == 200


def test_another_way_of_writing_a_clinics_id_is_no_address(served: Served) -> None:
    nurse = served.logged_in(served.clinic.nurse)

    assert nurse.get(f"/c/{served.clinic.uid.replace('-', '')}/stock").status_code == 404
    assert nurse.get(f"/c/{served.clinic.uid.upper()}/stock").status_code == 404
