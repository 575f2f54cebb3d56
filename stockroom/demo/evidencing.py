"""What did the demo's auditor sign off?  Where a lot went from which cocktails were mixed, this morning."""

from __future__ import annotations

from datetime import datetime

from stockroom.demo.town import House, Town
from stockroom.demo.troubles import lots_here
from stockroom.operations.sign_evidence import SignEvidence, sign_evidence
from stockroom.queries.clinics import clinics_where
from stockroom.queries.evidence import digest_of, head_of, uids_of_clinics
from stockroom.queries.trace_digest import facts_of
from stockroom.queries.trace_origins import origins_of
from stockroom.queries.trace_starts import start_of
from stockroom.queries.traces import traced_forward
from stockroom.vocabulary import Action, Role, SignOnWay

_TRACED = "vitamin-c"


def sign_a_trace(town: Town, house: House, at: datetime) -> None:
    """The auditor follows a lot to its patients and puts a name to what was found."""
    auditor = house.actors[Role.AUDITOR.value]
    lots = lots_here(town, house, _TRACED)
    if not lots:
        return
    with town.store.reading() as connection:
        seen = clinics_where(connection, auditor.user_id, Action.READ_TRACE)
        head = head_of(connection, auditor.clinic_id)
        as_of = max(at, head.recorded_at)
        start = start_of(connection, seen, kind="lot", uid=lots[0].uid, begins_in={auditor.clinic_id})
        found = traced_forward(connection, seen, start, as_of=as_of)
        lot_ids = [each.lot.lot_id for each in found.trace.lots]
        origins = origins_of(connection, seen, lot_ids, as_of=as_of)
        digest = digest_of(facts_of(found, origins, found.uses(connection)))
        covered = uids_of_clinics(connection, seen)
    signed = SignEvidence(
        subject_kind="trace/lot",
        subject_uid=lots[0].uid,
        as_of=as_of,
        digest=digest,
        head_seq=head.seq,
        head_hash=head.hash,
        comment="Followed from the delivery to every session; the statement adds up.",
        way=SignOnWay.PASSWORD,
        clinic_uids=tuple(sorted(covered)),
    )
    town.do(sign_evidence, signed, by=auditor, at=as_of)
