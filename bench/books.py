"""Are the books exact after a crowd has used one product at once?  To the unit, and once each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from bench.plan import HOT_PRODUCT
from bench.report import Fact
from bench.workplace import Workplace
from stockroom.ledger.verify import verify
from stockroom.models import Balance, Line, Location, Lot, Movement
from stockroom.vocabulary import LocationKind


@dataclass(frozen=True, kw_only=True)
class Books:
    """What the books say of the hot product."""

    received: int
    on_hand: int
    used: int
    movement_count: int


def books_of(place: Workplace) -> Books:
    """Read the books of the hot product."""
    on_hand = select(func.coalesce(func.sum(Balance.quantity), 0)).where(Balance.product_id == HOT_PRODUCT)
    with place.store.reading() as connection:
        return Books(
            received=_moved(connection, Line.from_id, LocationKind.SUPPLIER),
            on_hand=int(connection.execute(on_hand).scalar_one()),
            used=_moved(connection, Line.to_id, LocationKind.PATIENT),
            movement_count=int(connection.execute(select(func.count()).select_from(Movement)).scalar_one()),
        )


def conserved(place: Workplace, setting: str) -> Fact:
    """What was received is on hand or used."""
    books = books_of(place)
    return Fact(
        setting=setting,
        sentence=f"{books.received:,} received = {books.on_hand:,} on hand + {books.used:,} used",
        holds=books.received == books.on_hand + books.used,
    )


def once_each(place: Workplace, before: Books, movement_uids: Sequence[str], setting: str) -> Fact:
    """Every accepted answer names a movement of its own, and nothing else was booked since `before`."""
    booked = books_of(place).movement_count - before.movement_count
    newest = select(Movement.uid).order_by(Movement.id.desc()).limit(booked)
    with place.store.reading() as connection:
        in_books = set(connection.execute(newest).scalars())
    answered = set(movement_uids)
    return Fact(
        setting=setting,
        sentence=f"{len(movement_uids):,} accepted uses, {booked:,} movements, each named by one answer",
        holds=len(movement_uids) == len(answered) == booked and answered == in_books,
    )


def true_books(place: Workplace, setting: str) -> Fact:
    """Let `stockroom verify` recompute every invariant after all that was measured."""
    report = verify(place.store, search_names=False)
    said = "; ".join(f"{found.invariant} {found.table} {found.row} {found.what}" for found in report.findings)
    sentence = said or f"verify finds nothing wrong in {report.counts['movement']:,} movements"
    return Fact(setting=setting, sentence=sentence, holds=not report.findings)


def _moved(connection: Connection, side: object, kind: LocationKind) -> int:
    """How much of the hot product went over one side of the account of a kind."""
    hot = select(Lot.id).where(Lot.product_id == HOT_PRODUCT)
    moved = (
        select(func.coalesce(func.sum(Line.quantity), 0))
        .join(Location, Location.id == side)
        .where(Line.lot_id.in_(hot), Location.kind == kind)
    )
    return int(connection.execute(moved).scalar_one())
