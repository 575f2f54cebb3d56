"""How does a trace look as a picture?  From suppliers on the left over lots and cocktails to patients on the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import url_for
from flask_babel import format_date, gettext

from stockroom.queries.trace_patients import PatientReached
from stockroom.queries.trace_rows import BackTrace, ForwardTrace, LotReached, Origin, Vial
from stockroom.queries.traces import Traced
from stockroom.vocabulary import LocationKind, LotKind
from stockroom.web.flow_picture import Box, Column, FlowPicture, draw_flow, layers, only_first
from stockroom.web.formats import show_day, zone_of_page


def picture_of(
    trace: ForwardTrace | BackTrace,
    origins: Sequence[Origin],
    patients: Mapping[str, PatientReached],
    *,
    clinic_uid: str,
) -> FlowPicture:
    """Draw a trace; a column that is too long shows groups (sessions by month, cocktails by recipe, vials by lot)."""
    met = {patients[use.patient_uid].meant_uid: patients[use.patient_uid] for use in trace.uses}
    last = (
        Column(word=gettext("Sessions"), boxes=only_first(_sessions(trace, clinic_uid))),
        Column(word=gettext("Patients"), boxes=tuple(_patient(each, clinic_uid) for each in met.values())),
    )
    known = {vial.uid for vial in _vials(trace)}
    lines = [
        *(
            (
                use.container_uid if use.container_uid and use.container_uid in known else use.lot.uid,
                use.session_uid,
            )
            for use in trace.uses
        ),
        *((use.session_uid, patients[use.patient_uid].meant_uid) for use in trace.uses),
    ]
    return _drawn(trace, origins, last, lines, clinic_uid=clinic_uid)


def summary_of(traced: Traced, origins: Sequence[Origin], *, clinic_uid: str) -> FlowPicture:
    """Draw a trace with very many uses: its sessions and its patients are each one box that counts them."""
    sessions = Box(name="sessions", title=f"{traced.counted.sessions} ×", detail=gettext("Sessions"))
    people = Box(name="patients", title=f"{traced.counted.patients} ×", detail=gettext("Patients"))
    last = (
        Column(word=gettext("Sessions"), boxes=(sessions,)),
        Column(word=gettext("Patients"), boxes=(people,)),
    )
    lines = [(sessions.name, people.name), *((uid, sessions.name) for uid in traced.used)]
    return _drawn(traced.trace, origins, last, lines, clinic_uid=clinic_uid)


def _drawn(
    trace: ForwardTrace | BackTrace,
    origins: Sequence[Origin],
    last: tuple[Column, ...],
    lines: Sequence[tuple[str, str]],
    *,
    clinic_uid: str,
) -> FlowPicture:
    """The deliveries, the lots with what was opened and made of them, and `last` the columns that a use leads to."""
    lots = list(trace.lots)
    vials = _vials(trace)
    inner = _inner(trace, vials)
    depth = layers(inner, [*(each.lot.uid for each in lots), *(each.uid for each in vials)])
    by_layer: dict[int, list[LotReached | Vial]] = {}
    knots: list[LotReached | Vial] = [*lots, *vials]
    for each in knots:
        by_layer.setdefault(depth[_name(each)], []).append(each)
    numbers = {each.lot.uid: each.lot.number for each in lots}
    columns = [
        Column(word=gettext("Received"), boxes=only_first(_receipts(origins, clinic_uid))),
        *(
            Column(
                word=_word(by_layer[layer]),
                boxes=tuple(_box(each, numbers, clinic_uid) for each in by_layer[layer]),
            )
            for layer in sorted(by_layer)
        ),
        *last,
    ]
    came = [(origin.receipt_uid, origin.lot_uid) for origin in origins]
    return draw_flow(columns, [*came, *inner, *lines])


def _vials(trace: ForwardTrace | BackTrace) -> list[Vial]:
    """What was opened; of a trace back what was drawn from in its sessions."""
    if isinstance(trace, ForwardTrace):
        return list(trace.vials)
    drawn = {use.container_uid: use for use in trace.uses if use.container_uid is not None}
    return [
        Vial(uid=uid, code=use.container_code or "", lot_uid=use.lot.uid, went_into=())
        for uid, use in drawn.items()
    ]


def _inner(trace: ForwardTrace | BackTrace, vials: Sequence[Vial]) -> list[tuple[str, str]]:
    """From lot to lot, and through a vial where it was drawn from one."""
    through = {(vial.lot_uid, lot_uid) for vial in vials for lot_uid in vial.went_into}
    return [
        *(
            (edge.parent_uid, edge.child_uid)
            for edge in trace.edges
            if (edge.parent_uid, edge.child_uid) not in through
        ),
        *((vial.lot_uid, vial.uid) for vial in vials),
        *((vial.uid, lot_uid) for vial in vials for lot_uid in vial.went_into),
    ]


def _name(each: LotReached | Vial) -> str:
    return each.uid if isinstance(each, Vial) else each.lot.uid


def _word(shown: Sequence[LotReached | Vial]) -> str:
    kinds = {LocationKind.CONTAINER if isinstance(each, Vial) else each.lot.kind for each in shown}
    words = {
        frozenset({LotKind.PREPARED}): gettext("Cocktails"),
        frozenset({LotKind.MANUFACTURED}): gettext("Lots"),
        frozenset({LocationKind.CONTAINER}): gettext("Vials"),
        frozenset({LocationKind.CONTAINER, LotKind.PREPARED}): gettext("Vials and cocktails"),
    }
    return words.get(frozenset(kinds)) or gettext("Lots and cocktails")


def _box(each: LotReached | Vial, numbers: Mapping[str, str], clinic_uid: str) -> Box:
    return _vial(each, numbers, clinic_uid) if isinstance(each, Vial) else _lot(each, clinic_uid)


def _vial(each: Vial, numbers: Mapping[str, str], clinic_uid: str) -> Box:
    number = numbers.get(each.lot_uid, "")
    return Box(
        name=each.uid,
        title=each.code,
        detail=gettext("opened of %(number)s", number=number),
        href=url_for("trace_page.trace", clinic_uid=clinic_uid, kind="container", thing_uid=each.uid),
        groups=(gettext("opened of %(number)s", number=number),),
    )


def _receipts(origins: Sequence[Origin], clinic_uid: str) -> Iterator[Box]:
    for origin in origins:
        name = origin.supplier_name or gettext("Opening stock")
        yield Box(
            name=origin.receipt_uid,
            title=name,
            detail=f"{origin.delivery_note} {show_day(_day(origin.arrived_at))}".strip(),
            href=url_for("receive_page.receipt", clinic_uid=clinic_uid, receipt_uid=origin.receipt_uid),
            groups=(name,),
        )


def _lot(each: LotReached, clinic_uid: str) -> Box:
    lot = each.lot
    return Box(
        name=lot.uid,
        title=lot.number,
        detail=f"{lot.product_name} {lot.strength}".strip(),
        href=url_for("lot_page.lot", clinic_uid=lot.clinic_uid, lot_uid=lot.uid),
        groups=(lot.product_name,),
    )


def _sessions(trace: ForwardTrace | BackTrace, clinic_uid: str) -> Iterator[Box]:
    for use in trace.uses:
        day = _day(use.occurred_at)
        yield Box(
            name=use.session_uid,
            title=show_day(day),
            detail=use.practitioner or use.lot.clinic_name,
            href=url_for("session_page.session", clinic_uid=use.lot.clinic_uid, session_uid=use.session_uid),
            groups=(
                str(format_date(day, "MMM yyyy")),
                str(day.year),
            ),
        )


def _patient(person: PatientReached, clinic_uid: str) -> Box:
    return Box(
        name=person.meant_uid,
        title=person.reference or person.short_code or gettext("erased"),
        href=url_for("patients_page.patient", clinic_uid=clinic_uid, patient_uid=person.meant_uid),
    )


def _day(at: datetime) -> date:
    """The day of an instant on the clinic's wall."""
    return at.astimezone(ZoneInfo(zone_of_page())).date()
