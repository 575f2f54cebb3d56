"""Does a cocktail whose session was cancelled go to another session only where that harms nobody?"""

from __future__ import annotations

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, NeedsOverride, ThingNotFound
from stockroom.models import PreparationSession
from stockroom.operations.advance_session import AdvanceSession, advance_session
from stockroom.operations.reassign_preparation import (
    NothingToReassign,
    PreparationReassigned,
    ReassignPreparation,
    StillExpected,
    reassign_preparation,
)
from stockroom.operations.use import Use, use
from stockroom.operations.write_recipe import ComponentOf
from stockroom.reads.open_sessions import SessionOver
from stockroom.rules.compounding import NotForSeveralPatients
from stockroom.rules.overriding import (
    CautionAsked,
    ContraindicatedForPatient,
    KeptForOtherPatient,
    PatientAllergic,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import ThingName, UseLine
from stockroom.vocabulary import ContainerType, Effect, SessionState, SubjectKind
from tests.builders import NOW, House, key
from tests.cocktails import add, begin, finish, opened, patient_with_session, planned, recipe
from tests.operations.test_decide_suitability import decide
from tests.patients import ask, flag, register


class Made:
    """A cocktail of a shared multi-dose vial (or a single-dose ampoule) that was made for Ana."""

    def __init__(
        self,
        store: Store,
        *,
        container: ContainerType = ContainerType.MULTI_DOSE,
        technique: str = "",
    ) -> None:
        self.house = house = House(store)
        self.ana = register(house, "Ana A").patient_uid
        ask(house, self.ana)
        self.session_uid = planned(house.clinic, self.ana)
        filler = house.product("Filler", ingredients=("vitamin-c",), container_type=container)
        lot = house.clinic.lot_on_shelf(filler, "A1")
        part = ComponentOf(quantity=2000, product_uid=filler.uid)
        written = recipe(house, "Glow", part, output_quantity=2000, technique=technique)
        self.uid = begin(house, written.recipe_uid, self.session_uid).preparation_uid
        if container is ContainerType.MULTI_DOSE:
            add(house, self.uid, location_uid=opened(house.clinic, filler, lot).uid)
        else:
            add(house, self.uid, lot_uid=lot.uid)
        self.lot_uid = finish(house, self.uid).lot_uid

    def cancel(self) -> None:
        command = AdvanceSession(session_uid=self.session_uid, to=SessionState.CANCELLED)
        advance_session(self.house.store, command, actor=self.house.nurse, key=key(), now=NOW)

    def give_to(self, *session_uids: str, **more: object) -> PreparationReassigned:
        command = ReassignPreparation(preparation_uid=self.uid, session_uids=session_uids)
        said = {"actor": self.house.nurse, "key": key(), **more}
        return reassign_preparation(self.house.store, command, now=NOW, **said)  # type: ignore[arg-type]

    def use_in(self, session_uid: str) -> None:
        line = UseLine(
            thing=ThingName(lot_uid=self.lot_uid),
            quantity=1000,
            prescriber_uid=self.house.practitioner.person_uid,
        )
        command = Use(session_uid=session_uid, lines=(line,))
        use(self.house.store, command, actor=self.house.nurse, key=key(), now=NOW)


def test_what_several_may_share_goes_to_another_patient_and_is_the_first_ones_no_more(store: Store) -> None:
    made = Made(store)
    boris = patient_with_session(made.house, "Boris B")
    again = planned(made.house.clinic, made.ana)
    made.cancel()

    given = made.give_to(boris, key="give")

    assert made.give_to(boris, key="give") == given
    with pytest.raises(KeptForOtherPatient):
        made.use_in(again)
    made.use_in(boris)
    with store.reading() as connection:
        ended = connection.execute(select(PreparationSession.ended_at.is_not(None)))
        assert sorted(ended.scalars()) == [False, True]


def test_a_single_dose_goes_to_the_same_patient_and_to_nobody_else(sqlite_store: Store) -> None:
    made = Made(sqlite_store, container=ContainerType.SINGLE_DOSE)
    boris = patient_with_session(made.house, "Boris B")
    again = planned(made.house.clinic, made.ana)
    made.cancel()

    with pytest.raises(NotForSeveralPatients):
        made.give_to(boris)
    assert made.give_to(again).session_uids == (again,)
    made.use_in(again)


def test_whoever_does_not_bear_it_does_not_get_it(sqlite_store: Store) -> None:
    made = Made(sqlite_store)
    made.cancel()

    with pytest.raises(PatientAllergic):
        made.give_to(patient_with_session(made.house, "Boris B", "vitamin-c"))
    unasked = planned(made.house.clinic, register(made.house, "Clara C").patient_uid)
    with pytest.raises(NeedsOverride):
        made.give_to(unasked)


def test_whom_a_flag_asks_to_be_careful_with_gets_it_and_is_asked_about_when_it_is_used(
    sqlite_store: Store,
) -> None:
    made = Made(sqlite_store)
    made.cancel()
    flag(made.house, made.ana, "anticoagulants")
    again = planned(made.house.clinic, made.ana)

    assert made.give_to(again).session_uids == (again,)
    with pytest.raises(CautionAsked):
        made.use_in(again)


def test_whom_a_flag_forbids_the_technique_of_its_recipe_does_not_get_it(sqlite_store: Store) -> None:
    made = Made(sqlite_store, technique="nappage")
    against = {"flag": "anticoagulants", "subject_kind": SubjectKind.TECHNIQUE, "subject": "nappage"}
    decide(made.house, Effect.STOP, **against)
    made.cancel()
    flag(made.house, made.ana, "anticoagulants")

    with pytest.raises(ContraindicatedForPatient):
        made.give_to(planned(made.house.clinic, made.ana))


def test_what_is_still_expected_used_up_or_over_is_not_given_away(sqlite_store: Store) -> None:
    made = Made(sqlite_store)
    boris = patient_with_session(made.house, "Boris B")

    with pytest.raises(StillExpected):
        made.give_to(boris)
    with pytest.raises(InvalidValue):
        made.give_to()
    with pytest.raises(ActionForbidden):
        made.give_to(boris, actor=made.house.manager)
    with pytest.raises(SessionOver):
        made.give_to(planned(made.house.clinic, made.ana, state=SessionState.CANCELLED))
    made.use_in(made.session_uid)
    with pytest.raises(NothingToReassign):
        made.give_to(boris)


def test_another_clinics_cocktail_is_not_found(sqlite_store: Store) -> None:
    made = Made(sqlite_store)
    elsewhere = made.house.another_clinic()

    with pytest.raises(ThingNotFound):
        made.give_to(made.session_uid, actor=elsewhere.nurse)
