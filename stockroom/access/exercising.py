"""Whom does an exercise of a recall list?  Read as a recall would, once it was written down for whom it is read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from stockroom.access.disclosing import disclose_trace
from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.queries.recall_answers import patients_by_clinic
from stockroom.queries.recall_contacts import Contact, contacts_of_case
from stockroom.queries.recall_mocks import MockFound, found_by_mock
from stockroom.queries.recall_reach import reach_of_case
from stockroom.queries.trace_patients import PatientReached, patients_reached
from stockroom.reads.recall_cases import any_case


@dataclass(frozen=True, kw_only=True)
class ExerciseListed:
    """The whole list of an exercise, and what it counts."""

    counted: MockFound
    contacts: tuple[Contact, ...]
    people: Mapping[str, PatientReached]
    """By what each patient of the list is known, by uid."""


def list_exercise(
    store: Store, actor: Actor, case_uid: str, *, seen: Collection[int], now: datetime
) -> ExerciseListed:
    """Read the whole list of an exercise for whoever may trace in the clinics that are `seen`, and count it.

    Everybody on it is read by reference before this returns, so that a watch that is stopped then has timed a
    list that could be read out.  Raises ThingNotFound, and as `disclose` does.
    """
    with store.reading() as connection:
        case = any_case(connection, case_uid)
        reach = reach_of_case(connection, case.id)
        contacts = contacts_of_case(
            connection, case_id=case.id, seen=seen, standing_sessions=reach.session_uids
        )
        by_clinic = patients_by_clinic(connection, case_id=case.id)
    pairs = ((each.clinic_id, row.patient_uid) for row in contacts for each in row.sessions)
    uids = disclose_trace(store, actor, pairs, purpose="mock_recall", now=now)
    unseen = sum(count for clinic_id, count in by_clinic.items() if clinic_id not in seen)
    with store.reading() as connection:
        people = {each.uid: each for each in patients_reached(connection, store.keyring, uids)}
    return ExerciseListed(
        counted=found_by_mock(reach, contacts, seen=seen, unseen_patients=unseen),
        contacts=contacts,
        people=people,
    )
