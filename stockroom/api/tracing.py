"""How is a trace shown, forward from a lot or back from a patient?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from marshmallow import Schema, fields, validate

from stockroom.api.using import AreaPartSchema
from stockroom.http.fields import Choice, CivilDate, Instant, Uid, WholeNumber
from stockroom.http.quantities import StockQuantity
from stockroom.queries.trace_naming import Doubt
from stockroom.queries.trace_rows import BackTrace, ForwardTrace, LotReached
from stockroom.vocabulary import LotKind


class TracedLotSchema(Schema):
    """A lot on the way."""

    uid = Uid(required=True)
    number = fields.String(required=True)
    kind = Choice(LotKind, required=True)
    expires_on = CivilDate(required=True, allow_none=True)
    expires_at = Instant(required=True, allow_none=True)
    beyond_use_at = Instant(required=True, allow_none=True)
    clinic_uid = Uid(required=True)
    clinic_name = fields.String(required=True)
    product_uid = Uid(required=True)
    product_name = fields.String(required=True)
    strength = fields.String(required=True)
    depth = WholeNumber(required=True, metadata={"description": "over how few cocktails it is reached"})
    via = fields.List(Uid(), required=True, metadata={"description": "the cocktails on the way"})


class EdgeSchema(Schema):
    """Some of one lot went into another."""

    parent_uid = Uid(required=True)
    child_uid = Uid(required=True)


class TakenBackSchema(Schema):
    """That a use was taken back."""

    at = Instant(required=True)
    by = fields.String(required=True)
    reason = fields.String(required=True)
    replaced = fields.Boolean(required=True, metadata={"description": "another line stands in its place"})


class InPlaceSchema(Schema):
    """That a use stands in the place of another, which was taken back."""

    by = fields.String(required=True)
    reason = fields.String(required=True)


class TracedUseSchema(Schema):
    """A use that stands, and whether it is as it was entered."""

    lot_uid = Uid(required=True, attribute="lot.uid")
    lot_number = fields.String(required=True, attribute="lot.number")
    via = fields.List(Uid(), required=True, metadata={"description": "cocktails between the lot and the use"})
    session_uid = Uid(required=True)
    patient_uid = Uid(required=True)
    occurred_at = Instant(required=True)
    is_late = fields.Boolean(required=True, metadata={"description": "recorded after it happened"})
    quantity = StockQuantity(required=True, unit_from="lot.base_unit")
    areas = fields.List(fields.Nested(AreaPartSchema), required=True)
    movement_uid = Uid(required=True)
    seq = WholeNumber(required=True, metadata={"description": "the number of its journal entry"})
    practitioner = fields.String(required=True, allow_none=True)
    prescriber = fields.String(required=True, allow_none=True)
    technique = fields.String(required=True, allow_none=True)
    indication = fields.String(required=True, allow_none=True)
    identified_by = fields.String(required=True, allow_none=True)
    container_uid = Uid(
        required=True, allow_none=True, metadata={"description": "the vial it was drawn from"}
    )
    container_code = fields.String(required=True, allow_none=True)
    taken_back = fields.Nested(
        TakenBackSchema,
        required=True,
        allow_none=True,
        metadata={"description": "what became of it after the instant that the trace shows"},
    )
    in_place = fields.Nested(
        InPlaceSchema, required=True, allow_none=True, metadata={"description": "it puts another right"}
    )


class VialSchema(Schema):
    """What was opened of a lot."""

    uid = Uid(required=True)
    code = fields.String(required=True)
    lot_uid = Uid(required=True)
    went_into = fields.List(Uid(), required=True, metadata={"description": "cocktails, by their lots"})


class DeviceMetSchema(Schema):
    """That a device was used in a session."""

    device_uid = Uid(required=True)
    name = fields.String(required=True)
    manufacturer = fields.String(required=True)
    udi_di = fields.String(required=True)
    serial = fields.String(required=True)
    session_uid = Uid(required=True)
    patient_uid = Uid(required=True)
    occurred_at = Instant(required=True)
    by = fields.String(required=True)
    clinic_uid = Uid(required=True)


class LyingSchema(Schema):
    """What is left of a lot, and where."""

    lot_uid = Uid(required=True)
    location_uid = Uid(required=True)
    location_name = fields.String(required=True)
    container_code = fields.String(required=True, allow_none=True)
    quantity = StockQuantity(required=True)


class LotAccountSchema(Schema):
    """Where everything of a lot came from and went to."""

    lot_uid = Uid(required=True)
    received = StockQuantity(required=True)
    made = StockQuantity(required=True)
    arrived = StockQuantity(required=True)
    adjusted_in = StockQuantity(required=True)
    used = StockQuantity(required=True)
    compounded = StockQuantity(required=True)
    disposed = StockQuantity(required=True)
    returned = StockQuantity(required=True)
    dispatched = StockQuantity(required=True)
    adjusted_out = StockQuantity(required=True)
    on_hand = StockQuantity(required=True)
    is_complete = fields.Boolean(required=True, metadata={"description": "nothing is unaccounted for"})


class OriginSchema(Schema):
    """A receipt that brought a lot; without a supplier, opening stock."""

    lot_uid = Uid(required=True)
    lot_number = fields.String(required=True)
    quantity = StockQuantity(required=True)
    receipt_uid = Uid(required=True)
    delivery_note = fields.String(required=True)
    arrived_at = Instant(required=True)
    supplier_uid = Uid(required=True, allow_none=True)
    supplier_name = fields.String(required=True, allow_none=True)
    clinic_uid = Uid(required=True)
    clinic_name = fields.String(required=True)


class PatientReachedSchema(Schema):
    uid = Uid(required=True, metadata={"description": "of the record under which it was booked"})
    meant_uid = Uid(
        required=True,
        metadata={"description": "of the record that she has by now: merged records are one patient"},
    )
    short_code = fields.String(required=True, allow_none=True)
    reference = fields.String(
        required=True, allow_none=True, metadata={"description": "null when the record was erased"}
    )


class TraceSchema(Schema):
    """Everything that became of a lot, or everything that came into a patient."""

    direction = fields.String(required=True, validate=validate.OneOf(["forward", "back"]))
    as_of = Instant(
        required=True,
        allow_none=True,
        metadata={"description": "what was recorded by then, in the order of the books; null: all"},
    )
    lots = fields.List(fields.Nested(TracedLotSchema), required=True)
    edges = fields.List(fields.Nested(EdgeSchema), required=True)
    uses = fields.List(fields.Nested(TracedUseSchema), required=True)
    patients = fields.List(fields.Nested(PatientReachedSchema), required=True)
    lying = fields.List(
        fields.Nested(LyingSchema),
        required=True,
        metadata={"description": "forward: what is left, and where"},
    )
    accounts = fields.List(
        fields.Nested(LotAccountSchema), required=True, metadata={"description": "forward: of each lot"}
    )
    origins = fields.List(
        fields.Nested(OriginSchema), required=True, metadata={"description": "back: receipts and suppliers"}
    )
    vials = fields.List(
        fields.Nested(VialSchema), required=True, metadata={"description": "forward: what was opened"}
    )
    devices = fields.List(
        fields.Nested(DeviceMetSchema),
        required=True,
        metadata={"description": "back from sessions: the devices used in them"},
    )
    unseen_clinics = WholeNumber(
        required=True,
        metadata={"description": "clinics that some of it went to or came from and you do not see"},
    )
    is_complete = fields.Boolean(required=True)


class ThingFoundSchema(Schema):
    """Something that goes by a text: a trace begins with it under its kind."""

    kind = fields.String(required=True)
    uid = Uid(required=True)
    name = fields.String(required=True)
    detail = fields.String(required=True)
    at = Instant(required=True, allow_none=True)


class ThingsFoundSchema(Schema):
    """What goes by a text; with a doubt, nothing is to be chosen by itself."""

    items = fields.List(fields.Nested(ThingFoundSchema), required=True, attribute="things")
    doubt = Choice(Doubt, required=True, allow_none=True)


def forward_shown(trace: ForwardTrace) -> dict[str, Any]:
    """Give a trace from a lot as its schema shows it, its patients left out."""
    units = _units(trace.lots)
    accounts = [
        {**vars(each), "is_complete": each.is_complete, "base_unit": units[each.lot_uid]}
        for each in trace.accounts
    ]
    return {
        "direction": "forward",
        **_common(trace),
        "lying": _with_units(trace.lying, units),
        "accounts": accounts,
        "vials": trace.vials,
        "devices": [],
        "origins": [],
        "is_complete": trace.is_complete,
    }


def back_shown(trace: BackTrace) -> dict[str, Any]:
    """Give a trace from a session or patient as its schema shows it, its patients left out."""
    return {
        "direction": "back",
        **_common(trace),
        "lying": [],
        "accounts": [],
        "vials": [],
        "devices": trace.devices,
        "origins": _with_units(trace.origins, _units(trace.lots)),
        "is_complete": trace.unseen_clinics == 0,
    }


def _common(trace: ForwardTrace | BackTrace) -> dict[str, Any]:
    return {
        "lots": [{**vars(each.lot), "depth": each.depth, "via": each.via} for each in trace.lots],
        "edges": trace.edges,
        "uses": trace.uses,
        "unseen_clinics": trace.unseen_clinics,
    }


def _units(lots: Iterable[LotReached]) -> dict[str, str]:
    return {each.lot.uid: each.lot.base_unit for each in lots}


def _with_units(rows: Iterable[Any], units: dict[str, str]) -> list[dict[str, Any]]:
    return [{**vars(row), "base_unit": units[row.lot_uid]} for row in rows]
