"""The record of products used, of a session or a whole patient, on screen and on paper, and what she takes home."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation
from stockroom.access.disclosing import PURPOSES
from stockroom.access.opened import notes_keyring, shown_as_may_be
from stockroom.access.records_read import PAGE, disclose_elsewhere, record_everywhere
from stockroom.queries.aftercare import aftercare
from stockroom.queries.patients import PatientShown, patient_shown
from stockroom.queries.products_used import (
    ProductsUsed,
    products_used_in_session,
)
from stockroom.queries.reactions import ReactionKnown, reactions_of_sessions
from stockroom.reads.patients import PatientErased
from stockroom.web import record_words
from stockroom.web.patients_named import whole_patient

blp = Blueprint("products_used_page", __name__, url_prefix="/c/<clinic_uid>")


@blp.get("/sessions/<session_uid>/products-used")
def of_session(clinic_uid: str, session_uid: str) -> ResponseReturnValue:
    """Everything that was ever booked in a session, by every mark by which it is known."""
    record, patient = _of_session(session_uid)
    return _page(record, patient)


@blp.get("/sessions/<session_uid>/products-used/record.pdf")
def record_of_session(clinic_uid: str, session_uid: str) -> Response:
    """The record of one session on paper."""
    from stockroom.web.record_on_paper import record_of  # dear to load: not at the start

    record, patient = _of_session(session_uid)
    return _pdf(record_of(record, patient, _reactions(record)), "products-used")


@blp.get("/sessions/<session_uid>/products-used/for-patient.pdf")
def sheet_of_session(clinic_uid: str, session_uid: str) -> Response:
    """The short sheet that the patient takes home."""
    from stockroom.web.record_on_paper import sheet_for_patient  # dear to load: not at the start

    return _pdf(sheet_for_patient(*_of_session(session_uid)), "what-you-were-given")


@blp.get("/sessions/<session_uid>/aftercare.pdf")
def aftercare_of_session(clinic_uid: str, session_uid: str) -> Response:
    """What the patient does and leaves after this session, for its techniques and areas."""
    from stockroom.web.record_on_paper import aftercare_of  # dear to load: not at the start

    record, patient = _of_session(session_uid)
    with installation().reading() as connection:
        said = aftercare(connection, acting().clinic_id, record.sessions[0].id)
    return _pdf(aftercare_of(said, record.sessions[0], patient), "aftercare")


@blp.get("/patients/<patient_uid>/products-used")
def of_patient(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """Everything that was used on a patient, in every clinic where the reader may see her."""
    found = _of_patient(patient_uid)
    return _ask_purpose(patient_uid) if found is None else _page(*found)


@blp.get("/patients/<patient_uid>/products-used/record.pdf")
def record_of_patient(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """The record of a whole patient on paper."""
    from stockroom.web.record_on_paper import record_of  # dear to load: not at the start

    found = _of_patient(patient_uid)
    if found is None:
        return _ask_purpose(patient_uid)
    return _pdf(record_of(*found, _reactions(found[0])), "products-used")


@blp.get("/patients/<patient_uid>/products-used/for-patient.pdf")
def sheet_of_patient(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """The short sheet of all her sessions."""
    from stockroom.web.record_on_paper import sheet_for_patient  # dear to load: not at the start

    found = _of_patient(patient_uid)
    return (
        _ask_purpose(patient_uid) if found is None else _pdf(sheet_for_patient(*found), "what-you-were-given")
    )


def _of_session(uid: str) -> tuple[ProductsUsed, PatientShown | None]:
    """The record, and whose it is, once that was written down."""
    with installation().reading() as connection:
        record = products_used_in_session(connection, acting().clinic_id, uid=uid)
    return record, whole_patient(record.patient_uid, page=PAGE)


def _of_patient(uid: str) -> tuple[ProductsUsed, PatientShown | None] | None:
    """The record of a patient; None where nobody has said yet what for she is looked at."""
    store, actor = installation(), acting()
    purpose = request.args.get("purpose", "")
    purpose = purpose if purpose in PURPOSES else ""
    shown: PatientShown | None = None
    with store.reading() as connection:
        try:
            shown = patient_shown(connection, store.keyring, actor.clinic_id, uid=uid)
        except PatientErased:
            shown = None
    record = record_everywhere(shown.identity.uid if shown else uid)
    if shown is not None:
        if not shown.is_seen_here and not purpose:
            return None
        disclose_elsewhere(record, purpose=purpose)
        shown = shown_as_may_be(shown, page=PAGE, purpose=purpose)
    return record, shown


def _reactions(record: ProductsUsed) -> dict[int, tuple[ReactionKnown, ...]]:
    by_clinic: dict[int, list[int]] = {}
    for each in record.sessions:
        by_clinic.setdefault(each.clinic_id, []).append(each.id)
    found: dict[int, tuple[ReactionKnown, ...]] = {}
    with installation().reading() as connection:
        for clinic_id, ids in by_clinic.items():
            found |= reactions_of_sessions(connection, notes_keyring(), clinic_id, ids)
    return found


def _page(record: ProductsUsed, patient: PatientShown | None) -> str:
    return render_template(
        "record/products_used.html",
        record=record,
        patient=patient,
        reactions=_reactions(record),
        words=record_words,
    )


def _ask_purpose(patient_uid: str) -> str:
    return render_template("patients/purpose.html", patient_uid=patient_uid, purposes=PURPOSES)


def _pdf(paper: bytes, name: str) -> Response:
    answer = Response(paper, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
