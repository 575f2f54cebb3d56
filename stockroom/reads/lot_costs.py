"""What did the goods of a lot cost when they were delivered?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import BigInteger, Connection, and_, bindparam, cast, func, select
from sqlalchemy.orm import aliased

from stockroom.models import BenchMatch, Line, ReceiptLine
from stockroom.rules.valuing import Cost
from stockroom.vocabulary import CostState

_reversal = aliased(Line, name="reversal")
_matched = (
    # What a delivery took off a bench receipt is counted at the delivery's cost.
    select(cast(func.coalesce(func.sum(BenchMatch.quantity), 0), BigInteger))
    .where(
        BenchMatch.clinic_id == ReceiptLine.clinic_id,
        BenchMatch.bench_line_id == ReceiptLine.id,
    )
    .correlate(ReceiptLine)
    .scalar_subquery()
)
_COSTS: Any = (
    select(
        ReceiptLine.lot_id,
        ReceiptLine.cost_state,
        ReceiptLine.unit_cost_minor,
        ReceiptLine.currency,
        (ReceiptLine.quantity - _matched).label("quantity"),
    )
    .outerjoin(
        _reversal,
        and_(_reversal.clinic_id == ReceiptLine.clinic_id, _reversal.reverses_line_id == ReceiptLine.line_id),
    )
    .where(
        ReceiptLine.clinic_id == bindparam("clinic"),
        ReceiptLine.lot_id.in_(bindparam("lots", expanding=True)),
        _reversal.id.is_(None),
    )
)


def lot_costs(connection: Connection, clinic_id: int, lot_ids: Iterable[int]) -> dict[int, tuple[Cost, ...]]:
    """Give what was delivered of each of these lots, at which cost; one statement.

    A lot that was never delivered here (a cocktail, goods of another clinic) has no entry.
    """
    wanted = sorted(set(lot_ids))
    if not wanted:
        return {}
    found: dict[int, list[Cost]] = defaultdict(list)
    for row in connection.execute(_COSTS, {"clinic": clinic_id, "lots": wanted}):
        if row.quantity > 0:
            found[row.lot_id].append(
                Cost(
                    state=CostState(row.cost_state),
                    quantity=row.quantity,
                    unit_cost_minor=row.unit_cost_minor,
                    currency=row.currency,
                )
            )
    return {lot_id: tuple(costs) for lot_id, costs in found.items()}
