"""What of a recall is still open: who was not reached, and how much is neither used, returned nor destroyed?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, and_, cast, func, select
from sqlalchemy.orm import aliased

from stockroom.db.among import among
from stockroom.ledger.offspring import offspring
from stockroom.ledger.recall_holding import lots_of_case
from stockroom.models import (
    Balance,
    Line,
    Location,
    Patient,
    RecallAttempt,
    RecallSession,
    Transfer,
    TransferLine,
)
from stockroom.rules.contacting import Tried, state_of
from stockroom.vocabulary import PHYSICAL_KINDS, ContactOutcome, ContactState, LocationKind, TransferState

_TOLD = frozenset({ContactState.REACHED, ContactState.REFUSED})
_from = aliased(Location, name="from_place")
_to = aliased(Location, name="to_place")
_amending = aliased(RecallAttempt, name="amending")


@dataclass(frozen=True, kw_only=True)
class PatientsLeft:
    """How many patients are on the list, and how many of them nobody has told."""

    patients: int
    untold: int


@dataclass(frozen=True, kw_only=True)
class StockLeft:
    """Base units over all clinics and products: good for the question whether anything is left, no more."""

    on_hand: int
    """Of the lots and of what was mixed from them."""
    on_the_way: int
    corrected_out: int
    """Missing at counts, beyond what was found."""

    @property
    def is_something(self) -> bool:
        return self.on_hand > 0 or self.on_the_way > 0 or self.corrected_out > 0


def patients_left(connection: Connection, case_id: int) -> PatientsLeft:
    """Count the patients on the list of a case; merged records are one patient; two statements."""
    meant = func.coalesce(Patient.merged_into_id, Patient.id)
    listed = set(
        connection.execute(
            select(meant)
            .select_from(RecallSession)
            .join(Patient, Patient.id == RecallSession.patient_id)
            .where(RecallSession.case_id == case_id)
            .distinct()
        ).scalars()
    )
    taken_back = and_(_amending.clinic_id == RecallAttempt.clinic_id, _amending.amends_id == RecallAttempt.id)
    attempts: dict[int, list[Tried]] = {}
    for row in connection.execute(
        select(meant.label("patient_id"), RecallAttempt.outcome)
        .join(Patient, Patient.id == RecallAttempt.patient_id)
        .where(
            RecallAttempt.case_id == case_id,
            RecallAttempt.amends_id.is_(None),
            ~select(_amending.id).where(taken_back).exists(),
        )
        .order_by(RecallAttempt.tried_at, RecallAttempt.id)
    ):
        attempts.setdefault(row.patient_id, []).append(Tried(outcome=ContactOutcome(row.outcome)))
    told = {patient_id for patient_id, tried in attempts.items() if state_of(tried) in _TOLD}
    return PatientsLeft(patients=len(listed), untold=len(listed - told))


def stock_left(connection: Connection, case_id: int) -> StockLeft:
    """Sum what the books still hold of what a case covers; a bounded number of statements."""
    own = [lot.id for lot in lots_of_case(connection, case_id)]
    made = [each.lot_id for each in offspring(connection, own)]
    if not own:
        return StockLeft(on_hand=0, on_the_way=0, corrected_out=0)
    return StockLeft(
        on_hand=_on_hand(connection, [*own, *made]),
        on_the_way=_on_the_way(connection, [*own, *made]),
        corrected_out=_corrected_out(connection, own),
    )


def _on_hand(connection: Connection, lot_ids: Iterable[int]) -> int:
    at = and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id)
    total = select(func.coalesce(cast(func.sum(Balance.quantity), BigInteger), 0)).join(Location, at)
    kinds = [kind.value for kind in PHYSICAL_KINDS]
    statement = total.where(among(Balance.lot_id, "lots"), Location.kind.in_(kinds))
    return int(connection.execute(statement, {"lots": tuple(lot_ids)}).scalar_one())


def _on_the_way(connection: Connection, lot_ids: Iterable[int]) -> int:
    sent = select(func.coalesce(cast(func.sum(TransferLine.dispatched_quantity), BigInteger), 0))
    statement = sent.join(Transfer, Transfer.id == TransferLine.transfer_id).where(
        among(TransferLine.from_lot_id, "lots"), Transfer.state == TransferState.DISPATCHED
    )
    return int(connection.execute(statement, {"lots": tuple(lot_ids)}).scalar_one())


def _corrected_out(connection: Connection, lot_ids: Iterable[int]) -> int:
    """What went to adjustment less what came from it; a line and its reversal cancel each other out."""
    statement = (
        select(
            _to.kind.label("to_kind"),
            func.coalesce(cast(func.sum(Line.quantity), BigInteger), 0).label("quantity"),
        )
        .join(_from, and_(_from.clinic_id == Line.clinic_id, _from.id == Line.from_id))
        .join(_to, and_(_to.clinic_id == Line.clinic_id, _to.id == Line.to_id))
        .where(
            among(Line.lot_id, "lots"),
            (_to.kind == LocationKind.ADJUSTMENT) | (_from.kind == LocationKind.ADJUSTMENT),
        )
        .group_by(_to.kind)
    )
    rows = connection.execute(statement, {"lots": tuple(lot_ids)})
    return sum(row.quantity if row.to_kind == LocationKind.ADJUSTMENT else -row.quantity for row in rows)
