"""What does a process do that makes a cocktail and is killed?  One step of it, until the n-th thing it writes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event

from stockroom.actor import Actor
from stockroom.db.engine import open_engine
from stockroom.db.store import Store, open_store
from stockroom.operations.abandon_preparation import AbandonPreparation, abandon_preparation
from stockroom.operations.add_ingredient import AddIngredient, add_ingredient
from stockroom.operations.finish_preparation import FinishPreparation, finish_preparation
from tests.builders import NOW
from tests.conftest import KEYS

Command = AddIngredient | FinishPreparation | AbandonPreparation
_VERBS: dict[type, Callable[..., Any]] = {
    AddIngredient: add_ingredient,
    FinishPreparation: finish_preparation,
    AbandonPreparation: abandon_preparation,
}


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step of making a cocktail, as whoever sends it has it."""

    url: str
    anchor_file: str
    actor: Actor
    command: Command
    key: str


def done(store: Store, step: Step) -> Any:
    """Do it, or repeat it; give its answer."""
    return _VERBS[type(step.command)](store, step.command, actor=step.actor, key=step.key, now=NOW)


def do_until_killed(step: Step, at: int) -> None:
    """Die without warning at the `at`-th thing that is written, the commit being the last; else do it, unheard."""
    store = open_store(open_engine(step.url), keyring=KEYS, anchor_file=Path(step.anchor_file))
    written = 0

    def count() -> None:
        nonlocal written
        written += 1
        if written == at:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(store.engine, "before_cursor_execute")
    def _(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.split(maxsplit=1)[0].upper() in ("INSERT", "UPDATE", "DELETE"):
            count()

    event.listen(store.engine, "commit", lambda _connection: count())
    done(store, step)
