"""What became of the lots that a recall covers, in every clinic, and where is every quantity of them?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from stockroom.ledger.recall_holding import lots_of_case
from stockroom.models import Clinic
from stockroom.queries.recall_quantities import (
    LotEverywhere,
    RecalledQuantities,
    lines_everywhere,
    recalled_quantities,
)
from stockroom.queries.trace_lines import NEWEST
from stockroom.queries.trace_rows import ForwardTrace
from stockroom.queries.traces import forward_from_lots
from stockroom.reads.recall_cases import covered_numbers


@dataclass(frozen=True, kw_only=True)
class Reach:
    """How far the recalled lots came.  The trace is of every clinic: show patients only of those a viewer may see."""

    trace: ForwardTrace
    quantities: RecalledQuantities
    lots: tuple[LotEverywhere, ...]
    """The recalled lots over all clinics, with the numbers that none ever had."""

    @property
    def session_uids(self) -> frozenset[str]:
        """The sessions in which something of them was used and stands."""
        return frozenset(use.session_uid for use in self.trace.uses)

    @property
    def made(self) -> int:
        """How many lots were made with them, in all clinics."""
        return sum(each.is_made_with_it for each in self.quantities.here)


def reach_of_case(connection: Connection, case_id: int, *, as_of: datetime = NEWEST) -> Reach:
    """Follow what a case covers, as of an instant; as many statements as the trace takes, and six.

    Raises TraceTooLarge.
    """
    every = connection.execute(select(Clinic.id)).scalars().all()
    lot_ids = [lot.id for lot in lots_of_case(connection, case_id)]
    trace = forward_from_lots(connection, every, lot_ids=lot_ids, as_of=as_of)
    quantities = recalled_quantities(connection, trace, as_of=as_of)
    covered = [(each.product_uid, each.lot_number) for each in covered_numbers(connection, case_id)]
    return Reach(trace=trace, quantities=quantities, lots=lines_everywhere(connection, quantities, covered))
