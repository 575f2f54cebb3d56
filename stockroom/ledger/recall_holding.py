"""How does a recall's case stop what it covers, everywhere and at once, and who comes upon its list?

A number of a product is held by a row of `product_hold`; what was mixed from its lots by holds of their
clinics.  Who holds every clinic's journal calls this, so that no use that is asked for commits afterwards.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from stockroom.db.among import among
from stockroom.db.compiled_once import Once
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.ledger import recall_rows, recalls
from stockroom.ledger.deviations import Raised, raise_alerts
from stockroom.ledger.lost_promises import in_clinic, lose_all, standing_of
from stockroom.ledger.offspring import offspring
from stockroom.ledger.recalled_sessions import holding_cases, sessions_not_listed
from stockroom.models import Lot, ProductHold, RecallCase, RecallLot, RecallScope, RecallStep
from stockroom.notices import AlertKind
from stockroom.rules.recalling import ScopeLine
from stockroom.vocabulary import HoldReason, Joined, LotKind, RecallStepKind, ScopeKind

NumberKey = tuple[int, str | None]
"""A product's key and a number of it; None: all of it."""


@dataclass(frozen=True, kw_only=True)
class LotInBooks:
    """A lot of a manufacturer in the books of a clinic."""

    id: int
    uid: str
    clinic_id: int
    product_id: int
    number: str


@dataclass(frozen=True, kw_only=True)
class CaseHeld:
    """What an act of a case stopped, took away, and whom it put on the list."""

    hold_uids: tuple[str, ...] = ()
    lot_uids: tuple[str, ...] = ()
    prepared_lot_uids: tuple[str, ...] = ()
    lost_allocation_uids: tuple[str, ...] = ()
    session_count: int = 0
    """Newly on the list."""


@dataclass(frozen=True, kw_only=True)
class CaseNamed:
    """The case as its holds name it."""

    id: int
    number: int
    title: str
    is_mock: bool

    @property
    def note(self) -> str:
        return f"R-{self.number}: {self.title}"


def lots_of_case(connection: Connection, case_id: int) -> tuple[LotInBooks, ...]:
    """Give the lots of every clinic that a case covers, none whose number was read wrongly; one statement."""
    covered = and_(
        RecallLot.product_id == Lot.product_id,
        or_(RecallLot.lot_number.is_(None), RecallLot.lot_number == Lot.number),
    )
    rows = connection.execute(
        select(Lot.id, Lot.uid, Lot.clinic_id, Lot.product_id, Lot.number)
        .join(RecallLot, covered)
        .where(
            RecallLot.case_id == case_id,
            Lot.kind == LotKind.MANUFACTURED,
            Lot.superseded_by_id.is_(None),
        )
        .distinct()
        .order_by(Lot.clinic_id, Lot.id)
    )
    return tuple(LotInBooks(**row._mapping) for row in rows)


def cover(work: Work, case: CaseNamed, numbers: Iterable[tuple[int, NumberKey]]) -> CaseHeld:
    """Write what a case covers from now on (the scope's key and the number), hold it, and list its sessions.

    An exercise holds nothing and takes nothing away; its list is made all the same.
    """
    scopes: dict[NumberKey, int] = {}
    for scope_id, key in numbers:
        scopes.setdefault(key, scope_id)
    for (product_id, number), scope_id in scopes.items():
        values = {"case_id": case.id, "scope_id": scope_id, "product_id": product_id, "lot_number": number}
        recall_rows.write(work, RecallLot, values)
    return hold(work, case, list(scopes))


def hold(work: Work, case: CaseNamed, numbers: Sequence[NumberKey]) -> CaseHeld:
    """Hold numbers that a case covers: their lots, what was mixed from them, and what is promised of either."""
    lots = lots_of_case(work.connection, case.id)
    of_number = {key: [lot for lot in lots if _is_of(lot, key)] for key in numbers}
    reached = {lot.id: lot for listed in of_number.values() for lot in listed}
    made = offspring(work.connection, reached)
    uids: tuple[str, ...] = ()
    lost: list[str] = []
    if not case.is_mock:
        uids = _insert_holds(work, case, numbers)
        if made:
            for uid, key in zip(uids, numbers, strict=True):
                from_it = offspring(work.connection, [lot.id for lot in of_number[key]])
                stopped = {each.lot_id: each.clinic_id for each in from_it}
                recalls.hold_made_lots(work, stopped, recall_uid=uid, note=case.note)
        clinics = {lot.id: lot.clinic_id for lot in reached.values()}
        lost += lose_promises(work, clinics | {each.lot_id: each.clinic_id for each in made})
    everything = [*reached, *(each.lot_id for each in made)]
    joined = _join(work, case.id, everything, joined=Joined.SCOPE)
    return CaseHeld(
        hold_uids=uids,
        lot_uids=tuple(lot.uid for lot in reached.values()),
        prepared_lot_uids=tuple(each.lot_uid for each in made),
        lost_allocation_uids=tuple(lost),
        session_count=joined,
    )


def lose_promises(work: Work, clinic_by_lot: dict[int, int]) -> list[str]:
    """End what is promised of these lots in their clinics as lost, each with an alert."""
    lost: list[str] = []
    for clinic_id in sorted(set(clinic_by_lot.values())):
        there = in_clinic(work, clinic_id)
        of_clinic = [lot_id for lot_id, owner in clinic_by_lot.items() if owner == clinic_id]
        lost += lose_all(there, standing_of(there, of_clinic), cause="recall")
    return lost


