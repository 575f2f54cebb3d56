"""What does a scan, or a typed code, number or name, point at for somebody who counts?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from sqlalchemy import Connection, and_, func, select

from stockroom.barcodes.own_labels import LabelKind
from stockroom.barcodes.scan import Scan, parse_scan
from stockroom.errors import Refused, extracted
from stockroom.models import Balance, Container, Location, Lot, Preparation, Product, TradeItem
from stockroom.queries.finding_by_text import things_called
from stockroom.queries.packs import pack_here
from stockroom.queries.stock_counts import ThingNamed, named_thing, with_places
from stockroom.reads.asked_things import ScanInDoubt, ScanNamesNothing
from stockroom.reads.stock_counts import NAMES
from stockroom.rules.counting import CountedVialDiscarded
from stockroom.vocabulary import SHELF_KINDS, ContainerState

LOTS_MAX = 100


@dataclass(eq=False, kw_only=True)
class LotNotInBooks(Refused):
    """A lot was found of which the clinic has never booked anything."""

    code: ClassVar[str] = "lot_not_in_books"
    message: ClassVar[str] = extracted(
        "Lot {lot_number} of {product} was never booked in this clinic, so it cannot be counted yet. Receive it "
        "(or bring it in as opening stock), then count it."
    )
    lot_number: str
    product: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """What was meant, as far as it was said; nothing of it where it is a thing that is not counted."""

    product_uid: str | None = None
    lot_uid: str | None = None
    location_uid: str | None = None
    is_container: bool = False
    """The place is an opened container, which holds one lot."""


def target_of(connection: Connection, clinic_id: int, text: str, *, today: date) -> Target:
    """Give what a text means here: a place, an opened vial, a lot or a product.

    In seven statements at most.  Raises ScanUnreadable, ScanInDoubt, ScanNamesNothing, LotNotInBooks, and
    CountedVialDiscarded for the label of a vial that was thrown away.
    """
    scan = parse_scan(text, today=today)
    if scan.doubts:
        lots = dict.fromkeys(each.lot_number or each.raw for doubt in scan.doubts for each in doubt.readings)
        raise ScanInDoubt(readings=tuple(lots))
    if scan.label is not None:
        return _of_label(connection, clinic_id, scan)
    found = pack_here(connection, clinic_id, code=scan.gtin or scan.raw.strip()[:100], number=scan.lot_number)
    if found.lot is not None:
        return Target(product_uid=found.lot.product_uid, lot_uid=found.lot.lot_uid)
    if found.pack is not None:
        if scan.lot_number is not None:
            raise LotNotInBooks(lot_number=scan.lot_number, product=found.pack.product_name)
        return Target(product_uid=found.pack.product_uid)
    return _typed(connection, clinic_id, scan)


def lots_to_count(connection: Connection, clinic_id: int, *, product_uid: str) -> tuple[Any, ...]:
    """Give the lots of a product, those in stock first, with what is on hand of each; one statement.

    Rows of (lot_uid, lot_number, expires_on, expires_at, beyond_use_at, on_hand).
    """
    on_hand: Any = func.coalesce(func.sum(Balance.quantity), 0)
    statement = (
        select(
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Lot.expires_on,
            Lot.expires_at,
            Lot.beyond_use_at,
            on_hand.label("on_hand"),
        )
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(Balance, and_(Balance.clinic_id == Lot.clinic_id, Balance.lot_id == Lot.id))
        .where(Lot.clinic_id == clinic_id, Product.uid == product_uid, Lot.superseded_by_id.is_(None))
        .group_by(Lot.id)
        .order_by((on_hand == 0), Lot.expires_on, Lot.number)
        .limit(LOTS_MAX)
    )
    return tuple(connection.execute(statement))


def places_to_count(connection: Connection, clinic_id: int, *, lot_uid: str) -> tuple[ThingNamed, ...]:
    """Give where a lot can be counted: at each open shelf, and in each of its vials that is open; one statement."""
    is_vial = and_(Container.lot_id == Lot.id, Container.state == ContainerState.OPEN)
    is_shelf = and_(Location.kind.in_(sorted(SHELF_KINDS)), Location.closed_at.is_(None))
    statement = with_places(
        select(*NAMES).select_from(Lot).join(Location, Location.clinic_id == Lot.clinic_id)
    ).where(Lot.clinic_id == clinic_id, Lot.uid == lot_uid, is_shelf | is_vial)
    rows = connection.execute(statement.order_by(Container.short_code.is_not(None), Location.name))
    return tuple(named_thing(row) for row in rows)


def presentations_in_a_pack(connection: Connection, *, product_uid: str) -> int:
    """Give how many presentations the smallest pack of several holds; 1 where no such pack is known."""
    found = connection.execute(
        select(func.min(TradeItem.presentation_count))
        .join(Product, Product.id == TradeItem.product_id)
        .where(Product.uid == product_uid, TradeItem.presentation_count > 1)
    ).scalar_one()
    return int(found or 1)


def _of_label(connection: Connection, clinic_id: int, scan: Scan) -> Target:
    assert scan.label is not None
    if scan.label.kind is LabelKind.CONTAINER:
        return _vial(connection, clinic_id, scan.label.code)
    if scan.label.kind is LabelKind.LOCATION:
        place = select(Location.uid).where(
            Location.clinic_id == clinic_id,
            Location.short_code == scan.label.code,
            Location.kind.in_(sorted(SHELF_KINDS)),
        )
        uid = connection.execute(place).scalar_one_or_none()
        if uid is not None:
            return Target(location_uid=uid)
    if scan.label.kind is LabelKind.PREPARATION:
        mixed = (
            select(Lot.uid, Product.uid.label("product_uid"))
            .join(Preparation, and_(Preparation.clinic_id == Lot.clinic_id, Preparation.lot_id == Lot.id))
            .join(Product, Product.id == Lot.product_id)
            .where(Lot.clinic_id == clinic_id, Preparation.short_code == scan.label.code)
        )
        row = connection.execute(mixed).first()
        if row is not None:
            return Target(product_uid=row.product_uid, lot_uid=row.uid)
    raise ScanNamesNothing(scheme=scan.scheme)


def _vial(connection: Connection, clinic_id: int, code: str) -> Target:
    """The open vial of this code, else the last that had it; codes are given again once a vial is done with."""
    row = connection.execute(
        with_places(
            select(*NAMES, Container.state, Container.closed_at)
            .select_from(Lot)
            .join(Location, Location.clinic_id == Lot.clinic_id)
        )
        .where(Lot.clinic_id == clinic_id, Container.short_code == code, Container.lot_id == Lot.id)
        .order_by(Container.state != ContainerState.OPEN, Container.closed_at.desc())
    ).first()
    if row is None:
        raise ScanNamesNothing(scheme="own label")
    if row.state == ContainerState.DISCARDED:
        raise CountedVialDiscarded(lot_number=row.lot_number, short_code=code, discarded_at=row.closed_at)
    return Target(
        product_uid=row.product_uid, lot_uid=row.lot_uid, location_uid=row.location_uid, is_container=True
    )


def _typed(connection: Connection, clinic_id: int, scan: Scan) -> Target:
    """What goes by a typed text, where that is one thing."""
    counted = ("container", "location", "lot", "product")
    text = scan.raw.strip()[:100]
    found = [each for each in things_called(connection, clinic_id, text=text) if each.kind in counted]
    if len(found) != 1:
        raise ScanNamesNothing(scheme=scan.scheme)
    (thing,) = found
    if thing.kind == "container":
        return _vial(connection, clinic_id, text.upper())
    if thing.kind == "location":
        return Target(location_uid=thing.uid)
    if thing.kind == "product":
        return Target(product_uid=thing.uid)
    of_lot = select(Product.uid).join(Lot, Lot.product_id == Product.id).where(Lot.uid == thing.uid)
    return Target(product_uid=connection.execute(of_lot).scalar_one(), lot_uid=thing.uid)
