"""What is on its way to a clinic of each product, by what its suppliers said last?"""

from __future__ import annotations

from collections import defaultdict

from sqlalchemy import Connection

from stockroom.clock import civil_date
from stockroom.reads.orders_owed import owed_lines
from stockroom.rules.low_stock import Coming


def coming_to(connection: Connection, clinic_id: int, *, zone: str) -> dict[str, list[Coming]]:
    """Give what suppliers still owe of each product, by its uid; one statement.  `zone` is the clinic's."""
    found: dict[str, list[Coming]] = defaultdict(list)
    for line in owed_lines(connection, clinic_id):
        found[line.product_uid].append(
            Coming(count=line.owed_count, due_on=line.due_on, ordered_on=civil_date(line.ordered_at, zone))
        )
    return found
