"""How fast can receiving and using be?  The same rows under the same lock by hand-written SQL."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from bench.catalogue_rows import CLINIC, TIME_ZONE, VIRTUAL
from bench.hand import Hand, digest, marks
from stockroom.clock import civil_date
from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import DISCLOSURES
from stockroom.vocabulary import ArrivalState, CostState, IdentifiedBy, LocationKind, LotKind, MovementKind

_PATIENT, _SUPPLIER = VIRTUAL[LocationKind.PATIENT], VIRTUAL[LocationKind.SUPPLIER]
_PICK = """
SELECT b.lot_id, b.location_id, l.uid, l.number, p.name, s.id, s.practitioner_id
FROM product p
JOIN balance b ON b.clinic_id = ? AND b.product_id = p.id AND b.quantity > 0
JOIN lot l ON l.clinic_id = b.clinic_id AND l.id = b.lot_id
JOIN location w ON w.clinic_id = b.clinic_id AND w.id = b.location_id
JOIN treatment_session s ON s.clinic_id = b.clinic_id AND s.uid = ?
WHERE p.uid = ? AND b.quantity > b.allocated AND l.expires_on >= ?
    AND w.kind NOT IN ('quarantine', 'returns')
    AND NOT EXISTS (SELECT 1 FROM clinic_hold h
        WHERE h.clinic_id = b.clinic_id AND h.lot_id = b.lot_id AND h.released_at IS NULL)
    AND NOT EXISTS (SELECT 1 FROM product_hold h WHERE h.product_id = p.id AND h.released_at IS NULL)
