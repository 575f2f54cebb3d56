"""Containers: opening a vial, the board of what is open, where it stands, and its end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate
from sqlalchemy import Connection

from stockroom.access.acting import acting, installation
from stockroom.access.opened import note_shown
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.passing_over import passing_over
from stockroom.api.things import OverrideFields, ThingFields, override_of, with_unit
from stockroom.errors import ThingNotFound
from stockroom.http.fields import Choice, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.http.quantities import StockQuantity
from stockroom.operations.dispose import ContainerFinished, FinishContainer, finish_container
from stockroom.operations.move_goods import ContainerPlaced, PlaceContainer, place_container
from stockroom.operations.open_container import OpenContainer, open_container
from stockroom.operations.redate_opening import OpeningDatedBack, RedateOpening, redate_opening
from stockroom.queries.container_account import ContainerAccount, account_of
from stockroom.queries.containers import ContainerRow, container, open_board, open_container_by_code
from stockroom.queries.paging import Page, part_of
from stockroom.reads import counted_units
from stockroom.vocabulary import Action, ContainerState, DisposalReason, Rule

blp = ResourceBlueprint("containers", __name__, description="Opened vials, ampoules, syringes and tubes")


class OpeningFields(Schema):
    """One sealed presentation at a shelf, to be opened."""

    thing = fields.Nested(ThingFields, required=True)
    stands_in_uid = Uid(load_default=None, metadata={"description": "where it is put; else it stays there"})
    opened_at = Instant(load_default=None, metadata={"description": "if it was opened before now"})
    reason = Words(most=2000, lines=True, load_default="")
    session_uid = Uid(load_default=None, metadata={"description": "for whose session it is opened"})
    preparation_uid = Uid(
        load_default=None,
        metadata={"description": "for which cocktail: what is said of earlier lots holds while it is made"},
    )
    override = fields.Nested(OverrideFields, load_default=None)
    passing_over = passing_over()


class ContainerOpenedSchema(Schema):
    container_uid = Uid(required=True)
    short_code = fields.String(required=True, metadata={"description": "to be written on it with a pen"})
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    quantity = StockQuantity(required=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    movement_uid = Uid(required=True)
    overridden = fields.List(Choice(Rule), required=True)
    broken_rules = fields.List(
        Choice(Rule), required=True, metadata={"description": "recorded late; each waits for a second person"}
    )


class ContainerSchema(Schema):
    uid = Uid(required=True)
    short_code = fields.String(required=True)
    state = Choice(ContainerState, required=True)
    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    opened_at = Instant(required=True)
    opened_by = fields.String(required=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    content_quantity = StockQuantity(required=True)
    left_quantity = StockQuantity(required=True)
    allocated_quantity = StockQuantity(required=True)
    punctures = WholeNumber(required=True)
    patient_uid = Uid(required=True, allow_none=True, metadata={"description": "the only one it may serve"})
    one_patient_since = Instant(
        required=True,
        allow_none=True,
        metadata={
            "description": "since when a vial for several serves one, because it stood in a treatment room"
        },
    )
    waste_stream = fields.String(
        required=True,
        metadata={"description": "into what it is thrown away, as its product said when it was opened"},
    )
    punctures_max = WholeNumber(required=True, allow_none=True)
    stands_in_uid = Uid(required=True)
    stands_in = fields.String(required=True)
    closed_at = Instant(required=True, allow_none=True)
    closed_by = fields.String(required=True, allow_none=True)


class BoardArgs(PageArgs):
    short_code = fields.String(
        load_default=None,
        validate=validate.Regexp(r"^[0-9A-Z]{3,12}$"),
        metadata={"description": "the code written on it"},
    )


class ContainerEndingFields(Schema):
    """Empty, or the rest of it is thrown away; without a reason only what usually stays behind."""

    reason = Choice(DisposalReason, load_default=None)
    note = Words(most=2000, lines=True, load_default="")
    happened_at = Instant(
        load_default=None, metadata={"description": "when it really was, recorded late; now if left out"}
    )
    late_reason = Words(most=2000, lines=True, load_default="")


class ContainerEndedSchema(Schema):
    container_uid = Uid(required=True)
    state = Choice(ContainerState, required=True)
    disposed_quantity = StockQuantity(required=True)
    movement_uid = Uid(required=True, allow_none=True)
    broken_rules = fields.List(
        Choice(Rule), required=True, metadata={"description": "recorded late; each waits for a second person"}
    )


class ContainerPlacingFields(Schema):
    to_uid = Uid(required=True)
    session_uid = Uid(
        load_default=None,
        metadata={"description": "for whose session; a vial that comes to serve one is hers"},
    )
    happened_at = Instant(
        load_default=None, metadata={"description": "when it really was, recorded late; now if left out"}
    )
    late_reason = Words(most=2000, lines=True, load_default="")


class ContainerPlacedSchema(Schema):
    container_uid = Uid(required=True)
    stands_in_uid = Uid(required=True, metadata={"description": "where it was put last"})
    beyond_use_at = Instant(required=True, allow_none=True)
    serves_one = fields.Boolean(
        required=True, metadata={"description": "it was for several patients, and serves one from now on"}
    )
    broken_rules = fields.List(
        Choice(Rule), required=True, metadata={"description": "recorded late; each waits for a second person"}
    )


class EarlierOpeningFields(Schema):
    opened_at = Instant(required=True, metadata={"description": "before the instant that is booked"})
    reason = Words(required=True, most=2000, lines=True)


class OpeningDatedBackSchema(Schema):
    container_uid = Uid(required=True)
    opened_at = Instant(required=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    late_uses = WholeNumber(
        required=True, metadata={"description": "movements that used it too late, as is known only now"}
    )


class DrawnForSchema(Schema):
    patient_uid = Uid(required=True)
    quantity = StockQuantity(required=True)
    draws = WholeNumber(required=True)


class MixedIntoSchema(Schema):
    preparation_uid = Uid(required=True)
    short_code = fields.String(required=True)
    quantity = StockQuantity(required=True)
    draws = WholeNumber(required=True)


class RestThrownSchema(Schema):
    reason = fields.String(required=True)
    quantity = StockQuantity(required=True)


class ContainerAccountSchema(Schema):
    """Label + overfill + counted = drawn + mixed + thrown away + other + left."""

    label_quantity = StockQuantity(required=True)
    overfill_quantity = StockQuantity(required=True)
    counted_quantity = StockQuantity(required=True, metadata={"description": "negative where less was found"})
    drawn = fields.List(fields.Nested(DrawnForSchema), required=True)
    mixed = fields.List(fields.Nested(MixedIntoSchema), required=True)
    mixed_quantity = StockQuantity(required=True)
    thrown = fields.List(fields.Nested(RestThrownSchema), required=True)
    other_quantity = StockQuantity(required=True)
    left_quantity = StockQuantity(required=True)


@blp.route("")
class Containers(MethodView):
    @blp.arguments(BoardArgs, location="query")
    @blp.response(200, page_schema(ContainerSchema, "ContainerPage"))
    def get(self, args: dict[str, Any]) -> Page[ContainerRow]:
        """What is open in this clinic, what dies first at the top"""
        with installation().reading() as connection:
            found = _open(connection, acting().clinic_id, args["short_code"])
        page = part_of(found, after=args["cursor"], limit=args["limit"])
        _note_served([each.patient_uid for each in page.items], page="open")
        return page

    @blp.arguments(OpeningFields)
    @blp.response(201, ContainerOpenedSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Open a vial: its clock starts, and it gets a code"""
        return with_unit(
            act(
                open_container,
                OpenContainer(
                    **{
                        **body,
                        "override": override_of(body["override"]),
                        "passing_over": tuple(body["passing_over"]),
                    }
                ),
            )
        )


