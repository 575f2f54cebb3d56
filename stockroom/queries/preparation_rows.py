"""Which cocktails are being made, or were made?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.models import Lot, Movement, Person, Preparation, Product, Recipe, RecipeVersion
from stockroom.queries.paging import PAGE_ROWS, Page, page_of
from stockroom.vocabulary import PreparationState, RecipeState

_made = aliased(Product, name="made")
_booked = aliased(Movement, name="booked")
in_force = aliased(RecipeVersion, name="in_force")
"""The version of a draft's recipe that is in force, where it is not the one by which it is made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparationRow:
    """A cocktail as a list shows it."""

    uid: str
    short_code: str
    state: str
    product_uid: str
    product_name: str
    recipe_uid: str | None
    """None for an ad-hoc mixture, which says why in `reason`."""
    version_number: int | None
    reason: str
    dose_count: int
    wanted_quantity: int | None
    """µL that are to come out by the recipe; None: nothing is asked, as without one."""
    life_minutes: int | None
    """How long it may be used from its beginning, as it was settled then."""
    life_minutes_refrigerated: int | None
    """How long while it lies in a fridge; None: no longer than anywhere."""
    warm_since: datetime | None
    """Since when it lies outside a fridge."""
    life_rule: str
    again_reason: str
    started_at: datetime
    started_by: str
    ended_at: datetime | None
    end_reason: str
    """Why it was abandoned."""
    lot_uid: str | None
    lot_number: str | None
    beyond_use_at: datetime | None
    loss_quantity: int | None
    base_unit: str
    movement_uid: str | None
    """By which it was booked; None before."""

    @property
    def own_limit(self) -> datetime | None:
        """What its own life leaves a draft, outside a fridge; something that goes in may end sooner."""
        if self.state != PreparationState.DRAFT or self.life_minutes is None:
            return None
        return self.started_at + timedelta(minutes=self.life_minutes)


def preparations(
    connection: Connection,
    clinic_id: int,
    *,
    state: PreparationState | None = None,
    version_uid: str | None = None,
    after: str | None = None,
    limit: int = PAGE_ROWS,
) -> Page[PreparationRow]:
    """Give the clinic's cocktails, newest first; one statement.  Raises CursorUnreadable."""
    statement = rows_of(clinic_id)
    if state is not None:
        statement = statement.where(Preparation.state == state)
    if version_uid is not None:
        statement = statement.where(RecipeVersion.uid == version_uid)
    return page_of(connection, statement, Preparation, show_row, after=after, limit=limit, newest_first=True)


def rows_of(clinic_id: int) -> Any:
    """The clinic's cocktails, with what `show_row` says of each."""
    made_lot = and_(Lot.clinic_id == Preparation.clinic_id, Lot.id == Preparation.lot_id)
    return (
        select(
            Preparation.uid,
            Preparation.short_code,
            Preparation.state,
            _made.uid.label("product_uid"),
            _made.name.label("product_name"),
            Recipe.uid.label("recipe_uid"),
            RecipeVersion.number.label("version_number"),
            Preparation.reason,
            Preparation.dose_count,
            func.coalesce(
                Preparation.wanted_quantity, RecipeVersion.output_quantity * Preparation.dose_count
            ).label("wanted_quantity"),
            Preparation.life_minutes,
            Preparation.life_minutes_refrigerated,
            Preparation.warm_since,
            Preparation.life_rule,
            Preparation.again_reason,
            Preparation.started_at,
            Person.name.label("started_by"),
            Preparation.ended_at,
            Preparation.end_reason,
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Lot.beyond_use_at,
            Preparation.loss_quantity,
            _made.base_unit,
            _booked.uid.label("movement_uid"),
        )
        .select_from(Preparation)
        .outerjoin(
            _booked, and_(_booked.clinic_id == Preparation.clinic_id, _booked.id == Preparation.movement_id)
        )
        .join(_made, _made.id == Preparation.product_id)
        .join(Person, Person.id == Preparation.started_by_id)
        .outerjoin(RecipeVersion, RecipeVersion.id == Preparation.recipe_version_id)
        .outerjoin(Recipe, Recipe.id == RecipeVersion.recipe_id)
        .outerjoin(
            in_force,
            and_(
                in_force.recipe_id == RecipeVersion.recipe_id,
                in_force.state == RecipeState.APPROVED,
                in_force.id != RecipeVersion.id,
                Preparation.state == PreparationState.DRAFT,
            ),
        )
        .outerjoin(Lot, made_lot)
        .where(Preparation.clinic_id == clinic_id)
    )


def show_row(row: Any) -> PreparationRow:
    """Give a row of `rows_of` as a list shows it."""
    return PreparationRow(**{name: getattr(row, name) for name in PreparationRow.__dataclass_fields__})
