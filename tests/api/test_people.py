"""People and users over the API: employed, given roles, switched off."""

from __future__ import annotations

from dataclasses import replace

from stockroom.clock import civil_date, now
from tests.api.asking import NOBODYS_UID, Asking, accepted, refused
from tests.serving import Served

MIRA = {
    "name": "Mira Demo",
    "profession": "nurse",
    "authorisations": ["compound", "inject"],
    "authorised_from": "2025-01-01",
    "email": "Mira@demo.test",
}


def test_somebody_is_employed_with_a_log_in_without_any_role(served: Served) -> None:
    administrator, manager = (
        Asking(served, served.clinic.administrator),
        Asking(served, served.clinic.manager),
    )

    employed = accepted(administrator, manager, "POST", "people", MIRA, status=201)

    person = manager.get(f"people/{employed['person_uid']}").get_json()
    assert (person["name"], person["profession"]) == ("Mira Demo", "nurse")
    held = [(each["kind"], each["from_on"], each["until_on"]) for each in person["authorisations"]]
    assert held == [(kind, "2025-01-01", None) for kind in ("compound", "inject")]
    user = administrator.get(f"users/{employed['user_uid']}").get_json()
    assert (user["email"], user["active"], user["roles"]) == ("mira@demo.test", True, [])
    refused(administrator.post("people", MIRA), 422, "email_taken")


def test_people_are_listed_without_the_installation_itself(served: Served) -> None:
    nurse = Asking(served, served.clinic.nurse)
    administrator = Asking(served, served.clinic.administrator)

    names = {row["name"] for row in nurse.items("people")}

    assert names == {"Nurse Vitosha", "Administrator Vitosha"}
    assert {row["name"] for row in administrator.items("users")} == names
    refused(nurse.get("users"), 403, "action_forbidden")
    refused(nurse.get(f"people/{NOBODYS_UID}"), 404, "thing_not_found")
    refused(administrator.get(f"users/{NOBODYS_UID}"), 404, "thing_not_found")


def test_a_role_is_given_and_taken_in_this_clinic_only(served: Served) -> None:
    administrator, nurse = (
        Asking(served, served.clinic.administrator),
        Asking(served, served.clinic.nurse),
    )
    elsewhere = Asking(served, served.house.another_clinic().administrator)
    uid = administrator.post("people", MIRA).get_json()["user_uid"]

    accepted(administrator, nurse, "POST", f"users/{uid}/roles", {"role": "nurse"}, status=201)

    assert administrator.get(f"users/{uid}").get_json()["roles"] == ["nurse"]
    assert elsewhere.get(f"users/{uid}").get_json()["roles"] == []

    accepted(administrator, nurse, "DELETE", f"users/{uid}/roles/nurse")

    assert administrator.get(f"users/{uid}").get_json()["roles"] == []
    refused(administrator.delete(f"users/{uid}/roles/wizard"), 404, "thing_not_found")


def test_nobody_gives_himself_a_role(served: Served) -> None:
    administrator = Asking(served, served.clinic.administrator)
    own = served.uid_of_user(served.clinic.administrator)

    answer = administrator.post(f"users/{own}/roles", {"role": "practitioner"})

    refused(answer, 403, "grant_forbidden")


def test_the_last_administrator_stays(served: Served) -> None:
    administrator = Asking(served, served.clinic.administrator)
    own = served.uid_of_user(served.clinic.administrator)

    refused(administrator.delete(f"users/{own}/roles/administrator"), 409, "last_administrator")


def test_a_log_in_is_switched_off_at_once(served: Served) -> None:
    administrator, manager = (
        Asking(served, served.clinic.administrator),
        Asking(served, served.clinic.manager),
    )
    nurse = Asking(served, served.clinic.nurse)
    path = f"users/{served.uid_of_user(served.clinic.nurse)}/log-in"

    accepted(administrator, manager, "PUT", path, {"active": False})

    assert nurse.get("people").status_code == 401
    assert administrator.put(path, {"active": True}).status_code == 200
    assert nurse.get("people").status_code == 200
    refused(administrator.put(path, {"active": "yes"}), 422, "invalid_fields")


def test_a_person_is_called_otherwise(served: Served) -> None:
    administrator = Asking(served, served.clinic.administrator)
    manager = Asking(served, served.clinic.manager)
    path = f"people/{served.clinic.nurse.person_uid}"
    etag = administrator.get(path).headers["ETag"]

    accepted(administrator, manager, "PUT", path, {"name": "Ana Demo", "profession": "head nurse"}, etag=etag)

    shown = manager.get(path).get_json()
    assert (shown["name"], shown["profession"], shown["version"]) == ("Ana Demo", "head nurse", 2)
    refused(administrator.put(path, {"name": "Ana", "profession": "nurse"}, etag=etag), 412, "person_changed")


def test_an_authorisation_begins_and_ends(served: Served) -> None:
    administrator = Asking(served, served.clinic.administrator)
    manager = Asking(served, served.clinic.manager)
    path = f"people/{served.clinic.auditor.person_uid}/authorisations"

    accepted(administrator, manager, "POST", path, {"kind": "inject", "from_on": "2025-01-01"}, status=201)
    accepted(administrator, manager, "POST", f"{path}/inject/ending", {"until_on": "2999-12-31"})

    held = manager.get(f"people/{served.clinic.auditor.person_uid}").get_json()["authorisations"]
    assert [(each["kind"], each["from_on"], each["until_on"]) for each in held] == [
        ("inject", "2025-01-01", "2999-12-31")
    ]
    assert held[0]["granted_by"] and held[0]["scope"] == ""
    refused(
        administrator.post(f"{path}/prescribe/ending", {"until_on": "2999-12-31"}), 404, "thing_not_found"
    )
    refused(administrator.post(path, {"kind": "inject", "from_on": "2026-01-01"}), 422, "invalid_value")


def test_an_inspector_is_given_an_end_and_an_auditor_states_a_purpose(served: Served) -> None:
    clinic = served.clinic
    administrator = Asking(served, clinic.administrator)
    user = served.uid_of_user(clinic.auditor)
    today = civil_date(now(), clinic.zone).isoformat()
    given = {"role": "auditor", "until_on": today, "purpose": "inspection"}

    assert administrator.post(f"users/{user}/roles", given).status_code == 201
    for half in ({"until_on": None}, {"purpose": None}, {"role": "nurse"}, {"until_on": "2020-01-01"}):
        assert administrator.post(f"users/{user}/roles", {**given, **half}).status_code == 422
    shown = administrator.get(f"users/{user}").get_json()
    assert shown["roles"] == ["auditor"]
    assert (shown["inspection"]["purpose"], shown["inspection"]["is_over"]) == ("inspection", False)

    auditor = Asking(served, replace(clinic.auditor, is_system=True))
    said = {"purpose": "complaint", "reference": "C-1", "lasts_hours": 2}
    assert auditor.post("stated-purposes", said).status_code == 201
    assert auditor.post("stated-purposes", {**said, "lasts_hours": 25}).status_code == 422
    assert Asking(served, clinic.nurse).post("stated-purposes", said).status_code == 403
    (row,) = Asking(served, clinic.manager).items("stated-purposes")
    assert (row["purpose"], row["reference"]) == ("complaint", "C-1")
    assert row["until_at"] <= shown["inspection"]["until_at"]
