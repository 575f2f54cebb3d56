"""What lies in the clinic for planned sessions to take, until when, and for whom?"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, bindparam, select

from stockroom.clock import civil_date
from stockroom.db.compiled_once import Once
from stockroom.models import Balance, Container, Location, Lot, Product, ProductRule
from stockroom.queries.clinic_day import NOW, TODAY
from stockroom.reads.in_stock import in_stock
from stockroom.reads.mixtures import stands_for
from stockroom.reads.settings import settings_of
from stockroom.reads.usable import is_usable_for_its_patient, kept_rule, with_facts
from stockroom.rules.availability import Supply
from stockroom.rules.dedicating import is_asked_of, serves_one_there
from stockroom.rules.expiry import in_use_minutes
from stockroom.vocabulary import ContainerType, ProductKind

_USED_IN_ONE_GO = (ContainerType.SINGLE_DOSE, ContainerType.NONE, None)
"""What is left of these is thrown away with the session (`rules.using.is_used_in_one_go`)."""


def supplies(
    connection: Connection, clinic_id: int, product_ids: Collection[int], *, now: datetime, zone: str
) -> list[Supply]:
    """Give what is usable of these products and promised to nobody; one statement, and one more where sealed vials
    for several lie in a treatment room.
    """
    asked = {
        "clinic": clinic_id, "products": sorted(product_ids), "now": now, "today": civil_date(now, zone)
    }  # fmt: skip
    if not product_ids:
        return []
    rows = _lying().all(connection, asked)
    in_rooms = any(row.opened_at is None and is_asked_of(row.kind, row.container_type) for row in rows)
    room_means_one = in_rooms and settings_of(connection, clinic_id).treatment_room_one_patient
    return [each for row in rows for each in _supplied(row, now, zone, room_means_one=room_means_one)]


def _supplied(row: Any, now: datetime, zone: str, *, room_means_one: bool) -> list[Supply]:
    """What one lot at one place can still serve: an open vial, sealed ones, or what keeps as it lies.

    Of a vial that is promised in part the rest is open from today on.  A vial for several is one patient's once it
    stood in a treatment room, and so is one that will be opened there where the clinic says so (`room_means_one`).
    """
    unpromised, until = row.quantity - row.allocated, _until(row, zone)
    if row.opened_at is not None:
        serves_one = row.one_patient_since is not None or row.kept_type == ContainerType.SINGLE_DOSE
        if serves_one and row.allocated and row.patient_id is None:
            return []  # it is hers to whom a part is promised
        return [
            Supply(
                product_id=row.product_id,
                quantity=unpromised,
                until=until,
                opened_at=row.opened_at,
                serves_one=serves_one,
                only_for=row.patient_id,
            )
        ]
    life, serves_one = _life(row), _comes_to_serve_one(row, room_means_one=room_means_one)
    if life is None and not serves_one:
        return [Supply(product_id=row.product_id, quantity=unpromised, until=until)]
    vial = row.content_quantity
    sealed = Supply(
        product_id=row.product_id,
        quantity=unpromised - unpromised % vial,
        until=until,
        vial=vial,
        life=life,
        serves_one=serves_one,
    )
    rest = replace(sealed.opened_for(1, now), quantity=unpromised % vial)
    return [sealed, rest]


def _comes_to_serve_one(row: Any, *, room_means_one: bool) -> bool:
    """Whether one that is opened where it lies is one patient's."""
    if not _is_broken_open(row):
        return False
    if row.container_type == ContainerType.SINGLE_DOSE:
        return True
    return serves_one_there(row.kind, row.container_type, room_means_one=room_means_one)


def _is_broken_open(row: Any) -> bool:
    return bool(row.content_quantity > 1 and row.product_kind == ProductKind.MANUFACTURED)


def _life(row: Any) -> timedelta | None:
    """How long one keeps once it is opened where it lies; None where that is no less than sealed."""
    if not _is_broken_open(row):
        return None
    if row.container_type in _USED_IN_ONE_GO:
        return timedelta(0)
    minutes = in_use_minutes(
        row.storage_class, room=row.in_use_minutes_room, refrigerated=row.in_use_minutes_refrigerated
    )
    return None if minutes is None else timedelta(minutes=minutes)


def _until(row: Any, zone: str) -> datetime | None:
    """The instant at which it may not be used any more."""
    limits = [row.expires_at, row.lot_until, row.container_until]
    if row.expires_on is not None:
        limits.append(midnight(row.expires_on + timedelta(days=1), zone))
    return min((each for each in limits if each is not None), default=None)


def midnight(on: date, zone: str) -> datetime:
    """The instant at which a civil day begins."""
    return datetime.combine(on, time(), ZoneInfo(zone)).astimezone(UTC)


@cache
def _lying() -> Once:
    return Once(
        with_facts(
            select(
                Balance.product_id,
                Balance.quantity,
                Balance.allocated,
                Lot.expires_on,
                Lot.expires_at,
                Lot.beyond_use_at.label("lot_until"),
                Container.beyond_use_at.label("container_until"),
                Container.opened_at,
                Container.one_patient_since,
                stands_for(Container.patient_id).label("patient_id"),
                kept_rule.container_type.label("kept_type"),
                Product.content_quantity,
                Product.kind.label("product_kind"),
                Location.kind,
                Location.storage_class,
                ProductRule.container_type,
                ProductRule.in_use_minutes_room,
                ProductRule.in_use_minutes_refrigerated,
            ).select_from(Balance)
        ).where(
            in_stock(),
            Balance.product_id.in_(bindparam("products", expanding=True)),
            is_usable_for_its_patient(now=NOW, today=TODAY),
        )
    )
