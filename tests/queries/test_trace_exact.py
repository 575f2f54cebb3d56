"""Is a trace exact?  A thousand random histories, each compared with brute force over its plain events."""

from __future__ import annotations

import os

import pytest
from sqlalchemy import Connection

from stockroom.db.store import Store
from stockroom.queries.traces import back_from_session, forward_from_lot
from tests.oracles.trace_oracle import Oracle, Use
from tests.queries.histories import History
from tests.queries.history_writer import Writer, Written

HISTORIES = {"sqlite": 1_000, "postgresql": 200}
BATCH = 50
SEED = int(os.environ.get("STOCKROOM_TRACE_SEED", "20260302"))


def compare_forward(connection: Connection, writer: Writer, written: Written, oracle: Oracle) -> None:
    names = {uid: name for name, uid in written.uids.items()}
    sessions = {uid: name for name, uid in written.session_uids.items()}
    for lot in written.lots:
        trace = forward_from_lot(connection, writer.clinics, lot_uid=written.uids[lot])
        found: dict[tuple[str, str], int] = {}
        for use in trace.uses:
            key = (sessions[use.session_uid], names[use.lot.uid])
            found[key] = found.get(key, 0) + use.quantity
        assert found == oracle.uses_of(lot), (written.tag, lot, written.history.events)
        assert trace.is_complete, (written.tag, lot, trace.accounts)
        lying = sum(each.quantity for each in trace.lying if names[each.lot_uid] == lot)
        assert lying == oracle.on_hand(lot), (written.tag, lot, written.history.events)


def compare_back(connection: Connection, writer: Writer, written: Written, oracle: Oracle) -> None:
    names = {uid: name for name, uid in written.uids.items()}
    for session, uid in written.session_uids.items():
        trace = back_from_session(connection, writer.clinics, session_uid=uid)
        used: dict[str, int] = {}
        for use in trace.uses:
            used[names[use.lot.uid]] = used.get(names[use.lot.uid], 0) + use.quantity
        assert used == oracle.used_in(session), (written.tag, session, written.history.events)
        renumbered = {name for name in written.lots if oracle.true_name(name) != name}
        behind = {names[each.lot.uid] for each in trace.lots} - renumbered
        assert behind == oracle.lots_behind(session), (written.tag, session, written.history.events)
        deliveries = {each.delivery_note for each in trace.origins}
        assert deliveries == oracle.deliveries_behind(session), (written.tag, session, written.history.events)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_trace_of_random_histories_says_what_brute_force_says(store: Store, scale: int) -> None:
    writer = Writer(store)
    count = HISTORIES[store.engine.dialect.name] * max(1, scale // 20)
    uses = 0
    for first in range(0, count, BATCH):
        batch = [(f"h{n}", History(SEED + n)) for n in range(first, min(first + BATCH, count))]
        for written in writer.write(batch):
            oracle = Oracle(written.history.events)
            with store.reading() as connection:
                compare_forward(connection, writer, written, oracle)
                compare_back(connection, writer, written, oracle)
            uses += sum(isinstance(event, Use) for event in written.history.events)
    assert uses > count  # the histories are about something
