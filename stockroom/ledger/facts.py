"""What does posting need to know of the lots and places that a draft names?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import and_, bindparam, func, select

from stockroom.db.compiled_once import Once
from stockroom.db.transaction import Work
from stockroom.ledger.allocations import Promised, active
from stockroom.models import Container, Location, Lot, Product
from stockroom.rules.posting import Line, LotFacts, PlaceFacts
from stockroom.rules.usability import Thing
from stockroom.vocabulary import LocationKind

# Statements of every posting.
_LOTS = Once(
    select(Lot.id, Lot.number, Lot.product_id, Product.content_quantity)
    .join(Product, Product.id == Lot.product_id)
    .where(
        Lot.id.in_(bindparam("lots", expanding=True)),
        func.coalesce(Lot.clinic_id, 0) == bindparam("clinic"),
    )
)
"""The clinic is asked in a way that no index serves: for many lots SQLite would walk all that it ever had."""
_PLACES = Once(
    select(Location.id, Location.kind, Container.lot_id)
    .outerjoin(
        Container, and_(Container.clinic_id == Location.clinic_id, Container.location_id == Location.id)
    )
    .where(Location.clinic_id == bindparam("clinic"), Location.id.in_(bindparam("places", expanding=True)))
)


def remember(
    work: Work,
    *,
    lots: Iterable[LotFacts] = (),
    places: Iterable[PlaceFacts] = (),
    promises: Iterable[Promised] = (),
) -> None:
    """Keep facts that this work has read under its lock, so that posting does not ask for them again.

    Nothing else can have changed them since: a clinic has one writer at a time.
    """
    work.known.setdefault("lots", {}).update({each.lot_id: each for each in lots})
    work.known.setdefault("places", {}).update({each.location_id: each for each in places})
    work.known.setdefault("promises", {}).update({each.allocation_id: each for each in promises})


def lot_facts(thing: Thing) -> LotFacts:
    """What posting must know of a thing's lot."""
    return LotFacts(
        lot_id=thing.lot_id,
        lot_number=thing.lot_number,
        product_id=thing.product_id,
        content_quantity=thing.content_quantity,
    )


def place_facts(thing: Thing) -> PlaceFacts:
    """What posting must know of a thing's place."""
    holds = thing.lot_id if thing.location_kind is LocationKind.CONTAINER else None
    return PlaceFacts(location_id=thing.location_id, kind=thing.location_kind, container_lot_id=holds)


def lots_of(work: Work, lines: Iterable[Line]) -> dict[int, LotFacts]:
    """Give the facts of every lot that the lines name and that is this clinic's."""
    known = work.known.setdefault("lots", {})
    wanted = {line.lot_id for line in lines} - known.keys()
    if wanted:
        remember(work, lots=_read_lots(work, wanted))
    return known


def places_of(work: Work, lines: Iterable[Line]) -> dict[int, PlaceFacts]:
    """Give the facts of every location that the lines name and that is this clinic's."""
    known = work.known.setdefault("places", {})
    wanted = {location_id for line in lines for location_id in (line.from_id, line.to_id)} - known.keys()
    if wanted:
        remember(work, places=_read_places(work, wanted))
    return known


def promises_of(work: Work, allocation_ids: Iterable[int]) -> dict[int, Promised]:
    """Give the allocations that are active, by id.  Raises AllocationEnded when one is not."""
    wanted = set(allocation_ids)
    known = work.known.setdefault("promises", {})
    if wanted - known.keys():
        remember(work, promises=active(work, wanted - known.keys()).values())
    return {allocation_id: known.pop(allocation_id) for allocation_id in sorted(wanted)}


def _read_lots(work: Work, lot_ids: set[int]) -> Iterator[LotFacts]:
    for row in _LOTS.all(work.connection, {"clinic": work.clinic_id, "lots": sorted(lot_ids)}):
        yield LotFacts(
            lot_id=row.id,
            lot_number=row.number,
            product_id=row.product_id,
            content_quantity=row.content_quantity,
        )


def _read_places(work: Work, location_ids: set[int]) -> Iterator[PlaceFacts]:
    for row in _PLACES.all(work.connection, {"clinic": work.clinic_id, "places": sorted(location_ids)}):
        yield PlaceFacts(location_id=row.id, kind=LocationKind(row.kind), container_lot_id=row.lot_id)
