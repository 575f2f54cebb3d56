"""Clinics: those in which the token's owner holds a role, and founding a new one."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.errors import ThingNotFound
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import CivilDate, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.change_clinic import ChangeClinic, ClinicSaved, change_clinic
from stockroom.operations.copy_clinic import ClinicCopied, CopyClinic, copy_clinic
from stockroom.operations.found_clinic import ClinicFounded, FoundClinic, found_clinic
from stockroom.queries.clinics import ClinicRow, clinic_of, clinics_of
from stockroom.queries.paging import Page

blp = ResourceBlueprint("clinics", __name__, description="A house with its own stock and books")


class ClinicFields(Schema):
    """What is said when a clinic is founded."""

    name = Words(required=True)
    time_zone = Words(required=True, metadata={"description": "IANA name, such as Europe/Sofia"})
    country = Words(required=True, most=2, metadata={"description": "ISO 3166-1 alpha-2"})
    currency = Words(required=True, most=3, metadata={"description": "ISO 4217"})
    books_begin_on = CivilDate(required=True)


class ClinicSchema(ClinicFields):
    uid = Uid(required=True)
    version = WholeNumber(required=True)


class ClinicSavedSchema(Schema):
    clinic_uid = Uid(required=True)
    version = WholeNumber(required=True)


class ClinicFoundedSchema(Schema):
    clinic_uid = Uid(required=True)
    quarantine_uid = Uid(required=True)
    returns_uid = Uid(required=True)


class CopyFields(Schema):
    from_clinic_uid = Uid(required=True)


class ClinicCopiedSchema(Schema):
    places = WholeNumber(required=True)
    stock_levels = WholeNumber(required=True)
    par_levels = WholeNumber(required=True)
    settings = fields.List(Words(), required=True)


@blp.route("")
class Clinics(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(ClinicSchema, "ClinicPage"))
    def get(self, args: dict[str, Any]) -> Page[ClinicRow]:
        """The clinics in which you hold a role"""
        with installation().reading() as connection:
            return clinics_of(connection, acting().user_id, after=args["cursor"], limit=args["limit"])

    @blp.arguments(ClinicFields)
    @blp.response(201, ClinicFoundedSchema)
    def post(self, body: dict[str, Any]) -> ClinicFounded:
        """Found a clinic"""
        founded: ClinicFounded = act(found_clinic, FoundClinic(**body))
        return founded


@blp.route("/<uid>")
class Clinic(MethodView):
    @blp.response(200, ClinicSchema, headers={"ETag": {"schema": {"type": "string"}}})
    def get(self, uid: str) -> tuple[ClinicRow, int, dict[str, str]]:
        """One clinic"""
        with installation().reading() as connection:
            row = clinic_of(connection, acting().user_id, uid=uid)
        return row, 200, {"ETag": etag_of(row.version)}

    @if_match()
    @blp.arguments(ClinicFields)
    @blp.response(200, ClinicSavedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> tuple[ClinicSaved, int, dict[str, str]]:
        """Put the details of the token's own clinic right; another one is changed with a token of its own"""
        if uid != acting().clinic_uid:
            raise ThingNotFound(thing="clinic", uid=uid[:40])
        saved: ClinicSaved = act(change_clinic, ChangeClinic(version=asked_version(), **body))
        return saved, 200, {"ETag": etag_of(saved.version)}


@blp.route("/<uid>/copies")
class Copies(MethodView):
    @blp.arguments(CopyFields)
    @blp.response(201, ClinicCopiedSchema)
    def post(self, body: dict[str, Any], uid: str) -> ClinicCopied:
        """Start the token's own clinic as a copy of another: its places, levels and settings, no stock and no people"""
        if uid != acting().clinic_uid:
            raise ThingNotFound(thing="clinic", uid=uid[:40])
        copied: ClinicCopied = act(copy_clinic, CopyClinic(**body))
        return copied
