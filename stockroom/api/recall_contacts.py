"""Whom a recall concerns: who was tried, what came of it, the letters' text, and the level of the check."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields, validate

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.http.fields import Choice, CivilDate, Flag, Instant, Uid, WholeNumber, Words
from stockroom.http.paging import PageArgs, page_schema
from stockroom.operations.check_recall import NOTE_LONGEST, CheckRecall, RecallChecked, check_recall
from stockroom.operations.reach_patient import (
    LETTERS_MAX,
    NOTE_MAX,
    Attempt,
    AttemptsRecorded,
    ReachPatient,
    SendLetters,
    WithdrawAttempt,
    reach_patient,
    send_letters,
    withdraw_attempt,
)
from stockroom.operations.write_recall_letter import (
    RecallLetterWritten,
    WriteRecallLetter,
    write_recall_letter,
)
from stockroom.queries.clinics import clinics_where
from stockroom.queries.paging import Page, part_of
from stockroom.queries.recall_contacts import Contact, contacts_of_case
from stockroom.queries.recall_reach import reach_of_case
from stockroom.reads.recall_cases import any_case
from stockroom.rules.recall_letters import BODY_MAX, SUBJECT_MAX
from stockroom.vocabulary import (
    Action,
    CheckLevel,
    ContactChannel,
    ContactOutcome,
    ContactState,
    NextStep,
)

blp = ResourceBlueprint("recall-contacts", __name__, description="Who was told of a recall", under="recalls")


class AttemptFields(Schema):
    """One attempt to tell a patient."""

    channel = Choice(ContactChannel, required=True)
    tried_at = Instant(required=True)
    outcome = Choice(ContactOutcome, required=True)
    next_step = Choice(NextStep, load_default=NextStep.NOTHING)
    next_on = CivilDate(load_default=None, allow_none=True)
    note = Words(load_default="", most=NOTE_MAX, lines=True)


class AttemptSchema(Schema):
    """An attempt; its note is shown on the patient's page alone."""

    uid = Uid(required=True)
    channel = Choice(ContactChannel, required=True)
    tried_at = Instant(required=True)
    tried_by = fields.String(required=True)
    clinic_name = fields.String(required=True)
    outcome = Choice(ContactOutcome, required=True)
    next_step = Choice(NextStep, required=True)
    next_on = CivilDate(required=True, allow_none=True)
    is_withdrawn = Flag(required=True, metadata={"description": "it was written down by mistake"})
    recorded_at = Instant(required=True)


class SessionOfContactSchema(Schema):
    uid = Uid(required=True)
    clinic_name = fields.String(required=True)
    at = Instant(required=True)
    stands = Flag(required=True, metadata={"description": "something used then is still booked"})


class ContactSchema(Schema):
    """A patient of the list, and what was tried."""

    patient_uid = Uid(required=True)
    short_code = fields.String(required=True)
    state = Choice(ContactState, required=True)
    is_concerned = Flag(required=True)
    sessions = fields.List(fields.Nested(SessionOfContactSchema), required=True)
    attempts = fields.List(fields.Nested(AttemptSchema), required=True)


class AttemptsRecordedSchema(Schema):
    attempt_uids = fields.List(Uid(), required=True)


class LettersSentFields(Schema):
    """The letters to these patients went to the post."""

    patient_uids = fields.List(Uid(), required=True, validate=validate.Length(min=1, max=LETTERS_MAX))
    sent_at = Instant(required=True)


class LetterFields(Schema):
    """What every letter says; in braces what is filled in for each patient."""

    subject = Words(required=True, most=SUBJECT_MAX)
    body = Words(required=True, most=BODY_MAX, lines=True)


class LetterWrittenSchema(Schema):
    letter_uid = Uid(required=True)
    number = WholeNumber(required=True)


class CheckFields(Schema):
    """The level of the effectiveness check, and how it stands."""

    level = Choice(CheckLevel, required=True)
    share = WholeNumber(
        load_default=None, allow_none=True, most=100, metadata={"description": "in percent; of level B alone"}
    )
    tried = WholeNumber(load_default=0)
    reached = WholeNumber(load_default=0)
    note = Words(load_default="", most=NOTE_LONGEST, lines=True)


class CheckedSchema(Schema):
    check_uid = Uid(required=True)
    share = WholeNumber(required=True)


@blp.route("/<uid>/contacts")
class RecallContacts(MethodView):
    @blp.arguments(PageArgs, location="query")
    @blp.response(200, page_schema(ContactSchema, "RecallContactPage"))
    def get(self, args: dict[str, Any], uid: str) -> Page[Contact]:
        """The patients on its list in the clinics that you may trace, the least told first"""
        store, actor = installation(), acting()
        with store.reading() as connection:
            case = any_case(connection, uid)
            found = contacts_of_case(
                connection,
                case_id=case.id,
                seen=clinics_where(connection, actor.user_id, Action.READ_TRACE),
                standing_sessions=reach_of_case(connection, case.id).session_uids,
            )
        page = part_of(found, after=args["cursor"], limit=args["limit"], by="patient_uid")
        pairs = ((each.clinic_id, row.patient_uid) for row in page.items for each in row.sessions)
        disclose_trace(store, actor, pairs, purpose="recall", now=present())
        return page


@blp.route("/<uid>/contacts/<patient_uid>/attempts")
class RecallAttempts(MethodView):
    @blp.arguments(AttemptFields)
    @blp.response(201, AttemptsRecordedSchema)
    def post(self, body: dict[str, Any], uid: str, patient_uid: str) -> AttemptsRecorded:
        """Write down an attempt to tell a patient"""
        command = ReachPatient(case_uid=uid, patient_uid=patient_uid, attempt=Attempt(**body))
        recorded: AttemptsRecorded = act(reach_patient, command)
        return recorded


@blp.route("/<uid>/attempts/<attempt_uid>/withdrawal")
class RecallAttemptWithdrawal(MethodView):
    @blp.response(200, AttemptsRecordedSchema)
    def post(self, uid: str, attempt_uid: str) -> AttemptsRecorded:
        """Say that an attempt was written down by mistake; it stays, marked"""
        command = WithdrawAttempt(case_uid=uid, attempt_uid=attempt_uid)
        recorded: AttemptsRecorded = act(withdraw_attempt, command)
        return recorded


@blp.route("/<uid>/letters")
class RecallLetters(MethodView):
    @blp.arguments(LetterFields)
    @blp.response(201, LetterWrittenSchema)
    def post(self, body: dict[str, Any], uid: str) -> RecallLetterWritten:
        """Word the letters; the newest text is printed"""
        written: RecallLetterWritten = act(write_recall_letter, WriteRecallLetter(case_uid=uid, **body))
        return written


@blp.route("/<uid>/letters-sent")
class RecallLettersSent(MethodView):
    @blp.arguments(LettersSentFields)
    @blp.response(201, AttemptsRecordedSchema)
    def post(self, body: dict[str, Any], uid: str) -> AttemptsRecorded:
        """Write down for each of these patients that a letter went"""
        command = SendLetters(case_uid=uid, patient_uids=tuple(body["patient_uids"]), sent_at=body["sent_at"])
        recorded: AttemptsRecorded = act(send_letters, command)
        return recorded


@blp.route("/<uid>/checks")
class RecallChecks(MethodView):
    @blp.arguments(CheckFields)
    @blp.response(201, CheckedSchema)
    def post(self, body: dict[str, Any], uid: str) -> RecallChecked:
        """Set the level of the effectiveness check, or write down how it stands"""
        checked: RecallChecked = act(check_recall, CheckRecall(case_uid=uid, **body))
        return checked
