"""How fast can looking up, tracing and reporting be?  Hand-written statements, all rows fetched."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from bench.catalogue_rows import CLINIC, VIRTUAL
from bench.hand import Hand, marks
from bench.limit_writes import disclose_by_hand
from stockroom.db.sealing import unseal
from stockroom.reads.patients import bound_to
from stockroom.vocabulary import LocationKind

_PATIENT = VIRTUAL[LocationKind.PATIENT]
_LOOK_UP = """
SELECT p.uid, p.name, l.uid, l.number, l.expires_on, w.name, b.quantity
FROM trade_item t
JOIN product p ON p.id = t.product_id
JOIN lot l ON l.clinic_id = ? AND l.product_id = t.product_id AND l.number = ?
LEFT JOIN balance b ON b.clinic_id = l.clinic_id AND b.lot_id = l.id AND b.quantity > 0
LEFT JOIN location w ON w.clinic_id = b.clinic_id AND w.id = b.location_id
WHERE t.scheme = 'gtin' AND t.code = ? ORDER BY w.name"""
_USES = """
SELECT m.occurred_at, i.quantity, s.uid, p.uid, m.uid, m.seq, l.uid, l.number, d.name, n.name, u.identified_by, i.lot_id
FROM line i
JOIN movement m ON m.clinic_id = i.clinic_id AND m.id = i.movement_id
JOIN treatment_session s ON s.clinic_id = i.clinic_id AND s.id = i.session_id
JOIN patient p ON p.id = s.patient_id
JOIN lot l ON l.clinic_id = i.clinic_id AND l.id = i.lot_id
JOIN product d ON d.id = l.product_id
JOIN usage u ON u.clinic_id = i.clinic_id AND u.line_id = i.id
LEFT JOIN person n ON n.id = u.practitioner_id
WHERE {which} AND i.to_id = ?
    AND NOT EXISTS (SELECT 1 FROM line r WHERE r.clinic_id = i.clinic_id AND r.reverses_line_id = i.id)
ORDER BY m.occurred_at, m.seq"""
_TRACE = _USES.format(
    which="i.clinic_id = ? AND i.lot_id = (SELECT a.id FROM lot a WHERE a.uid = ?) AND i.session_id IS NOT NULL"
)
_SESSIONS = """
SELECT v.id FROM patient a JOIN treatment_session v ON v.patient_id = a.id WHERE a.uid = ? AND +v.clinic_id = ?"""
_IN_SESSIONS = _USES.format(which="i.clinic_id = ? AND i.session_id IN ({})")
_RECEIPTS = """
SELECT l.uid, l.number, r.quantity - r.taken_off_quantity, o.uid, o.delivery_note, o.arrived_at, s.uid, s.name
FROM receipt_line r
JOIN receipt o ON o.clinic_id = r.clinic_id AND o.id = r.receipt_id
LEFT JOIN supplier s ON s.id = o.supplier_id
JOIN lot l ON l.clinic_id = r.clinic_id AND l.id = r.lot_id
WHERE r.clinic_id = ? AND r.lot_id IN ({})
    AND NOT EXISTS (SELECT 1 FROM line b WHERE b.clinic_id = r.clinic_id AND b.reverses_line_id = r.line_id)
ORDER BY o.arrived_at, r.id"""
_PATIENTS = "SELECT uid, short_code, reference, data_key FROM patient WHERE uid IN ({})"
# `product_id > 0` makes SQLite walk the index of what is in stock instead of every lot that ever was.
_ON_HAND = """
SELECT l.uid, l.number, p.name, l.expires_on, b.quantity FROM balance b
JOIN lot l ON l.clinic_id = b.clinic_id AND l.id = b.lot_id
JOIN product p ON p.id = b.product_id
WHERE b.clinic_id = ? AND b.product_id > 0 AND b.quantity > 0 AND +b.location_id = ?
ORDER BY p.name, l.expires_on, l.number"""
_EXPIRING = """
SELECT l.uid, l.number, p.name, l.expires_on, CAST(SUM(b.quantity) AS BIGINT) FROM balance b
CROSS JOIN lot l
CROSS JOIN product p
WHERE b.clinic_id = ? AND b.product_id > 0 AND b.quantity > 0 AND l.id = b.lot_id AND p.id = b.product_id
    AND l.expires_on <= ?
