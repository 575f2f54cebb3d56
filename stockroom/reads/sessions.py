"""Which visit is this, whose, and in which house?  One statement, with whatever else the request names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, select, true
from sqlalchemy.orm import aliased

from stockroom.db.columns import written
from stockroom.db.compiled_once import Once
from stockroom.errors import ThingNotFound
from stockroom.ledger.accounts import is_account
from stockroom.models import Allocation, Clinic, Location, Patient, TreatmentSession
from stockroom.reads.named import Family, Found, Name, collect, in_order, named_table, parameters
from stockroom.reads.patient_facts import fact_columns, facts_of, merged_into
from stockroom.rules.suitability import PatientFacts
from stockroom.vocabulary import CLOSED_SESSION_STATES, AllocationState, LocationKind, SessionState

_patient_place = aliased(Location)
_disposal_place = aliased(Location)
_adjustment_place = aliased(Location)


@dataclass(frozen=True, kw_only=True)
class Visit:
    """A treatment session, its patient's facts, and what of its clinic a use must know."""

    session_id: int
    uid: str
    state: SessionState
    planned_at: datetime
    practitioner_id: int | None
    patient: PatientFacts
    zone: str
    earlier_lot_days: int
    patient_place_id: int
    disposal_place_id: int
    adjustment_place_id: int
    has_promises: bool
    """Something is allocated to it."""
    found: Found
    """What the names of the request mean."""

    @property
    def is_closed(self) -> bool:
        return self.state in CLOSED_SESSION_STATES


def visit(connection: Connection, clinic_id: int, uid: str, *, names: Iterable[Name] = ()) -> Visit:
    """Give a session of the clinic with its patient's facts, in one statement.  Raises ThingNotFound."""
    wanted = in_order((*names, Name(family=Family.SESSION, text=uid)))
    statement = _asked(tuple(name.family for name in wanted))
    asked = {"clinic": clinic_id, "session_uid": uid, **parameters(clinic_id, wanted)}
    rows = statement.all(connection, asked)
    if not rows:
        raise ThingNotFound(thing="session", uid=uid[:40])
    row = rows[0]
    return Visit(
        session_id=row.id,
        uid=row.uid,
        state=SessionState(row.state),
        planned_at=row.planned_at,
        practitioner_id=row.practitioner_id,
        patient=facts_of(row),
        zone=row.time_zone,
        earlier_lot_days=row.earlier_lot_days,
        patient_place_id=row.patient_place_id,
        disposal_place_id=row.disposal_place_id,
        adjustment_place_id=row.adjustment_place_id,
        has_promises=row.has_promises,
        found=collect(wanted, rows),
    )


@lru_cache(maxsize=512)
def _asked(families: tuple[Family, ...]) -> Once:
    """The statement for names of these families; building it costs more than running it."""
    return Once(_statement(families))


def _statement(families: tuple[Family, ...]) -> Select[Any]:
    named = named_table(families)
    promised = (
        select(Allocation.id)
        .where(
            Allocation.clinic_id == TreatmentSession.clinic_id,
            Allocation.session_id == TreatmentSession.id,
            Allocation.state == written(AllocationState.ACTIVE),
        )
        .correlate(TreatmentSession)
        .exists()
    )
    return (
        select(
            TreatmentSession.id,
            TreatmentSession.uid,
            TreatmentSession.state,
            TreatmentSession.planned_at,
            TreatmentSession.practitioner_id,
            *fact_columns(TreatmentSession.clinic_id),
            Clinic.time_zone,
            Clinic.earlier_lot_days,
            _patient_place.id.label("patient_place_id"),
            _disposal_place.id.label("disposal_place_id"),
            _adjustment_place.id.label("adjustment_place_id"),
            promised.label("has_promises"),
            named,
        )
        .join(Patient, Patient.id == TreatmentSession.patient_id)
        .outerjoin(merged_into, merged_into.id == Patient.merged_into_id)
        .join(Clinic, Clinic.id == TreatmentSession.clinic_id)
        .join(_patient_place, _account(_patient_place, LocationKind.PATIENT))
        .join(_disposal_place, _account(_disposal_place, LocationKind.DISPOSAL))
        .join(_adjustment_place, _account(_adjustment_place, LocationKind.ADJUSTMENT))
        .join(named, true())
        .where(
            TreatmentSession.clinic_id == bindparam("clinic"),
            TreatmentSession.uid == bindparam("session_uid"),
        )
    )


def _account(place: Any, kind: LocationKind) -> Any:
    return and_(place.clinic_id == TreatmentSession.clinic_id, is_account(place), place.kind == written(kind))
