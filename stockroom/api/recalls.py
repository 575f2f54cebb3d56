"""Recalls: cases of a notice and of lots, or whole products, that nobody may use in any clinic."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.holding import HoldReleasedSchema, ReleaseFields
from stockroom.api.recall_schemas import (
    ClosedSchema,
    FindingFields,
    FurtherLinesFields,
    FurtherNoticeFields,
    HeldSchema,
    NotAffectedSchema,
    NoticeFiledSchema,
    RecallFields,
    RecallOpenedSchema,
    RecallSchema,
    RecallWholeSchema,
    ReleasedSchema,
    ReopenFields,
    SessionOfRecallSchema,
    file_of,
    lines_of,
    notice_of,
)
from stockroom.api.things import answer, override_of
from stockroom.http.fields import Flag, QueryFlag, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.close_recall import (
    REASON_MAX,
    CaseReleased,
    CloseRecall,
    RecallIsClosed,
    RecallIsReopened,
    ReleaseCase,
    ReopenRecall,
    close_recall,
    release_case,
    reopen_recall,
)
from stockroom.operations.find_not_affected import FindNotAffected, NotAffected, find_not_affected
from stockroom.operations.open_recall import (
    AddToRecall,
    FileNotice,
    NoticeFiled,
    OpenRecall,
    RecallExtended,
    RecallOpened,
    add_to_recall,
    file_notice,
    open_recall,
)
from stockroom.operations.release_hold import HoldReleased, ReleaseRecall, release_recall
from stockroom.queries.clinics import clinics_where
from stockroom.queries.paging import Page, part_of
from stockroom.queries.recall_cases import CaseRow, case_row, recall_cases
from stockroom.queries.recall_sessions import ListedSession, sessions_of_case
from stockroom.queries.recall_story import holds_of_case, scopes_of_case, steps_of_case
from stockroom.reads.recall_cases import any_case
from stockroom.rules.recalling import ScopeLine
from stockroom.vocabulary import Action, RecallState, SignOnWay

blp = ResourceBlueprint("recalls", __name__, description="What is recalled, in every clinic")


class RecallsArgs(PageArgs):
    with_closed = QueryFlag(load_default=False, metadata={"description": "those that are closed too"})
    with_mocks = QueryFlag(load_default=False, metadata={"description": "exercises too"})


class CloseFields(Schema):
    """What the second person found, and why it is closed although something is open."""

    reason = Words(required=True, most=REASON_MAX, lines=True)
    untold_reason = Words(load_default="", most=REASON_MAX, lines=True)
    left_reason = Words(load_default="", most=REASON_MAX, lines=True)
    releases = Flag(load_default=False, metadata={"description": "what it held may be used again"})
    override = answer()


class RecallReopenedSchema(ReleasedSchema):
    """What the case holds again."""


@blp.route("")
class Recalls(MethodView):
    @blp.arguments(RecallsArgs, location="query")
    @blp.response(200, page_schema(RecallSchema, "RecallPage"))
    def get(self, args: dict[str, Any]) -> Page[CaseRow]:
        """Recalls: those that go on first, the newest first"""
        with installation().reading() as connection:
            found = recall_cases(connection, mocks=None if args["with_mocks"] else False)
        listed = [each for each in found if args["with_closed"] or each.state is not RecallState.CLOSED]
        return part_of(listed, after=args["cursor"], limit=args["limit"])

    @blp.arguments(RecallFields)
    @blp.response(201, RecallOpenedSchema)
    def post(self, body: dict[str, Any]) -> RecallOpened:
        """File a notice, and recall what it names in every clinic at once"""
        command = OpenRecall(
            title=body["title"],
            notice=notice_of(body["notice"]),
            file=file_of(body["file"]),
            lines=lines_of(body["lines"]),
            is_mock=body["is_mock"],
        )
        opened: RecallOpened = act(open_recall, command)
        return opened


@blp.route("/<uid>")
class Recall(MethodView):
    @blp.response(200, RecallWholeSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """A recall: what it covers, what it holds, and what was done"""
        with installation().reading() as connection:
            row = case_row(connection, uid)
            case_id = any_case(connection, uid).id
            return {
                **{name: getattr(row, name) for name in CaseRow.__dataclass_fields__},
                "scope": scopes_of_case(connection, case_id=case_id),
                "holds": holds_of_case(connection, case_id=case_id),
                "steps": steps_of_case(connection, case_id=case_id),
            }


@blp.route("/<uid>/notices")
class RecallNotices(MethodView):
    @blp.arguments(FurtherNoticeFields)
    @blp.response(201, NoticeFiledSchema)
    def post(self, body: dict[str, Any], uid: str) -> NoticeFiled:
        """File a further notice: from then on it counts"""
        notice = notice_of(body["notice"])
        assert notice is not None
        command = FileNotice(case_uid=uid, notice=notice, file=file_of(body["file"]))
        filed: NoticeFiled = act(file_notice, command)
        return filed


@blp.route("/<uid>/lines")
class RecallLines(MethodView):
    @blp.arguments(FurtherLinesFields)
    @blp.response(201, HeldSchema)
    def post(self, body: dict[str, Any], uid: str) -> RecallExtended:
        """Let a recall cover further lots, in every clinic at once"""
        command = AddToRecall(case_uid=uid, lines=lines_of(body["lines"]))
        extended: RecallExtended = act(add_to_recall, command)
        return extended


@blp.route("/<uid>/findings")
class RecallFindings(MethodView):
    @blp.arguments(FindingFields)
    @blp.response(201, NotAffectedSchema)
    def post(self, body: dict[str, Any], uid: str) -> NotAffected:
        """Search the books for what a notice names, and sign that there is and was none of it"""
        command = FindNotAffected(
            case_uid=uid,
            lines=tuple(ScopeLine(**each) for each in body["lines"]),
            statement=body["statement"],
            way=SignOnWay.PASSWORD,
        )
        found: NotAffected = act(find_not_affected, command)
        return found


@blp.route("/<uid>/sessions")
class RecallSessions(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(SessionOfRecallSchema, "SessionOfRecallPage"))
    def get(self, args: dict[str, Any], uid: str) -> Page[ListedSession]:
        """The sessions on its list, in the clinics that you may trace"""
        store, actor = installation(), acting()
        with store.reading() as connection:
            seen = clinics_where(connection, actor.user_id, Action.READ_TRACE)
            listed = sessions_of_case(connection, any_case(connection, uid).id, seen)
        page = part_of(listed, after=args["cursor"], limit=args["limit"], by="session_uid")
        shown = [(each.clinic_id, each.patient_uid) for each in page.items]
        disclose_trace(store, actor, shown, purpose="recall", now=present())
        return page


@blp.route("/<uid>/closing")
class RecallClosing(MethodView):
    @blp.arguments(CloseFields)
    @blp.response(200, ClosedSchema)
    def post(self, body: dict[str, Any], uid: str) -> RecallIsClosed:
        """Close a recall, as somebody who did not open it"""
        override = override_of(body.pop("override"))
        closed: RecallIsClosed = act(close_recall, CloseRecall(case_uid=uid, override=override, **body))
        return closed


@blp.route("/<uid>/reopening")
class RecallReopening(MethodView):
    @blp.arguments(ReopenFields)
    @blp.response(200, RecallReopenedSchema)
    def post(self, body: dict[str, Any], uid: str) -> RecallIsReopened:
        """Open a closed recall again, and hold again what it covers"""
        reopened: RecallIsReopened = act(reopen_recall, ReopenRecall(case_uid=uid, **body))
        return reopened


@blp.route("/<uid>/release")
class RecallRelease(MethodView):
    @blp.arguments(ReleaseFields)
    @blp.response(200, ReleasedSchema)
    def post(self, body: dict[str, Any], uid: str) -> CaseReleased:
        """Let go of everything that a recall holds, in every clinic"""
        command = ReleaseCase(case_uid=uid, reason=body["note"], override=override_of(body["override"]))
        released: CaseReleased = act(release_case, command)
        return released


@blp.route("/holds/<uid>/release")
class RecallHoldRelease(MethodView):
    @blp.arguments(ReleaseFields)
    @blp.response(200, HoldReleasedSchema)
    def post(self, body: dict[str, Any], uid: str) -> HoldReleased:
        """Let go of one number that a recall holds, in every clinic"""
        command = ReleaseRecall(hold_uid=uid, note=body["note"], override=override_of(body["override"]))
        released: HoldReleased = act(release_recall, command)
        return released
