"""People: the members of staff, and what each is authorised to do by profession."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import Choice, CivilDate, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.authorise import (
    EVIDENCE_MAX,
    Authorise,
    Authorised,
    EndAuthorisation,
    authorise,
    end_authorisation,
)
from stockroom.operations.change_person import ChangePerson, PersonSaved, change_person
from stockroom.operations.employ import Employ, Employed, employ
from stockroom.operations.leave import Leave, PersonLeft, leave
from stockroom.queries.paging import Page
from stockroom.queries.people import PersonRow, people, person
from stockroom.queries.people_then import people_then
from stockroom.reads.clinics import clinic_settings
from stockroom.rules.permissions import AUTHORISATIONS
from stockroom.vocabulary import Role

blp = ResourceBlueprint("people", __name__, description="Members of staff; a person outlives every log-in")
_AUTHORISATIONS = sorted(AUTHORISATIONS)
_KIND = {
    "in": "path",
    "name": "kind",
    "required": True,
    "description": "what is authorised",
    "schema": {"type": "string", "enum": _AUTHORISATIONS},
}


def _scope() -> fields.String:
    return fields.String(
        load_default="",
        validate=validate.Regexp(r"^([a-z0-9][a-z0-9-]{0,99})?$"),
        metadata={"description": "of inject: one technique or kind of device of the reference data"},
    )


class PersonFields(Schema):
    """What is said when somebody is employed; with an address comes a log-in, still without any role."""

    name = Words(required=True)
    profession = Words(required=True)
    authorisations = fields.List(
        fields.String(validate=validate.OneOf(_AUTHORISATIONS)),
        load_default=[],
        validate=validate.Length(max=len(_AUTHORISATIONS)),
        metadata={"uniqueItems": True},
    )
    authorised_from = CivilDate(load_default=None, allow_none=True)
    email = Words(
        most=254,
        load_default=None,
        allow_none=True,
        metadata={"description": "of the log-in; its password is set by the person, never here"},
    )


class AuthorisationSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(_AUTHORISATIONS))
    scope = fields.String(required=True, metadata={"description": "of inject: a technique or device, or all"})
    from_on = fields.Date(required=True)
    until_on = fields.Date(required=True, allow_none=True)
    granted_by = fields.String(required=True)
    granted_at = Instant(required=True, allow_none=True)
    training = fields.String(required=True)
    trained_on = fields.Date(required=True, allow_none=True)
    file_reference = fields.String(required=True)


class PersonSchema(Schema):
    uid = Uid(required=True)
    name = fields.String(required=True)
    profession = fields.String(required=True)
    authorisations = fields.List(fields.Nested(AuthorisationSchema), required=True)
    version = WholeNumber(required=True)
    left_on = CivilDate(required=True, allow_none=True)


class PersonChangeFields(Schema):
    """What somebody is called from now on."""

    name = Words(required=True)
    profession = Words(required=True)


class PersonSavedSchema(Schema):
    person_uid = Uid(required=True)
    version = WholeNumber(required=True)


class AuthorisationFields(Schema):
    """What somebody is authorised to do by profession, from one day until another."""

    kind = fields.String(required=True, validate=validate.OneOf(_AUTHORISATIONS))
    from_on = CivilDate(required=True)
    until_on = CivilDate(load_default=None, allow_none=True)
    scope = _scope()
    training = Words(load_default="", most=EVIDENCE_MAX)
    trained_on = CivilDate(load_default=None, allow_none=True)
    file_reference = Words(load_default="", most=EVIDENCE_MAX)


class AuthorisationEndFields(Schema):
    """The last day on which it holds; yesterday at the earliest."""

    until_on = CivilDate(required=True)
    scope = _scope()


class LeaveFields(Schema):
    """Who takes over what is open; nobody where nothing is."""

    colleague_uid = Uid(load_default=None, allow_none=True)


class PersonLeftSchema(Schema):
    person_uid = Uid(required=True)
    left_on = CivilDate(required=True)
    handed_over = fields.List(
        Uid(), required=True, metadata={"description": "sessions that the colleague has"}
    )
    begun = fields.List(
        Uid(),
        required=True,
        metadata={
            "description": "cocktails, deliveries, counts and orders that were begun: the colleague's to finish"
        },
    )


class DayArgs(Schema):
    day = CivilDate(required=True)


class RoleThenSchema(Schema):
    role = Choice(Role, required=True)
    from_at = Instant(required=True)
    until_at = Instant(required=True, allow_none=True)
    given_by = fields.String(required=True)


class PersonThenSchema(Schema):
    uid = Uid(required=True)
    name = fields.String(required=True)
    profession = fields.String(required=True)
    left_on = CivilDate(required=True, allow_none=True)
    roles = fields.List(fields.Nested(RoleThenSchema), required=True)
    authorisations = fields.List(fields.Nested(AuthorisationSchema), required=True)


class PeopleThenSchema(Schema):
    items = fields.List(fields.Nested(PersonThenSchema), required=True)


class AuthorisedSchema(Schema):
    person_uid = Uid(required=True)


class EmployedSchema(Schema):
    person_uid = Uid(required=True)
    user_uid = Uid(required=True, allow_none=True)


@blp.route("")
class People(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(PersonSchema, "PersonPage"))
    def get(self, args: dict[str, Any]) -> Page[PersonRow]:
        """The members of staff"""
        with installation().reading() as connection:
            return people(connection, after=args["cursor"], limit=args["limit"])

    @blp.arguments(PersonFields)
    @blp.response(201, EmployedSchema)
    def post(self, body: dict[str, Any]) -> Employed:
        """Make a person known, with or without a log-in"""
        kinds = tuple(sorted(set(body.pop("authorisations"))))
        employed: Employed = act(employ, Employ(authorisations=kinds, **body))
        return employed


@blp.route("/<uid>")
class Person(MethodView):
    @blp.response(200, PersonSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> tuple[PersonRow, int, dict[str, str]]:
        """One member of staff"""
        with installation().reading() as connection:
            row = person(connection, uid=uid)
        return row, 200, {"ETag": etag_of(row.version)}

    @if_match()
    @blp.arguments(PersonChangeFields)
    @blp.response(200, PersonSavedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> tuple[PersonSaved, int, dict[str, str]]:
        """Change name and profession"""
        command = ChangePerson(person_uid=uid, version=asked_version(), **body)
        saved: PersonSaved = act(change_person, command)
        return saved, 200, {"ETag": etag_of(saved.version)}


@blp.route("/<uid>/authorisations")
class Authorisations(MethodView):
    @blp.arguments(AuthorisationFields)
    @blp.response(201, AuthorisedSchema)
    def post(self, body: dict[str, Any], uid: str) -> Authorised:
        """Write down that somebody is authorised by profession"""
        authorised: Authorised = act(authorise, Authorise(person_uid=uid, **body))
        return authorised


@blp.route("/<uid>/authorisations/<kind>/ending", parameters=[_KIND])
class AuthorisationEnding(MethodView):
    @blp.arguments(AuthorisationEndFields)
    @blp.response(200, AuthorisedSchema)
    def post(self, body: dict[str, Any], uid: str, kind: str) -> Authorised:
        """Say until when it holds; what was done under it stays"""
        ended: Authorised = act(end_authorisation, EndAuthorisation(person_uid=uid, kind=kind, **body))
        return ended


@blp.route("/<uid>/leaving")
class PersonLeaving(MethodView):
    @blp.arguments(LeaveFields)
    @blp.response(200, PersonLeftSchema)
    def post(self, body: dict[str, Any], uid: str) -> PersonLeft:
        """Let somebody leave: log-ins, badge, PIN, tokens, roles and authorisations end, open work is handed on"""
        left: PersonLeft = act(leave, Leave(person_uid=uid, colleague_uid=body["colleague_uid"]))
        return left


@blp.route("/on-day")
class PeopleOnDay(MethodView):
    @blp.arguments(DayArgs, location="query")
    @blp.response(200, PeopleThenSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Who held which role and authorisation in this clinic on a day"""
        clinic_id = acting().clinic_id
        with installation().reading() as connection:
            zone = clinic_settings(connection, clinic_id).time_zone
            return {"items": people_then(connection, clinic_id, day=args["day"], zone=zone)}
