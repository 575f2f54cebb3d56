"""Patients: registered, found without a name in any address, shown once that was written down, put right, forgotten.

A patient's identity opens in a clinic where she has a session, or for a stated purpose; either is journalled
before anything is shown (L14).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from flask.views import MethodView

from stockroom.access.acting import acting, installation
from stockroom.access.disclosing import PURPOSES
from stockroom.access.opened import found_as_may_be, shown_as_may_be
from stockroom.api.blueprint import ETAG_HEADERS, ResourceBlueprint, act, if_match
from stockroom.api.patient_schemas import (
    AllergiesAskedSchema,
    AllergiesFields,
    MergeFields,
    PatientAmendedSchema,
    PatientArgs,
    PatientErasureSchema,
    PatientFields,
    PatientRegisteredSchema,
    PatientSchema,
    PatientsFoundSchema,
    PatientsMergedSchema,
    RegistrationFields,
    SearchFields,
)
from stockroom.errors import Refused, extracted
from stockroom.http.etags import asked_version, etag_of
from stockroom.operations.ask_allergies import AllergiesAsked, AskAllergies, ask_allergies
from stockroom.operations.erase_patient import ErasePatient, PatientErasure, erase_patient
from stockroom.operations.maintain_patient import (
    AmendPatient,
    PatientAmended,
    PatientRegistered,
    RegisterPatient,
    amend_patient,
    register_patient,
)
from stockroom.operations.merge_patients import MergePatients, PatientsMerged, merge_patients
from stockroom.queries.patients import patient_shown
from stockroom.reads.patients import find_patients

blp = ResourceBlueprint("patients", __name__, description="Who is treated; every look is written down")
Tagged = tuple[Any, int, dict[str, str]]


@dataclass(eq=False, kw_only=True)
class PurposeNeeded(Refused):
    """The patient has no session in this clinic, and nobody said what for she is looked at."""

    code: ClassVar[str] = "purpose_needed"
    message: ClassVar[str] = extracted(
        "This patient has no session in this clinic. Say for which purpose you look: {purposes}."
    )
    patient: str
    purposes: tuple[str, ...]


@blp.route("")
class Patients(MethodView):
    @blp.arguments(RegistrationFields)
    @blp.response(201, PatientRegisteredSchema)
    def post(self, body: dict[str, Any]) -> PatientRegistered:
        """Register a patient"""
        registered: PatientRegistered = act(register_patient, RegisterPatient(**body))
        return registered


@blp.route("/searches")
class PatientSearches(MethodView):
    @blp.arguments(SearchFields)
    @blp.response(200, PatientsFoundSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Find patients by whole words of the name, birth date, reference or card code"""
        purpose, actor, store = body["purpose"], acting(), installation()
        with store.reading() as connection:
            found = find_patients(
                connection,
                store.keyring,
                body["text"],
                seen_in=None if purpose else actor.clinic_id,
                limit=body["limit"],
            )
        return {"items": found_as_may_be(found, body["text"], page="search", purpose=purpose or "")}


@blp.route("/<uid>")
class Patient(MethodView):
    @blp.arguments(PatientArgs, location="query")
    @blp.response(200, PatientSchema, headers=ETAG_HEADERS)
    def get(self, args: dict[str, Any], uid: str) -> Tagged:
        """One patient, with what she must not get; of a merged record, what it became"""
        actor, store = acting(), installation()
        with store.reading() as connection:
            row = patient_shown(connection, store.keyring, actor.clinic_id, uid=uid)
        if not row.is_seen_here and args["purpose"] is None:
            raise PurposeNeeded(patient=row.identity.uid, purposes=PURPOSES)
        row = shown_as_may_be(row, page="patient", purpose=args["purpose"] or "")
        said = {
            **asdict(row.identity),
            "allergies_asked_at": row.allergies_asked_at,
            "allergies": row.allergies,
            "classes": row.classes,
            "flags": row.flags,
        }
        return said, 200, {"ETag": etag_of(row.identity.version)}

    @if_match()
    @blp.arguments(PatientFields)
    @blp.response(200, PatientAmendedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> Tagged:
        """Put a patient's values right, all of them"""
        command = AmendPatient(patient_uid=uid, version=asked_version(), **body)
        amended: PatientAmended = act(amend_patient, command)
        return amended, 200, {"ETag": etag_of(amended.version)}


@blp.route("/<uid>/allergies")
class PatientAllergies(MethodView):
    @if_match()
    @blp.arguments(AllergiesFields)
    @blp.response(200, AllergiesAskedSchema, headers=ETAG_HEADERS)
    def put(self, body: dict[str, Any], uid: str) -> Tagged:
        """Write down what she answered when asked about allergies; it replaces the earlier answer"""
        command = AskAllergies(
            patient_uid=uid,
            version=asked_version(),
            ingredient_uids=tuple(body["ingredient_uids"]),
            classes=None if body["classes"] is None else tuple(body["classes"]),
        )
        asked: AllergiesAsked = act(ask_allergies, command)
        return asked, 200, {"ETag": etag_of(asked.version)}


@blp.route("/<uid>/merges")
class PatientMerges(MethodView):
    @blp.arguments(MergeFields)
    @blp.response(200, PatientsMergedSchema)
    def post(self, body: dict[str, Any], uid: str) -> PatientsMerged:
        """Let this record stand for another one too"""
        command = MergePatients(into_uid=uid, merged_uid=body["merged_uid"])
        merged: PatientsMerged = act(merge_patients, command)
        return merged


@blp.route("/<uid>/erasure")
class PatientErasures(MethodView):
    @blp.response(200, PatientErasureSchema)
    def post(self, uid: str) -> PatientErasure:
        """Forget a patient for good; ledger and trace keep a random id"""
        erased: PatientErasure = act(erase_patient, ErasePatient(patient_uid=uid))
        return erased
