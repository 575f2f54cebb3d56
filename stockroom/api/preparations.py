"""Preparations: cocktails in the making, scanned together, finished into a lot of their own, or abandoned."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView

from stockroom.access.acting import acting, installation
from stockroom.access.opened import note_shown
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.preparation_schemas import (
    AbandonFields,
    FinishFields,
    IngredientAddedSchema,
    IngredientFields,
    IngredientRemovedSchema,
    PreparationAbandonedSchema,
    PreparationArgs,
    PreparationFields,
    PreparationFinishedSchema,
    PreparationReassignedSchema,
    PreparationSchema,
    PreparationStartedSchema,
    ReassignFields,
    WorksheetSchema,
)
from stockroom.api.things import in_base_units, override_of, second_person_of, units_of_things
from stockroom.errors import ThingNotFound
from stockroom.http.paging import page_schema
from stockroom.operations.abandon_preparation import (
    AbandonPreparation,
    DrawnOf,
    PreparationAbandoned,
    abandon_preparation,
)
from stockroom.operations.add_ingredient import (
    AddIngredient,
    IngredientAdded,
    IngredientRemoved,
    RemoveIngredient,
    add_ingredient,
    remove_ingredient,
)
from stockroom.operations.finish_preparation import (
    FinishPreparation,
    PreparationFinished,
    finish_preparation,
)
from stockroom.operations.reassign_preparation import (
    PreparationReassigned,
    ReassignPreparation,
    reassign_preparation,
)
from stockroom.operations.start_preparation import PreparationStarted, StartPreparation, start_preparation
from stockroom.queries.paging import Page
from stockroom.queries.preparation_rows import PreparationRow, preparations
from stockroom.queries.preparations import ingredient_units, worksheet
from stockroom.vocabulary import Action, BaseUnit, SignOnWay

blp = ResourceBlueprint("preparations", __name__, description="Cocktails in the making and made")
_N = {
    "in": "path",
    "name": "n",
    "required": True,
    "description": "the ingredient's number on the worksheet",
    "schema": {"type": "string", "pattern": "^[1-9][0-9]{0,5}$"},
}


@blp.route("")
class Preparations(MethodView):
    @blp.arguments(PreparationArgs, location="query")
    @blp.response(200, page_schema(PreparationSchema, "PreparationPage"))
    def get(self, args: dict[str, Any]) -> Page[PreparationRow]:
        """This clinic's cocktails, newest first"""
        with installation().reading() as connection:
            return preparations(
                connection,
                acting().clinic_id,
                state=args["state"],
                version_uid=args["version_uid"],
                after=args["cursor"],
                limit=args["limit"],
            )

    @blp.arguments(PreparationFields)
    @blp.response(201, PreparationStartedSchema)
    def post(self, body: dict[str, Any]) -> PreparationStarted:
        """Begin a cocktail, from an approved recipe or ad hoc with a reason"""
        sessions = tuple(body.pop("session_uids"))
        asked = body.pop("wanted_quantity")
        wanted = None if asked is None else in_base_units(asked, BaseUnit.MICROLITRE)
        override = override_of(body.pop("override"))
        command = StartPreparation(session_uids=sessions, wanted_quantity=wanted, override=override, **body)
        started: PreparationStarted = act(start_preparation, command)
        return started


