"""What does a count in work hold: who found how much of what, where?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, Row, Select, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.errors import Conflict, Stale, ThingNotFound, extracted
from stockroom.models import Container, CountFind, Location, Lot, Person, Product, StockCount
from stockroom.reads.finding import one_by_uid
from stockroom.rules.counting import Find
from stockroom.vocabulary import CountReason, CountState


@dataclass(eq=False, kw_only=True)
class CountOver(Conflict):
    """The count was booked or given up."""

    code: ClassVar[str] = "count_over"
    message: ClassVar[str] = extracted(
        "This count is {state} already. Nothing was changed: look at it, or begin another one."
    )
    count: str
    state: str


@dataclass(eq=False, kw_only=True)
class CountChanged(Stale):
    """Somebody counted or changed something since the count was read."""

    code: ClassVar[str] = "count_changed"
    message: ClassVar[str] = extracted(
        "Somebody else went on with this count meanwhile. Look at it again before you go on."
    )
    count: str


@dataclass(eq=False, kw_only=True)
class FindStale(Stale):
    """Somebody counted the same anew, or took it off, since it was read."""

    code: ClassVar[str] = "find_stale"
    message: ClassVar[str] = extracted("Line {line} was changed meanwhile. Look at it again.")
    line: int


def count_in_work(
    connection: Connection, clinic_id: int, uid: str, *, version: int | None = None
) -> Row[Any]:
    """Give the row of a count that is open, in the version that was looked at where one is asked for.

    Raises ThingNotFound, CountOver, CountChanged.
    """
    row = one_by_uid(connection, StockCount, uid, thing="count", clinic_id=clinic_id)
    if row.state != CountState.OPEN:
        raise CountOver(count=row.uid, state=row.state.replace("_", " "))
    if version is not None and row.version != version:
        raise CountChanged(count=row.uid)
    return row


def find_in_work(connection: Connection, count: Row[Any], uid: str, *, version: int) -> Row[Any]:
    """Give the row of what somebody found in this count.  Raises ThingNotFound, FindStale."""
    row = one_by_uid(connection, CountFind, uid, thing="line of a count", clinic_id=count.clinic_id)
    if row.stock_count_id != count.id:
        raise ThingNotFound(thing="line of this count", uid=uid)
    if row.version != version or row.removed_at is not None:
        raise FindStale(line=row.n)
    return row


_named = aliased(Lot, name="named_lot")
_counter = aliased(Person, name="counter")
STANDS_IN = aliased(Location, name="stands_in")
NAMES: list[Any] = [
    Lot.id.label("lot_id"),
    Lot.uid.label("lot_uid"),
    Lot.number.label("lot_number"),
    Lot.expires_on,
    Lot.expires_at,
    Lot.beyond_use_at,
    Product.uid.label("product_uid"),
    Product.name.label("product_name"),
    Product.strength,
    Product.presentation,
    Product.base_unit,
    Product.content_quantity,
    Location.id.label("location_id"),
    Location.uid.label("location_uid"),
    Location.name.label("location_name"),
    Container.short_code.label("container_code"),
    STANDS_IN.name.label("stands_in"),
]
"""What is said of a thing that is counted, over Lot, Product, Location, Container and `STANDS_IN`."""
_COLUMNS: list[Any] = [
    *NAMES,
    CountFind.uid,
    CountFind.n,
    CountFind.version,
    CountFind.counted_at,
    CountFind.found_quantity,
    CountFind.counted_by_id,
    CountFind.reason,
    _counter.uid.label("counted_by_uid"),
    _counter.name.label("counted_by"),
    Container.state.label("container_state"),
    Container.closed_at.label("container_closed_at"),
]


def finds_of(clinic_id: int, count_id: int) -> Select[Any]:
    """What stands in a count, in the order in which it was entered; a misread lot is what it is now."""
    is_lot = and_(
        Lot.clinic_id == CountFind.clinic_id, Lot.id == func.coalesce(_named.superseded_by_id, _named.id)
    )
    in_vial = and_(Container.clinic_id == CountFind.clinic_id, Container.location_id == CountFind.location_id)
    return (
        select(*_COLUMNS)
        .select_from(CountFind)
        .join(_named, and_(_named.clinic_id == CountFind.clinic_id, _named.id == CountFind.lot_id))
        .join(Lot, is_lot)
        .join(Product, Product.id == Lot.product_id)
        .join(Location, and_(Location.clinic_id == CountFind.clinic_id, Location.id == CountFind.location_id))
        .join(_counter, _counter.id == CountFind.counted_by_id)
        .outerjoin(Container, in_vial)
        .outerjoin(
            STANDS_IN,
            and_(STANDS_IN.clinic_id == Container.clinic_id, STANDS_IN.id == Container.stands_in_id),
        )
        .where(
            CountFind.clinic_id == clinic_id,
            CountFind.stock_count_id == count_id,
            CountFind.removed_at.is_(None),
        )
        .order_by(CountFind.n)
    )


def standing_finds(connection: Connection, clinic_id: int, count_id: int) -> tuple[Row[Any], ...]:
    """Give what stands in a count, with its names; one statement."""
    return tuple(connection.execute(finds_of(clinic_id, count_id)).all())


def as_finds(rows: Iterable[Row[Any]]) -> tuple[Find, ...]:
    """Give the rows of `standing_finds` as the rule takes them."""
    return tuple(
        Find(
            lot_id=row.lot_id,
            lot_number=row.lot_number,
            location_id=row.location_id,
            found=row.found_quantity,
            counted_at=row.counted_at,
            counted_by_id=row.counted_by_id,
            reason=None if row.reason is None else CountReason(row.reason),
        )
        for row in rows
    )
