"""What happened where it was too warm or too cold: which goods lay there, where are they, and what was decided?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.errors import ThingNotFound
from stockroom.ledger.temperatures import readings_between
from stockroom.models import ClinicHold, Container, HoldPlace, Location, Lot, Movement, Product
from stockroom.queries.temperatures import ExcursionRow, excursions, kinetic_mean_before
from stockroom.reads.exposures import Excursion, excursion_of, exposure_of, held_for, lying_at
from stockroom.rules.exposing import Exposure
from stockroom.rules.temperatures import Limits
from stockroom.rules.usability import Thing

GONE_SHOWN = 50


@dataclass(frozen=True, kw_only=True)
class ExposedThing:
    """A lot at a place that lay there, or went from there."""

    thing: Thing
    product_uid: str
    presentation: str
    location_uid: str
    place: str
    """Where it lies, or the opened vial stands."""
    is_held: bool
    """It is held because of this excursion."""

    @property
    def name(self) -> str:
        """By which a form names it."""
        return f"{self.thing.lot_uid}@{self.location_uid}"

    @property
    def base_unit(self) -> str:
        return self.thing.base_unit

    @property
    def content_quantity(self) -> int:
        return self.thing.content_quantity


@dataclass(frozen=True, kw_only=True)
class HeldLot:
    """A lot of which something was held."""

    uid: str
    number: str
    product_name: str
    strength: str


@dataclass(frozen=True, kw_only=True)
class GoneMovement:
    """A movement by which some of it reached a patient, the bin, a supplier or another clinic."""

    uid: str
    kind: str
    occurred_at: datetime


@dataclass(frozen=True, kw_only=True)
class ExcursionShown:
    """An excursion with everything that a decision needs."""

    row: ExcursionRow
    limits: Limits | None
    warmest_tenths: int | None
    coldest_tenths: int | None
    good_again_at: datetime | None
    kinetic_mean_hundredths: int | None
    things: tuple[ExposedThing, ...]
    gone: tuple[GoneMovement, ...]
    gone_count: int
    held_lots: tuple[HeldLot, ...]
    """Every lot that was ever held for it, released or thrown away since."""

    @property
    def free_count(self) -> int:
        return sum(not each.is_held for each in self.things)

    @property
    def is_decided(self) -> bool:
        return self.row.decided_at is not None


def excursion_shown(connection: Connection, clinic_id: int, *, uid: str) -> ExcursionShown:
    """Give an excursion with what lay there.

    A bounded number of statements, and as many more as the journal's length has binary digits.  What was decided
    about is not followed any further.  Raises ThingNotFound.
    """
    excursion = excursion_of(connection, clinic_id, uid)
    found = excursions(connection, clinic_id, uid=uid)
    if not found:
        raise ThingNotFound(thing="excursion", uid=uid)
    is_open = excursion.decided_at is None
    exposure = exposure_of(connection, clinic_id, excursion) if is_open else None
    held = held_for(connection, clinic_id, uid)
    spots = held.spots | (exposure.spots if exposure is not None else frozenset())
    things = lying_at(connection, clinic_id, spots)
    places = _places(connection, clinic_id, {each.location_id for each in things})
    products = _products(connection, {each.product_id for each in things})
    worst = _extremes(connection, clinic_id, excursion)
    return ExcursionShown(
        row=found[0],
        limits=excursion.place.watch.limits,
        warmest_tenths=worst[1],
        coldest_tenths=worst[0],
        good_again_at=excursion.good_again_at,
        kinetic_mean_hundredths=_mean(connection, clinic_id, excursion),
        things=tuple(
            ExposedThing(
                thing=each,
                product_uid=products[each.product_id][0],
                presentation=products[each.product_id][1],
                location_uid=places[each.location_id][0],
                place=places[each.location_id][1],
                is_held=(each.lot_id, each.location_id) in held.spots,
            )
            for each in things
        ),
        gone=_gone(connection, clinic_id, exposure),
        held_lots=_held_lots(connection, clinic_id, uid),
        gone_count=0 if exposure is None else len({movement for movement, _ in exposure.gone}),
    )


def _extremes(connection: Connection, clinic_id: int, excursion: Excursion) -> tuple[int | None, int | None]:
    until = excursion.decided_at or excursion.good_again_at
    readings = readings_between(
        connection,
        clinic_id,
        excursion.place.id,
        since=excursion.first_at,
        until=until or datetime.max.replace(tzinfo=excursion.first_at.tzinfo),
    )
    coldest = min((each.figures.coldest for each in readings), default=None)
    return coldest, max((each.figures.warmest for each in readings), default=None)


def _mean(connection: Connection, clinic_id: int, excursion: Excursion) -> int | None:
    at = excursion.good_again_at or excursion.decided_at
    if at is None:
        return None
    return kinetic_mean_before(connection, clinic_id, location_id=excursion.place.id, at=at)


def _held_lots(connection: Connection, clinic_id: int, uid: str) -> tuple[HeldLot, ...]:
    rows = connection.execute(
        select(Lot.uid, Lot.number, Product.name.label("product_name"), Product.strength)
        .join_from(
            ClinicHold,
            HoldPlace,
            and_(HoldPlace.clinic_id == ClinicHold.clinic_id, HoldPlace.hold_id == ClinicHold.id),
        )
        .join(Lot, and_(Lot.clinic_id == HoldPlace.clinic_id, Lot.id == HoldPlace.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(ClinicHold.clinic_id == clinic_id, ClinicHold.origin_uid == uid)
        .distinct()
        .order_by(Product.name, Lot.number)
    )
    return tuple(HeldLot(**row._mapping) for row in rows)


def _gone(connection: Connection, clinic_id: int, exposure: Exposure | None) -> tuple[GoneMovement, ...]:
    if exposure is None or not exposure.gone:
        return ()
    ids = sorted({movement for movement, _ in exposure.gone})[-GONE_SHOWN:]
    rows = connection.execute(
        select(Movement.uid, Movement.kind, Movement.occurred_at)
        .where(Movement.clinic_id == clinic_id, Movement.id.in_(ids))
        .order_by(Movement.occurred_at.desc())
    )
    return tuple(GoneMovement(uid=row.uid, kind=row.kind, occurred_at=row.occurred_at) for row in rows)


def _places(connection: Connection, clinic_id: int, ids: set[int]) -> dict[int, tuple[str, str]]:
    if not ids:
        return {}
    standing = aliased(Location)
    holder = and_(Container.clinic_id == Location.clinic_id, Container.location_id == Location.id)
    rows = connection.execute(
        select(Location.id, Location.uid, func.coalesce(standing.name, Location.name).label("place"))
        .outerjoin(Container, holder)
        .outerjoin(
            standing, and_(standing.clinic_id == Container.clinic_id, standing.id == Container.stands_in_id)
        )
        .where(Location.clinic_id == clinic_id, Location.id.in_(sorted(ids)))
    )
    return {row.id: (row.uid, row.place) for row in rows}


def _products(connection: Connection, ids: set[int]) -> dict[int, tuple[str, str]]:
    if not ids:
        return {}
    rows = connection.execute(
        select(Product.id, Product.uid, Product.presentation).where(Product.id.in_(sorted(ids)))
    )
    return {row.id: (row.uid, row.presentation) for row in rows}
