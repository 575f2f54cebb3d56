"""Is one scan in a session one act, asked about where it must be, and never twice?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from stockroom.barcodes.elements import write_element_string
from stockroom.barcodes.scan import gs1_elements
from stockroom.clock import now
from stockroom.models import Container, Line, TradeItem, Usage
from stockroom.operations.erase_patient import ErasePatient, erase_patient
from stockroom.operations.plan_session import NeedOf
from stockroom.vocabulary import ContainerType, SessionState
from tests.builders import FAR, key
from tests.patients import ask, register
from tests.serving import Browser, Served
from tests.sessions import advance, line, opened, patient, rows, session, used
from tests.web.benching import code, last_of, movements, page_of, posted, scan


@pytest.fixture
def browser(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


@pytest.fixture
def visit(served: Served) -> str:
    return session(served.house, planned_at=now())


def test_a_piece_is_used_at_once_and_shown_large(served: Served, browser: Browser, visit: str) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)

    answer = scan(browser, served, visit, code(needle, lot))

    assert answer.status_code == 303
    shown = browser.get(answer.headers["Location"])
    for words in ('data-outcome="used"', "Used", "lot N1", 'value="1"', "Undo", "Broken / spilled"):
        assert words in shown.text, words
    assert served.clinic.on_hand(lot) == 4
    assert [each.identified_by for each in rows(served.store, Usage)] == ["scan"]


def test_a_scan_takes_the_open_need_then_the_usual_draw(served: Served, browser: Browser) -> None:
    house, clinic = served.house, served.clinic
    needle = house.needle()
    lot = clinic.lot_on_shelf(needle, "N1", presentations=9)
    visit = session(house, planned_at=now(), needs=(NeedOf(product_uid=needle.uid, quantity=3),))

    for _ in range(2):
        scan(browser, served, visit, code(needle, lot))

    assert [each.quantity for each in rows(served.store, Line) if each.session_id] == [3, 1]
    assert "3" in browser.get(page_of(served, visit)).text


def test_a_box_only_names_the_lot(served: Served, browser: Browser, visit: str) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=30)
    with served.store.reading() as connection:
        box = connection.execute(
            select(TradeItem.code).where(TradeItem.product_id == needle.id, TradeItem.pack_level == "box")
        ).scalar_one()
    text = write_element_string(gs1_elements(gtin=box, today=now().date(), lot_number="N1", expires_on=FAR))

    scan(browser, served, visit, text)

    assert served.clinic.on_hand(lot) == 29


def test_the_same_form_sent_twice_is_booked_once(served: Served, browser: Browser, visit: str) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=5)

    answers = [scan(browser, served, visit, code(needle, lot), key="one") for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    assert last_of(answers[0]) == last_of(answers[1])
    assert served.clinic.on_hand(lot) == 4


def test_an_old_form_with_another_scan_is_another_act(served: Served, browser: Browser, visit: str) -> None:
    needle = served.house.needle()
    first = served.clinic.lot_on_shelf(needle, "N1", presentations=5)
    second = served.clinic.lot_on_shelf(needle, "N2", presentations=5)

    for lot in (first, second):
        assert scan(browser, served, visit, code(needle, lot), key="same").status_code == 303

    assert (served.clinic.on_hand(first), served.clinic.on_hand(second)) == (4, 4)


def test_a_sealed_vial_for_several_draws_is_opened_and_says_its_code(
    served: Served, browser: Browser, visit: str
) -> None:
    filler = served.house.product("Filler")
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=2)

    answer = scan(browser, served, visit, code(filler, lot))
    shown = browser.get(answer.headers["Location"])

    vial = rows(served.store, Container)[0]
    assert vial.short_code in shown.text
    assert 'data-outcome="opened"' in shown.text
    assert len(movements(served, "use")) == 0
    assert movements(served, "open")[0].document_uid == visit


def test_an_opening_sent_again_after_a_lost_answer_opens_nothing_more(
    served: Served, browser: Browser, visit: str
) -> None:
    filler = served.house.product("Filler")
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)

    answers = [scan(browser, served, visit, code(filler, lot), key="lost") for _ in range(3)]

    assert [each.status_code for each in answers] == [303] * 3
    assert len(rows(served.store, Container)) == 1


def test_where_something_is_open_a_person_is_asked_before_anything_is_booked(
    served: Served, browser: Browser, visit: str
) -> None:
    filler = served.house.product("Filler")
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    vial = opened(served.house, lot, now=now())
    before = len(movements(served))

    asked = scan(browser, served, visit, code(filler, lot), key="k")

    assert asked.status_code == 200
    for words in ('data-stop="which"', f"from {vial.short_code}", "this one is new: open it", "5 mL left"):
        assert words in asked.text, words
    assert len(movements(served)) == before

    answered = scan(browser, served, visit, code(filler, lot), key="k", vial=vial.container_uid)
    again = scan(browser, served, visit, code(filler, lot), key="k", vial="open")

    assert answered.status_code == again.status_code == 303
    assert last_of(answered) == last_of(again)
    assert len(movements(served, "use")) == 1
    assert len(rows(served.store, Container)) == 1


def test_this_one_is_new_opens_another(served: Served, browser: Browser, visit: str) -> None:
    filler = served.house.product("Filler")
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    opened(served.house, lot, now=now())

    scan(browser, served, visit, code(filler, lot), vial="open")

    assert len(rows(served.store, Container)) == 2


def test_a_new_single_dose_beside_an_open_one_is_used_and_not_opened(
    served: Served, browser: Browser, visit: str
) -> None:
    ampoule = served.house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    lot = served.clinic.lot_on_shelf(ampoule, "A1", presentations=3)
    opened(served.house, lot, session_uid=visit, now=now())

    asked = scan(browser, served, visit, code(ampoule, lot))
    scan(browser, served, visit, code(ampoule, lot), vial="open")

    assert "this one is new: use it" in asked.text
    assert len(rows(served.store, Container)) == 1
    assert served.clinic.on_hand(lot) == 5_000


@pytest.mark.parametrize("written", ["SRC:{}", "{}", "src:{}"])
def test_our_label_or_the_typed_code_answers_too(
    served: Served, browser: Browser, visit: str, written: str
) -> None:
    filler = served.house.product("Filler")
    vial = opened(served.house, served.clinic.lot_on_shelf(filler, "A1", presentations=3), now=now())

    answer = scan(browser, served, visit, written.format(vial.short_code).lower())

    assert answer.status_code == 303
    assert [each.identified_by for each in rows(served.store, Usage)] == ["our_label"]


def test_a_vial_that_ended_while_the_question_stood_is_asked_about_again(
    served: Served, browser: Browser, visit: str
) -> None:
    filler = served.house.product("Filler")
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    gone, other = opened(served.house, lot, now=now()), opened(served.house, lot, now=now())
    posted(browser, served, visit, "broken", container_uid=gone.container_uid)

    answer = scan(browser, served, visit, code(filler, lot), vial=gone.container_uid)

    assert answer.status_code == 200
    assert f"from {other.short_code}" in answer.text
    assert movements(served, "use") == []


def test_the_patient_and_who_is_signed_in_stand_on_top(served: Served, browser: Browser) -> None:
    name = "Anastasia <i>" + "Verylongname" * 14
    ana = register(served.house, name).patient_uid
    visit = session(served.house, ana, planned_at=now())

    page = browser.get(page_of(served, visit)).text
    others = [browser.get(f"{page_of(served, visit)}/{each}").text for each in ("finish", "by-hand")]
    ask(served.house, ana, "hyaluronic-acid", now=now())
    asked = browser.get(page_of(served, visit)).text

    assert "Anastasia &lt;i&gt;" in page and "<i>" not in page
    assert "allergies never asked" in page
    assert "Allergic: hyaluronic acid" in asked.replace("Hyaluronic", "hyaluronic")
    for each in (page, *others):
        head = each.split('id="bench-head"')[1].split("bench-visit")[0]
        assert "Anastasia &lt;i&gt;" in head and "born " in head
        assert "Nurse Vitosha" in each.split("bench-visit")[1]


def test_another_clinics_session_is_not_found_and_an_auditor_only_looks(
    served: Served, browser: Browser, visit: str
) -> None:
    other = served.house.another_clinic()
    theirs = session(served.house, clinic=other, planned_at=now())
    auditor = served.logged_in(served.clinic.auditor)

    assert browser.get(page_of(served, theirs)).status_code == 404
    assert browser.get(page_of(served, "nonsense")).status_code == 404
    assert auditor.get(page_of(served, visit)).status_code == 200
    for act in ("scan", "undo", "broken", "amount", "state", "receive"):
        assert posted(auditor, served, visit, act).status_code == 403
    assert posted(browser, served, visit, "scan", scan="x" * 10).status_code == 422


def test_who_uses_nothing_finds_no_button_and_the_scan_field_of_every_page(
    served: Served, browser: Browser
) -> None:
    visit = session(served.house, planned_at=now())
    vial = served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    opened(served.house, vial, session_uid=visit, now=now())

    nurse, auditor = (
        each.get(page_of(served, visit)).text for each in (browser, served.logged_in(served.clinic.auditor))
    )

    assert "Broken / spilled" in nurse and "bench-scan-input" in nurse and "scan-anywhere" not in nurse
    assert "Broken / spilled" not in auditor and "scan-anywhere" in auditor
    assert 'id="scan-here"' in browser.get(f"{page_of(served, visit)}/finish").text


def test_more_uses_ask_no_more_statements(served: Served, browser: Browser, visit: str) -> None:

    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1", presentations=50)

    def asked() -> int:
        said: list[str] = []
        listener = lambda *given: said.append(given[2])  # noqa: E731
        event.listen(served.store.engine, "before_cursor_execute", listener)
        browser.get(page_of(served, visit))
        event.remove(served.store.engine, "before_cursor_execute", listener)
        return len(said)

    used(served.house, visit, line(lot, 1), now=now())
    asked()  # who was shown is written down once an hour
    first = asked()
    for _ in range(6):
        used(served.house, visit, line(lot, 1), now=now())
    assert asked() == first


def test_an_erased_patients_session_is_shown_without_a_name(served: Served, browser: Browser) -> None:

    ana = patient(served.house)
    visit = session(served.house, ana, planned_at=now() - timedelta(days=1))
    advance(served.house, visit, SessionState.CANCELLED, now=now())
    erase_patient(
        served.store, ErasePatient(patient_uid=ana), actor=served.clinic.manager, key=key(), now=now()
    )
    page = browser.get(page_of(served, visit))
    assert page.status_code == 200
    assert "Erased record" in page.text


def test_a_vial_past_its_limit_is_the_last_answer_and_says_what_stops_it(
    served: Served, browser: Browser, visit: str
) -> None:
    filler = served.house.product("Filler", in_use_minutes=60)
    lot = served.clinic.lot_on_shelf(filler, "A1", presentations=3)
    past = opened(served.house, lot, now=now() - timedelta(hours=2))

    asked = scan(browser, served, visit, code(filler, lot)).text

    question = asked[asked.index('data-stop="which"') :]
    assert question.index("this one is new: open it") < question.index(f"from {past.short_code}")
    assert "beyond use" in question[question.index(f"from {past.short_code}") :]


def test_a_session_of_another_day_says_how_far_away_it_is_until_it_is_over(
    served: Served, browser: Browser
) -> None:
    today, later = (session(served.house, planned_at=now() + timedelta(days=n)) for n in (0, 7))

    heads = [
        browser.get(page_of(served, each)).text.partition('id="bench-head"')[2].partition("<form")[0]
        for each in (today, later)
    ]
    advance(served.house, later, SessionState.CANCELLED)
    over = browser.get(page_of(served, later)).text

    assert ["in 7 days" in head for head in heads] == [False, True]
    assert "in 7 days" not in over
