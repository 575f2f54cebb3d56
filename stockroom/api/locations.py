"""Locations: fridges, cupboards, rooms and the ledger's other accounts, with what a place should hold."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.http.etags import asked_version, asked_version_if_any, etag_of
from stockroom.http.fields import Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.add_location import AddLocation, LocationAdded, add_location
from stockroom.operations.change_location import (
    ChangeLocation,
    CloseLocation,
    LocationSaved,
    ReopenLocation,
    change_location,
    close_location,
    reopen_location,
)
from stockroom.operations.set_levels import LevelSet, SetParLevel, set_par_level
from stockroom.queries.levels import ParLevelRow, par_levels
from stockroom.queries.locations import LocationRow, account, accounts
from stockroom.queries.paging import Page
from stockroom.vocabulary import SHELF_KINDS, UNUSABLE_KINDS, LocationKind, StorageClass

blp = ResourceBlueprint("locations", __name__, description="Where goods can be: the accounts of the ledger")
Saved = tuple[LocationSaved, int, dict[str, str]]
COUNT_MAX = 1_000_000
_LISTED = sorted(kind.value for kind in LocationKind if kind is not LocationKind.CONTAINER)
_ADDED = sorted(kind.value for kind in SHELF_KINDS - UNUSABLE_KINDS)
_STORAGE = [each.value for each in StorageClass]


class LocationArgs(PageArgs):
    kind = fields.String(load_default=None, validate=validate.OneOf(_LISTED))


class LocationFields(Schema):
    """What is said when a place is added."""

    name = Words(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(_ADDED))
    storage_class = fields.String(required=True, allow_none=True, validate=validate.OneOf(_STORAGE))


class LocationSchema(Schema):
    uid = Uid(required=True)
    kind = fields.String(required=True, validate=validate.OneOf(_LISTED))
    name = fields.String(required=True)
    storage_class = fields.String(required=True, allow_none=True)
    short_code = fields.String(required=True, metadata={"description": "for its label"})
    closed_at = Instant(required=True, allow_none=True)
    version = WholeNumber(required=True)


class LocationChangeFields(Schema):
    """What a place is called, and how warm it is."""

    name = Words(required=True)
    storage_class = fields.String(required=True, allow_none=True, validate=validate.OneOf(_STORAGE))


class LocationSavedSchema(Schema):
    location_uid = Uid(required=True)
    version = WholeNumber(required=True)
    shortened = WholeNumber(
        required=True,
        metadata={"description": "how many open vials and cocktails that lie there keep for less long"},
    )


class LocationAddedSchema(Schema):
    location_uid = Uid(required=True)
    short_code = fields.String(required=True)


class ParLevelFields(Schema):
    """How many sealed presentations the place should hold."""

    par_count = WholeNumber(required=True, most=COUNT_MAX)


class ParLevelSchema(Schema):
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    par_count = WholeNumber(required=True)
    version = WholeNumber(required=True)


class ParLevelSetSchema(Schema):
    product_uid = Uid(required=True)
    version = WholeNumber(required=True)


@blp.route("")
class Locations(MethodView):
    @blp.arguments(LocationArgs, location="query")
    @blp.response(200, page_schema(LocationSchema, "LocationPage"))
    def get(self, args: dict[str, Any]) -> Page[LocationRow]:
        """The clinic's places and accounts; opened containers have a resource of their own"""
        kind = LocationKind(args["kind"]) if args["kind"] else None
        with installation().reading() as connection:
            return accounts(
                connection, acting().clinic_id, kind=kind, after=args["cursor"], limit=args["limit"]
            )

    @blp.arguments(LocationFields)
    @blp.response(201, LocationAddedSchema)
    def post(self, body: dict[str, Any]) -> LocationAdded:
        """Add a place"""
        storage = body["storage_class"]
        command = AddLocation(
            name=body["name"],
            kind=LocationKind(body["kind"]),
            storage_class=StorageClass(storage) if storage else None,
        )
        added: LocationAdded = act(add_location, command)
        return added


@blp.route("/<uid>")
class Location(MethodView):
    @blp.response(200, LocationSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> tuple[LocationRow, int, dict[str, str]]:
        """One place"""
        with installation().reading() as connection:
            row = account(connection, acting().clinic_id, uid=uid)
        return row, 200, {"ETag": etag_of(row.version)}

    @if_match()
    @blp.arguments(LocationChangeFields)
    @blp.response(200, LocationSavedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> Saved:
        """Change a place's name, and how warm it is"""
        storage = body["storage_class"]
        command = ChangeLocation(
            location_uid=uid,
            version=asked_version(),
            name=body["name"],
            storage_class=StorageClass(storage) if storage else None,
        )
        return _saved(act(change_location, command))


@blp.route("/<uid>/closing")
class LocationClosing(MethodView):
    @if_match()
    @blp.response(200, LocationSavedSchema, headers=ETAG_HEADERS)
    def post(self, uid: str) -> Saved:
        """Give up a place in which nothing lies"""
        return _saved(act(close_location, CloseLocation(location_uid=uid, version=asked_version())))


@blp.route("/<uid>/reopening")
class LocationReopening(MethodView):
    @if_match()
    @blp.response(200, LocationSavedSchema, headers=ETAG_HEADERS)
    def post(self, uid: str) -> Saved:
        """Take a place into use again"""
        return _saved(act(reopen_location, ReopenLocation(location_uid=uid, version=asked_version())))


def _saved(done: LocationSaved) -> Saved:
    return done, 200, {"ETag": etag_of(done.version)}


@blp.route("/<uid>/par-levels")
class ParLevels(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(ParLevelSchema, "ParLevelPage"))
    def get(self, args: dict[str, Any], uid: str) -> Page[ParLevelRow]:
        """What a place should hold, in the order of the catalogue"""
        with installation().reading() as connection:
            return par_levels(
                connection,
                acting().clinic_id,
                location_uid=uid,
                after=args["cursor"],
                limit=args["limit"],
            )


@blp.route("/<uid>/par-levels/<product_uid>")
class ParLevel(MethodView):
    @if_match(required=False)
    @blp.arguments(ParLevelFields)
    @blp.response(200, ParLevelSetSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str, product_uid: str) -> tuple[LevelSet, int, dict[str, str]]:
        """Say how much of a product a place should hold"""
        command = SetParLevel(
            product_uid=product_uid, location_uid=uid, version=asked_version_if_any(), **body
        )
        level: LevelSet = act(set_par_level, command)
        return level, 200, {"ETag": etag_of(level.version)}
