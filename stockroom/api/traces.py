"""Traces: from a lot to every patient, and from a patient or session to every lot and supplier."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import Connection

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.tracing import TraceSchema, back_shown, forward_shown
from stockroom.http.fields import Uid
from stockroom.queries import traces
from stockroom.queries.clinics import clinics_where
from stockroom.queries.trace_patients import patients_reached
from stockroom.queries.trace_rows import BackTrace, ForwardTrace
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
        """Trace through every clinic where you may; who was shown which patients is written down first"""
        store, actor = installation(), acting()
        with store.reading() as connection:
            seen = clinics_where(connection, actor.user_id, Action.READ_TRACE)
            found = _trace(connection, seen, args, begins_in={actor.clinic_id})
        pairs = ((use.lot.clinic_id, use.patient_uid) for use in found.uses)
        shown = disclose_trace(store, actor, pairs, purpose="trace", now=present())
        with store.glancing() as glance:
            reached = patients_reached(glance, store.keyring, shown)
        in_words = forward_shown(found) if isinstance(found, ForwardTrace) else back_shown(found)
        return {**in_words, "patients": reached}


def _trace(
    connection: Connection, seen: Collection[int], args: dict[str, Any], *, begins_in: Collection[int]
) -> ForwardTrace | BackTrace:
    """A thing of a clinic is this clinic's; a pack and a patient are the organisation's."""
    if args["patient"] is not None:
        return traces.back_from_patient(connection, seen, patient_uid=args["patient"])
    if args["gtin"] is not None:
        return traces.forward_from_scan(connection, seen, code=args["gtin"], number=args["lot_number"])
    if args["session"] is not None:
        uid = args["session"]
        return traces.back_from_session(connection, seen, session_uid=uid, begins_in=begins_in)
    if args["container"] is not None:
        uid = args["container"]
        return traces.forward_from_container(connection, seen, container_uid=uid, begins_in=begins_in)
    if args["preparation"] is not None:
        uid = args["preparation"]
        return traces.forward_from_preparation(connection, seen, preparation_uid=uid, begins_in=begins_in)
    return traces.forward_from_lot(connection, seen, lot_uid=args["lot"], begins_in=begins_in)
