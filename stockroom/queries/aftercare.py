"""What is a patient told after a session, for the techniques and areas that it used?"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, select
from sqlalchemy.orm import aliased

from stockroom.models import Line, Lot, Product, ReferenceItem, Usage, UsageArea
from stockroom.queries.reference import reference_rows
from stockroom.rules.aftercare import instructions, is_pierced
from stockroom.vocabulary import BaseUnit


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """One instruction, with how long it holds where a source says so."""

    slug: str
    name: str
    text: str
    lasts_from: int | None
    lasts_to: int | None
    lasts_unit: str


@dataclass(frozen=True, kw_only=True)
class Aftercare:
    """The techniques and areas of a session, what its patient is told, and what the staff does."""

    techniques: tuple[str, ...]
    areas: tuple[str, ...]
    for_patient: tuple[Instruction, ...]
    for_staff: tuple[Instruction, ...]


def aftercare(connection: Connection, clinic_id: int, session_id: int) -> Aftercare:
    """Give what follows from what stands as used in a session; three statements."""
    turned = aliased(Line)
    standing = (
        select(Line.id, Usage.technique, ReferenceItem.name, ReferenceItem.detail, Product.base_unit)
        .join(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .outerjoin(
            ReferenceItem, and_(ReferenceItem.kind == "techniques", ReferenceItem.slug == Usage.technique)
        )
        .where(Line.clinic_id == clinic_id, Line.session_id == session_id, turned.id.is_(None))
        .order_by(Line.id)
    )
    rows = connection.execute(standing).all()
    areas = connection.execute(
        select(ReferenceItem.name)
        .select_from(UsageArea)
        .join(ReferenceItem, and_(ReferenceItem.kind == "areas", ReferenceItem.slug == UsageArea.area))
        .where(UsageArea.clinic_id == clinic_id, UsageArea.line_id.in_([row.id for row in rows]))
        .distinct()
        .order_by(ReferenceItem.name)
    ).scalars()
    known = {row.slug: row for row in reference_rows(connection, kind="techniques")}
    used = tuple(dict.fromkeys(row.technique for row in rows if row.technique in known))
    pierced = is_pierced(
        {known[slug].detail.get("delivery", "") for slug in used},
        used_pieces=any(row.base_unit == BaseUnit.PIECE for row in rows),
    )
    every = {row.slug: row for row in reference_rows(connection, kind="aftercare")}
    said = [(slug, row.detail) for slug, row in every.items()]

    def given(audience: str) -> tuple[Instruction, ...]:
        return tuple(
            _instruction(slug, every[slug].name, every[slug].detail)
            for slug in instructions(said, audience=audience, pierced=pierced)
        )

    return Aftercare(
        techniques=tuple(known[slug].name for slug in used),
        areas=tuple(areas),
        for_patient=given("patient"),
        for_staff=given("staff"),
    )


def _instruction(slug: str, name: str, detail: dict[str, object]) -> Instruction:
    span = detail.get("duration")
    found: dict[str, object] = span if isinstance(span, dict) else {}
    lowest, highest = found.get("lowest"), found.get("highest")
    return Instruction(
        slug=slug,
        name=name,
        text=str(detail.get("instruction", "")),
        lasts_from=lowest if isinstance(lowest, int) else None,
        lasts_to=highest if isinstance(highest, int) else None,
        lasts_unit=str(found.get("unit", "")),
    )
