"""What does each of these sessions need, and what of it has it had?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Line,
    Lot,
    Need,
    Preparation,
    PreparationIngredient,
    PreparationSession,
    Product,
    ProductGroup,
    Recipe,
)
from stockroom.rules.scanning import Got, Wanted, serves, still_needed
from stockroom.vocabulary import BaseUnit, PreparationState

_of_group = aliased(Product, name="of_group")


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedLine:
    """One need of a session: how much, and how much of it is still missing (base units)."""

    uid: str
    name: str
    product_uid: str | None
    group_uid: str | None
    recipe_uid: str | None
    """The formula, where the need is a cocktail."""
    product_id: int | None
    group_id: int | None
    product_group_id: int | None
    """The group of the product that it names outright."""
    base_unit: str
    quantity: int
    missing: int

    @property
    def had(self) -> int:
        return self.quantity - self.missing

    @property
    def wanted(self) -> Wanted:
        """As the rules see it."""
        return Wanted(
            need_uid=self.uid, product_id=self.product_id, group_id=self.group_id, quantity=self.quantity
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPlan:
    """What a session needs, what it was given, and what went into cocktails for it."""

    needs: tuple[NeedLine, ...] = ()
    used: tuple[Got, ...] = ()
    mixed: tuple[Got, ...] = ()


def needs_of(
    connection: Connection, clinic_id: int, session_ids: Iterable[int]
) -> dict[int, tuple[NeedLine, ...]]:
    """Give the needs of sessions by session id, in their order; three statements.

    What went into a cocktail that was made for a session counts as had, shared evenly where the cocktail
    was made for several.
    """
    plans = plans_of(connection, clinic_id, session_ids)
    return {session_id: plan.needs for session_id, plan in plans.items()}


def plans_of(connection: Connection, clinic_id: int, session_ids: Iterable[int]) -> dict[int, SessionPlan]:
    """Give the plans of those sessions that have needs by session id; three statements."""
    ids = sorted(set(session_ids))
    rows: dict[int, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(_needs(), {"clinic": clinic_id, "sessions": ids}) if ids else ():
        rows[row.session_id].append(row)
    if not rows:
        return {}
    used, mixed = (_got(connection, clinic_id, sorted(rows), each) for each in (_used(), _drawn()))
    return {
        session_id: SessionPlan(
            needs=_lines(of_one, (*used[session_id], *mixed[session_id])),
            used=tuple(used[session_id]),
            mixed=tuple(mixed[session_id]),
        )
        for session_id, of_one in rows.items()
    }


def open_need_of(needs: Iterable[NeedLine], *, product_id: int, group_id: int | None) -> int | None:
    """Give what the first need that this product serves is still missing; None where there is none."""
    return next(
        (
            need.missing
            for need in needs
            if need.missing and serves(need.wanted, product_id=product_id, group_id=group_id)
        ),
        None,
    )


def _lines(rows: list[Row[Any]], got: Iterable[Got]) -> tuple[NeedLine, ...]:
    wanted = [
        Wanted(need_uid=row.uid, product_id=row.product_id, group_id=row.group_id, quantity=row.quantity)
        for row in rows
    ]
    missing = still_needed(wanted, got, like=like_of(rows))
    return tuple(
        NeedLine(
            **{name: value for name, value in row._mapping.items() if name != "session_id"},
            missing=missing[row.uid],
        )
        for row in rows
    )


def like_of(needs: Iterable[Any]) -> dict[str, int]:
    """Give by need the group of the product that it names outright: another of the group may stand in for it."""
    return {each.uid: each.product_group_id for each in needs if each.product_group_id is not None}


@cache
def _needs() -> Any:
    group_unit = (
        select(func.min(_of_group.base_unit))
        .where(_of_group.group_id == Need.group_id)
        .correlate(Need)
        .scalar_subquery()
    )
    return (
        select(
            Need.session_id,
            Need.uid,
            func.coalesce(Product.name, ProductGroup.name).label("name"),
            Product.uid.label("product_uid"),
            ProductGroup.uid.label("group_uid"),
            Recipe.uid.label("recipe_uid"),
            Need.product_id,
            Need.group_id,
            Product.group_id.label("product_group_id"),
            func.coalesce(Product.base_unit, group_unit, BaseUnit.PIECE.value).label("base_unit"),
            Need.quantity,
        )
        .select_from(Need)
        .outerjoin(Product, Product.id == Need.product_id)
        .outerjoin(ProductGroup, ProductGroup.id == Need.group_id)
        .outerjoin(Recipe, Recipe.product_id == Need.product_id)
        .where(
            Need.clinic_id == bindparam("clinic"), Need.session_id.in_(bindparam("sessions", expanding=True))
        )
        .order_by(Need.session_id, Need.id)
    )


def _got(
    connection: Connection, clinic_id: int, ids: list[int], statement: Any
) -> defaultdict[int, list[Got]]:
    got: defaultdict[int, list[Got]] = defaultdict(list)
    for row in connection.execute(statement, {"clinic": clinic_id, "sessions": ids}):
        part = row.quantity // (row.shared_by or 1)
        got[row.session_id].append(Got(product_id=row.product_id, group_id=row.group_id, quantity=int(part)))
    return got


@cache
def _used() -> Any:
    turned = aliased(Line)
    return (
        select(
            Line.session_id,
            Lot.product_id,
            Product.group_id,
            func.sum(Line.quantity).label("quantity"),
            func.min(1).label("shared_by"),
        )
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .where(
            Line.clinic_id == bindparam("clinic"),
            Line.session_id.in_(bindparam("sessions", expanding=True)),
            func.coalesce(Line.reverses_line_id, 0) == 0,
            turned.id.is_(None),
        )
        .group_by(Line.session_id, Lot.product_id, Product.group_id)
        .order_by(Line.session_id, Lot.product_id)
    )


@cache
def _drawn() -> Any:
    """What went into the cocktails made for the sessions, and for how many each was made.

    The preparations are named twice, so that SQLite does not walk every ingredient ever drawn.
    """
    sharer = aliased(PreparationSession)
    shared_by = (
        select(func.count())
        .select_from(sharer)
        .where(
            sharer.clinic_id == PreparationSession.clinic_id,
            sharer.preparation_id == PreparationSession.preparation_id,
            sharer.ended_at.is_(None),
        )
        .correlate(PreparationSession)
        .scalar_subquery()
    )
    part, made_for = PreparationIngredient, aliased(PreparationSession)
    made = select(made_for.preparation_id).where(
        made_for.clinic_id == bindparam("clinic"),
        made_for.session_id.in_(bindparam("sessions", expanding=True)),
    )
    return (
        select(
            PreparationSession.session_id,
            Lot.product_id,
            Product.group_id,
            part.quantity,
            shared_by.label("shared_by"),
        )
        .join(
            Preparation,
            and_(
                Preparation.clinic_id == PreparationSession.clinic_id,
                Preparation.id == PreparationSession.preparation_id,
            ),
        )
        .join(
            part,
            and_(part.clinic_id == Preparation.clinic_id, part.preparation_id == Preparation.id),
        )
        .join(Lot, and_(Lot.clinic_id == part.clinic_id, Lot.id == part.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .where(
            PreparationSession.clinic_id == bindparam("clinic"),
            PreparationSession.session_id.in_(bindparam("sessions", expanding=True)),
            PreparationSession.ended_at.is_(None),
            part.preparation_id.in_(made),
            Preparation.state == PreparationState.FINISHED,
            part.removed_at.is_(None),
        )
        .order_by(part.id)
    )
