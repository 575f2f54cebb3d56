"""Does an empty clinic show what to do first, and does a new one start as a copy of another?"""

from __future__ import annotations

import re
from datetime import date

from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.models import Location
from stockroom.operations.found_clinic import FoundClinic, found_clinic
from stockroom.reads.actors import actor_of
from stockroom.vocabulary import Role
from tests.builders import NOW, key
from tests.serving import Served


def marks(page: str) -> dict[str, str]:
    """What each step is marked as."""
    found = {}
    for name, body in re.findall(r'<li class="card-plain[^"]*" id="step-(\w+)">(.*?)</li>', page, re.DOTALL):
        found[name] = "done" if ">done<" in body else "next" if ">next<" in body else ""
    return found


def test_who_looks_after_an_empty_clinic_begins_at_its_first_steps(served: Served) -> None:
    here = f"/c/{served.clinic.uid}"
    for role in (Role.MANAGER, Role.ADMINISTRATOR):
        browser = served.logged_in(served.clinic.employ(role))
        assert browser.client.get(f"{here}/").location.endswith(f"{here}/begin")
    nurse = served.logged_in(served.clinic.nurse)
    assert nurse.client.get(f"{here}/").location.endswith("/today")
    assert nurse.get(f"{here}/begin").status_code == 403


def test_the_steps_say_what_is_done_and_what_is_next(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    path = f"/c/{served.clinic.uid}/begin"
    assert marks(manager.get(path).text) == {
        "clinic": "done", "places": "next", "people": "", "products": "", "stock": "", "scan": "",
    }  # fmt: skip

    served.clinic.fridge, served.clinic.room, served.clinic.practitioner  # noqa: B018 - are made
    page = manager.get(path).text
    assert marks(page)["people"] == "done"
    assert marks(page)["products"] == "next"
    assert f"/c/{served.clinic.uid}/imports?kind=products" in page
    served.house.product("Filler", confirmed=False)
    page = manager.get(path).text
    assert marks(page)["stock"] == "next"
    assert "1 product, 1 to be confirmed" in page


def test_once_goods_have_moved_the_day_begins_at_the_stock_again(served: Served) -> None:
    manager = served.logged_in(served.clinic.manager)
    served.clinic.lot_on_shelf(served.house.product("Filler"), "A1")

    assert manager.client.get(f"/c/{served.clinic.uid}/").location.endswith("/stock")
    page = manager.get(f"/c/{served.clinic.uid}/begin").text
    assert marks(page)["stock"] == "done"
    assert marks(page)["scan"] == ""


def test_a_step_that_is_somebody_elses_names_who_does_it(served: Served) -> None:
    page = served.logged_in(served.clinic.manager).get(f"/c/{served.clinic.uid}/begin").text

    assert "Done by: administrator." in page


def test_a_new_clinic_starts_as_a_copy_of_another(served: Served) -> None:
    manager = served.clinic.manager
    served.clinic.fridge, served.clinic.room  # noqa: B018 - are made
    command = FoundClinic(
        name="Lozenets",
        time_zone="Europe/Sofia",
        country="BG",
        currency="EUR",
        books_begin_on=date(2026, 1, 1),
    )
    new = found_clinic(served.store, command, actor=manager, key=key("found"), now=NOW).clinic_uid
    browser = served.logged_in(manager)
    path = f"/c/{new}/begin"
    page = browser.get(path).text
    assert "Start as a copy of" in page
    one_time = re.search(r'name="key" value="([^"]+)"', page)
    assert one_time is not None

    for _ in range(2):
        answer = browser.send(path, f"{path}/copy", key=one_time[1], from_clinic_uid=served.clinic.uid)
        assert answer.status_code == 303
    assert "Copied: 2 places" in browser.get(path).text
    assert marks(browser.get(path).text)["places"] == "done"
    with served.store.reading() as connection:
        names = (
            connection.execute(select(Location.name).where(Location.name.in_(["Fridge", "Room 1"])))
            .scalars()
            .all()
        )
    assert sorted(names) == ["Fridge", "Fridge", "Room 1", "Room 1"]
    refused = browser.send(path, f"{path}/copy", key="another-key", from_clinic_uid="nonsense")
    assert refused.status_code == 422


def test_the_api_copies_into_the_tokens_own_clinic_alone(served: Served) -> None:
    manager = served.clinic.manager
    other = served.house.another_clinic("Lozenets")

    def ask(clinic_uid: str, actor: Actor, body: dict[str, str]) -> int:
        api = served.api(served.token(actor))
        headers = {"Idempotency-Key": key("copy")}
        return api.post(f"/api/v1/clinics/{clinic_uid}/copies", json=body, headers=headers).status_code

    assert ask(other.uid, manager, {"from_clinic_uid": served.clinic.uid}) == 404
    assert ask(served.clinic.uid, manager, {"from_clinic_uid": other.uid}) == 404
    assert ask(other.uid, other.manager, {"from": "x"}) == 422
    assert ask(other.uid, other.nurse, {"from_clinic_uid": served.clinic.uid}) == 403


def test_the_api_says_how_much_was_copied(served: Served) -> None:
    served.clinic.fridge  # noqa: B018 - is made
    manager = served.clinic.manager
    command = FoundClinic(
        name="Lozenets",
        time_zone="Europe/Sofia",
        country="BG",
        currency="EUR",
        books_begin_on=date(2026, 1, 1),
    )
    new = found_clinic(served.store, command, actor=manager, key=key("found"), now=NOW).clinic_uid
    with served.store.reading() as connection:
        there = actor_of(connection, email=served.email_of(manager), clinic_uid=new)
    assert there is not None
    api, body = served.api(served.token(there)), {"from_clinic_uid": served.clinic.uid}

    first, again = (
        api.post(f"/api/v1/clinics/{new}/copies", json=body, headers={"Idempotency-Key": "copy-once"})
        for _ in range(2)
    )

    assert first.status_code == again.status_code == 201
    assert first.json == again.json == {"places": 1, "stock_levels": 0, "par_levels": 0, "settings": []}
