"""Is it in the journal who was stopped at the entrance, and is the journal not flooded by it?"""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.clock import now
from stockroom.models import ApiToken, JournalEntry
from stockroom.vocabulary import Action
from tests.api.asking import NOBODYS_UID
from tests.builders import key
from tests.serving import Served


def _refusals(served: Served) -> list[tuple[Any, dict[str, Any]]]:
    with served.store.reading() as connection:
        rows = connection.execute(
            select(JournalEntry.__table__).where(JournalEntry.kind == "refusal").order_by(JournalEntry.seq)
        ).all()
    return [(row, json.loads(row.payload)) for row in rows]


def _only_token(served: Served) -> str:
    with served.store.reading() as connection:
        return connection.execute(select(ApiToken.uid)).scalar_one()


def _write(served: Served, api: Any, path: str = "/api/v1/people") -> int:
    status: int = api.post(path, json={}, headers={"Idempotency-Key": key()}).status_code
    return status


def test_somebody_whose_role_does_not_permit_a_route_stands_in_the_clinics_journal(served: Served) -> None:
    nurse = served.clinic.nurse
    api = served.api(served.token(nurse))

    answer = api.post("/api/v1/people", json={}, headers={"Idempotency-Key": key()})
    assert answer.status_code == 403
    request = answer.headers["X-Request-Id"]

    ((row, payload),) = _refusals(served)
    assert (row.clinic_id, row.actor_uid, row.roles) == (nurse.clinic_id, nurse.person_uid, "nurse")
    assert payload == {
        "asked": "POST /api/v1/people",
        "code": "action_forbidden",
        "facts": {"action": "maintain_users", "may": ["administrator"]},
        "by_token": _only_token(served),
        "request": request,
    }


def test_a_token_that_is_too_narrow_and_a_page_that_is_not_hers_are_written_down_too(served: Served) -> None:
    narrow = served.api(served.token(served.clinic.manager, actions=(Action.READ_STOCK,)))
    auditor = served.logged_in(served.clinic.auditor)

    narrow.get("/api/v1/journal")
    auditor.get(f"/c/{served.clinic.uid}/tokens")

    told = [(payload["asked"], payload["code"]) for _, payload in _refusals(served)]
    assert told == [
        ("GET /api/v1/journal", "token_too_narrow"),
        ("GET /c/<clinic_uid>/tokens", "action_forbidden"),
    ]


def test_the_same_refusal_is_written_down_once_a_minute(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    nurse, manager = (
        served.api(served.token(actor)) for actor in (served.clinic.nurse, served.clinic.manager)
    )
    began = now().replace(second=0, microsecond=0) + timedelta(minutes=1)

    def at(instant: datetime) -> None:
        monkeypatch.setitem(served.app.extensions, "stockroom_clock", lambda: instant)

    at(began)
    statuses = [_write(served, nurse) for _ in range(20)]
    statuses += [_write(served, nurse, f"/api/v1/users/{NOBODYS_UID}/roles"), _write(served, manager)]
    at(began + timedelta(seconds=59))
    statuses += [_write(served, nurse), _write(served, nurse, "/api/v1/users/x/roles")]
    at(began + timedelta(seconds=60))
    statuses += [_write(served, nurse)]

    assert set(statuses) == {403}
    asked = [payload["asked"] for _, payload in _refusals(served)]
    people, roles = "POST /api/v1/people", "POST /api/v1/users/<uid>/roles"
    assert asked == [people, roles, people, people]


def test_strangers_and_what_is_not_found_leave_nothing(served: Served) -> None:
    nurse = served.api(served.token(served.clinic.nurse))

    served.api().get("/api/v1/journal")
    served.api("srt_" + "x" * 43).get("/api/v1/journal")
    nurse.get(f"/api/v1/lots/{NOBODYS_UID}")
    served.browser().get(f"/c/{served.clinic.uid}/tokens")

    assert _refusals(served) == []
