"""Is guessing limited, by person and by tablet, and does one person at a time sign on?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.models import OrganisationEntry, SignOn, SignOnAttempt
from stockroom.operations.sign_on import (
    AcceptProof,
    BadgeUnknown,
    NotAtThisBench,
    Proof,
    SignedOn,
    StartSignOn,
    TrySignOn,
    accept_proof,
    sign_on,
    try_sign_on,
)
from stockroom.rules.pins import WRONG_AT_TABLET, WRONG_BEFORE_LOCK, PinLocked, TabletLocked
from stockroom.vocabulary import SignOnWay
from tests.builders import NOW, House, key
from tests.tableting import CODES, give_badge, register


def _tried(house: House, tablet: str | None, person: str | None = None, *, minutes: int = 0) -> str:
    return try_sign_on(
        house.store,
        TrySignOn(person_uid=person, tablet_uid=tablet),
        actor=house.system,
        key=key("try"),
        now=NOW + timedelta(minutes=minutes),
    ).attempt_uid


def _signed_on(house: House, tablet: str, proof: Proof) -> SignedOn:
    command = StartSignOn(
        proof=proof, tablet_uid=tablet, token_hash=key("token"), device="Tablet 1", address="127.0.0.1"
    )
    return sign_on(house.store, command, actor=house.system, key=key("on"), now=NOW)


def _by_pin(house: House, tablet: str, person_uid: str) -> SignedOn:
    attempt = _tried(house, tablet, person_uid)
    return _signed_on(house, tablet, Proof(attempt_uid=attempt, way=SignOnWay.PIN, person_uid=person_uid))


def test_a_right_pin_clears_the_wrong_ones_before_it(store: Store) -> None:
    house = House(store)
    tablet = register(house.clinic, at=NOW)
    nurse = house.nurse.person_uid
    for _ in range(WRONG_BEFORE_LOCK - 1):
        _tried(house, tablet, nurse)

    _by_pin(house, tablet, nurse)

    for _ in range(WRONG_BEFORE_LOCK):
        _tried(house, tablet, nurse)
    with pytest.raises(PinLocked):
        _tried(house, tablet, nurse)
    assert _tried(house, tablet, nurse, minutes=5)


def test_a_person_is_locked_at_every_tablet_and_a_tablet_for_every_person(store: Store) -> None:
    house = House(store)
    one = register(house.clinic, at=NOW)
    other = register(house.clinic, name="Tablet 2", secret="t" * 43, at=NOW)
    nurse, practitioner = house.nurse.person_uid, house.practitioner.person_uid
    for _ in range(WRONG_BEFORE_LOCK):
        _tried(house, one, nurse)
    with pytest.raises(PinLocked):
        _tried(house, other, nurse)

    for _ in range(WRONG_AT_TABLET - WRONG_BEFORE_LOCK):
        _tried(house, one, house.manager.person_uid)
    with pytest.raises(TabletLocked):
        _tried(house, one, practitioner)
    assert _tried(house, other, practitioner) and _tried(house, one)  # a badge is not guessed


def test_whoever_signs_on_ends_the_sign_on_before_and_the_journal_says_both(store: Store) -> None:
    house = House(store)
    tablet = register(house.clinic, at=NOW)
    first = _by_pin(house, tablet, house.nurse.person_uid)

    second = _by_pin(house, tablet, house.practitioner.person_uid)

    with store.reading() as connection:
        payload = (
            connection.execute(
                select(OrganisationEntry.payload)
                .where(OrganisationEntry.kind == "sign_on.accept")
                .order_by(OrganisationEntry.seq.desc())
            )
            .scalars()
            .first()
        )
        ways = connection.execute(select(SignOn.way)).scalars().all()
    assert payload is not None and first.log_in_uid in payload and second.log_in_uid in payload
    assert list(ways) == ["pin", "pin"]


def test_a_badge_says_whose_it_is_and_an_unknown_one_leaves_its_try(store: Store) -> None:
    house = House(store)
    tablet = register(house.clinic, at=NOW)
    give_badge(house.clinic, house.nurse)
    known, unknown = (store.keyring.digest("badge", CODES[each].encode()) for each in "AB")

    def shown(hashed: str) -> Proof:
        return Proof(attempt_uid=_tried(house, tablet), way=SignOnWay.BADGE, badge_hash=hashed)

    assert _signed_on(house, tablet, shown(known)).person_uid == house.nurse.person_uid
    with pytest.raises(BadgeUnknown):
        _signed_on(house, tablet, shown(unknown))
    accepted = accept_proof(
        store, AcceptProof(proof=shown(known)), actor=house.system, key=key("proof"), now=NOW
    )
    assert accepted.person_uid == house.nurse.person_uid
    with store.reading() as connection:
        tries = connection.execute(select(SignOnAttempt.succeeded).order_by(SignOnAttempt.id)).scalars()
        assert list(tries) == [True, False, True]


def test_a_manager_does_not_sign_on(store: Store) -> None:
    house = House(store)
    tablet = register(house.clinic, at=NOW)
    with pytest.raises(NotAtThisBench):
        _by_pin(house, tablet, house.manager.person_uid)
