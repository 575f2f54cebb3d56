"""Deliveries in work: unpacked line by line by anybody of the clinic, then posted whole or given up."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from stockroom.access.acting import acting, installation, present
from stockroom.api.arriving import shown
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.api.things import override_of
from stockroom.api.unpacking import (
    AddedFields,
    AsideFields,
    DeliveryBookedSchema,
    DeliveryFields,
    DeliveryKeptSchema,
    DeliveryPostFields,
    DeliverySchema,
    DeliveryShownSchema,
    LikelyProductsSchema,
    LineAddedSchema,
    LineChangedSchema,
    RefusalFields,
    SaidFields,
)
from stockroom.errors import ThingNotFound
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.fields import Choice
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.add_delivery_line import AddDeliveryLine, DeliveryLineAdded, add_delivery_line
from stockroom.operations.change_delivery_line import (
    ChangeDeliveryLine,
    DeliveryLineChanged,
    RemoveDeliveryLine,
    change_delivery_line,
    remove_delivery_line,
)
from stockroom.operations.post_delivery import (
    DeliveryBooked,
    DeliveryDiscarded,
    DiscardDelivery,
    PostDelivery,
    discard_delivery,
    post_delivery,
)
from stockroom.operations.set_packs_aside import (
    PacksDecided,
    RefusePacks,
    SetPacksAside,
    refuse_packs,
    set_packs_aside,
)
from stockroom.operations.start_delivery import (
    ChangeDelivery,
    DeliveryKept,
    StartDelivery,
    change_delivery,
    start_delivery,
)
from stockroom.queries.deliveries import DeliveryRow, DeliveryShown, deliveries, delivery
from stockroom.queries.likely_products import LikelyProduct, likely_products
from stockroom.queries.paging import Page
from stockroom.reads.delivery_lines import LineSaid
from stockroom.vocabulary import DeliveryState

blp = ResourceBlueprint("deliveries", __name__, description="Deliveries while they are unpacked")

_GTIN_LENGTH = 14
Tagged = tuple[Any, int, dict[str, str]]


class DeliveriesArgs(PageArgs):
    state = Choice(DeliveryState, load_default=None)


@blp.route("")
class Deliveries(MethodView):
    @blp.arguments(DeliveriesArgs, location="query")
    @blp.response(200, page_schema(DeliverySchema, "DeliveryPage"))
    def get(self, args: dict[str, Any]) -> Page[DeliveryRow]:
        """The deliveries of this clinic, the newest first"""
        with installation().reading() as connection:
            return deliveries(
                connection,
                acting().clinic_id,
                state=args["state"],
                after=args["cursor"],
                limit=args["limit"],
            )

    @blp.arguments(DeliveryFields)
    @blp.response(201, DeliveryKeptSchema, headers=ETAG_HEADERS)
    def post(self, paper: StartDelivery) -> Tagged:
        """Begin a delivery; its lines follow"""
        kept: DeliveryKept = act(start_delivery, paper)
        return kept, 201, {"ETag": etag_of(kept.version)}


@blp.route("/<uid>")
class Delivery(MethodView):
    @blp.response(200, DeliveryShownSchema, headers=ETAG_HEADERS)
    def get(self, uid: str) -> Tagged:
        """One delivery with its lines and what each still lacks"""
        found = _read(uid)
        return found, 200, {"ETag": etag_of(found.delivery.version)}

    @if_match()
    @blp.arguments(DeliveryFields)
    @blp.response(200, DeliveryKeptSchema, headers=ETAG_HEADERS)
    def put(self, paper: StartDelivery, uid: str) -> Tagged:
        """Change supplier, delivery note, arrival and state of a delivery in work"""
        command = ChangeDelivery(delivery_uid=uid, version=asked_version(), paper=paper)
        kept: DeliveryKept = act(change_delivery, command)
        return kept, 200, {"ETag": etag_of(kept.version)}


@blp.route("/<uid>/lines")
class Lines(MethodView):
    @blp.arguments(AddedFields)
    @blp.response(201, LineAddedSchema)
    def post(self, pack: tuple[str | None, LineSaid], uid: str) -> DeliveryLineAdded:
        """Put a pack onto a delivery; the same lot again adds to its line, an unknown code stands"""
        scan, said = pack
        added: DeliveryLineAdded = act(
            add_delivery_line, AddDeliveryLine(delivery_uid=uid, scan=scan, said=said)
        )
        return added


@blp.route("/<uid>/lines/<line_uid>")
class Line(MethodView):
    @if_match()
    @blp.arguments(SaidFields)
    @blp.response(200, LineChangedSchema, headers=ETAG_HEADERS)
    def put(self, said: LineSaid, uid: str, line_uid: str) -> Tagged:
        """Say anew what a line is; the version is the line's own"""
        command = ChangeDeliveryLine(delivery_uid=uid, line_uid=line_uid, version=asked_version(), said=said)
        changed: DeliveryLineChanged = act(change_delivery_line, command)
        return changed, 200, {"ETag": etag_of(changed.version)}

    @if_match()
    @blp.response(200, LineChangedSchema)
    def delete(self, uid: str, line_uid: str) -> DeliveryLineChanged:
        """Take a line off; the version is the line's own"""
        command = RemoveDeliveryLine(delivery_uid=uid, line_uid=line_uid, version=asked_version())
        removed: DeliveryLineChanged = act(remove_delivery_line, command)
        return removed


