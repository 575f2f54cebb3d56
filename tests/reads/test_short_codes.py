"""Are many labels given codes at once, none of them taken and none twice?"""

from __future__ import annotations

from sqlalchemy import bindparam, select

from stockroom.db.store import Store
from stockroom.models import Location
from stockroom.reads.short_codes import free_short_codes, taken_codes
from tests.builders import House

_TAKEN = taken_codes(Location.short_code, Location.clinic_id == bindparam("clinic"))


def test_as_many_codes_as_asked_are_free_and_different(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    with sqlite_store.reading() as connection:
        codes = free_short_codes(connection, _TAKEN, 3_000, clinic=house.clinic.id)
        taken = set(connection.execute(select(Location.short_code)).scalars())

    assert len(set(codes)) == 3_000
    assert taken.isdisjoint(codes)
    assert {len(code) for code in codes} == {4}


def test_no_codes_are_asked_for_nobody(sqlite_store: Store) -> None:
    House(sqlite_store)
    with sqlite_store.reading() as connection:
        assert free_short_codes(connection, _TAKEN, 0, clinic=1) == ()


def test_once_short_ones_are_rare_longer_ones_are_given(sqlite_store: Store, monkeypatch: object) -> None:
    house = House(sqlite_store)
    drawn = iter(["AAAA"] * 40 + [f"B{n:03d}" for n in range(1_000)])
    monkeypatch.setattr("stockroom.reads.short_codes._random_code", lambda: next(drawn))  # type: ignore[attr-defined]
    with sqlite_store.reading() as connection:
        codes = free_short_codes(connection, _TAKEN, 20, clinic=house.clinic.id)

    assert len(set(codes)) == 20
    assert {len(code) for code in codes} == {4, 8}
