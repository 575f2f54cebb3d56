"""Which vials were opened of the lots of a trace, and into which cocktails was drawn from each?"""

from __future__ import annotations

from typing import Any

from stockroom.ledger.trace_walk import Walked
from stockroom.queries.trace_rows import Vial
from stockroom.vocabulary import LocationKind


def vials_of(walked: Walked) -> tuple[Vial, ...]:
    """Give what was opened of the lots that were walked to, out of what the walk has read."""
    opened: dict[tuple[int, int], Any] = {}
    drawn: dict[tuple[int, int], dict[str, None]] = {}
    for lot_id, lines in walked.lines.items():
        for line in lines:
            if line.to_kind == LocationKind.CONTAINER:
                opened.setdefault((lot_id, line.to_id), line)
            if line.from_kind != LocationKind.CONTAINER or line.to_kind != LocationKind.COMPOUNDING:
                continue
            for made in walked.made.get(line.movement_id, ()):
                if made.lot_id in walked.ways:
                    drawn.setdefault((lot_id, line.from_id), {})[made.lot_uid] = None
    return tuple(
        Vial(
            uid=line.to_uid,
            code=line.to_code or "",
            lot_uid=walked.ways[lot_id].lot.uid,
            went_into=tuple(drawn.get((lot_id, place_id), ())),
        )
        for (lot_id, place_id), line in sorted(opened.items(), key=lambda each: each[1].line_id)
    )
