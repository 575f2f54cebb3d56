"""Must what is known of a patient still be kept, and for which clinic?"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, select

from stockroom.clock import civil_date
from stockroom.models import Clinic, Reaction, TreatmentSession
from stockroom.reads.settings import settings_of
from stockroom.rules.retaining import Kept, longest_kept
from stockroom.vocabulary import SessionState

TREATED = (SessionState.IN_TREATMENT, SessionState.FINISHED, SessionState.SIGNED)
"""States of a session in which something was done to the patient."""


def still_kept(
    connection: Connection, patient_ids: Collection[int] | Select[Any], *, now: datetime
) -> Kept | None:
    """Give what keeps the records of a patient longest, of all clinics; None where nothing does any more.

    `patient_ids`: her record and those merged into it.  One statement, and one for each clinic that treated her.
    """
    of_session = and_(
        Reaction.clinic_id == TreatmentSession.clinic_id, Reaction.session_id == TreatmentSession.id
    )
    is_treated = TreatmentSession.state.in_(TREATED)
    rows = connection.execute(
        select(
            Clinic.id,
            Clinic.name,
            Clinic.time_zone,
            func.max(case((is_treated, TreatmentSession.planned_at))).label("treated_at"),
            func.max(Reaction.recorded_at).label("reacted_at"),
        )
        .select_from(TreatmentSession)
        .join(Clinic, Clinic.id == TreatmentSession.clinic_id)
        .outerjoin(Reaction, of_session)
        .where(TreatmentSession.patient_id.in_(patient_ids))
        .group_by(Clinic.id, Clinic.name, Clinic.time_zone)
        .order_by(Clinic.id)
    ).all()

    def records() -> Iterator[tuple[str, date, int]]:
        for row in rows:
            settings = settings_of(connection, row.id)
            if row.treated_at is not None:
                yield row.name, civil_date(row.treated_at, row.time_zone), settings.keep_treatments_years
            if row.reacted_at is not None:
                yield row.name, civil_date(row.reacted_at, row.time_zone), settings.keep_reactions_years

    zone = rows[0].time_zone if rows else "UTC"
    return longest_kept(records(), today=civil_date(now, zone))
