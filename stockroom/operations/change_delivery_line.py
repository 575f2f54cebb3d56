"""How is a line of a delivery in work completed, decided on, or taken off?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.delivery_rows import change_delivery_row, change_line_row
from stockroom.reads.clinics import clinic_settings
from stockroom.reads.deliveries import delivery_in_work, line_in_work
from stockroom.reads.delivery_lines import LineSaid, read_line
from stockroom.reads.locations import shelves_by_uid
from stockroom.rules.receiving import cost_in
from stockroom.vocabulary import Action


@dataclass(frozen=True, kw_only=True)
class ChangeDeliveryLine:
    """All that is said of a line anew; its scan stays as it was scanned."""

    delivery_uid: str
    line_uid: str
    version: int
    """The version of the line that was read."""
    said: LineSaid


@dataclass(frozen=True, kw_only=True)
class RemoveDeliveryLine:
    delivery_uid: str
    line_uid: str
    version: int
    """The version of the line that was read: a pack that was scanned into it meanwhile is not lost."""


@dataclass(frozen=True, kw_only=True)
class DeliveryLineChanged:
    line_uid: str
    n: int
    version: int
    delivery_version: int


def change_delivery_line(
    store: Store, command: ChangeDeliveryLine, *, actor: Actor, key: str, now: datetime
) -> DeliveryLineChanged:
    """Say anew what a line is: reading, product, lot, expiry, packs, place, cost, decisions.

    What the scan says cannot be contradicted: take the line off and read the pack by eye instead.
    Packs count what lies there: the same code may have been scanned several times.
    Raises ThingNotFound, DeliveryOver, DeliveryLineStale, InvalidValue, ScanContradicts, NotAShelf,
    LocationClosed.
    """
    return perform(
        store,
        Act(kind="delivery.change_line", action=Action.RECEIVE),
        command=command,
        body=lambda work: _change(work, command),
        answer=DeliveryLineChanged,
        actor=actor,
        key=key,
        now=now,
    )


def remove_delivery_line(
    store: Store, command: RemoveDeliveryLine, *, actor: Actor, key: str, now: datetime
) -> DeliveryLineChanged:
    """Take a line off a delivery; its number is not given again.

    Raises ThingNotFound, DeliveryOver, DeliveryLineStale.
    """
    return perform(
        store,
        Act(kind="delivery.remove_line", action=Action.RECEIVE),
        command=command,
        body=lambda work: _remove(work, command),
        answer=DeliveryLineChanged,
        actor=actor,
        key=key,
        now=now,
    )


def _change(work: Work, command: ChangeDeliveryLine) -> DeliveryLineChanged:
    delivery = delivery_in_work(work.connection, work.clinic_id, command.delivery_uid)
    line = line_in_work(work.connection, delivery, command.line_uid, version=command.version)
    clinic = clinic_settings(work.connection, work.clinic_id)
    said = command.said
    today = civil_date(line.entered_at, clinic.time_zone)
    read = read_line(work.connection, line.n, line.raw_scan, said, zone=clinic.time_zone, today=today)
    place_id = None
    if said.location_uid is not None:
        place_id = shelves_by_uid(work.connection, work.clinic_id, (said.location_uid,))[said.location_uid].id
    if (said.pack_count or line.pack_count) < line.refused_count:
        problem = f"{line.refused_count} of them were refused at the door: take that back first"
        raise InvalidValue(field="pack_count", problem=problem)
    cost = cost_in(said.cost, clinic.currency, line=line.n)
    version = change_line_row(
        work,
        line,
        **asdict(read.facts),
        product_id=read.product_id,
        pack_count=said.pack_count or line.pack_count,
        location_id=place_id,
        cost_state=cost.state,
        unit_cost_minor=cost.unit_cost_minor,
        currency=cost.currency,
        decision=said.decision.strip(),
        bench_decision=said.bench,
        order_choice=said.order,
    )
    work.payload.update(delivery=delivery.uid, line=line.uid, packs=said.pack_count or line.pack_count)
    return DeliveryLineChanged(
        line_uid=line.uid, n=line.n, version=version, delivery_version=change_delivery_row(work, delivery)
    )


def _remove(work: Work, command: RemoveDeliveryLine) -> DeliveryLineChanged:
    delivery = delivery_in_work(work.connection, work.clinic_id, command.delivery_uid)
    line = line_in_work(work.connection, delivery, command.line_uid, version=command.version)
    version = change_line_row(work, line, removed_at=work.recorded_at)
    work.payload.update(delivery=delivery.uid, line=line.uid, packs=line.pack_count)
    return DeliveryLineChanged(
        line_uid=line.uid, n=line.n, version=version, delivery_version=change_delivery_row(work, delivery)
    )
