"""What is an alert about, as it is now: which product and lot, where, how much, until when, worth what?"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Balance,
    Container,
    Device,
    Location,
    Lot,
    Movement,
    Person,
    Preparation,
    Product,
    RecallCase,
    SharpsBox,
    TreatmentSession,
)
from stockroom.reads.lot_costs import lot_costs
from stockroom.rules.valuing import Worth, worth

_standing = aliased(Location, name="standing")


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertThing:
    """What an alert is about; what does not apply to its kind is None or empty."""

    name: str = ""
    """The product's brand name; a session's code; for a movement the word of its kind, for a place what people
    call it."""
    strength: str = ""
    product_uid: str | None = None
    lot_uid: str | None = None
    lot_number: str | None = None
    location_uid: str | None = None
    """The opened container or the place, where it is about one."""
    container_code: str | None = None
    preparation_code: str | None = None
    places: tuple[str, ...] = ()
    """Where it lies, each place once."""
    expires_on: date | None = None
    limit_at: datetime | None = None
    """When an opened or prepared thing may no longer be used."""
    quantity: int | None = None
    """Base units on hand."""
    presentation: str | None = None
    base_unit: str | None = None
    content_quantity: int | None = None
    worth: Worth | None = None
    """By the cost of its deliveries; None is not known."""


def things_of(
    connection: Connection, clinic_id: int, subjects: Sequence[tuple[str, str, str]]
) -> dict[str, AlertThing]:
    """Give what alerts are about, by the uid of the subject; eleven statements at most.

    `subjects` are (kind of the subject, its uid, the alert's facts).
    """
    by_kind: dict[str, set[str]] = defaultdict(set)
    lot_of: dict[str, str] = {}
    for kind, uid, facts in subjects:
        by_kind[kind].add(uid)
        if kind in ("lot", "allocation", "receipt"):
            lot = uid if kind == "lot" else json.loads(facts).get("lot")
            if isinstance(lot, str):
                lot_of[uid] = lot
    found = _of_lots(connection, clinic_id, lot_of)
    found |= _of_containers(connection, clinic_id, by_kind["container"])
    found |= _simple(connection, _PRODUCTS, clinic_id, by_kind["product"])
    found |= _simple(connection, _PREPARATIONS, clinic_id, by_kind["preparation"])
    found |= _simple(connection, _MOVEMENTS, clinic_id, by_kind["movement"])
    found |= _simple(connection, _PLACES, clinic_id, by_kind["location"])
    found |= _simple(connection, _SESSIONS, clinic_id, by_kind["session"])
    found |= _simple(connection, _DEVICES, clinic_id, by_kind["device"])
    found |= _simple(connection, _SHARPS_BOXES, clinic_id, by_kind["sharps_box"])
    found |= _simple(connection, _PEOPLE, clinic_id, by_kind["person"])
    found |= _simple(connection, _RECALLS, clinic_id, by_kind["recall"])
    return found


_OF_GOODS = (
    Product.uid.label("product_uid"),
    Product.name,
    Product.strength,
    Product.presentation,
    Product.base_unit,
    Product.content_quantity,
    Lot.id.label("lot_id"),
    Lot.uid.label("lot_uid"),
    Lot.number.label("lot_number"),
    Lot.expires_on,
    Balance.quantity,
    Location.uid.label("location_uid"),
    func.coalesce(_standing.name, Location.name).label("place"),
    Container.short_code.label("container_code"),
    func.coalesce(Container.beyond_use_at, Lot.beyond_use_at, type_=Lot.beyond_use_at.type).label("limit_at"),
)


def _goods(begin: Any) -> Any:
    """Every lot with the places where it is on hand; a lot that is nowhere has one row without a place."""
    lies = and_(Balance.clinic_id == Lot.clinic_id, Balance.lot_id == Lot.id, Balance.quantity > 0)
    holder = and_(Container.clinic_id == Balance.clinic_id, Container.location_id == Balance.location_id)
    return (
        begin.select_from(Lot)
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(Balance, lies)
        .outerjoin(
            Location, and_(Location.clinic_id == Balance.clinic_id, Location.id == Balance.location_id)
        )
        .outerjoin(Container, holder)
        .outerjoin(
            _standing,
            and_(_standing.clinic_id == Container.clinic_id, _standing.id == Container.stands_in_id),
        )
        .where(Lot.clinic_id == bindparam("clinic"))
    )


_WANTED: Any = bindparam("uids", expanding=True)
_LOTS = _goods(select(*_OF_GOODS)).where(Lot.uid.in_(_WANTED)).order_by(Lot.id, Location.name)
_CONTAINERS = _goods(select(*_OF_GOODS)).where(Location.uid.in_(_WANTED))
_RECALLS = select(RecallCase.uid.label("subject"), RecallCase.title.label("name")).where(
    RecallCase.uid.in_(_WANTED)
)
_PRODUCTS = select(
    Product.uid.label("subject"),
    Product.uid.label("product_uid"),
    Product.name,
    Product.strength,
    Product.base_unit,
    Product.content_quantity,
).where(Product.uid.in_(_WANTED))
_PREPARATIONS = (
    select(
        Preparation.uid.label("subject"),
        Product.uid.label("product_uid"),
        Product.name,
        Product.strength,
        Preparation.short_code.label("preparation_code"),
    )
    .join(Product, Product.id == Preparation.product_id)
    .where(Preparation.clinic_id == bindparam("clinic"), Preparation.uid.in_(_WANTED))
)
_MOVEMENTS = select(Movement.uid.label("subject"), Movement.kind.label("name")).where(
    Movement.clinic_id == bindparam("clinic"), Movement.uid.in_(_WANTED)
)
_SESSIONS = select(
    TreatmentSession.uid.label("subject"),
    TreatmentSession.short_code.label("name"),
    TreatmentSession.planned_at.label("limit_at"),
).where(TreatmentSession.clinic_id == bindparam("clinic"), TreatmentSession.uid.in_(_WANTED))
_PLACES = select(Location.uid.label("subject"), Location.uid.label("location_uid"), Location.name).where(
    Location.clinic_id == bindparam("clinic"), Location.uid.in_(_WANTED)
)


_DEVICES = select(Device.uid.label("subject"), Device.name).where(
    Device.clinic_id == bindparam("clinic"), Device.uid.in_(_WANTED)
)
_SHARPS_BOXES = select(SharpsBox.uid.label("subject"), SharpsBox.short_code.label("name")).where(
    SharpsBox.clinic_id == bindparam("clinic"), SharpsBox.uid.in_(_WANTED)
)
_PEOPLE = select(Person.uid.label("subject"), Person.name).where(Person.uid.in_(_WANTED))


def _of_lots(connection: Connection, clinic_id: int, lot_of: dict[str, str]) -> dict[str, AlertThing]:
    if not lot_of:
        return {}
    rows = connection.execute(_LOTS, {"clinic": clinic_id, "uids": sorted(set(lot_of.values()))}).all()
    costs = lot_costs(connection, clinic_id, (row.lot_id for row in rows))
    of_lot: dict[str, list[Any]] = defaultdict(list)
    for row in rows:
        of_lot[row.lot_uid].append(row)
    shown = {uid: _thing(each, costs.get(each[0].lot_id, ())) for uid, each in of_lot.items()}
    return {subject: shown[lot] for subject, lot in lot_of.items() if lot in shown}


def _of_containers(connection: Connection, clinic_id: int, uids: Iterable[str]) -> dict[str, AlertThing]:
    wanted = sorted(uids)
    if not wanted:
        return {}
    rows = connection.execute(_CONTAINERS, {"clinic": clinic_id, "uids": wanted}).all()
    costs = lot_costs(connection, clinic_id, (row.lot_id for row in rows))
    return {row.location_uid: _thing([row], costs.get(row.lot_id, ()), is_container=True) for row in rows}


def _thing(rows: Sequence[Any], costs: Any, *, is_container: bool = False) -> AlertThing:
    first = rows[0]
    quantity = sum(row.quantity or 0 for row in rows)
    return AlertThing(
        name=first.name,
        strength=first.strength,
        product_uid=first.product_uid,
        lot_uid=first.lot_uid,
        lot_number=first.lot_number,
        location_uid=first.location_uid if is_container else None,
        container_code=first.container_code if is_container else None,
        places=tuple(dict.fromkeys(row.place for row in rows if row.place is not None)),
        expires_on=first.expires_on,
        limit_at=first.limit_at,
        quantity=quantity,
        presentation=first.presentation,
        base_unit=first.base_unit,
        content_quantity=first.content_quantity,
        worth=worth(quantity, content_quantity=first.content_quantity, costs=costs),
    )


def _simple(
    connection: Connection, statement: Any, clinic_id: int, uids: Iterable[str]
) -> dict[str, AlertThing]:
    wanted = sorted(uids)
    if not wanted:
        return {}
    rows = connection.execute(statement, {"clinic": clinic_id, "uids": wanted})
    return {
        row.subject: AlertThing(**{name: value for name, value in row._mapping.items() if name != "subject"})
        for row in rows
    }
