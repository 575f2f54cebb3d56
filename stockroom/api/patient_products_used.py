"""The record of products used on a patient, in every clinic where the reader may see her."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from stockroom.access.acting import acting, installation
from stockroom.access.disclosing import PURPOSES
from stockroom.access.opened import note_shown
from stockroom.access.records_read import PAGE, disclose_elsewhere, record_everywhere
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.patient_schemas import PatientArgs
from stockroom.api.patients import PurposeNeeded
from stockroom.api.products_used import ProductsUsedSchema
from stockroom.queries.patients import patient_shown
from stockroom.queries.products_used import ProductsUsed

blp = ResourceBlueprint(
    "patient-products-used", __name__, description="What was used on a patient", under="patients"
)


@blp.route("/<uid>/products-used")
class PatientProductsUsed(MethodView):
    @blp.arguments(PatientArgs, location="query")
    @blp.response(200, ProductsUsedSchema)
    def get(self, args: dict[str, Any], uid: str) -> ProductsUsed:
        """The record of a patient's sessions in every clinic where you may read patients, the newest first"""
        actor, store = acting(), installation()
        with store.reading() as connection:
            shown = patient_shown(connection, store.keyring, actor.clinic_id, uid=uid)
        if not shown.is_seen_here and args["purpose"] is None:
            raise PurposeNeeded(patient=shown.identity.uid, purposes=PURPOSES)
        record, purpose = record_everywhere(shown.identity.uid), args["purpose"] or ""
        disclose_elsewhere(record, purpose=purpose)
        note_shown([shown.identity.uid], page=PAGE, purpose=purpose)
        return record
