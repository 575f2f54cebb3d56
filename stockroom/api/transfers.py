"""Transfers: goods that go to another clinic of the organisation, and their arrival there."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present
from stockroom.api.arriving import READING_MAX
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.scan_text import ScanText
from stockroom.api.things import (
    GOODS_MAX,
    OverrideFields,
    goods_lines,
    in_base_units,
    lots_in_base_units,
    override_of,
)
from stockroom.clock import civil_date
from stockroom.http.fields import (
    AskedQuantity,
    Choice,
    CivilDate,
    Instant,
    Quantity,
    Uid,
    WholeNumber,
    Words,
)
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.arrive_goods import ArrivedLine, ArriveGoods, GoodsArrived, arrive_goods
from stockroom.operations.dispatch_goods import (
    DispatchGoods,
    DispatchLine,
    GoodsDispatched,
    dispatch_goods,
)
from stockroom.queries.paging import Page
from stockroom.queries.transfers import TransferRow, TransferShown, transfer, transfers
from stockroom.reads import counted_units
from stockroom.reads.arrivals import parse_lines
from stockroom.reads.clinics import clinic_settings
from stockroom.vocabulary import BaseUnit, Rule, TransferState

blp = ResourceBlueprint("transfers", __name__, description="Goods on their way between two clinics")


class TransferFields(Schema):
    """Whole presentations from shelves, sent to another clinic."""

    to_clinic_uid = Uid(required=True)
    lines = goods_lines()
    override = fields.Nested(OverrideFields, load_default=None)


class DispatchedSchema(Schema):
    transfer_uid = Uid(required=True)
    movement_uid = Uid(required=True)
    overridden = fields.List(Choice(Rule), required=True)


class TransferSchema(Schema):
    uid = Uid(required=True)
    state = Choice(TransferState, required=True)
    from_clinic_uid = Uid(required=True)
    from_clinic = fields.String(required=True)
    to_clinic_uid = Uid(required=True)
    to_clinic = fields.String(required=True)
    dispatched_at = Instant(required=True)
    dispatched_by = fields.String(required=True)
    arrived_at = Instant(required=True, allow_none=True)
    arrived_by = fields.String(required=True, allow_none=True)


class TransferLineSchema(Schema):
    number = WholeNumber(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    lot_number = fields.String(required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    dispatched_quantity = StockQuantity(required=True)
    arrived_quantity = StockQuantity(required=True)
    short_quantity = StockQuantity(required=True)
    broken_quantity = StockQuantity(required=True)


class TransferShownSchema(Schema):
    transfer = fields.Nested(TransferSchema, required=True)
    lines = fields.List(fields.Nested(TransferLineSchema), required=True)


class TransfersArgs(PageArgs):
    state = Choice(TransferState, load_default=None)


class ArrivedLineFields(Schema):
    """What became of a line, or of a part of it; named by a scan or by its number on the document."""

    number = WholeNumber(least=1, load_default=None)
    scan = ScanText(load_default=None)
    reading = fields.String(load_default=None, validate=validate.Length(min=1, max=READING_MAX))
    location_uid = Uid(load_default=None, metadata={"description": "where it was put"})
    arrived_quantity = Quantity(
        load_default=None, metadata={"description": "what the scanned packs hold if left out"}
    )
    pack_count = WholeNumber(least=1, load_default=None)
    short_quantity = Quantity(load_default=None)
    broken_quantity = Quantity(load_default=None)


class ArrivalFields(Schema):
    """A transfer that arrived, accounted for whole."""

    arrived_at = Instant(required=True)
    lines = fields.List(
        fields.Nested(ArrivedLineFields), required=True, validate=validate.Length(min=1, max=GOODS_MAX)
    )
    shortage_reason = Words(most=2000, lines=True, load_default="")
    breakage_reason = Words(most=2000, lines=True, load_default="")


class ArrivedSchema(Schema):
    transfer_uid = Uid(required=True)
    movement_uid = Uid(required=True)
    lot_uids = fields.List(Uid(), required=True, metadata={"description": "in the order of the document"})
    hold_uids = fields.List(
        Uid(), required=True, metadata={"description": "holds with which the goods came, to be lifted here"}
    )


@blp.route("")
class Transfers(MethodView):
    @blp.arguments(TransfersArgs, location="query")
    @blp.response(200, page_schema(TransferSchema, "TransferPage"))
    def get(self, args: dict[str, Any]) -> Page[TransferRow]:
        """Transfers from and to this clinic, the newest first"""
        after = args.pop("cursor")
        with installation().reading() as connection:
            return transfers(connection, acting().clinic_id, after=after, **args)

    @blp.arguments(TransferFields)
    @blp.response(201, DispatchedSchema)
    def post(self, body: dict[str, Any]) -> GoodsDispatched:
        """Send goods to another clinic"""
        lines = tuple(DispatchLine(**line) for line in lots_in_base_units(body["lines"]))
        dispatched: GoodsDispatched = act(
            dispatch_goods,
            DispatchGoods(**{**body, "lines": lines, "override": override_of(body["override"])}),
        )
        return dispatched


@blp.route("/<uid>")
class TransferDocument(MethodView):
    @blp.response(200, TransferShownSchema)
    def get(self, uid: str) -> TransferShown:
        """One transfer document with its lines"""
        with installation().reading() as connection:
            return transfer(connection, acting().clinic_id, uid=uid)


@blp.route("/<uid>/arrival")
class Arrival(MethodView):
    @blp.arguments(ArrivalFields)
    @blp.response(201, ArrivedSchema)
    def post(self, body: dict[str, Any], uid: str) -> GoodsArrived:
        """Book what arrived, what is short and what is broken, whole or not at all"""
        units = _units(uid, body["lines"])
        lines = tuple(_arrived(line, unit) for line, unit in zip(body["lines"], units, strict=True))
        arrived: GoodsArrived = act(arrive_goods, ArriveGoods(transfer_uid=uid, **{**body, "lines": lines}))
        return arrived


def _units(uid: str, lines: list[dict[str, Any]]) -> list[BaseUnit | None]:
    """The base unit of each line: by its scan, or by its number on the document."""
    clinic_id = acting().clinic_id
    with installation().reading() as connection:
        zone = clinic_settings(connection, clinic_id).time_zone
        said = tuple((line["scan"], line["reading"]) for line in lines)
        scans = parse_lines(said, today=civil_date(present(), zone))
        codes = [None if scan is None else scan.item_code for scan in scans]
        scanned = counted_units.of_codes(connection, [code for code in codes if code])
        sent = transfer(connection, clinic_id, uid=uid).lines
    numbered = {line.number: BaseUnit(line.base_unit) for line in sent}
    pairs = zip(lines, codes, strict=True)
    return [scanned.get(code) if code else numbered.get(line["number"]) for line, code in pairs]


def _arrived(line: dict[str, Any], unit: BaseUnit | None) -> ArrivedLine:
    def counted(asked: AskedQuantity | None) -> int | None:
        return None if asked is None else in_base_units(asked, unit, may_be_zero=True)

    return ArrivedLine(
        **{
            **line,
            "arrived_quantity": counted(line["arrived_quantity"]),
            "short_quantity": counted(line["short_quantity"]) or 0,
            "broken_quantity": counted(line["broken_quantity"]) or 0,
        }
    )
