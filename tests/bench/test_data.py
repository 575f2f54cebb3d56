"""Is what the benchmarks run on a clinic's true books?"""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from bench.catalogue_rows import CLINIC, ROOM_1
from bench.data import fill
from bench.plan import HOT_LOT_COUNT, HOT_LOT_QUANTITY, HOT_PRODUCT, TRACED_USES, Happening, Plan
from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import Balance, Line, Patient, StockLevel

PLAN = Plan(line_count=2_000)


def test_the_history_of_a_plan_passes_verify(store: Store) -> None:
    fill(store, PLAN)

    report = verify(store, search_names=True)

    assert report.findings == ()
    assert report.counts["movement"] == report.counts["journal_entry"] == 2_000
    assert report.counts["usage"] == PLAN.use_count


def test_verify_sees_a_unit_that_is_missing_from_the_history(store: Store) -> None:
    fill(store, PLAN)
    with store.engine.execution_options(write=True).begin() as connection:
        connection.execute(
            text(
                "UPDATE balance SET quantity = quantity - 1 WHERE product_id = :hot AND location_id = :room"
            ),
            {"hot": HOT_PRODUCT, "room": ROOM_1},
        )

    report = verify(store, search_names=False)

    assert {finding.invariant for finding in report.findings} >= {"L5"}


def test_stock_and_traced_lots_are_as_planned(sqlite_store: Store) -> None:
    fill(sqlite_store, PLAN)

    with sqlite_store.reading() as connection:
        hot = connection.execute(
            select(func.count(), func.sum(Balance.quantity)).where(
                Balance.product_id == HOT_PRODUCT, Balance.location_id == ROOM_1
            )
        ).one()
        counts = connection.execute(
            select(Line.lot_id, func.count()).where(Line.session_id.is_not(None)).group_by(Line.lot_id)
        )
        uses = {row.lot_id: row.count for row in counts}
        sessions = connection.execute(
            select(func.count(Line.session_id.distinct())).where(Line.session_id.is_not(None))
        ).scalar_one()
        patients = connection.execute(select(func.count()).select_from(Patient)).scalar_one()
        below = connection.execute(
            select(func.count())
            .select_from(StockLevel)
            .where(
                StockLevel.clinic_id == CLINIC,
                StockLevel.minimum_count
                > select(func.coalesce(func.sum(Balance.quantity), 0))
                .where(Balance.product_id == StockLevel.product_id)
                .scalar_subquery(),
            )
        ).scalar_one()

    assert tuple(hot) == (HOT_LOT_COUNT, HOT_LOT_COUNT * HOT_LOT_QUANTITY)
    assert [uses[PLAN.traced_lot(count).number] for count in TRACED_USES] == list(TRACED_USES)
    assert sessions == PLAN.session_count
    assert patients == PLAN.patient_count
    assert below == 5


@pytest.mark.parametrize("uses", TRACED_USES)
def test_the_uses_of_a_traced_lot_are_spread_through_the_whole_ledger(uses: int) -> None:
    lot = PLAN.traced_lot(uses).number

    at = [event.n for event in PLAN.events() if event.lot == lot and event.happening is Happening.USE]

    tenths = {10 * (n - 1) // PLAN.line_count for n in at}
    assert len(at) == uses
    assert len(tenths) >= 8


def test_equal_plans_tell_the_same_history_and_another_seed_another_one() -> None:
    told = list(PLAN.events())

    assert list(Plan(line_count=2_000).events()) == told
    assert list(Plan(line_count=2_000, seed=7).events()) != told


def test_a_history_shorter_than_its_traced_lots_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 2000"):
        Plan(line_count=1_999)
