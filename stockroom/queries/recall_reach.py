"""What became of the lots that a recall covers, in every clinic, and where is every quantity of them?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.ledger.recall_holding import lots_of_case
from stockroom.ledger.trace_lines import NEWEST
from stockroom.models import Clinic
from stockroom.queries.recall_quantities import (
    LotEverywhere,
    RecalledQuantities,
    lines_everywhere,
    recalled_quantities,
)
from stockroom.queries.trace_rows import ForwardTrace
from stockroom.queries.trace_starts import start_of_lots
from stockroom.queries.traces import Traced, traced_forward
from stockroom.reads.recall_cases import covered_numbers


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far the recalled lots came, in every clinic: show patients only of those that a viewer may see.

    Where the uses are many they are not held; whoever wants them reads them one after another.
    """

    traced: Traced
    sessions: frozenset[tuple[int, str]]
    """In which something of them was used and stands: their uids, each with the clinic where."""
    quantities: RecalledQuantities
    lots: tuple[LotEverywhere, ...]
    """The recalled lots over all clinics, with the numbers that none ever had."""

    @property
    def session_uids(self) -> frozenset[str]:
        return frozenset(uid for _, uid in self.sessions)

    @property
    def made(self) -> int:
        """How many lots were made with them, in all clinics."""
        return sum(each.is_made_with_it for each in self.quantities.here)


def reach_of_case(connection: Connection, case_id: int, *, as_of: datetime = NEWEST) -> Reach:
    """Follow what a case covers, as of an instant; as many statements as the trace takes, and six, or seven.

    Raises TraceTooLarge.
    """
    every = connection.execute(select(Clinic.id)).scalars().all()
    lot_ids = [lot.id for lot in lots_of_case(connection, case_id)]
    traced = traced_forward(connection, every, start_of_lots(connection, every, lot_ids), as_of=as_of)
    assert isinstance(traced.trace, ForwardTrace)
    quantities = recalled_quantities(connection, traced.trace, as_of=as_of)
    covered = [(each.product_uid, each.lot_number) for each in covered_numbers(connection, case_id)]
    return Reach(
        traced=traced,
        sessions=traced.sessions(connection),
        quantities=quantities,
        lots=lines_everywhere(connection, quantities, covered),
    )
