"""What was used in one session and still stands, and how does it stand to the plan?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from stockroom.models import (
    Balance,
    Deviation,
    Line,
    Location,
    Lot,
    Movement,
    Person,
    Product,
    ReferenceItem,
    Usage,
    UsageArea,
)
from stockroom.queries.bench_needs import SessionPlan, like_of
from stockroom.rules.against_plan import AgainstPlan, Planned, against_plan
from stockroom.rules.scanning import Got
from stockroom.vocabulary import LocationKind


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedArea:
    """How much of a use went into one area of the body."""

    area: str
    name: str
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchUse:
    """Something that was used in it and still stands, the newest first."""

    movement_uid: str
    n: int
    occurred_at: datetime
    is_late: bool
    """It was recorded after it happened."""
    by: str
    by_id: int
    lot_uid: str
    lot_number: str
    product_uid: str
    product_name: str
    base_unit: str
    content_quantity: int
    graduation_quantity: int
    quantity: int
    container_uid: str | None
    container_code: str | None
    left_quantity: int | None
    """What the opened container still holds; None for what came from a shelf."""
    identified_by: str
    technique: str | None
    technique_name: str | None
    depth_um: int | None
    indication: str | None
    indication_name: str | None
    areas: tuple[UsedArea, ...]
    lines_to_patient: int
    """How many things the same act used; one that used several is taken back with the others."""
    planned: Planned
    beyond: int
    """How much of it no need had asked for."""
    overridden: tuple[str, ...]
    """The rules that it broke, each once: somebody took them upon himself or herself, or wrote it down late."""


def uses_of(
    connection: Connection,
    clinic_id: int,
    session_id: int,
    *,
    plan: SessionPlan,
    made_for_it: frozenset[int] = frozenset(),
) -> tuple[BenchUse, ...]:
    """Give what was used in a session, the newest first; two statements.

    `made_for_it` holds the products of the cocktails that were made for the session.
    """
    rows = connection.execute(_used(), {"clinic": clinic_id, "session": session_id}).all()
    asked = {"clinic": clinic_id, "lines": [row.line_id for row in rows]}
    areas: dict[int, list[UsedArea]] = {}
    for row in connection.execute(_areas(), asked) if rows else ():
        areas.setdefault(row.line_id, []).append(
            UsedArea(area=row.area, name=row.name, quantity=row.quantity)
        )
    together: dict[str, int] = {}
    for row in rows:
        together[row.movement_uid] = together.get(row.movement_uid, 0) + 1
    said = _said(rows, plan, made_for_it)
    return tuple(
        _use(row, tuple(areas.get(row.line_id, ())), together[row.movement_uid], against)
        for row, against in zip(rows, said, strict=True)
    )


def _said(
    rows: Iterable[Row[Any]], plan: SessionPlan, made_for_it: frozenset[int]
) -> tuple[AgainstPlan, ...]:
    """How each row stands to the plan; rows come newest first, and needs are met by the oldest."""
    used = [Got(product_id=row.product_id, group_id=row.group_id, quantity=row.quantity) for row in rows]
    needs = [need.wanted for need in plan.needs]
    return against_plan(needs, plan.mixed, reversed(used), made_for_it=made_for_it, like=like_of(plan.needs))[
        ::-1
    ]


_OWN = ("from_kind", "line_id", "product_id", "group_id", "broken")


def _use(row: Row[Any], areas: tuple[UsedArea, ...], lines_to_patient: int, against: AgainstPlan) -> BenchUse:
    values = {name: value for name, value in row._mapping.items() if name not in _OWN}
    if row.from_kind != LocationKind.CONTAINER:
        values |= {"container_uid": None, "container_code": None, "left_quantity": None}
    return BenchUse(
        areas=areas,
        lines_to_patient=lines_to_patient,
        planned=against.planned,
        beyond=against.beyond,
        overridden=tuple(dict.fromkeys((row.broken or "").split())),
        **values,
    )


def _broken() -> Any:
    """What its movement broke with this lot, as one text."""
    return (
        select(func.aggregate_strings(Deviation.rule, " "))
        .where(
            Deviation.clinic_id == Line.clinic_id,
            Deviation.movement_id == Line.movement_id,
            Deviation.lot_id == Line.lot_id,
        )
        .correlate(Line)
        .scalar_subquery()
    )


@cache
def _used() -> Any:
    """Whether a line is a reversal is asked in a way that no index serves (see `reads.remainders`)."""
    turned, source = aliased(Line), aliased(Location)
    technique, indication = aliased(ReferenceItem), aliased(ReferenceItem)
    left_there = and_(
        Balance.clinic_id == Line.clinic_id,
        Balance.location_id == Line.from_id,
        Balance.lot_id == Line.lot_id,
    )
    return (
        select(
            Line.id.label("line_id"),
            Movement.uid.label("movement_uid"),
            Line.n,
            Movement.occurred_at,
            Movement.is_late,
            Person.name.label("by"),
            Movement.actor_id.label("by_id"),
            Lot.uid.label("lot_uid"),
            Lot.number.label("lot_number"),
            Lot.product_id,
            Product.group_id,
            Product.uid.label("product_uid"),
            Product.name.label("product_name"),
            Product.base_unit,
            Product.content_quantity,
            Product.graduation_quantity,
            Line.quantity,
            source.uid.label("container_uid"),
            source.short_code.label("container_code"),
            source.kind.label("from_kind"),
            func.coalesce(Balance.quantity, 0).label("left_quantity"),
            Usage.identified_by,
            Usage.technique,
            func.coalesce(technique.name, Usage.technique).label("technique_name"),
            Usage.depth_um,
            Usage.indication,
            func.coalesce(indication.name, Usage.indication).label("indication_name"),
            _broken().label("broken"),
        )
        .select_from(Line)
        .join(Movement, and_(Movement.clinic_id == Line.clinic_id, Movement.id == Line.movement_id))
        .join(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
        .join(Person, Person.id == Movement.actor_id)
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .join(source, and_(source.clinic_id == Line.clinic_id, source.id == Line.from_id))
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .outerjoin(technique, and_(technique.kind == "techniques", technique.slug == Usage.technique))
        .outerjoin(indication, and_(indication.kind == "indications", indication.slug == Usage.indication))
        .outerjoin(Balance, left_there)
        .where(
            Line.clinic_id == bindparam("clinic"),
            Line.session_id == bindparam("session"),
            func.coalesce(Line.reverses_line_id, 0) == 0,
            turned.id.is_(None),
        )
        .order_by(Movement.seq.desc(), Movement.id.desc(), Line.n.desc())
    )


@cache
def _areas() -> Any:
    return (
        select(
            UsageArea.line_id,
            UsageArea.area,
            func.coalesce(ReferenceItem.name, UsageArea.area).label("name"),
            UsageArea.quantity,
        )
        .outerjoin(ReferenceItem, and_(ReferenceItem.kind == "areas", ReferenceItem.slug == UsageArea.area))
        .where(
            UsageArea.clinic_id == bindparam("clinic"),
            UsageArea.line_id.in_(bindparam("lines", expanding=True)),
        )
        .order_by(UsageArea.line_id, UsageArea.quantity.desc(), UsageArea.area)
    )
