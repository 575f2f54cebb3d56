"""How does a trace look as a picture?  From suppliers on the left over lots and cocktails to patients on the right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flask import url_for
from flask_babel import format_date, gettext

from stockroom.queries.trace_patients import PatientReached
from stockroom.queries.trace_rows import BackTrace, ForwardTrace, LotReached, Origin
from stockroom.vocabulary import LotKind
from stockroom.web.flow_picture import Box, Column, FlowPicture, draw_flow, layers, only_first
from stockroom.web.formats import show_day


def picture_of(
    trace: ForwardTrace | BackTrace,
    origins: Sequence[Origin],
    patients: Mapping[str, PatientReached],
    *,
    clinic_uid: str,
) -> FlowPicture:
    """Draw a trace; a column that is too long shows groups (sessions by month, cocktails by recipe)."""
    lots = list(trace.lots)
    inner = [(edge.parent_uid, edge.child_uid) for edge in trace.edges]
    depth = layers(inner, [each.lot.uid for each in lots])
    by_layer: dict[int, list[LotReached]] = {}
    for each in lots:
        by_layer.setdefault(depth[each.lot.uid], []).append(each)
    met = dict.fromkeys(use.patient_uid for use in trace.uses)
    columns = [
        Column(word=gettext("Received"), boxes=only_first(_receipts(origins, clinic_uid))),
        *(
            Column(
                word=_word(by_layer[layer]), boxes=tuple(_lot(each, clinic_uid) for each in by_layer[layer])
            )
            for layer in sorted(by_layer)
        ),
        Column(word=gettext("Sessions"), boxes=only_first(_sessions(trace, clinic_uid))),
        Column(word=gettext("Patients"), boxes=tuple(_patient(patients[uid], clinic_uid) for uid in met)),
    ]
    lines = [
        *((origin.receipt_uid, origin.lot_uid) for origin in origins),
        *inner,
        *((use.lot.uid, use.session_uid) for use in trace.uses),
        *((use.session_uid, use.patient_uid) for use in trace.uses),
    ]
    return draw_flow(columns, lines)


def _word(lots: Sequence[LotReached]) -> str:
    kinds = {each.lot.kind for each in lots}
    if kinds == {LotKind.PREPARED}:
        return gettext("Cocktails")
    return gettext("Lots") if kinds == {LotKind.MANUFACTURED} else gettext("Lots and cocktails")


def _receipts(origins: Sequence[Origin], clinic_uid: str) -> Iterator[Box]:
    for origin in origins:
        name = origin.supplier_name or gettext("Opening stock")
        yield Box(
            name=origin.receipt_uid,
            title=name,
            detail=f"{origin.delivery_note} {show_day(origin.arrived_at.date())}".strip(),
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
        yield Box(
            name=use.session_uid,
            title=show_day(use.occurred_at.date()),
            detail=use.practitioner or use.lot.clinic_name,
            href=url_for("session_page.session", clinic_uid=use.lot.clinic_uid, session_uid=use.session_uid),
            groups=(
                str(format_date(use.occurred_at.date(), "MMM yyyy")),
                str(use.occurred_at.year),
            ),
        )


def _patient(person: PatientReached, clinic_uid: str) -> Box:
    return Box(
        name=person.uid,
        title=person.reference or person.short_code or gettext("erased"),
        href=url_for("patients_page.patient", clinic_uid=clinic_uid, patient_uid=person.uid),
    )
