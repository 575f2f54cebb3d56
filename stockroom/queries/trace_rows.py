"""What does a trace show?  Frozen rows: uses, lots on the way, where they lie, receipts, and the account of each lot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from msgspec import Struct

from stockroom.ledger.trace_lots import LotNamed
from stockroom.queries.changed_since import Correction, InPlace
from stockroom.vocabulary import VIRTUAL_KINDS, LocationKind


class AreaPart(Struct, frozen=True, kw_only=True, gc=False):
    """How much of a use went into one area of the body."""

    area: str
    quantity: int
    base_unit: str


class Use(Struct, frozen=True, kw_only=True, gc=False):
    """A quantity of a lot that was used on a patient, and stands.

    A trace may hold many thousands; a Struct is made in a fifth of the time that a frozen dataclass takes, and one that
    leads to no circle is passed over by the collector of garbage.
    """

    lot: LotNamed
    via: tuple[str, ...]
    """Uids of the cocktails between the lot asked for and this use, the nearest to that lot first."""
    session_uid: str
    patient_uid: str
    """The record under which it was booked."""
    patient_id: int
    """Who she is by now, whatever was merged since; for the queries, it is never shown."""
    occurred_at: datetime
    is_late: bool
    """It was recorded after it happened."""
    quantity: int
    movement_uid: str
    seq: int
    """The number of its journal entry."""
    practitioner: str | None
    prescriber: str | None
    technique: str | None
    indication: str | None
    identified_by: str | None
    areas: tuple[AreaPart, ...]
    container_uid: str | None = None
    container_code: str | None = None
    """The opened container that it was drawn from; none for what came from the shelf whole."""
    taken_back: Correction | None = None
    """What became of it after the instant that the trace shows, where that was asked."""
    in_place: InPlace | None = None
    """That it stands in the place of what was taken back, where that was asked."""


@dataclass(frozen=True, kw_only=True)
class Lying:
    """What of a lot lies at one place."""

    lot_uid: str
    location_uid: str
    location_name: str
    container_code: str | None
    quantity: int


@dataclass(frozen=True, kw_only=True)
class Account:
    """Where every base unit of a lot came from and went to, reversals netted."""

    lot_uid: str
    received: int
    """From a supplier."""
    made: int
    """By preparing."""
    arrived: int
    """From another clinic."""
    adjusted_in: int
    """Brought forward, found at a count, overfill."""
    used: int
    compounded: int
    disposed: int
    returned: int
    dispatched: int
    adjusted_out: int
    on_hand: int

    @property
    def came_in(self) -> int:
        """All that was ever received, made, sent here, found or brought forward."""
        return self.received + self.made + self.arrived + self.adjusted_in

    @property
    def is_moved(self) -> bool:
        """Whether anything of it was ever in the books."""
        return self.came_in > 0 or self.on_hand > 0

    @property
    def difference(self) -> int:
        """What came in and is neither on hand nor accounted for; 0 in sound books."""
        went = self.used + self.compounded + self.disposed + self.returned + self.dispatched
        return self.came_in - went - self.adjusted_out - self.on_hand

    @property
    def is_complete(self) -> bool:
        return self.difference == 0


@dataclass(frozen=True, kw_only=True)
class Origin:
    """A receipt that brought a lot; without a supplier it is opening stock."""

    lot_uid: str
    lot_number: str
    quantity: int
    receipt_uid: str
    delivery_note: str
    arrived_at: datetime
    supplier_uid: str | None
    supplier_name: str | None
    clinic_uid: str
    clinic_name: str


@dataclass(frozen=True, kw_only=True)
class Vial:
    """An opened container of a lot, and the cocktails into which something was drawn from it."""

    uid: str
    code: str
    lot_uid: str
    went_into: tuple[str, ...]
    """Uids of the cocktails' lots."""


@dataclass(frozen=True, kw_only=True)
class LotReached:
    """A lot on the way of a trace."""

    lot: LotNamed
    depth: int
    """Over how few cocktails it is reached."""
    via: tuple[str, ...]
    """Uids of the cocktails on the shortest way to it."""


