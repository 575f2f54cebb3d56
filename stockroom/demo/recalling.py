"""What does the demo have of recalls?  One of a lot that is used up, with its first calls, and an exercise.

Neither holds anything that today's sessions need.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, func, select

from stockroom.access.exercising import list_exercise
from stockroom.demo.town import House, Town, minutes
from stockroom.ledger.recall_notices import NoticeGiven
from stockroom.models import Balance, Line, Location, Lot, Patient, Product, RecallSession
from stockroom.operations.check_recall import CheckRecall, check_recall
from stockroom.operations.finish_mock_recall import FinishMockRecall, finish_mock_recall
from stockroom.operations.open_recall import OpenRecall, open_recall
from stockroom.operations.reach_patient import Attempt, ReachPatient, reach_patient
from stockroom.queries.clinics import clinics_where
from stockroom.reads.recall_cases import any_case
from stockroom.reads.recall_lines import ConfirmedLine
from stockroom.vocabulary import (
    Action,
    CheckLevel,
    ContactChannel,
    ContactOutcome,
    LocationKind,
    LotKind,
    NextStep,
    RecallClass,
    ReceivedHow,
    ScopeKind,
)

_CALLS = (
    (ContactOutcome.REACHED, NextStep.NOTHING, "demo: feels well, thanks for the call"),
    (ContactOutcome.NO_ANSWER, NextStep.CALL_AGAIN, ""),
    (ContactOutcome.WRONG_NUMBER, NextStep.SEND_LETTER, ""),
)
_WATCH = timedelta(seconds=38)
"""So long somebody took to find the lot and to confirm it."""


def recall_something(town: Town, house: House, at: datetime) -> None:
    """Recall a lot of which nothing is left, reach the first patients, and hold an exercise before."""
    found = _mixed_lots(town, house)
    if not found:
        return
    _hold_exercise(town, house, found[0], at)
    gone = next((each for each in found if each.left == 0), None)
    case_uid = _file(town, house, gone, at + minutes(1))
    if gone is not None:
        _call_first_patients(town, house, case_uid, at + minutes(1.2))


def _mixed_lots(town: Town, house: House) -> list[Any]:
    """The lots that cocktails were made of, the most often first, with what is left of each in any clinic."""
    left = (
        select(func.coalesce(func.sum(Balance.quantity), 0))
        .where(Balance.lot_id == Lot.id)
        .correlate(Lot)
        .scalar_subquery()
    )
    statement = (
        select(Product.uid.label("product_uid"), Product.name, Lot.number, left.label("left"))
        .join(Lot, Lot.product_id == Product.id)
        .join(Line, and_(Line.clinic_id == Lot.clinic_id, Line.lot_id == Lot.id))
        .join(Location, and_(Location.clinic_id == Line.clinic_id, Location.id == Line.to_id))
        .where(
            Lot.clinic_id == house.actors["nurse"].clinic_id,
            Lot.kind == LotKind.MANUFACTURED,
            Location.kind == LocationKind.COMPOUNDING,
        )
        .group_by(Product.uid, Product.name, Lot.id, Lot.number)
        .order_by(func.count().desc(), Lot.id)
    )
    with town.store.reading() as connection:
        return list(connection.execute(statement))


def _line(lot: Any) -> ConfirmedLine:
    return ConfirmedLine(product_uid=lot.product_uid, kind=ScopeKind.LOT, first=lot.number)


def _hold_exercise(town: Town, house: House, lot: Any, at: datetime) -> None:
    by = house.actors["manager"]
    opened = town.do(
        open_recall,
        OpenRecall(title=lot.number, notice=None, lines=(_line(lot),), is_mock=True),
        by=by,
        at=at,
    )
    with town.store.reading() as connection:
        seen = clinics_where(connection, by.user_id, Action.READ_TRACE)
    listed = list_exercise(town.store, by, opened.case_uid, seen=seen, now=at)
    result = FinishMockRecall(
        case_uid=opened.case_uid, note="demo: exercise of the quarter", **asdict(listed.counted)
    )
    town.do(finish_mock_recall, result, by=by, at=at + _WATCH)


def _file(town: Town, house: House, lot: Any, at: datetime) -> str:
    """File the notice, which names a lot that is used up, or (where none is) no lot yet."""
    notice = NoticeGiven(
        issuer="Demo Laboratories",
        reference="DEMO-FSN-7",
        recall_class=RecallClass.II,
        received_at=at - timedelta(hours=1),
        received_how=ReceivedHow.EMAIL,
        answer_by=at + timedelta(days=5),
        asked="Demo: stop using the lot, tell your patients, and answer within five days.",
    )
    command = OpenRecall(
        title=f"{lot.name} {lot.number}" if lot is not None else "Demo notice",
        notice=notice,
        lines=(_line(lot),) if lot is not None else (),
    )
    return str(town.do(open_recall, command, by=house.actors["manager"], at=at).case_uid)


def _call_first_patients(town: Town, house: House, case_uid: str, at: datetime) -> None:
    check = CheckRecall(case_uid=case_uid, level=CheckLevel.A)
    town.do(check_recall, check, by=house.actors["manager"], at=at)
    with town.store.reading() as connection:
        case_id = any_case(connection, case_uid).id
        patients = connection.execute(
            select(Patient.uid)
            .join(RecallSession, RecallSession.patient_id == Patient.id)
            .where(
                RecallSession.case_id == case_id,
                Patient.erased_at.is_(None),
                Patient.merged_into_id.is_(None),
            )
            .group_by(Patient.id, Patient.uid)
            .order_by(Patient.id)
            .limit(len(_CALLS))
        ).scalars()
        listed = list(patients)
    for n, (uid, (outcome, step, note)) in enumerate(zip(listed, _CALLS, strict=False)):
        attempt = Attempt(
            channel=ContactChannel.PHONE, tried_at=at, outcome=outcome, next_step=step, note=note
        )
        command = ReachPatient(case_uid=case_uid, patient_uid=uid, attempt=attempt)
        town.do(reach_patient, command, by=house.actors["nurse"], at=at + minutes(0.1 * (n + 1)))
