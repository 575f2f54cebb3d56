"""What came out of a mixture, and what went into it?  Through what corrections put in the place of what.

An input that was corrected stands in a later movement, which names the one that it replaces; the cocktail came
out of that one, or of the one that it had replaced in its turn.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, and_, or_, select
from sqlalchemy.orm import aliased

from stockroom.db.compiled_once import Once
from stockroom.ledger.trace_lines import is_first_booking, is_kind
from stockroom.ledger.trace_lots import LOT_COLUMNS, in_clinics, is_asked, over
from stockroom.ledger.trace_reversals import REVERSAL_COLUMNS, stood, with_reversal
from stockroom.models import Clinic, Line, Location, Lot, Movement, Product
from stockroom.vocabulary import LocationKind

_source = aliased(Location, name="source")
_target = aliased(Location, name="target")
_made = and_(Lot.clinic_id == Line.clinic_id, Lot.id == Line.lot_id)
_earlier = aliased(Movement, name="earlier")
_chain = (
    select(
        Movement.clinic_id,
        Movement.id.label("mixed_in_id"),
        Movement.id.label("movement_id"),
        Movement.replaces_movement_id,
    )
    .where(in_clinics(Movement.clinic_id), is_asked(Movement.id))
    .cte("chain", recursive=True)
)
_chain = _chain.union_all(
    select(_chain.c.clinic_id, _chain.c.mixed_in_id, _earlier.id, _earlier.replaces_movement_id)
    .select_from(_chain)
    .join(
        _earlier,
        and_(_earlier.clinic_id == _chain.c.clinic_id, _earlier.id == _chain.c.replaces_movement_id),
    )
)
_MADE_IN = Once(
    select(_chain.c.mixed_in_id, Line.id.label("line_id"), *LOT_COLUMNS)
    .select_from(_chain)
    .outerjoin(
        Line,
        and_(
            Line.clinic_id == _chain.c.clinic_id,
            Line.movement_id == _chain.c.movement_id,
            is_first_booking(Line),
        ),
    )
    .outerjoin(_source, and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id))
    .outerjoin(Lot, _made)
    .outerjoin(Product, Product.id == Lot.product_id)
    .outerjoin(Clinic, Clinic.id == Line.clinic_id)
    .where(is_kind(_source, LocationKind.COMPOUNDING))
    .order_by(Line.id)
)


def made_in(
    connection: Connection, clinic_ids: Collection[int], movement_ids: Collection[int]
) -> Sequence[Any]:
    """Give the lines by which cocktails came out of these movements, each with the cocktail's lot; one statement."""
    return over(connection, _MADE_IN, clinic_ids, movement_ids)


_MIXED = Once(
    with_reversal(
        select(
            Line.id.label("line_id"),
            Line.movement_id,
            _target.kind.label("to_kind"),
            Movement.seq,
            Movement.recorded_at,
            Movement.replaces_movement_id,
            *REVERSAL_COLUMNS,
            *LOT_COLUMNS,
        )
        .select_from(Movement)
        .outerjoin(
            Line,
            and_(
                Line.clinic_id == Movement.clinic_id, Line.movement_id == Movement.id, is_first_booking(Line)
            ),
        )
        .outerjoin(_source, and_(_source.clinic_id == Line.clinic_id, _source.id == Line.from_id))
        .outerjoin(_target, and_(_target.clinic_id == Line.clinic_id, _target.id == Line.to_id))
        .outerjoin(Lot, _made)
        .outerjoin(Product, Product.id == Lot.product_id)
        .outerjoin(Clinic, Clinic.id == Line.clinic_id)
    )
    .where(
        in_clinics(Movement.clinic_id),
        is_asked(Movement.id),
        or_(is_kind(_source, LocationKind.COMPOUNDING), is_kind(_target, LocationKind.COMPOUNDING)),
    )
    .order_by(Line.id)
)


@dataclass(kw_only=True)
class Mixtures:
    """The lines through compounding of some movements, as they stood at an instant."""

    as_of: datetime
    outputs: dict[int, list[Any]] = field(default_factory=dict)
    """By the cocktail's lot: what stood."""
    inputs: dict[int, list[Any]] = field(default_factory=dict)
    """By movement, also what was taken out again."""
    instead: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    """By a movement and the act that took something out of it: the movements that put there what is right."""

    def made_of(self, lot_id: int) -> list[Any]:
        """Give what went into a cocktail and stood, corrected ones as they were put right."""
        found: dict[int, Any] = {}
        waiting = list({row.movement_id for row in self.outputs.get(lot_id, ())})
        seen = set(waiting)
        while waiting:
            movement_id = waiting.pop()
            for row in self.inputs.get(movement_id, ()):
                if stood(row, self.as_of):
                    found[row.line_id] = row
                    continue
                further = self.instead.get((movement_id, row.reversed_seq), set()) - seen
                seen |= further
                waiting += further
        return [found[line_id] for line_id in sorted(found)]


def mixtures(
    connection: Connection, clinic_ids: Collection[int], movement_ids: Iterable[int], *, as_of: datetime
) -> Mixtures:
    """Give what these movements took through compounding, as of an instant; one statement."""
    found = Mixtures(as_of=as_of)
    wanted = tuple(movement_ids)
    for row in over(connection, _MIXED, clinic_ids, wanted) if wanted else ():
        if row.recorded_at > as_of:
            continue
        if row.to_kind == LocationKind.COMPOUNDING:
            found.inputs.setdefault(row.movement_id, []).append(row)
            if row.replaces_movement_id is not None:
                found.instead.setdefault((row.replaces_movement_id, row.seq), set()).add(row.movement_id)
        elif stood(row, as_of):
            found.outputs.setdefault(row.lot_id, []).append(row)
    return found
