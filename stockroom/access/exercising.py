"""Whom does an exercise of a recall list?  Read as a recall would, once it was written down for whom it is read."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from stockroom.access.disclosing import disclose_trace
from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.queries.recall_answers import patients_by_clinic
from stockroom.queries.recall_contacts import contacts_of_case
from stockroom.queries.recall_mocks import MockFound, found_by_mock
from stockroom.queries.recall_reach import reach_of_case
from stockroom.reads.recall_cases import any_case


def list_exercise(
    store: Store, actor: Actor, case_uid: str, *, seen: Collection[int], now: datetime
) -> MockFound:
    """Read the whole list of an exercise for whoever may trace in the clinics that are `seen`, and count it.

    Raises ThingNotFound, and as `disclose` does.
    """
    with store.reading() as connection:
        case = any_case(connection, case_uid)
        reach = reach_of_case(connection, case.id)
        contacts = contacts_of_case(
            connection, case_id=case.id, seen=seen, standing_sessions=reach.session_uids
        )
        by_clinic = patients_by_clinic(connection, case_id=case.id)
    pairs = ((each.clinic_id, row.patient_uid) for row in contacts for each in row.sessions)
    disclose_trace(store, actor, pairs, purpose="mock_recall", now=now)
    unseen = sum(count for clinic_id, count in by_clinic.items() if clinic_id not in seen)
    return found_by_mock(reach, contacts, seen=seen, unseen_patients=unseen)
