"""How long may a cocktail be used that is begun in this clinic now, and by which rule?"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, bindparam, case, func, or_, select

from stockroom.models import Lot, Preparation, RecipeVersion, ReferenceItem
from stockroom.reads.reconstitutions import is_reconstitution
from stockroom.reads.settings import settings_of
from stockroom.rules.lives import RECIPE, Life, LifeRule, life_of

_RULE = select(ReferenceItem.name, ReferenceItem.detail).where(
    ReferenceItem.kind == "beyond_use_rules", ReferenceItem.slug == bindparam("slug")
)


@dataclass(frozen=True, kw_only=True)
class ClinicRule:
    """The rule under which a clinic works, and how many minutes it leaves."""

    rule: LifeRule
    is_own: bool
    """The clinic's own number of minutes."""


def clinic_rule(connection: Connection, clinic_id: int) -> ClinicRule:
    """Give the clinic's rule: its own minutes where it says some, else those of the rule it works under.

    Two statements.
    """
    settings = settings_of(connection, clinic_id)
    slug = settings.beyond_use_rule.replace("_", "-")
    row = connection.execute(_RULE, {"slug": slug}).first()
    says = json.loads(row.detail) if row is not None else {}
    own = settings.beyond_use_minutes or None
    cold = settings.beyond_use_minutes_refrigerated or (None if own else says.get("refrigerated_minutes"))
    rule = LifeRule(slug=slug, minutes=own or says.get("room_minutes"), refrigerated_minutes=cold)
    return ClinicRule(rule=rule, is_own=own is not None)


def life_here(
    connection: Connection, clinic_id: int, recipe_minutes: int | None, *, version_id: int | None = None
) -> Life:
    """Give how long a cocktail of a recipe (None: without one) may be used that is begun now.

    A powder dissolved as its maker says keeps as its maker says: a clinic's rule is for what it mixes itself.
    Raises NoBeyondUseRule where neither recipe nor clinic says.
    """
    if recipe_minutes is not None and version_id is not None and is_reconstitution(connection, version_id):
        return Life(minutes=recipe_minutes, rule=RECIPE)
    return life_of(recipe_minutes, clinic_rule(connection, clinic_id).rule)


def minutes_counted(at: datetime | None = None) -> ColumnElement[Any]:
    """Say for how many minutes a made cocktail may be used by its own rule, where it lies now or lay at `at`.

    Of a `Preparation` beside the `RecipeVersion` by which it was made, if any.
    """
    is_cold: ColumnElement[bool] = Preparation.warm_since.is_(None)
    if at is not None:
        is_cold = or_(is_cold, Preparation.warm_since > at)
    minutes = func.coalesce(Preparation.life_minutes, RecipeVersion.beyond_use_minutes)
    return case((is_cold, func.coalesce(Preparation.life_minutes_refrigerated, minutes)), else_=minutes)


def kept_cold(
    connection: Connection, clinic_id: int, lot_ids: Collection[int], *, at: datetime
) -> list[Row[Any]]:
    """Give the cocktails among these lots that lay in a fridge until `at` and may be used longer there: one statement.

    Rows of (id, lot_id, lot_uid, started_at, life_minutes, beyond_use_at).
    """
    made = and_(Lot.clinic_id == Preparation.clinic_id, Lot.id == Preparation.lot_id)
    rows: Any = connection.execute(
        select(
            Preparation.id,
            Preparation.lot_id,
            Lot.uid.label("lot_uid"),
            Preparation.started_at,
            Preparation.life_minutes,
            Lot.beyond_use_at,
        )
        .join(Lot, made)
        .where(
            Preparation.clinic_id == clinic_id,
            Preparation.lot_id.in_(lot_ids),
            Preparation.life_minutes_refrigerated.is_not(None),
            or_(Preparation.warm_since.is_(None), Preparation.warm_since > at),
        )
        .order_by(Preparation.id)
    )
    return list(rows)
