"""Do balances equal what their lines add up to, and promises what was promised?  (L4, L5, L7, L13)"""

from __future__ import annotations

from sqlalchemy import Connection

from stockroom.ledger.verify.lines import VIRTUAL
from stockroom.ledger.verify.notes import Notes, Query, ask, count

_PLACE = "clinic {clinic_id}, location {location_id}, lot {lot_id}"

_MOVES = f"""
    SELECT l.clinic_id, l.to_id AS location_id, l.lot_id, l.movement_id, l.quantity AS q
    FROM line l JOIN location p ON p.id = l.to_id WHERE p.kind NOT IN {VIRTUAL}
    UNION ALL
    SELECT l.clinic_id, l.from_id, l.lot_id, l.movement_id, -l.quantity
    FROM line l JOIN location p ON p.id = l.from_id WHERE p.kind NOT IN {VIRTUAL}"""  # noqa: S608

_BELOW_ZERO = Query(
    invariant="L4",
    table="balance",
    row=_PLACE,
    what="stood at {after_it} after movement {movement_id}",
    sql=f"""
    SELECT clinic_id, location_id, lot_id, movement_id, CAST(after_it AS BIGINT) AS after_it FROM (
        SELECT clinic_id, location_id, lot_id, movement_id,
            SUM(net) OVER (PARTITION BY clinic_id, location_id, lot_id ORDER BY movement_id) AS after_it
        FROM (
            SELECT clinic_id, location_id, lot_id, movement_id, SUM(q) AS net
            FROM ({_MOVES}) moves GROUP BY clinic_id, location_id, lot_id, movement_id
        ) nets
    ) running WHERE after_it < 0 ORDER BY movement_id""",  # noqa: S608
)
_FOLD = Query(
    invariant="L5",
    table="balance",
    row=_PLACE,
    what="says {booked}, and its lines add up to {moved}",
    sql=f"""
    SELECT clinic_id, location_id, lot_id,
        CAST(SUM(q) AS BIGINT) AS moved, CAST(SUM(b) AS BIGINT) AS booked
    FROM (
        SELECT clinic_id, location_id, lot_id, q, 0 AS b FROM ({_MOVES}) moves
        UNION ALL
        SELECT clinic_id, location_id, lot_id, 0, quantity FROM balance
    ) both_sides
    GROUP BY clinic_id, location_id, lot_id HAVING SUM(q) <> SUM(b)
    ORDER BY clinic_id, location_id, lot_id""",  # noqa: S608
)
_VIRTUAL_BALANCE = Query(
    invariant="L5",
    table="balance",
    row=_PLACE,
    what="stands at a virtual location, or under another product than its lot's",
    sql=f"""
    SELECT b.clinic_id, b.location_id, b.lot_id FROM balance b
    LEFT JOIN location p ON p.id = b.location_id AND p.clinic_id = b.clinic_id
    LEFT JOIN lot ON lot.id = b.lot_id AND lot.clinic_id = b.clinic_id
    WHERE p.id IS NULL OR p.kind IN {VIRTUAL} OR lot.id IS NULL OR lot.product_id <> b.product_id
    ORDER BY b.clinic_id, b.location_id, b.lot_id""",  # noqa: S608
)
_PROMISES = (
    Query(
        invariant="L7",
        table="balance",
        row=_PLACE,
        what="says {promised} promised, and its active allocations add up to {active}",
        sql="""
        SELECT clinic_id, location_id, lot_id,
            CAST(SUM(promised) AS BIGINT) AS promised, CAST(SUM(active) AS BIGINT) AS active
        FROM (
            SELECT clinic_id, location_id, lot_id, allocated AS promised, 0 AS active FROM balance
            UNION ALL
            SELECT clinic_id, location_id, lot_id, 0, quantity FROM allocation WHERE state = 'active'
        ) both_sides
        GROUP BY clinic_id, location_id, lot_id HAVING SUM(promised) <> SUM(active)
        ORDER BY clinic_id, location_id, lot_id""",
    ),
    Query(
        invariant="L7",
        table="balance",
        row=_PLACE,
        what="promises {allocated} of {quantity}",
        sql="""
        SELECT clinic_id, location_id, lot_id, allocated, quantity FROM balance
        WHERE allocated < 0 OR allocated > quantity ORDER BY clinic_id, location_id, lot_id""",
    ),
    Query(
        invariant="L7",
        table="allocation",
        row="{id}",
        what="is {state}, and its end, its movement or its used quantity does not fit that",
        sql="""
        SELECT id, state FROM allocation
        WHERE (state = 'active') <> (ended_at IS NULL) OR used_quantity > quantity OR used_quantity < 0
            OR (state <> 'used' AND used_quantity > 0) OR (state = 'used' AND ended_by_id IS NULL)
        ORDER BY id""",
    ),
)
_WHOLE = (
    Query(
        invariant="L13",
        table="balance",
        row=_PLACE,
        what="has {quantity} base units at a shelf, where whole ones hold {content_quantity}",
        sql=f"""
        SELECT b.clinic_id, b.location_id, b.lot_id, b.quantity, product.content_quantity FROM balance b
        JOIN location p ON p.id = b.location_id JOIN lot ON lot.id = b.lot_id
        JOIN product ON product.id = lot.product_id
        WHERE p.kind <> 'container' AND p.kind NOT IN {VIRTUAL}
            AND b.quantity % product.content_quantity <> 0
        ORDER BY b.clinic_id, b.location_id, b.lot_id""",  # noqa: S608
    ),
    Query(
        invariant="L13",
        table="balance",
        row=_PLACE,
        what="lies in the opened container of lot {container_lot}",
        sql="""
        SELECT b.clinic_id, b.location_id, b.lot_id, c.lot_id AS container_lot FROM balance b
        JOIN container c ON c.clinic_id = b.clinic_id AND c.location_id = b.location_id
        WHERE c.lot_id <> b.lot_id AND b.quantity > 0
        ORDER BY b.clinic_id, b.location_id, b.lot_id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """L4: no physical place was ever below zero.  L5: balances equal the fold of their lines, and there
    are none at virtual places.  L7: promises.  L13: whole presentations at shelves.
    """
    count(connection, notes, "balance", "allocation")
    ask(connection, notes, (_BELOW_ZERO, _FOLD, _VIRTUAL_BALANCE, *_PROMISES, *_WHOLE))
