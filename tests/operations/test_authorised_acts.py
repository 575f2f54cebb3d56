"""Is acting outside an authorisation a caution that is told, a stop, or nothing, as the clinic says?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.models import Alert, JournalEntry, Usage
from stockroom.operations.authorise import Authorise, EndAuthorisation, authorise, end_authorisation
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.reads.settings import settings_with_version
from stockroom.rules.authorising import Held, OutsideAuthorisation, missing_scopes
from stockroom.vocabulary import ContainerType
from tests.builders import NOW, House, key
from tests.sessions import line, rows, session, used

TODAY = NOW.date()


@pytest.mark.parametrize(
    ("held", "scopes", "missing"),
    [
        ([], (), ("",)),
        ([], ("nappage",), ("nappage",)),
        ([("", None)], ("nappage", "mesogun"), ()),
        ([("nappage", None)], (), ()),
        ([("nappage", None)], ("nappage", "mesogun"), ("mesogun",)),
        ([("nappage", TODAY - timedelta(days=1))], ("nappage",), ("nappage",)),
    ],
)
def test_what_nothing_covers(
    held: list[tuple[str, date | None]], scopes: tuple[str, ...], missing: tuple[str, ...]
) -> None:
    rows = [Held(from_on=TODAY - timedelta(days=9), until_on=until, scope=scope) for scope, until in held]

    assert missing_scopes(rows, scopes, today=TODAY) == missing


def follows(house: House, word: str) -> None:
    with house.store.reading() as connection:
        _, version = settings_with_version(connection, house.clinic.id)
    settings = SetSettings(values={"outside_authorisation": word}, version=version)
    set_settings(house.store, settings, actor=house.manager, key=key(), now=NOW)


def give(house: House, technique: str) -> str:
    filler = house.product(f"Filler {key('p')}", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(filler, "F1")
    return used(
        house, session(house), line(lot, 5_000, technique=technique, practitioner_uid=house.nurse.person_uid)
    ).movement_uid


def test_outside_an_authorisation_is_a_caution_a_stop_or_nothing(store: Store) -> None:
    house = House(store)
    grant = Authorise(person_uid=house.nurse.person_uid, kind="inject", from_on=TODAY, scope="nappage")
    authorise(store, grant, actor=house.clinic.administrator, key=key(), now=NOW)

    give(house, "nappage")
    assert rows(store, Alert) == []
    give(house, "microneedling")
    (alert,) = rows(store, Alert)
    assert (alert.kind, alert.subject_uid) == ("outside_authorisation", house.nurse.person_uid)
    told = [row.payload for row in rows(store, JournalEntry, kind="use")]
    assert ["outside_authorisation" in str(each) for each in told] == [False, True]

    follows(house, "stop")
    with pytest.raises(OutsideAuthorisation):
        give(house, "microneedling")
    assert len(rows(store, Usage)) == 2
    follows(house, "nothing")
    give(house, "microneedling")


def test_an_authorisation_of_one_technique_ends_by_itself_and_says_what_it_can_be_of(store: Store) -> None:
    house = House(store)
    by = {"actor": house.clinic.administrator, "now": NOW}
    nurse = house.nurse.person_uid
    for scope in ("nappage", "mesogun"):
        grant = Authorise(person_uid=nurse, kind="inject", from_on=TODAY, scope=scope)
        authorise(store, grant, key=key(), **by)  # type: ignore[arg-type]
    end = EndAuthorisation(person_uid=nurse, kind="inject", until_on=TODAY, scope="nappage")
    end_authorisation(store, end, key=key(), **by)  # type: ignore[arg-type]

    for wrong in (
        Authorise(person_uid=nurse, kind="inject", from_on=TODAY, scope="levitation"),
        Authorise(person_uid=nurse, kind="receive", from_on=TODAY, scope="nappage"),
        Authorise(person_uid=nurse, kind="inject", from_on=TODAY, scope="mesogun"),
        Authorise(person_uid=nurse, kind="check", from_on=TODAY, training="x" * 301),
    ):
        with pytest.raises(InvalidValue):
            authorise(store, wrong, key=key(), **by)  # type: ignore[arg-type]
