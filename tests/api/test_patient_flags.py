"""What speaks against treating a patient, over the API: flags, answers, rules, what does not suit, and the export."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from stockroom.clock import now
from stockroom.models import JournalEntry
from stockroom.operations.plan_session import NeedOf
from stockroom.vocabulary import BaseUnit, ContainerType, Rule
from tests.api.asking import NOBODYS_UID, Asking, refused
from tests.builders import NOW
from tests.courses import course
from tests.patients import ask, flag, patient_row
from tests.serving import Served
from tests.sessions import line, over, patient, session, used


def _version(served: Served, uid: str) -> str:
    return f'"{patient_row(served.store, uid).version}"'


def _flag(asking: Asking, served: Served, uid: str, **body: Any) -> Any:
    return asking.post(f"patients/{uid}/flags", {"flag": "pregnancy", **body}, etag=_version(served, uid))


def test_a_flag_is_noted_shown_ended_and_taken_out(served: Served) -> None:
    nurse = Asking(served, served.clinic.nurse)
    uid = patient(served.house)
    session(served.house, uid)

    noted = _flag(nurse, served, uid, from_on="2026-01-01")

    assert noted.status_code == 201, noted.get_json()
    flag_uid = noted.get_json()["flag_uid"]
    shown = nurse.get(f"patients/{uid}").get_json()["flags"]
    assert [(each["uid"], each["name"], each["until_on"]) for each in shown] == [
        (flag_uid, "Pregnancy", None)
    ]
    refused(_flag(nurse, served, uid), 422, "flagged_already")
    stale = nurse.post(f"patients/{uid}/flags", {"flag": "herpes"}, etag='"1"')
    refused(stale, 412, "patient_changed")
    refused(nurse.post(
        f"patients/{NOBODYS_UID}/flags", {"flag": "herpes"}, etag='"1"'
    ), 404, "thing_not_found")  # fmt: skip
    ended = nurse.post(
        f"patients/{uid}/flags/{flag_uid}/ending", {"until_on": "2026-09-01"}, etag=_version(served, uid)
    )
    assert ended.status_code == 200
    gone = nurse.post(f"patients/{uid}/flags/{flag_uid}/withdrawal", etag=_version(served, uid))
    assert gone.status_code == 200
    assert nurse.get(f"patients/{uid}").get_json()["flags"] == []
    refused(_flag(Asking(served, served.clinic.manager), served, uid), 403, "action_forbidden")


def test_asked_again_and_unchanged_keeps_what_is_known(served: Served) -> None:
    nurse = Asking(served, served.clinic.nurse)
    uid = patient(served.house)
    session(served.house, uid)
    ask(served.house, uid, classes=("anaesthetic",))

    again = nurse.post(f"patients/{uid}/answers", etag=_version(served, uid))

    assert again.status_code == 200, again.get_json()
    shown = nurse.get(f"patients/{uid}").get_json()
    assert [each["ingredient_class"] for each in shown["classes"]] == ["anaesthetic"]
    assert shown["allergies_asked_at"] == again.get_json()["asked_at"]
    refused(nurse.post(f"patients/{uid}/answers", etag='"1"'), 412, "patient_changed")


def test_what_a_flag_means_is_shown_with_its_source_and_decided_by_a_practitioner(served: Served) -> None:
    nurse, practitioner = (Asking(served, who) for who in (served.clinic.nurse, served.clinic.practitioner))
    said = {"flag": "herpes", "subject_kind": "regulatory_class", "subject": "medicine"}

    def rule() -> dict[str, Any]:
        items = nurse.get("suitability-rules").get_json()["items"]
        (found,) = [each for each in items if {name: each[name] for name in said} == said]
        return dict(found)

    assert (rule()["effect"], rule()["sources"], rule()["is_own"]) == ("stop", ["003"], False)
    decision = {**said, "effect": "caution", "source": "our own doctors"}
    refused(nurse.post("suitability-rules", decision), 403, "action_forbidden")
    refused(practitioner.post("suitability-rules", {**decision, "source": ""}), 422, "source_missing")
    assert practitioner.post("suitability-rules", decision).get_json()["effect"] == "caution"
    assert (rule()["effect"], rule()["by_reference"], rule()["sources"]) == (
        "caution",
        "stop",
        ["our own doctors"],
    )
    assert practitioner.post("suitability-rules", said).get_json()["effect"] == "stop"


def test_what_is_planned_and_does_not_suit_is_listed_with_why(served: Served) -> None:
    nurse = Asking(served, served.clinic.nurse)
    numbing = served.house.product("Numbing", ingredients=("lidocaine",))
    uid = patient(served.house)
    needs = (NeedOf(quantity=1000, product_uid=numbing.uid),)
    tomorrow = now() + timedelta(days=1)
    visit = session(served.house, uid, needs=needs, planned_at=tomorrow)
    session(served.house, patient(served.house), needs=needs, planned_at=tomorrow)

    ask(served.house, uid, classes=("anaesthetic",))

    [found] = nurse.get("suitability-rules/unsuitable-sessions").get_json()["items"]
    assert (found["uid"], found["patient_uid"], found["fit"]) == (visit, uid, "stop")
    assert [(part["kind"], part["name"], part["because"]) for part in found["parts"]] == [
        ("need", "Numbing", ["Lidocaine"])
    ]
    elsewhere = Asking(served, served.house.another_clinic().nurse)
    assert elsewhere.get("suitability-rules/unsuitable-sessions").get_json()["items"] == []


def test_instructions_are_ticked_before_a_session(served: Served) -> None:
    nurse = Asking(served, served.clinic.nurse)
    visit = session(served.house)

    answer = nurse.post(f"sessions/{visit}/instructions", {"done": ["consultation"]})

    done = [each for each in answer.get_json()["items"] if each["is_done"]]
    assert [(each["slug"], each["audience"], bool(each["by"])) for each in done] == [
        ("consultation", "staff", True)
    ]
    assert len(answer.get_json()["items"]) == 10
    refused(nurse.post(f"sessions/{visit}/instructions", {"done": ["tea"]}), 404, "thing_not_found")
    refused(nurse.get(f"sessions/{NOBODYS_UID}/instructions"), 404, "thing_not_found")


def test_everything_held_of_a_person_is_handed_out_and_that_is_written_down_everywhere(
    served: Served,
) -> None:
    house = served.house
    manager = Asking(served, served.clinic.manager)
    rila = house.another_clinic()
    uid = patient(house, "vitamin-c")
    needle = house.product(
        "Needle", content_quantity=1, base_unit=BaseUnit.PIECE, container_type=ContainerType.NONE
    )
    needles = house.clinic.lot_on_shelf(needle, "N7", presentations=3)
    visit = session(house, uid)
    session(house, uid, clinic=rila)
    course(house, now().date() + timedelta(days=9), patient_uid=uid, name="Face")
    flag(house, uid, "anticoagulants", from_on=NOW.date())
    used(house, visit, line(needles), override=over(Rule.CAUTION, reason="She stopped them"))

    answer = manager.get(f"patients/{uid}/export")

    held = answer.get_json()
    assert answer.status_code == 200, held
    assert held["record"]["uid"] == uid and held["record"]["name"].startswith("Ana")
    assert [each["slug"] for each in held["allergies"]] == ["vitamin-c"]
    assert [clinic["name"] for clinic in held["clinics"]] == [house.clinic.name, "Rila"]
    assert [each["lot_number"] for each in held["clinics"][0]["products_used"]] == ["N7"]
    assert [each["name"] for each in held["clinics"][0]["courses"]] == ["Face"]
    asked = [
        (each["asked"], each["reason"]) for one in held["clinics"][0]["sessions"] for each in one["answered"]
    ]
    assert asked == [("caution", "She stopped them")]
    changes = {each["what"] for each in held["changes"]}
    assert changes == {"patient.register", "patient.ask_allergies", "patient.note_flag"}
    assert {(each["purpose"], each["clinic"]) for each in held["disclosures"]} == {
        ("records_request", house.clinic.name),
        ("records_request", "Rila"),
    }
    with served.store.reading() as connection:
        written = connection.execute(
            select(JournalEntry.clinic_id).where(JournalEntry.kind == "disclosure")
        ).scalars()
        assert len(set(written)) == 2
    refused(Asking(served, served.clinic.nurse).get(f"patients/{uid}/export"), 403, "action_forbidden")
    refused(manager.get(f"patients/{NOBODYS_UID}/export"), 404, "thing_not_found")
