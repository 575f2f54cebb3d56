"""Is a patient found, registered, asked and forgotten on the screen, and every look at her written down?"""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from stockroom.clock import now
from stockroom.models import JournalEntry
from tests.patients import ask, ingredient_uid, register
from tests.serving import Browser, Served
from tests.sessions import line, patient, session, used


@pytest.fixture
def nurse(served: Served) -> Browser:
    return served.logged_in(served.clinic.nurse)


@pytest.fixture
def path(served: Served) -> str:
    return f"/c/{served.clinic.uid}/patients"


def _known(served: Served, name: str = "Ana Demo-Petrova", **values: str) -> str:
    """A patient with a session in the clinic."""
    uid = register(served.house, name, **values).patient_uid
    session(served.house, uid)
    return uid


def _disclosures(served: Served) -> int:
    with served.store.reading() as connection:
        counted = select(func.count()).select_from(JournalEntry).where(JournalEntry.kind == "disclosure")
        return int(connection.execute(counted).scalar_one())


def _key(page: str) -> str:
    found = re.search(r'name="key" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_patient_is_found_by_a_word_of_her_name_and_the_look_is_written_down(
    served: Served, nurse: Browser, path: str
) -> None:
    uid = _known(served)

    page = nurse.send(path, path, text="petrova")

    assert "Ana Demo-Petrova" in page.text and uid in page.text
    assert _disclosures(served) == 1


def test_somebody_of_another_clinic_is_found_only_for_a_purpose(
    served: Served, nurse: Browser, path: str
) -> None:
    uid = register(served.house, "Mira Demo").patient_uid

    here = nurse.send(path, path, text="mira")
    everywhere = nurse.send(path, path, text="mira", purpose="emergency")
    asked = nurse.get(f"{path}/{uid}")
    shown = nurse.get(f"{path}/{uid}?purpose=emergency")

    assert "Nobody was found" in here.text
    assert "Mira Demo" in everywhere.text
    assert "What for do you look?" in asked.text and "Mira Demo" not in asked.text
    assert "Mira Demo" in shown.text


def test_a_new_patient_is_registered_once_however_often_it_is_sent(
    served: Served, nurse: Browser, path: str
) -> None:
    form = {"key": _key(nurse.get(f"{path}/new").text), "name": "Iva Demo", "born_on": "1990-02-03"}

    first, second = (nurse.send(f"{path}/new", f"{path}/new", **form) for _ in range(2))

    assert first.status_code == second.status_code == 303
    assert first.headers["Location"] == second.headers["Location"]


def test_a_known_name_and_birth_date_asks_and_keeps_what_was_typed(
    served: Served, nurse: Browser, path: str
) -> None:
    form = {"name": "Iva Demo", "born_on": "1990-02-03", "contact": "at the harbour"}
    for _ in range(2):
        key = _key(nurse.get(f"{path}/new").text)
        answer = nurse.send(f"{path}/new", f"{path}/new", key=key, **form)

    again = nurse.send(f"{path}/new", f"{path}/new", key=key, is_another_person="y", **form)

    assert answer.status_code == 422
    assert "at the harbour" in answer.text and "This is another person" in answer.text
    assert again.status_code == 303


def test_a_name_that_is_missing_is_said_beside_its_field(nurse: Browser, path: str) -> None:
    answer = nurse.send(f"{path}/new", f"{path}/new", key="k", name=" ", born_on="1990-02-30")

    assert answer.status_code == 422
    assert "A patient has a name." in answer.text and 'id="born_on-wrong"' in answer.text


def test_her_answer_about_allergies_is_written_down_and_shown(
    served: Served, nurse: Browser, path: str
) -> None:
    uid = _known(served)
    before = nurse.get(f"{path}/{uid}")
    slug = "lidocaine"
    ask(served.house, uid, slug)
    version = re.search(r'name="version" value="(\d+)"', nurse.get(f"{path}/{uid}").text)
    assert version is not None

    nurse.send(
        f"{path}/{uid}", f"{path}/{uid}/allergies", key="asked",
        ingredients=ingredient_uid(served.store, slug), version=version[1],
    )  # fmt: skip

    page = nurse.get(f"{path}/{uid}")
    assert "nobody has asked yet" in before.text
    assert "Lidocaine" in page.text and "Asked" in page.text


def test_a_record_that_somebody_changed_meanwhile_is_not_overwritten(
    served: Served, nurse: Browser, path: str
) -> None:
    uid = _known(served)
    nurse.get(f"{path}/{uid}")
    ask(served.house, uid)

    answer = nurse.send(f"{path}/{uid}", f"{path}/{uid}", key="k", name="Ana Other", version="1")

    assert answer.status_code == 412
    assert 'value="Ana Other"' in answer.text


def test_forgetting_asks_whether_one_is_sure(served: Served, path: str) -> None:
    uid = _known(served)
    manager = served.logged_in(served.clinic.manager)

    unsure = manager.send(f"{path}/{uid}", f"{path}/{uid}/erasure", key="k")
    still = manager.get(f"{path}/{uid}")
    sure = manager.send(f"{path}/{uid}", f"{path}/{uid}/erasure", key="k", sure="yes")

    assert unsure.status_code == sure.status_code == 303
    assert "Ana Demo-Petrova" in still.text
    assert manager.get(f"{path}/{uid}").status_code in (404, 409, 422)


def test_an_administrator_sees_no_patient(served: Served, path: str) -> None:
    assert served.logged_in(served.clinic.administrator).get(path).status_code == 403


def test_her_page_says_what_was_used_and_shows_the_latest_sessions_first(served: Served) -> None:
    house, clinic = served.house, served.clinic
    filler = house.product("Filler <b>")
    lot = clinic.lot_on_shelf(filler, "F1", presentations=9)
    uid = patient(house)
    visits = [session(house, uid, planned_at=now() + timedelta(hours=n)) for n in range(22)]
    used(house, visits[0], line(lot, filler.content_quantity))
    nurse = served.logged_in(clinic.nurse)
    path = f"/c/{clinic.uid}/patients/{uid}"

    page = nurse.get(path).text
    every, uses = nurse.get(f"{path}?part=sessions").text, nurse.get(f"{path}?part=used").text

    assert f"/sessions/{visits[21]}" in page and "All 22 sessions" in page
    assert f"/sessions/{visits[14]}" in page and f"/sessions/{visits[13]}" not in page
    assert f"/sessions/{visits[1]}" in every
    assert "F1" in page and "Filler &lt;b&gt;" in page and "<b>" not in page and "F1" in uses
