"""A clinic is set up from nothing in a real browser: places, people, three tables, and the first delivery by scan."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page
from sqlalchemy import text

from stockroom import clock
from stockroom.access.passwords import hash_password
from stockroom.actor import Actor
from stockroom.app import create_app, store_of
from stockroom.db.engine import open_engine
from stockroom.db.migrating import upgrade
from stockroom.db.store import Store
from stockroom.demo.log_ins import LogIn
from stockroom.ledger.verify import verify
from stockroom.operations.employ import Employ, GiveRole, employ, give_role
from stockroom.operations.found_clinic import FoundClinic, found_clinic
from stockroom.operations.load_reference import load_reference
from stockroom.reads.actors import system_actor
from stockroom.reference import load
from stockroom.vocabulary import Role
from tests.browser.shop import THREADS, Shop
from tests.browser.visiting import Visit
from tests.builders import demo_gtin, key
from tests.importing import as_csv, as_xlsx
from tests.loopback import HOST, on_loopback
from tests.serving import PASSWORD, SALT, settings_for

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(300)]
PRODUCTS = 120
EMAIL = "everything@vitosha.test"


def _founded(store: Store) -> None:
    """What the terminal does: one clinic, and one person who may do everything that beginning asks for."""
    with store.reading() as connection:
        system = system_actor(connection, device="terminal")
    at = clock.now()
    load_reference(store, load(), actor=system, key=key("reference"), now=at)
    command = FoundClinic(
        name="Vitosha",
        time_zone="Europe/Sofia",
        country="BG",
        currency="EUR",
        books_begin_on=date(2026, 1, 1),
    )
    founded = found_clinic(store, command, actor=system, key=key("found"), now=at)
    with store.reading() as connection:
        uid = connection.execute(text("SELECT id FROM clinic")).scalar_one()
        there: Actor = system_actor(
            connection, device="terminal", clinic_id=uid, clinic_uid=founded.clinic_uid
        )
    person = Employ(
        name="Ana Invented",
        profession="manager",
        email=EMAIL,
        password_hash=hash_password(PASSWORD, salt=SALT),
    )
    employed = employ(store, person, actor=there, key=key("employ"), now=at)
    for role in (Role.ADMINISTRATOR, Role.MANAGER):
        given = GiveRole(user_uid=employed.user_uid or "", role=role)
        give_role(store, given, actor=there, key=key("role"), now=at)


@pytest.fixture
def empty_shop(tmp_path: Path) -> Iterator[Shop]:
    """An installation with one clinic in which nothing is, served on loopback."""
    url = f"sqlite:///{tmp_path / 'empty.sqlite'}"
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    app = create_app(settings_for(url, tmp_path))
    store = store_of(app)
    _founded(store)
    log_in = LogIn(role=Role.ADMINISTRATOR, email=EMAIL, password=PASSWORD)
    try:
        with on_loopback(app, threads=THREADS) as port:
            yield Shop(address=f"http://{HOST}:{port}", store=store, log_ins=(log_in,))
    finally:
        store.engine.dispose()


def _products(*, wrong: bool = False) -> bytes:
    """A hundred and twenty vials as a European spreadsheet saves them; `wrong`: every tenth line."""
    heads = (
        "manufacturer",
        "name",
        "presentation",
        "content",
        "gtin",
        "supplier",
        "item code",
        "supplier pack",
    )
    heads += ("lead time days", "price", "currency", "minimum", "target")
    rows = []
    for n in range(1, PRODUCTS + 1):
        bad = wrong and n % 10 == 0
        price = ("1.250,00" if bad else "12,50", "EUR")
        said = ("Demo Labs", f"Demo Vial {n}", "vial", "2,5 mL", demo_gtin(5000 + n), "Demo Supply", f"D-{n}")
        rows.append((*said, "0" if bad else "10", "4", *price, "5", "20"))
    return as_csv(heads, *rows, separator=";", encoding="cp1252")


def _lots(shown_as: object = "00123") -> bytes:
    rows = [["Demo Vial 1", shown_as, date(2029, 5, 31), "Fridge", 12]]
    rows += [[f"Demo Vial {n}", f"L{n:04d}", date(2029, 5, 31), "Fridge", 12] for n in range(2, PRODUCTS)]
    formats = {f"C{n}": "yyyy-mm-dd" for n in range(2, PRODUCTS + 1)}
    return as_xlsx(("product", "lot", "expiry", "place", "count"), *rows, formats=formats)


def _send(visit: Visit, name: str, content: bytes) -> None:
    """Choose a file, have it checked, and wait until the page says what came of it."""
    visit.choose_file(visit.page.locator("#file"), name, content)
    visit.tap("Check", exact=True)
    visit.page.locator("h1", has_text=name).wait_for()
    visit.page.locator("[data-progress]").wait_for(state="detached")
    visit.page.wait_for_load_state()


def _is_good(page: Page) -> None:
    """Axe finds nothing on the page, and nothing of it lies beside the window."""
    violations = Axe().run(page).response["violations"]
    assert [(each["id"], each["nodes"][0]["html"][:160]) for each in violations] == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_clinic_is_set_up_from_nothing(chromium: Browser, empty_shop: Shop) -> None:
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    ana = Visit(context.new_page(), empty_shop, "administrator")
    page = ana.page
    began = time.monotonic()

    ana.log_in()
    page.get_by_role("heading", name="First steps").wait_for()
    assert page.locator("#step-places .mark", has_text="next").count() == 1
    _is_good(page)
    _add_places(ana)
    _add_person(ana)
    ana.press(page.get_by_role("link", name="Bring in a list").first)
    _is_good(page)
    _send(ana, "products.csv", _products(wrong=True))
    _is_good(page)
    page.get_by_text("24 faults").first.wait_for()
    assert page.get_by_text("In 12 of 120 lines").count()
    assert page.get_by_role("row").filter(has_text="1.250,00 is not an amount").count() == 12
    ana.tap("Send it again")
    _send(ana, "products.csv", _products())
    _is_good(page)
    ana.tap("Bring in", exact=True)
    page.get_by_text("Brought in, whole: 120 new").wait_for()

    ana.go("begin")
    ana.press(page.locator("#step-stock").get_by_role("link", name="Bring in a list"))
    _send(ana, "stock.xlsx", _lots(123))
    page.get_by_text("the spreadsheet turned this into the number 123").first.wait_for()
    ana.tap("Send it again")
    _send(ana, "stock.xlsx", _lots())
    ana.tap("Bring in", exact=True)
    page.get_by_text("Brought in, whole: 119 new").wait_for()

    _first_scan(ana)
    ana.go("begin")
    assert page.get_by_text("6 of 6 done").count()
    seconds = time.monotonic() - began
    with empty_shop.store.reading() as connection:
        on_hand = connection.execute(text("SELECT sum(quantity) FROM balance")).scalar_one()
        number = connection.execute(text("SELECT number FROM lot ORDER BY id LIMIT 1")).scalar_one()
    assert (on_hand, number) == (119 * 12 * 2500 + 2500, "00123")
    assert verify(empty_shop.store).ok
    context.close()
    assert ana.faults == []
    print(
        f"\nclinic from nothing: {PRODUCTS} products, {PRODUCTS - 1} lots, {ana.scans} scan, {ana.taps} taps, "
        f"{seconds:.1f} s ({seconds / 60:.1f} min)"
    )


def _add_places(ana: Visit) -> None:
    ana.tap("Add places")
    for name, kind in (("Fridge", "fridge"), ("Room 1", "room")):
        ana.type_into(ana.page.get_by_label("Name"), name)
        kinds = ana.page.get_by_label("What it is")
        ana.choose(kinds, kinds.locator(f"option[value={kind}]").inner_text())
        ana.tap("Add", exact=True)
        ana.page.get_by_role("row").filter(has_text=name).first.wait_for()
    ana.go("begin")
    assert ana.page.locator("#step-people .mark", has_text="next").count() == 1


def _add_person(ana: Visit) -> None:
    ana.go("administration/people/new")
    ana.type_into(ana.page.get_by_label("Name"), "Ivo Invented")
    ana.type_into(ana.page.get_by_label("Profession"), "dermatologist")
    ana.type_into(ana.page.get_by_label("E-mail"), "ivo@vitosha.test")
    ana.type_into(ana.page.get_by_label("First password"), "four plain ampoules of nothing")
    ana.tick(ana.page.get_by_label("practitioner"))
    ana.tap("Add the person")
    ana.page.wait_for_url("**/administration/people/**")
    ana.go("begin")
    assert ana.page.locator("#step-products .mark", has_text="next").count() == 1


def _first_scan(ana: Visit) -> None:
    expires = clock.now().date() + timedelta(days=550)
    ana.go("receive")
    ana.tap("Unpack a delivery")
    ana.page.wait_for_url("**/receive/*")
    ana.scan(f"]d201{demo_gtin(5001)}10NEW1\x1d17{expires:%y%m%d}")
    ana.page.get_by_role("heading", name="1 line").wait_for()
    ana.press(ana.page.get_by_role("link", name="Fill in"))
    ana.choose(ana.page.get_by_label("Supplier"), "Demo Supply")
    ana.type_into(ana.page.get_by_label("Delivery note"), "NOTE-1")
    ana.tap("Keep")
    while ana.page.locator("table .btn-primary").count():
        ana.press(ana.page.locator("table .btn-primary").first)
        ana.places_the_line(into="Fridge")
    ana.tap("Book the delivery")
    ana.page.wait_for_url("**/receive/receipts/**")