@blp.route("/<uid>")
class Container(MethodView):
    @blp.response(200, ContainerSchema)
    def get(self, uid: str) -> ContainerRow:
        """One container, open or not"""
        with installation().reading() as connection:
            found = container(connection, acting().clinic_id, uid=uid)
        _note_served([found.patient_uid], page="container")
        return found


@blp.route("/<uid>/ending")
class ContainerEnding(MethodView):
    @blp.arguments(ContainerEndingFields)
    @blp.response(200, ContainerEndedSchema)
    def post(self, body: dict[str, Any], uid: str) -> dict[str, Any]:
        """Finish a container; its rest is thrown away"""
        ended: ContainerFinished = act(finish_container, FinishContainer(container_uid=uid, **body))
        with installation().reading() as connection:
            units = counted_units.of_containers(connection, acting().clinic_id, [uid])
        return {
            "container_uid": ended.container_uid,
            "state": ended.state,
            "disposed_quantity": ended.disposed_quantity,
            "movement_uid": ended.movement_uid,
            "broken_rules": ended.broken_rules,
            "base_unit": units[uid],
        }


@blp.route("/<uid>/placings")
class ContainerPlacings(MethodView):
    @blp.arguments(ContainerPlacingFields)
    @blp.response(201, ContainerPlacedSchema)
    def post(self, body: dict[str, Any], uid: str) -> ContainerPlaced:
        """Put an opened container somewhere else"""
        placed: ContainerPlaced = act(place_container, PlaceContainer(container_uid=uid, **body))
        return placed


@blp.route("/<uid>/earlier-openings")
class ContainerEarlierOpenings(MethodView):
    @blp.arguments(EarlierOpeningFields)
    @blp.response(201, OpeningDatedBackSchema)
    def post(self, body: dict[str, Any], uid: str) -> OpeningDatedBack:
        """Say that a container was opened earlier than is booked; its limit only shortens"""
        dated: OpeningDatedBack = act(redate_opening, RedateOpening(container_uid=uid, **body))
        return dated


@blp.route("/<uid>/account")
class ContainerAccounts(MethodView):
    @blp.response(200, ContainerAccountSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """What came out of a container, for whom, and whether it adds up to its label"""
        with installation().reading() as connection:
            row = container(connection, acting().clinic_id, uid=uid)
            account = account_of(connection, acting().clinic_id, container_uid=uid)
        _note_served([each.patient_uid for each in account.drawn], page="container")
        return with_unit_of(row.base_unit, account)


def with_unit_of(base_unit: str, account: ContainerAccount) -> dict[str, Any]:
    """Give an account as it is answered: every quantity in the product's unit."""
    said = asdict(account)
    for each in (*said["drawn"], *said["mixed"], *said["thrown"]):
        each["base_unit"] = base_unit
    return {**said, "mixed_quantity": account.mixed_quantity, "base_unit": base_unit}


def _note_served(uids: Iterable[str | None], *, page: str) -> None:
    """Write down whom the goods that are shown serve; whoever reads stock is told their uids alone."""
    note_shown([each for each in uids if each is not None], page=page, action=Action.READ_STOCK)


def _open(connection: Connection, clinic_id: int, short_code: str | None) -> tuple[ContainerRow, ...]:
    if short_code is None:
        return open_board(connection, clinic_id)
    try:
        return (open_container_by_code(connection, clinic_id, short_code=short_code),)
    except ThingNotFound:
        return ()
