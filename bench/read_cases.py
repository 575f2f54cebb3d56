"""Which questions are measured in process, and what is the same answer on both sides?"""

from __future__ import annotations

from typing import Any

from bench.catalogue_rows import CLINIC, ROOM_1, TIME_ZONE
from bench.hand import Hand
from bench.limit_reads import (
    below_by_hand,
    expiring_by_hand,
    look_up_by_hand,
    on_hand_by_hand,
    reverse_by_hand,
    trace_by_hand,
)
from bench.measuring import Case
from bench.workplace import Workplace
from stockroom.clock import civil_date, now
from stockroom.queries.below_minimum import below_minimum
from stockroom.queries.expiring import expiring_lots
from stockroom.queries.packs import look_up
from stockroom.queries.stock import lots_in_stock
from stockroom.queries.traces import back_from_patient, forward_from_lot

EXPIRING_DAYS = 30


def looking_up(place: Workplace) -> Case:
    """What a scanned pack is and where its lot lies."""
    hand = place.hand

    def by_stockroom(asked: dict[str, str]) -> Any:
        with place.store.reading() as connection:
            return look_up(connection, CLINIC, code=asked["gtin"], number=asked["number"])

    def prepare(n: int) -> dict[str, str]:
        lot = place.lots[n * 7919 % len(place.lots)]
        return {"gtin": lot.gtin, "number": lot.number}

    return Case(
        name="look-up",
        prepare=prepare,
        by_hand=lambda asked: look_up_by_hand(hand, **asked),
        by_stockroom=by_stockroom,
        said_by_hand=lambda rows: [
            (hand.read_uid(row[2]), row[3], row[1], hand.read_day(row[4]), row[5], row[6]) for row in rows
        ],
        said_by_stockroom=lambda found: [
            (
                found.lot_uid, found.lot_number, found.product_name, found.expires_on, each.location_name,
                each.quantity,
            )
            for each in found.places
        ],
    )  # fmt: skip


def tracing(place: Workplace, uses: int) -> Case:
    """Every use of one lot."""
    lot_uid = place.traced[uses]

    def by_stockroom(_: Any) -> Any:
        with place.store.reading() as connection:
            return forward_from_lot(connection, (CLINIC,), lot_uid=lot_uid)

    return Case(
        name=f"trace {uses:,}",
        prepare=lambda _: lot_uid,
        by_hand=lambda asked: trace_by_hand(place.hand, asked),
        by_stockroom=by_stockroom,
        said_by_hand=lambda rows: _uses_by_hand(place.hand, rows),
        said_by_stockroom=lambda trace: _uses(trace.uses),
    )


def reversing(place: Workplace) -> Case:
    """Everything that one patient got, back to receipts and suppliers."""
    hand = place.hand

    def by_stockroom(patient_uid: str) -> Any:
        with place.store.reading() as connection:
            return back_from_patient(connection, (CLINIC,), patient_uid=patient_uid)

    return Case(
        name="reverse",
        prepare=lambda n: place.patients[n % len(place.patients)],
        by_hand=lambda asked: reverse_by_hand(hand, asked),
        by_stockroom=by_stockroom,
        said_by_hand=lambda found: (_uses_by_hand(hand, found.uses), _receipts_by_hand(hand, found.receipts)),
        said_by_stockroom=lambda trace: (_uses(trace.uses), _receipts(trace.origins)),
    )


def listing_stock(place: Workplace) -> Case:
    """Every lot with stock in Room 1."""
    hand = place.hand

    def by_stockroom(_: Any) -> Any:
        with place.store.reading() as connection:
            return lots_in_stock(connection, CLINIC, now=now(), location_uid=place.room_uid)

    return Case(
        name="on hand in Room 1",
        prepare=lambda _: None,
        by_hand=lambda _: on_hand_by_hand(hand, ROOM_1),
        by_stockroom=by_stockroom,
        said_by_hand=lambda rows: _lots_by_hand(hand, rows),
        said_by_stockroom=_lots,
    )


def listing_expiring(place: Workplace) -> Case:
    """Every lot in stock that expires in 30 days."""
    hand = place.hand

    def by_stockroom(_: Any) -> Any:
        with place.store.reading() as connection:
            return expiring_lots(connection, CLINIC, now=now(), days=EXPIRING_DAYS)

    return Case(
        name="expiring in 30 days",
        prepare=lambda _: civil_date(now(), TIME_ZONE),
        by_hand=lambda today: expiring_by_hand(hand, today, EXPIRING_DAYS),
        by_stockroom=by_stockroom,
        said_by_hand=lambda rows: _lots_by_hand(hand, rows),
        said_by_stockroom=_lots,
    )


def listing_low(place: Workplace) -> Case:
    """Every product of which less is usable than its minimum."""
    hand = place.hand

    def by_stockroom(_: Any) -> Any:
        with place.store.reading() as connection:
            return below_minimum(connection, CLINIC, now=now())

    return Case(
        name="below minimum",
        prepare=lambda _: civil_date(now(), TIME_ZONE),
        by_hand=lambda today: below_by_hand(hand, today),
        by_stockroom=by_stockroom,
        said_by_hand=lambda rows: sorted((hand.read_uid(row[0]), *row[1:]) for row in rows),
        said_by_stockroom=lambda levels: sorted(
            (each.product_uid, each.name, each.minimum_count, each.usable_sealed_count) for each in levels
        ),
    )


def _lots_by_hand(hand: Hand, rows: list[Any]) -> list[tuple[Any, ...]]:
    return sorted((hand.read_uid(row[0]), row[1], row[2], hand.read_day(row[3]), row[4]) for row in rows)


def _lots(found: Any) -> list[tuple[Any, ...]]:
    return sorted(
        (each.lot_uid, each.lot_number, each.product_name, each.expires_on, each.quantity) for each in found
    )


def _uses_by_hand(hand: Hand, rows: list[Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (hand.read_at(row[0]), row[1], *(hand.read_uid(uid) for uid in row[2:5]), row[5], row[7], row[9])
        for row in rows
    )


def _uses(uses: Any) -> list[tuple[Any, ...]]:
    return sorted(
        (
            each.occurred_at, each.quantity, each.session_uid, each.patient_uid, each.movement_uid, each.seq,
            each.lot.number, each.practitioner,
        )
        for each in uses
    )  # fmt: skip


def _receipts_by_hand(hand: Hand, rows: list[Any]) -> list[tuple[Any, ...]]:
    return sorted(
        (
            hand.read_uid(row[0]), row[1], row[2], hand.read_uid(row[3]), row[4], hand.read_at(row[5]),
            hand.read_uid(row[6]), row[7],
        )
        for row in rows
    )  # fmt: skip


def _receipts(origins: Any) -> list[tuple[Any, ...]]:
    return sorted(
        (
            each.lot_uid, each.lot_number, each.quantity, each.receipt_uid, each.delivery_note, each.arrived_at,
            each.supplier_uid, each.supplier_name,
        )
        for each in origins
    )  # fmt: skip
