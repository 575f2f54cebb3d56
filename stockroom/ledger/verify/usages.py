"""Does a usage stand beside each line that went to a patient, and beside no other?"""

from __future__ import annotations

from sqlalchemy import Connection

from stockroom.ledger.verify.notes import Notes, Query, ask, count

_QUERIES = (
    Query(
        invariant="usages",
        table="line",
        row="{id}",
        what="went to a patient without a usage",
        sql="""
        SELECT l.id FROM line l JOIN location t ON t.id = l.to_id
        LEFT JOIN usage u ON u.clinic_id = l.clinic_id AND u.line_id = l.id
        WHERE t.kind = 'patient' AND l.reverses_line_id IS NULL AND u.line_id IS NULL ORDER BY l.id""",
    ),
    Query(
        invariant="usages",
        table="usage",
        row="{line_id}",
        what="stands beside a line that did not go to a patient",
        sql="""
        SELECT u.line_id FROM usage u
        LEFT JOIN line l ON l.id = u.line_id AND l.clinic_id = u.clinic_id
        LEFT JOIN location t ON t.id = l.to_id
        WHERE l.id IS NULL OR t.id IS NULL OR t.kind <> 'patient' ORDER BY u.line_id""",
    ),
    Query(
        invariant="usages",
        table="usage_area",
        row="{line_id}",
        what="its areas got {areas}, its line moved {quantity}",
        sql="""
        SELECT a.line_id, CAST(SUM(a.quantity) AS BIGINT) AS areas, l.quantity FROM usage_area a
        JOIN line l ON l.id = a.line_id AND l.clinic_id = a.clinic_id
        GROUP BY a.clinic_id, a.line_id, l.quantity HAVING SUM(a.quantity) > l.quantity
        ORDER BY a.line_id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """One usage a line to *patient*, none elsewhere, and no more in its areas than its line moved."""
    count(connection, notes, "usage")
    ask(connection, notes, _QUERIES)
