"""Are a clinic's details put right, and what its books were kept in left alone?"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Row, select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError
from stockroom.models import Clinic
from stockroom.operations.change_clinic import (
    BooksBegun,
    ChangeClinic,
    ClinicChanged,
    ClinicSaved,
    change_clinic,
)
from stockroom.reads.clinics import ClinicNameTaken
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key


def row(house: House) -> Row[Any]:
    with house.store.reading() as connection:
        return connection.execute(select(Clinic.__table__).where(Clinic.id == house.clinic.id)).one()


def change(house: House, **facts: Any) -> ClinicSaved:
    is_now = row(house)
    names = ("version", "name", "time_zone", "country", "currency", "books_begin_on")
    values: dict[str, Any] = {name: getattr(is_now, name) for name in names} | facts
    actor = values.pop("actor", house.clinic.administrator)
    return change_clinic(house.store, ChangeClinic(**values), actor=actor, key=key("clinic"), now=NOW)


def test_a_clinic_gets_another_name_and_before_its_books_begin_everything_else(store: Store) -> None:
    house = House(store)

    saved = change(
        house,
        name="Vitosha Boulevard",
        time_zone="Europe/Bucharest",
        country="RO",
        currency="RON",
        books_begin_on=date(2026, 2, 1),
    )

    after = row(house)
    assert (after.name, after.time_zone, after.country, after.currency) == (
        "Vitosha Boulevard", "Europe/Bucharest", "RO", "RON",
    )  # fmt: skip
    assert after.version == saved.version


@pytest.mark.parametrize(
    "facts",
    [{"time_zone": "Asia/Tokyo"}, {"currency": "USD"}, {"books_begin_on": date(2025, 1, 1)}],
)
def test_what_the_books_were_kept_in_stays(sqlite_store: Store, facts: dict[str, Any]) -> None:
    house = House(sqlite_store)
    house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    before = row(house)

    with pytest.raises(BooksBegun):
        change(house, name="Else", **facts)

    assert row(house) == before
    change(house, name="Else", country="RO")
    assert row(house).name == "Else"


@pytest.mark.parametrize(
    ("facts", "error"),
    [
        ({"version": 9}, ClinicChanged),
        ({"name": " "}, InvalidValue),
        ({"time_zone": "Europe/Nowhere"}, InvalidValue),
        ({"country": "Bulgaria"}, InvalidValue),
        ({"currency": "eur"}, InvalidValue),
        ({"name": "Rila"}, ClinicNameTaken),
    ],
)
def test_what_cannot_be_changes_nothing(
    sqlite_store: Store, facts: dict[str, Any], error: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    house.another_clinic()
    before = row(house)

    with pytest.raises(error):
        change(house, **facts)

    assert row(house) == before


def test_only_who_looks_after_the_clinic_changes_it(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    for other in (house.nurse, house.practitioner, house.clinic.auditor):
        with pytest.raises(ActionForbidden):
            change(house, name="Else", actor=other)

    assert row(house).name == "Vitosha"