GROUP BY l.id, p.id ORDER BY l.expires_on, p.name, l.number"""
_BELOW = """
SELECT p.uid, p.name, v.minimum_count, COALESCE(h.quantity, 0) / p.content_quantity FROM stock_level v
JOIN product p ON p.id = v.product_id
LEFT JOIN (
    SELECT b.product_id, CAST(SUM(b.quantity) AS BIGINT) AS quantity FROM balance b
    JOIN lot l ON l.clinic_id = b.clinic_id AND l.id = b.lot_id
    JOIN location w ON w.clinic_id = b.clinic_id AND w.id = b.location_id
    WHERE b.clinic_id = ? AND b.quantity > 0 AND w.kind NOT IN ('quarantine', 'returns', 'container')
        AND (l.expires_on IS NULL OR l.expires_on >= ?)
    GROUP BY b.product_id
) h ON h.product_id = v.product_id
WHERE v.clinic_id = ? AND v.minimum_count > COALESCE(h.quantity, 0) / p.content_quantity
ORDER BY p.name"""


def look_up_by_hand(hand: Hand, gtin: str, number: str) -> list[Any]:
    """Product, lot, expiry and what is on hand at each place."""
    with hand.reading():
        return hand.rows(_LOOK_UP, CLINIC, number, gtin)


def trace_by_hand(hand: Hand, lot_uid: str) -> list[Any]:
    """Every use of a lot that stands, in the order in which they happened."""
    with hand.reading():
        return hand.rows(_TRACE, CLINIC, hand.uid(lot_uid), _PATIENT)


class Reverse(NamedTuple):
    """What a patient got, and where it came from."""

    uses: list[Any]
    receipts: list[Any]


def reverse_by_hand(hand: Hand, patient_uid: str) -> Reverse:
    """Everything that was used on a patient, with its lots, and the receipts and suppliers of these."""
    with hand.reading():
        sessions = [row[0] for row in hand.rows(_SESSIONS, hand.uid(patient_uid), CLINIC)]
        uses = hand.rows(_IN_SESSIONS.format(marks(sessions)), CLINIC, *sessions, _PATIENT)
        lots = {row[-1] for row in uses}
        return Reverse(uses, hand.rows(_RECEIPTS.format(marks(lots)), CLINIC, *lots))


def shown_by_hand(hand: Hand, uses: list[Any], *, key: str, now: datetime) -> list[list[Any]]:
    """By which code and reference the patients of a trace are known, after it was written down who they are."""
    stored = sorted({row[3] for row in uses})
    disclose_by_hand(hand, [hand.read_uid(uid) for uid in stored], key=key, now=now)
    with hand.reading():
        rows = hand.rows(_PATIENTS.format(marks(stored)), *stored)
    return [[row[0], row[1], _opened(hand, hand.read_uid(row[0]), row[2], row[3])] for row in rows]


def _opened(hand: Hand, uid: str, reference: bytes | None, data_key: bytes) -> str:
    if reference is None:
        return ""
    key = hand.store.keyring.open_data_key(data_key, bound_to=uid)
    return unseal(key, reference, bound_to=bound_to(uid, "reference"))


def on_hand_by_hand(hand: Hand, location_id: int) -> list[Any]:
    """Every lot with stock at a place."""
    with hand.reading():
        return hand.rows(_ON_HAND, CLINIC, location_id)


def expiring_by_hand(hand: Hand, today: date, days: int) -> list[Any]:
    """Every lot in stock that expires within so many days, or has expired."""
    with hand.reading():
        return hand.rows(_EXPIRING, CLINIC, hand.day(today + timedelta(days=days)))


def below_by_hand(hand: Hand, today: date) -> list[Any]:
    """Every product of which less is usable than its minimum."""
    with hand.reading():
        return hand.rows(_BELOW, CLINIC, hand.day(today), CLINIC)


def as_json(rows: list[Any]) -> str:
    """Rows as the barest JSON: lists of what the database gave."""
    return json.dumps([list(row) for row in rows], default=str)
