"""Deliveries in work to test with."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from stockroom.actor import Actor
from stockroom.ledger.receipts import Booked
from stockroom.models import Delivery, DeliveryLine
from stockroom.operations.add_delivery_line import AddDeliveryLine, DeliveryLineAdded, add_delivery_line
from stockroom.operations.change_delivery_line import (
    ChangeDeliveryLine,
    DeliveryLineChanged,
    change_delivery_line,
)
from stockroom.operations.post_delivery import PostDelivery, post_delivery
from stockroom.operations.start_delivery import StartDelivery, start_delivery
from stockroom.reads.delivery_lines import LineSaid
from tests.builders import NOW, House, key
from tests.receiving import rows_of


class OnTable:
    """A delivery that is being unpacked in the house's clinic."""

    def __init__(self, house: House, *, now: datetime = NOW, **paper: Any) -> None:
        self.house, self.store, self.now = house, house.store, now
        facts = {"supplier_uid": house.supplier_uid, "delivery_note": "DN-1", **paper}
        started = start_delivery(
            self.store, StartDelivery(**facts), actor=house.nurse, key=key("start"), now=now
        )
        self.uid = started.delivery_uid

    @property
    def row(self) -> Any:
        (row,) = rows_of(self.store, Delivery, Delivery.uid == self.uid)
        return row

    @property
    def version(self) -> int:
        return int(self.row.version)

    @property
    def lines(self) -> list[Any]:
        """The lines that stand, as they were written down."""
        found = rows_of(
            self.store,
            DeliveryLine,
            DeliveryLine.delivery_id == self.row.id,
            DeliveryLine.removed_at.is_(None),
        )
        return sorted(found, key=lambda line: line.n)

    def scan(
        self, text: str | None, *, actor: Actor | None = None, with_key: str | None = None, **said: Any
    ) -> DeliveryLineAdded:
        """Scan a pack (or read one by eye) into the fridge, unless another place is said."""
        facts = {"location_uid": self.house.clinic.fridge.uid, **said}
        command = AddDeliveryLine(delivery_uid=self.uid, scan=text, said=LineSaid(**facts))
        by = actor or self.house.nurse
        return add_delivery_line(self.store, command, actor=by, key=with_key or key("scan"), now=self.now)

    def say(self, n: int, *, version: int | None = None, **said: Any) -> DeliveryLineChanged:
        """Say anew what line `n` is."""
        line = next(each for each in self.lines if each.n == n)
        facts = {"location_uid": self.house.clinic.fridge.uid, **said}
        command = ChangeDeliveryLine(
            delivery_uid=self.uid, line_uid=line.uid, version=version or line.version, said=LineSaid(**facts)
        )
        return change_delivery_line(self.store, command, actor=self.house.nurse, key=key("say"), now=self.now)

    def post(self, *, actor: Actor | None = None, with_key: str | None = None, **more: Any) -> Booked:
        command = PostDelivery(**{"delivery_uid": self.uid, "version": self.version, **more})
        by = actor or self.house.nurse
        return post_delivery(self.store, command, actor=by, key=with_key or key("post"), now=self.now)
