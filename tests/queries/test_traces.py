"""How much does a trace cost, how deep does it go, and what does it show besides uses?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.queries import traces
from tests.oracles.trace_oracle import (
    Amend,
    Compound,
    Dispose,
    Event,
    Open,
    Receive,
    Renumber,
    Send,
    Undo,
    Use,
)
from tests.queries.counting import counted
from tests.queries.histories import HERE, THERE, History
from tests.queries.history_writer import Writer, Written

DEEP = 500


def told(*events: Event, there: tuple[str, ...] = ()) -> History:
    """A history that somebody wrote down instead of chance."""
    history = History(0)
    history.events = list(events)
    history.cocktails = {event.cocktail for event in events if isinstance(event, Compound)}
    named = {
        name
        for event in events
        for name in (
            getattr(event, "lot", None), getattr(event, "cocktail", None),
            getattr(event, "arrives_as", None), getattr(event, "becomes", None),
        )
        if name
    }  # fmt: skip
    history.clinic = {name: THERE if name in there else HERE for name in sorted(named)}
    return history


def written(store: Store, *events: Event, there: tuple[str, ...] = ()) -> tuple[Writer, Written]:
    writer = Writer(store)
    return writer, writer.write([("t", told(*events, there=there))])[0]


def test_a_direct_trace_takes_four_statements_however_many_uses(sqlite_store: Store) -> None:
    writer = Writer(sqlite_store)
    counts = []
    for uses in (10, 100, 1_000):
        events = [Receive("l", uses, "d"), *(Use("l", f"s{n}@0", 1) for n in range(uses))]
        lot = writer.write([(f"t{uses}", told(*events))])[0].uids["l"]
        with sqlite_store.reading() as connection, counted(connection) as statements:
            trace = traces.forward_from_lot(connection, writer.clinics, lot_uid=lot)
        assert len(trace.uses) == uses
        counts.append(len(statements))
    assert counts == [4, 4, 4]


def test_a_chain_of_five_hundred_cocktails_is_followed_to_its_end_and_back(sqlite_store: Store) -> None:
    chain = [Compound(f"p{n}", ((f"p{n - 1}" if n else "l", 1),), 1) for n in range(DEEP)]
    writer, history = written(sqlite_store, Receive("l", 1, "d"), *chain, Use(f"p{DEEP - 1}", "s@0", 1))
    with sqlite_store.reading() as connection:
        forward = traces.forward_from_lot(connection, writer.clinics, lot_uid=history.uids["l"])
        back = traces.back_from_session(connection, writer.clinics, session_uid=history.session_uids["s@0"])
    assert [len(use.via) for use in forward.uses] == [DEEP]
    assert len(back.lots) == DEEP + 1
    assert [origin.delivery_note for origin in back.origins] == ["d"]


def test_a_lot_of_another_clinic_is_not_found_and_its_clinic_is_counted_as_unseen(store: Store) -> None:
    writer, history = written(
        store,
        Receive("l", 9, "d"),
        Send("l", "m", 4),
        Use("m", "s@1", 2),
        there=("m",),
    )
    here = writer.clinics[:1]
    with store.reading() as connection:
        narrow = traces.forward_from_lot(connection, here, lot_uid=history.uids["l"])
        wide = traces.forward_from_lot(connection, writer.clinics, lot_uid=history.uids["l"])
        with pytest.raises(ThingNotFound):
            traces.forward_from_lot(connection, here, lot_uid=history.uids["m"])
    assert (narrow.uses, narrow.unseen_clinics, narrow.is_complete) == ((), 1, False)
    assert ([use.quantity for use in wide.uses], wide.is_complete) == ([2], True)


def test_a_container_is_traced_without_what_left_its_lot_elsewhere(store: Store) -> None:
    writer, history = written(
        store,
        Receive("l", 9, "d"),
        Use("l", "shelf@0", 2),
        Open("l", "c", 7),
        Use("l", "vial@0", 3),
        Compound("p", (("l", 2),), 2),
        Use("p", "mixed@0", 1),
    )
    with store.reading() as connection:
        trace = traces.forward_from_container(connection, writer.clinics, container_uid=history.uids["c"])
    names = {uid: name for name, uid in history.session_uids.items()}
    assert {names[use.session_uid]: use.quantity for use in trace.uses} == {"vial@0": 3, "mixed@0": 1}


def test_a_lot_read_wrongly_is_found_under_both_numbers(store: Store) -> None:
    writer, history = written(
        store,
        Receive("l", 9, "d"),
        Use("l", "s@0", 2),
        Renumber("l", "m"),
        Dispose("m", 1),
    )
    with store.reading() as connection:
        found = [
            traces.forward_from_lot(connection, writer.clinics, lot_uid=history.uids[name])
            for name in ("l", "m")
        ]
        by_scan = traces.forward_from_scan(connection, writer.clinics, code=writer.gtin, number="t-l")
        back = traces.back_from_session(connection, writer.clinics, session_uid=history.session_uids["s@0"])
    for trace in (*found, by_scan):
        assert [(use.lot.number, use.quantity) for use in trace.uses] == [("t-m", 2)]
    assert [origin.delivery_note for origin in back.origins] == ["d"]


def test_an_account_adds_up_and_leaves_out_what_was_reversed(store: Store) -> None:
    writer, history = written(
        store,
        Receive("l", 20, "d"),
        Receive("k", 5, "e"),
        Use("l", "s@0", 3),
        Undo(2),
        Use("l", "s@0", 4),
        Compound("p", (("l", 2),), 2),
        Amend(5, 0, "k"),
        Dispose("l", 1),
    )
    with store.reading() as connection:
        trace = traces.forward_from_lot(connection, writer.clinics, lot_uid=history.uids["l"])
    account = trace.accounts[0]
    assert (account.received, account.used, account.compounded, account.disposed) == (20, 4, 0, 1)
    assert (account.on_hand, account.difference) == (15, 0)
    assert [reached.lot.number for reached in trace.lots] == ["t-l"]


def test_a_patients_trace_names_lots_and_deliveries_of_every_session(store: Store) -> None:
    writer, _ = written(
        store,
        Receive("l", 9, "d"),
        Receive("k", 9, "e"),
        Use("l", "a@0", 1),
        Compound("p", (("k", 3),), 3),
        Use("p", "b@0", 2),
    )
    with store.reading() as connection:
        trace = traces.back_from_patient(connection, writer.clinics, patient_uid=writer.patient_uid)
    assert len(trace.uses) == 2
    assert {reached.lot.number for reached in trace.lots} == {"t-l", "t-k", "t-p"}
    assert {origin.delivery_note for origin in trace.origins} == {"d", "e"}
