"""Which operations are measured in process, and what is the same answer on both sides?"""

from __future__ import annotations

from typing import Any

from bench.catalogue_rows import STORE, SUPPLIER
from bench.limit_writes import Arriving, Taken, receive_by_hand, use_bare, use_by_hand
from bench.measuring import Case
from bench.plan import HOT_PRODUCT, TRACED_USES
from bench.read_cases import listing_expiring, listing_low, listing_stock, looking_up, reversing, tracing
from bench.workplace import Workplace
from stockroom.clock import now
from stockroom.ledger.receipts import Booked
from stockroom.operations.receive import Receive, receive
from stockroom.operations.use import Use, Used, use
from stockroom.reads.arrivals import ArrivingLine
from stockroom.rules.using import ThingName, UseLine
from stockroom.vocabulary import ArrivalState

PIECES = 10
"""Packs of each lot that is received."""


def cases(place: Workplace) -> list[Case]:
    """Every operation of speed.md, in its order."""
    return [
        receiving(place, "receive 1 lot", 1),
        receiving(place, "receive 1,000 lots", 1_000),
        using(place, "use", place.ordinary, bare=False),
        using(place, "use, hot product", [place.hot_uid], bare=True),
        looking_up(place),
        *(tracing(place, uses) for uses in TRACED_USES),
        reversing(place),
        listing_stock(place),
        listing_expiring(place),
        listing_low(place),
    ]


def receiving(place: Workplace, name: str, line_count: int) -> Case:
    """A delivery of new lots."""

    def prepare(n: int) -> dict[str, Any]:
        new = [place.arriving(n * line_count + line) for line in range(line_count)]
        return {"lines": [Arriving(*each, PIECES) for each in new], "key": place.new_key(), "now": now()}

    def by_stockroom(asked: dict[str, Any]) -> Booked:
        command = Receive(
            supplier_uid=place.supplier_uid,
            delivery_note=asked["key"],
            arrived_at=asked["now"],
            state_on_arrival=ArrivalState.GOOD,
            lines=tuple(
                ArrivingLine(location_uid=place.store_uid, scan=element_string(line), pack_count=PIECES)
                for line in asked["lines"]
            ),
        )
        return receive(place.store, command, actor=place.nurse, key=asked["key"], now=asked["now"])

    return Case(
        name=name,
        prepare=prepare,
        by_hand=lambda asked: receive_by_hand(place.hand, supplier_id=SUPPLIER, location_id=STORE, **asked),
        by_stockroom=by_stockroom,
        said_by_hand=list,
        said_by_stockroom=lambda booked: [(line.lot_number, line.quantity) for line in booked.lines],
        writes=True,
    )


def element_string(line: Arriving) -> str:
    """What a scanner gives for a pack of a lot: DataMatrix with GTIN, expiry and lot number."""
    return f"]d201{line.gtin}17{line.expires_on:%y%m%d}10{line.number}"


def using(place: Workplace, name: str, products: list[str], *, bare: bool) -> Case:
    """One piece of a product for a session, first expired first out."""

    def prepare(n: int) -> dict[str, Any]:
        _, session_uid = place.sessions[n % len(place.sessions)]
        product = products[n % len(products)]
        return {"product_uid": product, "session_uid": session_uid, "key": place.new_key(), "now": now()}

    def by_stockroom(asked: dict[str, Any]) -> Used:
        line = UseLine(thing=ThingName(product_uid=asked["product_uid"]), quantity=1)
        command = Use(session_uid=asked["session_uid"], lines=(line,))
        return use(place.store, command, actor=place.nurse, key=asked["key"], now=asked["now"])

    def by_bare_hand(asked: dict[str, Any]) -> str:
        return use_bare(place.hand, HOT_PRODUCT, place.sessions[0][0], now=asked["now"])

    return Case(
        name=name,
        prepare=prepare,
        by_hand=lambda asked: use_by_hand(place.hand, **asked),
        by_stockroom=by_stockroom,
        said_by_hand=_taken,
        said_by_stockroom=lambda used: [(each.lot_uid, each.lot_number, each.quantity) for each in used.used],
        writes=True,
        bare=by_bare_hand if bare else None,
    )


def _taken(taken: Taken) -> list[tuple[str, str, int]]:
    return [(taken.lot_uid, taken.lot_number, taken.quantity)]
