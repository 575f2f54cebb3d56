"""Devices in a session: used, unless something stops it, and taken back."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.things import OverrideFields, override_of
from stockroom.http.fields import Uid, Words
from stockroom.operations.use_device import (
    DeviceTakenBack,
    DeviceUsed,
    TakeBackDevice,
    UseDevice,
    take_back_device,
    use_device,
)

blp = ResourceBlueprint(
    "session-devices", __name__, description="Which devices are used in a session", under="sessions"
)


class DeviceUseFields(Schema):
    device_uid = Uid(required=True)
    override = fields.Nested(OverrideFields, load_default=None, allow_none=True)


class DeviceTakeBackFields(Schema):
    reason = Words(load_default="", most=500)


class DeviceUsedSchema(Schema):
    act_uid = Uid(required=True)
    device_uid = Uid(required=True)
    session_uid = Uid(required=True)


class DeviceTakenBackSchema(Schema):
    act_uid = Uid(required=True)
    session_uid = Uid(required=True)


@blp.route("/<uid>/devices")
class SessionDevices(MethodView):
    @blp.arguments(DeviceUseFields)
    @blp.response(201, DeviceUsedSchema)
    def post(self, body: dict[str, Any], uid: str) -> DeviceUsed:
        """Use a device in a session; refused when it is held, overdue or not clean, or a flag speaks against it"""
        command = UseDevice(session_uid=uid, **{**body, "override": override_of(body["override"])})
        used: DeviceUsed = act(use_device, command)
        return used


@blp.route("/device-uses/<uid>/reversal")
class DeviceUseReversal(MethodView):
    @blp.arguments(DeviceTakeBackFields)
    @blp.response(201, DeviceTakenBackSchema)
    def post(self, body: dict[str, Any], uid: str) -> DeviceTakenBack:
        """Say that a device was not used after all; both rows stay"""
        taken: DeviceTakenBack = act(take_back_device, TakeBackDevice(act_uid=uid, **body))
        return taken
