"""Did any lot go into itself, through however many cocktails?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import Connection, text

from stockroom.ledger.verify.notes import Notes, Query, ask, stream

_WENT_INTO = text("""
    SELECT i.lot_id AS parent_id, o.lot_id AS child_id
    FROM line i
    JOIN location t ON t.id = i.to_id AND t.kind = 'compounding'
    JOIN movement m ON m.id = i.movement_id
    JOIN line o ON o.clinic_id = i.clinic_id AND o.movement_id IN (m.id, m.replaces_movement_id)
    JOIN location f ON f.id = o.from_id AND f.kind = 'compounding'
    WHERE i.reverses_line_id IS NULL AND o.reverses_line_id IS NULL
        AND NOT EXISTS (SELECT 1 FROM line r WHERE r.clinic_id = i.clinic_id AND r.reverses_line_id = i.id)
        AND NOT EXISTS (SELECT 1 FROM line r WHERE r.clinic_id = o.clinic_id AND r.reverses_line_id = o.id)
""")
_SUPERSEDED = (
    Query(
        invariant="genealogy",
        table="lot",
        row="{id}",
        what="turned out to be another lot that turned out to be it",
        sql="""
        WITH RECURSIVE became (first_id, id, hops) AS (
            SELECT id, superseded_by_id, 1 FROM lot WHERE superseded_by_id IS NOT NULL
            UNION ALL
            SELECT became.first_id, lot.superseded_by_id, became.hops + 1 FROM became JOIN lot ON lot.id = became.id
            WHERE lot.superseded_by_id IS NOT NULL AND became.id <> became.first_id AND became.hops < 100
        )
        SELECT first_id AS id FROM became WHERE id = first_id ORDER BY first_id""",
    ),
)


def check(connection: Connection, notes: Notes) -> None:
    """What a cocktail was made from was not made from it, however many lie between."""
    ask(connection, notes, _SUPERSEDED)
    for circle in _circles({(row.parent_id, row.child_id) for row in stream(connection, _WENT_INTO)}):
        others = ", ".join(map(str, circle[1:])) or "none"
        for lot_id in circle:
            notes.wrong(
                "genealogy",
                "lot",
                lot_id,
                f"went into itself: lots {circle[0]} and {others} lie on one circle",
            )


def _circles(edges: set[tuple[int, int]]) -> Iterator[list[int]]:
    """The lots that lie on circles or between two of them, those of one knot together, the lowest first."""
    knotted = _ends_taken_off(edges)
    knotted = {(b, a) for b, a in _ends_taken_off({(b, a) for a, b in knotted})}
    beside: dict[int, set[int]] = defaultdict(set)
    for one, other in knotted:
        beside[one].add(other)
        beside[other].add(one)
    while beside:
        knot: set[int] = set()
        waiting = [min(beside)]
        while waiting:
            lot_id = waiting.pop()
            if lot_id not in knot:
                knot.add(lot_id)
                waiting += beside.pop(lot_id)
        yield sorted(knot)


def _ends_taken_off(edges: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """The edges that are left when lots that nothing went into are taken off, until there are none."""
    following: dict[int, list[int]] = defaultdict(list)
    came_in: dict[int, int] = defaultdict(int)
    for parent, child in edges:
        following[parent].append(child)
        came_in[child] += 1
    ends = [lot_id for lot_id in following if lot_id not in came_in]
    while ends:
        for child in following.pop(ends.pop(), ()):
            came_in[child] -= 1
            if came_in[child] == 0:
                ends.append(child)
    return {
        (parent, child) for parent, children in following.items() if came_in[parent] for child in children
    }
