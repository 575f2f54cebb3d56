"""Is guessing slowed down however many ask at once, and is nobody locked out for good?"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from stockroom.db.store import Store
from stockroom.models import LogInAttempt, User
from stockroom.operations.note_log_in import (
    TRIES_PER_ACCOUNT_MAX,
    TRIES_PER_ADDRESS_MAX,
    WINDOW,
    NoteLogIn,
    TooManyLogIns,
    TryLogIn,
    note_log_in,
    try_log_in,
)
from tests.builders import NOW, House, key


def _try(
    house: House, account: str = "a@example.test", address: str = "10.0.0.1", at: datetime = NOW
) -> bool:
    try:
        command = TryLogIn(account=account, address=address)
        try_log_in(house.store, command, actor=house.system, key=key("try"), now=at)
    except TooManyLogIns:
        return False
    return True


def test_an_account_is_tried_only_so_often_in_a_window(store: Store) -> None:
    house = House(store)

    tried = [_try(house, address=f"10.0.0.{n}") for n in range(TRIES_PER_ACCOUNT_MAX + 2)]

    assert tried == [True] * TRIES_PER_ACCOUNT_MAX + [False] * 2
    assert _try(house, account="other@example.test")
    assert not _try(house, account="A@EXAMPLE.test", address="10.9.9.9")


def test_an_address_tries_only_so_often_whatever_the_account(store: Store) -> None:
    house = House(store)

    tried = [_try(house, account=f"{n}@example.test") for n in range(TRIES_PER_ADDRESS_MAX + 1)]

    assert tried == [True] * TRIES_PER_ADDRESS_MAX + [False]


def test_the_refusal_says_how_long_to_wait_and_that_is_true(store: Store) -> None:
    house = House(store)
    for _ in range(TRIES_PER_ACCOUNT_MAX):
        _try(house)

    with pytest.raises(TooManyLogIns) as refused:
        command = TryLogIn(account="a@example.test", address="10.0.0.1")
        try_log_in(store, command, actor=house.system, key=key(), now=NOW + timedelta(minutes=5))

    wait = timedelta(seconds=refused.value.retry_after)
    assert wait == WINDOW - timedelta(minutes=5)
    assert not _try(house, at=NOW + timedelta(minutes=5) + wait - timedelta(seconds=1))
    assert _try(house, at=NOW + timedelta(minutes=5) + wait + timedelta(seconds=1))


def test_a_success_clears_the_account(store: Store) -> None:
    house = House(store)
    with store.reading() as connection:
        user_uid = connection.execute(select(User.uid).where(User.id == house.nurse.user_id)).scalar_one()
    for _ in range(TRIES_PER_ACCOUNT_MAX):
        _try(house)

    noted = NoteLogIn(
        account="a@example.test", user_uid=user_uid, token_hash="h", device="Browser", address="127.0.0.1"
    )
    note_log_in(store, noted, actor=house.system, key=key(), now=NOW)

    assert _try(house)


def test_threads_that_ask_at_once_are_counted_one_by_one(store: Store) -> None:
    house = House(store)

    with ThreadPoolExecutor(8) as threads:
        tried = list(threads.map(lambda n: _try(house, address=f"10.0.1.{n}"), range(40)))

    assert sum(tried) == TRIES_PER_ACCOUNT_MAX


def test_old_tries_are_forgotten_and_no_address_is_kept_in_clear(store: Store) -> None:
    house = House(store)
    _try(house)

    _try(house, at=NOW + WINDOW + timedelta(seconds=1))

    with store.reading() as connection:
        count = connection.execute(select(func.count()).select_from(LogInAttempt)).scalar_one()
        row = connection.execute(select(LogInAttempt.account, LogInAttempt.address)).one()
    assert count == 1
    assert "example" not in row.account
    assert "10.0" not in row.address


def test_a_clock_that_ran_ten_years_ahead_locks_nobody_out_once_it_is_put_right(sqlite_store: Store) -> None:
    """The books stand still behind it, and tries to log in are no matter of theirs."""
    house = House(sqlite_store)
    ahead = NOW + timedelta(days=3653)
    assert [_try(house, at=ahead) for _ in range(TRIES_PER_ACCOUNT_MAX + 1)][-1] is False

    put_right = [NOW + n * (WINDOW + timedelta(seconds=1)) for n in range(TRIES_PER_ACCOUNT_MAX + 1)]

    assert [_try(house, at=at) for at in put_right] == [True] * len(put_right)
    assert [_try(house, at=put_right[-1]) for _ in range(TRIES_PER_ACCOUNT_MAX)][-1] is False
