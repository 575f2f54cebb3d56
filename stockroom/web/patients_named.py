"""Who are these patients?  Written down as shown first, then read: one row of disclosure a request."""

from __future__ import annotations

from collections.abc import Mapping

from stockroom.access.acting import acting, installation, present
from stockroom.access.disclosing import disclose
from stockroom.queries.patients import PatientShown, patient_shown
from stockroom.reads.patients import PatientErased, PatientIdentity, identities
from stockroom.web.formats import today_here


def named_patients(uids: Mapping[int, str], *, purpose: str) -> dict[int, PatientIdentity]:
    """Give by patient id who it is, given their uids by id; an erased patient is left out."""
    store = installation()
    disclose(store, acting(), uids.values(), purpose=purpose, now=present())
    if not uids:
        return {}
    with store.reading() as connection:
        return identities(connection, store.keyring, uids)


def whole_patient(uid: str, *, purpose: str, only_seen_here: bool = False) -> PatientShown | None:
    """Give one patient with what she must not get; None where the record was erased.  Raises ThingNotFound.

    `only_seen_here`: None too for whoever has no session in this clinic: nothing is shown of her, and nothing
    is written down as shown.
    """
    actor, store = acting(), installation()
    try:
        with store.reading() as connection:
            shown = patient_shown(connection, store.keyring, actor.clinic_id, uid=uid, on=today_here())
    except PatientErased:
        return None
    if only_seen_here and not shown.is_seen_here:
        return None
    disclose(store, actor, [shown.identity.uid], purpose=purpose, now=present())
    return shown
