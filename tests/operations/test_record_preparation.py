"""Is a cocktail that was made and never booked written down as it was, whatever rule it broke?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.post import OccursInFuture
from stockroom.ledger.verify import verify
from stockroom.models import (
    Alert,
    Allocation,
    ClosedPeriod,
    Container,
    Deviation,
    Lot,
    Movement,
    Preparation,
    PreparationIngredient,
    RecipeVersion,
)
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.record_preparation import (
    PouredIn,
    PreparationRecorded,
    RecordPreparation,
    record_preparation,
)
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.queries.traces import back_from_patient, forward_from_lot
from stockroom.reads.missing_goods import NotInTheBooks
from stockroom.rules.compounding import OutputTooLarge
from stockroom.rules.overriding import LotRecalled, PastBeyondUse
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import OpenItFirst, ThingName, UseLine
from stockroom.vocabulary import ContainerType, HoldReason
from tests.builders import NOW, House, LotAt, Place, key
from tests.cocktails import lines_of, opened, stock
from tests.operations.test_add_ingredient import glow
from tests.sessions import finish as finish_session
from tests.sessions import hold, line, patient, rows, session, used

THEN = NOW - timedelta(hours=1)


class Bench:
    """An opened vial of 5 mL and single-dose ampoules of 2 mL, and a patient's session."""

    def __init__(
        self, store: Store, *, expires_on: date = date(2027, 1, 31), overfill: int = 0, **vial: Any
    ) -> None:
        self.store, self.house = store, House(store)
        clinic = self.house.clinic
        self.filler = self.house.product("Filler", ingredients=("vitamin-c",), overfill_max_quantity=overfill)
        self.ampoule = self.house.product(
            "Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE
        )
        self.filler_lot = clinic.lot_on_shelf(self.filler, "A1", presentations=2)
        self.ampoules = clinic.lot_on_shelf(self.ampoule, "B1", presentations=3, expires_on=expires_on)
        self.vial = opened(clinic, self.filler, self.filler_lot, opened_at=NOW - timedelta(hours=4), **vial)
        self.patient_uid = patient(self.house)
        self.session_uid = session(self.house, self.patient_uid)
        assert clinic.room.uid

    def record(self, *ingredients: PouredIn, **values: Any) -> PreparationRecorded:
        actor = values.pop("actor", None) or self.house.nurse
        request = values.pop("request", None) or key("record")
        command = RecordPreparation(
            ingredients=ingredients or (poured(self.vial, 2000), poured(self.ampoules, 1000)),
            **{
                "location_uid": self.house.clinic.room.uid,
                "occurred_at": THEN,
                "reason": "The network was down",
                "session_uids": (self.session_uid,),
                **values,
            },
        )
        return record_preparation(self.store, command, actor=actor, key=request, now=NOW)

    def drawn(self, made: PreparationRecorded) -> UseLine:
        prescriber = self.house.practitioner.person_uid
        return line(ThingName(lot_uid=made.lot_uid), 1000, prescriber_uid=prescriber)


def poured(thing: Place | LotAt, quantity: int) -> PouredIn:
    name = ThingName(lot_uid=thing.uid) if isinstance(thing, LotAt) else ThingName(location_uid=thing.uid)
    return PouredIn(thing=name, quantity=quantity)


def test_it_is_one_movement_and_a_lot_of_its_own_at_the_time_at_which_it_was_made(store: Store) -> None:
    bench = Bench(store)

    made = bench.record(request="same")

    assert bench.record(request="same") == made
    (lot,) = rows(store, Lot, uid=made.lot_uid)
    assert lines_of(store, made.movement_uid) == [
        (bench.filler_lot.id, "container", "compounding", 2000),
        (bench.ampoules.id, "fridge", "compounding", 1000),
        (bench.ampoules.id, "fridge", "disposal", 1000),
        (lot.id, "compounding", "room", 3000),
    ]
    (movement,) = rows(store, Movement, uid=made.movement_uid)
    assert (movement.kind, movement.occurred_at, movement.recorded_at, movement.is_late) == (
        "prepare",
        THEN,
        NOW,
        True,
    )
    (row,) = rows(store, Preparation)
    assert (row.state, row.started_at, row.ended_at, row.lot_id) == ("finished", THEN, THEN, lot.id)
    assert made.beyond_use_at == THEN + timedelta(hours=4)
    assert made.lot_number == f"20260302-{made.short_code}"
    assert [each.n for each in rows(store, PreparationIngredient)] == [1, 2]
    assert {each.state for each in rows(store, Allocation)} == {"used"}
    assert rows(store, Container)[0].punctures == 1
    assert (made.rules, made.deviations, rows(store, Alert)) == ((), (), [])
    assert verify(store).findings == ()


