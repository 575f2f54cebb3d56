"""Is a reaction kept as it was known at each time, away from the journal, and forgotten with the patient?"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import JournalEntry, Reaction
from stockroom.operations.erase_patient import ErasePatient, RecordKept, erase_patient
from stockroom.operations.record_reaction import (
    AmendReaction,
    DidNotTakePlace,
    ReactionAmended,
    ReactionRecorded,
    RecordReaction,
    WhatIsKnown,
    amend_reaction,
    record_reaction,
)
from stockroom.queries.reactions import reactions_of_patient
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import OTHER_EFFECT, ReactionOutcome, ReactionSeverity, SessionState
from tests.builders import NOW, House, key
from tests.sessions import advance, patient, rows, session

KNOWN = WhatIsKnown(
    effect="redness",
    severity=ReactionSeverity.MILD,
    began_at=NOW,
    outcome=ReactionOutcome.ONGOING,
    note="left cheek",
)


def recorded(house: House, visit: str, known: WhatIsKnown = KNOWN, **more: object) -> ReactionRecorded:
    values = {"actor": house.nurse, "key": key("react"), "now": NOW + timedelta(hours=2), **more}
    return record_reaction(house.store, RecordReaction(session_uid=visit, known=known), **values)  # type: ignore[arg-type]


def amended(house: House, uid: str, known: WhatIsKnown, **more: bool) -> ReactionRecorded:
    command = AmendReaction(reaction_uid=uid, known=known, **more)
    return amend_reaction(
        house.store, command, actor=house.nurse, key=key("amend"), now=NOW + timedelta(hours=3)
    )


def test_what_is_known_later_stands_beside_what_was_known_before(store: Store) -> None:
    house = House(store)
    who = patient(house)
    visit = session(house, who)
    first = recorded(house, visit)
    later = replace(KNOWN, severity=ReactionSeverity.SEVERE, outcome=ReactionOutcome.RESOLVED, note="")
    second = amended(house, first.reaction_uid, later)

    with store.reading() as connection:
        (known,) = reactions_of_patient(connection, store.keyring, house.clinic.id, uid=who)

    assert (known.now.uid, known.now.severity, known.now.outcome) == (
        second.reaction_uid,
        "severe",
        "resolved",
    )
    assert [(row.uid, row.note) for row in known.before] == [(first.reaction_uid, "left cheek")]
    with pytest.raises(ReactionAmended):
        amended(house, first.reaction_uid, KNOWN)


def test_the_journal_names_it_by_uid_alone_and_the_note_is_sealed(store: Store) -> None:
    house = House(store)
    visit = session(house)

    done = recorded(house, visit, request := KNOWN, key="once")
    again = recorded(house, visit, request, key="once")

    assert done == again
    with store.reading() as connection:
        entry = connection.execute(select(JournalEntry.payload).where(JournalEntry.kind == "reaction.record"))
        told = str(entry.scalar_one())
    assert done.reaction_uid in told and "redness" not in told and "cheek" not in told
    (row,) = rows(store, Reaction)
    assert b"cheek" not in row.note


def test_a_forgotten_patient_takes_the_note_with_her_and_the_reaction_stays(store: Store) -> None:
    house = House(store)
    who = patient(house)
    recorded(house, session(house, who))

    erase = ErasePatient(patient_uid=who)
    with pytest.raises(RecordKept) as kept:
        erase_patient(store, erase, actor=house.manager, key=key(), now=NOW + timedelta(days=14 * 366))
    erase_patient(store, erase, actor=house.manager, key=key(), now=NOW + timedelta(days=16 * 366))

    assert kept.value.years == 15

    with store.reading() as connection:
        (known,) = reactions_of_patient(connection, store.keyring, house.clinic.id, uid=who)
    assert (known.now.effect_name, known.now.note) == ("Redness", "")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"effect": "second-sight"}, "effect"),
        ({"began_at": NOW + timedelta(days=2)}, "began_at"),
        ({"began_at": NOW - timedelta(days=2)}, "began_at"),
        ({"note": "x" * 2_001}, "note"),
    ],
)
def test_what_cannot_be_is_refused(store: Store, changed: dict[str, object], field: str) -> None:
    house = House(store)

    with pytest.raises(InvalidValue) as refused:
        recorded(house, session(house), replace(KNOWN, **changed))  # type: ignore[arg-type]

    assert refused.value.field == field
    assert rows(store, Reaction) == []


def test_what_no_text_lists_is_written_down_with_a_note_that_says_what_it_is(store: Store) -> None:
    house = House(store)
    who = patient(house)
    visit, fainted = session(house, who), replace(KNOWN, effect=OTHER_EFFECT, note="fainted")

    with pytest.raises(InvalidValue) as refused:
        recorded(house, visit, replace(fainted, note=" "))
    recorded(house, visit, fainted)

    assert refused.value.field == "note"
    with store.reading() as connection:
        (known,) = reactions_of_patient(connection, store.keyring, house.clinic.id, uid=who)
    assert (known.now.effect_name, known.now.note) == ("Another reaction", "fainted")


def test_only_who_looks_after_patients_writes_it_down_and_only_of_a_visit_that_was(store: Store) -> None:
    house = House(store)
    visit, cancelled = session(house), session(house)
    advance(house, cancelled, SessionState.CANCELLED)
    first = recorded(house, visit)

    with pytest.raises(ActionForbidden):
        recorded(house, visit, actor=house.manager)
    with pytest.raises(DidNotTakePlace):
        recorded(house, cancelled)
    with pytest.raises(ThingNotFound):
        recorded(house, visit, actor=house.another_clinic().nurse)
    with pytest.raises(InvalidValue):
        amended(house, first.reaction_uid, replace(KNOWN, note=""), is_withdrawn=True)
    with (
        pytest.raises(DBAPIError, match="append-only"),
        store.engine.connect().execution_options(write=True) as connection,
        connection.begin(),
    ):
        connection.execute(text("UPDATE reaction SET severity = 'severe'"))
