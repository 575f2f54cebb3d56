"""What speaks against treating a patient: her flags, that she was asked again, and everything held of her."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from stockroom.access.acting import acting, installation, present
from stockroom.access.records_read import disclose_for_herself
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.api.patient_schemas import (
    AllergiesAskedSchema,
    EndingFields,
    FlagFields,
    PatientFlaggedSchema,
    PersonHeldSchema,
)
from stockroom.clock import civil_date
from stockroom.http.etags import asked_version, etag_of
from stockroom.http.person_file import person_document
from stockroom.operations.ask_allergies import AllergiesAsked, ConfirmAnswers, confirm_answers
from stockroom.operations.flag_patient import (
    EndFlag,
    NoteFlag,
    PatientFlagged,
    WithdrawFlag,
    end_flag,
    note_flag,
    withdraw_flag,
)
from stockroom.queries.person_data import person_data
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.patients import patient_by_uid

blp = ResourceBlueprint(
    "patient-flags", __name__, description="What speaks against treating a patient", under="patients"
)
Tagged = tuple[Any, int, dict[str, str]]


@blp.route("/<uid>/answers")
class PatientAnswers(MethodView):
    @if_match()
    @blp.response(200, AllergiesAskedSchema, headers=ETAG_HEADERS)
    def post(self, uid: str) -> Tagged:
        """She was asked about allergies and flags again, and nothing has changed"""
        asked: AllergiesAsked = act(confirm_answers, ConfirmAnswers(patient_uid=uid, version=asked_version()))
        return asked, 200, {"ETag": etag_of(asked.version)}


@blp.route("/<uid>/flags")
class PatientFlags(MethodView):
    @if_match()
    @blp.arguments(FlagFields)
    @blp.response(201, PatientFlaggedSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any], uid: str) -> Tagged:
        """Write down a contraindication of hers"""
        flagged: PatientFlagged = act(note_flag, NoteFlag(patient_uid=uid, version=asked_version(), **body))
        return flagged, 201, {"ETag": etag_of(flagged.version)}


@blp.route("/<uid>/flags/<flag_uid>/ending")
class FlagEndings(MethodView):
    @if_match()
    @blp.arguments(EndingFields)
    @blp.response(200, PatientFlaggedSchema, headers=ETAG_HEADERS)
    def post(self, body: dict[str, Any], uid: str, flag_uid: str) -> Tagged:
        """Say which day is the last of a flag"""
        command = EndFlag(patient_uid=uid, flag_uid=flag_uid, version=asked_version(), **body)
        flagged: PatientFlagged = act(end_flag, command)
        return flagged, 200, {"ETag": etag_of(flagged.version)}


@blp.route("/<uid>/flags/<flag_uid>/withdrawal")
class FlagWithdrawals(MethodView):
    @if_match()
    @blp.response(200, PatientFlaggedSchema, headers=ETAG_HEADERS)
    def post(self, uid: str, flag_uid: str) -> Tagged:
        """Take out a flag that was written down by mistake"""
        command = WithdrawFlag(patient_uid=uid, flag_uid=flag_uid, version=asked_version())
        flagged: PatientFlagged = act(withdraw_flag, command)
        return flagged, 200, {"ETag": etag_of(flagged.version)}


@blp.route("/<uid>/export")
class PatientExport(MethodView):
    @blp.response(200, PersonHeldSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """Everything that is held of one person, in every clinic, for whoever asks for her own data"""
        actor, store = acting(), installation()
        with store.reading() as connection:
            hers = patient_by_uid(connection, uid).uid
            zone = clinic_settings(connection, actor.clinic_id).time_zone
        disclose_for_herself(hers, page="held")
        with store.reading() as connection:
            today = civil_date(present(), zone)
            person = person_data(
                connection, store.keyring, actor.clinic_id, uid=hers, on=today, now=present()
            )
        return person_document(person)
