"""Recipes over the API: written, versioned, and put in force by another person."""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.operations.add_party import PartyKind
from stockroom.vocabulary import BaseUnit, Role
from tests.api.asking import NOBODYS_UID, Asking, accepted, refused
from tests.patients import ingredient_uid
from tests.serving import Served


def _amount(quantity: str, unit: str = "mL") -> dict[str, str]:
    return {"quantity": quantity, "unit": unit}


def _version(*components: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "components": list(components),
        "output_quantity": _amount("3"),
        "loss_max_quantity": _amount("0.1"),
        "beyond_use_minutes": 240,
        "reason": "first",
        **changed,
    }


def test_a_recipe_is_written_and_put_in_force_by_somebody_else(served: Served) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)
    practitioner = Asking(served, served.clinic.practitioner)
    product = served.house.product("Demo Acid")
    body = {
        "name": "Demo glow",
        "purpose": "radiance",
        "version": _version({"product_uid": product.uid, "quantity": _amount("3")}),
    }

    written = accepted(nurse, manager, "POST", "recipes", body, status=201)

    uid = written["recipe_uid"]
    path = f"recipes/{uid}/versions/{written['version_uid']}/approval"
    assert nurse.items("recipes")[0]["approved_uid"] is None
    approved = accepted(practitioner, nurse, "POST", path)
    assert approved == {**written, "retired_uid": None}
    assert nurse.items("recipes")[0]["approved_uid"] == written["version_uid"]
    refused(practitioner.post(path), 409, "version_decided")
    refused(nurse.post("recipes", body), 422, "recipe_name_taken")

    [version] = nurse.get(f"recipes/{uid}").get_json()["versions"]
    assert (version["state"], version["approved_by"]) == ("approved", "Practitioner Vitosha")
    assert version["output_quantity"] == _amount("3")
    assert version["components"] == [
        {
            "n": 1,
            "name": "Demo Acid",
            "product_uid": product.uid,
            "group_uid": None,
            "ingredient_uid": None,
            "quantity": _amount("3"),
            "basis": "dose",
            "substitutes": [],
        }
    ]


def test_what_a_version_says_beyond_amounts_is_shown_and_what_is_not_mixed_is_asked_about(
    served: Served,
) -> None:
    nurse, house = Asking(served, served.clinic.nurse), served.house
    enzyme = house.product("Enzyme", ingredients=("hyaluronidase",))
    numbing = house.product("Numbing", ingredients=("lidocaine", "sodium-metabisulfite"))
    other = house.product("Other enzyme")
    version = {
        **_version(
            {
                "product_uid": enzyme.uid,
                "quantity": _amount("0.5"),
                "basis": "ml",
                "substitute_uids": [other.uid],
            },
            {"product_uid": numbing.uid, "quantity": _amount("2")},
        ),
        "mixing": "slowly",
        "is_ordered": True,
        "sterile_products_max": 2,
        "technique": "nappage",
        "indications": ["dullness"],
    }

    refused = nurse.post("recipes", {"name": "Both", "version": version})
    accepted = {"accepted": refused.get_json()["slugs"], "accepted_reason": "tested here"}
    uid = nurse.post("recipes", {"name": "Both", "version": {**version, **accepted}}).get_json()["recipe_uid"]

    assert (refused.status_code, refused.get_json()["code"]) == (422, "not_mixed")
    [shown] = nurse.get(f"recipes/{uid}").get_json()["versions"]
    said = {name: shown[name] for name in (*version, *accepted) if name in shown}
    assert {**version, **accepted, "components": shown["components"]}.items() >= said.items()
    assert shown["components"][0]["basis"] == "ml"
    assert shown["components"][0]["substitutes"] == [{"product_uid": other.uid, "name": "Other enzyme"}]


def test_a_new_version_takes_the_place_of_the_old_one_once_approved(served: Served) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)
    practitioner = Asking(served, served.clinic.practitioner)
    part = {"product_uid": served.house.product("Demo Acid").uid, "quantity": _amount("3")}
    first = nurse.post("recipes", {"name": "Demo glow", "version": _version(part)}).get_json()
    uid = first["recipe_uid"]
    practitioner.post(f"recipes/{uid}/versions/{first['version_uid']}/approval")

    second = accepted(
        nurse, manager, "POST", f"recipes/{uid}/versions", _version(part, reason="longer"), status=201
    )
    approved = practitioner.post(f"recipes/{uid}/versions/{second['version_uid']}/approval").get_json()

    assert (second["number"], approved["retired_uid"]) == (2, first["version_uid"])
    states = [each["state"] for each in nurse.get(f"recipes/{uid}").get_json()["versions"]]
    assert states == ["approved", "retired"]


def test_nobody_approves_the_own_recipe_nor_a_version_of_another_one(served: Served) -> None:
    practitioner = Asking(served, served.clinic.practitioner)
    second = Asking(served, served.clinic.employ(Role.PRACTITIONER))
    part = {"product_uid": served.house.product("Demo Acid").uid, "quantity": _amount("3")}
    one, two = (
        practitioner.post("recipes", {"name": name, "version": _version(part)}).get_json()
        for name in ("One", "Two")
    )

    own = practitioner.post(f"recipes/{one['recipe_uid']}/versions/{one['version_uid']}/approval")
    crossed = second.post(f"recipes/{one['recipe_uid']}/versions/{two['version_uid']}/approval")

    refused(own, 403, "own_recipe")
    refused(crossed, 404, "thing_not_found")
    refused(practitioner.get(f"recipes/{NOBODYS_UID}"), 404, "thing_not_found")


def test_each_component_is_counted_in_its_own_unit(served: Served) -> None:
    nurse = Asking(served, served.clinic.nurse)
    house = served.house
    powder = house.product("Demo Powder", base_unit=BaseUnit.MICROGRAM, content_quantity=50_000)
    group = house.party(PartyKind.PRODUCT_GROUP, "Diluents")
    house.product("Demo Water", group_uid=group)
    vitamin = ingredient_uid(served.store, "vitamin-c")
    version = _version(
        {"product_uid": powder.uid, "quantity": _amount("20", "mg")},
        {"group_uid": group, "quantity": _amount("2")},
        {"ingredient_uid": vitamin, "quantity": _amount("1")},
    )

    uid = nurse.post("recipes", {"name": "Three", "version": version}).get_json()["recipe_uid"]

    [shown] = nurse.get(f"recipes/{uid}").get_json()["versions"]
    assert [each["quantity"] for each in shown["components"]] == [
        _amount("20", "mg"),
        _amount("2"),
        _amount("1"),
    ]


@pytest.mark.parametrize(
    ("part", "code"),
    [
        ({"quantity": {"quantity": "3", "unit": "mL"}}, "invalid_value"),
        ({"product_uid": "the product", "quantity": {"quantity": "3", "unit": "mg"}}, "unit_mismatch"),
        ({"product_uid": "the product", "quantity": {"quantity": "2", "unit": "mL"}}, "invalid_value"),
        ({"product_uid": NOBODYS_UID, "quantity": {"quantity": "3", "unit": "mL"}}, "thing_not_found"),
    ],
)
def test_a_formula_that_makes_no_sense_is_refused(served: Served, part: dict[str, Any], code: str) -> None:
    nurse = Asking(served, served.clinic.nurse)
    if part.get("product_uid") == "the product":
        part = {**part, "product_uid": served.house.product("Demo Acid").uid}

    answer = nurse.post("recipes", {"name": "Nonsense", "version": _version(part)})

    refused(answer, 404 if code == "thing_not_found" else 422, code)
    assert nurse.items("recipes") == []
