"""What did an exercise find, and is its list complete?"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from stockroom.queries.recall_contacts import Contact
from stockroom.queries.recall_reach import Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class MockFound:
    """The counts of an exercise, as its result keeps them."""

    lots: int
    cocktails: int
    sessions: int
    patients: int
    clinics: int
    is_complete: bool
    """Every lot's books add up, and the list names every session that the trace finds, in every clinic."""


def found_by_mock(
    reach: Reach, contacts: Sequence[Contact], *, seen: Collection[int], unseen_patients: int
) -> MockFound:
    """Count what an exercise listed for whoever may trace in the clinics that are `seen`."""
    listed = {each.uid for contact in contacts for each in contact.sessions}
    traced = {uid for clinic_id, uid in reach.sessions if clinic_id in seen}
    return MockFound(
        lots=len(reach.lots),
        cocktails=reach.made,
        sessions=len(listed),
        patients=len(contacts),
        clinics=len({each.lot.clinic_id for each in reach.quantities.here}),
        is_complete=reach.quantities.is_complete and traced <= listed and not unseen_patients,
    )
