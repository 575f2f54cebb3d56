"""Are limits right on the days on which clocks and calendars misbehave?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.clock import civil_date
from stockroom.rules import expiry
from stockroom.vocabulary import StorageClass

_ZONES = (
    "Europe/Zurich",
    "America/Santiago",
    "America/Havana",
    "America/St_Johns",
    "Asia/Beirut",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "Pacific/Niue",
    "UTC",
)
_instants = st.datetimes(
    min_value=datetime(2000, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)
)
_limits = st.none() | _instants


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("expires_on", "zone", "over"),
    [
        (date(2026, 6, 30), "Europe/Zurich", "2026-06-30T22:00"),
        (date(2026, 12, 31), "Europe/Zurich", "2026-12-31T23:00"),
        (date(2026, 3, 28), "Europe/Zurich", "2026-03-28T23:00"),
        (date(2026, 3, 29), "Europe/Zurich", "2026-03-29T22:00"),
        (date(2026, 10, 25), "Europe/Zurich", "2026-10-25T23:00"),
        (date(2028, 2, 28), "Europe/Zurich", "2028-02-28T23:00"),
        (date(2028, 2, 29), "Europe/Zurich", "2028-02-29T23:00"),
        (date(2026, 6, 30), "Pacific/Kiritimati", "2026-06-30T10:00"),
        (date(2026, 6, 30), "Pacific/Niue", "2026-07-01T11:00"),
        (date(2026, 6, 30), "UTC", "2026-07-01T00:00"),
        # Midnight does not exist: the clock goes from 23:59:59 to 01:00.
        (date(2024, 9, 7), "America/Santiago", "2024-09-08T04:00"),
        # Midnight strikes, and the clock goes back to 23:00 of the same day.
        (date(2024, 4, 6), "America/Santiago", "2024-04-07T04:00"),
        # Midnight strikes twice, both times at the beginning of the next day.
        (date(2024, 11, 2), "America/Havana", "2024-11-03T04:00"),
        # One minute after midnight the clock went back to 23:01 of the day before.
        (date(2010, 11, 6), "America/St_Johns", "2010-11-07T03:30"),
        # Samoa had no 30 December 2011.
        (date(2011, 12, 29), "Pacific/Apia", "2011-12-30T10:00"),
        (date(2011, 12, 30), "Pacific/Apia", "2011-12-30T10:00"),
    ],
)
def test_a_civil_day_is_over_at_this_instant(expires_on: date, zone: str, over: str) -> None:
    assert expiry.end_of_day(expires_on, zone) == utc(over)


@given(day=st.dates(min_value=date(1990, 1, 1), max_value=date(2090, 1, 1)), zone=st.sampled_from(_ZONES))
def test_the_day_lasts_until_its_end_and_never_comes_back(day: date, zone: str) -> None:
    end = expiry.end_of_day(day, zone)

    assert end.tzinfo is UTC
    assert civil_date(end - timedelta(microseconds=1), zone) <= day
    assert all(civil_date(end + timedelta(minutes=15 * step), zone) > day for step in range(12))


@pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(9999, 1, 1), date.max])
def test_a_date_that_no_pack_carries_is_refused(day: date) -> None:
    with pytest.raises(expiry.ExpiryImpossible) as refusal:
        expiry.end_of_day(day, "Pacific/Kiritimati")

    assert refusal.value.facts == {"expires_on": day}


@pytest.mark.parametrize(
    ("expires_on", "expires_at", "limit"),
    [
        (None, None, None),
        (date(2026, 6, 30), None, "2026-06-30T22:00"),
        (None, "2026-06-30T12:30", "2026-06-30T12:30"),
        (date(2026, 6, 30), "2026-06-30T12:30", "2026-06-30T12:30"),
        (date(2026, 6, 30), "2026-07-30T12:30", "2026-06-30T22:00"),
    ],
)
def test_the_printed_limit_is_the_earlier_of_what_is_printed(
    expires_on: date | None, expires_at: str | None, limit: str | None
) -> None:
    printed = expiry.printed_limit(expires_on, utc(expires_at) if expires_at else None, "Europe/Zurich")

    assert printed == (utc(limit) if limit else None)


@pytest.mark.parametrize(
    ("opened_at", "minutes", "printed", "limit"),
    [
        ("2026-01-31T09:00", 28 * 1440, "2027-01-01T00:00", "2026-02-28T09:00"),
        ("2028-02-01T09:00", 28 * 1440, "2029-01-01T00:00", "2028-02-29T09:00"),
        ("2026-06-20T09:00", 28 * 1440, "2026-06-30T22:00", "2026-06-30T22:00"),
        ("2026-06-20T09:00", None, "2026-06-30T22:00", "2026-06-30T22:00"),
        ("2026-06-20T09:00", 60, None, "2026-06-20T10:00"),
        ("2026-06-20T09:00", None, None, None),
        ("2026-07-01T09:00", 60, "2026-06-30T22:00", "2026-06-30T22:00"),
    ],
)
def test_a_container_lasts_its_in_use_life_but_never_past_the_print(
    opened_at: str, minutes: int | None, printed: str | None, limit: str | None
) -> None:
    found = expiry.container_limit(utc(opened_at), minutes, utc(printed) if printed else None)

    assert found == (utc(limit) if limit else None)


def test_an_in_use_life_is_elapsed_time_over_both_changes_of_the_clocks() -> None:
    zone = ZoneInfo("Europe/Zurich")
    spring = datetime(2026, 3, 28, 20, 0, tzinfo=zone)
    autumn = datetime(2026, 10, 24, 20, 0, tzinfo=zone)

    for opened_at in (spring, autumn):
        limit = expiry.container_limit(opened_at, 24 * 60, None)
        assert limit is not None
        assert limit - opened_at.astimezone(UTC) == timedelta(hours=24)


@given(parents=st.lists(_limits, max_size=6), started_at=_instants, minutes=st.integers(1, 10_000))
def test_l11_a_mixture_outlives_neither_a_parent_nor_its_recipe(
    parents: list[datetime | None], started_at: datetime, minutes: int
) -> None:
    limit = expiry.mixture_limit(parents, started_at, minutes)

    assert limit <= started_at + timedelta(minutes=minutes)
    assert all(parent is None or limit <= parent for parent in parents)
    assert limit in {started_at + timedelta(minutes=minutes), *parents}


@given(old=_limits, new=_limits)
def test_a_limit_is_shortened_and_never_lengthened(old: datetime | None, new: datetime | None) -> None:
    shortened = expiry.shorten(old, new)

    assert shortened == expiry.shorten(new, old)
    assert shortened in (old, new)
    assert old is None or (shortened is not None and shortened <= old)


def test_a_limit_has_passed_from_its_very_instant_on() -> None:
    limit = utc("2026-06-30T22:00")

    assert not expiry.has_passed(limit, limit - timedelta(microseconds=1))
    assert expiry.has_passed(limit, limit)
    assert not expiry.has_passed(None, limit)


@pytest.mark.parametrize(
    ("stands_at", "room", "refrigerated", "expected"),
    [
        (StorageClass.ROOM, 60, 600, 60),
        (StorageClass.REFRIGERATED, 60, 600, 600),
        (StorageClass.FROZEN, 60, 600, 600),
        (None, 60, 600, 60),
        (StorageClass.ROOM, None, 600, 600),
        (StorageClass.REFRIGERATED, 60, None, 60),
        (StorageClass.ROOM, None, None, None),
    ],
)
def test_the_in_use_life_is_that_of_where_it_stands(
    stands_at: StorageClass | None, room: int | None, refrigerated: int | None, expected: int | None
) -> None:
    assert expiry.in_use_minutes(stands_at, room=room, refrigerated=refrigerated) == expected


@pytest.mark.parametrize(
    ("stands_at", "room", "refrigerated", "expected"),
    [
        (StorageClass.ROOM, 60, 600, True),
        (StorageClass.ROOM, 60, None, True),
        (StorageClass.ROOM, None, 600, False),
        (None, None, 600, False),
        (None, 60, 600, True),
        (StorageClass.REFRIGERATED, None, 600, True),
        (StorageClass.FROZEN, None, 600, True),
        (StorageClass.REFRIGERATED, 60, None, True),
        (StorageClass.ROOM, None, None, True),
    ],
)
def test_a_life_in_the_fridge_says_nothing_of_a_room(
    stands_at: StorageClass | None, room: int | None, refrigerated: int | None, expected: bool
) -> None:
    assert expiry.is_life_known(stands_at, room=room, refrigerated=refrigerated) is expected