@blp.route("/<uid>")
class Preparation(MethodView):
    @blp.response(200, WorksheetSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """The worksheet of a cocktail: what it asks for, what is in it, and for whom it is"""
        with installation().reading() as connection:
            sheet = worksheet(connection, acting().clinic_id, uid=uid)
        served = [each.patient_uid for each in sheet.sessions]
        note_shown(served, page="preparation", action=Action.READ_STOCK)
        return {
            **asdict(sheet.preparation),
            "sessions": sheet.sessions,
            "wanted": sheet.wanted,
            "ingredients": sheet.ingredients,
            "mixing": sheet.mixing,
            "is_ordered": sheet.is_ordered,
            "superseded_by": sheet.superseded_by,
            "left_quantity": sheet.left_quantity,
            "is_left_over": sheet.is_left_over,
            "check": sheet.check,
            "passed": sheet.passed,
        }


@blp.route("/<uid>/ingredients")
class PreparationIngredients(MethodView):
    @blp.arguments(IngredientFields)
    @blp.response(201, IngredientAddedSchema)
    def post(self, body: dict[str, Any], uid: str) -> IngredientAdded:
        """Add what was scanned; its volume is kept for the cocktail at once"""
        asked = body.pop("quantity")
        quantity = None if asked is None else in_base_units(asked, units_of_things([body["thing"]])[0])
        override = override_of(body.pop("override"))
        body["passing_over"] = tuple(body["passing_over"])
        command = AddIngredient(preparation_uid=uid, quantity=quantity, override=override, **body)
        added: IngredientAdded = act(add_ingredient, command)
        return added


@blp.route("/<uid>/ingredients/<n>", parameters=[_N])
class PreparationIngredient(MethodView):
    @blp.response(200, IngredientRemovedSchema)
    def delete(self, uid: str, n: str) -> IngredientRemoved:
        """Take back an ingredient of which nothing was drawn"""
        if not (n.isascii() and n.isdigit() and len(n) <= 6):
            raise ThingNotFound(thing="ingredient", uid=n[:40])
        removed: IngredientRemoved = act(remove_ingredient, RemoveIngredient(preparation_uid=uid, n=int(n)))
        return removed


@blp.route("/<uid>/completion")
class PreparationCompletion(MethodView):
    @blp.arguments(FinishFields)
    @blp.response(201, PreparationFinishedSchema)
    def post(self, body: dict[str, Any], uid: str) -> dict[str, Any]:
        """Finish a cocktail: one movement, one lot of its own with its limit"""
        asked = body.pop("output_quantity")
        output = None if asked is None else in_base_units(asked, BaseUnit.MICROLITRE)
        override = override_of(body.pop("override"))
        checker = second_person_of(body.pop("checked_by"))
        command = FinishPreparation(
            preparation_uid=uid,
            output_quantity=output,
            override=override,
            checked_by_uid=checker.get("second_person_uid"),
            checked_way=checker.get("second_person_way", SignOnWay.PASSWORD),
            **body,
        )
        finished: PreparationFinished = act(finish_preparation, command)
        return {**asdict(finished), "base_unit": BaseUnit.MICROLITRE}


@blp.route("/<uid>/reassignment")
class PreparationReassignment(MethodView):
    @blp.arguments(ReassignFields)
    @blp.response(200, PreparationReassignedSchema)
    def post(self, body: dict[str, Any], uid: str) -> PreparationReassigned:
        """Give a cocktail whose sessions are over to other sessions, where that is allowed"""
        command = ReassignPreparation(preparation_uid=uid, session_uids=tuple(body["session_uids"]))
        reassigned: PreparationReassigned = act(reassign_preparation, command)
        return reassigned


@blp.route("/<uid>/abandonment")
class PreparationAbandonment(MethodView):
    @blp.arguments(AbandonFields)
    @blp.response(200, PreparationAbandonedSchema)
    def post(self, body: dict[str, Any], uid: str) -> dict[str, Any]:
        """Abandon a cocktail, saying of each ingredient what was drawn: that is thrown away"""
        with installation().reading() as connection:
            units = ingredient_units(connection, acting().clinic_id, uid=uid)
        drawn = tuple(
            DrawnOf(
                n=each["n"], quantity=in_base_units(each["quantity"], units.get(each["n"]), may_be_zero=True)
            )
            for each in body["drawn"]
        )
        command = AbandonPreparation(preparation_uid=uid, drawn=drawn, reason=body["reason"])
        abandoned: PreparationAbandoned = act(abandon_preparation, command)
        disposed = [{**asdict(each), "base_unit": units[each.n]} for each in abandoned.disposed]
        return {**asdict(abandoned), "disposed": disposed}