def test_a_vial_gives_its_usual_overfill_and_no_more_than_that(store: Store) -> None:
    bench = Bench(store, overfill=200)

    with pytest.raises(NotInTheBooks):
        bench.record(poured(bench.vial, 5_300))
    with pytest.raises(NotInTheBooks):
        bench.record(poured(bench.vial, 11_000), overfill_reason="Filled to the brim")
    made = bench.record(poured(bench.vial, 3_000), poured(bench.vial, 2_150))

    (lot,) = rows(store, Lot, uid=made.lot_uid)
    assert lines_of(store, made.movement_uid) == [
        (bench.filler_lot.id, "container", "compounding", 3000),
        (bench.filler_lot.id, "adjustment", "container", 150),
        (bench.filler_lot.id, "container", "compounding", 2150),
        (lot.id, "compounding", "room", 5150),
    ]
    assert bench.house.clinic.on_hand(bench.filler_lot, bench.vial) == 0
    assert verify(store).findings == ()


def test_with_a_reason_a_vial_gives_more_than_its_usual_overfill(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store, overfill=200)

    made = bench.record(poured(bench.vial, 5_300), overfill_reason="Filled to the brim")

    (movement,) = rows(sqlite_store, Movement, uid=made.movement_uid)
    assert movement.reason == "The network was down; Filled to the brim"
    assert (bench.filler_lot.id, "adjustment", "container", 300) in lines_of(sqlite_store, made.movement_uid)
    assert verify(sqlite_store).findings == ()


def test_leftovers_that_were_put_together_are_a_deviation(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    clinic, at = bench.house.clinic, NOW - timedelta(hours=4)
    other = opened(clinic, bench.filler, bench.filler_lot, opened_at=at)
    for vial in (bench.vial, other):
        used(bench.house, bench.session_uid, line(ThingName(location_uid=vial.uid), 4_500), now=THEN)

    made = bench.record(poured(bench.vial, 500), poured(other, 500))

    assert made.rules == ("leftovers_pooled",) and len(made.deviations) == 1


def test_what_is_not_mixed_and_was_is_a_deviation(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    facts: dict[str, Any] = {"content_quantity": 2000, "container_type": ContainerType.SINGLE_DOSE}
    enzyme = bench.house.product("Enzyme", ingredients=("hyaluronidase",), **facts)
    numbing = bench.house.product("Numbing", ingredients=("lidocaine", "sodium-metabisulfite"), **facts)
    lots = [bench.house.clinic.lot_on_shelf(each, "C1") for each in (enzyme, numbing)]

    made = bench.record(*(poured(each, 1000) for each in lots), occurred_at=NOW)

    assert {(each.rule, each.lot_id) for each in rows(sqlite_store, Deviation)} == {
        ("incompatible", each.id) for each in lots
    }
    assert made.rules == ("incompatible",)


def test_every_broken_rule_becomes_a_deviation_and_none_refuses(store: Store) -> None:
    bench = Bench(store, expires_on=date(2026, 3, 1), beyond_use_at=NOW - timedelta(hours=2))
    hold(bench.house, bench.filler_lot, HoldReason.RECALL)
    hold(bench.house, bench.ampoules, HoldReason.SUSPICION, placed_at=THEN)
    allergic = session(bench.house, patient(bench.house, "vitamin-c"))
    finish_session(bench.house, allergic)

    made = bench.record(session_uids=(allergic,))

    assert set(made.rules) == {"recalled", "held", "expired", "beyond_use", "allergy"}
    deviations = rows(store, Deviation)
    assert {each.uid for each in deviations} == set(made.deviations)
    assert {(each.was_asked, each.signed_at) for each in deviations} == {(False, None)}
    (alert,) = rows(store, Alert)
    assert (alert.kind, alert.subject_uid) == ("deviation_unsigned", made.movement_uid)
    assert "vitamin" not in alert.facts
    assert made.beyond_use_at == datetime(2026, 3, 1, 22, 0, tzinfo=UTC)  # midnight in Sofia
    assert verify(store).findings == ()


def test_a_single_dose_for_two_patients_and_a_closed_period_are_deviations_too(store: Store) -> None:
    bench = Bench(store)
    _close(bench.house)

    made = bench.record(session_uids=(bench.session_uid, session(bench.house)))

    assert set(made.rules) == {"other_patient", "period_closed"}
    assert {(each.rule, each.lot_id) for each in rows(store, Deviation)} == {
        ("other_patient", bench.ampoules.id),
        ("period_closed", bench.ampoules.id),
        ("period_closed", bench.filler_lot.id),
    }


def test_its_use_can_then_be_recorded_and_the_trace_finds_the_patient(store: Store) -> None:
    bench = Bench(store)
    house = bench.house
    made = bench.record()
    (mixed,) = rows(store, Lot, uid=made.lot_uid)

    line_of_it = line(ThingName(lot_uid=made.lot_uid), 3000)
    record_use(
        store,
        RecordUse(
            session_uid=bench.session_uid,
            lines=(line_of_it,),
            occurred_at=THEN + timedelta(minutes=10),
            reason="The network was down",
        ),
        actor=house.nurse,
        key=key("use"),
        now=NOW,
    )

    with store.reading() as connection:
        forward = forward_from_lot(connection, [house.clinic.id], lot_uid=bench.filler_lot.uid)
        back = back_from_patient(connection, [house.clinic.id], patient_uid=bench.patient_uid)
    assert [(each.patient_uid, each.quantity) for each in forward.uses] == [(bench.patient_uid, 3000)]
    assert forward.is_complete
    assert {each.lot.number for each in back.lots} == {"A1", "B1", mixed.number}
    assert verify(store).findings == ()


def test_it_may_still_be_used_while_its_time_lasts_and_not_longer(store: Store) -> None:
    bench = Bench(store)
    made = bench.record()
    old = bench.record(occurred_at=NOW - timedelta(hours=4), reason="later")

    used(bench.house, bench.session_uid, bench.drawn(made))
    with pytest.raises(PastBeyondUse):
        used(bench.house, bench.session_uid, bench.drawn(old))


def test_what_was_made_of_a_recalled_lot_is_recalled(store: Store) -> None:
    bench = Bench(store)
    hold(bench.house, bench.filler_lot, HoldReason.RECALL)
    made = bench.record()

    with pytest.raises(LotRecalled):
        used(bench.house, bench.session_uid, bench.drawn(made))


def test_promises_for_which_nothing_is_left_are_lost(store: Store) -> None:
    bench = Bench(store)
    command = Allocate(
        session_uid=bench.session_uid, thing=ThingName(location_uid=bench.vial.uid), quantity=4000
    )
    kept = allocate(store, command, actor=bench.house.nurse, key=key("keep"), now=NOW).kept[0]

    made = bench.record()

    assert made.lost_allocation_uids == (kept.allocation_uid,)
    states = {each.uid: (each.state, each.quantity) for each in rows(store, Allocation)}
    assert states[kept.allocation_uid][0] == "lost"
    assert ("active", 3000) in states.values()
    assert "allocation_lost" in {each.kind for each in rows(store, Alert)}
    assert verify(store).findings == ()


def test_by_a_recipe_it_says_which_component_each_served_and_what_it_did_not_ask_for(store: Store) -> None:
    bench = Bench(store)
    glow(bench.house, (bench.filler.uid, 2000))
    (version,) = rows(store, RecipeVersion)

    made = bench.record(recipe_version_uid=version.uid)

    assert [each.component_n for each in rows(store, PreparationIngredient)] == [1, None]
    (row,) = rows(store, Preparation)
    assert row.recipe_version_id == version.id
    assert made.output_quantity == 3000


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"reason": " "}, InvalidValue),
        ({"occurred_at": NOW + timedelta(minutes=1)}, OccursInFuture),
        ({"output_quantity": 4000}, OutputTooLarge),
        ({"output_quantity": 0}, InvalidValue),
        ({"dose_count": 0}, InvalidValue),
        ({"session_uids": ("01a20116-1800-752d-9691-926cd9ec78cb",)}, ThingNotFound),
        ({"recipe_version_uid": "01a20116-1800-752d-9691-926cd9ec78cb"}, ThingNotFound),
    ],
)
def test_what_cannot_have_been_changes_nothing(
    sqlite_store: Store, said: dict[str, Any], error: type[Exception]
) -> None:
    bench = Bench(sqlite_store)
    before = stock(sqlite_store)

    with pytest.raises(error):
        bench.record(**said)

    assert stock(sqlite_store) == before


