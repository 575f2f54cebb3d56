"""Does an authorisation begin and end on its days, and count for the next act?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import Authorisation
from stockroom.operations.authorise import Authorise, EndAuthorisation, authorise, end_authorisation
from stockroom.rules.permissions import ActionForbidden
from tests.builders import NOW, House, key, without_authorisations

TODAY = NOW.date()


def begin(house: House, kind: str = "inject", **facts: Any) -> None:
    values: dict[str, Any] = {"person_uid": house.nurse.person_uid, "from_on": TODAY, **facts}
    actor = values.pop("actor", house.clinic.administrator)
    authorise(house.store, Authorise(kind=kind, **values), actor=actor, key=key(), now=NOW)


def end(house: House, until_on: date, kind: str = "inject", **facts: Any) -> None:
    command = EndAuthorisation(person_uid=house.nurse.person_uid, kind=kind, until_on=until_on)
    actor = facts.get("actor", house.clinic.administrator)
    end_authorisation(house.store, command, actor=actor, key=key(), now=NOW)


def held(store: Store) -> list[tuple[str, date, date | None]]:
    with store.reading() as connection:
        rows = connection.execute(
            select(Authorisation.kind, Authorisation.from_on, Authorisation.until_on).order_by(
                Authorisation.id
            )
        )
        return [(row.kind, row.from_on, row.until_on) for row in rows]


def test_an_authorisation_begins_ends_and_begins_again(store: Store) -> None:
    house = without_authorisations(store)
    begin(house)
    end(house, TODAY + timedelta(days=30))

    begin(house, from_on=TODAY + timedelta(days=31), until_on=TODAY + timedelta(days=60))

    assert held(store) == [
        ("inject", TODAY, TODAY + timedelta(days=30)),
        ("inject", TODAY + timedelta(days=31), TODAY + timedelta(days=60)),
    ]


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "operate"},
        {"from_on": TODAY, "until_on": TODAY - timedelta(days=1)},
        {"from_on": TODAY + timedelta(days=400)},
        {"from_on": TODAY - timedelta(days=10), "until_on": TODAY},
    ],
    ids=["unknown kind", "ends before it begins", "holds then", "holds on its last day"],
)
def test_what_cannot_be_is_not_written_down(sqlite_store: Store, facts: dict[str, Any]) -> None:
    house = without_authorisations(sqlite_store)
    begin(house)

    with pytest.raises(InvalidValue):
        begin(house, **facts)

    assert held(sqlite_store) == [("inject", TODAY, None)]


def test_it_ends_yesterday_at_the_earliest_and_only_where_it_holds(sqlite_store: Store) -> None:
    house = without_authorisations(sqlite_store)
    begin(house, from_on=TODAY - timedelta(days=30))

    with pytest.raises(InvalidValue):
        end(house, TODAY - timedelta(days=2))
    with pytest.raises(ThingNotFound):
        end(house, TODAY, kind="prescribe")
    end(house, TODAY - timedelta(days=1))
    with pytest.raises(ThingNotFound):
        end(house, TODAY)

    assert held(sqlite_store)[0][2] == TODAY - timedelta(days=1)


def test_only_an_administrator_authorises(sqlite_store: Store) -> None:
    house = without_authorisations(sqlite_store)

    for other in (house.manager, house.nurse, house.practitioner, house.clinic.auditor):
        with pytest.raises(ActionForbidden):
            begin(house, actor=other)
        with pytest.raises(ActionForbidden):
            end(house, TODAY, actor=other)

    assert ("inject", TODAY, None) not in held(sqlite_store)
