"""By whom was this patient seen?  Her own list, on screen, as a file, and on a paper to be handed to her."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, render_template
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from stockroom.access.acting import acting, installation
from stockroom.access.opened import names_open
from stockroom.access.records_read import disclose_for_herself
from stockroom.queries.disclosures import Disclosures, disclosures_of_patient
from stockroom.queries.patients import patient_shown
from stockroom.reads.opened_names import by_reference
from stockroom.reads.patients import PatientErased, PatientIdentity
from stockroom.web import disclosure_words as words
from stockroom.web.csv_file import csv_file
from stockroom.web.formats import today_here
from stockroom.web.listing import ROWS, asked_listing

blp = Blueprint("disclosures_page", __name__, url_prefix="/c/<clinic_uid>/patients/<patient_uid>/disclosures")


@dataclass(frozen=True, kw_only=True)
class Shown:
    """Whose list it is; nobody where the record was erased: its list stays, under its uid."""

    uid: str
    who: PatientIdentity | None

    @property
    def name(self) -> str:
        return gettext("Erased record") if self.who is None else self.who.name


@blp.get("")
def disclosures(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """The newest first, page by page."""
    shown = _shown(patient_uid)
    listing = asked_listing(columns=("at",), usual="-at")
    found = _found(shown.uid, offset=listing.offset, limit=ROWS)
    return render_template(
        "patients/disclosures.html",
        shown=shown,
        patient_uid=patient_uid,
        rows=found.rows,
        count=found.count,
        listing=listing,
        words=words,
    )


@blp.get("/disclosures.csv")
def disclosures_csv(clinic_uid: str, patient_uid: str) -> ResponseReturnValue:
    """All of them as a file."""
    heads = [
        gettext("Time"), gettext("Person"), gettext("Clinic"), gettext("What for"), gettext("Page"),
        gettext("Entry"),
    ]  # fmt: skip
    rows = _found(_shown(patient_uid).uid).rows
    return csv_file(
        "disclosures",
        heads,
        (
            (
                each.at, words.person_words(each), each.clinic, words.purpose_words(each),
                words.page_words(each), each.seq,
            )
            for each in rows
        ),
    )  # fmt: skip


@blp.get("/disclosures.pdf")
def disclosures_pdf(clinic_uid: str, patient_uid: str) -> Response:
    """All of them on paper."""
    from stockroom.web.person_on_paper import disclosures_paper  # dear to load: not at the start

    shown = _shown(patient_uid)
    card = "" if shown.who is None else shown.who.short_code
    drawn = disclosures_paper(_found(shown.uid).rows, " · ".join(filter(None, (shown.name, card))))
    answer = Response(drawn, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = 'inline; filename="disclosures.pdf"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _found(uid: str, *, offset: int = 0, limit: int | None = None) -> Disclosures:
    with installation().reading() as connection:
        return disclosures_of_patient(connection, uid, offset=offset, limit=limit)


def _shown(patient_uid: str) -> Shown:
    """Whose list it is, once it was written down that it is shown: in each clinic where something is held of her.

    Raises ThingNotFound, and as `disclose` does.
    """
    store, actor, opened = installation(), acting(), names_open()
    with store.reading() as connection:
        try:
            shown = patient_shown(
                connection, store.keyring, actor.clinic_id, uid=patient_uid, on=today_here()
            )
        except PatientErased:
            who = None
        else:
            who = shown.identity
    uid = patient_uid if who is None else who.uid
    disclose_for_herself(uid, page="disclosures")
    return Shown(uid=uid, who=who if opened is not None or who is None else by_reference(who))
