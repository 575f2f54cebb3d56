"""What is planned, kept or made for patients and does not suit them any more, session by session."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from stockroom.access.acting import acting, installation, present
from stockroom.queries.unsuitable import unsuitable_to_come
from stockroom.web.formats import zone_of_page
from stockroom.web.patients_named import named_patients

blp = Blueprint("unsuitable_page", __name__, url_prefix="/c/<clinic_uid>/unsuitable")


@blp.get("")
def to_come(clinic_uid: str) -> ResponseReturnValue:
    """Every session from today on that an allergy or a flag speaks against."""
    actor, store = acting(), installation()
    with store.reading() as connection:
        found = unsuitable_to_come(connection, actor.clinic_id, now=present(), zone=zone_of_page())
    names = named_patients({each.patient_id: each.patient_uid for each in found}, page="unsuitable")
    return render_template("suitability/unsuitable.html", sessions=found, names=names)