def let_go(work: Work, case_id: int, *, note: str) -> tuple[str, ...]:
    """Release every standing hold of a case, of what was mixed included, and give the holds' uids."""
    mine = (ProductHold.case_id == case_id, ProductHold.released_at.is_(None))
    uids = tuple(work.connection.execute(select(ProductHold.uid).where(*mine)).scalars())
    work.connection.execute(
        update(ProductHold)
        .where(*mine)
        .values(released_at=work.recorded_at, released_by_id=work.actor.person_id, release_note=note)
    )
    for uid in uids:
        recalls.let_go(work, uid, note=note)
    return uids


def join_uses(work: Work, *, joined: Joined) -> None:
    """Put on the list of each case that holds something the sessions that this act has shown to belong there.

    Called by what writes down a use that has happened already, or shows that another lot was used.  One
    statement where no case holds anything.
    """
    for case_id in holding_cases(work.connection):
        own = [lot.id for lot in lots_of_case(work.connection, case_id)]
        made = [each.lot_id for each in offspring(work.connection, own)]
        if _join(work, case_id, [*own, *made], joined=joined):
            _tell(work, case_id)


def _tell(work: Work, case_id: int) -> None:
    """Raise the alert that somebody else has to be told of the recall."""
    uid = work.connection.execute(select(RecallCase.uid).where(RecallCase.id == case_id)).scalar_one()
    kind = AlertKind.RECALL_JOINED.value
    raise_alerts(work, [Raised(kind=kind, subject_kind="recall", subject_uid=uid, facts={})])


def not_held(connection: Connection, case_id: int, numbers: Iterable[NumberKey]) -> tuple[NumberKey, ...]:
    """Give those of these numbers of a case that it does not hold now."""
    rows = connection.execute(
        select(ProductHold.product_id, ProductHold.lot_number).where(
            ProductHold.case_id == case_id, ProductHold.released_at.is_(None)
        )
    )
    held = {(row.product_id, row.lot_number) for row in rows}
    return tuple(key for key in numbers if key not in held)


def catch_new_lots(work: Work, keys: Iterable[tuple[int, str]]) -> None:
    """Hold lots (product, number) that come into the books and fit the range or pattern of a case.

    What a case names by its number or its product it holds beforehand.  One statement where nothing fits.
    """
    new = tuple(dict.fromkeys(keys))
    lines = _LINES.all(work.connection, {"products": tuple({product_id for product_id, _ in new})})
    fitting: dict[int, list[tuple[int, NumberKey]]] = {}
    for line in lines:
        for product_id, number in new:
            if product_id == line.product_id and _line_of(line).covers(number):
                fitting.setdefault(line.case_id, []).append((line.id, (product_id, number)))
    for case_id, found in sorted(fitting.items()):
        case = _holding_case(work, case_id)
        if case is not None:
            known = set(_COVERED.all(work.connection, {"case": case_id}))
            cover(work, case, [each for each in found if each[1] not in known])


_LINES = Once(
    select(
        RecallScope.id,
        RecallScope.case_id,
        RecallScope.product_id,
        RecallScope.kind,
        RecallScope.first,
        RecallScope.last,
        RecallScope.pattern,
    )
    .where(
        among(RecallScope.product_id, "products"),
        RecallScope.kind.in_([ScopeKind.RANGE.value, ScopeKind.PATTERN.value]),
    )
    .order_by(RecallScope.id)
)
_COVERED = Once(
    select(RecallLot.product_id, RecallLot.lot_number).where(RecallLot.case_id == bindparam("case"))
)


def _line_of(row: Any) -> ScopeLine:
    return ScopeLine(
        product_uid="", kind=ScopeKind(row.kind), first=row.first, last=row.last, pattern=row.pattern
    )


def _holding_case(work: Work, case_id: int) -> CaseNamed | None:
    """The case, while it holds what fits it: an exercise never does, nor one whose holds were released."""
    case = work.connection.execute(
        select(RecallCase.id, RecallCase.number, RecallCase.title, RecallCase.is_mock).where(
            RecallCase.id == case_id
        )
    ).one()
    kinds = [RecallStepKind.RELEASED.value, RecallStepKind.HELD_AGAIN.value]
    newest = work.connection.execute(
        select(RecallStep.kind)
        .where(RecallStep.case_id == case_id, RecallStep.kind.in_(kinds))
        .order_by(RecallStep.id.desc())
        .limit(1)
    ).scalar()
    is_holding = not case.is_mock and newest != RecallStepKind.RELEASED.value
    return CaseNamed(**case._mapping) if is_holding else None


def _is_of(lot: LotInBooks, key: NumberKey) -> bool:
    return lot.product_id == key[0] and key[1] in (None, lot.number)


def _insert_holds(work: Work, case: CaseNamed, numbers: Sequence[NumberKey]) -> tuple[str, ...]:
    rows = [
        {
            "uid": new_uid(work.now),
            "product_id": product_id,
            "lot_number": number,
            "reason": HoldReason.RECALL,
            "note": case.note,
            "case_id": case.id,
            "placed_at": work.recorded_at,
            "placed_by_id": work.actor.person_id,
        }
        for product_id, number in numbers
    ]
    if rows:
        work.connection.execute(insert(ProductHold), rows)
    return tuple(str(row["uid"]) for row in rows)


def _join(work: Work, case_id: int, lot_ids: Collection[int], *, joined: Joined) -> int:
    sessions = sessions_not_listed(work.connection, case_id, lot_ids)
    recall_rows.join_sessions(
        work,
        case_id,
        [(each.clinic_id, each.session_id, each.patient_id) for each in sessions],
        joined=joined,
    )
    return len(sessions)
