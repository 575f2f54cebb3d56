"""Recalls for tests: a case of a lot, written as the operations write it, with its list."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger import recall_rows
from stockroom.models import (
    Line,
    Lot,
    RecallCase,
    RecallLot,
    RecallNotice,
    RecallScope,
    RecallStep,
    TreatmentSession,
)
from stockroom.vocabulary import Joined
from tests.builders import NOW, Goods, House


def case_of(house: House, product: Goods, *numbers: str, is_mock: bool = False) -> str:
    """A case that covers these numbers of a product, with the sessions in which they were used; its uid."""
    uid = new_uid(NOW)

    def body(work: Work) -> None:
        number = len(work.connection.execute(select(RecallCase.id)).all()) + 1
        case_id, _ = recall_rows.write_numbered(
            work,
            RecallCase,
            {"uid": uid, "number": number, "title": "Recalled <b>", "is_mock": is_mock, "opened_at": NOW},
        )
        notice_id, _ = recall_rows.write_numbered(work, RecallNotice, _notice(work, case_id))
        for n, lot_number in enumerate(numbers, start=1):
            scope_id, _ = recall_rows.write_numbered(
                work, RecallScope, _scope(case_id, notice_id, product, n, lot_number)
            )
            said = {"case_id": case_id, "scope_id": scope_id, "product_id": product.id}
            recall_rows.write(work, RecallLot, {**said, "lot_number": lot_number})
        recall_rows.join_sessions(work, case_id, _sessions(work, product, numbers), joined=Joined.SCOPE)

    house.clinic.act("test.recall", body, now=NOW)
    return uid


def close(house: House, case_uid: str) -> None:
    """The case is closed."""

    def body(work: Work) -> None:
        case_id = work.connection.execute(
            select(RecallCase.id).where(RecallCase.uid == case_uid)
        ).scalar_one()
        step = {"kind": "closed", "reason": "done", "patients": 0, "uncontacted": 0}
        more = {"uncontacted_reason": "", "unaccounted_reason": ""}
        recall_rows.write(work, RecallStep, {"case_id": case_id, **step, **more})

    house.clinic.act("test.close", body, now=NOW)


def _notice(work: Work, case_id: int) -> dict[str, Any]:
    return {
        "case_id": case_id, "n": 1, "issuer": "Demo Laboratories", "reference": "FSN-1", "recall_class": "II",
        "received_at": NOW, "received_how": "letter", "received_by_id": work.actor.person_id, "answer_by": None,
        "supplier_id": None, "asked": "Stop using it.", "note": "",
    }  # fmt: skip


def _scope(case_id: int, notice_id: int, product: Goods, n: int, lot_number: str) -> dict[str, Any]:
    return {
        "case_id": case_id, "n": n, "notice_id": notice_id, "product_id": product.id, "kind": "lot",
        "first": lot_number, "last": "", "pattern": "", "source": "typed",
    }  # fmt: skip


def _sessions(work: Work, product: Goods, numbers: tuple[str, ...]) -> list[tuple[int, int, int]]:
    rows = work.connection.execute(
        select(TreatmentSession.clinic_id, TreatmentSession.id, TreatmentSession.patient_id)
        .join(Line, (Line.clinic_id == TreatmentSession.clinic_id) & (Line.session_id == TreatmentSession.id))
        .join(Lot, (Lot.clinic_id == Line.clinic_id) & (Lot.id == Line.lot_id))
        .where(Lot.product_id == product.id, Lot.number.in_(numbers))
        .distinct()
    )
    return [(row.clinic_id, row.id, row.patient_id) for row in rows]
