"""Traces: from a lot to every patient, and from a patient or session to every lot and supplier."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import Connection

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.tracing import TraceSchema, back_shown, forward_shown
from stockroom.http.fields import Uid
from stockroom.queries import traces
from stockroom.queries.trace_patients import patients_reached
from stockroom.vocabulary import Action

blp = ResourceBlueprint("traces", __name__, description="From a lot to every patient, and back")
_WAYS = ("lot", "gtin", "container", "preparation", "session", "patient")


class TraceArgs(Schema):
    """What to begin at: exactly one of these, `lot_number` beside `gtin`."""

    lot = Uid(load_default=None, metadata={"description": "forward from a lot, a cocktail's included"})
    gtin = fields.String(
        load_default=None,
        validate=validate.Regexp(r"^[0-9]{14}$"),
        metadata={"description": "forward from a scanned pack, with its lot_number"},
    )
    lot_number = fields.String(load_default=None, validate=validate.Length(min=1, max=100))
    container = Uid(load_default=None, metadata={"description": "forward from what one vial held"})
    preparation = Uid(load_default=None, metadata={"description": "forward from a finished cocktail"})
    session = Uid(load_default=None, metadata={"description": "back from a session"})
    patient = Uid(load_default=None, metadata={"description": "back from a patient, merged records included"})

    @validates_schema
    def _one_beginning(self, said: dict[str, Any], **_: Any) -> None:
        if sum(said.get(way) is not None for way in _WAYS) != 1:
            raise ValidationError(f"Say one of {', '.join(_WAYS)}.", field_name="lot")
        if (said.get("gtin") is None) != (said.get("lot_number") is None):
            raise ValidationError("A code and a number stand together.", field_name="lot_number")


@blp.route("")
class Traces(MethodView):
    @blp.arguments(TraceArgs, location="query")
    @blp.response(200, TraceSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Trace; who was shown which patients is written down before this is answered"""
        store, actor = installation(), acting()
        with store.reading() as connection:
            shown = _trace(connection, {actor.clinic_id}, args)
        patients = {use["patient_uid"] for use in shown["uses"]}
        disclose(store, actor, patients, purpose="trace", now=present(), action=Action.READ_TRACE)
        with store.reading() as connection:
            reached = patients_reached(connection, store.keyring, patients)
        return {**shown, "patients": reached}


def _trace(connection: Connection, clinic_ids: Collection[int], args: dict[str, Any]) -> dict[str, Any]:
    if args["session"] is not None:
        return back_shown(traces.back_from_session(connection, clinic_ids, session_uid=args["session"]))
    if args["patient"] is not None:
        return back_shown(traces.back_from_patient(connection, clinic_ids, patient_uid=args["patient"]))
    if args["container"] is not None:
        found = traces.forward_from_container(connection, clinic_ids, container_uid=args["container"])
    elif args["gtin"] is not None:
        found = traces.forward_from_scan(connection, clinic_ids, code=args["gtin"], number=args["lot_number"])
    elif args["preparation"] is not None:
        uid = args["preparation"]
        found = traces.forward_from_preparation(connection, clinic_ids, preparation_uid=uid)
    else:
        found = traces.forward_from_lot(connection, clinic_ids, lot_uid=args["lot"])
    return forward_shown(found)
