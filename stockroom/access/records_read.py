"""In which clinics may the reader of this request see what was used on a patient, and where is that written down?"""

from __future__ import annotations

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose
from stockroom.queries.clinics import clinics_where
from stockroom.queries.products_used import ProductsUsed, products_used_on_patient
from stockroom.vocabulary import Action


def record_everywhere(uid: str) -> ProductsUsed:
    """Give a patient's record from every clinic in which a role of the reader's lets her read patients."""
    actor = acting()
    with installation().reading() as connection:
        seen = clinics_where(connection, actor.user_id, Action.READ_PATIENTS) | {actor.clinic_id}
        return products_used_on_patient(connection, seen, uid=uid)


def disclose_elsewhere(record: ProductsUsed, *, purpose: str) -> None:
    """Write down in each other clinic from which a record is that it is shown; call it before it is.

    The clinic of the request has a row of its own.  Raises as `disclose` does.
    """
    actor = acting()
    for clinic_id in sorted({each.clinic_id for each in record.sessions} - {actor.clinic_id}):
        disclose(
            installation(),
            actor,
            [record.patient_uid],
            purpose=purpose,
            now=present(),
            clinic_id=clinic_id,
        )
