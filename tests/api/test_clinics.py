"""Do lists come in pages, writes once, and things with their version?"""

from __future__ import annotations

from stockroom.clock import now
from stockroom.operations.employ import GiveRole, give_role
from stockroom.vocabulary import Role
from tests.api.asking import Asking, accepted, refused
from tests.builders import key
from tests.serving import Served

RILA = {
    "name": "Rila",
    "time_zone": "Europe/Sofia",
    "country": "BG",
    "currency": "EUR",
    "books_begin_on": "2026-03-01",
}


def test_pages_follow_each_other_to_the_end(served: Served) -> None:
    nurse = served.clinic.nurse
    for name in ("Rila", "Pirin"):
        given = GiveRole(user_uid=served.uid_of_user(nurse), role=Role.NURSE)
        give_role(served.store, given, actor=served.house.another_clinic(name).system, key=key(), now=now())
    api = served.api(served.token(nurse))

    first = api.get("/api/v1/clinics?limit=2").get_json()
    second = api.get(f"/api/v1/clinics?limit=2&cursor={first['next_cursor']}").get_json()

    assert [clinic["name"] for clinic in first["items"] + second["items"]] == ["Vitosha", "Rila", "Pirin"]
    assert second["next_cursor"] is None


def test_a_clinic_comes_with_its_etag(served: Served) -> None:
    answer = served.api(served.token(served.clinic.nurse)).get(f"/api/v1/clinics/{served.clinic.uid}")

    assert answer.get_json()["name"] == "Vitosha"
    assert answer.headers["ETag"] == '"1"'


def test_the_same_key_founds_one_clinic_and_other_content_under_it_is_a_conflict(served: Served) -> None:
    api, headers = served.api(served.token(served.clinic.manager)), {"Idempotency-Key": "found-rila"}

    first = api.post("/api/v1/clinics", json=RILA, headers=headers)
    second = api.post("/api/v1/clinics", json=RILA, headers=headers)
    other = api.post("/api/v1/clinics", json={**RILA, "name": "Pirin"}, headers=headers)

    assert first.status_code == second.status_code == 201
    assert first.get_json() == second.get_json()
    assert other.status_code == 409
    assert other.get_json()["code"] == "key_reused"


def test_a_refusal_of_the_operation_is_a_problem_with_its_facts(served: Served) -> None:
    api = served.api(served.token(served.clinic.manager))

    answer = api.post("/api/v1/clinics", json={**RILA, "name": "Vitosha"}, headers={"Idempotency-Key": key()})

    assert answer.status_code == 422
    assert answer.get_json()["code"] == "clinic_name_taken"
    assert answer.get_json()["name"] == "Vitosha"


def test_the_details_of_the_tokens_clinic_are_put_right(served: Served) -> None:
    manager, nurse = Asking(served, served.clinic.manager), Asking(served, served.clinic.nurse)
    path = f"clinics/{served.clinic.uid}"
    shown = manager.get(path)
    body = {name: value for name, value in shown.get_json().items() if name not in ("uid", "version")}

    accepted(manager, nurse, "PUT", path, {**body, "name": "Vitosha East"}, etag=shown.headers["ETag"])

    assert manager.get(path).get_json()["name"] == "Vitosha East"
    refused(manager.put(path, body, etag=shown.headers["ETag"]), 412, "clinic_changed")
    theirs = served.house.another_clinic().uid
    refused(manager.put(f"clinics/{theirs}", body, etag='"1"'), 404, "thing_not_found")
