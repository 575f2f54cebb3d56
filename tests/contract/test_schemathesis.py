"""Does the API answer whatever is sent as its description says, and does a refusal change nothing?"""

from __future__ import annotations

from copy import deepcopy
from random import Random
from typing import Any

import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi import checks as described
from werkzeug.test import TestResponse

from stockroom.vocabulary import Role
from tests.builders import key
from tests.conftest import SCALE
from tests.contract.generating import ROUTES, bounded, operation_of, roles_of
from tests.contract.populated import LEAVERS, Populated
from tests.contract.real_names import RealNames
from tests.house.test_routes import ASKED_BY_POST

FITTING = {True: 6 * SCALE, False: 3 * SCALE}
"""Requests to a write, to a read, that fit the description."""
BREAKING = {True: 4 * SCALE, False: 2 * SCALE}
OUR_INSIDES = (
    "Traceback (most recent call last)",
    'File "',
    "sqlalchemy",
    "sqlite3",
    "psycopg",
    "stockroom/",
)
CHECKS = [
    described.status_code_conformance,
    described.content_type_conformance,
    described.response_headers_conformance,
    described.response_schema_conformance,
]


class Sending:
    """Generated requests to one route, each judged by the description and by what it left behind."""

    def __init__(self, populated: Populated, route: str, random: Random) -> None:
        self.populated, self.route, self.names = populated, route, RealNames(populated, random)
        self.writes = not route.startswith("GET ") and route not in ASKED_BY_POST
        populated.refresh()
        self.before, self.has_written = populated.fingerprint(), False

    def send(self, case: Any, role: Role) -> TestResponse:
        """Send a case as the person of that role and judge the answer."""
        headers = {
            "Authorization": f"Bearer {self.populated.tokens[role]}",
            "Idempotency-Key": key("contract"),
        }
        if "If-Match" in (case.headers or {}):
            headers["If-Match"] = self.names.random.choice(['"1"', '"1"', '"2"', '"x"'])
        answer = case.call(app=self.populated.app, headers=headers)
        case.validate_response(answer, checks=CHECKS, headers=headers)
        told = answer.content.decode("utf-8", errors="replace")  # some answers are files
        assert answer.status_code < 500, told
        assert not any(word in told for word in OUR_INSIDES), told
        self.has_written |= self.writes and answer.status_code < 400
        return answer

    def left_the_books_alone(self) -> None:
        """Judge what the requests since the last look left behind: nothing, unless one was accepted."""
        after = self.populated.fingerprint()
        if not self.has_written:
            assert after == self.before, f"{self.route} refused and yet changed the database"
        self.before, self.has_written = after, False

    def real(self, case: Any) -> Any:
        """The same case about things that are there."""
        if case.path_parameters:
            case.path_parameters = self.names.in_path(case.path, dict(case.path_parameters))
        if isinstance(case.body, dict):
            case.body = self.names.in_body(case.body)
        return case


@pytest.mark.parametrize("route", ROUTES)
def test_what_fits_the_description_is_answered_as_described(
    populated: Populated, described_api: Any, route: str
) -> None:
    may, may_not = roles_of(ROUTES[route])
    sending = Sending(populated, route, Random(route))
    cases = operation_of(described_api, route).as_strategy()

    @bounded(FITTING[sending.writes])
    @given(case=cases, role=st.sampled_from(may))
    def fits(case: Any, role: Role) -> None:
        sending.send(sending.real(case), role)
        if sending.writes:
            sending.left_the_books_alone()

    @bounded(1)
    @given(case=cases)
    def by_everybody(case: Any) -> None:
        for role in may_not:
            assert sending.send(case, role).status_code == 403
        sending.left_the_books_alone()
        for role in may:
            sending.send(case, role)

    fits()
    by_everybody()
    sending.left_the_books_alone()


@pytest.mark.parametrize("route", ROUTES)
def test_what_breaks_the_description_is_refused_as_described(
    populated: Populated, described_api: Any, route: str
) -> None:
    method, path = route.split(" ")
    asked = populated.description["paths"][path.replace("<", "{").replace(">", "}")][method.lower()]
    if method == "GET" and all(each["in"] == "path" for each in asked.get("parameters", ())):
        return  # a word in the path and nothing else: any text fits
    may, _ = roles_of(ROUTES[route])
    sending = Sending(populated, route, Random(route))
    cases = operation_of(described_api, route).as_strategy(generation_mode=GenerationMode.NEGATIVE)

    @bounded(BREAKING[sending.writes])
    @given(case=cases, role=st.sampled_from(may))
    def breaks(case: Any, role: Role) -> None:
        sending.send(case, role)

    breaks()
    sending.left_the_books_alone()


def test_who_was_employed_to_leave_leaves_and_every_token_of_the_run_still_opens(
    populated: Populated, described_api: Any
) -> None:
    route = "POST /api/v1/people/<uid>/leaving"
    sending = Sending(populated, route, Random(route))
    uid, token = populated.employ_leaver(LEAVERS)
    hers = {"Authorization": f"Bearer {token}"}
    client = populated.app.test_client(use_cookies=False)
    assert client.get("/api/v1/clinics", headers=hers).status_code == 200

    case = operation_of(described_api, route).Case(
        path_parameters={"uid": uid}, body={}, media_type="application/json"
    )
    left = sending.send(case, Role.ADMINISTRATOR)

    assert (left.status_code, left.json()["person_uid"]) == (200, uid)
    assert client.get("/api/v1/clinics", headers=hers).status_code == 401
    assert {populated.api(role).get("/api/v1/clinics").status_code for role in Role} == {200}


@pytest.mark.parametrize(
    "change",
    [
        lambda responses: responses["200"]["content"].update(
            {"application/json": {"schema": {"type": "object", "required": ["colour"]}}}
        ),
        lambda responses: responses["200"].update(content={"text/csv": {"schema": {"type": "string"}}}),
        lambda responses: (responses.pop("200"), responses.pop("default")),
    ],
    ids=["another schema", "another content type", "another status"],
)
def test_a_description_that_says_something_else_is_noticed(populated: Populated, change: Any) -> None:
    description = deepcopy(populated.description)
    change(description["paths"]["/api/v1/clinics"]["get"]["responses"])
    operation = schemathesis.openapi.from_dict(description)["/api/v1/clinics"]["GET"]
    headers = {"Authorization": f"Bearer {populated.tokens[Role.NURSE]}"}
    case = operation.Case(headers=headers)

    with pytest.raises(FailureGroup):
        case.validate_response(case.call(app=populated.app), checks=CHECKS)
