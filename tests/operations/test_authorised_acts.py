"""Is acting outside an authorisation asked about before it is done, stopped, or let be, as the clinic says?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.verify import verify
from stockroom.models import Alert, CautionAnswer, JournalEntry, Usage
from stockroom.operations.authorise import Authorise, EndAuthorisation, authorise, end_authorisation
from stockroom.operations.bench_receive import BenchReceive, bench_receive
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.release_hold import ReleaseHold, ReleaseRecall, release_hold, release_recall
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.operations.sign_session import SignSession, sign_session
from stockroom.operations.use import Used
from stockroom.operations.use_device import UseDevice, use_device
from stockroom.reads.settings import settings_with_version
from stockroom.rules.authorising import AuthorisationAsked, Held, OutsideAuthorisation, missing_scopes
from stockroom.rules.overriding import Override, OverrideReasonMissing
from stockroom.vocabulary import (
    ContainerType,
    HoldReason,
    Role,
    Rule,
    SignatureMeaning,
    SignOnWay,
    Unauthorised,
)
from tests.builders import NOW, House, key, without_authorisations
from tests.cocktails import add, begin, colleague, finish
from tests.devices import device
from tests.recalls import recalled
from tests.receiving import gs1, scanned, take_in
from tests.sessions import line, opened, rows, session, used

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
    setting(house, outside_authorisation=word)


def setting(house: House, **values: object) -> None:
    with house.store.reading() as connection:
        _, version = settings_with_version(connection, house.clinic.id)
    command = SetSettings(values=values, version=version)
    set_settings(house.store, command, actor=house.manager, key=key(), now=NOW)


def grant(house: House, *kinds: str, scope: str = "", to: Actor | None = None) -> None:
    person = (to or house.clinic.auditor).person_uid
    for kind in kinds:
        command = Authorise(person_uid=person, kind=kind, from_on=TODAY, scope=scope)
        authorise(house.store, command, actor=house.clinic.administrator, key=key(), now=NOW)


def upon(*words: Unauthorised) -> Override:
    return Override(rules=frozenset(), outside=frozenset(words), reason="nobody else is here")


def give(house: House, visit: str, technique: str, override: Override | None = None) -> Used:
    filler = house.product(f"Filler {key('p')}", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(filler, "F1")
    given = line(lot, 5_000, technique=technique, practitioner_uid=house.nurse.person_uid)
    return used(house, visit, given, override=override)


def test_outside_an_authorisation_is_asked_about_stopped_or_nothing(store: Store) -> None:
    house = without_authorisations(store)
    grant(house, "inject", scope="nappage", to=house.nurse)
    visit = session(house)

    give(house, visit, "nappage")
    assert rows(store, Alert) == []
    with pytest.raises(AuthorisationAsked) as asked:
        give(house, visit, "microneedling")
    assert (asked.value.rules, len(rows(store, Usage))) == (("not_authorised_to_inject",), 1)
    assert (rows(store, Alert), rows(store, CautionAnswer)) == ([], [])

    give(house, visit, "microneedling", upon(Unauthorised.INJECT))
    (alert,) = rows(store, Alert)
    assert (alert.kind, alert.subject_uid) == ("outside_authorisation", house.nurse.person_uid)
    told = [row.payload for row in rows(store, JournalEntry, kind="use")]
    assert ["outside_authorisation" in str(each) for each in told] == [False, True]

    give(house, visit, "microneedling")
    (answer,) = rows(store, CautionAnswer)
    assert (answer.word, answer.reason) == ("not_authorised_to_inject", "nobody else is here")
    for other_visit, technique in ((visit, "spot-marks"), (session(house), "microneedling")):
        with pytest.raises(AuthorisationAsked):
            give(house, other_visit, technique)

    follows(house, "stop")
    with pytest.raises(OutsideAuthorisation):
        give(house, session(house), "microneedling", upon(Unauthorised.INJECT))
    follows(house, "nothing")
    give(house, session(house), "microneedling")


def _receive(house: House, override: Override | None) -> object:
    filler = house.product(key("Filler"))
    return take_in(house, scanned(house.clinic.fridge, gs1(filler.gtin, key("L"))), override=override)


def _bench_receive(house: House, override: Override | None) -> object:
    setting(house, bench_receipt_allowed=True)
    pack = scanned(house.clinic.fridge, gs1(house.product(key("Filler")).gtin, "L1"))
    command = BenchReceive(pack=pack, override=override)
    return bench_receive(house.store, command, actor=house.nurse, key=key(), now=NOW)


def _prepare(house: House, override: Override | None) -> object:
    return begin(house, None, session(house), reason="dry skin", override=override)


def _check(house: House, override: Override | None) -> object:
    vial = house.clinic.lot_on_shelf(house.product(key("Filler")), key("F"))
    draft = begin(house, None, session(house), reason="dry skin").preparation_uid
    add(house, draft, location_uid=opened(house, vial).container_uid, quantity=1_000)
    return finish(house, draft, checked_by_uid=colleague(house, Role.NURSE).person_uid, override=override)


def _sign(house: House, override: Override | None) -> object:
    visit = session(house)
    used(
        house, visit, line(house.clinic.lot_on_shelf(house.needle(key("Needle")), key("N"), presentations=9))
    )
    command = SignSession(
        session_uid=visit, meaning=SignatureMeaning.CHECKED, way=SignOnWay.PASSWORD, override=override
    )
    return sign_session(house.store, command, actor=house.practitioner, key=key(), now=NOW)


def _use_device(house: House, override: Override | None) -> object:
    command = UseDevice(
        session_uid=session(house), device_uid=device(house, serial=key("S")), override=override
    )
    return use_device(house.store, command, actor=house.nurse, key=key(), now=NOW)


def _release(house: House, override: Override | None) -> object:
    lot = house.clinic.lot_on_shelf(house.product(key("Filler")), key("A"))
    place = PlaceHold(reason=HoldReason.SUSPICION, note="cloudy", lot_uid=lot.uid)
    hold_uid = place_hold(house.store, place, actor=house.nurse, key=key(), now=NOW).hold_uid
    command = ReleaseHold(hold_uid=hold_uid, note="clear", override=override)
    return release_hold(house.store, command, actor=house.manager, key=key(), now=NOW)


def _override(house: House, override: Override | None) -> object:
    lot = house.clinic.lot_on_shelf(
        house.needle(key("Needle")), key("N"), presentations=9, expires_on=TODAY - timedelta(days=9)
    )
    said = replace(override or upon(), rules=frozenset({Rule.EXPIRED}))
    return used(house, session(house), line(lot), override=said, actor=house.practitioner)


@pytest.mark.parametrize(
    ("kind", "act"),
    [
        ("receive", _receive),
        ("receive", _bench_receive),
        ("compound", _prepare),
        ("check", _check),
        ("check", _sign),
        ("inject", _use_device),
        ("release_hold", _release),
        ("override", _override),
    ],
)
def test_each_act_is_asked_about_before_it_is_done(
    sqlite_store: Store, kind: str, act: Callable[[House, Override | None], object]
) -> None:
    house = without_authorisations(sqlite_store) if kind in ("inject", "compound") else House(sqlite_store)
    grant(house, kind)
    word = Unauthorised(f"not_authorised_to_{kind}")

    with pytest.raises(AuthorisationAsked) as asked:
        act(house, None)
    assert asked.value.rules == (word.value,)
    with pytest.raises(OverrideReasonMissing):
        act(house, replace(upon(word), reason=" "))
    act(house, upon(word))

    assert [row.word for row in rows(sqlite_store, CautionAnswer)] == [word.value]
    assert [row.kind for row in rows(sqlite_store, Alert, kind="outside_authorisation")] == [
        "outside_authorisation"
    ]


def test_what_came_before_it_is_written_down_is_not_asked_about_but_told(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    grant(house, "receive")
    filler = house.product(key("Filler"))

    take_in(house, scanned(house.clinic.fridge, gs1(filler.gtin, "L1")), late_reason="it came last night")

    assert len(rows(sqlite_store, Alert, kind="outside_authorisation")) == 1


def test_an_authorisation_of_one_technique_ends_by_itself_and_says_what_it_can_be_of(store: Store) -> None:
    house = without_authorisations(store)
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


def test_a_recall_that_ends_outside_an_authorisation_is_vouched_for_by_the_organisation(store: Store) -> None:
    house = House(store)
    grant(house, "release_hold")
    product = house.product("Filler")
    house.clinic.lot_on_shelf(product, "A1")
    (held,) = recalled(store, product.uid, "A1", actor=house.practitioner).hold_uids
    command = ReleaseRecall(hold_uid=held, note="a mistake", override=upon(Unauthorised.RELEASE_HOLD))

    release_recall(store, command, actor=house.manager, key=key(), now=NOW)

    assert len(rows(store, CautionAnswer)) == 1
    assert verify(store).findings == ()
