"""How are posted lines taken back?  Room is made, the lines are turned round, holds and containers follow (L3)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from sqlalchemy import and_, case, select, tuple_, update
from sqlalchemy.orm import aliased

from stockroom.db.transaction import Work
from stockroom.errors import Conflict, extracted
from stockroom.ledger import facts
from stockroom.ledger.lost_promises import lose_beyond
from stockroom.ledger.post import Posted, post
from stockroom.models import Balance, Container, Line, Location, Lot, TreatmentSession
from stockroom.rules import posting
from stockroom.rules.posting import Draft
from stockroom.vocabulary import ContainerState, LocationKind, MovementKind


@dataclass(eq=False, kw_only=True)
class GoodsMovedOn(Conflict):
    """What is to be taken back no longer lies where the movement brought it (L4)."""

    code: ClassVar[str] = "goods_moved_on"
    message: ClassVar[str] = extracted(
        "Less of lot {lot_number} lies in {place} now than was brought there. "
        "Take back first what was opened, used or moved of it since, or count the place."
    )
    lot_uid: str
    lot_number: str
    place: str
    on_hand: int
    needed: int


@dataclass(eq=False, kw_only=True)
class ContainerNotEmpty(Conflict):
    """A vial would be sealed again, and something that was booked into it otherwise is still in it."""

    code: ClassVar[str] = "container_not_empty"
    message: ClassVar[str] = extracted(
        "Vial {short_code} would still hold something beyond what was opened. "
        "Take back first what was added to it, or count it."
    )
    short_code: str
    left: int


@dataclass(eq=False, kw_only=True)
class CodeOnAnotherContainer(Conflict):
    """A finished vial would be open again, and its code is written on another one by now."""

    code: ClassVar[str] = "code_on_another_container"
    message: ClassVar[str] = extracted(
        "The code {short_code} is on another open vial by now. Finish that one first, then do this again."
    )
    short_code: str


def make_room(work: Work, lines: Sequence[posting.Line]) -> tuple[str, ...]:
    """See that everything that the lines take from a place lies there; end promises that do not fit as lost.

    Gives the uids of the lost allocations.  Raises GoodsMovedOn.
    """
    net = posting.net_changes(lines, facts.places_of(work, lines))
    taken = {place: -change for place, change in net.items() if change < 0}
    if not taken:
        return ()
    rows = work.connection.execute(
        select(Balance.lot_id, Balance.location_id, Balance.quantity, Lot.uid, Lot.number, Location.name)
        .join(Lot, and_(Lot.clinic_id == Balance.clinic_id, Lot.id == Balance.lot_id))
        .join(Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id))
        .where(
            Balance.clinic_id == work.clinic_id,
            tuple_(Balance.lot_id, Balance.location_id).in_(taken),
        )
    ).all()
    left = {}
    for row in rows:
        place = (row.lot_id, row.location_id)
        left[place] = row.quantity - taken[place]
        if left[place] < 0:
            raise GoodsMovedOn(
                lot_uid=row.uid,
                lot_number=row.number,
                place=row.name,
                on_hand=row.quantity,
                needed=taken[place],
            )
    return lose_beyond(work, left, cause="reversal")


def post_reversal(
    work: Work, lines: tuple[posting.Line, ...], *, of_id: int, of_uid: str, reason: str
) -> Posted:
    """Post turned lines of one movement; holds on the goods go back with them (`post`).

    A reversal happens when it is booked; what it says is that its lines never moved anything.
    """
    draft = Draft(
        kind=MovementKind.REVERSE,
        lines=lines,
        occurred_at=work.now,
        document_kind="movement",
        document_uid=of_uid,
        reason=reason,
        reverses_movement_id=of_id,
    )
    return post(work, draft)


def settle_containers(work: Work, location_ids: Iterable[int], *, closed_again: Collection[int] = ()) -> None:
    """Bring the containers among these places into the state that the books now give them.

    `closed_again` were opened by the movement that was taken back: they were never open, and must be
    empty (ContainerNotEmpty).  A finished or discarded one that holds something again is open again
    (CodeOnAnotherContainer).  One that was kept for a patient who got nothing from it, by the books,
    is kept for whoever did, or for nobody.
    """
    rows = work.connection.execute(
        select(
            Container.location_id,
            Container.state,
            Container.short_code,
            Container.patient_id,
            Balance.quantity,
        )
        .outerjoin(
            Balance,
            and_(
                Balance.clinic_id == Container.clinic_id,
                Balance.location_id == Container.location_id,
                Balance.lot_id == Container.lot_id,
            ),
        )
        .where(Container.clinic_id == work.clinic_id, Container.location_id.in_(set(location_ids)))
    ).all()
    for row in rows:
        if row.location_id in closed_again:
            if row.quantity:
                raise ContainerNotEmpty(short_code=row.short_code, left=row.quantity)
            _set(
                work,
                row.location_id,
                state=ContainerState.DISCARDED,
                closed_at=work.recorded_at,
                closed_by_id=work.actor.person_id,
            )
        elif row.state != ContainerState.OPEN and row.quantity:
            _check_code(work, row.short_code)
            _set(work, row.location_id, state=ContainerState.OPEN, closed_at=None, closed_by_id=None)
    kept = {row.location_id: row.patient_id for row in rows if row.patient_id is not None}
    if kept:
        _keep_for_whom_it_served(work, kept)


def take_back_drawings(work: Work, lines: Iterable[posting.Line], *, thrown_away: bool) -> None:
    """Count the drawings that were taken back no longer: `lines` are those of the reversals (L3).

    `thrown_away` says that what was drawn went to disposal at once: of a cocktail that was abandoned.
    """
    places = facts.places_of(work, ())
    drawn_for = {LocationKind.PATIENT, LocationKind.COMPOUNDING}
    if thrown_away:
        drawn_for.add(LocationKind.DISPOSAL)
    times = Counter(line.to_id for line in lines if places[line.from_id].kind in drawn_for)
    for location_id, count in times.items():
        fewer = Container.punctures - count
        _set(work, location_id, punctures=case((fewer > 0, fewer), else_=0))


def _set(work: Work, location_id: int, **values: object) -> None:
    work.connection.execute(
        update(Container)
        .where(Container.clinic_id == work.clinic_id, Container.location_id == location_id)
        .values(**values)
    )


def _check_code(work: Work, short_code: str) -> None:
    taken = select(Container.location_id).where(
        Container.clinic_id == work.clinic_id,
        Container.short_code == short_code,
        Container.state == ContainerState.OPEN,
    )
    if work.connection.execute(taken).first() is not None:
        raise CodeOnAnotherContainer(short_code=short_code)


def _keep_for_whom_it_served(work: Work, kept: dict[int, int]) -> None:
    target, undone = aliased(Location), aliased(Line)
    rows = work.connection.execute(
        select(Line.from_id, target.kind, TreatmentSession.patient_id)
        .join(target, and_(target.clinic_id == Line.clinic_id, target.id == Line.to_id))
        .outerjoin(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .where(
            Line.clinic_id == work.clinic_id,
            Line.lot_id.in_(
                select(Container.lot_id).where(
                    Container.clinic_id == work.clinic_id, Container.location_id.in_(kept)
                )
            ),
            Line.from_id.in_(kept),
            Line.reverses_line_id.is_(None),
            target.kind.in_([LocationKind.PATIENT, LocationKind.COMPOUNDING]),
            ~select(undone.id)
            .where(undone.clinic_id == Line.clinic_id, undone.reverses_line_id == Line.id)
            .exists(),
        )
    ).all()
    for location_id, patient_id in kept.items():
        drawn = [row for row in rows if row.from_id == location_id]
        served = {row.patient_id for row in drawn if row.kind == LocationKind.PATIENT}
        # What went into a cocktail says nothing of whose it is: the vial stays that patient's.
        if patient_id in served or any(row.kind == LocationKind.COMPOUNDING for row in drawn):
            continue
        _set(work, location_id, patient_id=min(served) if served else None)
