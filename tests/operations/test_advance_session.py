"""Does a visit go only where it may, and is what was kept for it given back when it is over?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.verify import verify
from stockroom.models import Allocation, Balance, TreatmentSession
from stockroom.operations.advance_session import (
    TRANSITIONS,
    AdvanceSession,
    NothingFollows,
    SessionHasUses,
    StepNotAllowed,
    advance_session,
)
from stockroom.operations.allocate import Allocate, allocate
from stockroom.queries.signatures import signatures_of_session
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import ThingName
from stockroom.vocabulary import SessionState, SignOnWay
from tests.builders import NOW, House, key
from tests.sessions import advance, finish, line, rows, session, used

S = SessionState
WAYS: dict[SessionState, tuple[SessionState, ...]] = {
    S.PLANNED: (),
    S.ARRIVED: (S.ARRIVED,),
    S.PREPARING: (S.PREPARING,),
    S.IN_TREATMENT: (S.ARRIVED, S.IN_TREATMENT),
    S.FINISHED: (S.ARRIVED, S.IN_TREATMENT, S.FINISHED),
    S.SIGNED: (S.ARRIVED, S.IN_TREATMENT, S.FINISHED, S.SIGNED),
    S.CANCELLED: (S.CANCELLED,),
    S.DID_NOT_COME: (S.DID_NOT_COME,),
}
"""How a session gets into each state."""


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def state_of(house: House, session_uid: str) -> str:
    return str(rows(house.store, TreatmentSession, uid=session_uid)[0].state)


@pytest.mark.parametrize("state", list(SessionState), ids=[state.value for state in SessionState])
def test_only_the_steps_of_the_table_are_taken(small: House, state: SessionState) -> None:
    for following in set(SessionState) - {S.PLANNED}:
        visit = session(small)
        advance(small, visit, *WAYS[state])
        if following in TRANSITIONS[state]:
            advance(small, visit, following)
            assert state_of(small, visit) == following
        else:
            with pytest.raises(StepNotAllowed) as refused:
                advance(small, visit, following)
            assert set(refused.value.allowed) == TRANSITIONS[state]
            assert state_of(small, visit) == state


@pytest.mark.parametrize("last", [S.SIGNED, S.CANCELLED, S.DID_NOT_COME], ids=["signed", "cancelled", "away"])
def test_of_a_session_that_goes_no_further_no_next_step_is_told(small: House, last: SessionState) -> None:
    visit = session(small)
    advance(small, visit, *WAYS[last])

    with pytest.raises(NothingFollows) as refused:
        advance(small, visit, S.ARRIVED)

    assert str(refused.value).startswith(
        f"This session is {last.value.replace('_', ' ')}, and goes no further."
    )


@pytest.mark.parametrize("last", [S.FINISHED, S.CANCELLED])
def test_what_was_kept_is_given_back_when_it_is_over(house: House, last: SessionState) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    visit = session(house)
    keep = Allocate(session_uid=visit, thing=ThingName(lot_uid=needles.uid), quantity=3)
    allocate(house.store, keep, actor=house.nurse, key=key("keep"), now=NOW)

    advance(house, visit, S.ARRIVED, S.IN_TREATMENT, last)

    kept = rows(house.store, Allocation)[0]
    assert (kept.state, kept.used_quantity) == ("released", 0)
    assert [(each.quantity, each.allocated) for each in rows(house.store, Balance)] == [(5, 0)]
    finished_at = rows(house.store, TreatmentSession)[0].finished_at
    assert finished_at == (NOW if last is S.FINISHED else None)


def test_a_session_in_which_something_was_used_is_not_cancelled(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    visit = session(house)
    used(house, visit, line(needles))

    with pytest.raises(SessionHasUses):
        advance(house, visit, S.CANCELLED)

    assert state_of(house, visit) == S.PLANNED


def test_only_a_practitioner_signs(house: House) -> None:
    visit = session(house)
    finish(house, visit)
    sign = AdvanceSession(session_uid=visit, to=S.SIGNED, way=SignOnWay.PIN)

    with pytest.raises(ActionForbidden):
        advance_session(house.store, sign, actor=house.nurse, key="sign-1", now=NOW)
    signed = advance_session(house.store, sign, actor=house.practitioner, key="sign-1", now=NOW)

    assert signed.state is S.SIGNED
    assert advance_session(house.store, sign, actor=house.practitioner, key="sign-1", now=NOW) == signed
    with house.store.reading() as connection:
        (signature,) = signatures_of_session(connection, house.clinic.id, visit)
    assert (signature.person_name, signature.meaning, signature.way) == (
        "Practitioner Vitosha",
        "signed_off",
        "pin",
    )
    assert verify(house.store, anchors=False).findings == ()


def test_another_clinics_session_is_not_found_and_nothing_becomes_planned(house: House) -> None:
    visit = session(house, clinic=house.another_clinic())

    with pytest.raises(ThingNotFound):
        advance(house, visit, S.ARRIVED)
    with pytest.raises(InvalidValue):
        advance(house, visit, S.PLANNED)
