"""Deliveries to test with: GS1 texts as scanners send them, commands, and what the books say afterwards."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, insert, select

from stockroom.actor import Actor
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.post import post
from stockroom.ledger.receipts import Booked
from stockroom.models import (
    Balance,
    Container,
    JournalEntry,
    Line,
    Location,
    Lot,
    Movement,
    Product,
    ProductRule,
    Receipt,
    ReceiptLine,
)
from stockroom.operations.receive import Receive, receive
from stockroom.reads.arrivals import ArrivingLine
from stockroom.rules.posting import Draft
from stockroom.rules.posting import Line as PostingLine
from stockroom.vocabulary import ArrivalState, ContainerState, LocationKind, MovementKind
from tests.builders import FAR, NOW, Clinic, House, LotAt, Place, key

GS = "\x1d"


def gs1(
    gtin: str,
    lot: str | None = None,
    expires_on: date | None = FAR,
    *,
    serial: str | None = None,
    count: int | None = None,
) -> str:
    """A GS1 element string as a scanner sends it, with the separators that belong there."""
    text = f"01{gtin}"
    text += f"17{expires_on:%y%m%d}" if expires_on else ""
    variable = [("10", lot), ("21", serial), ("30", None if count is None else str(count))]
    return text + GS.join(f"{ai}{value}" for ai, value in variable if value is not None)


def scanned(place: Place, text: str, **more: Any) -> ArrivingLine:
    """A line that was scanned."""
    return ArrivingLine(location_uid=place.uid, scan=text, **more)


def delivery(house: House, *lines: ArrivingLine, **more: Any) -> Receive:
    """A delivery in good state of these lines."""
    facts: dict[str, Any] = {
        "supplier_uid": house.supplier_uid,
        "delivery_note": "DN-1",
        "arrived_at": NOW,
        "state_on_arrival": ArrivalState.GOOD,
        "lines": lines,
        **more,
    }
    return Receive(**facts)


def take_in(
    house: House, *lines: ArrivingLine, actor: Actor | None = None, now: datetime = NOW, **more: Any
) -> Booked:
    """Receive a delivery of these lines, under a paper of its own."""
    command = delivery(house, *lines, **{"arrived_at": now, "delivery_note": key("DN"), **more})
    return receive(house.store, command, actor=actor or house.nurse, key=key("receive"), now=now)


def on_shelves(clinic: Clinic) -> dict[tuple[str, str], int]:
    """What lies where: base units by (lot number, name of the place), zeros left out."""
    with clinic.store.reading() as connection:
        rows = connection.execute(
            select(Lot.number, Location.name, Balance.quantity)
            .join(Lot, (Lot.clinic_id == Balance.clinic_id) & (Lot.id == Balance.lot_id))
            .join(Location, (Location.clinic_id == Balance.clinic_id) & (Location.id == Balance.location_id))
            .where(Balance.clinic_id == clinic.id, Balance.quantity != 0)
        ).all()
    return {(row.number, row.name): row.quantity for row in rows}


def size_of_books(store: Store) -> dict[str, int]:
    """How many rows each table of the books holds; a refusal leaves them all as they were."""
    tables = (Movement, Line, Lot, Receipt, ReceiptLine, Balance, Container)
    with store.reading() as connection:
        return {
            model.__tablename__: connection.execute(
                select(func.count()).select_from(model.__table__)
            ).scalar_one()
            for model in tables
        }


def rows_of(store: Store, model: Any, *conditions: Any) -> list[Any]:
    """The whole rows of a table."""
    with store.reading() as connection:
        return list(connection.execute(select(model.__table__).where(*conditions)).all())


def movements(clinic: Clinic, kind: str) -> list[Any]:
    """The movements of one kind in a clinic, in the order of the books."""
    rows = rows_of(clinic.store, Movement, Movement.clinic_id == clinic.id, Movement.kind == kind)
    return sorted(rows, key=lambda row: row.seq)


def lines_of(clinic: Clinic, movement_uid: str) -> list[tuple[str, str, str, int]]:
    """The lines of a movement as (lot number, kind of source, kind of target, quantity)."""
    source, target = Location.__table__.alias("source"), Location.__table__.alias("target")
    with clinic.store.reading() as connection:
        rows = connection.execute(
            select(Lot.number, source.c.kind, target.c.kind, Line.quantity)
            .join(Movement, Movement.id == Line.movement_id)
            .join(Lot, Lot.id == Line.lot_id)
            .join(source, source.c.id == Line.from_id)
            .join(target, target.c.id == Line.to_id)
            .where(Movement.clinic_id == clinic.id, Movement.uid == movement_uid)
            .order_by(Line.n)
        ).all()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


def journalled(clinic: Clinic, kind: str) -> list[Any]:
    """The journal entries of one kind."""
    return rows_of(clinic.store, JournalEntry, JournalEntry.clinic_id == clinic.id, JournalEntry.kind == kind)


def changed(line: ArrivingLine, **changes: Any) -> ArrivingLine:
    """The line with something else on it."""
    return replace(line, **changes)


def opened(clinic: Clinic, lot: LotAt, state: ContainerState = ContainerState.OPEN) -> Place:
    """A container of a lot, opened in the fridge through the ledger; emptied and closed in another state."""
    by, fridge, made = clinic.nurse, clinic.fridge, {"uid": new_uid(NOW)}
    disposal = clinic.account(LocationKind.DISPOSAL)

    def body(work: Work) -> None:
        place = {"uid": made["uid"], "clinic_id": work.clinic_id, "kind": LocationKind.CONTAINER}
        named = {"name": "7K4", "short_code": "7K4", "created_at": NOW, "updated_at": NOW}
        container_id = work.connection.execute(
            insert(Location).values(**place, **named).returning(Location.id)
        ).scalar_one()
        product = work.connection.execute(
            select(Product.content_quantity, ProductRule.id.label("rule_id"))
            .join(ProductRule, ProductRule.product_id == Product.id)
            .join(Lot, Lot.product_id == Product.id)
            .where(Lot.id == lot.id, ProductRule.superseded_at.is_(None))
        ).one()
        work.connection.execute(
            insert(Container).values(
                clinic_id=work.clinic_id,
                location_id=container_id,
                lot_id=lot.id,
                product_rule_id=product.rule_id,
                short_code="7K4",
                state=state,
                opened_at=NOW,
                content_quantity=product.content_quantity,
                stands_in_id=fridge.id,
                opened_by_id=by.person_id,
                closed_at=None if state is ContainerState.OPEN else NOW,
            )
        )
        ways = [(MovementKind.OPEN, fridge.id, container_id)]
        if state is not ContainerState.OPEN:
            ways.append((MovementKind.DISPOSE, container_id, disposal.id))
        for kind, from_id, to_id in ways:
            line = PostingLine(lot_id=lot.id, from_id=from_id, to_id=to_id, quantity=product.content_quantity)
            post(work, Draft(kind=kind, lines=(line,), occurred_at=work.now))

    clinic.act("test.open", body)
    return clinic.location(uid=made["uid"])
