"""Adverse reactions by lot, product, recipe, area and practitioner: counts, exact intervals, and what stands out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields

from stockroom.access.acting import acting, installation
from stockroom.api.asked_days import DaysArgs, span_of
from stockroom.api.blueprint import ResourceBlueprint
from stockroom.http.fields import Choice, WholeNumber
from stockroom.queries.reaction_groups import RateRow, RatesBy, rate_rows
from stockroom.queries.reaction_rates import Exposed, exposed_sessions
from stockroom.reads.settings import settings_of
from stockroom.rules.proportions import SHOWN
from stockroom.rules.reaction_signals import Tally, Threshold, compared
from stockroom.vocabulary import ReactionSeverity

blp = ResourceBlueprint("reaction-rates", __name__, description="How often patients reacted, and after what")


class RatesArgs(DaysArgs):
    least = Choice(
        ReactionSeverity,
        load_default=ReactionSeverity.MILD,
        metadata={"description": "reactions from this gravity on"},
    )


class GroupedArgs(RatesArgs):
    by = Choice(RatesBy, load_default=RatesBy.LOT, but=(RatesBy.PRACTITIONER,))


class TallySchema(Schema):
    """Of sessions; rate and bounds are null below the least number of them."""

    exposures = WholeNumber(required=True, metadata={"description": "sessions that had something of it"})
    patients = WholeNumber(required=True)
    events = WholeNumber(required=True, metadata={"description": "of these, those with a reaction"})
    patients_with_event = WholeNumber(required=True)
    rate = fields.String(required=True, allow_none=True, metadata={"description": "such as 0.125000"})
    lower = fields.String(required=True, allow_none=True, metadata={"description": "Clopper and Pearson"})
    upper = fields.String(required=True, allow_none=True)


class RateRowSchema(TallySchema):
    key = fields.String(required=True)
    name = fields.String(required=True)
    product = fields.String(required=True, metadata={"description": "of a lot"})


class RatesSchema(Schema):
    exposures_least = WholeNumber(required=True)
    confidence_percent = WholeNumber(required=True)
    rows = fields.List(fields.Nested(RateRowSchema), required=True)


class SignalSchema(Schema):
    """A lot whose lower bound is above the rate of the sessions with its product and without it."""

    product_uid = fields.String(required=True)
    product = fields.String(required=True)
    lot_number = fields.String(required=True)
    of_lot = fields.Nested(TallySchema, required=True)
    of_rest = fields.Nested(TallySchema, required=True)


class SignalsSchema(Schema):
    exposures_least = WholeNumber(required=True)
    events_least = WholeNumber(required=True)
    confidence_percent = WholeNumber(required=True)
    compared_count = WholeNumber(
        required=True,
        metadata={"description": "lots that could be compared; of many some are listed by chance"},
    )
    signals = fields.List(fields.Nested(SignalSchema), required=True)


@blp.route("")
class Rates(MethodView):
    @blp.arguments(GroupedArgs, location="query")
    @blp.response(200, RatesSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Sessions and reactions of this clinic by lot, product, recipe or area"""
        return _grouped(args, args["by"])


@blp.route("/practitioners")
class Practitioners(MethodView):
    @blp.arguments(RatesArgs, location="query")
    @blp.response(200, RatesSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Sessions and reactions of this clinic by whoever injected"""
        return _grouped(args, RatesBy.PRACTITIONER)


@blp.route("/signals")
class Signals(MethodView):
    @blp.arguments(RatesArgs, location="query")
    @blp.response(200, SignalsSchema)
    def get(self, args: dict[str, Any]) -> dict[str, Any]:
        """Lots that stand out against the rest of their product; nothing is held by itself"""
        read = _read(args)
        found = compared(read.exposed.sessions, read.threshold)
        return {
            **_threshold(read.threshold),
            "events_least": read.threshold.events_least,
            "compared_count": found.lot_count,
            "signals": [
                {
                    "product_uid": each.lot.product_uid,
                    "product": read.exposed.products[each.lot.product_uid].name,
                    "lot_number": each.lot.number,
                    "of_lot": _tally(each.tally),
                    "of_rest": _tally(each.rest),
                }
                for each in found.signals
            ],
        }


@dataclass(frozen=True, kw_only=True)
class _Read:
    exposed: Exposed
    threshold: Threshold


def _read(args: dict[str, Any]) -> _Read:
    clinic_id, span = acting().clinic_id, span_of(args)
    with installation().reading() as connection:
        return _Read(
            threshold=settings_of(connection, clinic_id).signal_threshold,
            exposed=exposed_sessions(
                connection, [clinic_id], since=span.since, until=span.until, least=args["least"]
            ),
        )


def _grouped(args: dict[str, Any], by: RatesBy) -> dict[str, Any]:
    read = _read(args)
    rows = rate_rows(read.exposed, by, read.threshold)
    return {**_threshold(read.threshold), "rows": [_row(row) for row in rows]}


def _row(row: RateRow) -> dict[str, Any]:
    return {"key": row.key, "name": row.name, "product": row.product, **_tally(row.tally)}


def _threshold(threshold: Threshold) -> dict[str, int]:
    return {
        "exposures_least": threshold.exposures_least,
        "confidence_percent": threshold.confidence_percent,
    }


def _tally(its: Tally) -> dict[str, Any]:
    bounds = its.bounds
    return {
        "exposures": its.exposures,
        "patients": its.patients,
        "events": its.events,
        "patients_with_event": its.patients_with_event,
        "rate": None if bounds is None else str((Decimal(its.events) / its.exposures).quantize(SHOWN)),
        "lower": None if bounds is None else str(bounds.lower),
        "upper": None if bounds is None else str(bounds.upper),
    }
