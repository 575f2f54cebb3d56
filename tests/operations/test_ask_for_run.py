"""Does a person who asks for a run of a job get one, from whoever runs the schedule?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.jobs.runner import attend
from stockroom.operations.ask_for_run import AskForRun, RunAsked, ask_for_run
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.timetable import JobUnknown
from tests.builders import NOW, House, key
from tests.jobs.shop import at, run_rows, shop_of


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def test_what_was_asked_for_is_run_by_the_next_who_looks(house: House) -> None:
    shop = shop_of(house.store)
    attend(shop)
    asked_at = NOW + timedelta(seconds=10)

    first = ask_for_run(house.store, AskForRun(job="verify"), actor=house.manager, key=key(), now=asked_at)
    second = ask_for_run(
        house.store, AskForRun(job="verify"), actor=house.clinic.administrator, key=key(), now=asked_at
    )
    reports = attend(at(shop, asked_at + timedelta(seconds=10)))

    assert first == second == RunAsked(job="verify", slot=asked_at)
    assert [report.job for report in reports] == ["verify"]
    (row,) = [row for row in run_rows(house.store, job="verify") if row.is_by_hand]
    assert (row.state, row.asked_by_id, row.fence) == ("done", house.manager.person_id, 1)


def test_a_nurse_asks_for_none(house: House) -> None:
    with pytest.raises(ActionForbidden):
        ask_for_run(house.store, AskForRun(job="verify"), actor=house.nurse, key=key(), now=NOW)

    assert run_rows(house.store) == []


def test_an_unknown_job_is_refused(house: House) -> None:
    with pytest.raises(JobUnknown):
        ask_for_run(house.store, AskForRun(job="nothing"), actor=house.manager, key=key(), now=NOW)
