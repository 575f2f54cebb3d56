"""How is a hold of a clinic written, and how does it go with the goods it covers?  (L8)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import and_, bindparam, func, insert, select, tuple_, update

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.models import ClinicHold, HoldPlace
from stockroom.rules import holding
from stockroom.rules.posting import Line
from stockroom.vocabulary import HoldReason

# Built once, and begun at the active holds: it joins outwards, lest SQLite begin at all that were ever held.
_COVERING = (
    select(HoldPlace.hold_id, HoldPlace.lot_id, HoldPlace.location_id, ClinicHold.reason)
    .select_from(ClinicHold)
    .outerjoin(
        HoldPlace,
        and_(
            HoldPlace.clinic_id == ClinicHold.clinic_id,
            HoldPlace.hold_id == ClinicHold.id,
            tuple_(HoldPlace.lot_id, HoldPlace.location_id).in_(bindparam("ways", expanding=True)),
        ),
    )
    .where(
        ClinicHold.clinic_id == bindparam("clinic"),
        ClinicHold.released_at.is_(None),
        func.coalesce(HoldPlace.lot_id, 0) > 0,
    )
)


@dataclass(frozen=True, kw_only=True)
class NewHold:
    """A hold on a whole lot of the clinic, or on what lies at places (lot, location)."""

    reason: HoldReason
    note: str
    lot_id: int | None = None
    places: tuple[tuple[int, int], ...] = ()
    origin_uid: str | None = None
    """The recall that places it, or the hold of the clinic from which the goods came."""


def place(work: Work, hold: NewHold) -> str:
    """Insert a hold with the places that it covers, and give its uid."""
    uid = new_uid(work.now)
    hold_id = work.connection.execute(
        insert(ClinicHold)
        .values(
            uid=uid,
            clinic_id=work.clinic_id,
            lot_id=hold.lot_id,
            reason=hold.reason,
            note=hold.note,
            origin_uid=hold.origin_uid,
            placed_at=work.recorded_at,
            placed_by_id=work.actor.person_id,
        )
        .returning(ClinicHold.id)
    ).scalar_one()
    _cover(work, [(hold_id, lot_id, location_id) for lot_id, location_id in hold.places])
    return uid


def follow_goods(work: Work, lines: Iterable[Line]) -> None:
    """Make the active holds that cover where goods come from cover where these lines bring them.

    Two statements at most; one where nothing is held.
    """
    moves = tuple(lines)
    ways = {(line.lot_id, place) for line in moves for place in (line.from_id, line.to_id)}
    rows = work.connection.execute(_COVERING, {"clinic": work.clinic_id, "ways": sorted(ways)}).all()
    covered: dict[int, set[tuple[int, int]]] = {}
    for row in rows:
        covered.setdefault(row.hold_id, set()).add((row.lot_id, row.location_id))
    holds = [
        holding.Hold(hold_id=hold_id, hold_uid="", reason=HoldReason.SUSPICION, places=frozenset(places))
        for hold_id, places in covered.items()
    ]
    new = {
        (hold.hold_id, line.lot_id, line.to_id)
        for line in moves
        for hold in holding.follow(holds, lot_id=line.lot_id, from_id=line.from_id, to_id=line.to_id)
    }
    _cover(work, sorted(new))


def lift(work: Work, hold_ids: Iterable[int], *, note: str) -> None:
    """Lift holds of the clinic; when they were placed and when they were lifted both stay."""
    work.connection.execute(
        update(ClinicHold)
        .where(ClinicHold.clinic_id == work.clinic_id, ClinicHold.id.in_(list(hold_ids)))
        .values(released_at=work.recorded_at, released_by_id=work.actor.person_id, release_note=note)
    )


def _cover(work: Work, covered: list[tuple[int, int, int]]) -> None:
    if not covered:
        return
    work.connection.execute(
        insert(HoldPlace),
        [
            {
                "clinic_id": work.clinic_id,
                "hold_id": hold_id,
                "lot_id": lot_id,
                "location_id": location_id,
                "recorded_at": work.recorded_at,
            }
            for hold_id, lot_id, location_id in covered
        ],
    )
