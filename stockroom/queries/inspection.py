"""What does an unannounced visit ask of a lot?  Patients, hands, what is left, holds, temperatures, and the journal.

In the order in which it is asked, for one clinic's lot and all that was made of it, wherever the reader may look.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, and_, literal, or_, select

from stockroom.db.among import among
from stockroom.db.compiled_once import Once
from stockroom.ledger.trace_lines import NEWEST
from stockroom.ledger.verify.intact import Intact, intact_through_anchor
from stockroom.models import (
    ClinicHold,
    HoldPlace,
    Location,
    Lot,
    Person,
    ProductHold,
    TreatmentSession,
)
from stockroom.queries.changed_since import Changes, changes_of
from stockroom.queries.inspection_hands import Booked, Hand, booked_of, hands_of
from stockroom.queries.inspection_places import StayMeasured, stays_measured
from stockroom.queries.lots import FormerName, former_names
from stockroom.queries.trace_rows import ForwardTrace, Lying, Use
from stockroom.queries.traces import forward_from_lot


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOver:
    """What lies at one place, and when somebody last counted it there."""

    lying: Lying
    counted_at: datetime | None
    counted_quantity: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldThen:
    """A hold that reached the lot or what was made of it, released ones too."""

    uid: str
    reason: str
    note: str
    reaches: str
    """The number of the lot that it names; empty for its whole product."""
    is_everywhere: bool
    placed_at: datetime
    placed_by: str
    released_at: datetime | None
    released_by: str | None
    release_note: str


_CODES = Once(
    select(TreatmentSession.uid, TreatmentSession.short_code).where(among(TreatmentSession.uid, "uids"))
)
"""However many there are: a list of them has more parameters than a statement may have."""


@dataclass(frozen=True, kw_only=True)
class LotInspected:
    """Everything that the page and the paper show."""

    trace: ForwardTrace
    session_codes: Mapping[str, str]
    hands: tuple[Hand, ...]
    left: tuple[LeftOver, ...]
    holds: tuple[HoldThen, ...]
    stays: tuple[StayMeasured, ...]
    journal: Intact
    changes: Changes
    """What became of the uses since they were entered."""
    former_names: tuple[FormerName, ...]
    """Under what the lot was booked before it was corrected."""

    @property
    def uses(self) -> tuple[Use, ...]:
        return self.trace.uses


def lot_inspected(
    connection: Connection,
    seen: Collection[int],
    clinic_id: int,
    *,
    lot_uid: str,
    zone: str,
    now: datetime,
    anchor_file: Path,
) -> LotInspected:
    """Give what an inspector asks of a lot of the clinic; a bounded number of statements a generation of cocktails.

    `seen` are the clinics that the reader may trace through.  Raises ThingNotFound, TraceTooLarge.
    """
    trace = forward_from_lot(connection, seen, lot_uid=lot_uid, begins_in={clinic_id})
    lot_ids = [each.lot.lot_id for each in trace.lots]
    clinics = sorted({each.lot.clinic_id for each in trace.lots})
    booked = booked_of(connection, clinics, lot_ids)
    return LotInspected(
        trace=trace,
        session_codes=_session_codes(connection, trace),
        hands=tuple(hands_of(connection, clinics, booked, zone=zone)),
        left=_left(connection, clinics, trace, booked),
        holds=_holds(connection, clinics, lot_ids),
        stays=stays_measured(connection, clinics, booked, now=now),
        journal=intact_through_anchor(connection, clinic_id, anchor_file=anchor_file),
        changes=changes_of(connection, clinics, (use.movement_uid for use in trace.uses), after=NEWEST),
        former_names=former_names(connection, clinic_id, lot_uid=lot_uid),
    )


def _session_codes(connection: Connection, trace: ForwardTrace) -> dict[str, str]:
    uids = tuple({use.session_uid for use in trace.uses})
    return {row.uid: row.short_code for row in _CODES.all(connection, {"uids": uids})} if uids else {}


def _left(
    connection: Connection, clinics: Collection[int], trace: ForwardTrace, booked: Booked
) -> tuple[LeftOver, ...]:
    uids = {each.location_uid for each in trace.lying}
    places = connection.execute(
        select(Location.id, Location.uid).where(Location.clinic_id.in_(clinics), Location.uid.in_(uids))
    )
    by_id = {row.id: row.uid for row in places} if uids else {}
    lots = {each.lot.lot_id: each.lot.uid for each in trace.lots}
    newest: dict[tuple[str, str], Any] = {}
    for row in booked.counts:  # in the order in which they were counted
        if row.location_id in by_id:
            newest[lots[row.lot_id], by_id[row.location_id]] = row
    return tuple(_left_over(each, newest.get((each.lot_uid, each.location_uid))) for each in trace.lying)


def _left_over(lying: Lying, counted: Any) -> LeftOver:
    return LeftOver(
        lying=lying,
        counted_at=None if counted is None else counted.counted_at,
        counted_quantity=None if counted is None else counted.counted_quantity,
    )


def _holds(
    connection: Connection, clinics: Collection[int], lot_ids: Collection[int]
) -> tuple[HoldThen, ...]:
    """Every hold on these lots: in their clinics, at their places, and those of the organisation; three statements."""
    lots = {"lots": tuple(lot_ids)}
    of_places = select(HoldPlace.hold_id).where(
        HoldPlace.clinic_id.in_(clinics), among(HoldPlace.lot_id, "lots")
    )
    rows = [
        *connection.execute(
            _with_people(select(*_columns(ClinicHold), Lot.number.label("reaches")), ClinicHold)
            .outerjoin(Lot, and_(Lot.clinic_id == ClinicHold.clinic_id, Lot.id == ClinicHold.lot_id))
            .where(
                ClinicHold.clinic_id.in_(clinics),
                or_(among(ClinicHold.lot_id, "lots"), ClinicHold.id.in_(of_places)),
            ),
            lots,
        ),
        *connection.execute(
            _with_people(select(*_columns(ProductHold), ProductHold.lot_number.label("reaches")), ProductHold)
            .where(
                select(Lot.id)
                .where(
                    among(Lot.id, "lots"),
                    Lot.product_id == ProductHold.product_id,
                    or_(ProductHold.lot_number.is_(None), ProductHold.lot_number == Lot.number),
                )
                .exists()
            ),
            lots,
        ),
    ]  # fmt: skip
    found = [
        HoldThen(
            is_everywhere=row.is_everywhere,
            reaches=row.reaches or "",
            **{name: getattr(row, name) for name in _HELD},
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: (each.placed_at, each.uid)))


_HELD = (
    "uid", "reason", "note", "placed_at", "placed_by", "released_at", "released_by", "release_note",
)  # fmt: skip


def _columns(model: Any) -> list[Any]:
    return [
        model.uid,
        model.reason,
        model.note,
        model.placed_at,
        model.released_at,
        model.release_note,
        literal(model is ProductHold).label("is_everywhere"),
    ]


def _with_people(statement: Any, model: Any) -> Any:
    placed_by = select(Person.name).where(Person.id == model.placed_by_id).correlate(model).scalar_subquery()
    released_by = (
        select(Person.name).where(Person.id == model.released_by_id).correlate(model).scalar_subquery()
    )
    return statement.add_columns(placed_by.label("placed_by"), released_by.label("released_by")).select_from(
        model
    )
