"""Users: log-ins, the roles that each holds in this clinic, and whether it may log in at all."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.errors import ThingNotFound
from stockroom.http.fields import Choice, CivilDate, Instant, Uid
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.employ import (
    GiveRole,
    LogInChanged,
    SwitchLogIn,
    TakeRole,
    give_role,
    switch_log_in,
    take_role,
)
from stockroom.queries.paging import Page
from stockroom.queries.people import UserRow, user, users
from stockroom.vocabulary import AuditPurpose, Role

blp = ResourceBlueprint("users", __name__, description="Log-ins and their roles in this clinic")
_ROLES = [role.value for role in Role]


class InspectionSchema(Schema):
    """An auditor for a while, who opens nothing here any more afterwards."""

    until_at = Instant(required=True)
    purpose = Choice(AuditPurpose, required=True)
    is_over = fields.Boolean(required=True)


class UserSchema(Schema):
    uid = Uid(required=True)
    person_uid = Uid(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    active = fields.Boolean(required=True)
    roles = fields.List(
        fields.String(validate=validate.OneOf(_ROLES)),
        required=True,
        metadata={"description": "in this clinic"},
    )
    inspection = fields.Nested(InspectionSchema, required=True, allow_none=True)


class RoleFields(Schema):
    """A role in this clinic; an inspector's, who is an auditor, until a day and for a purpose."""

    role = fields.String(required=True, validate=validate.OneOf(_ROLES))
    until_on = CivilDate(
        load_default=None, metadata={"description": "an inspector's last day; with `purpose`"}
    )
    purpose = Choice(AuditPurpose, load_default=None)


class LogInFields(Schema):
    """Whether this log-in may be used."""

    active = fields.Boolean(required=True, truthy={True}, falsy={False})


class LogInChangedSchema(Schema):
    user_uid = Uid(required=True)


@blp.route("")
class Users(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(UserSchema, "UserPage"))
    def get(self, args: dict[str, Any]) -> Page[UserRow]:
        """Every log-in, with its roles in this clinic"""
        with installation().reading() as connection:
            return users(connection, acting().clinic_id, after=args["cursor"], limit=args["limit"])


@blp.route("/<uid>")
class User(MethodView):
    @blp.response(200, UserSchema)
    def get(self, uid: str) -> UserRow:
        """One log-in, with its roles in this clinic"""
        with installation().reading() as connection:
            return user(connection, acting().clinic_id, uid=uid)


@blp.route("/<uid>/roles")
class UserRoles(MethodView):
    @blp.arguments(RoleFields)
    @blp.response(201, LogInChangedSchema)
    def post(self, body: dict[str, Any], uid: str) -> LogInChanged:
        """Give a role in this clinic"""
        given = GiveRole(
            user_uid=uid, role=Role(body["role"]), until_on=body["until_on"], purpose=body["purpose"]
        )
        changed: LogInChanged = act(give_role, given)
        return changed


@blp.route("/<uid>/roles/<role>")
class UserRole(MethodView):
    @blp.response(200, LogInChangedSchema)
    def delete(self, uid: str, role: str) -> LogInChanged:
        """Take a role away in this clinic, from the next act on"""
        if role not in _ROLES:
            raise ThingNotFound(thing="role", uid=role[:40])
        changed: LogInChanged = act(take_role, TakeRole(user_uid=uid, role=Role(role)))
        return changed


@blp.route("/<uid>/log-in")
class UserLogIn(MethodView):
    @blp.arguments(LogInFields)
    @blp.response(200, LogInChangedSchema)
    def put(self, body: dict[str, Any], uid: str) -> LogInChanged:
        """Switch a log-in off, in every clinic at once, or on again"""
        changed: LogInChanged = act(switch_log_in, SwitchLogIn(user_uid=uid, active=body["active"]))
        return changed
