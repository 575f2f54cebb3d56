"""Is everybody told once, anew when it is worse, and no longer when it is over?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stockroom.errors import InvalidValue
from stockroom.notices import AlertKind, AlertState, Severity
from stockroom.rules.alerting import (
    OTHER,
    PROFILES,
    SNOOZE_MAX,
    AlertNotYours,
    Cause,
    Standing,
    changes,
    check_snooze,
    expiring_cause,
    mailed_to,
    next_state,
    not_concerning,
    profile,
    require_concerned,
)
from stockroom.vocabulary import Role
from tests.builders import NOW

DAYS = (90, 60, 30, 7)
TODAY = date(2028, 2, 22)


def cause(subject: str, *, rank: int = 1) -> Cause:
    return Cause(
        kind=AlertKind.EXPIRING, subject_kind="lot", subject_uid=subject, period=f"p{rank}", rank=rank
    )


def stands(subject: str, *, rank: int = 1) -> Standing:
    return Standing(uid=f"alert-{subject}", kind="expiring", subject_uid=subject, rank=rank)


@pytest.mark.parametrize(
    ("days_left", "reached", "severity"),
    [
        (91, None, None),
        (90, 90, Severity.NOTE),
        (61, 90, Severity.NOTE),
        (60, 60, Severity.NOTE),
        (31, 60, Severity.NOTE),
        (30, 30, Severity.WARNING),
        (8, 30, Severity.WARNING),
        (7, 7, Severity.URGENT),
        (0, 7, Severity.URGENT),
        (-1, None, None),
    ],
)
def test_a_lot_is_told_of_at_each_threshold(
    days_left: int, reached: int | None, severity: Severity | None
) -> None:
    expires_on = TODAY + timedelta(days=days_left)

    told = expiring_cause("lot", expires_on, today=TODAY, thresholds=DAYS)

    if reached is None:
        assert told is None
    else:
        assert told is not None
        assert told.period == f"{expires_on.isoformat()}/{reached}"
        assert told.severity is severity
        assert told.rank == DAYS.index(reached) + 1


def test_a_leap_day_counts() -> None:
    told = expiring_cause("lot", date(2028, 3, 1), today=TODAY, thresholds=(8, 7))

    assert told is not None and told.facts["days"] == 8


def test_a_clinic_without_thresholds_is_told_nothing() -> None:
    assert expiring_cause("lot", TODAY, today=TODAY, thresholds=()) is None


def test_what_is_new_is_raised_what_stands_is_left_and_what_is_over_is_resolved() -> None:
    due = changes([cause("new"), cause("same")], [stands("same"), stands("over")])

    assert [each.subject_uid for each in due.raises] == ["new"]
    assert [each.uid for each in due.resolves] == ["alert-over"]
    assert due.unchanged == 1


def test_what_says_something_else_is_raised_though_it_is_no_worse() -> None:
    said = [
        Standing(uid="alert", kind="expiring", subject_uid="lot", rank=1, says=says)
        for says in ("30", "60", None)
    ]
    now = Cause(
        kind=AlertKind.EXPIRING, subject_kind="lot", subject_uid="lot", period="2026-05-12/30", rank=1
    )

    assert [len(changes([now], [each]).raises) for each in said] == [0, 1, 0]


def test_of_several_causes_for_one_subject_the_worst_counts() -> None:
    due = changes([cause("lot", rank=1), cause("lot", rank=3), cause("lot", rank=2)], [stands("lot", rank=1)])

    assert [each.rank for each in due.raises] == [3]
    assert due.resolves == ()


@pytest.mark.parametrize(
    ("rank", "standing_rank", "standing_state", "state"),
    [
        (1, None, AlertState.OPEN, AlertState.OPEN),
        (2, 1, AlertState.ACKNOWLEDGED, AlertState.OPEN),
        (2, 1, AlertState.SNOOZED, AlertState.OPEN),
        (1, 2, AlertState.ACKNOWLEDGED, AlertState.ACKNOWLEDGED),
        (1, 2, AlertState.SNOOZED, AlertState.SNOOZED),
        (1, 2, AlertState.OPEN, AlertState.OPEN),
    ],
)
def test_a_worse_cause_is_told_anew_and_a_lighter_one_keeps_its_answer(
    rank: int, standing_rank: int | None, standing_state: AlertState, state: AlertState
) -> None:
    assert next_state(rank, standing_rank=standing_rank, standing_state=standing_state) is state


def test_every_kind_concerns_somebody_and_says_what_to_do() -> None:
    assert set(PROFILES) == set(AlertKind)
    assert all(each.concerns and each.title and each.advice for each in PROFILES.values())
    assert all(each.mailed_to <= each.concerns for each in PROFILES.values())
    assert profile("something else") is OTHER


def test_a_nurse_is_not_told_of_jobs_and_an_administrator_not_of_patients() -> None:
    assert AlertKind.JOB_LATE in not_concerning({Role.NURSE})
    assert AlertKind.LOW_STOCK not in not_concerning({Role.NURSE})
    assert AlertKind.DEVIATION_UNSIGNED in not_concerning({Role.ADMINISTRATOR})
    assert not_concerning({Role.MANAGER}) == frozenset()
    assert mailed_to({Role.NURSE}) == frozenset()
    assert {AlertKind.LOW_STOCK, AlertKind.EXPIRING} <= mailed_to({Role.MANAGER}) & mailed_to(
        {Role.ADMINISTRATOR}
    )


def test_who_is_not_concerned_answers_nothing() -> None:
    require_concerned("job_late", {Role.NURSE, Role.ADMINISTRATOR})

    with pytest.raises(AlertNotYours) as refused:
        require_concerned("job_late", {Role.NURSE})

    assert refused.value.concerns == ("administrator", "manager")


@pytest.mark.parametrize("off", [timedelta(0), -timedelta(seconds=1), SNOOZE_MAX + timedelta(seconds=1)])
def test_an_alert_is_put_off_for_a_while_only(off: timedelta) -> None:
    check_snooze(NOW + SNOOZE_MAX, now=NOW)

    with pytest.raises(InvalidValue):
        check_snooze(NOW + off, now=NOW)
