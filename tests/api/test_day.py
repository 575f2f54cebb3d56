"""Does a device read thermometers over the API, and does a person see to the day and to an excursion?"""

from __future__ import annotations

from datetime import timedelta

from stockroom.clock import now
from stockroom.vocabulary import ContainerType, LocationKind
from tests.api.asking import NOBODYS_UID, Asking
from tests.correcting import open_vial
from tests.serving import Served
from tests.thermometers import read


def test_a_round_is_recorded_once_listed_and_put_right(served: Served) -> None:
    clinic = served.clinic
    nurse, other = Asking(served, clinic.nurse), Asking(served, served.house.another_clinic().nurse)
    body = {
        "readings": [{"location_uid": clinic.fridge.uid, "now": "-4.2", "lowest": "-5", "highest": "8.1"}]
    }

    first = nurse.post("readings", body, with_key="round")
    again = nurse.post("readings", body, with_key="round")
    uid = first.get_json()["reading_uids"][0]
    right = nurse.post(
        f"readings/{uid}/correction", {"figures": {"now": "4.2"}, "reason": "the sign was dirt"}
    )
    rows = nurse.items("readings", location_uid=clinic.fridge.uid)

    assert (first.status_code, right.status_code) == (201, 201)
    assert first.get_json() == again.get_json()
    assert first.get_json()["out_location_uids"] == [clinic.fridge.uid]
    assert [(row["now"], row["lowest"], row["counts"], row["source"]) for row in rows] == [
        ("4.2", None, True, "sensor"), ("-4.2", "-5.0", False, "sensor"),
    ]  # fmt: skip
    assert nurse.get(f"readings/{uid}").get_json()["corrected_by_uid"] == rows[0]["uid"]
    assert other.items("readings") == [] and other.get(f"readings/{uid}").status_code == 404
    assert nurse.items("excursions")[0]["verdict"] == "mistaken"


def test_what_cannot_be_is_refused_and_a_stranger_s_hand_too(served: Served) -> None:
    clinic = served.clinic
    nurse, administrator = Asking(served, clinic.nurse), Asking(served, clinic.administrator)
    fridge = clinic.fridge.uid

    def body(now_: object, **more: object) -> dict[str, object]:
        return {"readings": [{"location_uid": fridge, "now": now_}], **more}

    hot = nurse.post("readings", body("200"))
    assert (hot.status_code, hot.get_json()["code"]) == (422, "temperature_impossible")
    for wrong in (body(4.2), body("warm"), body("4.2", source="logger"), body("4.2", extra=1)):
        assert nurse.post("readings", wrong).status_code in (400, 422)
    assert administrator.post("readings", body("4.2")).status_code == 403
    assert nurse.post("readings", body("4.2"), with_key=None).status_code == 400
    assert nurse.items("readings") == []


def test_a_logger_s_file_comes_in_whole_or_not_at_all_and_once(served: Served) -> None:
    nurse, fridge = Asking(served, served.clinic.nurse), served.clinic.fridge.uid
    good = "time;temperature\n2026-05-31 08:15;4,2\n2026-05-31 08:30;12,4\n"
    sent = {"location_uid": fridge, "content": good}

    first, again = (nurse.post("readings/logger-files", sent).get_json() for _ in range(2))
    wrong = nurse.post("readings/logger-files", {**sent, "content": good + "2026-05-31 08:45;warm\n"})
    nothing = nurse.post("readings/logger-files", {**sent, "content": "lines of a letter"})

    assert (first["added"], first["unchanged"], first["out_count"], len(first["excursion_uids"])) == (
        2,
        0,
        1,
        1,
    )
    assert (again["added"], again["unchanged"]) == (0, 2)
    assert (wrong.status_code, wrong.get_json()["line"]) == (422, 4)
    assert (nothing.status_code, nothing.get_json()["code"]) == (422, "table_has_faults")
    assert {row["source"] for row in nurse.items("readings")} == {"logger"}
    stranger = Asking(served, served.house.another_clinic().nurse)
    assert stranger.post("readings/logger-files", sent).status_code == 404


def test_an_excursion_is_held_and_decided(served: Served) -> None:
    clinic = served.clinic
    lot = clinic.lot_on_shelf(served.house.product("Filler"), "A1")
    read(clinic, 45, at=now() - timedelta(hours=2))
    uid = read(clinic, 120, at=now()).excursion_uids[0]
    nurse, manager = Asking(served, clinic.nurse), Asking(served, clinic.manager)

    seen = nurse.get(f"excursions/{uid}").get_json()
    held = nurse.post(f"excursions/{uid}/holds", {})
    forbidden = nurse.post(f"excursions/{uid}/decision", {"verdict": "release", "reason": "leaflet"})
    decided = manager.post(f"excursions/{uid}/decision", {"verdict": "dispose", "reason": "leaflet"})
    twice = manager.post(f"excursions/{uid}/decision", {"verdict": "release", "reason": "leaflet"})

    assert [(each["lot_number"], each["is_held"]) for each in seen["things"]] == [("A1", False)]
    assert held.status_code == 201 and forbidden.status_code == 403
    assert decided.status_code == 201 and decided.get_json()["disposed_count"] == 1
    assert (twice.status_code, twice.get_json()["code"]) == (409, "excursion_decided")
    assert nurse.items("excursions", undecided="true") == []
    assert manager.get(f"excursions/{NOBODYS_UID}").status_code == 404
    assert clinic.on_hand(lot) == 0


def test_a_place_is_watched_a_box_looked_at_and_a_day_closed(served: Served) -> None:
    clinic = served.clinic
    box = clinic.place("Emergency box", LocationKind.CUPBOARD)
    single = served.house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    lot = clinic.lot_on_shelf(single, "S1")
    vial = open_vial(clinic, single, lot)
    nurse, manager = Asking(served, clinic.nurse), Asking(served, clinic.manager)
    with served.store.reading():
        today = now().date().isoformat()
    watch = {"is_read": True, "limits": {"lowest": "10", "highest": "28.5"}, "is_emergency_box": True}
    look = {"location_uid": box.uid, "is_complete": True, "is_sealed": True, "seal": "S-1"}
    thrown = {"lot_uid": lot.uid, "location_uid": vial.uid}

    assert manager.put(f"locations/{box.uid}/watch", watch).status_code == 200
    assert nurse.put(f"locations/{box.uid}/watch", watch).status_code == 403
    assert nurse.get(f"locations/{box.uid}/watch").get_json()["limits"] == {
        "lowest": "10.0",
        "highest": "28.5",
    }
    assert nurse.post("box-checks", look).status_code == 201
    assert nurse.items("box-checks")[0]["seal"] == "S-1"
    assert nurse.post("day-closings", {"day": today}).status_code == 409
    assert nurse.post("day-closings", {"day": today, "thrown_away": [thrown]}).status_code == 201
    assert nurse.items("day-closings")[0]["thrown_away_count"] == 1