@blp.route("/<uid>/lines/<line_uid>/set-aside")
class SetAside(MethodView):
    @if_match()
    @blp.arguments(AsideFields)
    @blp.response(201, LineChangedSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any], uid: str, line_uid: str) -> Tagged:
        """Put packs of a line aside: into quarantine, with what is wrong; the version is the line's own"""
        command = SetPacksAside(delivery_uid=uid, line_uid=line_uid, version=asked_version(), **body)
        decided: PacksDecided = act(set_packs_aside, command)
        return decided, 201, {"ETag": etag_of(decided.version)}


@blp.route("/<uid>/lines/<line_uid>/refusal")
class Refusal(MethodView):
    @if_match()
    @blp.arguments(RefusalFields)
    @blp.response(200, LineChangedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str, line_uid: str) -> Tagged:
        """Say how many packs of a line were refused at the door; the version is the line's own"""
        command = RefusePacks(delivery_uid=uid, line_uid=line_uid, version=asked_version(), **body)
        decided: PacksDecided = act(refuse_packs, command)
        return decided, 200, {"ETag": etag_of(decided.version)}


@blp.route("/<uid>/lines/<line_uid>/likely-products")
class LikelyProducts(MethodView):
    @blp.response(200, LikelyProductsSchema)
    def get(self, uid: str, line_uid: str) -> dict[str, tuple[LikelyProduct, ...]]:
        """Products that the pack of a line may be: by its company, its supplier, or without any code"""
        found = _read(uid)
        line = next((each for each in found.lines if each.uid == line_uid), None)
        if line is None:
            raise ThingNotFound(thing="line of this delivery", uid=line_uid[:40])
        gtin = line.code if line.code and len(line.code) == _GTIN_LENGTH and line.code.isdigit() else None
        with installation().reading() as connection:
            likely = likely_products(connection, gtin=gtin, supplier_uid=found.delivery.supplier_uid)
        return {"items": likely}


@blp.route("/<uid>/completion")
class Completion(MethodView):
    @if_match()
    @blp.arguments(DeliveryPostFields)
    @blp.response(201, DeliveryBookedSchema)
    def post(self, body: dict[str, Any], uid: str) -> dict[str, Any]:
        """Book the delivery as a receipt, all its lines or none; it closes the supplier's orders with it"""
        override = override_of(body.pop("override"))
        command = PostDelivery(delivery_uid=uid, version=asked_version(), override=override, **body)
        booked: DeliveryBooked = act(post_delivery, command)
        return {**shown(booked), "orders": booked.orders}


@blp.route("/<uid>/discarding")
class Discarding(MethodView):
    @if_match()
    @blp.response(200, DeliveryKeptSchema)
    def post(self, uid: str) -> DeliveryDiscarded:
        """Give a delivery up; nothing of it is booked"""
        given_up: DeliveryDiscarded = act(
            discard_delivery, DiscardDelivery(delivery_uid=uid, version=asked_version())
        )
        return given_up


def _read(uid: str) -> DeliveryShown:
    with installation().reading() as connection:
        return delivery(connection, acting().clinic_id, uid=uid, now=present())
