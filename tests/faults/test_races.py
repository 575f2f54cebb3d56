"""Does the ledger hold when sixteen processes want the same lot, and would the suite notice if it did not?

Never-negative is a useless test by itself: an overselling ledger shows a plausible balance and no error
(measured, shared/faults.md finding 1).  So conservation is tested: what was acknowledged is what was posted.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from stockroom.db.engine import open_engine
from stockroom.db.store import Store, open_store
from stockroom.ledger import acts
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.verify import verify
from stockroom.models import Balance, JournalEntry, Line, Movement
from stockroom.vocabulary import LocationKind
from tests.conftest import KEYS
from tests.faults.processes import SEPARATE
from tests.faults.racers import Course, opened, race, take_one, write_until_killed
from tests.ledger.planting import drop_trigger
from tests.ledger.scene import Scene, build

RACERS = 16
UNITS = 500
ATTEMPTS = 100


@pytest.fixture
def scene(store: Store) -> Scene:
    return build(store)


def _course(scene: Scene, units: int, *, weakness: str = "") -> Course:
    lot = scene.clinic.lot_on_shelf(scene.needle, f"race-{units}", presentations=units)
    return Course(
        url=scene.store.engine.url.render_as_string(hide_password=False),
        anchor_file=str(scene.store.anchor_file),
        actor=scene.clinic.system,
        lot_id=lot.id,
        from_id=lot.location_id,
        patient_place_id=scene.clinic.account(LocationKind.PATIENT).id,
        session_id=scene.session_id,
        weakness=weakness,
    )


def _run(course: Course, racers: int, attempts: int) -> Counter[str]:
    """Start the racers, let them leave together, and add up what came of it."""
    barrier, results = SEPARATE.Barrier(racers), SEPARATE.Queue()
    processes = [
        SEPARATE.Process(target=race, args=(course, number, attempts, barrier, results), daemon=True)
        for number in range(racers)
    ]
    for process in processes:
        process.start()
    total: Counter[str] = Counter()
    for _ in processes:
        total.update(results.get(timeout=240))
    for process in processes:
        process.join(30)
    return total


def _left(store: Store, course: Course) -> int:
    with store.reading() as connection:
        return connection.execute(
            select(Balance.quantity).where(
                Balance.lot_id == course.lot_id, Balance.location_id == course.from_id
            )
        ).scalar_one()


def _posted(store: Store, course: Course) -> int:
    with store.reading() as connection:
        return connection.execute(
            select(func.coalesce(func.sum(Line.quantity), 0)).where(
                Line.lot_id == course.lot_id, Line.from_id == course.from_id
            )
        ).scalar_one()


def _failures(store: Store, course: Course, units: int, outcome: Counter[str]) -> list[str]:
    """Everything in which a race did not come out as it must: the checker of this suite."""
    failures = [
        f"an unforeseen error: {name}" for name in outcome if name not in ("accepted", "NotEnoughOnHand")
    ]
    attempts = sum(outcome.values())
    if outcome["accepted"] != min(units, attempts):
        failures.append(f"{outcome['accepted']} of {units} units were acknowledged")
    if _posted(store, course) != outcome["accepted"]:
        failures.append(f"{_posted(store, course)} units were posted, {outcome['accepted']} acknowledged")
    if _left(store, course) != units - outcome["accepted"]:
        failures.append(f"{_left(store, course)} units are left")
    report = verify(store)
    failures += [f"{finding.invariant}: {finding.what}" for finding in report.findings]
    return failures


@pytest.mark.slow
def test_sixteen_processes_take_exactly_what_is_there(scene: Scene, scale: int) -> None:
    units = UNITS * scale
    course = _course(scene, units)

    outcome = _run(course, RACERS, ATTEMPTS * scale)

    assert _failures(scene.store, course, units, outcome) == []
    assert outcome == {"accepted": units, "NotEnoughOnHand": RACERS * ATTEMPTS * scale - units}


def _rounds_until_seen(scene: Scene, weakness: str, *, rounds: int = 6) -> list[str]:
    """Race with a weakened store until the checker sees it, a bounded number of times."""
    for number in range(rounds):
        units = 40 + number
        course = _course(scene, units, weakness=weakness)
        outcome = _run(course, 4, 20)
        failures = _failures(scene.store, replace(course, weakness=""), units, outcome)
        if failures:
            return failures
    return []


@pytest.mark.slow
def test_the_checker_sees_a_race_without_begin_immediate_and_queue(sqlite_store: Store) -> None:
    assert _rounds_until_seen(build(sqlite_store), "deferred")


@pytest.mark.slow
@pytest.mark.postgres
def test_the_checker_sees_a_race_without_the_head_lock(postgres_url: str, tmp_path: Path) -> None:
    engine = open_engine(postgres_url)
    store = open_store(engine, keyring=KEYS, anchor_file=tmp_path / "anchors.jsonl")

    failures = _rounds_until_seen(build(store), "headless")

    engine.dispose()
    assert failures


def test_the_checker_sees_a_dropped_trigger(scene: Scene) -> None:
    course = _course(scene, 3)
    drop_trigger(scene.store, "line", "update" if scene.store.is_sqlite else "change")

    outcome = Counter(accepted=3)
    for number in range(3):
        take_one(scene.store, course, f"one-{number}")

    assert [f for f in _failures(scene.store, course, 3, outcome) if f.startswith("L2")]


def test_the_checker_sees_an_act_that_skipped_its_journal_entry(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    course = _course(scene, 3)

    def forgetful(work: Any, *_rest: Any, **_more: Any) -> None:
        work.journalled += 1

    monkeypatch.setattr(acts, "_file", forgetful)
    take_one(scene.store, course, "one")
    monkeypatch.undo()

    failures = _failures(scene.store, course, 1, Counter(accepted=1))
    assert [failure for failure in failures if failure.startswith("L12")]


def test_a_draft_built_on_a_stale_read_is_refused(scene: Scene) -> None:
    course = _course(scene, 1)
    read_before = _left(scene.store, course)
    take_one(scene.store, course, "quicker")

    with pytest.raises(NotEnoughOnHand):
        take_one(scene.store, course, "slower")

    assert read_before == 1
    assert _left(scene.store, course) == 0


def _log(path: Path) -> dict[str, str | None]:
    """Each key that was sent, with its answer where one came."""
    answers: dict[str, str | None] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        words = line.split()
        if words[0] == "sent" and len(words) == 2:
            answers.setdefault(words[1], None)
        elif words[0] == "answered" and len(words) == 3:
            answers[words[1]] = words[2]
    return answers


def _kill_while_writing(course: Course, number: int, log: Path, enough: int) -> None:
    """Start a writer, and kill it without warning once it has had `enough` answers."""
    process = SEPARATE.Process(target=write_until_killed, args=(course, number, str(log)), daemon=True)
    process.start()
    deadline = time.monotonic() + 60
    while not (log.exists() and log.read_text().count("answered") >= enough):
        assert time.monotonic() < deadline, "the writer did not get going"
        time.sleep(0.005)
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join(30)


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_what_was_acknowledged_survives_a_kill_and_what_is_in_doubt_is_settled_by_repeating(
    scene: Scene, tmp_path: Path, scale: int
) -> None:
    course = _course(scene, 100_000)
    kills = 4 * scale
    sent: dict[str, str | None] = {}
    for number in range(kills):
        log = tmp_path / f"writer-{number}.log"
        _kill_while_writing(course, number, log, enough=5 + 3 * number)
        sent.update(_log(log))

    store = opened(course)
    assert verify(store).ok
    settled = {key: take_one(store, course, key).movement_uid for key in sent}

    assert all(answer in (None, settled[key]) for key, answer in sent.items())
    assert len(set(settled.values())) == len(sent) == _posted(store, course)
    assert _left(store, course) == 100_000 - len(sent)
    with store.reading() as connection:
        booked = set(connection.execute(select(Movement.uid)).scalars())
        keys = list(
            connection.execute(select(JournalEntry.key).where(JournalEntry.kind == "test.take")).scalars()
        )
    assert set(settled.values()) <= booked
    assert sorted(keys) == sorted(sent)
    assert verify(store).ok
    store.engine.dispose()
