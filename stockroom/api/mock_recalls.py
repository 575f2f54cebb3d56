"""Exercises: from a lot to the complete list of its patients, by the server's watch."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present
from stockroom.access.exercising import list_exercise
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Flag, Instant, Uid, WholeNumber
from stockroom.http.keys import asked_key
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.finish_mock_recall import FinishMockRecall, finish_mock_recall
from stockroom.operations.open_recall import OpenRecall, RecallOpened, open_recall
from stockroom.queries.clinics import clinics_where
from stockroom.queries.paging import Page, part_of
from stockroom.queries.recall_answers import MockRow, mock_recall, mock_recalls
from stockroom.queries.recall_mocks import MockFound
from stockroom.reads.recall_lines import ConfirmedLine
from stockroom.rules.recalling import NUMBER_MAX
from stockroom.vocabulary import Action, ScopeKind

blp = ResourceBlueprint("mock-recalls", __name__, description="Exercises of a recall, with a stopwatch")
SHOWN_MAX = 1_000


class MockRecallFields(Schema):
    """The lot that is said to be recalled."""

    product_uid = Uid(required=True)
    lot_number = fields.String(
        required=True,
        validate=validate.Length(min=1, max=NUMBER_MAX),
        metadata={"description": "as printed"},
    )


class MockRecallSchema(Schema):
    """An exercise; without `listed_at` its watch still runs."""

    case_uid = Uid(required=True)
    number = WholeNumber(required=True)
    title = fields.String(required=True)
    started_at = Instant(required=True)
    started_by = fields.String(required=True)
    listed_at = Instant(required=True, allow_none=True)
    listed_after_ms = WholeNumber(required=True, allow_none=True)
    lots = WholeNumber(required=True, allow_none=True)
    cocktails = WholeNumber(required=True, allow_none=True)
    sessions = WholeNumber(required=True, allow_none=True)
    patients = WholeNumber(required=True, allow_none=True)
    clinics = WholeNumber(required=True, allow_none=True)
    is_complete = Flag(required=True, allow_none=True)
    note = fields.String(required=True, allow_none=True)


@blp.route("")
class MockRecalls(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(MockRecallSchema, "MockRecallPage"))
    def get(self, args: dict[str, Any]) -> Page[MockRow]:
        """Exercises, the newest first"""
        with installation().reading() as connection:
            found = mock_recalls(connection, limit=SHOWN_MAX)
        return part_of(found, after=args["cursor"], limit=args["limit"], by="case_uid")

    @blp.arguments(MockRecallFields)
    @blp.response(201, MockRecallSchema)
    def post(self, body: dict[str, Any]) -> MockRow:
        """Start the watch, name everybody who got something of a lot, stop it, and keep the result

        Nothing is held, and nobody is told anything; the list is that of the case's contacts.
        """
        line = ConfirmedLine(product_uid=body["product_uid"], kind=ScopeKind.LOT, first=body["lot_number"])
        opened: RecallOpened = act(
            open_recall, OpenRecall(title=body["lot_number"], notice=None, lines=(line,), is_mock=True)
        )
        row = _row(opened.case_uid)
        if row.listed_at is not None:  # the same request came before
            return row
        result = FinishMockRecall(case_uid=opened.case_uid, **asdict(_listed(opened.case_uid)))
        finish_mock_recall(installation(), result, actor=acting(), key=f"{asked_key()}-list", now=present())
        return _row(opened.case_uid)


def _listed(case_uid: str) -> MockFound:
    store, actor = installation(), acting()
    with store.reading() as connection:
        seen = clinics_where(connection, actor.user_id, Action.READ_TRACE)
    return list_exercise(store, actor, case_uid, seen=seen, now=present()).counted


def _row(case_uid: str) -> MockRow:
    with installation().reading() as connection:
        return mock_recall(connection, case_uid=case_uid)
