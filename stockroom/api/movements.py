"""Movements: what was booked, taking it back, and putting a use right."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.booklines import BookLineSchema
from stockroom.api.things import in_base_units, overfill_reason
from stockroom.api.using import AreaFields, areas_of
from stockroom.http.fields import Choice, Instant, Quantity, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.correct_use import CorrectedLine, CorrectUse, UseCorrected, correct_use
from stockroom.operations.reverse import Reverse, Reversed, reverse
from stockroom.operations.spill_use import ACCIDENTS, SpillUse, UseSpilled, spill_use
from stockroom.queries.movements import MovementRow, movement_shown, movements
from stockroom.queries.paging import Page
from stockroom.reads import counted_units
from stockroom.rules.using import LINES_MAX
from stockroom.vocabulary import BaseUnit, DisposalReason, MovementKind, Rule

blp = ResourceBlueprint("movements", __name__, description="What was booked; never changed, only answered")
_WHOLE_LINES_MAX = 5_000


class MovementSchema(Schema):
    uid = Uid(required=True)
    seq = WholeNumber(required=True, metadata={"description": "the number of its journal entry"})
    kind = Choice(MovementKind, required=True)
    occurred_at = Instant(required=True)
    recorded_at = Instant(required=True)
    is_late = fields.Boolean(required=True)
    reason = fields.String(required=True)
    document_kind = fields.String(required=True)
    document_uid = Uid(required=True, allow_none=True)
    supplier = fields.String(required=True, allow_none=True)
    actor = fields.String(required=True, allow_none=True)
    roles = fields.String(required=True)
    device = fields.String(required=True)
    reverses_uid = Uid(required=True, allow_none=True)
    replaces_uid = Uid(required=True, allow_none=True)


class MovementShownSchema(MovementSchema):
    lines = fields.List(fields.Nested(BookLineSchema), required=True)


class MovementsArgs(PageArgs):
    kind = Choice(MovementKind, load_default=None)


class ReversalFields(Schema):
    """Why it is taken back; some of its whole lines, or all that still stand."""

    reason = Words(required=True, most=2000, lines=True)
    line_numbers = fields.List(
        WholeNumber(least=1), load_default=[], validate=validate.Length(max=_WHOLE_LINES_MAX)
    )


class ReversedSchema(Schema):
    movement_uid = Uid(required=True, metadata={"description": "the reversal"})
    line_numbers = fields.List(WholeNumber(), required=True)
    lost_allocation_uids = fields.List(Uid(), required=True)


class CorrectedLineFields(Schema):
    """A line to the patient as it should have been; what is left out stays as it was booked."""

    n = WholeNumber(least=1, required=True)
    quantity = Quantity(load_default=None, allow_none=True)
    areas = fields.List(fields.Nested(AreaFields), load_default=None, validate=validate.Length(max=50))


class UseCorrectionFields(Schema):
    """What was wrong about a use: in whose session, how much, or where."""

    reason = Words(required=True, most=2000, lines=True)
    session_uid = Uid(load_default=None, metadata={"description": "in which it really was used"})
    lines = fields.List(
        fields.Nested(CorrectedLineFields), load_default=[], validate=validate.Length(max=LINES_MAX)
    )
    overfill_reason = overfill_reason()


class UseCorrectedSchema(Schema):
    reversal_uid = Uid(required=True)
    movement_uid = Uid(required=True, metadata={"description": "the use as it stands now"})
    broken_rules = fields.List(Choice(Rule), required=True)
    lost_allocation_uids = fields.List(Uid(), required=True)


class SpillageFields(Schema):
    """What happened to something that was booked as used and never reached the patient."""

    reason = Choice(
        DisposalReason,
        required=True,
        validate=validate.OneOf(sorted(ACCIDENTS), error="It broke, was spilled or was contaminated."),
        metadata={"description": "broken, spilled or contaminated"},
    )
    note = Words(most=2000, lines=True, load_default="")


class SpilledSchema(Schema):
    reversal_uid = Uid(required=True)
    movement_uid = Uid(required=True, metadata={"description": "the disposal"})


@blp.route("")
class Movements(MethodView):
    @blp.arguments(MovementsArgs, location="query")
    @blp.response(200, page_schema(MovementSchema, "MovementPage"))
    def get(self, args: dict[str, Any]) -> Page[MovementRow]:
        """What was booked in this clinic, the newest first"""
        with installation().reading() as connection:
            return movements(
                connection,
                acting().clinic_id,
                kind=args["kind"],
                after=args["cursor"],
                limit=args["limit"],
            )


@blp.route("/<uid>")
class Movement(MethodView):
    @blp.response(200, MovementShownSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """One movement with its lines"""
        with installation().reading() as connection:
            found = movement_shown(connection, acting().clinic_id, uid=uid)
        return {**asdict(found.movement), "lines": found.lines}


@blp.route("/<uid>/reversal")
class Reversal(MethodView):
    @blp.arguments(ReversalFields)
    @blp.response(201, ReversedSchema)
    def post(self, body: dict[str, Any], uid: str) -> Reversed:
        """Take a movement back, or whole lines of it"""
        command = Reverse(movement_uid=uid, reason=body["reason"], line_numbers=tuple(body["line_numbers"]))
        taken_back: Reversed = act(reverse, command)
        return taken_back


@blp.route("/<uid>/correction")
class UseCorrection(MethodView):
    @blp.arguments(UseCorrectionFields)
    @blp.response(201, UseCorrectedSchema)
    def post(self, body: dict[str, Any], uid: str) -> UseCorrected:
        """Put a use right in one act: patient, session, quantity or area"""
        with installation().reading() as connection:
            units = counted_units.of_lines(connection, acting().clinic_id, movement_uid=uid)
        command = CorrectUse(
            movement_uid=uid,
            reason=body["reason"],
            session_uid=body["session_uid"],
            lines=tuple(_corrected(line, units.get(line["n"])) for line in body["lines"]),
            overfill_reason=body["overfill_reason"],
        )
        corrected: UseCorrected = act(correct_use, command)
        return corrected


@blp.route("/<uid>/spillage")
class Spillage(MethodView):
    @blp.arguments(SpillageFields)
    @blp.response(201, SpilledSchema)
    def post(self, body: dict[str, Any], uid: str) -> UseSpilled:
        """Take a use back and throw away what it had drawn"""
        command = SpillUse(movement_uid=uid, reason=body["reason"], note=body["note"])
        spilled: UseSpilled = act(spill_use, command)
        return spilled


def _corrected(line: dict[str, Any], unit: BaseUnit | None) -> CorrectedLine:
    quantity, areas = line["quantity"], line["areas"]
    return CorrectedLine(
        n=line["n"],
        quantity=None if quantity is None else in_base_units(quantity, unit),
        areas=None if areas is None else areas_of(areas, unit),
    )
