"""Which lines of the books stand at a point of them?  Recorded by then, and not taken back by then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, func, select
from sqlalchemy.orm import aliased

from stockroom.models import Line, Location
from stockroom.queries.worth_cut import Cut
from stockroom.vocabulary import VIRTUAL_KINDS, LocationKind


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Which lines of the books stand at a point of them: recorded by then, and not taken back by then."""

    cut: Cut
    accounts: Mapping[LocationKind, frozenset[int]]
    """The virtual accounts of every clinic, by kind."""

    def ids(self, *kinds: LocationKind) -> frozenset[int]:
        """Give the accounts of these kinds."""
        return frozenset().union(*(self.accounts[kind] for kind in kinds))

    @cached_property
    def virtual(self) -> frozenset[int]:
        """Every account that is no place."""
        return self.ids(*VIRTUAL_KINDS)

    def movement_id(self, clinic_id: Any) -> Any:
        """The newest movement that is read of the clinic of a row."""
        return case(dict(self.cut.movement_ids), value=clinic_id, else_=0)

    def seq(self, clinic_id: Any) -> Any:
        """The newest entry that is read of the clinic of a row."""
        return case(dict(self.cut.seqs), value=clinic_id, else_=0)

    def stands(self, line: Any, movement: Any) -> ColumnElement[bool]:
        """The line was booked by then, is no reversal, and was not reversed by then; `movement` is its own."""
        newest, back = self.movement_id(line.clinic_id), aliased(Line)
        reversed_by_then = (
            select(back.id)
            .where(
                back.clinic_id == line.clinic_id,
                back.reverses_line_id == line.id,
                back.movement_id <= newest,
            )
            .exists()
        )
        by_then: list[ColumnElement[bool]] = [
            # Nearly every line meets these two: said so that no index is taken for them.
            line.movement_id + 0 <= newest,
            func.coalesce(line.reverses_line_id, 0) == 0,
            ~reversed_by_then,
        ]
        if self.cut.happened_before is not None:
            by_then.append(movement.occurred_at < self.cut.happened_before)
        return and_(*by_then)


def standing_at(connection: Connection, cut: Cut) -> Standing:
    """Give what tells the lines that stand at a point of the books; one statement."""
    accounts: dict[LocationKind, set[int]] = {kind: set() for kind in VIRTUAL_KINDS}
    for row in connection.execute(select(Location.id, Location.kind).where(Location.kind.in_(VIRTUAL_KINDS))):
        accounts[LocationKind(row.kind)].add(row.id)
    return Standing(cut=cut, accounts={kind: frozenset(ids) for kind, ids in accounts.items()})
