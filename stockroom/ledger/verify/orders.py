"""Did orders have no more of a receipt than it brought, of the product that was ordered, and close for a reason?"""

from __future__ import annotations

from sqlalchemy import Connection

from stockroom.ledger.verify.notes import Notes, Query, ask, count

_ARRIVED = (
    Query(
        invariant="orders",
        table="receipt_line",
        row="{id}",
        what="brought {brought}, and orders had {arrived} of it",
        sql="""
        SELECT r.id, r.quantity / p.content_quantity AS brought, CAST(SUM(a.arrived_count) AS BIGINT) AS arrived
        FROM order_arrival a
        JOIN receipt_line r ON r.clinic_id = a.clinic_id AND r.id = a.receipt_line_id
        JOIN lot l ON l.clinic_id = r.clinic_id AND l.id = r.lot_id
        JOIN product p ON p.id = l.product_id
        GROUP BY r.clinic_id, r.id, r.quantity, p.content_quantity
        HAVING SUM(a.arrived_count) * p.content_quantity > r.quantity
        ORDER BY r.id""",
    ),
    Query(
        invariant="orders",
        table="order_arrival",
        row="line {purchase_order_line_id}, receipt line {receipt_line_id}",
        what="names goods of another product or supplier than was ordered, or an order that was never sent",
        sql="""
        SELECT a.purchase_order_line_id, a.receipt_line_id FROM order_arrival a
        LEFT JOIN purchase_order_line o ON o.clinic_id = a.clinic_id AND o.id = a.purchase_order_line_id
        LEFT JOIN purchase_order q ON q.clinic_id = o.clinic_id AND q.id = o.purchase_order_id
        LEFT JOIN receipt_line r ON r.clinic_id = a.clinic_id AND r.id = a.receipt_line_id
        LEFT JOIN receipt t ON t.clinic_id = r.clinic_id AND t.id = r.receipt_id
        LEFT JOIN lot l ON l.clinic_id = r.clinic_id AND l.id = r.lot_id
        WHERE o.id IS NULL OR q.ordered_at IS NULL OR r.id IS NULL OR l.product_id IS NULL
            OR l.product_id <> o.product_id OR t.supplier_id IS NULL OR t.supplier_id <> q.supplier_id
        ORDER BY a.purchase_order_line_id, a.receipt_line_id""",
    ),
    Query(
        invariant="orders",
        table="purchase_order_line",
        row="{id}",
        what="is closed with {arrived} of {ordered} here, and nobody said that the rest is not coming",
        sql="""
        SELECT o.id, o.pack_count * o.packs_ordered AS ordered,
            CAST(COALESCE(SUM(CASE WHEN back.id IS NULL AND r.cost_state <> 'free_sample' THEN a.arrived_count END), 0)
                AS BIGINT) AS arrived
        FROM purchase_order_line o
        LEFT JOIN order_arrival a ON a.clinic_id = o.clinic_id AND a.purchase_order_line_id = o.id
        LEFT JOIN receipt_line r ON r.clinic_id = a.clinic_id AND r.id = a.receipt_line_id
        LEFT JOIN line back ON back.clinic_id = r.clinic_id AND back.reverses_line_id = r.line_id
        WHERE o.closed_at IS NOT NULL AND NOT EXISTS (
            SELECT 1 FROM supplier_answer s
            WHERE s.clinic_id = o.clinic_id AND s.purchase_order_line_id = o.id AND NOT s.rest_is_coming)
        GROUP BY o.clinic_id, o.id, o.pack_count, o.packs_ordered
        HAVING COALESCE(SUM(CASE WHEN back.id IS NULL AND r.cost_state <> 'free_sample' THEN a.arrived_count END), 0)
            < o.pack_count * o.packs_ordered
        ORDER BY o.id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """Orders had no more than came, of what they asked for; a line is closed by what came, or by what was said."""
    count(connection, notes, "order_arrival")
    ask(connection, notes, _ARRIVED)