def test_more_than_the_books_have_says_what_to_record_first(store: Store) -> None:
    bench = Bench(store)
    before = stock(store)

    with pytest.raises(NotInTheBooks) as refused:
        bench.record(poured(bench.vial, 3000), poured(bench.vial, 3000))

    assert (refused.value.lot_number, refused.value.on_hand) == ("A1", 5000)
    assert stock(store) == before


def test_a_sealed_vial_is_opened_first_and_nothing_is_picked(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    sealed = bench.house.clinic.lot_on_shelf(bench.filler, "A2")

    with pytest.raises(OpenItFirst):
        bench.record(poured(sealed, 1000))
    with pytest.raises(InvalidValue):
        bench.record(PouredIn(thing=ThingName(product_uid=bench.filler.uid), quantity=1000))


def test_another_clinics_things_are_not_found_and_an_auditor_records_nothing(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    there = bench.house.another_clinic()
    theirs = there.lot_on_shelf(bench.ampoule, "Z1")

    with pytest.raises(ThingNotFound):
        bench.record(poured(theirs, 1000))
    with pytest.raises(ActionForbidden):
        bench.record(actor=bench.house.clinic.auditor)


def _close(house: House) -> None:
    def body(work: Work) -> None:
        work.connection.execute(
            insert(ClosedPeriod).values(
                uid=new_uid(work.now),
                clinic_id=house.clinic.id,
                through_at=THEN,
                through_seq=1,
                balances_digest="0" * 64,
                closed_by_id=work.actor.person_id,
                closed_at=work.now,
            )
        )

    house.clinic.act("test.close", body)
