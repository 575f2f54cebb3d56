"""Devices: registered by UDI and serial, cleaned, serviced, held, released, taken out of use; never used up."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.clock import civil_date
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import Choice, CivilDate, Instant, Uid, WholeNumber, Words
from stockroom.operations.keep_device import (
    REASON_MAX,
    CleanDevice,
    DeviceKept,
    HoldDevice,
    ReleaseDevice,
    RetireDevice,
    ServiceDevice,
    clean_device,
    hold_device,
    release_device,
    retire_device,
    service_device,
)
from stockroom.operations.register_device import (
    ChangeDevice,
    DeviceFacts,
    DeviceSaved,
    RegisterDevice,
    change_device,
    register_device,
)
from stockroom.queries.devices import DeviceRow, device, devices_of, history_of_device
from stockroom.reads.clinics import clinic_settings
from stockroom.vocabulary import DeviceActKind

blp = ResourceBlueprint("devices", __name__, description="Devices that are looked after and never used up")


class DeviceFactsFields(Schema):
    """What is said of a device."""

    kind = fields.String(required=True, validate=validate.Regexp(r"^[a-z0-9][a-z0-9-]{0,99}$"))
    name = Words(required=True, most=100)
    manufacturer = Words(load_default="", most=200)
    udi_di = Words(load_default="", most=60)
    serial = Words(required=True, most=90)
    room_uid = Uid(load_default=None)
    needs_service = fields.Boolean(load_default=True, truthy={True}, falsy={False})


class NewDeviceFields(DeviceFactsFields):
    serviced_until = CivilDate(load_default=None)


class DeviceCleaningFields(Schema):
    how = Words(load_default="", most=REASON_MAX)


class DeviceServiceFields(Schema):
    serviced_until = CivilDate(required=True)
    by_whom = Words(load_default="", most=REASON_MAX)


class DeviceReasonFields(Schema):
    reason = Words(required=True, most=REASON_MAX)


class DeviceSavedSchema(Schema):
    device_uid = Uid(required=True)
    short_code = fields.String(required=True)
    version = WholeNumber(required=True)


class DeviceKeptSchema(Schema):
    device_uid = Uid(required=True)
    version = WholeNumber(required=True)


class DeviceSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    kind = fields.String(required=True)
    kind_name = fields.String(required=True)
    name = fields.String(required=True)
    manufacturer = fields.String(required=True)
    udi_di = fields.String(required=True)
    serial = fields.String(required=True)
    short_code = fields.String(required=True)
    room_uid = Uid(required=True, allow_none=True)
    needs_service = fields.Boolean(required=True)
    serviced_until = CivilDate(required=True, allow_none=True)
    held_at = Instant(required=True, allow_none=True)
    hold_reason = fields.String(required=True)
    retired_at = Instant(required=True, allow_none=True)
    is_clean = fields.Boolean(required=True, metadata={"description": "cleaned since it was used last"})
    is_overdue = fields.Boolean(required=True)


class DevicesSchema(Schema):
    items = fields.List(fields.Nested(DeviceSchema), required=True)


class DeviceActSchema(Schema):
    uid = Uid(required=True)
    kind = Choice(DeviceActKind, required=True)
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    by = fields.String(required=True)
    session_uid = Uid(required=True, allow_none=True)
    serviced_until = CivilDate(required=True, allow_none=True)
    reason = fields.String(required=True)


class DeviceActsSchema(Schema):
    items = fields.List(fields.Nested(DeviceActSchema), required=True)


@blp.route("")
class Devices(MethodView):
    @blp.response(200, DevicesSchema)
    def get(self) -> dict[str, Any]:
        """The clinic's devices, those out of use left out"""
        with installation().reading() as connection:
            rows = devices_of(connection, acting().clinic_id, today=_today())
        return {"items": [_said(row) for row in rows]}

    @blp.arguments(NewDeviceFields)
    @blp.response(201, DeviceSavedSchema)
    def post(self, body: dict[str, Any]) -> DeviceSaved:
        """Register a device by its UDI and serial number"""
        until = body.pop("serviced_until")
        command = RegisterDevice(facts=DeviceFacts(**body), serviced_until=until)
        saved: DeviceSaved = act(register_device, command)
        return saved


@blp.route("/<uid>")
class Device(MethodView):
    @blp.response(200, DeviceSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> tuple[Any, int, dict[str, str]]:
        """One device, with what would stop its use"""
        with installation().reading() as connection:
            row = device(connection, acting().clinic_id, uid=uid, today=_today())
        return _said(row), 200, {"ETag": etag_of(row.version)}

    @if_match()
    @blp.arguments(DeviceFactsFields)
    @blp.response(200, DeviceSavedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> tuple[Any, int, dict[str, str]]:
        """Put right what is said of a device, all of it"""
        command = ChangeDevice(device_uid=uid, version=asked_version(), facts=DeviceFacts(**body))
        saved: DeviceSaved = act(change_device, command)
        return saved, 200, {"ETag": etag_of(saved.version)}


@blp.route("/<uid>/acts")
class DeviceActs(MethodView):
    @blp.response(200, DeviceActsSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """What was done with a device, the newest first"""
        with installation().reading() as connection:
            row = device(connection, acting().clinic_id, uid=uid, today=_today())
            return {"items": history_of_device(connection, acting().clinic_id, row.id)}


@blp.route("/<uid>/cleanings")
class DeviceCleanings(MethodView):
    @blp.arguments(DeviceCleaningFields)
    @blp.response(201, DeviceKeptSchema)
    def post(self, body: dict[str, Any], uid: str) -> DeviceKept:
        """Say that it was cleaned"""
        kept: DeviceKept = act(clean_device, CleanDevice(device_uid=uid, **body))
        return kept


@blp.route("/<uid>/services")
class DeviceServices(MethodView):
    @blp.arguments(DeviceServiceFields)
    @blp.response(201, DeviceKeptSchema)
    def post(self, body: dict[str, Any], uid: str) -> DeviceKept:
        """Say that it was serviced, and until when that holds"""
        kept: DeviceKept = act(service_device, ServiceDevice(device_uid=uid, **body))
        return kept


@blp.route("/<uid>/holds")
class DeviceHolds(MethodView):
    @blp.arguments(DeviceReasonFields)
    @blp.response(201, DeviceKeptSchema)
    def post(self, body: dict[str, Any], uid: str) -> DeviceKept:
        """Stop it from being used"""
        kept: DeviceKept = act(hold_device, HoldDevice(device_uid=uid, **body))
        return kept


@blp.route("/<uid>/releases")
class DeviceReleases(MethodView):
    @blp.arguments(DeviceReasonFields)
    @blp.response(201, DeviceKeptSchema)
    def post(self, body: dict[str, Any], uid: str) -> DeviceKept:
        """Let it be used again"""
        kept: DeviceKept = act(release_device, ReleaseDevice(device_uid=uid, **body))
        return kept


@blp.route("/<uid>/retirement")
class DeviceRetirement(MethodView):
    @blp.arguments(DeviceReasonFields)
    @blp.response(201, DeviceKeptSchema)
    def post(self, body: dict[str, Any], uid: str) -> DeviceKept:
        """Take it out of use for good"""
        kept: DeviceKept = act(retire_device, RetireDevice(device_uid=uid, **body))
        return kept


def _today() -> Any:
    with installation().reading() as connection:
        return civil_date(present(), clinic_settings(connection, acting().clinic_id).time_zone)


def _said(row: DeviceRow) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in DeviceSchema().fields if hasattr(row, name)}
    return {**told, "is_clean": row.state.is_clean, "is_overdue": row.state.is_overdue}
