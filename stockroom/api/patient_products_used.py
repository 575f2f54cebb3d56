"""The record of products used on a patient in this clinic."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import PURPOSES, disclose
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.patient_schemas import PatientArgs
from stockroom.api.patients import PurposeNeeded
from stockroom.api.products_used import ProductsUsedSchema
from stockroom.queries.patients import patient_shown
from stockroom.queries.products_used import ProductsUsed, products_used_on_patient

blp = ResourceBlueprint(
    "patient-products-used", __name__, description="What was used on a patient", under="patients"
)


@blp.route("/<uid>/products-used")
class PatientProductsUsed(MethodView):
    @blp.arguments(PatientArgs, location="query")
    @blp.response(200, ProductsUsedSchema)
    def get(self, args: dict[str, Any], uid: str) -> ProductsUsed:
        """The record of a patient's sessions in this clinic, the newest first"""
        actor, store = acting(), installation()
        with store.reading() as connection:
            shown = patient_shown(connection, store.keyring, actor.clinic_id, uid=uid)
            record = products_used_on_patient(connection, actor.clinic_id, uid=shown.identity.uid)
        if not shown.is_seen_here and args["purpose"] is None:
            raise PurposeNeeded(patient=shown.identity.uid, purposes=PURPOSES)
        purpose = args["purpose"] or "products_used"
        disclose(store, actor, [shown.identity.uid], purpose=purpose, now=present())
        return record
