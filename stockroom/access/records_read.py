"""In which clinics does the reader of this request see a patient's record, and where is that written down?"""

from __future__ import annotations

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose
from stockroom.access.opened import as_opened, names_open
from stockroom.queries.clinics import clinics_where
from stockroom.queries.patient_record import clinics_of_person
from stockroom.queries.products_used import ProductsUsed, products_used_on_patient
from stockroom.vocabulary import Action

PAGE = "products_used"


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
    asked = as_opened(names_open(), purpose or PAGE)
    for clinic_id in sorted({each.clinic_id for each in record.sessions} - {actor.clinic_id}):
        disclose(
            installation(),
            actor,
            [record.patient_uid],
            purpose=asked,
            page=PAGE,
            now=present(),
            clinic_id=clinic_id,
        )


def disclose_for_herself(uid: str, *, page: str) -> None:
    """Write down that a patient is shown because she asked, in each clinic in which something is held of her.

    Call it before anything is shown.  Raises as `disclose` does.
    """
    store, actor = installation(), acting()
    with store.reading() as connection:
        clinics = {*clinics_of_person(connection, uid=uid), actor.clinic_id}
    for clinic_id in sorted(clinics):
        disclose(
            store, actor, [uid], purpose="records_request", page=page, now=present(), clinic_id=clinic_id
        )
