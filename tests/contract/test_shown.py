"""Whom does every page, file and answer show?  That is written down first, and an auditor meets references alone.

Invariant I-23.  Asked once of every route that is served, so that a new one is asked the day it stands; an auditor,
who stated no purpose, looks wherever an auditor may.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.access import disclosing
from stockroom.clock import now
from stockroom.demo.log_ins import MAIL_DOMAIN, PASSWORD
from stockroom.errors import Unavailable
from stockroom.ledger import acts
from stockroom.models import Patient
from stockroom.reads.patients import PatientIdentity, identities
from stockroom.vocabulary import Role
from tests.browser.pages import files, screens
from tests.builders import key
from tests.contract.populated import Populated, said_by
from tests.serving import Browser

pytestmark = pytest.mark.slow
NOTE = "Zyxcanary wept and her husband Wrencanary called"
CANARIES = ("Zyxcanary", "Wrencanary")
LOOKING = (Role.AUDITOR, Role.MANAGER, Role.PRACTITIONER, Role.NURSE, Role.ADMINISTRATOR)
"""Who looks at a page: the first of these who may."""
_UID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(scope="module")
def planted(populated: Populated) -> Populated:
    """A clinic in which a note says what it should not."""
    nurse = populated.api(Role.NURSE)
    said = {
        "effect": "itching", "severity": "mild", "outcome": "ongoing", "note": NOTE,
        "began_at": (now() - timedelta(minutes=1)).isoformat(),
    }  # fmt: skip
    visits = nurse.get("/api/v1/sessions?limit=50").get_json()["items"]
    written = [
        visit["uid"]
        for visit in visits
        if nurse.post(
            f"/api/v1/sessions/{visit['uid']}/reactions", json=said, headers={"Idempotency-Key": key("note")}
        ).status_code
        == 201
    ]
    assert written
    assert CANARIES[0] in nurse.get(f"/api/v1/sessions/{written[0]}/reactions").text
    populated.refresh()
    return populated


@pytest.fixture(scope="module")
def people(planted: Populated) -> tuple[PatientIdentity, ...]:
    with planted.store.reading() as connection:
        ids = connection.execute(select(Patient.id)).scalars().all()
        found = tuple(identities(connection, planted.store.keyring, ids).values())
    assert len(found) > 5, "the demo names people, however many had come by this hour"
    return found


@dataclass(frozen=True, kw_only=True)
class Look:
    """What one address said to whom, and whom it had written down as shown before."""

    path: str
    role: Role
    text: str
    shown: frozenset[str]
    without: tuple[int, str] | None
    """Status and words of the same address where nothing can be written down; None where nobody is shown."""


@pytest.fixture(scope="module")
def looks(planted: Populated) -> tuple[Look, ...]:
    """Every address that answered."""
    with pytest.MonkeyPatch.context() as patch:
        return tuple(_looks(planted, patch))


def _looks(planted: Populated, patch: pytest.MonkeyPatch) -> Iterator[Look]:
    shown: set[str] = set()
    fails: list[bool] = []
    perform = acts.perform

    def written(*given: Any, command: disclosing.Disclosure, **more: Any) -> Any:
        shown.update(command.patient_uids)
        if fails:
            raise Unavailable()
        return perform(*given, command=command, **more)

    patch.setattr(disclosing, "perform", written)
    for path, role, client in _addresses(planted):
        shown.clear()
        answer = client.get(path, buffered=True)
        if answer.status_code != 200:
            continue
        without = None
        if whom := frozenset(shown):
            fails.append(True)
            refused = client.get(path, buffered=True)
            without = (refused.status_code, refused.text)
            fails.clear()
        yield Look(path=path, role=role, text=said_by(answer), shown=whom, without=without)


def _addresses(planted: Populated) -> Iterator[tuple[str, Role, Any]]:
    """Every address once, with who looks at it."""
    browsers = {role: Browser(planted.app.test_client()) for role in LOOKING}
    for role, browser in browsers.items():
        assert browser.log_in(f"{role}@{MAIL_DOMAIN}", PASSWORD).status_code == 302
    for page in (*screens(planted.store), *files(planted.store)):
        role = next(each for each in LOOKING if each in page.roles)
        yield page.path, role, browsers[role].client
    answers: dict[str, Role] = {}
    for role in LOOKING:
        for path in planted.answers(role):
            answers.setdefault(path, role)
    for path, role in answers.items():
        yield path, role, planted.api(role)


def _words(who: PatientIdentity) -> Iterator[str]:
    yield who.name
    if who.contact:
        yield who.contact
    if who.born_on is not None:
        yield who.born_on.isoformat()
        yield f"{who.born_on.day} {who.born_on:%b %Y}"


def test_an_auditor_is_shown_by_no_page_file_or_answer_who_a_patient_is(
    looks: tuple[Look, ...], people: tuple[PatientIdentity, ...]
) -> None:
    words = {word for who in people for word in _words(who)}
    telling = re.compile("|".join(map(re.escape, sorted({*words, *CANARIES}))))
    seen = [look for look in looks if look.role is Role.AUDITOR]
    screens_seen = [look.path for look in seen if not look.path.startswith("/api")]

    assert len(screens_seen) > 80 and any("/patients/" in path for path in screens_seen)
    assert sum(path.endswith(".pdf") for path in screens_seen) > 5
    assert len(seen) - len(screens_seen) > 80 and any("/reactions" in look.path for look in seen)
    assert {look.path: found[0] for look in seen if (found := telling.search(look.text))} == {}


def test_whoever_is_shown_was_written_down_before(
    looks: tuple[Look, ...], people: tuple[PatientIdentity, ...]
) -> None:
    """By her name, or by the uid of her record; a journal tells no more than uids (L14), and is no record of hers."""
    uids = {who.uid for who in people}
    named = re.compile("|".join(re.escape(who.name) for who in people))
    unwritten: dict[str, set[str]] = {}
    for look in looks:
        if "/journal" in look.path:
            continue
        met = (uids & {*_UID.findall(look.text)}) - look.shown
        known = {who.name for who in people if who.uid in look.shown}
        if met or not known.issuperset(named.findall(look.text)):
            unwritten[look.path] = met

    assert unwritten == {}
    assert sum(bool(look.shown) for look in looks) > 50


def test_nobody_is_shown_where_it_cannot_be_written_down(
    looks: tuple[Look, ...], people: tuple[PatientIdentity, ...]
) -> None:
    telling = re.compile("|".join(re.escape(word) for who in people for word in (who.name, who.uid)))
    refused = {look.path: look.without for look in looks if look.without is not None}

    assert {path: status for path, (status, _) in refused.items() if status != 503} == {}
    assert {
        path for path, (_, text) in refused.items() if set(telling.findall(text)) - {*_UID.findall(path)}
    } == set()
