"""Until when might a cocktail be used, at an instant that is over?  Its parents' limits counted as they were then."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from stockroom.models import Preparation, RecipeVersion
from stockroom.reads.derived_limits import lots_named, parts_in
from stockroom.reads.lives import minutes_counted
from stockroom.reads.vials_then import Vial, vials_of
from stockroom.rules.expiry import mixture_limit, printed_limit, shorten

_BEFORE_IT_WAS_KEPT = 4 * 60
"""How many minutes a mixture without a recipe could be used before that was kept with each."""


def limits_then(
    connection: Connection, clinic_id: int, inside: Mapping[int, set[int]], *, at: datetime, zone: str
) -> dict[int, datetime | None]:
    """Give the limit that each cocktail had at `at`, by its lot; five statements at most.

    `inside` holds by each cocktail's lot all lots that went into it, however deep (`mixtures.parts_of`).
    A limit that is shorter now than its parents and its recipe make it was shortened for a reason of its own,
    which is true of it all along.
    """
    if not inside:
        return {}
    named = set(inside).union(*inside.values())
    made = _preparations(connection, clinic_id, named, at)
    parts = parts_in(connection, clinic_id, sorted(row.id for row in made.values()))
    past = _Past(
        at=at,
        zone=zone,
        lots={row.id: row for row in lots_named(connection, clinic_id, named)},
        made=made,
        parts=parts,
        vials=vials_of(connection, clinic_id, {part.location_id for rows in parts.values() for part in rows}),
    )
    return {lot_id: past.of_lot(lot_id, then=True) for lot_id in inside}


def _preparations(
    connection: Connection, clinic_id: int, lot_ids: Collection[int], at: datetime
) -> dict[int, Row[Any]]:
    """The preparations that made lots of these, by lot, each with how many minutes it keeps now, and kept then."""
    rows: Any = connection.execute(
        select(
            Preparation.id,
            Preparation.lot_id,
            Preparation.started_at,
            minutes_counted().label("minutes"),
            minutes_counted(at).label("minutes_then"),
        )
        .outerjoin(RecipeVersion, RecipeVersion.id == Preparation.recipe_version_id)
        .where(Preparation.clinic_id == clinic_id, Preparation.lot_id.in_(lot_ids))
    )
    return {row.lot_id: row for row in rows}


@dataclass(frozen=True, kw_only=True)
class _Past:
    """Everything that went into some cocktails, as it is now and as it was."""

    at: datetime
    zone: str
    lots: Mapping[int, Row[Any]]
    made: Mapping[int, Row[Any]]
    """The preparations, by the lot that they made."""
    parts: Mapping[int, list[Row[Any]]]
    """What went in, by preparation."""
    vials: Mapping[int, Vial]

    def of_lot(self, lot_id: int, *, then: bool) -> datetime | None:
        """The limit of a lot now, or as it was then."""
        row = self.lots[lot_id]
        standing = shorten(printed_limit(row.expires_on, row.expires_at, self.zone), row.beyond_use_at)
        if not then or lot_id not in self.made or self._mixed(lot_id, then=False) != standing:
            return standing
        return self._mixed(lot_id, then=True)

    def _mixed(self, lot_id: int, *, then: bool) -> datetime:
        """What a cocktail's limit follows from."""
        preparation = self.made[lot_id]
        parents = [self._of_part(part, then=then) for part in self.parts.get(preparation.id, [])]
        minutes = (preparation.minutes_then if then else preparation.minutes) or _BEFORE_IT_WAS_KEPT
        return mixture_limit(parents, preparation.started_at, minutes)

    def _of_part(self, part: Row[Any], *, then: bool) -> datetime | None:
        vial = self.vials.get(part.location_id)
        if vial is None:
            return self.of_lot(part.lot_id, then=then)
        standing: datetime | None = vial.row.beyond_use_at
        return vial.limit_then(self.at, zone=self.zone) if then else standing
