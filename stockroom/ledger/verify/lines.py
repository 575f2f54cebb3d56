"""Does every line move something somewhere, and does every reversal mirror its line?  (L1, L3, L6)"""

from __future__ import annotations

from sqlalchemy import Connection

from stockroom.ledger.verify.notes import Notes, Query, ask, count

VIRTUAL = "('supplier', 'patient', 'disposal', 'compounding', 'in_transit', 'adjustment')"

_SHAPE = (
    Query(
        invariant="L1",
        table="line",
        row="{id}",
        what="moves {quantity} from location {from_id} to location {to_id}",
        sql="SELECT id, quantity, from_id, to_id FROM line WHERE quantity <= 0 OR from_id = to_id ORDER BY id",
    ),
    Query(
        invariant="L1",
        table="line",
        row="{id}",
        what="names a movement, lot or location that clinic {clinic_id} does not have",
        sql="""
        SELECT l.id, l.clinic_id FROM line l
        LEFT JOIN movement m ON m.id = l.movement_id AND m.clinic_id = l.clinic_id
        LEFT JOIN lot ON lot.id = l.lot_id AND lot.clinic_id = l.clinic_id
        LEFT JOIN location f ON f.id = l.from_id AND f.clinic_id = l.clinic_id
        LEFT JOIN location t ON t.id = l.to_id AND t.clinic_id = l.clinic_id
        WHERE m.id IS NULL OR lot.id IS NULL OR f.id IS NULL OR t.id IS NULL
        ORDER BY l.id""",
    ),
    Query(
        invariant="L1",
        table="line",
        row="{id}",
        what="goes from {source} to {target} and a session is named or missing wrongly",
        sql="""
        SELECT l.id, f.kind AS source, t.kind AS target FROM line l
        JOIN location f ON f.id = l.from_id JOIN location t ON t.id = l.to_id
        WHERE (f.kind = 'patient' OR t.kind = 'patient') <> (l.session_id IS NOT NULL)
        ORDER BY l.id""",
    ),
    Query(
        invariant="L1",
        table="movement",
        row="{id}",
        what="has no line",
        sql="""
        SELECT m.id FROM movement m WHERE NOT EXISTS
        (SELECT 1 FROM line l WHERE l.clinic_id = m.clinic_id AND l.movement_id = m.id)
        ORDER BY m.id""",
    ),
)

_REVERSALS = (
    Query(
        invariant="L3",
        table="line",
        row="{id}",
        what="does not mirror line {reverses_line_id}, which it reverses",
        sql="""
        SELECT r.id, r.reverses_line_id FROM line r
        LEFT JOIN line o ON o.id = r.reverses_line_id AND o.clinic_id = r.clinic_id
        LEFT JOIN movement m ON m.id = r.movement_id
        WHERE r.reverses_line_id IS NOT NULL AND (
            o.id IS NULL OR o.id >= r.id OR o.lot_id <> r.lot_id OR o.quantity <> r.quantity
            OR o.from_id <> r.to_id OR o.to_id <> r.from_id
            OR COALESCE(o.session_id, 0) <> COALESCE(r.session_id, 0)
            OR (m.reverses_movement_id IS NOT NULL AND m.reverses_movement_id <> o.movement_id))
        ORDER BY r.id""",
    ),
    Query(
        invariant="L3",
        table="line",
        row="{reverses_line_id}",
        what="is reversed {times} times",
        sql="""
        SELECT reverses_line_id, COUNT(*) AS times FROM line WHERE reverses_line_id IS NOT NULL
        GROUP BY clinic_id, reverses_line_id HAVING COUNT(*) > 1 ORDER BY reverses_line_id""",
    ),
    Query(
        invariant="L3",
        table="line",
        row="{id}",
        what="belongs to reversal {movement_id} and reverses no line",
        sql="""
        SELECT l.id, l.movement_id FROM line l JOIN movement m ON m.id = l.movement_id
        WHERE m.kind = 'reverse' AND l.reverses_line_id IS NULL ORDER BY l.id""",
    ),
)

_SUMS = (
    Query(
        invariant="L6",
        table="lot",
        row="{lot_id}",
        what="sums to {total} over all locations, and not to zero",
        sql=f"""
        SELECT lot_id, CAST(SUM(q) AS BIGINT) AS total FROM (
            SELECT lot_id, quantity AS q FROM balance
            UNION ALL
            SELECT l.lot_id, l.quantity FROM line l
            JOIN location p ON p.id = l.to_id WHERE p.kind IN {VIRTUAL}
            UNION ALL
            SELECT l.lot_id, -l.quantity FROM line l
            JOIN location p ON p.id = l.from_id WHERE p.kind IN {VIRTUAL}
        ) moved GROUP BY lot_id HAVING SUM(q) <> 0 ORDER BY lot_id""",  # noqa: S608 - our own constant
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """L1: shape, clinic and session of every line.  L3: reversals.  L6: what is on hand and what went
    through the virtual places add up to nothing, lot by lot.
    """
    count(connection, notes, "movement", "line", "lot")
    ask(connection, notes, _SHAPE + _REVERSALS + _SUMS)
