"""How much of a product should a clinic or a place hold, and how does a supplier sell it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import and_, insert, select, update

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import ORGANISATION, Work
from stockroom.errors import InvalidValue, Stale, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.sides import note_sides
from stockroom.models import Location, ParLevel, Product, StockLevel, Supplier, SupplierItem
from stockroom.reads.finding import one_by_uid
from stockroom.rules.pricing import check_price
from stockroom.vocabulary import SHELF_KINDS, Action


@dataclass(eq=False, kw_only=True)
class LevelChanged(Stale):
    """Somebody set it anew since it was read."""

    code: ClassVar[str] = "level_changed"
    message: ClassVar[str] = extracted(
        "This was changed by somebody else. Look at it again before you change it."
    )
    product_uid: str


@dataclass(frozen=True, kw_only=True)
class SetStockLevel:
    """Minimum and target of a product in the actor's clinic, in sealed presentations."""

    product_uid: str
    minimum_count: int
    target_count: int
    version: int | None = None
    """The version that was read, 0 where there was none yet; None where nobody looked."""


@dataclass(frozen=True, kw_only=True)
class SetParLevel:
    """How many sealed presentations a place should hold."""

    product_uid: str
    location_uid: str
    par_count: int
    version: int | None = None
    """The version that was read; None where nobody looked."""


@dataclass(frozen=True, kw_only=True)
class SetSupplierItem:
    """How a supplier sells a product; the price is of one pack, in the currency's minor unit."""

    supplier_uid: str
    product_uid: str
    item_code: str
    pack_count: int
    lead_time_days: int | None = None
    is_preferred: bool = False
    last_price_minor: int | None = None
    currency: str | None = None
    version: int | None = None
    """The version that was read; None where nobody looked."""


@dataclass(frozen=True, kw_only=True)
class LevelSet:
    product_uid: str
    version: int


def set_stock_level(
    store: Store, command: SetStockLevel, *, actor: Actor, key: str, now: datetime
) -> LevelSet:
    """Set minimum and target.  Raises ThingNotFound, LevelChanged, InvalidValue unless 0 <= minimum <= target."""
    return perform(
        store,
        Act(kind="stock_level.set", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _set_stock_level(work, command),
        answer=LevelSet,
        actor=actor,
        key=key,
        now=now,
    )


def set_par_level(store: Store, command: SetParLevel, *, actor: Actor, key: str, now: datetime) -> LevelSet:
    """Set a place's par level.  Raises ThingNotFound, LevelChanged, InvalidValue for a negative one or no shelf."""
    return perform(
        store,
        Act(kind="par_level.set", action=Action.MAINTAIN_CLINIC),
        command=command,
        body=lambda work: _set_par_level(work, command),
        answer=LevelSet,
        actor=actor,
        key=key,
        now=now,
    )


def set_supplier_item(
    store: Store, command: SetSupplierItem, *, actor: Actor, key: str, now: datetime
) -> LevelSet:
    """Set code, pack, lead time and price of a product at a supplier.

    Raises ThingNotFound, LevelChanged, InvalidValue.
    """
    return perform(
        store,
        Act(kind="supplier_item.set", action=Action.MAINTAIN_CATALOGUE, filed_in=ORGANISATION),
        command=command,
        body=lambda work: _set_supplier_item(work, command),
        answer=LevelSet,
        actor=actor,
        key=key,
        now=now,
    )


def _set_stock_level(work: Work, command: SetStockLevel) -> LevelSet:
    if not 0 <= command.minimum_count <= command.target_count:
        raise InvalidValue(field="minimum_count", problem="from zero up to the target")
    product = one_by_uid(work.connection, Product, command.product_uid, thing="product")
    which = {"clinic_id": work.clinic_id, "product_id": product.id}
    values = {"minimum_count": command.minimum_count, "target_count": command.target_count}
    version = _write(work, StockLevel, which, values, command)
    work.payload["product"] = product.uid
    return LevelSet(product_uid=product.uid, version=version)


def _set_par_level(work: Work, command: SetParLevel) -> LevelSet:
    product = one_by_uid(work.connection, Product, command.product_uid, thing="product")
    location = one_by_uid(
        work.connection, Location, command.location_uid, thing="place", clinic_id=work.clinic_id
    )
    if command.par_count < 0 or location.kind not in SHELF_KINDS:
        raise InvalidValue(field="par_count", problem="zero or more, at a shelf, cupboard, fridge or room")
    which = {"clinic_id": work.clinic_id, "location_id": location.id, "product_id": product.id}
    version = _write(work, ParLevel, which, {"par_count": command.par_count}, command)
    work.payload.update(product=product.uid, location=location.uid)
    return LevelSet(product_uid=product.uid, version=version)


def _set_supplier_item(work: Work, command: SetSupplierItem) -> LevelSet:
    supplier = one_by_uid(work.connection, Supplier, command.supplier_uid, thing="supplier")
    product = one_by_uid(work.connection, Product, command.product_uid, thing="product")
    if command.pack_count <= 0:
        raise InvalidValue(field="pack_count", problem="more than zero presentations")
    if command.lead_time_days is not None and command.lead_time_days < 0:
        raise InvalidValue(field="lead_time_days", problem="zero days or more")
    check_price(command.last_price_minor, command.currency, field="last_price_minor")
    values = {
        "item_code": command.item_code,
        "pack_count": command.pack_count,
        "lead_time_days": command.lead_time_days,
        "is_preferred": command.is_preferred,
        "last_price_minor": command.last_price_minor,
        "currency": command.currency,
    }
    which = {"supplier_id": supplier.id, "product_id": product.id}
    version = _write(work, SupplierItem, which, values, command)
    work.payload.update(product=product.uid, supplier=supplier.uid)
    return LevelSet(product_uid=product.uid, version=version)


def _write(
    work: Work,
    model: Any,
    which: dict[str, int],
    values: dict[str, Any],
    command: SetStockLevel | SetParLevel | SetSupplierItem,
) -> int:
    """Insert the row, or update it and raise its version; give the version.  Raises LevelChanged."""
    is_it = and_(*(getattr(model, column) == value for column, value in which.items()))
    row = work.connection.execute(select(model.__table__).where(is_it)).one_or_none()
    version = row.version if row is not None else 0
    if command.version is not None and command.version != version:
        raise LevelChanged(product_uid=command.product_uid)
    if row is None:
        work.payload.update(before=dict.fromkeys(values), after=values)
        created = {"version": 1, "created_at": work.recorded_at, "updated_at": work.recorded_at}
        work.connection.execute(insert(model).values(**which, **values, **created))
        return 1
    note_sides(work, row._mapping, values)
    changed = {"version": version + 1, "updated_at": work.recorded_at}
    work.connection.execute(update(model).where(is_it).values(**values, **changed))
    return int(version) + 1
