"""Are exposure and reactions by lot exact?  Random histories, each lot compared with brute force over plain events."""

from __future__ import annotations

from datetime import timedelta
from random import Random
from typing import Any

from sqlalchemy import insert

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import JournalName, Work
from stockroom.ledger import journal
from stockroom.models import Reaction
from stockroom.queries.reaction_rates import Exposed, exposed_sessions
from stockroom.rules.reaction_signals import LotName, Threshold, tallies
from stockroom.vocabulary import ReactionSeverity
from tests.builders import NOW
from tests.oracles.trace_oracle import Oracle
from tests.queries.counting import counted
from tests.queries.histories import History
from tests.queries.history_writer import Writer

DAY = timedelta(days=1)
HISTORIES = 60


def read(store: Store, writer: Writer, **values: Any) -> Exposed:
    asked = {"since": NOW - DAY, "until": NOW + DAY} | values
    with store.reading() as connection:
        return exposed_sessions(connection, writer.clinics, **asked)


def react(work: Work, clinic_id: int, session_id: int, random: Random) -> str | None:
    """Write down a reaction to a session: how grave it is known to be now, None where it was withdrawn."""
    row: dict[str, Any] = {
        "clinic_id": clinic_id, "session_id": session_id, "effect": "erythema", "outcome": "resolved",
        "began_at": NOW, "recorded_at": NOW, "recorded_by_id": work.actor.person_id,
    }  # fmt: skip
    amends, said = None, None
    for _ in range(random.randint(1, 3)):
        severity = random.choice(list(ReactionSeverity)).value
        withdrawn = random.random() < 0.3
        amends = work.connection.execute(
            insert(Reaction)
            .values(**row, uid=new_uid(NOW), amends_id=amends, severity=severity, is_withdrawn=withdrawn)
            .returning(Reaction.id)
        ).scalar_one()
        said = None if withdrawn else severity
    return said


def test_every_lot_of_random_histories_counts_what_brute_force_counts(store: Store) -> None:
    writer, random = Writer(store), Random(7)
    histories = writer.write([(f"h{n}", History(20_260_302 + n)) for n in range(HISTORIES)])
    known: dict[int, str | None] = {}
    with writer._work() as work:
        for written in histories:
            for name, session_id in written.sessions.items():
                if random.random() < 0.4:
                    known[session_id] = react(work, writer.clinics[int(name[-1])], session_id, random)
        journal.append(work, JournalName(clinic_id=writer.clinics[0]), journal.Entry(payload={}))

    found = read(store, writer)

    product = next(lot.product_uid for lot in found.lot_uids)
    by_lot = tallies(found.sessions, lambda each: each.lots, Threshold())
    exposures = 0
    for written in histories:
        oracle = Oracle(written.history.events)
        for lot in written.lots:
            if lot in written.history.cocktails or oracle.true_name(lot) != lot:
                continue
            sessions = {written.sessions[session] for session, _ in oracle.uses_of(lot)}
            its = by_lot.get(LotName(product, f"{written.tag}-{lot}"))
            events = sum(known.get(session) is not None for session in sessions)
            counts = (0, 0) if its is None else (its.exposures, its.events)
            assert counts == (len(sessions), events), (written.tag, lot, written.history.events)
            exposures += len(sessions)
    assert exposures > HISTORIES
    assert {each.session_id for each in found.events} <= known.keys()

    severe = read(store, writer, least=ReactionSeverity.SEVERE)
    graver = {session for session, severity in known.items() if severity == "severe"}
    assert {each.session_id for each in severe.events} == graver & {
        each.session_id for each in found.sessions
    }
    assert not read(store, writer, since=NOW + DAY, until=NOW + 2 * DAY).sessions


def test_it_takes_no_more_statements_for_more_sessions(store: Store) -> None:
    writer = Writer(store)
    writer.write([("a", History(20_260_304))])
    with counted(store.engine) as few:
        read(store, writer)
    writer.write([(f"b{n}", History(20_260_310 + n)) for n in range(30)])
    with counted(store.engine) as many:
        read(store, writer)

    assert (
        len(many) <= len(few) + 18
    )  # a mixture of mixtures is a generation more, of at most four statements
