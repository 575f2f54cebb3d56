"""How is it written down, before it happens, that patient data is shown?

One row per request in the clinic's journal of disclosures, committed before the first byte is shown.
When the row cannot be written the error passes through and nothing is shown (503).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import DISCLOSURES, JournalName, Work
from stockroom.ledger.acts import Act, perform
from stockroom.vocabulary import Action

PURPOSES = ("first_visit", "emergency", "complaint", "recall", "records_request")
"""What a patient who has no session in the clinic may be looked at for."""


@dataclass(frozen=True, kw_only=True)
class Disclosure:
    """Whose data is about to be shown, and what for."""

    patient_uids: tuple[str, ...]
    purpose: str
    """One of the entrance's own words (trace, session, patient …), never what somebody typed."""


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
    action: Action = Action.READ_PATIENTS,
    clinic_id: int | None = None,
) -> None:
    """Write down that `actor` is shown these patients; call it before the answer is made.

    It stands in the journal of the clinic where the actor acts, or in that of `clinic_id`, whose patients
    they are, when a trace shows what was used elsewhere.
    No row is written when there is nobody to be shown.  Raises ActionForbidden, and Unavailable when
    the row cannot be written: the caller shows nothing then.
    """
    disclosure = Disclosure(patient_uids=tuple(sorted(set(patient_uids))), purpose=purpose)
    if not disclosure.patient_uids:
        return
    perform(
        store,
        Act(
            kind="disclosure",
            action=action,
            filed_in=JournalName(clinic_id=clinic_id or actor.clinic_id, stream=DISCLOSURES),
        ),
        command=disclosure,
        body=lambda work: _write_down(work, disclosure),
        answer=Disclosed,
        actor=actor,
        key=f"disclosure-{new_uid(now)}",
        now=now,
    )


def _write_down(work: Work, disclosure: Disclosure) -> Disclosed:
    work.payload.update(patients=disclosure.patient_uids, purpose=disclosure.purpose)
    return Disclosed(count=len(disclosure.patient_uids))


def disclose_trace(
    store: Store, actor: Actor, uses: Iterable[tuple[int, str]], *, purpose: str, now: datetime
) -> frozenset[str]:
    """Write down whom a trace shows, in the journal of each clinic where they were treated; give their uids.

    `uses` are pairs of a clinic's key and a patient's uid.  Raises as `disclose` does.
    """
    shown: dict[int, set[str]] = {}
    for clinic_id, patient_uid in uses:
        shown.setdefault(clinic_id, set()).add(patient_uid)
    for clinic_id, patients in sorted(shown.items()):
        disclose(
            store, actor, patients, purpose=purpose, now=now, action=Action.READ_TRACE, clinic_id=clinic_id
        )
    return frozenset[str]().union(*shown.values())
