"""Patients of another software, known again by their number there; nothing of a known one is changed."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import installation
from stockroom.api.blueprint import ResourceBlueprint, act
from stockroom.api.matching import faults_by_field, judged
from stockroom.http.fields import CivilDate, Flag, Uid, Words
from stockroom.operations.import_patients import ImportPatients, PatientsImported, import_patients
from stockroom.queries.table_imports import Judged
from stockroom.reads.patients import patient_referenced
from stockroom.tables.patient_lines import PatientLine
from stockroom.tables.words import TableKind

blp = ResourceBlueprint(
    "patient-matches", __name__, description="The patients of another software", under="patients"
)


class PatientMatchFields(Schema):
    """A patient as the other software has her; in a body, so that no number of hers stands in an address."""

    reference = Words(required=True, most=100, metadata={"description": "her number there"})
    name = Words(required=True)
    born_on = CivilDate(load_default=None, allow_none=True)
    contact = Words(most=500, load_default="")
    dry_run = Flag(
        load_default=False, metadata={"description": "only say whether she is new; nothing is written"}
    )


class PatientMatchedSchema(Schema):
    patient_uid = Uid(
        required=True, allow_none=True, metadata={"description": "null: new, and it was a dry run"}
    )
    is_new = fields.Boolean(required=True)


@blp.route("/matches")
class PatientMatches(MethodView):
    @blp.arguments(PatientMatchFields)
    @blp.response(200, PatientMatchedSchema)
    def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """Register a patient unless her number is known; another name or birth date under it is refused"""
        is_dry_run = body.pop("dry_run")
        line = PatientLine(line=1, **body)
        with faults_by_field({"born on": "born_on"}):
            done: PatientsImported | Judged = (
                judged(TableKind.PATIENTS, (line,))
                if is_dry_run
                else act(import_patients, ImportPatients(lines=(line,)))
            )
        store = installation()
        with store.reading() as connection:
            is_known = not (is_dry_run and done.added)
            uid = patient_referenced(connection, store.keyring, line.reference) if is_known else None
        return {"patient_uid": uid, "is_new": done.added > 0}