ORDER BY l.expires_on, l.number, l.id, b.location_id LIMIT 1"""
_TAKE = """
UPDATE balance SET quantity = quantity - ?
WHERE clinic_id = ? AND location_id = ? AND lot_id = ? AND quantity - ? >= allocated"""
_LINE = """
INSERT INTO line (clinic_id, movement_id, n, lot_id, from_id, to_id, quantity, session_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""
_USAGE = """
INSERT INTO usage (clinic_id, line_id, practitioner_id, identified_by) VALUES (?, ?, ?, ?)"""
_BARE_PICK = """
SELECT b.lot_id, b.location_id, l.number FROM balance b CROSS JOIN lot l
WHERE b.clinic_id = ? AND b.product_id = ? AND b.quantity > 0 AND l.id = b.lot_id AND l.expires_on >= ?
ORDER BY l.expires_on LIMIT 1"""
_BARE_MOVEMENT = """
INSERT INTO movement (uid, clinic_id, seq, kind, occurred_at, recorded_at, is_late, reason, document_kind,
    actor_id, roles, device)
VALUES (?, ?, 0, 'use', ?, ?, ?, '', 'session', ?, '', '') RETURNING id"""


class Taken(NamedTuple):
    """What a use by hand answers."""

    movement_uid: str
    lot_uid: str
    lot_number: str
    quantity: int


class Arriving(NamedTuple):
    """One new lot of a delivery by hand."""

    gtin: str
    number: str
    expires_on: date
    quantity: int


def use_by_hand(
    hand: Hand, product_uid: str, session_uid: str, *, key: str, now: datetime, keep: bool = True
) -> Taken:
    """Take one piece of the first-expiring lot for a session: head, pick, balance, movement, line, usage,
    entry, head.  Raises LookupError when nothing usable is left.
    """
    with hand.writing(keep=keep) as head:
        now = head.not_before(now)
        found = hand.rows(
            _PICK, CLINIC, hand.uid(session_uid), hand.uid(product_uid), hand.day(civil_date(now, TIME_ZONE))
        )  # fmt: skip
        if not found:
            raise LookupError("nothing usable is left")
        lot_id, place_id, lot_uid, number, name, session_id, practitioner_id = found[0]
        if hand.run(_TAKE, 1, CLINIC, place_id, lot_id, 1) != 1:
            raise LookupError("it was taken meanwhile")
        uid, lot_uid = new_uid(now), hand.read_uid(lot_uid)
        said = {
            "uid": uid,
            "kind": MovementKind.USE.value,
            "document_kind": "session",
            "document_uid": session_uid,
        }
        movement_id, header = hand.movement(head, hand.nurse, now, said)
        line_id = hand.rows(_LINE, CLINIC, movement_id, 1, lot_id, place_id, _PATIENT, 1, session_id)[0][0]
        by = IdentifiedBy.BY_HAND.value
        hand.run(_USAGE, CLINIC, line_id, practitioner_id, by)
        usage = [line_id, None, None, None, practitioner_id, None, by, None, None, None]
        line = [1, lot_id, place_id, _PATIENT, 1, session_id, None]
        used = {"line": 0, "lot_uid": lot_uid, "lot_number": number, "product": name, "quantity": 1}
        entry = {
            "kind": "use",
            "key": key,
            "request": ["use", session_uid, product_uid],
            "payload": {
                "movements": [{"uid": uid, "digest": digest([header, [line]])}],
                "usages": [{"movement": uid, "digest": digest([[usage], []])}],
            },
            "answer": {"movement_uid": uid, "session_uid": session_uid, "used": [used]},
        }
        hand.journal(head, hand.nurse, now, entry)
    return Taken(uid, lot_uid, number, 1)


def use_bare(hand: Hand, product_id: int, session_id: int, *, now: datetime) -> str:
    """The bare four statements of a use: pick, balance, movement, line; no journal, nothing else."""
    with hand.writing(keep=True):
        lot_id, place_id, number = hand.rows(
            _BARE_PICK, CLINIC, product_id, hand.day(civil_date(now, TIME_ZONE))
        )[0]
        hand.run(_TAKE, 1, CLINIC, place_id, lot_id, 1)
        at = hand.at(now)
        movement_id = hand.rows(
            _BARE_MOVEMENT, hand.uid(new_uid(now)), CLINIC, at, at, False, hand.nurse.person_id
        )[0][0]  # fmt: skip
        hand.rows(_LINE, CLINIC, movement_id, 1, lot_id, place_id, _PATIENT, 1, session_id)
    return str(number)


def disclose_by_hand(hand: Hand, patient_uids: Sequence[str], *, key: str, now: datetime) -> None:
    """Write down who was shown, as the product does before a trace is answered."""
    with hand.writing(stream=DISCLOSURES) as head:
        shown = sorted(set(patient_uids))
        entry = {
            "kind": "disclosure",
            "key": key,
            "request": ["disclosure", shown],
            "payload": {"patients": shown, "purpose": "trace"},
            "answer": {"count": len(shown)},
        }
        hand.journal(head, hand.nurse, head.not_before(now), entry)
        hand.run(_SHOWN.format(marks(shown)), CLINIC, head.seq + 1, *map(hand.uid, shown))


_SHOWN = """
INSERT INTO disclosed_patient (patient_id, clinic_id, seq) SELECT id, CAST(? AS BIGINT), CAST(? AS BIGINT)
FROM patient WHERE uid IN ({})"""
_TRADE_ITEMS = """
SELECT t.code, t.id, t.product_id, p.content_quantity FROM trade_item t JOIN product p ON p.id = t.product_id
WHERE t.scheme = 'gtin' AND t.code IN ({})"""
_KNOWN = "SELECT product_id, number FROM lot WHERE clinic_id = ? AND number IN ({})"
_LOT = """
INSERT INTO lot (id, uid, clinic_id, product_id, kind, number, number_is_ours, expires_on, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"""
_ARRIVED = """
INSERT INTO balance (clinic_id, location_id, lot_id, product_id, quantity, allocated)
VALUES (?, ?, ?, ?, ?, 0)
ON CONFLICT (clinic_id, location_id, lot_id) DO UPDATE SET quantity = balance.quantity + excluded.quantity"""
_LINE_WITH_ID = """
INSERT INTO line (id, clinic_id, movement_id, n, lot_id, from_id, to_id, quantity)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)"""
_RECEIPT = """
INSERT INTO receipt (uid, clinic_id, supplier_id, delivery_note, arrived_at, state_on_arrival, received_by_id,
    movement_id)
VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id"""
_RECEIPT_LINE = """
INSERT INTO receipt_line (uid, clinic_id, receipt_id, n, line_id, lot_id, trade_item_id, pack_count, quantity,
    cost_state, decision)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '')"""


class _Delivery(NamedTuple):
    """The keys and ids of what a delivery brings, line by line."""

    lines: Sequence[Arriving]
    items: list[tuple[int, int, int]]
    """Key of the trade item, of the product, and base units in one pack."""
    lot_ids: list[int]
    lot_uids: list[str]
    line_ids: list[int]

    def quantity(self, n: int) -> int:
        return self.lines[n].quantity * self.items[n][2]


def receive_by_hand(
    hand: Hand,
    lines: Sequence[Arriving],
    *,
    supplier_id: int,
    location_id: int,
    key: str,
    now: datetime,
    keep: bool = True,
) -> list[tuple[str, int]]:
    """Take new lots in with one document: lots, balances, movement, lines, receipt and its lines, entry, head."""
    with hand.writing(keep=keep) as head:
        now = head.not_before(now)
        delivery = _identified(hand, lines, now)
        _insert_lots(hand, delivery, location_id, now)
        receipt_uid, uid = new_uid(now), new_uid(now)
        said = {
            "uid": uid,
            "kind": MovementKind.RECEIVE.value,
            "document_kind": "receipt",
            "document_uid": receipt_uid,
            "supplier_id": supplier_id,
        }
        movement_id, header = hand.movement(head, hand.nurse, now, said)
        posted = _insert_lines(hand, delivery, movement_id, location_id)
        receipt_id = hand.rows(
            _RECEIPT, hand.uid(receipt_uid), CLINIC, supplier_id, key, hand.at(now), ArrivalState.GOOD.value,
            hand.nurse.person_id, movement_id,
        )[0][0]  # fmt: skip
        uids = _insert_receipt_lines(hand, delivery, receipt_id, now)
        booked = [
            [uids[n], delivery.lot_uids[n], line.number, delivery.quantity(n)] for n, line in enumerate(lines)
        ]
        entry = {
            "kind": "delivery.receive",
            "key": key,
            "request": ["delivery.receive", [[*line[:2], line[2].isoformat(), line[3]] for line in lines]],
            "payload": {
                "movements": [{"uid": uid, "digest": digest([header, posted])}],
                "receipt": receipt_uid,
                "delivery_note": key,
                "lines": booked,
            },
            "answer": {"receipt_uid": receipt_uid, "movement_uid": uid, "lines": booked},
        }
        hand.journal(head, hand.nurse, now, entry)
    return [(line.number, delivery.quantity(n)) for n, line in enumerate(lines)]


def _identified(hand: Hand, lines: Sequence[Arriving], now: datetime) -> _Delivery:
    codes = sorted({line.gtin for line in lines})
    items = {row[0]: tuple(row[1:]) for row in hand.rows(_TRADE_ITEMS.format(marks(codes)), *codes)}
    numbers = [line.number for line in lines]
    if hand.rows(_KNOWN.format(marks(numbers)), CLINIC, *numbers):
        raise ValueError("the benchmark receives new lots only")
    return _Delivery(
        lines=lines,
        items=[items[line.gtin] for line in lines],
        lot_ids=hand.ids("lot", len(lines)),
        lot_uids=[new_uid(now) for _ in lines],
        line_ids=hand.ids("line", len(lines)),
    )


def _insert_lots(hand: Hand, delivery: _Delivery, location_id: int, now: datetime) -> None:
    at, kind = hand.at(now), LotKind.MANUFACTURED.value
    lots, balances = [], []
    for n, line in enumerate(delivery.lines):
        lot_id, product_id = delivery.lot_ids[n], delivery.items[n][1]
        uid, until = hand.uid(delivery.lot_uids[n]), hand.day(line.expires_on)
        lots.append((lot_id, uid, CLINIC, product_id, kind, line.number, False, until, at))
        balances.append((CLINIC, location_id, lot_id, product_id, delivery.quantity(n)))
    hand.run_many(_LOT, lots)
    hand.run_many(_ARRIVED, balances)


def _insert_lines(hand: Hand, delivery: _Delivery, movement_id: int, location_id: int) -> list[list[Any]]:
    """Insert the lines and give them in the order of the digest."""
    rows, said = [], []
    for n, lot_id in enumerate(delivery.lot_ids):
        quantity = delivery.quantity(n)
        moved = (lot_id, _SUPPLIER, location_id, quantity)
        rows.append((delivery.line_ids[n], CLINIC, movement_id, n + 1, *moved))
        said.append([n + 1, *moved, None, None])
    hand.run_many(_LINE_WITH_ID, rows)
    return said


def _insert_receipt_lines(hand: Hand, delivery: _Delivery, receipt_id: int, now: datetime) -> list[str]:
    uids = [new_uid(now) for _ in delivery.lines]
    unknown = CostState.UNKNOWN.value
    rows = [
        (
            hand.uid(uids[n]), CLINIC, receipt_id, n + 1, delivery.line_ids[n], delivery.lot_ids[n],
            delivery.items[n][0], line.quantity, delivery.quantity(n), unknown,
        )
        for n, line in enumerate(delivery.lines)
    ]  # fmt: skip
    hand.run_many(_RECEIPT_LINE, rows)
    return uids
