"""Who are these patients?  Written down as shown first, then read: one row of disclosure a request."""

from __future__ import annotations

from collections.abc import Mapping

from stockroom.access.acting import acting, installation
from stockroom.access.opened import note_shown, shown_as_may_be
from stockroom.queries.patients import PatientShown, patient_shown
from stockroom.reads.opened_names import by_reference
from stockroom.reads.patients import PatientErased, PatientIdentity, identities
from stockroom.web.formats import today_here


def named_patients(uids: Mapping[int, str], *, page: str) -> dict[int, PatientIdentity]:
    """Give by patient id who it is, given their uids by id; an erased patient is left out."""
    store, opened = installation(), note_shown(uids.values(), page=page)
    if not uids:
        return {}
    with store.reading() as connection:
        found = identities(connection, store.keyring, uids)
    return found if opened is not None else {key: by_reference(who) for key, who in found.items()}


def whole_patient(
    uid: str, *, page: str, purpose: str = "", only_seen_here: bool = False
) -> PatientShown | None:
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
    return shown_as_may_be(shown, page=page, purpose=purpose)
