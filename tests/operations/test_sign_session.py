"""Does a signature say whose it is, what it means and when, under exactly what was booked?"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import JournalEntry, Signature
from stockroom.operations.sign_session import (
    NotAuthorisedToInject,
    NothingToSign,
    OwnUse,
    SessionSigned,
    SignedBefore,
    SignSession,
    sign_session,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import SignatureMeaning, SignOnWay
from tests.builders import NOW, House, key, without_authorisations
from tests.ledger.planting import unguarded
from tests.sessions import line, session, used

CHECKED, INJECTED = SignatureMeaning.CHECKED, SignatureMeaning.INJECTED


def _sign(
    house: House, visit: str, meaning: SignatureMeaning, actor: Actor, *, minutes: int = 5
) -> SessionSigned:
    command = SignSession(session_uid=visit, meaning=meaning, way=SignOnWay.BADGE)
    at = NOW + timedelta(minutes=minutes)
    return sign_session(house.store, command, actor=actor, key=key("sign"), now=at)


def _visit(house: House) -> tuple[str, Any]:
    needle = house.needle()
    lot = house.clinic.lot_on_shelf(needle, "N1", presentations=9)
    return session(house), lot


def test_a_signature_keeps_name_meaning_time_and_way_and_the_entry_names_it(store: Store) -> None:
    house = House(store)
    visit, lot = _visit(house)
    used(house, visit, line(lot, 1))

    done = _sign(house, visit, INJECTED, house.practitioner)

    with store.reading() as connection:
        row = connection.execute(select(Signature.__table__)).one()
        entry = connection.execute(select(JournalEntry).where(JournalEntry.seq == row.entry_seq)).first()
    assert (row.person_name, row.meaning, row.way) == ("Practitioner Vitosha", "injected", "badge")
    assert (row.signed_at, done.uses) == (done.signed_at, 1)
    assert entry is not None
    signed = json.loads(entry.payload)["signatures"]
    assert signed == [
        {"meaning": "injected", "person": house.practitioner.person_uid, "uid": row.uid, "way": "badge"}
    ]
    assert verify(store, anchors=False).findings == ()


def test_nobody_checks_what_he_or_she_booked(store: Store) -> None:
    house = House(store)
    visit, lot = _visit(house)
    used(house, visit, line(lot, 1))

    with pytest.raises(OwnUse):
        _sign(house, visit, CHECKED, house.nurse)
    assert _sign(house, visit, CHECKED, house.practitioner).uses == 1


def test_only_who_may_inject_signs_to_have_injected(store: Store) -> None:
    house = without_authorisations(store)
    visit, lot = _visit(house)
    used(house, visit, line(lot, 1))

    with pytest.raises(NotAuthorisedToInject):
        _sign(house, visit, INJECTED, house.nurse)
    with pytest.raises(ActionForbidden):
        _sign(house, visit, INJECTED, house.manager)


def test_it_is_signed_again_only_when_something_was_booked_since(store: Store) -> None:
    house = House(store)
    visit, lot = _visit(house)
    with pytest.raises(NothingToSign):
        _sign(house, visit, CHECKED, house.practitioner)
    used(house, visit, line(lot, 1))
    _sign(house, visit, CHECKED, house.practitioner)

    with pytest.raises(SignedBefore):
        _sign(house, visit, CHECKED, house.practitioner)
    used(house, visit, line(lot, 1))
    assert _sign(house, visit, CHECKED, house.practitioner).uses == 2


def test_a_signature_is_never_changed(store: Store) -> None:
    house = House(store)
    visit, lot = _visit(house)
    used(house, visit, line(lot, 1))
    _sign(house, visit, CHECKED, house.practitioner)

    for statement in ("UPDATE signature SET meaning = 'injected'", "DELETE FROM signature"):
        with pytest.raises(DatabaseError), store.engine.connect() as connection, connection.begin():
            connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("UPDATE signature SET meaning = 'checked'", "is not what its journal entry says"),
        ("DELETE FROM signature", "is gone, and its journal entry names it"),
        (
            "UPDATE signature SET uid = '019c1310e40073509a056b6ab9edacae'",
            "is gone, and its journal entry names it",
        ),
    ],
)
def test_verify_names_a_signature_that_was_tampered_with(store: Store, statement: str, says: str) -> None:
    house = House(store)
    visit, lot = _visit(house)
    used(house, visit, line(lot, 1))
    _sign(house, visit, INJECTED, house.practitioner)

    with unguarded(store) as connection:
        connection.exec_driver_sql(statement)

    (finding,) = verify(store, anchors=False).findings
    assert (finding.table, finding.what) == ("signature", says)
