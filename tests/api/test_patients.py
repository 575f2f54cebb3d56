"""Patients over the API: no look without its row in the journal, no name in an address, no lost answer."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from stockroom.models import JournalEntry
from tests.api.asking import NOBODYS_UID, Asking, accepted, refused
from tests.cocktails import planned
from tests.patients import ingredient_uid
from tests.serving import Served

ANA = {"name": "Ana Demova", "born_on": "1990-01-02", "contact": "ana@demo.test", "reference": "D-17"}


def _disclosures(served: Served) -> list[str]:
    with served.store.reading() as connection:
        found = select(JournalEntry.payload).where(JournalEntry.kind == "disclosure")
        return list(connection.execute(found.order_by(JournalEntry.seq)).scalars())


def _registered(asking: Asking, **changed: Any) -> str:
    answer = asking.post("patients", {**ANA, **changed})
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()["patient_uid"]


def test_a_patient_is_registered_once(served: Served) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)

    registered = accepted(nurse, manager, "POST", "patients", ANA, status=201)

    again = nurse.post("patients", {**ANA, "reference": ""})
    refused(again, 422, "patient_known")
    assert again.get_json()["patients"] == [registered["patient_uid"]]
    assert "Demova" not in again.text
    refused(nurse.post("patients", {**ANA, "name": "Bela Demova"}), 422, "reference_taken")
    assert _registered(nurse, reference="", is_another_person=True) != registered["patient_uid"]


def test_a_patient_without_a_session_here_opens_for_a_stated_purpose_only(served: Served) -> None:
    nurse = Asking(served, served.clinic.nurse)
    uid = _registered(nurse)

    refused(nurse.get(f"patients/{uid}"), 422, "purpose_needed")
    assert _disclosures(served) == []

    answer = nurse.get(f"patients/{uid}", purpose="first_visit")

    shown = answer.get_json()
    assert {name: shown[name] for name in ANA} == ANA
    assert (shown["allergies_asked_at"], shown["allergies"]) == (None, [])
    assert answer.headers["ETag"] == '"1"'
    [written] = _disclosures(served)
    assert uid in written
    assert "first_visit" in written
    assert "Demova" not in written
    refused(nurse.get(f"patients/{uid}", purpose="curiosity"), 422, "invalid_fields")
    refused(nurse.get(f"patients/{NOBODYS_UID}"), 404, "thing_not_found")


def test_a_patient_with_a_session_here_opens_and_it_is_written_down(served: Served) -> None:
    nurse = Asking(served, served.clinic.nurse)
    uid = _registered(nurse)
    planned(served.clinic, uid)

    assert nurse.get(f"patients/{uid}").get_json()["name"] == "Ana Demova"
    assert len(_disclosures(served)) == 1
    elsewhere = Asking(served, served.house.another_clinic().nurse)
    refused(elsewhere.get(f"patients/{uid}"), 422, "purpose_needed")
    refused(Asking(served, served.clinic.administrator).get(f"patients/{uid}"), 403, "action_forbidden")
    assert len(_disclosures(served)) == 1


def test_a_search_finds_who_was_seen_here_and_elsewhere_with_a_purpose(served: Served) -> None:
    nurse, administrator = (
        Asking(served, served.clinic.nurse),
        Asking(served, served.clinic.administrator),
    )
    uid = _registered(nurse)
    asked = {"text": "demova 1990-01-02"}
    assert nurse.post("patients/searches", asked).get_json() == {"items": []}
    assert _disclosures(served) == []

    found = accepted(nurse, administrator, "POST", "patients/searches", {**asked, "purpose": "emergency"})
    assert [each["uid"] for each in found["items"]] == [uid]
    assert all("emergency" in each for each in _disclosures(served))

    planned(served.clinic, uid)
    here = nurse.post("patients/searches", asked).get_json()
    assert [each["name"] for each in here["items"]] == ["Ana Demova"]
    assert "search" in _disclosures(served)[-1]
    assert "emova" not in "".join(_disclosures(served))


def test_values_are_put_right_as_they_were_read(served: Served) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)
    uid = _registered(nurse)
    right = {**ANA, "name": "Ana Ivanova Demova"}

    amended = accepted(nurse, manager, "PUT", f"patients/{uid}", right, etag='"1"')

    assert amended == {"patient_uid": uid, "version": 2}
    assert nurse.get(f"patients/{uid}", purpose="first_visit").get_json()["name"] == right["name"]
    refused(nurse.put(f"patients/{uid}", ANA, etag='"1"'), 412, "patient_changed")
    assert nurse.put(f"patients/{uid}", ANA).status_code == 428


def test_an_answer_about_allergies_is_never_lost_to_a_later_stale_one(served: Served) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)
    uid = _registered(nurse)
    vitamin = ingredient_uid(served.store, "vitamin-c")
    path = f"patients/{uid}/allergies"

    asked = accepted(nurse, manager, "PUT", path, {"ingredient_uids": [vitamin]}, etag='"1"')

    assert asked["version"] == 2
    shown = nurse.get(f"patients/{uid}", purpose="first_visit").get_json()
    assert [each["ingredient_uid"] for each in shown["allergies"]] == [vitamin]
    assert shown["allergies_asked_at"] == asked["asked_at"]
    refused(nurse.put(path, {"ingredient_uids": []}, etag='"1"'), 412, "patient_changed")
    refused(nurse.put(path, {"ingredient_uids": [NOBODYS_UID]}, etag='"2"'), 404, "thing_not_found")


def test_two_records_become_one(served: Served) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)
    kept = _registered(nurse)
    other = _registered(nurse, name="Anna Demova", reference="")

    merged = accepted(nurse, manager, "POST", f"patients/{kept}/merges", {"merged_uid": other})

    assert (merged["patient_uid"], merged["merged_uid"]) == (kept, other)
    assert nurse.get(f"patients/{other}", purpose="first_visit").get_json()["uid"] == kept
    refused(nurse.post(f"patients/{kept}/merges", {"merged_uid": other}), 422, "invalid_value")


def test_a_patient_is_forgotten_for_good(served: Served) -> None:
    nurse, manager = Asking(served, served.clinic.nurse), Asking(served, served.clinic.manager)
    uid = _registered(nurse)

    erased = accepted(manager, nurse, "POST", f"patients/{uid}/erasure")

    assert erased == {"patient_uids": [uid]}
    refused(nurse.get(f"patients/{uid}", purpose="records_request"), 422, "patient_erased")
    found = nurse.post("patients/searches", {"text": "demova", "purpose": "records_request"})
    assert found.get_json() == {"items": []}
