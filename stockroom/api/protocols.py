"""Protocols: templates of courses, written in versions, taken out of use and never away."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import installation
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.api.needing import NeedFields, told_needs
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import Choice, Flag, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.write_protocol import (
    ProtocolWritten,
    RetireProtocol,
    ReviseProtocol,
    WriteProtocol,
    retire_protocol,
    revise_protocol,
    write_protocol,
)
from stockroom.queries.paging import Page
from stockroom.queries.protocols import ListedProtocol, ProtocolShown, protocol, protocols
from stockroom.rules.courses import SESSIONS_MAX, STEP_MAX
from stockroom.rules.planning import NEEDS_MAX
from stockroom.rules.protocols import AREAS_MAX, TEXT_LONGEST, ProtocolOf, Spacing, UseOf
from stockroom.vocabulary import NeedUse, SpanUnit

blp = ResourceBlueprint("protocols", __name__, description="Templates of courses, and what they said when")
Tagged = tuple[Any, int, dict[str, str]]


def _slug(**more: Any) -> fields.String:
    return fields.String(validate=validate.Regexp(r"^[a-z0-9-]{0,80}$"), **more)


class SpacingFields(Schema):
    """A time between sessions."""

    least = WholeNumber(least=1, most=STEP_MAX, required=True)
    most = WholeNumber(least=1, most=STEP_MAX, load_default=None, allow_none=True)
    unit = Choice(SpanUnit, required=True)


class ProtocolUseFields(NeedFields):
    """What one session needs, and what for."""

    use = Choice(NeedUse, load_default=NeedUse.TREATMENT)


class ProtocolFields(Schema):
    """Everything that a protocol says; what is left out is left open."""

    name = Words(required=True)
    reason = Words(required=True, most=TEXT_LONGEST, metadata={"description": "why it is written"})
    purpose = Words(most=TEXT_LONGEST, load_default="")
    sources = Words(most=TEXT_LONGEST, load_default="")
    note = Words(most=TEXT_LONGEST, load_default="", lines=True)
    sessions_from = WholeNumber(least=1, most=SESSIONS_MAX, load_default=None, allow_none=True)
    sessions_to = WholeNumber(least=1, most=SESSIONS_MAX, load_default=None, allow_none=True)
    interval = fields.Nested(SpacingFields, load_default=None, allow_none=True)
    maintenance_every = fields.Nested(SpacingFields, load_default=None, allow_none=True)
    maintenance = Words(most=TEXT_LONGEST, load_default="")
    areas = fields.List(
        _slug(), load_default=[], validate=validate.Length(max=AREAS_MAX), metadata={"description": "slugs"}
    )
    technique = _slug(load_default="", metadata={"description": "slug; empty leaves it open"})
    needs = fields.List(
        fields.Nested(ProtocolUseFields), load_default=[], validate=validate.Length(max=NEEDS_MAX)
    )


class RetirementFields(Schema):
    is_retired = Flag(required=True)


class ProtocolWrittenSchema(Schema):
    protocol_uid = Uid(required=True)
    version = WholeNumber(required=True)
    number = WholeNumber(
        required=True, metadata={"description": "of what it says now; 0 where nothing new is said"}
    )


class ListedProtocolSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    name = fields.String(required=True)
    slug = fields.String(
        required=True, allow_none=True, metadata={"description": "of the source texts' template"}
    )
    retired_at = Instant(required=True, allow_none=True)
    purpose = fields.String(required=True)
    sources = fields.String(required=True)
    sessions_from = WholeNumber(required=True, allow_none=True)
    sessions_to = WholeNumber(required=True, allow_none=True)
    interval_from = WholeNumber(required=True, allow_none=True)
    interval_to = WholeNumber(required=True, allow_none=True)
    interval_unit = Choice(SpanUnit, required=True, allow_none=True)
    need_count = WholeNumber(required=True)


class ProtocolNeedSchema(Schema):
    use = Choice(NeedUse, required=True)
    name = fields.String(required=True)
    product_uid = Uid(required=True, allow_none=True)
    group_uid = Uid(required=True, allow_none=True)
    quantity = StockQuantity(required=True)


class ProtocolVersionSchema(Schema):
    uid = Uid(required=True)
    number = WholeNumber(required=True)
    purpose = fields.String(required=True)
    sources = fields.String(required=True)
    note = fields.String(required=True)
    sessions_from = WholeNumber(required=True, allow_none=True)
    sessions_to = WholeNumber(required=True, allow_none=True)
    interval_from = WholeNumber(required=True, allow_none=True)
    interval_to = WholeNumber(required=True, allow_none=True)
    interval_unit = Choice(SpanUnit, required=True, allow_none=True)
    maintenance_from = WholeNumber(required=True, allow_none=True)
    maintenance_to = WholeNumber(required=True, allow_none=True)
    maintenance_unit = Choice(SpanUnit, required=True, allow_none=True)
    maintenance = fields.String(required=True)
    areas = fields.List(fields.String(), required=True)
    technique = fields.String(required=True)
    reason = fields.String(required=True)
    written_at = Instant(required=True)
    written_by = fields.String(required=True)
    needs = fields.List(fields.Nested(ProtocolNeedSchema), required=True)


class ProtocolSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    name = fields.String(required=True)
    slug = fields.String(required=True, allow_none=True)
    retired_at = Instant(required=True, allow_none=True)
    versions = fields.List(fields.Nested(ProtocolVersionSchema), required=True)


@blp.route("")
class Protocols(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(ListedProtocolSchema, "ProtocolPage"))
    def get(self, args: dict[str, Any]) -> Page[ListedProtocol]:
        """The protocols in the order in which they came"""
        with installation().reading() as connection:
            return protocols(connection, after=args["cursor"], limit=args["limit"])

    @blp.arguments(ProtocolFields)
    @blp.response(201, ProtocolWrittenSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any]) -> Tagged:
        """Write a protocol"""
        name = body.pop("name")
        written: ProtocolWritten = act(write_protocol, WriteProtocol(name=name, says=_says(body)))
        return written, 201, {"ETag": etag_of(written.version)}


@blp.route("/<uid>")
class Protocol(MethodView):
    @blp.response(200, ProtocolSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> Tagged:
        """One protocol with all that it ever said, the newest first"""
        with installation().reading() as connection:
            shown: ProtocolShown = protocol(connection, uid=uid)
        return shown, 200, {"ETag": etag_of(shown.version)}

    @if_match()
    @blp.arguments(ProtocolFields)
    @blp.response(200, ProtocolWrittenSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> Tagged:
        """Say all of it anew: a further version; courses that are planned keep theirs"""
        name = body.pop("name")
        command = ReviseProtocol(protocol_uid=uid, version=asked_version(), name=name, says=_says(body))
        written: ProtocolWritten = act(revise_protocol, command)
        return written, 200, {"ETag": etag_of(written.version)}


@blp.route("/<uid>/retirement")
class Retirement(MethodView):
    @if_match()
    @blp.arguments(RetirementFields)
    @blp.response(200, ProtocolWrittenSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> Tagged:
        """Take a protocol out of use, or bring it back"""
        command = RetireProtocol(protocol_uid=uid, version=asked_version(), is_retired=body["is_retired"])
        written: ProtocolWritten = act(retire_protocol, command)
        return written, 200, {"ETag": etag_of(written.version)}


def _says(body: dict[str, Any]) -> ProtocolOf:
    needs = told_needs(body["needs"])
    return ProtocolOf(
        **{
            **body,
            "areas": tuple(body["areas"]),
            "interval": _spacing(body["interval"]),
            "maintenance_every": _spacing(body["maintenance_every"]),
            "needs": tuple(
                UseOf(use=said["use"], need=need) for said, need in zip(body["needs"], needs, strict=True)
            ),
        }
    )


def _spacing(said: dict[str, Any] | None) -> Spacing | None:
    return None if said is None else Spacing(**said)
