"""Do receipts say what the books took in, and was what the bench received taken off once?"""

from __future__ import annotations

from sqlalchemy import Connection

from stockroom.ledger.verify.notes import Notes, Query, ask, count

# Added up, not joined: no index leads from a line to its receipt, and a plan that goes through all of the one for
# each of the other takes minutes where this takes a moment.
_BOOKED = (
    Query(
        invariant="receipts",
        table="receipt_line",
        row="{id}",
        what="names line {line_id}, which is not there or moved another lot",
        sql="""
        SELECT r.id, r.line_id FROM receipt_line r
        LEFT JOIN line l ON l.id = r.line_id AND l.clinic_id = r.clinic_id
        LEFT JOIN line back ON back.clinic_id = l.clinic_id AND back.reverses_line_id = l.id
        WHERE l.id IS NULL OR (l.lot_id <> r.lot_id AND back.id IS NULL)
        ORDER BY r.id""",
    ),
    Query(
        invariant="receipts",
        table="line",
        row="{id}",
        what="moved {quantity}, and its receipt says {received}",
        sql="""
        SELECT id, CAST(SUM(quantity) AS BIGINT) AS quantity, CAST(SUM(received) AS BIGINT) AS received FROM (
            SELECT clinic_id, line_id AS id, 0 AS quantity, quantity - taken_off_quantity AS received, 1 AS is_named
            FROM receipt_line
            UNION ALL SELECT clinic_id, id, quantity, 0, 0 FROM line
        ) each_said GROUP BY clinic_id, id
        HAVING MAX(is_named) = 1 AND SUM(quantity) <> 0 AND SUM(received) <> SUM(quantity)
        ORDER BY id""",
    ),
    Query(
        invariant="receipts",
        table="line",
        row="{id}",
        what="came in by receipt {receipt_id}, and no line of a receipt names it",
        sql="""
        SELECT id, MAX(receipt_id) AS receipt_id FROM (
            SELECT l.clinic_id, l.id, t.id AS receipt_id, 0 AS is_named FROM receipt t
            JOIN line l ON l.clinic_id = t.clinic_id AND l.movement_id = t.movement_id
            LEFT JOIN line back ON back.clinic_id = l.clinic_id AND back.reverses_line_id = l.id
            WHERE back.id IS NULL
            UNION ALL SELECT clinic_id, line_id, NULL, 1 FROM receipt_line
        ) each_said GROUP BY clinic_id, id HAVING MAX(is_named) = 0 ORDER BY id""",
    ),
)
_AT_BENCH = (
    Query(
        invariant="receipts",
        table="receipt_line",
        row="{id}",
        what="takes off {taken_off}, and what is matched with it adds up to {matched}",
        sql="""
        SELECT r.id, r.taken_off_quantity AS taken_off, CAST(COALESCE(SUM(m.quantity), 0) AS BIGINT) AS matched
        FROM receipt_line r
        LEFT JOIN bench_match m ON m.clinic_id = r.clinic_id AND m.receipt_line_id = r.id
        WHERE r.taken_off_quantity <> 0 OR m.quantity IS NOT NULL
        GROUP BY r.clinic_id, r.id, r.taken_off_quantity
        HAVING COALESCE(SUM(m.quantity), 0) <> r.taken_off_quantity
        ORDER BY r.id""",
    ),
    Query(
        invariant="receipts",
        table="bench_match",
        row="line {receipt_line_id}, bench {bench_line_id}",
        what="matches what the bench did not receive whole, or goods of another lot",
        sql="""
        SELECT m.receipt_line_id, m.bench_line_id FROM bench_match m
        LEFT JOIN receipt_line r ON r.id = m.receipt_line_id AND r.clinic_id = m.clinic_id
        LEFT JOIN receipt_line b ON b.id = m.bench_line_id AND b.clinic_id = m.clinic_id
        LEFT JOIN receipt t ON t.id = b.receipt_id AND t.clinic_id = b.clinic_id
        WHERE r.id IS NULL OR b.id IS NULL OR t.id IS NULL OR NOT t.at_bench
            OR b.quantity <> m.quantity OR b.lot_id <> r.lot_id
        ORDER BY m.receipt_line_id, m.bench_line_id""",
    ),
    Query(
        invariant="receipts",
        table="bench_match",
        row="bench {bench_line_id}",
        what="was taken off {times} times",
        sql="""
        SELECT bench_line_id, COUNT(*) AS times FROM bench_match
        GROUP BY clinic_id, bench_line_id HAVING COUNT(*) > 1 ORDER BY bench_line_id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """Lines of receipts add up to what their lines in the books moved, less what the bench had received;
    what was taken off is what was matched, whole and once.
    """
    count(connection, notes, "receipt_line")
    ask(connection, notes, _BOOKED + _AT_BENCH)
