"""Which limits follow from a lot's expiry?  Those of the vials opened from it and of the cocktails made with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, select
from sqlalchemy.orm import aliased

from stockroom.ledger.offspring import offspring
from stockroom.models import (
    Container,
    Location,
    Lot,
    Preparation,
    PreparationIngredient,
    ProductRule,
    RecipeVersion,
)
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.lives import minutes_counted
from stockroom.rules.correcting import Derived, LimitChange, recompute
from stockroom.rules.expiry import container_limit, in_use_minutes, mixture_limit, printed_limit, shorten


@dataclass(frozen=True, kw_only=True)
class Offshoot:
    """A container (by its location) or a prepared lot, and what its limit follows from."""

    derived: Derived
    uid: str
    lot_id: int
    location_id: int | None
    """Set for a container."""


@dataclass(frozen=True, kw_only=True)
class Descent:
    """Everything whose limit follows from some lots, parents first, and the limits that it starts from."""

    limits: Mapping[str, datetime | None]
    """Of the lots asked for and of every other parent, as they stand, by key."""
    offshoots: tuple[Offshoot, ...]


def lot_key(lot_id: int) -> str:
    """The key of a lot among parents."""
    return f"lot {lot_id}"


def container_key(location_id: int) -> str:
    """The key of an opened container among parents."""
    return f"container {location_id}"


def descent(connection: Connection, clinic_id: int, lot_ids: tuple[int, ...], *, zone: str) -> Descent:
    """Give what was opened or mixed from these lots in the clinic, parents first.

    A limit that is shorter than its parents and its rule make it was shortened for a reason of its own,
    and stays so; so does that of a mixture without a recipe, whose rule nobody wrote down.
    """
    made = sorted(each.lot_id for each in offspring(connection, lot_ids) if each.clinic_id == clinic_id)
    preparations = _preparations(connection, clinic_id, made)
    parts = parts_in(connection, clinic_id, [row.id for row in preparations.values()])
    named = {part.lot_id for rows in parts.values() for part in rows} | {*lot_ids, *made}
    lots = {row.id: row for row in lots_named(connection, clinic_id, named)}
    containers = _containers(connection, clinic_id, named)
    standing: dict[str, datetime | None] = {
        lot_key(lot_id): shorten(printed_limit(row.expires_on, row.expires_at, zone), row.beyond_use_at)
        for lot_id, row in lots.items()
    }
    standing |= {container_key(row.location_id): row.beyond_use_at for row in containers}
    known = {row.location_id for row in containers}
    offshoots: list[Offshoot] = []
    for lot_id in (*lot_ids, *made):
        if lot_id in preparations:
            preparation = preparations[lot_id]
            from_parts = parts.get(preparation.id, [])
            offshoots.append(_mixture(lots[lot_id], preparation, from_parts, known, standing))
        offshoots += [_opened(row, standing) for row in containers if row.lot_id == lot_id]
    own = {each.derived.key for each in offshoots}
    return Descent(
        limits={key: limit for key, limit in standing.items() if key not in own},
        offshoots=tuple(offshoots),
    )


def shorter_mixtures(connection: Connection, clinic_id: int, lot_id: int) -> dict[int, LimitChange]:
    """Give by lot the cocktails that outlive what went into them of this lot, once a limit of it was shortened (L11)."""
    zone = clinic_settings(connection, clinic_id).time_zone
    found = descent(connection, clinic_id, (lot_id,), zone=zone)
    changes = recompute(found.limits, [each.derived for each in found.offshoots], roles=frozenset())
    return {
        each.lot_id: change
        for each, change in zip(found.offshoots, changes, strict=True)
        if each.location_id is None and change.new is not None and change.new != change.old
    }


def lots_named(connection: Connection, clinic_id: int, lot_ids: set[int]) -> list[Row[Any]]:
    """The limits of these lots, as they stand."""
    return list(
        connection.execute(
            select(Lot.id, Lot.uid, Lot.expires_on, Lot.expires_at, Lot.beyond_use_at).where(
                Lot.clinic_id == clinic_id, Lot.id.in_(lot_ids)
            )
        )
    )


def _preparations(connection: Connection, clinic_id: int, lot_ids: list[int]) -> dict[int, Row[Any]]:
    rows: Any = connection.execute(
        select(
            Preparation.id,
            Preparation.lot_id,
            Preparation.started_at,
            minutes_counted().label("minutes"),
        )
        .outerjoin(RecipeVersion, RecipeVersion.id == Preparation.recipe_version_id)
        .where(Preparation.clinic_id == clinic_id, Preparation.lot_id.in_(lot_ids))
    )
    found: dict[int, Row[Any]] = {}
    for row in rows:
        if row.lot_id is not None:
            found[row.lot_id] = row
    return found


def parts_in(connection: Connection, clinic_id: int, preparation_ids: list[int]) -> dict[int, list[Row[Any]]]:
    """What went into each preparation, and from where."""
    rows: Any = connection.execute(
        select(
            PreparationIngredient.preparation_id,
            PreparationIngredient.lot_id,
            PreparationIngredient.location_id,
        ).where(
            PreparationIngredient.clinic_id == clinic_id,
            PreparationIngredient.preparation_id.in_(preparation_ids),
            PreparationIngredient.removed_at.is_(None),
        )
    )
    parts: dict[int, list[Row[Any]]] = {}
    for row in rows:
        parts.setdefault(row.preparation_id, []).append(row)
    return parts


def _containers(connection: Connection, clinic_id: int, lot_ids: set[int]) -> list[Row[Any]]:
    itself = aliased(Location)
    standing = and_(Location.clinic_id == Container.clinic_id, Location.id == Container.stands_in_id)
    return list(
        connection.execute(
            select(
                Container.location_id,
                itself.uid,
                Container.lot_id,
                Container.opened_at,
                Container.beyond_use_at,
                Location.storage_class,
                ProductRule.in_use_minutes_room,
                ProductRule.in_use_minutes_refrigerated,
            )
            .join(ProductRule, ProductRule.id == Container.product_rule_id)
            .join(Location, standing)
            .join(itself, and_(itself.clinic_id == Container.clinic_id, itself.id == Container.location_id))
            .where(Container.clinic_id == clinic_id, Container.lot_id.in_(lot_ids))
            .order_by(Container.location_id)
        )
    )


def _opened(row: Row[Any], standing: Mapping[str, datetime | None]) -> Offshoot:
    minutes = in_use_minutes(
        row.storage_class, room=row.in_use_minutes_room, refrigerated=row.in_use_minutes_refrigerated
    )
    by_rule = container_limit(row.opened_at, minutes, standing[lot_key(row.lot_id)])
    derived = Derived(
        key=container_key(row.location_id),
        parents=(lot_key(row.lot_id),),
        began_at=row.opened_at,
        minutes=minutes,
        limit=row.beyond_use_at,
        is_mixture=False,
        shortened_to=row.beyond_use_at if _is_shorter(row.beyond_use_at, by_rule) else None,
    )
    return Offshoot(derived=derived, uid=row.uid, lot_id=row.lot_id, location_id=row.location_id)


def _mixture(
    lot: Row[Any],
    preparation: Row[Any],
    parts: list[Row[Any]],
    containers: set[int],
    standing: Mapping[str, datetime | None],
) -> Offshoot:
    parents = tuple(
        dict.fromkeys(
            container_key(part.location_id) if part.location_id in containers else lot_key(part.lot_id)
            for part in parts
        )
    )
    minutes = preparation.minutes
    shortened_to = lot.beyond_use_at
    if minutes is not None:
        by_rule = mixture_limit([standing[key] for key in parents], preparation.started_at, minutes)
        shortened_to = lot.beyond_use_at if _is_shorter(lot.beyond_use_at, by_rule) else None
    derived = Derived(
        key=lot_key(lot.id),
        parents=parents,
        began_at=preparation.started_at,
        minutes=minutes,
        limit=lot.beyond_use_at,
        is_mixture=True,
        shortened_to=shortened_to,
    )
    return Offshoot(derived=derived, uid=lot.uid, lot_id=lot.id, location_id=None)


def _is_shorter(limit: datetime | None, other: datetime | None) -> bool:
    return limit is not None and (other is None or limit < other)
