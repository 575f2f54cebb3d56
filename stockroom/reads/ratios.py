"""How many needles and cartridges stand as used in a session, by which techniques, and how many were planned?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, select
from sqlalchemy.orm import aliased

from stockroom.models import Line, Lot, Need, Product, ProductRule, ReferenceItem, Usage
from stockroom.reads.settings import settings_of
from stockroom.rules.ratios import PiecesUsed, Ratio, is_cartridge, is_needle, unusual

_turned, _item = aliased(Line), aliased(ReferenceItem)
_SAYS = (
    Product.base_unit,
    Product.presentation,
    Product.needle,
    Product.name,
    ProductRule.needle_gauge,
    ProductRule.pin_count,
)
_RULE = and_(ProductRule.product_id == Product.id, ProductRule.superseded_at.is_(None))
_USED: Any = (
    select(Line.quantity, *_SAYS, Usage.technique, _item.detail)
    .join(Usage, and_(Usage.clinic_id == Line.clinic_id, Usage.line_id == Line.id))
    .join(Lot, and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id))
    .join(Product, Product.id == Lot.product_id)
    .outerjoin(ProductRule, _RULE)
    .outerjoin(_turned, and_(_turned.clinic_id == Line.clinic_id, _turned.reverses_line_id == Line.id))
    .outerjoin(_item, and_(_item.kind == "techniques", _item.slug == Usage.technique))
    .where(
        Line.clinic_id == bindparam("clinic"),
        Line.session_id == bindparam("session"),
        func.coalesce(Line.reverses_line_id, 0) == 0,  # no index: SQLite would walk every line
        _turned.id.is_(None),
    )
)
_PLANNED: Any = (
    select(Need.quantity, *_SAYS)
    .join(Product, Product.id == Need.product_id)
    .outerjoin(ProductRule, _RULE)
    .where(Need.clinic_id == bindparam("clinic"), Need.session_id == bindparam("session"))
)


def unusual_in(connection: Connection, clinic_id: int, session_id: int) -> tuple[Ratio, ...]:
    """Give what is unusual in a session; three statements."""
    return unusual(_used(connection, clinic_id, session_id), settings_of(connection, clinic_id))


def _used(connection: Connection, clinic_id: int, session_id: int) -> PiecesUsed:
    asked = {"clinic": clinic_id, "session": session_id}
    rows = connection.execute(_USED, asked).all()
    return PiecesUsed(
        needles=_needles(rows),
        cartridges=sum(
            row.quantity
            for row in rows
            if is_cartridge(base_unit=row.base_unit, presentation=row.presentation, pin_count=row.pin_count)
        ),
        techniques=frozenset(row.technique for row in rows if row.technique is not None),
        pierces=any('"delivery":"needle"' in (row.detail or "").replace(" ", "") for row in rows),
        planned_needles=_needles(connection.execute(_PLANNED, asked)),
    )


def _needles(rows: Iterable[Row[Any]]) -> int:
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
