"""Products over the API: added with codes, revised, confirmed, found by code, and levelled."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.asking import NOBODYS_UID, Asking, accepted, refused
from tests.builders import demo_gtin
from tests.serving import Served

RULE = {
    "container_type": "multi_dose",
    "storage_class": "refrigerated",
    "regulatory_class": "device",
    "authorised_in": ["BG", "DE"],
    "in_use_minutes_room": 240,
    "in_use_source": "leaflet 6.3",
    "overfill_max_quantity": {"quantity": "0.2", "unit": "mL"},
    "residual_max_quantity": {"quantity": "0", "unit": "mL"},
    "ingredients_known": True,
}


def _body(served: Served, **changed: Any) -> dict[str, Any]:
    return {
        "manufacturer_uid": served.house.manufacturer_uid,
        "name": "Demo Filler",
        "strength": "10 mg/mL",
        "presentation": "vial",
        "base_unit": "uL",
        "content_quantity": {"quantity": "2.5", "unit": "mL"},
        "graduation_quantity": {"quantity": "10", "unit": "uL"},
        "rule": RULE,
        "ingredients": [{"slug": "hyaluronic-acid", "amount": "10 mg"}],
        "codes": [
            {"scheme": "gtin", "item_code": demo_gtin(7001), "pack_level": "each", "presentation_count": 1}
        ],
        **changed,
    }


def test_a_product_is_added_incomplete_and_shown_in_peoples_units(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)

    added = accepted(manager, nurse, "POST", "products", _body(served), status=201)

    answer = nurse.get(f"products/{added['product_uid']}")
    product = answer.get_json()
    assert answer.headers["ETag"] == '"1"'
    assert product["content_quantity"] == {"quantity": "2.5", "unit": "mL"}
    assert product["graduation_quantity"] == {"quantity": "0.01", "unit": "mL"}
    assert product["usual_draw_quantity"] is None
    assert product["manufacturer"] == "Demo Laboratories"
    assert product["rule"]["overfill_max_quantity"] == {"quantity": "0.2", "unit": "mL"}
    assert product["rule"]["authorised_in"] == ["BG", "DE"]
    assert product["rule"]["confirmed_at"] is None
    assert [code["uid"] for code in product["codes"]] == added["trade_item_uids"]
    assert [each["slug"] for each in product["ingredients"]] == ["hyaluronic-acid"]
    assert [row["uid"] for row in nurse.items("products")] == [added["product_uid"]]
    refused(manager.post("products", _body(served, codes=[])), 422, "product_known")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"content_quantity": {"quantity": "2.5", "unit": "mg"}}, "unit_mismatch"),
        ({"content_quantity": {"quantity": "0.00001", "unit": "mL"}}, "quantity_too_fine"),
        ({"content_quantity": {"quantity": "0", "unit": "mL"}}, "quantity_out_of_range"),
        ({"content_quantity": {"quantity": "1e3", "unit": "mL"}}, "invalid_fields"),
        ({"content_quantity": 2500}, "invalid_fields"),
        ({"base_unit": "pint"}, "invalid_fields"),
        ({"manufacturer_uid": NOBODYS_UID}, "thing_not_found"),
        ({"ingredients": [{"slug": "moonlight"}]}, "ingredient_unknown"),
        ({"rule": {**RULE, "authorised_in": ["Bulgaria"]}}, "invalid_fields"),
    ],
)
def test_a_product_that_makes_no_sense_is_refused(served: Served, changed: dict[str, Any], code: str) -> None:
    manager = Asking(served, served.clinic.manager)

    answer = manager.post("products", _body(served, **changed))

    refused(answer, 404 if code == "thing_not_found" else 422, code)
    assert manager.items("products") == []


def test_a_rule_is_confirmed_as_it_was_read_and_revised(served: Served) -> None:
    practitioner, nurse = Asking(served, served.clinic.practitioner), Asking(served, served.clinic.nurse)
    manager = Asking(served, served.clinic.manager)
    uid = manager.post("products", _body(served)).get_json()["product_uid"]

    confirmed = accepted(practitioner, nurse, "POST", f"products/{uid}/confirmation", etag='"1"')
    assert confirmed == {"product_uid": uid, "version": 2, "rule_version": 1}
    assert nurse.get(f"products/{uid}").get_json()["rule"]["confirmed_at"] is not None
    refused(practitioner.post(f"products/{uid}/confirmation", etag='"1"'), 412, "product_changed")

    revision = {"rule": {**RULE, "in_use_minutes_room": 60}, "ingredients": []}
    revised = accepted(manager, nurse, "PUT", f"products/{uid}/rule", revision, etag='"2"')
    assert revised == {"product_uid": uid, "version": 3, "rule_version": 2}
    product = nurse.get(f"products/{uid}").get_json()
    assert (product["rule"]["in_use_minutes_room"], product["rule"]["confirmed_at"]) == (60, None)
    assert product["ingredients"] == []


def test_a_change_says_which_version_it_changes(served: Served) -> None:
    manager = Asking(served, served.clinic.manager)
    uid = served.house.product("Filler").uid
    path, body = f"products/{uid}/rule", {"rule": RULE}

    assert manager.put(path, body).status_code == 428
    refused(manager.put(path, body, etag="W/later"), 412, "etag_unknown")
    refused(manager.put(path, body, etag='"9"'), 412, "product_changed")


def test_a_rule_with_gaps_is_not_confirmed(served: Served) -> None:
    manager = Asking(served, served.clinic.manager)
    uid = manager.post("products", _body(served, rule={})).get_json()["product_uid"]

    refused(manager.post(f"products/{uid}/confirmation", etag='"1"'), 422, "rule_incomplete")


def test_a_further_code_finds_the_product(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    product, other = served.house.product("Filler"), served.house.product("Other")
    gtin13 = demo_gtin(7002)[1:]
    box = {"scheme": "gtin", "item_code": gtin13, "pack_level": "box", "presentation_count": 10}

    attached = accepted(manager, nurse, "POST", f"products/{product.uid}/trade-items", box, status=201)

    found = {
        "uid": attached["trade_item_uid"],
        "scheme": "gtin",
        "item_code": f"0{gtin13}",
        "pack_level": "box",
        "presentation_count": 10,
        "product_uid": product.uid,
        "product_name": "Filler",
    }
    assert nurse.items("trade-items", code=gtin13) == [found]
    assert nurse.items("trade-items", code=f"0{gtin13}") == [found]
    refused(manager.post(f"products/{other.uid}/trade-items", box), 422, "code_taken")


def test_a_code_of_another_scheme_is_found_and_an_unknown_one_is_not(served: Served) -> None:
    manager = Asking(served, served.clinic.manager)
    product = served.house.product("Filler")
    own = {"scheme": "own", "item_code": "SHELF 7", "pack_level": "each", "presentation_count": 1}
    manager.post(f"products/{product.uid}/trade-items", own)

    assert [row["product_uid"] for row in manager.items("trade-items", code="SHELF 7")] == [product.uid]
    assert manager.items("trade-items", code="SHELF 8") == []
    refused(manager.get("trade-items"), 422, "invalid_fields")


def test_a_level_is_set_for_this_clinic_only(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    path = f"products/{served.house.product('Filler').uid}/stock-level"
    refused(nurse.get(path), 404, "thing_not_found")

    put = accepted(manager, nurse, "PUT", path, {"minimum_count": 2, "target_count": 6})

    answer = nurse.get(path)
    assert answer.get_json() == {**put, "minimum_count": 2, "target_count": 6}
    assert answer.headers["ETag"] == '"1"'
    refused(manager.put(path, {"minimum_count": 7, "target_count": 6}), 422, "invalid_value")
    refused(manager.put(path, {"minimum_count": 1, "target_count": 6}, etag='"4"'), 412, "level_changed")
    elsewhere = Asking(served, served.house.another_clinic().nurse)
    refused(elsewhere.get(path), 404, "thing_not_found")


def test_products_are_found_by_text_maker_kind_group_and_what_nobody_confirmed(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    group = manager.post("product-groups", {"name": "Fillers"}).get_json()["uid"]
    maker = manager.post("manufacturers", {"name": "Rhodope Works"}).get_json()["uid"]
    served.house.product("Alpha 100%", group_uid=group)
    served.house.product("Beta_Филър", confirmed=False)
    manager.post("products", _body(served, name="Gamma", manufacturer_uid=maker))

    found = {
        tuple(query.items()): sorted(row["name"] for row in nurse.items("products", **query))
        for query in (
            {"text": "aLPHA"},
            {"text": "Филър"},
            {"text": "rhodope"},
            {"text": "%"},
            {"text": "_"},
            {"text": "' OR 1=1 --"},
            {"manufacturer_uid": maker},
            {"manufacturer_uid": NOBODYS_UID},
            {"group_uid": group},
            {"kind": "prepared"},
            {"incomplete": "true"},
            {"incomplete": "true", "text": "gamma"},
        )
    }

    assert list(found.values()) == [
        ["Alpha 100%"], ["Beta_Филър"], ["Gamma"], ["Alpha 100%"], ["Beta_Филър"], [],
        ["Gamma"], [], ["Alpha 100%"], [], ["Beta_Филър", "Gamma"], ["Gamma"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query",
    [{"name__startswith": "a"}, {"kind": "magic"}, {"group_uid": "1"}, {"incomplete": "1"}, {"text": ""}],
)
def test_products_are_not_filtered_by_anything_else(served: Served, query: dict[str, str]) -> None:
    refused(Asking(served, served.clinic.nurse).get("products", **query), 422, "invalid_fields")


def test_a_page_of_found_products_goes_on_where_it_stopped(served: Served) -> None:
    nurse = Asking(served, served.clinic.nurse)
    for number in range(3):
        served.house.product(f"Filler {number}")
        served.house.product(f"Other {number}")

    first = nurse.get("products", text="filler", limit=2).get_json()
    rest = nurse.get("products", text="filler", limit=2, cursor=first["next_cursor"]).get_json()

    names = [row["name"] for row in first["items"] + rest["items"]]
    assert names == ["Filler 0", "Filler 1", "Filler 2"]
    assert rest["next_cursor"] is None


def test_a_product_is_taken_off_the_lists_and_put_back(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    path = f"products/{served.house.product('Filler').uid}"
    etag = manager.get(path).headers["ETag"]

    archived = accepted(manager, nurse, "PUT", f"{path}/archiving", {"archived": True}, etag=etag)
    assert manager.get(path).get_json()["archived_at"] is not None
    back = manager.put(f"{path}/archiving", {"archived": False}, etag=f'"{archived["version"]}"')

    assert back.status_code == 200
    assert manager.get(path).get_json()["archived_at"] is None


def test_a_product_says_everything_and_its_versions_stand_side_by_side(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    water = served.house.product("Water")
    mixed = {
        "diluent_uid": water.uid,
        "diluent_quantity": {"quantity": "2", "unit": "mL"},
        "output_quantity": {"quantity": "2.1", "unit": "mL"},
        "minutes": 360,
        "source": "leaflet 6.6",
    }
    facts = {
        "container_type": "single_dose", "is_single_use": True, "needle_gauge": 30, "needle_length_um": 4_000,
        "pin_count": 12, "waste_stream": "yellow", "reconstitution": mixed, "overfill_max_quantity": None,
        "residual_max_quantity": None, "incompatibilities": [{"slug": "lidocaine", "says": "it clouds"}],
    }  # fmt: skip
    powder = {"base_unit": "mIU", "content_quantity": {"quantity": "100", "unit": "IU"}, "codes": []}
    body = _body(served, **powder, rule={**RULE, **facts}, graduation_quantity=None)
    uid = manager.post("products", body).get_json()["product_uid"]
    said = {"rule": {**RULE, **facts, "needle_gauge": 32}, "ingredients": [], "reason": "a finer needle"}

    accepted(manager, nurse, "PUT", f"products/{uid}/rule", said, etag='"1"')

    newest, first = nurse.get(f"products/{uid}/rule-versions").get_json()["items"]
    assert (newest["rule"]["needle_gauge"], first["rule"]["needle_gauge"]) == (32, 30)
    assert (newest["reason"], newest["recorded_by"] is not None) == ("a finer needle", True)
    assert first["rule"]["reconstitution"]["output_quantity"] == {"quantity": "2.1", "unit": "mL"}
    assert [each["slug"] for each in first["ingredients"]] == ["hyaluronic-acid"]
    assert (newest["ingredients"], newest["superseded_at"]) == ([], None)
    assert first["rule"]["incompatibilities"][0]["says"] == "it clouds"


@pytest.mark.parametrize(
    "facts",
    [
        {"is_single_use": True},
        {"needle_gauge": 99},
        {"container_type": "counted_use"},
        {"incompatibilities": [{"slug": "moonlight"}]},
        {"reconstitution": {"diluent_uid": NOBODYS_UID, "minutes": 0}},
    ],
)
def test_facts_that_contradict_each_other_are_refused(served: Served, facts: dict[str, Any]) -> None:
    manager = Asking(served, served.clinic.manager)

    assert manager.post("products", _body(served, rule={**RULE, **facts})).status_code == 422
    assert manager.items("products") == []
