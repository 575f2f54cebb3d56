"""Does a scan that may not be used stop the line, and say what can be done with the pack?"""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from stockroom.clock import now
from stockroom.models import Alert, Location, Usage
from stockroom.operations.plan_session import NeedOf
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.queries.clinics import clinic_of
from stockroom.vocabulary import ContainerType, HoldReason, RegulatoryClass, Rule
from tests.builders import Goods, key
from tests.serving import Browser, Served
from tests.sessions import hold, opened, patient, rows, session
from tests.web.benching import code, movements, page_of, posted, scan


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


@pytest.fixture
def visit(served: Served) -> str:
    return session(served.house, planned_at=now())


def test_a_refusal_stops_the_line_and_says_why(served: Served, browser: Browser, visit: str) -> None:
    needle = served.house.needle("Needle <script>")
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    hold(served.house, lot, HoldReason.RECALL)

    refused = scan(browser, served, visit, code(needle, lot))

    assert refused.status_code == 422
    for words in ('data-stop="refused"', "STOP", "recalled", "Understood", "Needle &lt;script&gt;"):
        assert words in refused.text, words
    assert "Use it all the same" not in refused.text
    assert served.clinic.on_hand(lot) == 5


def test_who_may_override_does_so_with_a_reason(served: Served, visit: str) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    hold(served.house, lot, HoldReason.SUSPICION)
    nurse, doctor = (served.logged_in(each) for each in (served.clinic.nurse, served.clinic.practitioner))

    assert "Use it all the same" not in scan(nurse, served, visit, code(needle, lot)).text
    offered = scan(doctor, served, visit, code(needle, lot))
    assert "Use it all the same" in offered.text
    wanting = scan(doctor, served, visit, code(needle, lot), override_rules=Rule.HELD.value)
    done = scan(
        doctor,
        served,
        visit,
        code(needle, lot),
        override_rules=Rule.HELD.value,
        override_reason="Seen and agreed",
    )

    assert (wanting.status_code, done.status_code) == (422, 303)
    assert served.clinic.on_hand(lot) == 4


def test_of_whom_nobody_asked_about_allergies_it_is_one_tap_to_asking(
    served: Served, browser: Browser
) -> None:
    filler = served.house.product("Filler", ingredients=("lidocaine",))
    vial = opened(served.house, served.clinic.lot_on_shelf(filler, "F1"), now=now())
    visit = session(served.house, patient(served.house, asked=False), planned_at=now())

    refused = scan(browser, served, visit, f"SRC:{vial.short_code}")

    assert refused.status_code == 422
    assert f'href="{page_of(served, visit)}/arrival">' in refused.text.partition('data-stop="refused"')[2]
    assert "Ask now" in refused.text and rows(served.store, Usage) == []


def test_a_prescription_is_the_session_practitioners_where_he_may(served: Served, browser: Browser) -> None:
    house, clinic = served.house, served.clinic
    drug = house.product(
        "Drug",
        content_quantity=1,
        container_type=ContainerType.NONE,
        regulatory_class=RegulatoryClass.MEDICINE,
        in_use_minutes=None,
    )
    lot = clinic.lot_on_shelf(drug, "D1", presentations=5)
    doctor = clinic.practitioner
    visit = session(house, planned_at=now(), practitioner_uid=doctor.person_uid)
    chosen = re.search(r'<option value="([^"]+)" selected>', browser.get(page_of(served, visit)).text)

    refused = scan(browser, served, visit, code(drug, lot))
    done = scan(browser, served, visit, code(drug, lot), prescriber_uid=doctor.person_uid)

    assert chosen is not None and chosen[1] == doctor.person_uid
    assert "needs a prescriber" in refused.text
    assert done.status_code == 303
    assert rows(served.store, Usage)[0].prescriber_id == doctor.person_id


@pytest.mark.parametrize("text", ["", "   ", "?", "01", "0109520000000349", "(01)12", "x" * 5000, "\x1d\x1d"])
def test_an_unreadable_scan_is_refused_and_nothing_is_booked(
    served: Served, browser: Browser, visit: str, text: str
) -> None:
    refused = scan(browser, served, visit, text)

    assert refused.status_code in (200, 400, 422)
    assert "data-stop" in refused.text
    assert len(rows(served.store, Usage)) == 0


def test_a_label_of_a_place_says_where_it_belongs(served: Served, browser: Browser, visit: str) -> None:
    fridge = served.clinic.fridge
    with served.store.reading() as connection:
        short = connection.execute(select(Location.short_code).where(Location.id == fridge.id)).scalar_one()

    answer = scan(browser, served, visit, f"SRL:{short}")

    assert answer.status_code == 200
    assert 'data-stop="elsewhere"' in answer.text
    assert f"/locations/{fridge.uid}" in answer.text


def test_a_lot_of_another_clinic_says_whose_it_is(served: Served, browser: Browser, visit: str) -> None:
    needle, other = served.house.needle(), served.house.another_clinic()
    other.lot_on_shelf(needle, "T1", at=other.fridge)

    answer = scan(browser, served, visit, code(needle, "T1"))

    assert answer.status_code == 200
    for words in ('data-stop="not_in_books"', "lot T1", "in the books of Rila", "Put it aside"):
        assert words in answer.text, words
    assert "Receive it now" not in answer.text


def test_a_product_that_nobody_knows_is_put_aside(served: Served, browser: Browser, visit: str) -> None:
    text = code(Goods(id=0, uid="", gtin="09520000999995", content_quantity=1), "T1")
    answer = scan(browser, served, visit, text)
    assert "Nobody knows this product yet" in answer.text
    assert "Receive it now" not in answer.text


