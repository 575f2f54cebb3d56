"""How far has a recall come with its patients, and how many of them does its check ask for?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.vocabulary import CheckLevel, ContactOutcome, ContactState, NextStep

SHARES: dict[CheckLevel, int] = {CheckLevel.A: 100, CheckLevel.C: 10, CheckLevel.D: 2, CheckLevel.E: 0}
"""Percent of those told who are asked.  A and B: FDA, Investigations Operations Manual 7.3.2.2; C, D and E as
recall strategies commonly quote 21 CFR 7.42(b)(3).  B lies between A and C and is stated case by case."""
SHARE_OF_B_LEAST, SHARE_OF_B_MOST = 11, 99

_STATE_OF = {
    ContactOutcome.REFUSED: ContactState.REFUSED,
    ContactOutcome.UNREACHABLE: ContactState.UNREACHABLE,
    ContactOutcome.HAS_DIED: ContactState.UNREACHABLE,
}
FINISHED = frozenset({ContactState.REACHED, ContactState.REFUSED, ContactState.UNREACHABLE})
"""Nothing is left to be tried; another attempt may still be written down."""


@dataclass(eq=False, kw_only=True)
class ExerciseReachesNobody(Refused):
    """A mock recall tells nobody anything."""

    code: ClassVar[str] = "exercise_reaches_nobody"
    message: ClassVar[str] = extracted(
        "This is an exercise: nobody is told of it and nothing is answered. Open a recall if it is a real one."
    )
    case: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """What counts of one attempt; those that were taken back are left out before."""

    outcome: ContactOutcome
    next_step: NextStep = NextStep.NOTHING
    next_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How many patients, and how far it has come with them."""

    patients: int
    tried: int
    """At least once."""
    reached: int
    refused: int
    unreachable: int
    required: int
    """So many have to be contacted, and reached, by the level of the check."""
    attempts: int = 0
    """How often anybody was tried."""

    @property
    def open(self) -> int:
        """Neither reached nor given up."""
        return self.patients - self.reached - self.refused - self.unreachable

    @property
    def tried_percent(self) -> int:
        return whole_percent(self.tried, self.patients)

    @property
    def reached_percent(self) -> int:
        return whole_percent(self.reached, self.patients)

    @property
    def is_tried_enough(self) -> bool:
        """The check was carried out: as many were contacted as its level asks for, whatever came of it."""
        return self.tried >= self.required

    @property
    def is_enough(self) -> bool:
        """The check is passed: as many were reached as its level asks for."""
        return self.reached >= self.required


def state_of(attempts: Sequence[Tried]) -> ContactState:
    """Say how far it has come with one patient, from her attempts in the order of their time.

    Who was reached once stays reached; else the last attempt decides.
    """
    if not attempts:
        return ContactState.NOT_TRIED
    if any(each.outcome is ContactOutcome.REACHED for each in attempts):
        return ContactState.REACHED
    return _STATE_OF.get(attempts[-1].outcome, ContactState.TRYING)


def progress(attempts: Iterable[Sequence[Tried]], *, share: int, attempts_made: int = 0) -> Progress:
    """Count patients by how far it has come; `attempts` has one sequence for each, `share` is in percent.

    An erased record stands in it as one that cannot be reached, which nobody tried: `attempts_made` counts what was.
    """
    states = [state_of(each) for each in attempts]
    return Progress(
        patients=len(states),
        tried=sum(state is not ContactState.NOT_TRIED for state in states),
        reached=states.count(ContactState.REACHED),
        refused=states.count(ContactState.REFUSED),
        unreachable=states.count(ContactState.UNREACHABLE),
        required=required(len(states), share=share),
        attempts=attempts_made,
    )


def required(patients: int, *, share: int) -> int:
    """Give how many patients a share in percent is, a part of one counted whole."""
    return -(-patients * share // 100)


def whole_percent(part: int, whole: int) -> int:
    """Give a part in percent, rounded down, so that 100 means all; of nothing, all is done."""
    return 100 * part // whole if whole else 100


def share_of(level: CheckLevel, stated: int | None) -> int:
    """Give the share in percent that a level asks for.

    Raises InvalidValue when level B comes without a share between A's and C's, or another level with one of
    its own.
    """
    if level is CheckLevel.B:
        if stated is None or not SHARE_OF_B_LEAST <= stated <= SHARE_OF_B_MOST:
            raise InvalidValue(
                field="share", problem=f"level B asks for {SHARE_OF_B_LEAST} to {SHARE_OF_B_MOST} percent"
            )
        return stated
    if stated not in (None, SHARES[level]):
        raise InvalidValue(
            field="share", problem=f"level {level} asks for {SHARES[level]} percent; leave it empty"
        )
    return SHARES[level]


def check_attempt(outcome: ContactOutcome, next_step: NextStep, next_on: date | None, today: date) -> None:
    """Raise InvalidValue unless a day belongs to a next step, and lies ahead, and an end has none."""
    if next_step is NextStep.NOTHING and next_on is not None:
        raise InvalidValue(field="next_step", problem="say what is to be done on that day")
    if next_on is not None and next_on < today:
        raise InvalidValue(field="next_on", problem="today or later")
    if _STATE_OF.get(outcome) is ContactState.UNREACHABLE and next_step is not NextStep.NOTHING:
        raise InvalidValue(
            field="next_step", problem="nothing follows on giving up; choose another outcome to go on"
        )


def require_real(case: str, *, is_mock: bool) -> None:
    """Raise ExerciseReachesNobody for an exercise."""
    if is_mock:
        raise ExerciseReachesNobody(case=case)
