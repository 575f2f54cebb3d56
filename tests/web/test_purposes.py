"""Does an auditor see references until a purpose is stated, and write nothing but sign-off and that purpose?"""

from __future__ import annotations

import ast
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from stockroom.access.guards import GUARDS, actions_of
from stockroom.clock import civil_date, now
from stockroom.db.transaction import DISCLOSURES
from stockroom.models import JournalEntry, Membership
from stockroom.rules.permissions import permitted
from stockroom.vocabulary import Role
from tests.builders import key
from tests.house.sources import modules, tree
from tests.patients import register
from tests.serving import Browser, Served
from tests.sessions import session

WRITES = {
    "POST /c/<clinic_uid>/journal/reviews",
    "POST /api/v1/journal/reviews",
    "POST /c/<clinic_uid>/purposes",
    "POST /api/v1/stated-purposes",
}
LOOKS = {
    # POST, so that what is typed or scanned stands in no address.
    "POST /c/<clinic_uid>/patients",
    "POST /c/<clinic_uid>/scan",
    "POST /c/<clinic_uid>/scan/picture",
    "POST /c/<clinic_uid>/scanner",
    "POST /c/<clinic_uid>/trace",
    "POST /api/v1/patients/searches",
    "POST /api/v1/scans",
}
SIGNS = {"journal.review", "evidence.sign", "purpose.state", "disclosure", "export"}
"""Kinds of entries under which an auditor's name may stand …"""
OWN = {"password.set", "pin.set", "log_in.end"}
"""… and those of one's own log-in, which are everybody's."""


def token(served: Served) -> str:
    """The auditor's, handed out by the terminal: auditors mint none."""
    return served.token(replace(served.clinic.auditor, is_system=True))


@pytest.fixture
def auditor(served: Served) -> Browser:
    return served.logged_in(served.clinic.auditor)


def test_every_write_that_lets_an_auditor_in_is_a_sign_off_or_a_stated_purpose() -> None:
    let_in = {
        route
        for route, guard in GUARDS.items()
        if not route.startswith("GET ") and actions_of(guard) & permitted({Role.AUDITOR})
    }
    signing = {route for route in let_in if actions_of(GUARDS[route]) <= {"sign_evidence"}}

    assert let_in - LOOKS - signing == WRITES


def test_every_operation_that_an_auditor_may_do_is_a_sign_off_or_a_stated_purpose() -> None:
    acts = {}
    for path in [*modules("stockroom/operations"), *modules("stockroom/access")]:
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Act":
                said = {each.arg: each.value for each in node.keywords}
                if isinstance(said.get("action"), ast.Attribute):
                    kind = said["kind"].value if isinstance(said["kind"], ast.Constant) else "?"
                    acts[kind] = said["action"].attr.lower()

    may = {action.value for action in permitted({Role.AUDITOR})}
    assert len(acts) > 80
    assert {kind for kind, action in acts.items() if action in may} <= SIGNS | OWN


def test_a_name_is_a_reference_until_a_purpose_is_stated_and_then_it_is_written_down(
    served: Served, auditor: Browser
) -> None:
    uid = register(served.house, "Vera Invented", reference="K-77", contact="Invented Street 1").patient_uid
    visit = session(served.house, uid)
    here = f"/c/{served.clinic.uid}"
    pages = (f"{here}/patients/{uid}", f"{here}/sessions/{visit}/products-used", f"{here}/sessions/{visit}")

    for page in pages:
        shown = auditor.get(page).text
        assert "Vera" not in shown and "Invented Street" not in shown and "K-77" in shown, page
    api = served.api(token(served))
    assert api.get(f"/api/v1/patients/{uid}").get_json()["name"] == "K-77"
    searched = auditor.send(f"{here}/patients", f"{here}/patients", text="Vera", purpose="")
    assert "K-77" not in searched.text
    searched = auditor.send(f"{here}/patients", f"{here}/patients", text="K-77", purpose="")
    assert "K-77" in searched.text and "Vera" not in searched.text

    refused = auditor.send(f"{here}/purposes", f"{here}/purposes", **_stated(auditor, here, reference=""))
    assert refused.status_code == 422
    stated = auditor.send(f"{here}/purposes", f"{here}/purposes", **_stated(auditor, here))
    assert stated.status_code == 303

    for page in pages:
        assert "Vera Invented" in auditor.get(page).text, page
    listed = served.logged_in(served.clinic.manager).get(f"{here}/purposes").text
    assert "C-9" in listed and "complaint" in listed
    with served.store.reading() as connection:
        told = connection.execute(
            select(JournalEntry.payload).where(JournalEntry.stream == DISCLOSURES).order_by(JournalEntry.seq)
        ).scalars()
        purposes = [each.split('"purpose":"')[1].split('"')[0] for each in told if uid in each]
    assert "complaint" in purposes
    assert purposes.index("complaint") > 0


def _stated(auditor: Browser, here: str, **changed: str) -> dict[str, str]:
    given = {"purpose": "complaint", "reference": "C-9", "lasts_hours": "2", "key": key("why")}
    return {**given, **changed}


def test_nobody_else_states_a_purpose_and_a_nurse_sees_names(served: Served) -> None:
    uid = register(served.house, "Vera Invented").patient_uid
    session(served.house, uid)
    nurse, here = served.logged_in(served.clinic.nurse), f"/c/{served.clinic.uid}"

    assert "Vera Invented" in nurse.get(f"{here}/patients/{uid}").text
    assert nurse.get(f"{here}/purposes").status_code == 403


def test_an_inspectors_log_in_stops_in_the_midst_of_the_work(served: Served) -> None:
    clinic, here = served.clinic, f"/c/{served.clinic.uid}"
    administrator = served.logged_in(clinic.administrator)
    person = f"{here}/administration/people/{clinic.auditor.person_uid}"
    today = civil_date(now(), "Europe/Sofia").isoformat()
    said = {"until_on": today, "purpose": "inspection", "key": key("inspect")}
    assert administrator.send(person, f"{person}/inspection", **said).status_code == 303
    assert "Inspector until" in administrator.get(person).text
    past = {**said, "until_on": "2020-01-01", "key": key("inspect")}
    assert administrator.send(person, f"{person}/inspection", **past).status_code == 422

    auditor = served.logged_in(clinic.auditor)
    api = served.api(token(served))
    assert auditor.get(f"{here}/journal").status_code == 200
    assert api.get("/api/v1/journal").status_code == 200

    _let_end(served)

    gone = auditor.client.get(f"{here}/journal")
    assert gone.status_code == 302 and "/login" in gone.location
    assert api.get("/api/v1/journal").status_code == 401
    told = served.browser().log_in(served.email_of(clinic.auditor))
    assert told.status_code == 200 and "for a time that is over" in told.text
    assert "over" in administrator.get(person).text


def _let_end(served: Served) -> None:
    """As if the day were over."""
    with served.store.engine.begin() as connection:
        connection.execute(
            update(Membership)
            .where(Membership.user_id == served.clinic.auditor.user_id)
            .values(until_at=now() - timedelta(seconds=1))
        )
