"""Traces: from a lot to every patient, and from a patient or session to every lot and supplier."""

from __future__ import annotations

from functools import cache
from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, ValidationError, fields, validate, validates_schema
from sqlalchemy import Connection

from stockroom.access.acting import acting, installation, present
from stockroom.access.traced import Walked, tell
from stockroom.actor import Actor
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.api.tracing import (
    ThingsFoundSchema,
    TracedUseSchema,
    TraceSchema,
    back_shown,
    forward_shown,
)
from stockroom.clock import civil_date
from stockroom.http.fields import Instant, Uid
from stockroom.http.showing import Dumper, streamed
from stockroom.ledger.trace_lines import NEWEST
from stockroom.ledger.trace_lots import family_of_code
from stockroom.queries import traces
from stockroom.queries.clinics import clinics_where
from stockroom.queries.trace_naming import Meant, meant_by
from stockroom.queries.trace_rows import ForwardTrace
from stockroom.queries.trace_starts import OF_SESSIONS, start_of, start_of_rows
from stockroom.reads.clinics import clinic_settings
from stockroom.vocabulary import Action

blp = ResourceBlueprint("traces", __name__, description="From a lot to every patient, and back")
_THINGS = (
    "lot", "container", "preparation", "session", "patient", "device", "receipt", "supplier", "product", "movement",
    "location", "room", "person",
)  # fmt: skip
_WAYS = ("gtin", *_THINGS)


def _named(description: str) -> Uid:
    return Uid(load_default=None, metadata={"description": description})


class TraceArgs(Schema):
    """What to begin at: exactly one of these, `lot_number` beside `gtin`."""

    lot = _named("forward from a lot, a cocktail's included")
    gtin = fields.String(
        load_default=None,
        validate=validate.Regexp(r"^[0-9]{14}$"),
        metadata={"description": "forward from a scanned pack, with its lot_number"},
    )
    lot_number = fields.String(load_default=None, validate=validate.Length(min=1, max=100))
    container = _named("forward from what one vial or head held")
    preparation = _named("forward from a finished cocktail")
    session = _named("back from a session")
    patient = _named("back from a patient, merged records included")
    device = _named("back from every session in which a device was used")
    receipt = _named("forward from all lots of a delivery")
    supplier = _named("forward from all lots of a supplier")
    product = _named("forward from all lots of a product")
    movement = _named("forward from all lots of an entry")
    location = _named("forward from all that lies at a place")
    room = _named("back from all sessions in a room")
    person = _named("back from all that a member of staff used, received or moved")
    back = fields.Boolean(
        load_default=False,
        metadata={"description": "of lots: what went into them, instead of what they reached"},
    )
    as_of = Instant(
        load_default=None,
        metadata={"description": "what the books said then: recorded by this instant, in their order"},
    )

    @validates_schema
    def _one_beginning(self, said: dict[str, Any], **_: Any) -> None:
        if sum(said.get(way) is not None for way in _WAYS) != 1:
            raise ValidationError(f"Say one of {', '.join(_WAYS)}.", field_name="lot")
        if (said.get("gtin") is None) != (said.get("lot_number") is None):
            raise ValidationError("A code and a number stand together.", field_name="lot_number")
        as_of = said.get("as_of")
        if as_of is not None and as_of > present():
            raise ValidationError("That has not come yet.", field_name="as_of")


class ThingsArgs(Schema):
    """What was typed or scanned."""

    text = fields.String(required=True, validate=validate.Length(min=1, max=4096))


@blp.route("")
class Traces(MethodView):
    @blp.arguments(TraceArgs, location="query")
    @blp.response(200, TraceSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any] | Response:
        """Trace through every clinic where you may; who was shown which patients is written down first

        However many uses there are, all are in the answer; many are sent as they are read.
        """
        store, actor = installation(), acting()
        told = tell(
            store,
            actor,
            lambda connection: _walked(connection, actor, args),
            as_of=args["as_of"] or NEWEST,
            now=present(),
        )
        trace = told.trace
        in_words = forward_shown(trace) if isinstance(trace, ForwardTrace) else back_shown(trace)
        in_words |= {"as_of": args["as_of"], "patients": tuple(told.patients.values())}
        if told.traced.many is None:
            return in_words | {"uses": tuple(told.uses)}
        answer = Response(
            streamed(_trace_dumper(), in_words, name="uses", row=_use_dumper(), rows=told.uses),
            mimetype="application/json",
        )
        answer.call_on_close(told.close)
        return answer


@cache
def _trace_dumper() -> Dumper:
    return Dumper(TraceSchema())


@cache
def _use_dumper() -> Dumper:
    return Dumper(TracedUseSchema())


@blp.route("/things")
class Things(MethodView):
    @blp.arguments(ThingsArgs, location="query")
    @blp.response(200, ThingsFoundSchema)
    def get(self, args: dict[str, Any]) -> Meant:
        """Find what a text or a scan means that can be traced; lots of one number are each a thing of their own"""
        store, actor = installation(), acting()
        with store.reading() as connection:
            zone = clinic_settings(connection, actor.clinic_id).time_zone
            return meant_by(
                connection,
                store.keyring,
                actor.clinic_id,
                text=args["text"],
                today=civil_date(present(), zone),
            )


def _walked(connection: Connection, actor: Actor, args: dict[str, Any]) -> Walked:
    """A thing of a clinic is this clinic's; a pack and a patient are the organisation's."""
    seen = clinics_where(connection, actor.user_id, Action.READ_TRACE)
    as_of = args["as_of"] or NEWEST
    if args["gtin"] is not None:
        rows = family_of_code(connection, seen, code=args["gtin"], number=args["lot_number"])
        start, kind = start_of_rows(rows, "lot", f"{args['gtin']} {args['lot_number']}"), "lot"
    else:
        kind = next(thing for thing in _THINGS if args[thing] is not None)
        begins_in = {actor.clinic_id}
        start = start_of(connection, seen, kind=kind, uid=args[kind], begins_in=begins_in, as_of=as_of)
    traced = traces.traced_back if args["back"] or kind in OF_SESSIONS else traces.traced_forward
    return Walked(traced=traced(connection, seen, start, as_of=as_of), origins=())
