"""The allergy that is found out while her cocktail is mixed: nothing of it reaches her, and everybody is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.jobs.runner import run
from stockroom.ledger.verify import verify
from stockroom.operations.abandon_preparation import AbandonPreparation, DrawnOf, abandon_preparation
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.plan_session import NeedOf, PlanSession, ReplanSession, replan_session
from stockroom.queries.unsuitable import UnsuitableSession, unsuitable_to_come
from stockroom.reads.meant import PartKind
from stockroom.rules.overriding import Override, OverrideForbidden, PatientAllergic
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType, Fit, Rule, SessionState
from tests.builders import NOW, House, key
from tests.cocktails import add, begin, finish
from tests.jobs.shop import alert_rows, at, shop_of
from tests.patients import ask
from tests.sessions import advance, line, patient, refusals, session, used


def _listed(house: House) -> tuple[UnsuitableSession, ...]:
    with house.store.reading() as connection:
        return unsuitable_to_come(connection, house.clinic.id, now=NOW, zone="Europe/Sofia")


def test_an_allergy_found_out_while_the_cocktail_is_mixed(store: Store) -> None:
    house = House(store)
    numbing = house.product(
        "Numbing", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE, ingredients=("lidocaine",)
    )
    filler = house.product("Filler", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE)
    doses = house.clinic.lot_on_shelf(numbing, "L1", presentations=6)
    fillers = house.clinic.lot_on_shelf(filler, "F1", presentations=6)
    uid = patient(house)
    needs = (NeedOf(quantity=1000, product_uid=numbing.uid), NeedOf(quantity=1000, product_uid=filler.uid))
    today = session(house, uid, needs=needs)
    later = session(house, uid, needs=needs, planned_at=NOW + timedelta(days=21))
    keep = Allocate(session_uid=today, thing=ThingName(lot_uid=doses.uid), quantity=1000)
    allocate(store, keep, actor=house.nurse, key=key(), now=NOW)
    advance(house, today, SessionState.ARRIVED, SessionState.PREPARING)
    waiting = begin(house, None, today, reason="for the face").preparation_uid
    add(house, waiting, lot_uid=doses.uid, quantity=1000)
    made = finish(house, waiting)
    draft = begin(house, None, today, reason="for the neck", again_reason="another area").preparation_uid
    for lot in (fillers, doses):
        add(house, draft, lot_uid=lot.uid, quantity=1000)
    assert _listed(house) == ()

    # At the door she remembers that she does not bear what numbs her, whatever it is.
    ask(house, uid, classes=("anaesthetic",))

    listed = {each.uid: each for each in _listed(house)}
    assert {each.kind for each in listed[today].parts} == set(PartKind)
    assert [(each.kind, each.name, each.because) for each in listed[later].parts] == [
        (PartKind.NEED, "Numbing", ("Lidocaine",))
    ]
    assert {each.fit for each in listed.values()} == {Fit.STOP}
    told = {row.subject_uid for row in alert_rows(store, kind="unsuitable") if row.resolved_at is None}
    assert told == {today, later}

    # Nothing of it gets any further, also not on a nurse's word.
    override = Override(rules=frozenset({Rule.ALLERGY}), reason="it is only a little")
    with pytest.raises(PatientAllergic):
        finish(house, draft)
    with pytest.raises(OverrideForbidden):
        finish(house, draft, override=override)
    with pytest.raises(PatientAllergic):
        used(house, today, line(ThingName(lot_uid=made.lot_uid), 1000))
    assert [code for code in refusals(store) if "patient_allergic" in code]

    # What was drawn is thrown away, and both sessions are planned without it.
    gone = AbandonPreparation(
        preparation_uid=draft,
        drawn=(DrawnOf(n=1, quantity=1000), DrawnOf(n=2, quantity=1000)),
        reason="she does not bear it",
    )
    abandon_preparation(store, gone, actor=house.nurse, key=key(), now=NOW)
    advance(house, today, SessionState.CANCELLED)
    anew = PlanSession(patient_uid=uid, planned_at=NOW + timedelta(days=21), needs=needs[1:])
    replan_session(
        store, ReplanSession(session_uid=later, version=1, plan=anew), actor=house.nurse, key=key(), now=NOW
    )
    assert _listed(house) == ()
    run(at(shop_of(store), NOW + timedelta(minutes=15)), "unsuitable")
    assert all(row.resolved_at is not None for row in alert_rows(store, kind="unsuitable"))
    assert verify(store).ok
