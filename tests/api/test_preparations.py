"""Preparations over the API: begun, filled by scan, finished into a lot, abandoned, and shown on a worksheet."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from stockroom.clock import now
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.write_recipe import ComponentOf
from stockroom.vocabulary import SessionState
from tests.api.asking import Asking, accepted, not_found_as_if_random, refused
from tests.builders import Goods, LotAt, key
from tests.cocktails import balances, opened, patient_with_session, recipe
from tests.serving import PASSWORD, Served


def _amount(quantity: str, unit: str = "mL") -> dict[str, str]:
    return {"quantity": quantity, "unit": unit}


class Bench:
    """A recipe of 3 mL of one product, an opened vial of it, and a session of today."""

    def __init__(self, served: Served) -> None:
        house = served.house
        self.product: Goods = house.product("Demo Acid", in_use_minutes=365 * 24 * 60)
        self.lot: LotAt = house.clinic.lot_on_shelf(
            self.product, "A1", presentations=2, expires_on=now().date() + timedelta(days=300)
        )
        self.vial = opened(house.clinic, self.product, self.lot, opened_at=now(), beyond_use_at=None)
        part = ComponentOf(product_uid=self.product.uid, quantity=3000)
        self.recipe_uid = recipe(house, "Demo glow", part, beyond_use_minutes=240).recipe_uid
        self.session_uid = patient_with_session(house, "Ana Demo")
        self.body = {"recipe_uid": self.recipe_uid, "session_uids": [self.session_uid]}


@pytest.fixture
def bench(served: Served) -> Bench:
    return Bench(served)


def _begun(asking: Asking, bench: Bench, **changed: Any) -> str:
    answer = asking.post("preparations", {**bench.body, **changed})
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()["preparation_uid"]


def test_a_cocktail_is_made_from_its_recipe(served: Served, bench: Bench) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)

    started = accepted(nurse, manager, "POST", "preparations", bench.body, status=201)
    uid = started["preparation_uid"]
    added = accepted(
        nurse,
        manager,
        "POST",
        f"preparations/{uid}/ingredients",
        {"thing": {"location_uid": bench.vial.uid}, "quantity": _amount("3")},
        status=201,
    )
    assert (added["n"], added["quantity"], added["lacking_quantity"]) == (1, _amount("3"), _amount("0"))
    finished = accepted(
        nurse,
        manager,
        "POST",
        f"preparations/{uid}/completion",
        {"location_uid": served.clinic.room.uid, "output_quantity": _amount("3")},
        status=201,
    )
    assert (finished["output_quantity"], finished["loss_quantity"]) == (_amount("3"), _amount("0"))

    sheet = nurse.get(f"preparations/{uid}").get_json()
    assert (sheet["state"], sheet["lot_uid"]) == ("finished", finished["lot_uid"])
    assert sheet["beyond_use_at"] == finished["beyond_use_at"]
    assert [each["uid"] for each in sheet["sessions"]] == [bench.session_uid]
    assert sheet["wanted"] == [
        {
            "n": 1,
            "name": "Demo Acid",
            "wanted_quantity": _amount("3"),
            "drawn_quantity": _amount("3"),
            "substitutes": [],
        }
    ]
    assert (sheet["life_minutes"], sheet["life_rule"], sheet["superseded_by"]) == (240, "recipe", None)
    [ingredient] = sheet["ingredients"]
    assert (ingredient["lot_number"], ingredient["quantity"]) == ("A1", _amount("3"))
    assert [row["uid"] for row in nurse.items("preparations", state="finished")] == [uid]
    assert nurse.items("preparations", state="draft") == []
    account = nurse.get(f"containers/{bench.vial.uid}/account").get_json()
    into = {"preparation_uid": uid, "short_code": sheet["short_code"], "quantity": _amount("3"), "draws": 1}
    assert (account["mixed"], account["mixed_quantity"]) == ([into], _amount("3"))


def test_what_goes_in_is_said_in_the_units_of_the_product(served: Served, bench: Bench) -> None:
    nurse = Asking(served, served.clinic.nurse)
    path = f"preparations/{_begun(nurse, bench)}/ingredients"
    before = balances(served.store)

    wrong = nurse.post(path, {"thing": {"location_uid": bench.vial.uid}, "quantity": _amount("3", "mg")})
    unknown = nurse.post(path, {"thing": {"scan": "nothing of ours"}})

    refused(wrong, 422, "unit_mismatch")
    assert unknown.status_code in (400, 404, 422)
    assert balances(served.store) == before


def test_a_second_person_signs_and_what_is_left_goes_to_another_session(served: Served, bench: Bench) -> None:
    nurse = Asking(served, served.clinic.nurse)
    doctor = served.email_with_password(served.clinic.practitioner)
    uid = _begun(nurse, bench)
    assert nurse.post("preparations", bench.body).get_json()["code"] == "already_prepared"
    nurse.post(f"preparations/{uid}/ingredients", {"thing": {"location_uid": bench.vial.uid}})
    body = {"location_uid": served.clinic.room.uid}

    wrong = nurse.post(
        f"preparations/{uid}/completion", {**body, "checked_by": {"email": doctor, "password": "wrong one"}}
    )
    made = nurse.post(
        f"preparations/{uid}/completion", {**body, "checked_by": {"email": doctor, "password": PASSWORD}}
    )
    boris = patient_with_session(served.house, "Boris Demo")
    early = nurse.post(f"preparations/{uid}/reassignment", {"session_uids": [boris]})
    gone = AdvanceSession(session_uid=bench.session_uid, to=SessionState.CANCELLED)
    advance_session(served.store, gone, actor=served.clinic.nurse, key=key(), now=now())
    left_over = nurse.get(f"preparations/{uid}").get_json()["is_left_over"]
    given = nurse.post(f"preparations/{uid}/reassignment", {"session_uids": [boris]})

    assert (wrong.status_code, made.status_code) == (403, 201), made.get_json()
    assert (early.get_json()["code"], left_over, given.status_code) == ("still_expected", True, 200)
    sheet = nurse.get(f"preparations/{uid}").get_json()
    assert (sheet["check"]["by"], sheet["check"]["meaning"]) == ("Practitioner Vitosha", "checked")
    assert [each["uid"] for each in sheet["sessions"]] == [boris]


def test_a_draft_that_lacks_something_is_not_finished(served: Served, bench: Bench) -> None:
    nurse = Asking(served, served.clinic.nurse)
    uid = _begun(nurse, bench)

    answer = nurse.post(f"preparations/{uid}/completion", {"location_uid": served.clinic.room.uid})

    refused(answer, 422, "nothing_in_it")


def test_an_ingredient_is_taken_back(served: Served, bench: Bench) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)
    uid = _begun(nurse, bench)
    before = balances(served.store)
    nurse.post(f"preparations/{uid}/ingredients", {"thing": {"location_uid": bench.vial.uid}})

    accepted(nurse, manager, "DELETE", f"preparations/{uid}/ingredients/1")

    assert balances(served.store) == before
    assert nurse.get(f"preparations/{uid}").get_json()["ingredients"] == []
    refused(nurse.delete(f"preparations/{uid}/ingredients/7"), 404, "no_such_ingredient")
    refused(nurse.delete(f"preparations/{uid}/ingredients/one"), 404, "thing_not_found")


def test_an_abandoned_cocktail_throws_away_what_was_drawn(served: Served, bench: Bench) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)
    uid = _begun(nurse, bench)
    nurse.post(f"preparations/{uid}/ingredients", {"thing": {"location_uid": bench.vial.uid}})
    path, reason = f"preparations/{uid}/abandonment", "the patient left"
    refused(nurse.post(path, {"drawn": [], "reason": reason}), 422, "invalid_value")

    body = {"drawn": [{"n": 1, "quantity": _amount("1.5")}], "reason": reason}
    abandoned = accepted(nurse, manager, "POST", path, body)

    assert abandoned["disposed"] == [{"n": 1, "quantity": _amount("1.5")}]
    assert balances(served.store)[bench.lot.id, bench.vial.id] == (3500, 0)
    assert nurse.get(f"preparations/{uid}").get_json()["state"] == "abandoned"
    refused(nurse.post(path, body), 409, "preparation_over")


def test_nothing_drawn_is_a_nought_and_moves_nothing(served: Served, bench: Bench) -> None:
    nurse = Asking(served, served.clinic.nurse)
    uid = _begun(nurse, bench)
    before = balances(served.store)
    nurse.post(f"preparations/{uid}/ingredients", {"thing": {"location_uid": bench.vial.uid}})

    body = {"drawn": [{"n": 1, "quantity": _amount("0")}], "reason": "not needed"}
    abandoned = nurse.post(f"preparations/{uid}/abandonment", body).get_json()

    assert abandoned["movement_uid"] is None
    assert balances(served.store) == before


def test_without_a_recipe_it_says_why(served: Served, bench: Bench) -> None:
    nurse = Asking(served, served.clinic.nurse)

    refused(nurse.post("preparations", {}), 422, "invalid_value")
    uid = _begun(nurse, bench, recipe_uid=None, reason="thinned for a test patch")

    sheet = nurse.get(f"preparations/{uid}").get_json()
    assert (sheet["recipe_uid"], sheet["wanted"]) == (None, [])
    assert sheet["reason"] == "thinned for a test patch"


def test_another_clinics_cocktail_is_not_there(served: Served, bench: Bench) -> None:
    uid = _begun(Asking(served, served.clinic.nurse), bench)
    elsewhere = Asking(served, served.house.another_clinic().nurse)

    not_found_as_if_random(elsewhere, "preparations/{}", uid)
    refused(
        elsewhere.post(f"preparations/{uid}/ingredients", {"thing": {"lot_uid": bench.lot.uid}}),
        404,
        "thing_not_found",
    )
    assert elsewhere.items("preparations") == []
