"""By whom was one patient seen?  Her own list; that it is read stands on it."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import installation
from stockroom.access.records_read import disclose_for_herself
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.http.fields import Instant, Uid, WholeNumber
from stockroom.queries.disclosures import disclosures_of_patient
from stockroom.reads.patients import patient_by_uid

blp = ResourceBlueprint(
    "patient-disclosures", __name__, description="Who was shown something of a patient", under="patients"
)


class DisclosureSchema(Schema):
    clinic_uid = Uid(required=True)
    clinic = fields.String(required=True)
    seq = WholeNumber(
        required=True, metadata={"description": "its number in that clinic's journal of disclosures"}
    )
    at = Instant(required=True)
    person_uid = Uid(required=True)
    person = fields.String(required=True, metadata={"description": "empty: the installation itself"})
    roles = fields.List(fields.String(), required=True)
    purpose = fields.String(required=True, metadata={"description": "empty in daily work"})
    page = fields.String(required=True, metadata={"description": "empty where it was not written down yet"})


class DisclosuresSchema(Schema):
    items = fields.List(fields.Nested(DisclosureSchema), required=True)


@blp.route("/<uid>/disclosures")
class PatientDisclosures(MethodView):
    @blp.response(200, DisclosuresSchema)
    def get(self, uid: str) -> dict[str, Any]:
        """Who was shown something of a patient, what for, when and where, the newest first"""
        with installation().reading() as connection:
            hers = patient_by_uid(connection, uid).uid
        disclose_for_herself(hers, page="disclosures")
        with installation().reading() as connection:
            return {"items": disclosures_of_patient(connection, hers).rows}
