"""How is it written down, before it happens, that patient data is shown?

One row in the clinic's journal of disclosures for a person, a purpose, a page and the set of patients that it
shows, committed before the first byte is shown; the same page loaded again within the hour of the clock adds
none.  When the row cannot be written the error passes through and nothing is shown (503).  Beside the row stands
whom it names, so that a patient's own disclosures are found without reading everybody's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from stockroom.actor import Actor
from stockroom.db.among import among
from stockroom.db.store import Store
from stockroom.db.transaction import DISCLOSURES, JournalName, Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.encoding import canonical
from stockroom.models import DisclosedPatient, Patient
from stockroom.vocabulary import Action

PURPOSES = ("first_visit", "emergency", "complaint", "recall", "records_request")
"""What a patient who has no session in the clinic may be looked at for."""
_NAMED = insert(DisclosedPatient).from_select(
    ["patient_id", "clinic_id", "seq"],
    select(
        Patient.id,
        bindparam("in_clinic", type_=DisclosedPatient.clinic_id.type),
        bindparam("entry", type_=DisclosedPatient.seq.type),
    ).where(among(Patient.uid, "uids")),
)


@dataclass(frozen=True, kw_only=True)
class Disclosure:
    """Whose data is about to be shown, and what for."""

    patient_uids: tuple[str, ...]
    purpose: str
    """What for: what names were opened for, or the page itself in daily work; never what somebody typed."""
    page: str = ""
    """One of the entrance's own words (trace, session, patient …); empty where it is the purpose."""


@dataclass(frozen=True, kw_only=True)
class Disclosed:
    count: int


def disclose(
    store: Store,
    actor: Actor,
    patient_uids: Iterable[str],
    *,
    purpose: str,
    now: datetime,
    page: str = "",
    action: Action = Action.READ_PATIENTS,
    clinic_id: int | None = None,
) -> None:
    """Write down that `actor` is shown these patients; call it before the answer is made.

    `page` says where they are shown, unless `purpose` does: in daily work a page is what it is looked at for.
    It stands in the journal of the clinic where the actor acts, or in that of `clinic_id`, whose patients
    they are, when a trace shows what was used elsewhere.
    No row is written when there is nobody to be shown, nor when this person was shown the same patients for
    the same purpose on the same page in this hour already.  Raises ActionForbidden, and Unavailable when
    the row cannot be written: the caller shows nothing then.
    """
    disclosure = Disclosure(
        patient_uids=tuple(sorted(set(patient_uids))), purpose=purpose, page="" if page == purpose else page
    )
    if not disclosure.patient_uids:
        return
    filed_in = JournalName(clinic_id=clinic_id or actor.clinic_id, stream=DISCLOSURES)
    perform(
        store,
        Act(
            kind="disclosure",
            action=action,
            filed_in=filed_in,
        ),
        command=disclosure,
        body=lambda work: _write_down(work, filed_in, disclosure),
        answer=Disclosed,
        actor=actor,
        key=_key(store, disclosure, filed_in, now),
        now=now,
    )


def _key(store: Store, disclosure: Disclosure, filed_in: JournalName, now: datetime) -> str:
    """The same for the same patients, purpose, page, journal and hour: an act is done once (L10), and so is this."""
    shown = store.keyring.digest("disclosed", canonical([filed_in.clinic_id, disclosure]).encode())
    return f"disclosure-{now:%Y%m%dT%H}-{shown}"


def _write_down(work: Work, filed_in: JournalName, disclosure: Disclosure) -> Disclosed:
    work.payload.update(patients=disclosure.patient_uids, purpose=disclosure.purpose)
    if disclosure.page:
        work.payload.update(page=disclosure.page)
    entry = {"in_clinic": filed_in.clinic_id, "entry": work.heads[filed_in].seq + 1}
    work.connection.execute(_NAMED, {**entry, "uids": disclosure.patient_uids})
    return Disclosed(count=len(disclosure.patient_uids))


def disclose_trace(
    store: Store,
    actor: Actor,
    uses: Iterable[tuple[int, str]],
    *,
    purpose: str,
    now: datetime,
    page: str = "",
) -> frozenset[str]:
    """Write down whom a trace shows, in the journal of each clinic where they were treated; give their uids.

    `uses` are pairs of a clinic's key and a patient's uid.  Raises as `disclose` does.
    """
    shown: dict[int, set[str]] = {}
    for clinic_id, patient_uid in uses:
        shown.setdefault(clinic_id, set()).add(patient_uid)
    for clinic_id, patients in sorted(shown.items()):
        disclose(
            store,
            actor,
            patients,
            purpose=purpose,
            page=page,
            now=now,
            action=Action.READ_TRACE,
            clinic_id=clinic_id,
        )
    return frozenset[str]().union(*shown.values())
