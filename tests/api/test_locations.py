"""Locations over the API: places of this clinic, and what each should hold."""

from __future__ import annotations

from tests.api.asking import Asking, accepted, not_found_as_if_random, refused
from tests.serving import Served

FRIDGE = {"name": "Fridge 2", "kind": "fridge", "storage_class": "refrigerated"}


def test_a_place_is_added_and_shown_with_its_code(served: Served) -> None:
    administrator, nurse = (
        Asking(served, served.clinic.administrator),
        Asking(served, served.clinic.nurse),
    )

    added = accepted(administrator, nurse, "POST", "locations", FRIDGE, status=201)

    shown = nurse.get(f"locations/{added['location_uid']}").get_json()
    assert shown == {
        **FRIDGE,
        "uid": added["location_uid"],
        "short_code": added["short_code"],
        "closed_at": None,
        "version": 1,
    }
    refused(administrator.post("locations", FRIDGE), 422, "location_name_taken")


def test_virtual_accounts_and_containers_are_not_added_by_hand(served: Served) -> None:
    administrator = Asking(served, served.clinic.administrator)

    for kind in ("patient", "container", "quarantine"):
        refused(administrator.post("locations", {**FRIDGE, "kind": kind}), 422, "invalid_fields")


def test_places_are_listed_by_kind(served: Served) -> None:
    fridge, nurse = served.clinic.fridge, Asking(served, served.clinic.nurse)

    kinds = {row["kind"] for row in nurse.items("locations")}

    assert {"fridge", "quarantine", "supplier", "disposal"} <= kinds
    assert [row["uid"] for row in nurse.items("locations", kind="fridge")] == [fridge.uid]
    refused(nurse.get("locations", kind="moon"), 422, "invalid_fields")


def test_another_clinics_place_is_not_there(served: Served) -> None:
    theirs = served.house.another_clinic().fridge
    nurse = Asking(served, served.clinic.nurse)

    not_found_as_if_random(nurse, "locations/{}", theirs.uid)
    not_found_as_if_random(nurse, "locations/{}/par-levels", theirs.uid)
    assert theirs.uid not in {row["uid"] for row in nurse.items("locations")}


def test_a_place_is_told_what_it_should_hold(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    product, fridge = served.house.product("Filler"), served.clinic.fridge
    path = f"locations/{fridge.uid}/par-levels/{product.uid}"

    put = accepted(manager, nurse, "PUT", path, {"par_count": 4})

    assert put == {"product_uid": product.uid, "version": 1}
    assert nurse.items(f"locations/{fridge.uid}/par-levels") == [
        {"product_uid": product.uid, "product_name": "Filler", "strength": "", "par_count": 4, "version": 1}
    ]
    theirs = served.house.another_clinic().fridge
    refused(
        manager.put(f"locations/{theirs.uid}/par-levels/{product.uid}", {"par_count": 4}),
        404,
        "thing_not_found",
    )


def test_a_place_is_changed_closed_when_empty_and_used_again(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    path = f"locations/{served.clinic.fridge.uid}"
    etag = manager.get(path).headers["ETag"]

    changed = accepted(
        manager, nurse, "PUT", path, {"name": "Big fridge", "storage_class": "refrigerated"}, etag=etag
    )
    refused(manager.post(f"{path}/closing", etag=etag), 412, "location_changed")
    closed = accepted(manager, nurse, "POST", f"{path}/closing", etag=f'"{changed["version"]}"')
    assert manager.get(path).get_json()["closed_at"] is not None
    accepted(manager, nurse, "POST", f"{path}/reopening", etag=f'"{closed["version"]}"')

    shown = manager.get(path).get_json()
    assert (shown["name"], shown["closed_at"], shown["version"]) == ("Big fridge", None, 4)


def test_a_place_in_which_goods_lie_is_not_closed(served: Served) -> None:
    served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    manager, theirs = Asking(served, served.clinic.manager), served.house.another_clinic().fridge
    path = f"locations/{served.clinic.fridge.uid}"

    refused(manager.post(f"{path}/closing", etag='"1"'), 409, "location_in_use")
    refused(manager.post(f"locations/{theirs.uid}/closing", etag='"1"'), 404, "thing_not_found")
