"""How is it written down that somebody went on with a delivery?  Its version counts every change of it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, update

from stockroom.db.base import table_of
from stockroom.db.columns import written
from stockroom.db.transaction import Work
from stockroom.models import Delivery, DeliveryLine
from stockroom.vocabulary import DeliveryState


def change_delivery_row(work: Work, delivery: Row[Any], **values: object) -> int:
    """Write these values and count the change; give the new version."""
    table = table_of(Delivery)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.id == delivery.id)
        .values(version=delivery.version + 1, updated_at=work.recorded_at, **values)
    )
    return int(delivery.version) + 1


def change_line_row(work: Work, line: Row[Any], **values: object) -> int:
    """Write these values of a line; give its new version."""
    table = table_of(DeliveryLine)
    work.connection.execute(
        update(table)
        .where(table.c.clinic_id == work.clinic_id, table.c.id == line.id)
        .values(version=line.version + 1, **values)
    )
    return int(line.version) + 1


def look_again(work: Work, supplier_id: int) -> None:
    """Have the deliveries of a supplier that are being unpacked looked at again before they are booked.

    What is owed of its orders is no longer what was seen: somebody received another delivery at the same
    time, or an order was sent or called off.  One statement.
    """
    table = table_of(Delivery)
    work.connection.execute(
        update(table)
        .where(
            table.c.clinic_id == work.clinic_id,
            table.c.state == written(DeliveryState.OPEN),
            table.c.supplier_id == supplier_id,
        )
        .values(version=table.c.version + 1)
    )