def allow_bench_receipt(served: Served) -> None:

    with served.store.reading() as connection:
        version = clinic_of(connection, served.clinic.manager.user_id, uid=served.clinic.uid).version
    set_settings(
        served.store,
        SetSettings(version=version, values={"bench_receipt_allowed": True}),
        actor=served.clinic.manager,
        key=key("settings"),
        now=now(),
    )


def test_where_the_clinic_allows_it_a_pack_is_received_and_the_scan_goes_on(
    served: Served, browser: Browser, visit: str
) -> None:
    needle = served.house.needle()
    fridge = served.clinic.fridge
    allow_bench_receipt(served)
    offered = scan(browser, served, visit, code(needle, "NEW1"), key="k")
    assert "Receive it now" in offered.text and "Fridge" in offered.text

    form = {"scan": code(needle, "NEW1"), "location_uid": fridge.uid, "pack_count": "5", "key": "k"}
    answer = posted(browser, served, visit, "receive", **form)
    assert answer.status_code == 307
    done = scan(browser, served, visit, code(needle, "NEW1"), key="k")

    assert done.status_code == 303
    assert len(movements(served, "use")) == 1
    assert any(each.kind == "bench_receipt_unmatched" for each in rows(served.store, Alert))


def test_a_bench_receipt_that_is_not_allowed_is_refused(served: Served, browser: Browser, visit: str) -> None:
    needle = served.house.needle()
    form = {"scan": code(needle, "NEW1"), "location_uid": served.clinic.fridge.uid, "pack_count": "1"}
    refused = posted(browser, served, visit, "receive", **form)
    assert refused.status_code == 422
    assert "takes nothing in at the bench" in refused.text
    assert movements(served) == []


def test_a_code_that_cannot_be_read_is_booked_by_hand_when_the_pack_agrees(
    served: Served, browser: Browser, visit: str
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "LOTab12", presentations=5)
    here = f"{page_of(served, visit)}/by-hand"
    assert needle.uid in browser.get(f"{here}?q=30g").text
    lots = browser.get(f"{here}?product={needle.uid}").text
    assert "LOT····" in lots and "LOTab12" not in lots
    typed = browser.get(f"{here}?lot={lot.uid}").text
    assert "LOTab12" not in typed

    wrong = scan(browser, served, visit, lot_uid=lot.uid, lot_tail="AB12", expiry="12/2027")
    late = scan(browser, served, visit, lot_uid=lot.uid, lot_tail="ab12", expiry="11/2027")
    done = scan(browser, served, visit, lot_uid=lot.uid, lot_tail="ab12", expiry="12/2027")

    assert (wrong.status_code, late.status_code, done.status_code) == (422, 422, 303)
    assert "AB12 is not how the number" in wrong.text
    assert [each.identified_by for each in rows(served.store, Usage)] == ["by_hand"]
    assert served.clinic.on_hand(lot) == 4


@pytest.mark.parametrize("numbers", [("N1",), ("N1", "N2")])
def test_a_code_without_a_lot_leads_to_the_lots_that_lie_here(
    served: Served, browser: Browser, visit: str, numbers: tuple[str, ...]
) -> None:
    needle = served.house.needle()
    for number in numbers:
        served.clinic.lot_on_shelf(needle, number)

    answer = scan(browser, served, visit, needle.gtin)

    assert answer.status_code == 303
    assert f"/by-hand?product={needle.uid}" in answer.headers["Location"]


def test_what_was_planned_stands_first_where_the_code_cannot_be_read(
    served: Served, browser: Browser
) -> None:
    house, clinic = served.house, served.clinic
    first, planned = house.product("Aaa"), house.product("Zzz")
    for product in (first, planned):
        clinic.lot_on_shelf(product, "L1")
    visit = session(house, planned_at=now(), needs=(NeedOf(product_uid=planned.uid, quantity=1_000),))

    page = browser.get(f"{page_of(served, visit)}/by-hand").text

    assert page.index(planned.uid) < page.index(first.uid)
    assert page.count(">planned</span>") == 2, "the product, and the state of the session"
    assert (
        "2 vials lie here" not in page
        and "1 vial" in browser.get(f"{page_of(served, visit)}/by-hand?product={planned.uid}").text
    )


def test_lots_that_read_alike_are_one_choice_and_the_pack_says_which_it_is(
    served: Served, browser: Browser, visit: str
) -> None:
    needle = served.house.needle()
    first, second = (
        served.clinic.lot_on_shelf(needle, number, presentations=5) for number in ("NEEV2601", "NEEV2602")
    )
    other = served.clinic.lot_on_shelf(needle, "OTHE2603", presentations=5)

    page = browser.get(f"{page_of(served, visit)}/by-hand?product={needle.uid}").text
    chosen = {"lot_uid": first.uid, "expiry": "12/2027"}
    wrong = scan(browser, served, visit, lot_tail="2603", **chosen)
    late = scan(browser, served, visit, lot_uid=first.uid, lot_tail="2602", expiry="11/2027")
    done = scan(browser, served, visit, lot_tail="2602", **chosen)

    assert page.count("NEEV····") == 1 and "10 lie here · 2 lots" in page and "OTHE····" in page
    assert (wrong.status_code, late.status_code, done.status_code) == (422, 422, 303)
    on_hand = [served.clinic.on_hand(lot) for lot in (first, second, other)]
    assert on_hand == [5, 4, 5]
