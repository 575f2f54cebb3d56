"""Is a cocktail one movement of everything in it, with a limit no later than any of it, judged when it is made?"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Connection, select

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger import allocations
from stockroom.ledger.acts import KeyReused
from stockroom.ledger.allocations import AllocationEnded
from stockroom.ledger.verify import verify
from stockroom.models import (
    Allocation,
    Container,
    Deviation,
    Lot,
    Movement,
    Preparation,
    PreparationIngredient,
)
from stockroom.operations.add_ingredient import RemoveIngredient, remove_ingredient
from stockroom.operations.finish_preparation import CheckerMayNot, NothingInIt, TookTooLong
from stockroom.operations.move_goods import PlaceContainer, place_container
from stockroom.operations.write_recipe import ComponentOf
from stockroom.queries.preparation_bench import on_bench
from stockroom.reads.finding import one_by_uid
from stockroom.reads.preparations import PreparationOver, open_preparation
from stockroom.reads.things import Asker, Where, things
from stockroom.rules.compounding import IngredientMissing, LossNeedsReason, OutputTooLarge
from stockroom.rules.overriding import (
    KeptForOtherPatient,
    LotExpired,
    LotOnHold,
    LotRecalled,
    Override,
    PastBeyondUse,
    PatientAllergic,
    PuncturesSpent,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import BaseUnit, ContainerType, Role, Rule
from tests.builders import NOW, House, key
from tests.cocktails import (
    add,
    balances,
    begin,
    finish,
    lines_of,
    opened,
    patient_with_session,
    planned,
    recipe,
    stock,
)
from tests.operations.test_add_ingredient import glow, held
from tests.patients import ask, register


class Bench:
    """A draft for one patient with 2 mL of an opened vial and 1 mL of a sealed ampoule in it."""

    def __init__(self, store: Store, *, vial_ends: datetime = NOW + timedelta(hours=23)) -> None:
        self.house = house = House(store)
        self.filler = house.product("Filler", ingredients=("vitamin-c",))
        self.ampoule = house.product(
            "Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE
        )
        self.filler_lot = house.clinic.lot_on_shelf(self.filler, "A1")
        self.ampoule_lot = house.clinic.lot_on_shelf(self.ampoule, "B1", expires_on=date(2026, 3, 2))
        self.vial = opened(house.clinic, self.filler, self.filler_lot, beyond_use_at=vial_ends)
        self.recipe_uid = glow(house, (self.filler.uid, 2000), (self.ampoule.uid, 1000))
        self.patient_uid = register(house, "Ana A").patient_uid
        ask(house, self.patient_uid)
        self.session_uid = planned(house.clinic, self.patient_uid)
        self.draft = begin(house, self.recipe_uid, self.session_uid).preparation_uid
        add(house, self.draft, location_uid=self.vial.uid)
        add(house, self.draft, lot_uid=self.ampoule_lot.uid)
        assert house.clinic.room


def _only(connection: Connection, lot_uid: str) -> Where:
    return Where(lot_ids=[one_by_uid(connection, Lot, lot_uid, thing="lot").id])


def test_a_cocktail_is_one_movement_and_a_lot_of_its_own(store: Store) -> None:
    bench = Bench(store)
    later = NOW + timedelta(minutes=5)

    made = finish(bench.house, bench.draft, now=later, with_key="finish")

    assert finish(bench.house, bench.draft, now=later, with_key="finish") == made
    with store.reading() as connection:
        lot = connection.execute(select(Lot.__table__).where(Lot.uid == made.lot_uid)).one()
        row = connection.execute(select(Preparation.__table__)).one()
        states = set(connection.execute(select(Allocation.state)).scalars())
        movement = connection.execute(select(Movement.__table__).where(Movement.kind == "prepare")).one()
    filler, ampoule, mixed = bench.filler_lot.id, bench.ampoule_lot.id, lot.id
    assert lines_of(store, made.movement_uid) == [
        (filler, "container", "compounding", 2000),
        (ampoule, "fridge", "compounding", 1000),
        (ampoule, "fridge", "disposal", 1000),
        (mixed, "compounding", "room", 3000),
    ]
    assert balances(store) == {
        (filler, bench.filler_lot.location_id): (0, 0),
        (filler, bench.vial.id): (3000, 0),
        (ampoule, bench.ampoule_lot.location_id): (0, 0),
        (mixed, bench.house.clinic.room.id): (3000, 0),
    }
    assert (lot.kind, lot.product_id, lot.number) == ("prepared", row.product_id, made.lot_number)
    assert lot.number == f"20260302-{row.short_code}"
    assert (row.state, row.lot_id, row.loss_quantity) == ("finished", mixed, 0)
    assert (movement.document_kind, movement.document_uid) == ("preparation", bench.draft)
    assert states == {"used"}
    assert verify(store).findings == ()


def test_its_limit_is_its_recipes_when_that_is_the_earliest(store: Store) -> None:
    bench = Bench(store)

    made = finish(bench.house, bench.draft, now=NOW + timedelta(minutes=5))

    assert made.beyond_use_at == NOW + timedelta(minutes=240)


def test_its_limit_is_that_of_the_vial_that_ends_first(store: Store) -> None:
    bench = Bench(store, vial_ends=NOW + timedelta(minutes=30))

    assert finish(bench.house, bench.draft).beyond_use_at == NOW + timedelta(minutes=30)


def test_its_limit_is_the_end_of_the_printed_day(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    late = begin(bench.house, None, bench.session_uid, reason="late", now=NOW + timedelta(hours=12))
    spare = bench.house.clinic.lot_on_shelf(bench.ampoule, "B2", expires_on=date(2026, 3, 2))
    add(bench.house, late.preparation_uid, lot_uid=spare.uid, quantity=2000, now=NOW + timedelta(hours=12))

    made = finish(bench.house, late.preparation_uid, now=NOW + timedelta(hours=12))

    assert made.beyond_use_at == datetime(2026, 3, 2, 22, 0, tzinfo=UTC)  # midnight in Sofia


def test_it_is_kept_for_its_patient_and_holds_what_its_parents_hold(store: Store) -> None:
    bench = Bench(store)
    made = finish(bench.house, bench.draft)

    with store.reading() as connection:
        (thing,) = things(
            connection,
            bench.house.clinic.id,
            _only(connection, made.lot_uid),
        )
        (filler,) = things(
            connection,
            bench.house.clinic.id,
            _only(connection, bench.filler_lot.uid),
            asker=Asker(),
        )
    assert thing.ingredient_ids == filler.ingredient_ids != frozenset()
    assert thing.dedicated_patient_id is not None
    other = begin(bench.house, None, patient_with_session(bench.house, "Ana B"), reason="again")
    with pytest.raises(KeptForOtherPatient):
        add(bench.house, other.preparation_uid, lot_uid=made.lot_uid, quantity=500)


@pytest.mark.parametrize(("reason", "error"), [("recall", LotRecalled), ("suspicion", LotOnHold)])
def test_a_hold_placed_after_adding_stops_it(store: Store, reason: str, error: type[Exception]) -> None:
    bench = Bench(store)
    held(bench.house, bench.filler_lot, reason)
    before = stock(store)

    with pytest.raises(error):
        finish(bench.house, bench.draft)

    assert stock(store) == before


def test_a_vial_whose_time_ends_between_adding_and_finishing_stops_it(store: Store) -> None:
    bench = Bench(store, vial_ends=NOW + timedelta(minutes=10))
    before = stock(store)

    with pytest.raises(PastBeyondUse):
        finish(bench.house, bench.draft, now=NOW + timedelta(minutes=10))

    assert stock(store) == before


def test_a_vial_whose_time_has_not_ended_when_it_is_finished_stops_nothing(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store, vial_ends=NOW + timedelta(minutes=10))

    assert finish(bench.house, bench.draft, now=NOW + timedelta(minutes=8)).output_quantity == 3000


def test_an_expiry_that_passes_at_midnight_stops_it(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    long = recipe(
        bench.house,
        "Slow",
        ComponentOf(quantity=1000, product_uid=bench.ampoule.uid),
        output_quantity=1000,
        beyond_use_minutes=2000,
    )
    spare = bench.house.clinic.lot_on_shelf(bench.ampoule, "B2", presentations=2, expires_on=date(2026, 3, 2))
    evening = datetime(2026, 3, 2, 20, 30, tzinfo=UTC)
    quick, slow = (
        begin(bench.house, long.recipe_uid, bench.session_uid, now=evening, again_reason="two of them")
        for _ in range(2)
    )
    for draft in (quick, slow):
        add(bench.house, draft.preparation_uid, lot_uid=spare.uid, now=evening)

    assert (
        finish(
            bench.house, quick.preparation_uid, now=datetime(2026, 3, 2, 21, 58, tzinfo=UTC)
        ).output_quantity
        == 1000
    )
    with pytest.raises(LotExpired):
        finish(bench.house, slow.preparation_uid, now=datetime(2026, 3, 2, 22, 0, tzinfo=UTC))


def test_an_allergy_that_is_told_after_adding_stops_it(store: Store) -> None:
    bench = Bench(store)
    ask(bench.house, bench.patient_uid, "vitamin-c")
    before = stock(store)

    with pytest.raises(PatientAllergic):
        finish(bench.house, bench.draft)

    assert stock(store) == before


def test_a_cocktail_that_took_longer_than_it_may_live_is_not_finished(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    before = stock(sqlite_store)

    with pytest.raises(TookTooLong):
        finish(bench.house, bench.draft, now=NOW + timedelta(minutes=240))

    assert stock(sqlite_store) == before


def test_a_loss_beyond_the_usual_asks_a_reason_and_is_written_down(store: Store) -> None:
    bench = Bench(store)
    before = stock(store)

    with pytest.raises(LossNeedsReason):
        finish(bench.house, bench.draft, output_quantity=2500)
    assert stock(store) == before
    made = finish(bench.house, bench.draft, output_quantity=2500, loss_reason="a syringe fell")

    assert (made.output_quantity, made.loss_quantity) == (2500, 500)
    with store.reading() as connection:
        assert connection.execute(select(Preparation.loss_quantity)).scalar_one() == 500


def test_a_recipe_says_what_may_stay_in_syringes_a_dose(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    opened(house.clinic, filler, lot)
    part = ComponentOf(quantity=1000, product_uid=filler.uid)
    written = recipe(house, "Glow", part, output_quantity=1000, loss_max_quantity=50)
    draft = begin(house, written.recipe_uid, patient_with_session(house, "Ana A"), dose_count=2)
    add(house, draft.preparation_uid, lot_uid=lot.uid)

    with pytest.raises(LossNeedsReason):
        finish(house, draft.preparation_uid, output_quantity=1899)
    assert finish(house, draft.preparation_uid, output_quantity=1900).loss_quantity == 100


def test_more_than_went_in_does_not_come_out(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    before = stock(sqlite_store)

    with pytest.raises(OutputTooLarge):
        finish(bench.house, bench.draft, output_quantity=3121)

    assert stock(sqlite_store) == before


def test_only_the_diluent_of_a_powder_counts_as_volume(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    single = ContainerType.SINGLE_DOSE
    powder = house.product(
        "Powder", content_quantity=100_000, base_unit=BaseUnit.MICROGRAM, container_type=single
    )
    water = house.product("Water", content_quantity=5000, container_type=single)
    lots = [house.clinic.lot_on_shelf(each, "A1") for each in (powder, water)]
    written = recipe(
        house,
        "Dissolved",
        ComponentOf(quantity=100_000, product_uid=powder.uid),
        ComponentOf(quantity=5000, product_uid=water.uid),
        output_quantity=5000,
    )
    draft = begin(house, written.recipe_uid, patient_with_session(house, "Ana A")).preparation_uid
    for lot in lots:
        add(house, draft, lot_uid=lot.uid)

    made = finish(house, draft)

    assert (made.output_quantity, made.loss_quantity) == (5000, 0)


def test_two_patients_share_a_multi_dose_vial_and_the_cocktail_is_for_both(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    vial = opened(house.clinic, filler, lot)
    sessions = [patient_with_session(house, name) for name in ("Ana A", "Ana B")]
    draft = begin(house, glow(house, (filler.uid, 1000)), *sessions, dose_count=2).preparation_uid
    add(house, draft, lot_uid=lot.uid)
    made = finish(house, draft)

    again = begin(house, None, *sessions, reason="topped up").preparation_uid
    added = add(house, again, lot_uid=made.lot_uid, quantity=500)

    assert added.quantity == 500
    with sqlite_store.reading() as connection:
        container = connection.execute(
            select(Container.patient_id, Container.punctures).where(Container.location_id == vial.id)
        ).one()
    assert tuple(container) == (None, 1)


def test_an_opened_single_dose_vial_is_from_then_on_this_patients(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    ampoule = house.product("Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(ampoule, "A1")
    opened(house.clinic, ampoule, lot)
    recipe_uid = glow(house, (ampoule.uid, 500))
    first, second = (
        begin(house, recipe_uid, patient_with_session(house, name)).preparation_uid
        for name in ("Ana A", "Ana B")
    )
    add(house, first, lot_uid=lot.uid)
    with house.store.reading() as connection:
        assert on_bench(connection, house.clinic.id, second, now=NOW).advice == {}

    for _ in range(2):  # while the first one is made, and after
        with pytest.raises(KeptForOtherPatient):
            add(house, second, lot_uid=lot.uid)
        finish(house, first, with_key="finish")


def test_a_vial_that_comes_into_a_room_while_two_draw_from_it_is_whose_cocktail_is_made_first(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    vial = opened(house.clinic, filler, house.clinic.lot_on_shelf(filler, "A1"))
    recipe_uid = glow(house, (filler.uid, 500))
    first, second = (
        begin(house, recipe_uid, patient_with_session(house, name)).preparation_uid
        for name in ("Ana A", "Ana B")
    )
    for draft in (first, second):
        add(house, draft, location_uid=vial.uid)
    brought = PlaceContainer(container_uid=vial.uid, to_uid=house.clinic.room.uid)
    place_container(house.store, brought, actor=house.nurse, key="brought", now=NOW)
    finish(house, first)

    with pytest.raises(KeptForOtherPatient):
        finish(house, second)


def test_what_was_overridden_when_added_is_signed_after_and_need_not_be_said_twice(store: Store) -> None:
    house = House(store)
    old = house.product("Old", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(old, "A1", expires_on=date(2026, 3, 1))
    draft = begin(house, None, patient_with_session(house, "Ana A"), reason="nothing else").preparation_uid
    override = Override(rules=frozenset({Rule.EXPIRED}), reason="nothing else in town")
    add(house, draft, lot_uid=lot.uid, quantity=2000, override=override, actor=house.practitioner)

    made = finish(house, draft)

    assert made.beyond_use_at == datetime(2026, 3, 1, 22, 0, tzinfo=UTC)
    with store.reading() as connection:
        deviation = connection.execute(select(Deviation.__table__)).one()
    assert (deviation.rule, deviation.lot_id, deviation.was_asked) == ("expired", lot.id, True)
    assert deviation.reason == "nothing else in town"


def test_what_is_known_only_since_it_was_overridden_is_asked_about(store: Store) -> None:
    """Another allergy to what is in it, or another reason to hold it: the first word was not about these."""
    house = House(store)
    both = house.product("Both", ingredients=("vitamin-c", "lidocaine"))
    lot = house.clinic.lot_on_shelf(both, "A1")
    vial = opened(house.clinic, both, lot)
    ana = register(house, "Ana A").patient_uid
    ask(house, ana, "vitamin-c")
    held(house, lot, "temperature")
    draft = begin(house, None, planned(house.clinic, ana), reason="nothing else").preparation_uid
    override = Override(rules=frozenset({Rule.ALLERGY, Rule.HELD}), reason="she bears it")
    add(house, draft, location_uid=vial.uid, quantity=500, override=override, actor=house.practitioner)

    ask(house, ana, "vitamin-c", "lidocaine")
    with pytest.raises(PatientAllergic):
        finish(house, draft)
    ask(house, ana, "vitamin-c")
    held(house, lot, "suspicion")
    with pytest.raises(LotOnHold):
        finish(house, draft)
    with store.reading() as connection:
        kept = connection.execute(select(PreparationIngredient.overrides)).scalar_one()
    assert "vitamin" not in kept and len(json.loads(kept)["upon"]) == 2

    assert finish(house, draft, override=override, actor=house.practitioner).overridden == (Rule.HELD,)


def test_a_rule_broken_meanwhile_is_overridden_when_finishing(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    held(bench.house, bench.filler_lot, "suspicion")
    override = Override(rules=frozenset({Rule.HELD}), reason="looked at it: clear")

    made = finish(bench.house, bench.draft, override=override, actor=bench.house.practitioner)

    assert made.overridden == (Rule.HELD,)
    with sqlite_store.reading() as connection:
        assert connection.execute(select(Deviation.rule)).scalars().all() == ["held"]


def test_an_incomplete_or_empty_cocktail_is_not_finished(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    begun = begin(bench.house, bench.recipe_uid, bench.session_uid, again_reason="two").preparation_uid

    with pytest.raises(NothingInIt):
        finish(bench.house, begun)
    add(bench.house, begun, location_uid=bench.vial.uid)
    with pytest.raises(IngredientMissing) as refused:
        finish(bench.house, begun)

    assert refused.value.missing == ("Ampoule",)


def test_what_was_taken_away_meanwhile_stops_it(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    with sqlite_store.reading() as connection:
        draft = open_preparation(connection, bench.house.clinic.id, bench.draft)
    bench.house.clinic.act("test.break", lambda work: allocations.lose(work, draft.ingredients[0].promised))

    with pytest.raises(AllocationEnded):
        finish(bench.house, bench.draft)


def test_a_second_person_checks_and_not_the_first(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    helper, second = (bench.house.clinic.employ(Role.NURSE, name=name) for name in ("Helper", "Second"))
    remove_ingredient(
        bench.house.store,
        RemoveIngredient(preparation_uid=bench.draft, n=2),
        actor=second,
        key=key("out"),
        now=NOW,
    )
    add(bench.house, bench.draft, lot_uid=bench.ampoule_lot.uid, actor=helper)

    for who in (bench.house.nurse, helper):  # who began it, and who put something into it
        with pytest.raises(CheckerMayNot):
            finish(bench.house, bench.draft, checked_by_uid=who.person_uid, actor=bench.house.practitioner)
    finish(bench.house, bench.draft, checked_by_uid=second.person_uid)

    with sqlite_store.reading() as connection:
        assert connection.execute(select(Preparation.checked_by_id)).scalar_one() == second.person_id


def test_a_finished_cocktail_is_over_and_its_key_is_its_own(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    finish(bench.house, bench.draft, with_key="finish")

    with pytest.raises(KeyReused):
        finish(bench.house, bench.draft, with_key="finish", loss_reason="other content")
    with pytest.raises(PreparationOver):
        finish(bench.house, bench.draft)
    with pytest.raises(PreparationOver):
        add(bench.house, bench.draft, location_uid=bench.vial.uid)


def test_another_clinic_finds_neither_draft_nor_place_and_an_auditor_finishes_nothing(
    sqlite_store: Store,
) -> None:
    bench = Bench(sqlite_store)
    there = bench.house.another_clinic()
    before = stock(sqlite_store)

    with pytest.raises(ThingNotFound):
        finish(bench.house, bench.draft, actor=there.nurse, location_uid=there.room.uid)
    with pytest.raises(ThingNotFound):
        finish(bench.house, bench.draft, location_uid=there.room.uid)
    with pytest.raises(ActionForbidden):
        finish(bench.house, bench.draft, actor=bench.house.clinic.auditor)

    assert stock(sqlite_store) == before


def test_two_draws_from_a_vial_with_one_puncture_left_are_not_finished(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler", content_quantity=5000, punctures_max=2)
    vial = opened(house.clinic, filler, house.clinic.lot_on_shelf(filler, "A1"))
    session_uid = patient_with_session(house, "Ana A")
    first, second = (begin(house, None, session_uid, reason="dry skin").preparation_uid for _ in range(2))
    for draft in (first, second, second):
        add(house, draft, location_uid=vial.uid, quantity=500)
    finish(house, first)
    before = stock(store)

    with pytest.raises(PuncturesSpent):
        finish(house, second)

    assert stock(store) == before
    over_it = Override(rules=frozenset({Rule.PUNCTURES_SPENT}), reason="Same needle left in")
    made = finish(house, second, actor=house.practitioner, override=over_it)
    assert made.overridden == (Rule.PUNCTURES_SPENT,)
