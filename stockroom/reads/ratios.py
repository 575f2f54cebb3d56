"""How many needles and cartridges stand as used in a session, by which techniques, and how many were planned?"""

from __future__ import annotations

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.orm import aliased

from stockroom.models import Line, Lot, Need, Product, ProductRule, ReferenceItem, Usage
from stockroom.reads.settings import settings_of
from stockroom.rules.ratios import PiecesUsed, Ratio, is_cartridge, is_needle, unusual


def unusual_in(connection: Connection, clinic_id: int, session_id: int) -> tuple[Ratio, ...]:
    """Give what is unusual in a session; three statements."""
    return unusual(_used(connection, clinic_id, session_id), settings_of(connection, clinic_id))


def _used(connection: Connection, clinic_id: int, session_id: int) -> PiecesUsed:
    turned, item = aliased(Line), aliased(ReferenceItem)
    rows = connection.execute(
        select(
            Line.quantity,
            Product.base_unit,
            Product.presentation,
            Product.needle,
            Product.name,
            ProductRule.needle_gauge,
            ProductRule.pin_count,
            Usage.technique,
            item.detail,
        )
        .join(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
        .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
        .join(Product, Product.id == Lot.product_id)
        .outerjoin(
            ProductRule, and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
        )
        .outerjoin(turned, and_(turned.clinic_id == Line.clinic_id, turned.reverses_line_id == Line.id))
        .outerjoin(item, and_(item.kind == "techniques", item.slug == Usage.technique))
        .where(
            Line.clinic_id == clinic_id,
            Line.session_id == session_id,
            func.coalesce(Line.reverses_line_id, 0) == 0,  # no index: SQLite would walk every line
            turned.id.is_(None),
        )
    ).all()
    needles = sum(
        row.quantity
        for row in rows
        if is_needle(
            base_unit=row.base_unit,
            presentation=row.presentation,
            name=row.name,
            says_needle=row.needle_gauge is not None or bool(row.needle),
            pin_count=row.pin_count,
        )
    )
    cartridges = sum(
        row.quantity
        for row in rows
        if is_cartridge(base_unit=row.base_unit, presentation=row.presentation, pin_count=row.pin_count)
    )
    return PiecesUsed(
        needles=needles,
        cartridges=cartridges,
        techniques=frozenset(row.technique for row in rows if row.technique is not None),
        pierces=any('"delivery":"needle"' in (row.detail or "").replace(" ", "") for row in rows),
        planned_needles=_planned_needles(connection, clinic_id, session_id),
    )


def _planned_needles(connection: Connection, clinic_id: int, session_id: int) -> int:
    rows = connection.execute(
        select(
            Need.quantity,
            Product.base_unit,
            Product.presentation,
            Product.needle,
            Product.name,
            ProductRule.needle_gauge,
            ProductRule.pin_count,
        )
        .join(Product, Product.id == Need.product_id)
        .outerjoin(
            ProductRule, and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
        )
        .where(Need.clinic_id == clinic_id, Need.session_id == session_id)
    )
    return sum(
        row.quantity
        for row in rows
        if is_needle(
            base_unit=row.base_unit,
            presentation=row.presentation,
            name=row.name,
            says_needle=row.needle_gauge is not None or bool(row.needle),
            pin_count=row.pin_count,
        )
    )
