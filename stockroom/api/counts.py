"""Counts in work: what several people find beside what the books say, until it is confirmed or given up."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.api.stocktakes import CountBookedSchema
from stockroom.api.things import (
    SecondPersonFields,
    in_base_units,
    second_person_of,
    units_of_lots,
    with_units,
)
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import Choice, Flag, Instant, Quantity, QueryFlag, Uid, WholeNumber
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.ledger.stocktakes import CountBooked
from stockroom.operations.change_find import FindChanged, SayWhy, TakeOffFind, say_why, take_off_find
from stockroom.operations.confirm_count import Because, ConfirmCount, confirm_count
from stockroom.operations.enter_finds import (
    LINES_MAX,
    Again,
    EnterFinds,
    FindsEntered,
    FoundThing,
    enter_finds,
)
from stockroom.operations.start_count import CountKept, GiveUpCount, StartCount, give_up_count, start_count
from stockroom.queries.paging import Page
from stockroom.queries.stock_counts import CountRow, ThingNamed, stock_count, stock_counts
from stockroom.rules.counting import Trouble
from stockroom.vocabulary import CountReason, CountState

blp = ResourceBlueprint("counts", __name__, description="Counts while people count")
Tagged = tuple[Any, int, dict[str, str]]


class CountsArgs(PageArgs):
    is_open = QueryFlag(load_default=None)


class CountFields(Schema):
    """What is to be counted: one of these, or all that lies in the clinic."""

    product_uid = Uid(load_default=None)
    lot_uid = Uid(load_default=None)
    location_uid = Uid(load_default=None)
    is_blind = Flag(load_default=True)


class CountFoundFields(Schema):
    """What lies there of one lot at one place, an opened container included."""

    lot_uid = Uid(required=True)
    location_uid = Uid(required=True)
    found_quantity = Quantity(required=True, metadata={"description": "zero when nothing was there"})
    counted_at = Instant(load_default=None, metadata={"description": "now, when nobody says otherwise"})


class CountFindsFields(Schema):
    finds = fields.List(
        fields.Nested(CountFoundFields), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )
    again = Choice(
        Again,
        load_default=Again.ASK,
        metadata={"description": "what to do where the same was counted before; asked about by default"},
    )
    seen = fields.List(
        Uid(),
        load_default=(),
        validate=validate.Length(max=LINES_MAX),
        metadata={"description": "the finds of the same things that whoever decides has seen"},
    )


class CountBecauseFields(Schema):
    lot_uid = Uid(required=True)
    location_uid = Uid(required=True)
    reason = Choice(CountReason, required=True)


class CountConfirmationFields(Schema):
    reasons = fields.List(
        fields.Nested(CountBecauseFields), load_default=(), validate=validate.Length(max=LINES_MAX)
    )
    second_person = fields.Nested(SecondPersonFields, load_default=None)


class CountReasonFields(Schema):
    reason = Choice(CountReason, required=True, allow_none=True)


class CountKeptSchema(Schema):
    count_uid = Uid(required=True)
    version = WholeNumber(required=True)


class FindsEnteredSchema(Schema):
    find_uids = fields.List(Uid(), required=True)
    version = WholeNumber(required=True, metadata={"description": "of the count"})


class CountFindChangedSchema(Schema):
    find_uid = Uid(required=True)
    version = WholeNumber(required=True)
    count_version = WholeNumber(required=True)


class CountSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    state = Choice(CountState, required=True)
    is_blind = fields.Boolean(required=True)
    product_uid = Uid(required=True, allow_none=True)
    lot_uid = Uid(required=True, allow_none=True)
    location_uid = Uid(required=True, allow_none=True)
    started_by = fields.String(required=True)
    started_at = Instant(required=True)
    ended_by = fields.String(required=True, allow_none=True)
    stocktake_uid = Uid(required=True, allow_none=True)
    find_count = WholeNumber(required=True)


class CountThingSchema(Schema):
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_name = fields.String(required=True)
    location_uid = Uid(required=True)
    location_name = fields.String(required=True)
    container_code = fields.String(required=True, allow_none=True)
    book_quantity = StockQuantity(
        required=True, allow_none=True, metadata={"description": "null while a blind count has not looked"}
    )


class CountFindSchema(Schema):
    uid = Uid(required=True)
    version = WholeNumber(required=True)
    counted_by = fields.String(required=True)
    counted_at = Instant(required=True)


class CountedThingSchema(CountThingSchema):
    found_quantity = StockQuantity(required=True)
    reason = Choice(CountReason, required=True, allow_none=True)
    trouble = Choice(Trouble, required=True, allow_none=True)
    finds = fields.List(fields.Nested(CountFindSchema), required=True)


class CountShownSchema(CountSchema):
    counted = fields.List(fields.Nested(CountedThingSchema), required=True)
    uncounted = fields.List(fields.Nested(CountThingSchema), required=True)
    why_second = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "why a second person confirms it, if one does"},
    )


@blp.route("")
class Counts(MethodView):
    @blp.arguments(CountsArgs, location="query")
    @blp.response(200, page_schema(CountSchema, "CountPage"))
    def get(self, args: dict[str, Any]) -> Page[CountRow]:
        """The counts of this clinic, the newest first"""
        with installation().reading() as connection:
            return stock_counts(
                connection,
                acting().clinic_id,
                is_open=args["is_open"],
                after=args["cursor"],
                limit=args["limit"],
            )

    @blp.arguments(CountFields)
    @blp.response(201, CountKeptSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any]) -> Tagged:
        """Begin a count of a product, a lot, a place, or all that lies here"""
        kept: CountKept = act(start_count, StartCount(**body))
        return kept, 201, {"ETag": etag_of(kept.version)}


@blp.route("/<uid>")
class Count(MethodView):
    @blp.response(200, CountShownSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> Tagged:
        """One count: what was found beside the books, and what nobody counted yet"""
        with installation().reading() as connection:
            found = stock_count(connection, acting().clinic_id, uid=uid)
        is_told = not found.count.is_blind
        shown = {
            **asdict(found.count),
            "counted": [
                {
                    **asdict(each.named),
                    "book_quantity": max(each.book_quantity, 0),
                    "found_quantity": each.found_quantity,
                    "reason": each.reason,
                    "trouble": each.trouble,
                    "finds": each.finds,
                }
                for each in found.counted
            ],
            "uncounted": [
                _uncounted(each.named, each.book_quantity if is_told else None) for each in found.uncounted
            ],
            "why_second": [why.value for why in found.why_second],
        }
        return shown, 200, {"ETag": etag_of(found.count.version)}


def _uncounted(named: ThingNamed, book_quantity: int | None) -> dict[str, Any]:
    return {**asdict(named), "book_quantity": book_quantity}


@blp.route("/<uid>/finds")
class Finds(MethodView):
    @blp.arguments(CountFindsFields)
    @blp.response(201, FindsEnteredSchema)
    def post(self, body: dict[str, Any], uid: str) -> FindsEntered:
        """Write down what was found; what was counted before is asked about, never added silently"""
        units = units_of_lots(each["lot_uid"] for each in body["finds"])
        finds = tuple(
            FoundThing(**{**each, "found_quantity": found})
            for each in body["finds"]
            for found in [in_base_units(each["found_quantity"], units.get(each["lot_uid"]), may_be_zero=True)]
        )
        command = EnterFinds(count_uid=uid, finds=finds, again=body["again"], seen=tuple(body["seen"]))
        entered: FindsEntered = act(enter_finds, command)
        return entered


@blp.route("/<uid>/finds/<find_uid>")
class Find(MethodView):
    @if_match()
    @blp.arguments(CountReasonFields)
    @blp.response(200, CountFindChangedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str, find_uid: str) -> Tagged:
        """Say why a find differs from the books; the version is the find's own"""
        command = SayWhy(count_uid=uid, find_uid=find_uid, version=asked_version(), reason=body["reason"])
        changed: FindChanged = act(say_why, command)
        return changed, 200, {"ETag": etag_of(changed.version)}

    @if_match()
    @blp.response(200, CountFindChangedSchema)
    def delete(self, uid: str, find_uid: str) -> FindChanged:
        """Take a find off; the version is the find's own"""
        command = TakeOffFind(count_uid=uid, find_uid=find_uid, version=asked_version())
        changed: FindChanged = act(take_off_find, command)
        return changed


@blp.route("/<uid>/confirmation")
class Confirmation(MethodView):
    @if_match()
    @blp.arguments(CountConfirmationFields)
    @blp.response(201, CountBookedSchema)
    def post(self, body: dict[str, Any], uid: str) -> dict[str, Any]:
        """Book a count as a stocktake, whole"""
        command = ConfirmCount(
            count_uid=uid,
            version=asked_version(),
            reasons=tuple(Because(**each) for each in body["reasons"]),
            **second_person_of(body["second_person"]),
        )
        booked: CountBooked = act(confirm_count, command)
        return {**asdict(booked), "differences": with_units(booked.differences)}


@blp.route("/<uid>/giving-up")
class GivingUp(MethodView):
    @if_match()
    @blp.response(200, CountKeptSchema)
    def post(self, uid: str) -> CountKept:
        """Give a count up; nothing of it is booked"""
        kept: CountKept = act(give_up_count, GiveUpCount(count_uid=uid, version=asked_version()))
        return kept
