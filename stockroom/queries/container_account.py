"""Does what came out of an opened vial add up to its label: drawn for whom, mixed, thrown away, found beyond?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from stockroom.models import Container, Line, Location, Movement, Patient, Preparation, TreatmentSession
from stockroom.reads.mixtures import stands_for
from stockroom.vocabulary import LocationKind, MovementKind

_from, _to = aliased(Location, name="from_place"), aliased(Location, name="to_place")


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawnFor:
    """What one patient got of it, in how many draws."""

    patient_id: int
    patient_uid: str
    quantity: int
    draws: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedInto:
    """What went into one cocktail, whose page says for whom it was made, in how many draws."""

    preparation_uid: str
    short_code: str
    quantity: int
    draws: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ThrownAway:
    """What was thrown away of it, and why, as it was written down."""

    reason: str
    quantity: int


@dataclass(frozen=True, kw_only=True)
class ContainerAccount:
    """In and out of one container: label + overfill + counted = drawn + mixed + thrown away + left."""

    label_quantity: int
    overfill_quantity: int
    """Found beyond the label when it was drawn."""
    counted_quantity: int
    """What counts found more, or less, than the books."""
    drawn: tuple[DrawnFor, ...]
    mixed: tuple[MixedInto, ...]
    thrown: tuple[ThrownAway, ...]
    other_quantity: int
    """Returned to the supplier, or sealed again."""
    left_quantity: int

    @property
    def came(self) -> int:
        return self.label_quantity + self.overfill_quantity + self.counted_quantity

    @property
    def mixed_quantity(self) -> int:
        """Into cocktails."""
        return sum(each.quantity for each in self.mixed)

    @property
    def went(self) -> int:
        drawn = sum(each.quantity for each in self.drawn)
        thrown = sum(each.quantity for each in self.thrown)
        return drawn + self.mixed_quantity + thrown + self.other_quantity + self.left_quantity


def account_of(connection: Connection, clinic_id: int, *, container_uid: str) -> ContainerAccount:
    """Give the account of a container that is known to be there; one statement, as long as its history."""
    rows = connection.execute(_lines(clinic_id, container_uid)).all()
    sums: dict[str, int] = {}
    drawn: dict[tuple[int, str], list[int]] = {}
    mixed: dict[tuple[str, str], list[int]] = {}
    thrown: dict[str, int] = {}
    for row in rows:
        part = _part(row)
        sums["left"] = sums.get("left", 0) + (row.quantity if row.comes_in else -row.quantity)
        if part == "drawn":
            drawn.setdefault((row.patient_id, row.patient_uid), []).append(row.quantity)
        elif part == "mixed":
            mixed.setdefault((row.preparation_uid, row.preparation_code), []).append(row.quantity)
        elif part == "thrown":
            reason = row.reason.partition(":")[0] if row.kind == MovementKind.DISPOSE else row.kind
            thrown[reason] = thrown.get(reason, 0) + row.quantity
        else:
            sums[part] = sums.get(part, 0) + row.quantity
    return ContainerAccount(
        label_quantity=sums.get("label", 0),
        overfill_quantity=sums.get("overfill", 0),
        counted_quantity=sums.get("found", 0) - sums.get("missing", 0),
        drawn=tuple(
            DrawnFor(patient_id=its_id, patient_uid=uid, quantity=sum(each), draws=len(each))
            for (its_id, uid), each in drawn.items()
        ),
        mixed=tuple(
            MixedInto(preparation_uid=uid, short_code=code, quantity=sum(each), draws=len(each))
            for (uid, code), each in mixed.items()
        ),
        thrown=tuple(ThrownAway(reason=reason, quantity=each) for reason, each in thrown.items()),
        other_quantity=sums.get("other", 0),
        left_quantity=sums.get("left", 0),
    )


def _part(row: Any) -> str:
    if row.comes_in:
        if row.other_kind != LocationKind.ADJUSTMENT:
            return "label"
        return "found" if row.kind in (MovementKind.COUNT, MovementKind.BRING_FORWARD) else "overfill"
    parts = {
        LocationKind.PATIENT: "drawn",
        LocationKind.COMPOUNDING: "mixed",
        LocationKind.DISPOSAL: "thrown",
        LocationKind.ADJUSTMENT: "missing",
    }
    return parts.get(LocationKind(row.other_kind), "other")


def _lines(clinic_id: int, container_uid: str) -> Any:
    """Its lines that stand, oldest first: reversals and what they took back are left out."""
    place = select(Location.id).where(Location.clinic_id == clinic_id, Location.uid == container_uid)
    turned, first = aliased(Line), aliased(Movement)
    comes_in = Line.to_id == Container.location_id
    return (
        select(
            Line.quantity,
            comes_in.label("comes_in"),
            func.coalesce(first.kind, Movement.kind).label("kind"),
            Movement.reason,
            _other_kind(comes_in).label("other_kind"),
            Patient.id.label("patient_id"),
            Patient.uid.label("patient_uid"),
            Preparation.uid.label("preparation_uid"),
            Preparation.short_code.label("preparation_code"),
        )
        .select_from(Container)
        .join(
            Line,
            and_(
                Line.clinic_id == Container.clinic_id,
                Line.lot_id == Container.lot_id,
                or_(Line.from_id == Container.location_id, Line.to_id == Container.location_id),
            ),
        )
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .outerjoin(
            first, and_(first.clinic_id == Movement.clinic_id, first.id == Movement.replaces_movement_id)
        )
        .join(_from, and_(_from.clinic_id == Line.clinic_id, _from.id == Line.from_id))
        .join(_to, and_(_to.clinic_id == Line.clinic_id, _to.id == Line.to_id))
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .outerjoin(
            TreatmentSession,
            and_(TreatmentSession.clinic_id == Line.clinic_id, TreatmentSession.id == Line.session_id),
        )
        .outerjoin(Patient, Patient.id == stands_for(TreatmentSession.patient_id))
        .outerjoin(
            Preparation,
            and_(Preparation.clinic_id == Movement.clinic_id, Preparation.uid == Movement.document_uid),
        )
        .where(
            Container.clinic_id == clinic_id,
            Container.location_id == place.scalar_subquery(),
            func.coalesce(Line.reverses_line_id, 0) == 0,
            turned.id.is_(None),
        )
        .order_by(Line.id)
    )


def _other_kind(comes_in: Any) -> Any:
    return case((comes_in, _from.kind), else_=_to.kind)
