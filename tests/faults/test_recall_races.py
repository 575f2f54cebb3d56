"""Does no use that is asked for commit after a recall, and is everybody on its list, sixteen people at work?  (I-13)"""

from __future__ import annotations

from datetime import date

import pytest

from stockroom.clock import now
from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import Movement, RecallCase, RecallSession, TreatmentSession
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.queries.traces import forward_from_number
from tests.builders import Goods, House
from tests.correcting import rows
from tests.faults.processes import SEPARATE
from tests.faults.recall_racers import AFTER, BEFORE, Raced, RecallRace, run
from tests.sessions import line, session

RACERS = 16


def _raced(race: RecallRace) -> list[tuple[Raced, ...]]:
    """What the racers saw, round by round."""
    barrier, results = SEPARATE.Barrier(RACERS), SEPARATE.Queue()
    processes = [
        SEPARATE.Process(target=run, args=(race, number, barrier, results), daemon=True)
        for number in range(RACERS)
    ]
    for process in processes:
        process.start()
    outcome = [results.get(timeout=240 + 10 * len(race.lots)) for _ in processes]
    for process in processes:
        process.join(30)
    return list(zip(*outcome, strict=True))


@pytest.mark.slow
def test_of_sixteen_users_nobody_uses_a_lot_after_its_recall_and_all_before_are_listed(
    store: Store, scale: int
) -> None:
    house = House(store)
    needle = house.needle()
    numbers = [f"N{n}" for n in range(2 if scale == 1 else 25 * scale)]
    lots = [
        house.clinic.lot_on_shelf(needle, number, presentations=1000, expires_on=date(2099, 12, 31))
        for number in numbers
    ]
    sessions = tuple(session(house, planned_at=now(), now=now()) for _ in range(RACERS + 1))
    race = RecallRace(
        url=store.engine.url.render_as_string(hide_password=False),
        anchor_file=str(store.anchor_file),
        nurse=house.nurse,
        recaller=house.manager,
        product_uid=needle.uid,
        lots=tuple((lot.uid, lot.number) for lot in lots),
        session_uids=sessions,
    )

    rounds = _raced(race)

    cases = {row.uid: row for row in rows(store, RecallCase)}
    uids = {row.id: row.uid for row in rows(store, TreatmentSession)}
    listed: dict[int, set[str]] = {case.id: set() for case in cases.values()}
    for row in rows(store, RecallSession):
        listed[row.case_id].add(uids[row.session_id])
    used_at = {row.uid: row.recorded_at for row in rows(store, Movement)}
    for number, outcome in zip(numbers, rounds, strict=True):
        (case,) = [cases[each.case_uid] for each in outcome if each.case_uid is not None]
        accepted = [uid for each in outcome for uid in each.used]
        assert [each.others for each in outcome if each.others] == []
        assert {each.refused for each in outcome} == {AFTER}
        assert listed[case.id] == {sessions[each.number] for each in outcome if each.used} >= {sessions[0]}
        assert len(accepted) >= BEFORE and all(used_at[uid] <= case.recorded_at for uid in accepted)
        assert _traced(store, house, needle, number) == set(accepted)

    late = record_use(
        store,
        RecordUse(
            session_uid=sessions[RACERS],
            lines=(line(lots[-1], 1),),
            occurred_at=case.recorded_at,
            reason="The screen was dark.",
        ),
        actor=house.nurse,
        key="late",
        now=now(),
    )

    joined = {(uids[row.session_id], row.joined) for row in rows(store, RecallSession)}
    assert late.movement_uid in _traced(store, house, needle, numbers[-1])
    assert (sessions[RACERS], "recorded_late") in joined
    assert verify(store).ok
    print(
        f"recall race: {len(rounds)} rounds, {sum(len(each.used) for outcome in rounds for each in outcome)} uses before"
    )


def _traced(store: Store, house: House, needle: Goods, number: str) -> set[str]:
    with store.reading() as connection:
        trace = forward_from_number(connection, [house.clinic.id], product_uid=needle.uid, number=number)
    uses = [use.movement_uid for use in trace.uses]
    assert len(uses) == len(set(uses))
    return set(uses)
