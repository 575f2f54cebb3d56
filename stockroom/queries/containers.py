"""Which vials are open, and which dies first?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.db.columns import written
from stockroom.errors import ThingNotFound
from stockroom.models import Balance, Container, Location, Lot, Patient, Person, Placing, Product, ProductRule
from stockroom.queries.paging import is_uid
from stockroom.vocabulary import ContainerState

_stands = aliased(Location, name="stands")
_ended = aliased(Person, name="ended")


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerRow:
    """An opened container; its uid is that of its location."""

    uid: str
    short_code: str
    state: str
    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    strength: str
    base_unit: str
    opened_at: datetime
    opened_by: str
    beyond_use_at: datetime | None
    content_quantity: int
    left_quantity: int
    allocated_quantity: int
    punctures: int
    patient_uid: str | None
    """The only patient it may serve."""
    patient_id: int | None
    one_patient_since: datetime | None
    """When a vial for several stood in a treatment room, from where on it serves one patient only."""
    container_type: str | None
    """How it is drawn from, by the version of the rule under which it was opened."""
    punctures_max: int | None
    waste_stream: str
    """Into what it is thrown away, by that version."""
    stands_in_uid: str
    stands_in: str
    stands_in_kind: str
    closed_at: datetime | None
    closed_by: str | None
    """None while it is open, and where nobody wrote it down."""


def open_board(connection: Connection, clinic_id: int) -> tuple[ContainerRow, ...]:
    """Give the clinic's open containers, what dies first at the top; one statement."""
    rows = connection.execute(
        _containers(clinic_id)
        # The words of the partial index, and a code, so that SQLite does not walk every vial ever opened.
        .where(Container.state == written(ContainerState.OPEN), Container.short_code > "")
        .order_by(Container.beyond_use_at.is_(None), Container.beyond_use_at, Container.location_id)
    )
    return tuple(_show(row) for row in rows)


def container(connection: Connection, clinic_id: int, *, uid: str) -> ContainerRow:
    """Give one container, open or not; one statement.  Raises ThingNotFound."""
    return _one(connection, clinic_id, Location.uid == uid if is_uid(uid) else None, uid)


def open_container_by_code(connection: Connection, clinic_id: int, *, short_code: str) -> ContainerRow:
    """Give the open container with this code on it; one statement.  Raises ThingNotFound."""
    is_it = and_(Container.short_code == short_code, Container.state == ContainerState.OPEN)
    return _one(connection, clinic_id, is_it, short_code)


def _one(connection: Connection, clinic_id: int, condition: Any, named: str) -> ContainerRow:
    found = (
        None
        if condition is None
        else connection.execute(_containers(clinic_id).where(condition)).one_or_none()
    )
    if found is None:
        raise ThingNotFound(thing="container", uid=named[:40])
    return _show(found)


def _containers(clinic_id: int) -> Any:
    inside = and_(
        Balance.clinic_id == Container.clinic_id,
        Balance.location_id == Container.location_id,
        Balance.lot_id == Container.lot_id,
    )
    return (
        select(
            Location.uid,
            Container.short_code,
            Container.state,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.strength,
            Product.base_unit,
            Container.opened_at,
            Person.name.label("opened_by"),
            Container.beyond_use_at,
            Container.content_quantity,
            func.coalesce(Balance.quantity, 0).label("left_quantity"),
            func.coalesce(Balance.allocated, 0).label("allocated_quantity"),
            Container.punctures,
            Patient.uid.label("patient_uid"),
            Patient.id.label("patient_id"),
            Container.one_patient_since,
            ProductRule.container_type,
            ProductRule.punctures_max,
            ProductRule.waste_stream,
            _stands.uid.label("stands_in_uid"),
            _stands.name.label("stands_in"),
            _stands.kind.label("stands_in_kind"),
            Container.closed_at,
            _ended.name.label("closed_by"),
        )
        .select_from(Container)
        .join(Location, and_(Location.clinic_id == Container.clinic_id, Location.id == Container.location_id))
        .join(Lot, and_(Lot.clinic_id == Container.clinic_id, Lot.id == Container.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(_stands, and_(_stands.clinic_id == Container.clinic_id, _stands.id == Container.stands_in_id))
        .join(Person, Person.id == Container.opened_by_id)
        .join(ProductRule, ProductRule.id == Container.product_rule_id)
        .outerjoin(_ended, _ended.id == Container.closed_by_id)
        .outerjoin(Balance, inside)
        .outerjoin(Patient, Patient.id == Container.patient_id)
        .where(Container.clinic_id == clinic_id)
    )


def _show(row: Row[Any]) -> ContainerRow:
    return ContainerRow(**row._mapping)


@dataclass(frozen=True, slots=True, kw_only=True)
class Put:
    """That a container was put somewhere."""

    place: str
    placed_at: datetime
    recorded_at: datetime
    by: str
    late_reason: str
    """Why it was written down only afterwards; empty where it was not."""


def placings_of(connection: Connection, clinic_id: int, *, uid: str, limit: int = 50) -> tuple[Put, ...]:
    """Give where a container stood, the latest place first; one statement."""
    itself = aliased(Location)
    rows = connection.execute(
        select(
            _stands.name.label("place"),
            Placing.placed_at,
            Placing.recorded_at,
            Person.name.label("by"),
            Placing.late_reason,
        )
        .join(itself, and_(itself.clinic_id == Placing.clinic_id, itself.id == Placing.container_id))
        .join(_stands, and_(_stands.clinic_id == Placing.clinic_id, _stands.id == Placing.location_id))
        .join(Person, Person.id == Placing.placed_by_id)
        .where(Placing.clinic_id == clinic_id, itself.uid == uid)
        .order_by(Placing.placed_at.desc(), Placing.id.desc())
        .limit(limit)
    )
    return tuple(Put(**row._mapping) for row in rows)
