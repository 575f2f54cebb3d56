"""How does a recall look in the API: its notice, its confirmed lines, and the case itself?"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from stockroom.http.fields import Choice, Flag, Instant, Uid, WholeNumber, Words
from stockroom.ledger.recall_notices import FILE_MAX, WORDS_MAX, FileGiven, NoticeGiven
from stockroom.operations.close_recall import REASON_MAX
from stockroom.operations.open_recall import TITLE_MAX
from stockroom.reads.recall_lines import ConfirmedLine
from stockroom.rules.recalling import LINES_MAX, NUMBER_MAX
from stockroom.vocabulary import (
    Joined,
    RecallClass,
    RecallState,
    RecallStepKind,
    ReceivedHow,
    ScopeKind,
    ScopeSource,
)


class FileFields(Schema):
    """A file as it came."""

    file_name = Words(required=True)
    content = fields.String(
        required=True,
        validate=validate.And(
            validate.Length(min=4, max=FILE_MAX * 4 // 3 + 4), validate.Regexp(r"^[A-Za-z0-9+/]+={0,2}$")
        ),
        metadata={"description": "its bytes in base64"},
    )


class NoticeFields(Schema):
    """A notice as it came."""

    issuer = Words(required=True, metadata={"description": "manufacturer, supplier or authority"})
    reference = Words(required=True, metadata={"description": "the issuer's number of it"})
    recall_class = Choice(RecallClass, load_default=RecallClass.UNKNOWN)
    received_at = Instant(required=True)
    received_how = Choice(ReceivedHow, required=True)
    received_by_uid = Uid(load_default=None, allow_none=True, metadata={"description": "you if left out"})
    answer_by = Instant(load_default=None, allow_none=True)
    supplier_uid = Uid(load_default=None, allow_none=True, metadata={"description": "to whom the reply goes"})
    asked = Words(load_default="", most=WORDS_MAX, lines=True)
    note = Words(load_default="", most=WORDS_MAX, lines=True)


def _number(description: str) -> fields.String:
    return fields.String(
        load_default="", validate=validate.Length(max=NUMBER_MAX), metadata={"description": description}
    )


class NamedLineFields(Schema):
    """A line of a notice: a lot, a range, a pattern (* and ?), or all of a product.  Letter by letter."""

    kind = Choice(ScopeKind, required=True)
    first = _number("the lot, or the first of the range, as printed")
    last = _number("the last of the range")
    pattern = _number("* is any characters, ? is one")


class LineFields(NamedLineFields):
    product_uid = Uid(required=True)
    source = Choice(ScopeSource, load_default=ScopeSource.TYPED)
    covers_everything = Flag(
        load_default=False, metadata={"description": "every lot of the product that the books know is meant"}
    )


class RecallFields(Schema):
    title = Words(required=True, most=TITLE_MAX)
    is_mock = Flag(load_default=False, metadata={"description": "an exercise: nothing is held"})
    notice = fields.Nested(NoticeFields, load_default=None, allow_none=True)
    file = fields.Nested(FileFields, load_default=None, allow_none=True)
    lines = fields.List(fields.Nested(LineFields), load_default=[], validate=validate.Length(max=LINES_MAX))


class FurtherNoticeFields(Schema):
    notice = fields.Nested(NoticeFields, required=True)
    file = fields.Nested(FileFields, load_default=None, allow_none=True)


class FurtherLinesFields(Schema):
    lines = fields.List(
        fields.Nested(LineFields), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )


class SearchedLineFields(NamedLineFields):
    product_uid = fields.String(
        load_default="",
        validate=validate.Regexp(r"^([0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})?$"),
        metadata={"description": "left out where the clinics have no such product"},
    )


class FindingFields(Schema):
    """The search and what its signer states."""

    lines = fields.List(
        fields.Nested(SearchedLineFields), required=True, validate=validate.Length(min=1, max=LINES_MAX)
    )
    statement = Words(required=True, most=2_000, lines=True)


class ReopenFields(Schema):
    reason = Words(required=True, most=REASON_MAX, lines=True)


class HeldSchema(Schema):
    """What further lines stopped, took away, and whom they put on the list."""

    case_uid = Uid(required=True)
    hold_uids = fields.List(Uid(), required=True)
    lot_uids = fields.List(Uid(), required=True)
    prepared_lot_uids = fields.List(Uid(), required=True)
    lost_allocation_uids = fields.List(Uid(), required=True)
    session_count = WholeNumber(required=True, metadata={"description": "newly on the list"})


class RecallOpenedSchema(HeldSchema):
    number = WholeNumber(required=True, metadata={"description": "7 of R-7"})
    notice_uid = Uid(required=True, allow_none=True)
    file_uid = Uid(required=True, allow_none=True)


class NoticeFiledSchema(Schema):
    notice_uid = Uid(required=True)
    file_uid = Uid(required=True, allow_none=True)


class NotAffectedSchema(Schema):
    finding_uid = Uid(required=True)
    known_lots = WholeNumber(required=True, metadata={"description": "against so many lots it was held"})


class ReleasedSchema(Schema):
    case_uid = Uid(required=True)
    hold_uids = fields.List(Uid(), required=True)


class ClosedSchema(Schema):
    case_uid = Uid(required=True)
    patients = WholeNumber(required=True, metadata={"description": "on the list"})
    untold = WholeNumber(required=True)
    released_hold_uids = fields.List(Uid(), required=True)


class RecallSchema(Schema):
    uid = Uid(required=True)
    number = WholeNumber(required=True)
    title = fields.String(required=True)
    is_mock = fields.Boolean(required=True)
    state = Choice(RecallState, required=True)
    opened_at = Instant(required=True)
    opened_by = fields.String(required=True)
    issuer = fields.String(required=True)
    reference = fields.String(required=True)
    recall_class = fields.String(required=True)
    answer_by = Instant(required=True, allow_none=True, metadata={"description": "null once answered"})
    numbers = WholeNumber(required=True, metadata={"description": "lot numbers that it covers"})
    sessions = WholeNumber(required=True, metadata={"description": "on its list, in every clinic"})
    held = WholeNumber(required=True, metadata={"description": "numbers that it holds now"})


class StepSchema(Schema):
    kind = Choice(RecallStepKind, required=True)
    reason = fields.String(required=True)
    patients = WholeNumber(required=True, allow_none=True)
    uncontacted = WholeNumber(required=True, allow_none=True)
    uncontacted_reason = fields.String(required=True)
    unaccounted_reason = fields.String(required=True)
    done_at = Instant(required=True)
    done_by = fields.String(required=True)


class ScopeSchema(Schema):
    uid = Uid(required=True)
    number = WholeNumber(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    kind = Choice(ScopeKind, required=True)
    first = fields.String(required=True)
    last = fields.String(required=True)
    pattern = fields.String(required=True)
    source = Choice(ScopeSource, required=True)
    confirmed_at = Instant(required=True)
    confirmed_by = fields.String(required=True)


class CaseHoldSchema(Schema):
    uid = Uid(required=True)
    product_name = fields.String(required=True)
    lot_number = fields.String(required=True, allow_none=True, metadata={"description": "null: all of it"})
    clinic_name = fields.String(
        required=True, allow_none=True, metadata={"description": "null: every clinic"}
    )
    placed_at = Instant(required=True)
    released_at = Instant(required=True, allow_none=True)


class RecallWholeSchema(RecallSchema):
    scope = fields.List(fields.Nested(ScopeSchema), required=True)
    holds = fields.List(fields.Nested(CaseHoldSchema), required=True)
    steps = fields.List(fields.Nested(StepSchema), required=True)


class SessionOfRecallSchema(Schema):
    """A session on the list of a case; the patient stands under the uid alone."""

    session_uid = Uid(required=True)
    patient_uid = Uid(required=True)
    clinic_uid = Uid(required=True)
    planned_at = Instant(required=True)
    joined = Choice(Joined, required=True)
    listed_at = Instant(required=True)


def notice_of(body: dict[str, Any] | None) -> NoticeGiven | None:
    return None if body is None else NoticeGiven(**body)


def file_of(body: dict[str, Any] | None) -> FileGiven | None:
    return None if body is None else FileGiven(**body)


def lines_of(body: list[dict[str, Any]]) -> tuple[ConfirmedLine, ...]:
    return tuple(ConfirmedLine(**each) for each in body)
