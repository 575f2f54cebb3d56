"""How much does a trace cost, how deep does it go, and what does it show besides uses?"""

from __future__ import annotations

import tracemalloc
from datetime import datetime, timedelta

import pytest
from sqlalchemy import insert, select

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger import trace_walk
from stockroom.ledger.offspring import offspring
from stockroom.ledger.trace_lines import NEWEST
from stockroom.ledger.trace_walk import TraceTooLarge
from stockroom.ledger.verify import verify
from stockroom.models import Line
from stockroom.queries import traces
from stockroom.queries.trace_rows import ForwardTrace
from stockroom.queries.trace_starts import start_of
from tests.builders import NOW, House
from tests.ledger.planting import unguarded
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
from tests.receiving import gs1, scanned, take_in
from tests.sessions import line, session, used

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


def test_a_trace_takes_the_same_statements_at_any_depth(store: Store) -> None:
    counts = []
    writer = Writer(store)
    for depth in (3, 30):
        chain = [Compound(f"p{n}", ((f"p{n - 1}" if n else "l", 1),), 1) for n in range(depth)]
        events = [
            Receive("l", 9, "d"),
            *chain,
            Use(f"p{depth - 1}", "s@0", 1),
            Send("l", "m", 2),
            Use("m", "t@1", 1),
        ]
        history = writer.write([(f"t{depth}", told(*events, there=("m",)))])[0]
        with store.reading() as connection, counted(connection) as statements:
            forward = traces.forward_from_lot(connection, writer.clinics, lot_uid=history.uids["l"])
            there = len(statements)
            back = traces.back_from_session(
                connection, writer.clinics, session_uid=history.session_uids["s@0"]
            )
        assert (len(forward.lots), len(back.lots)) == (depth + 2, depth + 1)
        counts.append((there, len(statements) - there))
    assert counts == [(8, 7), (8, 7)]


def test_a_circle_planted_in_the_books_ends_a_trace_and_is_found_by_verify(store: Store) -> None:
    writer, history = written(
        store,
        Receive("l", 9, "d"),
        Compound("p", (("l", 2),), 2),
        Compound("q", (("p", 1),), 1),
        Use("q", "s@0", 1),
    )
    with unguarded(store) as connection:
        into = connection.execute(
            select(Line).where(Line.lot_id == history.lots["l"]).order_by(Line.id.desc())
        )
        row = into.first()
        connection.execute(
            insert(Line).values(
                clinic_id=row.clinic_id, movement_id=row.movement_id, n=9, lot_id=history.lots["q"],
                from_id=row.from_id, to_id=row.to_id, quantity=1,
            )
        )  # fmt: skip
    with store.reading() as connection:
        forward = traces.forward_from_lot(connection, writer.clinics, lot_uid=history.uids["p"])
        back = traces.back_from_session(connection, writer.clinics, session_uid=history.session_uids["s@0"])
        made = offspring(connection, [history.lots["l"]])
    assert [each.lot_id for each in made] == [history.lots["p"], history.lots["q"]]
    assert {each.lot.number for each in forward.lots} == {"t-p", "t-q"}
    assert [use.quantity for use in forward.uses] == [1]
    assert {each.lot.number for each in back.lots} == {"t-l", "t-p", "t-q"}
    found = [each for each in verify(store, anchors=False).findings if "went into itself" in each.what]
    assert [(each.table, each.row) for each in found] == [("lot", str(history.lots["p"]))]


