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
from tests.builders import House
from tests.correcting import rows
from tests.faults.processes import SEPARATE
from tests.faults.recall_racers import AFTER, BEFORE, Raced, RecallRace, run
from tests.sessions import line, session

RACERS = 16


def _raced(race: RecallRace) -> list[Raced]:
    barrier, results = SEPARATE.Barrier(RACERS), SEPARATE.Queue()
    processes = [
        SEPARATE.Process(target=run, args=(race, number, barrier, results), daemon=True)
        for number in range(RACERS)
    ]
    for process in processes:
        process.start()
    outcome = [results.get(timeout=240) for _ in processes]
    for process in processes:
        process.join(30)
    return outcome


@pytest.mark.slow
def test_of_sixteen_users_nobody_uses_a_lot_after_its_recall_and_all_before_are_listed(store: Store) -> None:
    house = House(store)
    needle = house.needle()
    lot = house.clinic.lot_on_shelf(needle, "N1", presentations=1000, expires_on=date(2099, 12, 31))
    sessions = tuple(session(house, planned_at=now(), now=now()) for _ in range(RACERS + 1))
    race = RecallRace(
        url=store.engine.url.render_as_string(hide_password=False),
        anchor_file=str(store.anchor_file),
        nurse=house.nurse,
        recaller=house.manager,
        product_uid=needle.uid,
        lot_uid=lot.uid,
        lot_number=lot.number,
        session_uids=sessions,
    )

    outcome = _raced(race)

    (case,) = rows(store, RecallCase)
    uids = {row.id: row.uid for row in rows(store, TreatmentSession)}
    listed = {uids[row.session_id] for row in rows(store, RecallSession)}
    accepted = [uid for each in outcome for uid in each.used]
    assert [each.others for each in outcome if each.others] == []
    assert {each.refused for each in outcome} == {AFTER}
    assert listed == {sessions[each.number] for each in outcome if each.used} >= {sessions[0]}
    used_at = {row.uid: row.recorded_at for row in rows(store, Movement)}
    assert len(accepted) >= BEFORE and all(used_at[uid] <= case.recorded_at for uid in accepted)
    with store.reading() as connection:
        trace = forward_from_number(connection, [house.clinic.id], product_uid=needle.uid, number="N1")
    assert sorted(use.movement_uid for use in trace.uses) == sorted(accepted)

    late = record_use(
        store,
        RecordUse(
            session_uid=sessions[RACERS],
            lines=(line(lot, 1),),
            occurred_at=case.recorded_at,
            reason="The screen was dark.",
        ),
        actor=house.nurse,
        key="late",
        now=now(),
    )

    with store.reading() as connection:
        trace = forward_from_number(connection, [house.clinic.id], product_uid=needle.uid, number="N1")
    joined = {(uids[row.session_id], row.joined) for row in rows(store, RecallSession)}
    assert late.movement_uid in {use.movement_uid for use in trace.uses}
    assert (sessions[RACERS], "recorded_late") in joined
    assert verify(store).ok
