"""What does an unannounced visit ask of a lot?  One screen and one paper, in the order in which it is asked."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose_trace
from stockroom.queries.clinics import clinics_where
from stockroom.queries.inspection import LotInspected, lot_inspected
from stockroom.queries.trace_patients import PatientReached, patients_reached
from stockroom.vocabulary import Action
from stockroom.web import inspection_words as words
from stockroom.web.counted import packs_of
from stockroom.web.formats import zone_of_page
from stockroom.web.listing import asked_listing
from stockroom.web.printed_by import printed_by

PATIENTS = 200
"""So many stand on the screen; of more the rest is read page by page."""
blp = Blueprint("inspection_page", __name__, url_prefix="/c/<clinic_uid>/lots/<lot_uid>")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The lot, and its patients by reference."""

    lot: LotInspected
    patients: dict[str, PatientReached]


@blp.get("/inspection")
def inspection(clinic_uid: str, lot_uid: str) -> ResponseReturnValue:
    """All of it on one screen; of very many patients some, page by page."""
    shown = _shown(lot_uid)
    listing = asked_listing(columns=("when",), usual="when")
    got = words.by_patient(shown.lot.uses)
    begin = (listing.page - 1) * PATIENTS
    return render_template(
        "lot/inspection.html",
        shown=shown.lot,
        first=shown.lot.trace.lots[0].lot,
        got=got[begin : begin + PATIENTS],
        patient_count=len(got),
        rows=PATIENTS,
        listing=listing,
        patients=shown.patients,
        numbers={each.lot.uid: each.lot for each in shown.lot.trace.lots},
        packs=packs_of(each.lot for each in shown.lot.trace.lots),
        words=words,
        printed=printed_by(),
        lot_uid=lot_uid,
    )


@blp.get("/inspection.pdf")
def inspection_pdf(clinic_uid: str, lot_uid: str) -> Response:
    """The same on paper."""
    from stockroom.web.inspection_paper import inspection_paper  # dear to load: not at the start

    shown = _shown(lot_uid)
    drawn = inspection_paper(shown.lot, shown.patients, printed=printed_by())
    answer = Response(drawn, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="inspection.pdf"'
    return answer


def _shown(lot_uid: str) -> Shown:
    """Read, write down who is shown whom, then read by which reference.  Raises ThingNotFound, TraceTooLarge."""
    store, actor = installation(), acting()
    with store.reading() as connection:
        lot = lot_inspected(
            connection,
            clinics_where(connection, actor.user_id, Action.READ_TRACE),
            actor.clinic_id,
            lot_uid=lot_uid,
            zone=zone_of_page(),
            now=present(),
            anchor_file=store.anchor_file,
        )
    pairs = ((use.lot.clinic_id, use.patient_uid) for use in lot.uses)
    uids = disclose_trace(store, actor, pairs, purpose="inspection", now=present())
    with store.reading() as connection:
        people = patients_reached(connection, store.keyring, uids)
    return Shown(lot=lot, patients={each.uid: each for each in people})
