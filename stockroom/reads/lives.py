"""How long may a cocktail be used that is begun in this clinic now, and by which rule?"""

from __future__ import annotations

import json
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from stockroom.models import ReferenceItem
from stockroom.reads.settings import settings_of
from stockroom.rules.lives import Life, LifeRule, life_of

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
    minutes = json.loads(row.detail)["room_minutes"] if row is not None else None
    own = settings.beyond_use_minutes or None
    return ClinicRule(rule=LifeRule(slug=slug, minutes=own or minutes), is_own=own is not None)


def life_here(connection: Connection, clinic_id: int, recipe_minutes: int | None) -> Life:
    """Give how long a cocktail of a recipe (None: without one) may be used that is begun now.

    Raises NoBeyondUseRule where neither recipe nor clinic says.
    """
    return life_of(recipe_minutes, clinic_rule(connection, clinic_id).rule)
