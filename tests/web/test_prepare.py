"""Is a cocktail made on screen, ingredient by ingredient by scan, advised, finished with its limit, or abandoned?"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from bench.measuring import counted
from stockroom.clock import now
from stockroom.models import Container, Preparation, PreparationIngredient
from stockroom.operations.write_recipe import ComponentOf
from stockroom.vocabulary import ContainerType, HoldReason
from tests.builders import Goods, LotAt, key
from tests.cocktails import begin, opened, recipe
from tests.patients import ask, register
from tests.receiving import gs1, rows_of
from tests.serving import Browser, Served
from tests.sessions import hold, session
from tests.web.sending import fill_in
from tests.web.test_products_used import words_of


class Making:
    """A person who makes cocktails in a browser."""

    def __init__(self, served: Served, actor: Any = None) -> None:
        self.served, self.home = served, f"/c/{served.clinic.uid}/prepare"
        self.browser: Browser = served.logged_in(actor or served.clinic.nurse)
        self.path = ""

    def begin(self, recipe_uid: str = "", *sessions: str, **more: Any) -> Any:
        form = {"recipe_uid": recipe_uid, "dose_count": "1", "session_uids": list(sessions), **more}
        answer = self.browser.send(self.home, self.home, key=key("start"), **form)
        if answer.status_code == 303:
            self.path = str(answer.headers["Location"])
        return answer

    def page(self) -> str:
        return str(self.browser.get(self.path).text)

    def send(self, address: str, *, on: str = "", **form: Any) -> Any:
        return self.browser.send(on or self.path, f"{self.path}/{address}", **{"key": key("web"), **form})

    def scan(self, text: str, **form: Any) -> Any:
        return self.send("scan", scan=text, **form)

    def finish(self, **form: Any) -> Any:
        return self.send("completion", location_uid=self.served.clinic.room.uid, **form)


@pytest.fixture
def making(served: Served) -> Making:
    return Making(served)


@pytest.fixture
def filler(served: Served) -> Goods:
    """Several draws share a vial of it."""
    return served.house.product("Filler", content_quantity=5000)


@pytest.fixture
def booster(served: Served) -> Goods:
    """A single dose."""
    return served.house.product(
        "Booster", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE, in_use_minutes=None
    )


@pytest.fixture
def mix(served: Served, filler: Goods, booster: Goods) -> str:
    """A recipe of 1 mL of the filler and 2 mL of the booster."""
    return recipe(
        served.house,
        "Glow",
        ComponentOf(product_uid=filler.uid, quantity=1000),
        ComponentOf(product_uid=booster.uid, quantity=2000),
        technique="nappage",
    ).recipe_uid


@pytest.fixture
def visit(served: Served) -> str:
    uid = register(served.house, "Mara Imaginary").patient_uid
    ask(served.house, uid)
    return session(served.house, uid, planned_at=now())


@pytest.fixture
def dose(served: Served, booster: Goods) -> LotAt:
    """A lot of the booster on the shelf."""
    return served.clinic.lot_on_shelf(booster, "B1")


@pytest.fixture
def full(
    served: Served, making: Making, filler: Goods, booster: Goods, dose: LotAt, mix: str, visit: str
) -> Making:
    """Somebody making a cocktail in which everything is."""
    making.begin(mix, visit)
    making.scan(code(filler, served.clinic.lot_on_shelf(filler, "F1")))
    making.scan(code(booster, dose))
    return making


def code(product: Goods, lot: LotAt) -> str:
    return gs1(product.gtin, lot.number)


def test_a_cocktail_is_made_scan_by_scan_with_advice_and_a_limit(
    served: Served, making: Making, filler: Goods, booster: Goods, mix: str, visit: str
) -> None:
    lot, dose = served.clinic.lot_on_shelf(filler, "F1"), served.clinic.lot_on_shelf(booster, "B1")
    vial = opened(served.clinic, filler, lot, opened_at=now(), beyond_use_at=None)
    (short_code,) = [row.short_code for row in rows_of(served.store, Container)]
    begun = making.begin(mix, visit)
    asks = making.page()

    added = making.scan(f"SRC:{short_code}")
    dosed = making.scan(code(booster, dose))
    full = making.browser.get(dosed.headers["Location"]).text
    made = making.finish()
    done = making.page()

    assert begun.status_code == 303
    assert "meant for: Nappage" in asks
    assert "Mara Imaginary" in asks and short_code in asks and "lot B1 in Fridge" in asks
    assert (added.status_code, dosed.status_code, made.status_code) == (303, 303, 303)
    assert 'data-outcome="used"' in full and "2 mL Booster" in full
    assert "use before" in done and "Scan an ingredient" not in done and "h" in done
    assert [row.state for row in rows_of(served.store, Preparation)] == ["finished"]
    assert served.clinic.on_hand(lot, vial) == 4000
    assert "Glow" in making.browser.get(making.home).text


def test_what_was_made_is_moved_and_thrown_away_in_millilitres(
    served: Served, making: Making, filler: Goods, booster: Goods, mix: str, visit: str
) -> None:
    for product, number in ((filler, "F1"), (booster, "B1")):
        making.path or making.begin(mix, visit)
        making.scan(code(product, served.clinic.lot_on_shelf(product, number)))
    making.finish()
    browser, made = making.browser, making.page()
    lot = re.search(r'href="([^"]*/lots/[^"]*)/disposal"', made)
    assert lot is not None and "3 mL" in made

    asked = [browser.get(f"{lot[1]}/{act}").text for act in ("move", "disposal")]
    moved = fill_in(browser, f"{lot[1]}/move", amount="1.9", to=served.clinic.fridge.uid, reason="")
    told = browser.get(moved.headers["Location"]).text
    thrown = fill_in(
        browser, f"{lot[1]}/disposal?place={served.clinic.fridge.uid}", amount="0,9", reason="spilled"
    )

    assert all('value="3"' in each and "3000" not in each for each in asked)
    assert "Moved 1.9 mL of lot" in told
    assert "Thrown away: 0.9 mL of lot" in browser.get(thrown.headers["Location"]).text
    assert "2.1 mL" in making.page()


def test_its_worksheet_leaves_on_paper_scaled_to_the_doses_with_lots_to_take_and_blanks_to_sign(
    served: Served, making: Making, filler: Goods, booster: Goods, mix: str, visit: str
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1")
    served.clinic.lot_on_shelf(booster, "B1", presentations=3)
    opened(served.clinic, filler, lot, opened_at=now(), beyond_use_at=None)
    (vial,) = [row.short_code for row in rows_of(served.store, Container)]
    making.begin(mix, visit, dose_count="2")
    (draft,) = rows_of(served.store, Preparation)

    blank = making.browser.client.get(f"{making.path}/worksheet.pdf")
    making.scan(f"SRC:{vial}")
    begun = making.browser.client.get(f"{making.path}/worksheet.pdf")

    for words in (
        *(draft.short_code, "Glow", "Mara Imaginary", "2 doses, 6 mL", "Filler", "2 mL", "Booster", "4 mL"),
        *(
            f"{vial}, open, lot F1",
            "lot B1",
            "Fridge",
            "Use before",
            "Nappage",
            "Prepared by, at",
            "Checked by, at",
        ),
    ):
        assert words in words_of(blank.data), words
    assert "F1 2 mL" in " ".join(words_of(begun.data).split()) and "lot F1" not in words_of(begun.data)
    assert (blank.mimetype, f"{making.path}/worksheet.pdf" in making.page()) == ("application/pdf", True)
    stranger = served.house.another_clinic()
    elsewhere = making.path.replace(served.clinic.uid, stranger.uid)
    assert served.logged_in(stranger.nurse).get(f"{elsewhere}/worksheet.pdf").status_code == 404


def test_a_scan_of_a_lot_with_an_open_vial_asks_which_one_and_keeps_nothing(
    served: Served, making: Making, filler: Goods, mix: str, visit: str
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=2)
    vial = opened(served.clinic, filler, lot, opened_at=now(), beyond_use_at=None)
    making.begin(mix, visit)

    asked = making.scan(code(filler, lot))
    nothing = rows_of(served.store, PreparationIngredient)
    answered = making.scan(code(filler, lot), vial=vial.uid)

    assert asked.status_code == 200 and 'data-stop="which"' in asked.text
    assert "this one is new: open it" in asked.text and nothing == []
    assert answered.status_code == 303
    (row,) = rows_of(served.store, PreparationIngredient)
    assert (row.location_id, row.quantity, row.identified_by) == (vial.id, 1000, "scan")


def test_a_vial_past_its_limit_is_the_last_answer_and_says_what_stops_it(
    served: Served, making: Making, filler: Goods, mix: str, visit: str
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=2)
    opened(served.clinic, filler, lot, opened_at=now() - timedelta(hours=9), beyond_use_at=now())
    (past,) = rows_of(served.store, Container)
    making.begin(mix, visit)

    asked = making.scan(code(filler, lot)).text

    question = asked[asked.index('data-stop="which"') :]
    assert "Which one is it?" in question
    assert question.index("this one is new: open it") < question.index(f"from {past.short_code}")
    assert "beyond use" in question[question.index(f"from {past.short_code}") :]


def test_a_sealed_vial_that_is_shared_is_opened_and_drawn_from_by_one_scan(
    served: Served, making: Making, filler: Goods, mix: str, visit: str
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1")
    making.begin(mix, visit)
    one_key = key("open")

    told = making.scan(code(filler, lot), key=one_key)
    page = making.browser.get(told.headers["Location"]).text
    again = making.scan(code(filler, lot), key=one_key)

    assert (told.status_code, again.status_code) == (303, 303)
    (vial,) = rows_of(served.store, Container)
    assert f"write {vial.short_code} on it" in page
    assert len(rows_of(served.store, PreparationIngredient)) == 1


def test_a_vial_that_is_in_it_to_the_last_drop_is_not_asked_about_again(
    served: Served, making: Making, filler: Goods, visit: str
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1", presentations=2)
    first = opened(served.clinic, filler, lot, opened_at=now(), beyond_use_at=None)
    part = ComponentOf(product_uid=filler.uid, quantity=6000)
    making.begin(recipe(served.house, "More than one", part, output_quantity=6000).recipe_uid, visit)
    (short_code,) = [row.short_code for row in rows_of(served.store, Container)]
    making.scan(f"SRC:{short_code}")

    rest = making.scan(code(filler, lot))

    assert rest.status_code == 303
    taken = [(row.location_id, row.quantity) for row in rows_of(served.store, PreparationIngredient)]
    assert taken[0] == (first.id, 5000) and taken[1][1] == 1000 and len(taken) == 2
    again = making.scan(f"SRC:{short_code}")
    assert again.status_code in (409, 422) and "5000" not in again.text


def test_what_does_not_belong_in_it_stops_the_line(
    served: Served, making: Making, mix: str, visit: str
) -> None:
    needle = served.house.needle()
    lot = served.clinic.lot_on_shelf(needle, "N1")
    making.begin(mix, visit)

    refused = making.scan(code(needle, lot))

    assert refused.status_code == 422 and "STOP: nothing was added" in refused.text
    assert "does not belong in Glow" in refused.text and 'data-stop="refused"' in refused.text
    assert rows_of(served.store, PreparationIngredient) == []


def test_an_allergy_is_added_only_by_a_practitioner_with_a_reason(
    served: Served, mix: str, booster: Goods
) -> None:
    house = served.house
    risky = house.product(
        "Risky", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE, in_use_minutes=None,
        ingredients=("lidocaine",),
    )  # fmt: skip
    lot = served.clinic.lot_on_shelf(risky, "R1")
    uid = register(house, "Bora Imaginary").patient_uid
    ask(house, uid, "lidocaine")
    formula = recipe(
        house, "Risk", ComponentOf(product_uid=risky.uid, quantity=2000), output_quantity=2000
    ).recipe_uid
    nurse, doctor = Making(served), Making(served, served.clinic.practitioner)
    nurse.begin(formula, session(house, uid, planned_at=now()))
    doctor.path = nurse.path

    stopped = nurse.scan(code(risky, lot))
    offered = doctor.scan(code(risky, lot))
    added = doctor.scan(code(risky, lot), override_rules="allergy", override_reason="asked, tolerates it")

    assert stopped.status_code == 422 and "Add it on my responsibility" not in stopped.text
    assert "Add it on my responsibility" in offered.text
    assert added.status_code == 303, added.text


def test_a_double_press_keeps_one_ingredient(
    served: Served, making: Making, booster: Goods, mix: str, visit: str
) -> None:
    dose = served.clinic.lot_on_shelf(booster, "B1", presentations=5)
    making.begin(mix, visit)

    answers = [making.scan(code(booster, dose), key="same") for _ in range(2)]

    assert [each.status_code for each in answers] == [303, 303]
    assert len(rows_of(served.store, PreparationIngredient)) == 1


def test_another_amount_is_taken_when_it_is_typed_and_refused_when_it_cannot_be_read(
    served: Served, making: Making, filler: Goods, mix: str, visit: str
) -> None:
    lot = served.clinic.lot_on_shelf(filler, "F1")
    vial = opened(served.clinic, filler, lot, opened_at=now(), beyond_use_at=None)
    (short_code,) = [row.short_code for row in rows_of(served.store, Container)]
    making.begin(mix, visit)

    wrong = making.scan(f"SRC:{short_code}", amount="a little")
    doubtful = making.scan(f"SRC:{short_code}", amount="1,500")
    right = making.scan(f"SRC:{short_code}", amount="0,5")

    assert wrong.status_code == 422 and "is not a quantity" in wrong.text
    assert doubtful.status_code == 422 and "may be 1.500 or 1500" in doubtful.text
    assert right.status_code == 303
    (row,) = rows_of(served.store, PreparationIngredient)
    assert (row.location_id, row.quantity) == (vial.id, 500)
    assert "0.5 mL of 1 mL" in making.page()


def test_a_code_that_cannot_be_read_is_typed_as_printed(
    served: Served, making: Making, booster: Goods, mix: str, visit: str
) -> None:
    dose = served.clinic.lot_on_shelf(booster, "BX1234")
    making.begin(mix, visit)
    hand = f"{making.path}/by-hand"
    found = making.browser.get(f"{hand}?q=boost").text
    lots = making.browser.get(f"{hand}?product={booster.uid}").text
    form = f"{hand}?lot={dose.uid}"

    wrong = making.send("scan", on=form, lot_uid=dose.uid, lot_tail="9999", expiry="12/2027")
    right = making.send("scan", on=form, lot_uid=dose.uid, lot_tail="1234", expiry="12/2027")

    assert "Booster" in found and "BX····" in lots and "1234" not in lots
    assert wrong.status_code == 422
    assert right.status_code == 303, right.text
    assert [row.identified_by for row in rows_of(served.store, PreparationIngredient)] == ["by_hand"]


def test_a_code_without_a_lot_leads_to_the_lots_that_lie_here(
    served: Served, making: Making, booster: Goods, mix: str, visit: str
) -> None:
    served.clinic.lot_on_shelf(booster, "B1")
    making.begin(mix, visit)

    refused = making.scan(f"01{booster.gtin}")

    assert refused.status_code == 422 and f"by-hand?product={booster.uid}" in refused.text
    assert rows_of(served.store, PreparationIngredient) == []


def test_an_ingredient_is_taken_out_again(
    served: Served, making: Making, booster: Goods, mix: str, visit: str
) -> None:
    dose = served.clinic.lot_on_shelf(booster, "B1")
    making.begin(mix, visit)
    making.scan(code(booster, dose))

    taken = making.send("removal", n="1")
    again = making.send("removal", n="1")

    assert (taken.status_code, again.status_code) == (303, 404)
    assert "Nothing yet." in making.page()


def test_an_incomplete_cocktail_is_not_made_and_what_was_typed_stays(
    served: Served, making: Making, booster: Goods, mix: str, visit: str
) -> None:
    dose = served.clinic.lot_on_shelf(booster, "B1")
    making.begin(mix, visit)
    making.scan(code(booster, dose))

    refused = making.finish(output="1.9")

    assert refused.status_code == 422 and "Still missing: Filler" in refused.text
    assert 'value="1.9"' in refused.text


def test_a_draft_whose_time_is_over_says_so_before_anything_more_is_scanned_into_it(
    served: Served, making: Making, mix: str, visit: str
) -> None:
    pages = []
    for hours in (5, 1):  # of four that its recipe leaves
        draft = begin(served.house, mix, visit, now=now() - timedelta(hours=hours), again_reason="another")
        pages.append(making.browser.get(f"{making.home}/{draft.preparation_uid}").text)

    assert ["it is not made any more" in each for each in pages] == [True, False]


def test_it_is_abandoned_line_by_line(
    served: Served, making: Making, booster: Goods, mix: str, visit: str
) -> None:
    dose = served.clinic.lot_on_shelf(booster, "B1", presentations=2)
    making.begin(mix, visit)
    making.scan(code(booster, dose))
    path = f"{making.path}/abandonment"

    silent = making.send("abandonment", on=path, reason="the patient left", **{"drawn-1": ""})
    much = making.send("abandonment", on=path, reason="the patient left", **{"drawn-1": "2,1"})
    done = making.send("abandonment", on=path, reason="the patient left", **{"drawn-1": "0"})
    page = making.page()

    assert much.status_code == 422 and "at most 2 mL of Booster B1 was kept" in much.text
    assert silent.status_code == 422 and "the patient left" in silent.text and "say how much" in silent.text
    assert done.status_code == 303
    assert [row.state for row in rows_of(served.store, Preparation)] == ["abandoned"]
    assert served.clinic.on_hand(dose) == 4000
    assert "the patient left" in page and "Nothing had been drawn: everything was given back." in page


def test_the_page_of_an_abandoned_cocktail_says_what_was_thrown_away_and_why(
    served: Served, full: Making
) -> None:
    drawn = {"drawn-1": "0.4", "drawn-2": "0"}

    full.send("abandonment", on=f"{full.path}/abandonment", reason="it clouded", **drawn)

    gone = full.page().split('id="gone"')[1].split("</section>")[0]
    (vial,) = rows_of(served.store, Container)
    assert "it clouded" in gone and "0.4 mL Filler" in gone and vial.short_code in gone
    assert "Booster" not in gone


def test_a_lot_that_was_held_since_it_was_scanned_is_marked_and_the_cocktail_not_offered_as_made(
    served: Served, full: Making, dose: LotAt
) -> None:
    before = full.page()

    hold(served.house, dose, HoldReason.SUSPICION)

    after = full.page()
    assert "Everything is in it" in before and "may not go in any more" not in before
    assert "Booster, lot B1, may not go in any more: held. Take it out and scan another." in after
    assert "Everything is in it" not in after and "lot F1, may" not in after


def test_more_lost_than_usual_is_asked_about_right_below_the_refusal(full: Making) -> None:
    refused = full.finish(output="1.5").text
    done = full.finish(output="1.5", loss_reason="the syringe leaked")

    asked = refused.split('id="refusal"')[1].split('id="wanted"')[0]
    assert 'name="loss_reason"' in asked and "autofocus" in asked and 'value="1.5"' in asked
    assert refused.count("autofocus") == 1 and refused.count('id="finish-form"') == 1
    assert done.status_code == 303


def test_the_list_says_how_long_each_draft_may_still_be_used(
    served: Served, making: Making, mix: str, visit: str
) -> None:
    begin(served.house, mix, visit, now=now() - timedelta(hours=5))  # of four that its recipe leaves

    listed = making.browser.get(making.home).text

    assert "until " in listed.split('id="making"')[1].split('id="ready"')[0]
    assert "time is over" in listed.split('id="making"')[1].split('id="ready"')[0]


def test_a_mixture_without_a_recipe_says_why_and_how_much(
    served: Served, making: Making, booster: Goods, visit: str
) -> None:
    dose = served.clinic.lot_on_shelf(booster, "B1")
    silent = making.begin("", visit)
    begun = making.begin("", visit, reason="own request of the practitioner")

    asked = making.scan(code(booster, dose))
    added = making.scan(code(booster, dose), amount="1.5")
    made = making.finish()

    assert silent.status_code == 422 and "without a recipe" in silent.text
    assert begun.status_code == 303
    assert asked.status_code == 422 and "say how much is drawn" in asked.text
    assert (added.status_code, made.status_code) == (303, 303)


def test_a_colleague_who_finished_it_meanwhile_is_told(
    served: Served, making: Making, booster: Goods, visit: str
) -> None:
    dose = served.clinic.lot_on_shelf(booster, "B1", presentations=2)
    making.begin("", visit, reason="own request")
    making.scan(code(booster, dose), amount="2")
    colleague = Making(served, served.clinic.practitioner)
    colleague.path = making.path
    colleague.finish()

    late = making.browser.client.post(
        f"{making.path}/scan",
        data={
            "csrf_token": making.browser.anti_forgery_token(making.home),
            "key": "late",
            "scan": code(booster, dose),
        },
    )

    assert late.status_code == 409 and "finished already" in late.text


def test_the_form_is_filled_from_a_session_and_lists_todays_patients(
    served: Served, making: Making, mix: str, visit: str
) -> None:
    page = making.browser.get(f"{making.home}?session={visit}&recipe={mix}").text

    assert "Mara Imaginary" in page
    assert f'<option selected value="{mix}">' in page
    assert re.search(rf'value="{visit}" checked', page)


def test_who_may_not_prepare_reads_and_another_clinic_finds_nothing(
    served: Served, making: Making, mix: str, visit: str
) -> None:
    making.begin(mix, visit)
    manager = served.logged_in(served.clinic.manager)
    other = served.house.another_clinic()
    stranger = served.logged_in(other.nurse)

    page = manager.get(making.path).text

    assert "Glow" in page and "Scan an ingredient" not in page and "It is made" not in page
    assert (
        manager.send(making.home.replace("prepare", "tokens"), f"{making.path}/scan", scan="x").status_code
        == 403
    )
    assert stranger.get(making.path.replace(served.clinic.uid, other.uid)).status_code == 404


def test_names_are_never_html(served: Served, making: Making, visit: str) -> None:
    bold = served.house.product(
        "<b>Bold</b> " + "very " * 30, container_type=ContainerType.SINGLE_DOSE, in_use_minutes=None
    )
    lot = served.clinic.lot_on_shelf(bold, "<i>1")
    making.begin("", visit, reason="<u>because</u>")
    refused = making.send("scan", on=making.path, scan=f"01{bold.gtin}", amount="1").text

    page = making.page()

    assert "<u>because" not in page
    assert lot.number not in refused and "&lt;i&gt;1" in refused


def test_a_worksheet_takes_as_many_statements_with_many_ingredients_as_with_one(
    served: Served, making: Making, booster: Goods, visit: str
) -> None:
    counts = []
    making.begin("", visit, reason="own request")
    for number in range(6):
        dose = served.clinic.lot_on_shelf(booster, f"B{number}")
        making.scan(code(booster, dose), amount="1")
        if number in (0, 5):
            with counted(served.store.engine) as said:
                making.page()
            counts.append(len(said))

    assert counts[0] == counts[1]


def test_what_was_opened_before_a_refusal_is_not_opened_once_more_by_its_override(
    served: Served, visit: str
) -> None:
    house = served.house
    serum = house.product("Serum", content_quantity=5000, ingredients=("vitamin-c",))
    lot = served.clinic.lot_on_shelf(serum, "F1", presentations=3)
    unasked = session(house, register(house, "Nobody Asked").patient_uid, planned_at=now())
    doctor = Making(served, served.clinic.practitioner)
    mix = recipe(
        house, "Shine", ComponentOf(product_uid=serum.uid, quantity=2000), output_quantity=2000
    ).recipe_uid
    doctor.begin(mix, visit, unasked, dose_count="2")

    refused = doctor.scan(code(serum, lot), vial="open")
    again = refused.text.split('data-stop="refused"')[1]
    sent = dict(re.findall(r'name="(vial|override_rules|key)" value="([^"]+)"', again))
    added = doctor.scan(code(serum, lot), **sent, override_reason="asked by telephone")

    assert refused.status_code == 422 and sent["override_rules"] == "allergy_not_asked"
    assert added.status_code == 303, added.text
    assert len(rows_of(served.store, Container)) == 1