@dataclass(frozen=True, kw_only=True)
class WentInto:
    """Some of one lot went into another, by preparing or by sending it to another clinic."""

    parent_uid: str
    child_uid: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceMet:
    """That a device was used in a session, where it was not taken back by then."""

    device_uid: str
    name: str
    manufacturer: str
    udi_di: str
    serial: str
    session_uid: str
    patient_uid: str
    patient_id: int
    """Who she is by now, whatever was merged since; for the queries, it is never shown."""
    occurred_at: datetime
    recorded_at: datetime
    by: str
    clinic_id: int
    """For the queries; it is never shown."""
    clinic_uid: str
    clinic_name: str


@dataclass(frozen=True, kw_only=True)
class ForwardTrace:
    """Everything that became of a lot."""

    lots: tuple[LotReached, ...]
    edges: tuple[WentInto, ...]
    uses: tuple[Use, ...]
    """In the order of the books."""
    lying: tuple[Lying, ...]
    accounts: tuple[Account, ...]
    vials: tuple[Vial, ...]
    """What was opened of the lots, in the order in which it was."""
    unseen_clinics: int
    """Clinics that some of it was sent to and that the viewer may not see: the trace stops there."""

    @property
    def is_complete(self) -> bool:
        """True when every lot's books add up and nothing went out of sight."""
        return self.unseen_clinics == 0 and all(account.is_complete for account in self.accounts)


@dataclass(frozen=True, kw_only=True)
class BackTrace:
    """Everything that a session's or a patient's uses came from."""

    uses: tuple[Use, ...]
    lots: tuple[LotReached, ...]
    edges: tuple[WentInto, ...]
    origins: tuple[Origin, ...]
    unseen_clinics: int
    devices: tuple[DeviceMet, ...] = ()
    """That were used in the sessions."""


def use_of(row: Any, lot: LotNamed, via: tuple[str, ...], areas: Sequence[Any]) -> Use:
    """Make a use of a line that went to a patient."""
    return Use(
        lot=lot,
        via=via,
        session_uid=row.session_uid,
        patient_uid=row.patient_uid,
        patient_id=row.patient_id,
        occurred_at=row.occurred_at,
        is_late=bool(row.is_late),
        quantity=row.quantity,
        movement_uid=row.movement_uid,
        seq=row.seq,
        practitioner=row.practitioner,
        prescriber=row.prescriber,
        technique=row.technique,
        indication=row.indication,
        identified_by=row.identified_by,
        areas=tuple(
            [AreaPart(area=part.area, quantity=part.quantity, base_unit=lot.base_unit) for part in areas]
        )
        if areas
        else (),
        container_uid=row.container_uid,
        container_code=row.container_code,
    )


def account_of(lot: LotNamed, lines: Iterable[Any], *, used: int, on_hand: int) -> Account:
    """Add up the standing lines of one lot, its uses apart, by where they came from and where they went."""
    came: dict[str, int] = dict.fromkeys(VIRTUAL_KINDS, 0)
    went: dict[str, int] = dict.fromkeys(VIRTUAL_KINDS, 0)
    for line in lines:
        if line.from_kind in came:
            came[line.from_kind] += line.quantity
        if line.to_kind in went:
            went[line.to_kind] += line.quantity
    return Account(
        lot_uid=lot.uid,
        received=came[LocationKind.SUPPLIER],
        made=came[LocationKind.COMPOUNDING],
        arrived=came[LocationKind.IN_TRANSIT],
        adjusted_in=came[LocationKind.ADJUSTMENT],
        used=used,
        compounded=went[LocationKind.COMPOUNDING],
        disposed=went[LocationKind.DISPOSAL] - came[LocationKind.DISPOSAL],
        returned=went[LocationKind.SUPPLIER],
        dispatched=went[LocationKind.IN_TRANSIT],
        adjusted_out=went[LocationKind.ADJUSTMENT],
        on_hand=on_hand,
    )
