"""What does one process of a race do?  Opens the installation for itself and takes single units until it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.queues import Queue
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from sqlalchemy import event, insert, select

from stockroom.actor import Actor
from stockroom.db import engine as engine_module
from stockroom.db import transaction as transaction_module
from stockroom.db.store import Store, open_store
from stockroom.db.transaction import Work
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.post import post
from stockroom.models import Usage
from stockroom.rules.posting import Draft, Line
from stockroom.vocabulary import Action, MovementKind
from tests.builders import NOW
from tests.conftest import KEYS


@dataclass(frozen=True, kw_only=True)
class Course:
    """Where a race is run: one lot at one place, and a patient in a session."""

    url: str
    anchor_file: str
    actor: Actor
    lot_id: int
    from_id: int
    patient_place_id: int
    session_id: int
    weakness: str = ""
    """Which guard is taken out in every racer: deferred, headless, or none."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    movement_uid: str


class Unqueued:
    """A queue that lets everybody in at once."""

    @contextmanager
    def turn(self) -> Iterator[None]:
        yield


def opened(course: Course) -> Store:
    """Open the installation as a process of its own does, with one guard taken out if the course says so."""
    engine = engine_module.open_engine(course.url)
    store = open_store(engine, keyring=KEYS, anchor_file=Path(course.anchor_file))
    if course.weakness == "deferred":
        event.remove(engine, "begin", engine_module._begin_on_sqlite)
        event.listen(engine, "begin", lambda c: c.connection.driver_connection.execute("BEGIN DEFERRED"))
        object.__setattr__(store, "writers", Unqueued())
    if course.weakness == "headless":
        transaction_module._lock_heads = _heads_without_lock
    return store


def _heads_without_lock(connection: Any, journals: Any) -> Any:
    """Read the journal heads as a careless writer would: without locking them."""
    heads = {}
    table = transaction_module._HEAD
    for journal in journals:
        row = connection.execute(
            select(table.c.seq, table.c.hash, table.c.recorded_at).where(
                table.c.clinic_id == journal.clinic_id, table.c.stream == journal.stream
            )
        ).one()
        heads[journal] = transaction_module.Head(seq=row.seq, hash=row.hash, recorded_at=row.recorded_at)
    return heads


def take_one(store: Store, course: Course, key: str) -> Taken:
    """Use one unit on the patient, as one act."""

    def body(work: Work) -> Taken:
        line = Line(
            lot_id=course.lot_id,
            from_id=course.from_id,
            to_id=course.patient_place_id,
            quantity=1,
            session_id=course.session_id,
        )
        posted = post(
            work,
            Draft(kind=MovementKind.USE, lines=(line,), occurred_at=work.now, document_kind="session"),
        )
        work.connection.execute(
            insert(Usage).values(
                clinic_id=work.clinic_id, line_id=posted.line_ids[0], identified_by="by_hand"
            )
        )
        return Taken(movement_uid=posted.uid)

    act = Act(kind="test.take", action=Action.USE)
    return perform(store, act, command=key, body=body, answer=Taken, actor=course.actor, key=key, now=NOW)


def race(course: Course, number: int, attempts: int, start: Barrier, results: Queue[Any]) -> None:
    """Take `attempts` single units from the moment that everybody is ready; send what came of it."""
    outcome: Counter[str] = Counter()
    store = opened(course)
    with store.engine.connect():
        pass
    start.wait(120)
    for attempt in range(attempts):
        try:
            take_one(store, course, f"racer-{number}-{attempt}")
            outcome["accepted"] += 1
        except Exception as refused:
            outcome[type(refused).__name__] += 1
    store.engine.dispose()
    results.put(dict(outcome))


def write_until_killed(course: Course, number: int, log: str) -> None:
    """Take units for ever; note each key before it is sent and each answer after it came."""
    store = opened(course)
    with Path(log).open("a", buffering=1) as written:
        for attempt in range(1_000_000):
            key = f"writer-{number}-{attempt}"
            written.write(f"sent {key}\n")
            try:
                taken = take_one(store, course, key)
            except Exception as refused:
                written.write(f"refused {key} {type(refused).__name__}\n")
                continue
            written.write(f"answered {key} {taken.movement_uid}\n")
