"""Do the operations do what plain dictionaries do, whatever is tried on them, and would the suite notice if not?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import SystemRandom
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from stockroom.db.base import table_of
from stockroom.db.compiled_once import Once
from stockroom.ledger import balances, trace_lines
from stockroom.models import Balance
from stockroom.rules import fefo, usability
from stockroom.vocabulary import Rule
from tests.conftest import SCALE
from tests.model.acting import ACTS
from tests.model.houses import Houses, postgres_houses, sqlite_houses
from tests.model.stock_machine import StockMachine
from tests.postgres_cluster import PostgresCluster
from tests.postgres_lending import Lender

NEVER_REFUSED = {"plan_session", "wait"}
"""Whoever the machine sends may plan a visit; the clock asks nobody."""
ROUNDS_MAX = 12
"""In so many rounds every act must have been accepted and refused."""


@pytest.fixture(scope="module")
def on_sqlite(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Houses:
    return sqlite_houses(sqlite_template, tmp_path_factory.mktemp("houses"))


@pytest.fixture(scope="module")
def on_postgres(
    postgres: PostgresCluster, lender: Lender, tmp_path_factory: pytest.TempPathFactory
) -> Houses:
    return postgres_houses(postgres, lender, tmp_path_factory.mktemp("houses"))


def machine_in(houses: Houses) -> type[StockMachine]:
    """A machine that lives in copies of this house and counts what it did."""
    return type("StockMachine", (StockMachine,), {"houses": houses, "ran": Counter()})


def run(
    machine: type[StockMachine],
    *,
    rounds: int,
    steps: int,
    scale: int,
    examples: int = 10,
    first: int = 0,
    **more: Any,
) -> None:
    """Run the machine in rounds of a few examples; at scale 1 every run does the same.

    Only ten at a time, because Hypothesis goes on by repeating parts of what it has, and then comes to
    the same few acts.
    """
    for number in range(first, first + rounds * scale):
        chosen = number if scale == 1 else SystemRandom().randrange(2**32)
        run_state_machine_as_test(
            seed(chosen)(machine),
            settings=settings(
                max_examples=examples,
                stateful_step_count=steps,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
                print_blob=False,
                **more,
            ),
        )


def untried(ran: Counter[tuple[str, str]]) -> set[tuple[str, str]]:
    """What never came of an act and might have."""
    every = {(act, "accepted") for act in ACTS} | {(act, "refused") for act in ACTS - NEVER_REFUSED}
    return every - ran.keys()


def summary(ran: Counter[tuple[str, str]]) -> str:
    """How often each act was accepted and refused, one a line."""
    acts = sorted({act for act, _ in ran})
    lines = [f"{act:24} {ran[act, 'accepted']:6} accepted {ran[act, 'refused']:6} refused" for act in acts]
    return "\n".join([f"{sum(ran.values())} acts", *lines])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_operations_do_what_the_model_does(on_sqlite: Houses, scale: int) -> None:
    machine = machine_in(on_sqlite)

    run(machine, rounds=2, steps=40, scale=scale)
    for number in range(2, ROUNDS_MAX):
        if not untried(machine.ran):
            break
        run(machine, rounds=1, steps=40, scale=scale, first=number)

    print(summary(machine.ran))
    assert untried(machine.ran) == set()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.postgres
def test_the_operations_do_what_the_model_does_on_postgresql(on_postgres: Houses, scale: int) -> None:
    machine = machine_in(on_postgres)

    run(machine, rounds=1, examples=6, steps=20, scale=scale)

    print(summary(machine.ran))
    assert sum(machine.ran.values())


def _no_condition(patch: pytest.MonkeyPatch) -> None:
    """Balances are lowered without looking at what is left and what is promised."""
    left, kept = balances._LEFT, balances._STILL_PROMISED
    statement = update(table_of(Balance)).where(balances._HERE).values(quantity=left, allocated=kept)
    patch.setattr(balances, "_LOWER", Once(statement))


def _no_promises(patch: pytest.MonkeyPatch) -> None:
    """What is promised may be promised again."""
    more = Balance.allocated + balances.bindparam("promised")
    statement = update(table_of(Balance)).where(balances._HERE).values(allocated=more)
    patch.setattr(balances, "_PROMISE", Once(statement))


def _no_holds(patch: pytest.MonkeyPatch) -> None:
    judge = usability._broken_by_stock
    patch.setattr(
        usability,
        "_broken_by_stock",
        lambda *facts: (rule for rule in judge(*facts) if rule is not Rule.HELD),
    )


def _no_beyond_use(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(usability, "has_passed", lambda limit, now: False)


def _last_expired_first_out(patch: pytest.MonkeyPatch) -> None:
    in_order = fefo.in_order
    patch.setattr(fefo, "in_order", lambda things, *, zone: in_order(things, zone=zone)[::-1])


def _reversed_uses_are_traced(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(trace_lines, "standing", list)


RARE = pytest.mark.skipif(SCALE == 1, reason="seen only after many acts")


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "break_it",
    [
        _no_condition,
        _no_holds,
        _no_beyond_use,
        pytest.param(_reversed_uses_are_traced, marks=RARE),
        pytest.param(_no_promises, marks=RARE),
        pytest.param(_last_expired_first_out, marks=RARE),
    ],
    ids=lambda weakness: weakness.__name__.strip("_"),
)
def test_the_model_notices_a_ledger_without(
    on_sqlite: Houses,
    scale: int,
    monkeypatch: pytest.MonkeyPatch,
    break_it: Callable[[pytest.MonkeyPatch], None],
) -> None:
    machine = machine_in(on_sqlite)
    break_it(monkeypatch)

    with pytest.raises((AssertionError, IntegrityError)):
        run(machine, rounds=6, steps=40, scale=scale, phases=[Phase.generate], report_multiple_bugs=False)
