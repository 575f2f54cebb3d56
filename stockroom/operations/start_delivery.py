"""How does the unpacking of a delivery begin, and how is its paper completed?  It is kept for everybody in the clinic."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.delivery_rows import change_delivery_row
from stockroom.models import Delivery, Supplier
from stockroom.reads.deliveries import DeliveryChanged, delivery_in_work
from stockroom.reads.finding import one_by_uid
from stockroom.rules.receiving import check_text
from stockroom.vocabulary import Action, ArrivalState, DeliveryState


@dataclass(frozen=True, kw_only=True)
class StartDelivery:
    """What is known of a delivery when it is put on the table; the rest is asked before it is posted."""

    supplier_uid: str | None = None
    delivery_note: str = ""
    arrived_at: datetime | None = None
    """Now, when nobody says otherwise."""
    state_on_arrival: ArrivalState = ArrivalState.GOOD


@dataclass(frozen=True, kw_only=True)
class ChangeDelivery:
    """The paper of a delivery anew, all of it."""

    delivery_uid: str
    version: int
    """The version that was read."""
    paper: StartDelivery


@dataclass(frozen=True, kw_only=True)
class DeliveryKept:
    delivery_uid: str
    version: int


def start_delivery(
    store: Store, command: StartDelivery, *, actor: Actor, key: str, now: datetime
) -> DeliveryKept:
    """Begin a delivery without lines.  Raises ThingNotFound, InvalidValue."""
    return perform(
        store,
        Act(kind="delivery.start", action=Action.RECEIVE),
        command=command,
        body=lambda work: _start(work, command),
        answer=DeliveryKept,
        actor=actor,
        key=key,
        now=now,
    )


def change_delivery(
    store: Store, command: ChangeDelivery, *, actor: Actor, key: str, now: datetime
) -> DeliveryKept:
    """Change supplier, delivery note, arrival or state of an open delivery.

    Raises ThingNotFound, DeliveryOver, DeliveryChanged, InvalidValue.
    """
    return perform(
        store,
        Act(kind="delivery.change", action=Action.RECEIVE),
        command=command,
        body=lambda work: _change(work, command),
        answer=DeliveryKept,
        actor=actor,
        key=key,
        now=now,
    )


def _start(work: Work, command: StartDelivery) -> DeliveryKept:
    uid = new_uid(work.now)
    work.connection.execute(
        insert(Delivery).values(
            uid=uid,
            clinic_id=work.clinic_id,
            state=DeliveryState.OPEN,
            started_by_id=work.actor.person_id,
            created_at=work.recorded_at,
            updated_at=work.recorded_at,
            **_paper(work, command, arrived_at=work.now),
        )
    )
    work.payload["delivery"] = uid
    return DeliveryKept(delivery_uid=uid, version=1)


def _change(work: Work, command: ChangeDelivery) -> DeliveryKept:
    delivery = delivery_in_work(work.connection, work.clinic_id, command.delivery_uid)
    if delivery.version != command.version:
        raise DeliveryChanged(delivery=delivery.uid)
    paper = _paper(work, command.paper, arrived_at=delivery.arrived_at)
    work.payload["delivery"] = delivery.uid
    return DeliveryKept(delivery_uid=delivery.uid, version=change_delivery_row(work, delivery, **paper))


def _paper(work: Work, command: StartDelivery, *, arrived_at: datetime) -> dict[str, Any]:
    check_text("delivery_note", command.delivery_note, longest=100)
    if command.arrived_at is not None and command.arrived_at > work.now:
        raise InvalidValue(field="arrived_at", problem="it lies in the future")
    supplier_id = None
    if command.supplier_uid is not None:
        supplier_id = one_by_uid(work.connection, Supplier, command.supplier_uid, thing="supplier").id
    work.payload.update(
        supplier=command.supplier_uid,
        delivery_note=command.delivery_note,
        state_on_arrival=command.state_on_arrival,
    )
    return {
        "supplier_id": supplier_id,
        "delivery_note": command.delivery_note,
        "arrived_at": command.arrived_at or arrived_at,
        "state_on_arrival": command.state_on_arrival,
    }
