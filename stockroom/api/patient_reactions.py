"""Adverse reactions of one patient, in this clinic."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from stockroom.access.acting import acting, installation
from stockroom.access.disclosing import PURPOSES
from stockroom.access.opened import note_shown, notes_keyring
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.patient_schemas import PatientArgs
from stockroom.api.patients import PurposeNeeded
from stockroom.api.reactions import ReactionsSchema
from stockroom.queries.patients import patient_shown
from stockroom.queries.reactions import reactions_of_patient

blp = ResourceBlueprint("patient-reactions", __name__, description="How a patient reacted", under="patients")


@blp.route("/<uid>/reactions")
class PatientReactions(MethodView):
    @blp.arguments(PatientArgs, location="query")
    @blp.response(200, ReactionsSchema)
    def get(self, args: dict[str, Any], uid: str) -> dict[str, Any]:
        """A patient's reactions to sessions in this clinic, the newest first"""
        actor, store = acting(), installation()
        with store.reading() as connection:
            shown = patient_shown(connection, store.keyring, actor.clinic_id, uid=uid)
        if not shown.is_seen_here and args["purpose"] is None:
            raise PurposeNeeded(patient=shown.identity.uid, purposes=PURPOSES)
        note_shown([shown.identity.uid], page="reactions", purpose=args["purpose"] or "")
        with store.reading() as connection:
            known = reactions_of_patient(connection, notes_keyring(), actor.clinic_id, uid=shown.identity.uid)
        return {"items": known}