def test_a_walk_that_is_too_large_is_refused_and_never_cut_short(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, history = written(sqlite_store, Receive("l", 9, "d"), Compound("p", (("l", 2),), 2))
    monkeypatch.setattr(trace_walk, "LOTS_MAX", 1)
    with sqlite_store.reading() as connection, pytest.raises(TraceTooLarge):
        traces.forward_from_lot(connection, writer.clinics, lot_uid=history.uids["l"])


def test_as_of_an_instant_it_tells_what_was_in_the_books_then(store: Store) -> None:
    writer, history = written(
        store, Receive("l", 9, "d"), Use("l", "s@0", 2), Undo(1), Use("l", "t@0", 3), Dispose("l", 1)
    )
    names = {uid: name for name, uid in history.session_uids.items()}
    told_at = []
    with store.reading() as connection:
        for at in history.recorded:
            trace = traces.forward_from_lot(connection, writer.clinics, lot_uid=history.uids["l"], as_of=at)
            (account,) = trace.accounts
            told_at.append(([names[use.session_uid] for use in trace.uses], account.used, account.on_hand))
            assert account.is_complete
    assert told_at == [([], 0, 9), (["s@0"], 2, 7), ([], 0, 9), (["t@0"], 3, 6), (["t@0"], 3, 5)]


def test_uses_are_streamed_and_not_held(sqlite_store: Store) -> None:
    """Five thousand uses pass through what a few hundred of them take, and their number changes nothing."""
    writer, peaks = Writer(sqlite_store), []
    for uses in (1_000, 5_000):
        events = [Receive("l", uses, "d"), *(Use("l", f"s{n % 3}@0", 1) for n in range(uses))]
        uid = writer.write([(f"t{uses}", told(*events))])[0].uids["l"]
        with sqlite_store.reading() as connection:
            start = start_of(connection, writer.clinics, kind="lot", uid=uid)
            streamed = traces.traced_forward(connection, writer.clinics, start, held_max=500)
            tracemalloc.start()
            count = sum(1 for _ in streamed.uses(connection))
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
        assert isinstance(streamed.trace, ForwardTrace) and streamed.trace.uses == ()
        assert (count, streamed.trace.accounts[0].used) == (uses, uses)
    assert peaks[1] < 1.3 * peaks[0]


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


def test_a_place_is_traced_by_what_lay_in_it_then(store: Store) -> None:
    house = House(store)
    filler, clinic = house.product("Filler"), house.clinic
    gone = clinic.lot_on_shelf(filler, "GONE")
    here = {"kind": "location", "uid": clinic.fridge.uid}
    take_in(house, scanned(clinic.fridge, gs1(filler.gtin, "CAME")), now=NOW + timedelta(hours=2))
    used(house, session(house), line(gone, filler.content_quantity), now=NOW + timedelta(hours=3))

    def lay(as_of: datetime) -> set[str]:
        with store.reading() as connection:
            return {lot.number for lot in start_of(connection, [clinic.id], **here, as_of=as_of).lots}

    assert lay(NEWEST) == {"CAME"}
    assert lay(NOW + timedelta(hours=1)) == {"GONE"}
    assert lay(NOW + timedelta(hours=2, minutes=30)) == {"GONE", "CAME"}
    assert lay(NOW - timedelta(days=300)) == set()


def test_a_persons_trace_names_lots_that_were_only_received_as_of_then(store: Store) -> None:
    house = House(store)
    filler, clinic = house.product("Filler"), house.clinic
    lot = clinic.lot_on_shelf(filler, "USED", presentations=9)
    used(house, session(house), line(lot, filler.content_quantity))

    def traced(as_of: datetime = NEWEST) -> tuple[set[str], int, int]:
        with store.reading() as connection, counted(connection) as statements:
            start = start_of(connection, [clinic.id], kind="person", uid=clinic.nurse.person_uid, as_of=as_of)
            found = traces.back(connection, [clinic.id], start, as_of=as_of)
        return {each.lot.number for each in found.lots}, len(found.uses), len(statements)

    _, _, before = traced()
    for number in ("KEPT", "KEPT2"):
        take_in(house, scanned(clinic.fridge, gs1(filler.gtin, number)), now=NOW)
    lots, uses, after = traced()

    assert (lots, uses) == ({"USED", "KEPT", "KEPT2"}, 1)
    assert after <= before + 1, "one for the lots' kin, however many there are"
    assert traced(NOW - timedelta(days=1))[:2] == (set(), 0)
