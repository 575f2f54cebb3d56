"""Does the bench show what a session needs, had and may still take, in no more statements for more of it?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.operations.plan_session import NeedOf
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.write_recipe import ComponentOf
from stockroom.queries.bench_lots import (
    lots_alike,
    lots_here,
    other_clinics_with,
    printed_lot,
    product_of_code,
)
from stockroom.queries.bench_scans import BenchScan, label_of_short_code, read_at_bench
from stockroom.queries.bench_session import (
    NotOfThisSession,
    SessionBench,
    left_at_the_end,
    require_of_session,
    session_bench,
    visit_at_bench,
)
from stockroom.queries.bench_today import cocktails_lying, sessions_of_day
from stockroom.queries.reference import words_of
from stockroom.queries.session_plans import (
    last_plan,
    needables,
    planned_products,
    practitioners,
    prescribers,
    products_here,
    recipe_needs,
    recipes_in_force,
    rooms,
)
from stockroom.rules.against_plan import Planned
from stockroom.rules.scanning import Said, Step
from stockroom.rules.using import AreaUse, ThingName
from stockroom.vocabulary import ContainerType, IdentifiedBy, Rule, SessionState
from tests import cocktails
from tests.builders import NOW, House, key
from tests.queries.counting import counted
from tests.sessions import advance, line, opened, patient, scan_of, session, used

DAY = {"begins_at": NOW - timedelta(hours=8), "ends_at": NOW + timedelta(hours=16)}


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def need(product, quantity: int) -> NeedOf:
    return NeedOf(product_uid=product.uid, quantity=quantity)


def bench(house: House, visit: str) -> SessionBench:
    with house.store.reading() as connection:
        shown = visit_at_bench(connection, house.clinic.id, uid=visit)
        return session_bench(connection, house.clinic.id, shown)


def scanned(house: House, visit: str, thing: ThingName) -> BenchScan:
    with house.store.reading() as connection:
        return read_at_bench(connection, house.clinic.id, visit, thing, now=NOW)


def missing(house: House, visit: str) -> list[int]:
    return [each.missing for each in bench(house, visit).needs]


def test_the_day_lists_its_sessions_with_what_each_still_needs(house: House) -> None:
    filler, needle = house.product("Filler"), house.needle()
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    visit = session(house, needs=(need(filler, 2_500), need(needle, 2)), room_uid=house.clinic.room.uid)
    session(house, planned_at=NOW + timedelta(days=1))
    used(house, visit, line(vial, 1_000))

    with house.store.reading() as connection:
        rows = sessions_of_day(connection, house.clinic.id, **DAY)

    assert [(row.uid, row.room, row.state) for row in rows] == [(visit, "Room 1", "planned")]
    assert [(each.name, each.quantity, each.missing) for each in rows[0].needs] == [
        ("Filler", 2_500, 1_500),
        ("Needle 30G 4 mm", 2, 2),
    ]
    assert [each.name for each in rows[0].missing] == ["Filler", "Needle 30G 4 mm"]


def test_a_use_taken_back_is_needed_again_and_gone_from_the_bench(house: House) -> None:
    filler = house.product("Filler")
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    visit = session(house, needs=(need(filler, 2_500),))
    taken = used(house, visit, line(vial, 2_500))
    assert missing(house, visit) == [0]

    back = Reverse(movement_uid=taken.movement_uid, reason="wrong vial")
    reverse(house.store, back, actor=house.nurse, key=key(), now=NOW)

    assert missing(house, visit) == [2_500]
    assert bench(house, visit).uses == ()


def test_what_went_into_a_cocktail_is_had_shared_by_its_sessions(house: House) -> None:
    filler = house.product("Filler", content_quantity=8_000)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    recipe = cocktails.recipe(house, "Glow", ComponentOf(product_uid=filler.uid, quantity=3_000))
    first, second = session(house, needs=(need(filler, 3_500),)), session(house)
    begun = cocktails.begin(house, recipe.recipe_uid, first, second, dose_count=2)
    cocktails.add(house, begun.preparation_uid, location_uid=vial.container_uid, quantity=6_000)
    assert missing(house, first) == [3_500]
    cocktails.finish(house, begun.preparation_uid, output_quantity=6_000)

    assert missing(house, first) == [500]
    made = bench(house, first).cocktails[0]
    assert (made.short_code, made.state, made.left_quantity) == (begun.short_code, "finished", 6_000)
    with house.store.reading() as connection:
        lying = cocktails_lying(connection, house.clinic.id)
    assert [(each.short_code, each.left_quantity) for each in lying] == [(begun.short_code, 6_000)]


def test_the_bench_says_what_was_used_from_where_by_whom(house: House) -> None:
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"))
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    visit = session(house)
    used(house, visit, line(needles, 1))
    used(house, visit, line(vial, 1_000))

    newest, first = bench(house, visit).uses

    assert (newest.container_code, newest.left_quantity, newest.quantity) == (vial.short_code, 4_000, 1_000)
    assert (first.container_code, first.lot_number, first.by_id) == (None, "N1", house.nurse.person_id)
    assert {newest.identified_by, first.identified_by} == {IdentifiedBy.BY_HAND.value}


def test_a_vial_opened_for_the_session_stands_on_its_bench(house: House) -> None:
    visit = session(house)
    ampoule = house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    vial = opened(house, house.clinic.lot_on_shelf(ampoule, "A1"), session_uid=visit)

    shown = bench(house, visit)
    with house.store.reading() as connection:
        left = left_at_the_end(connection, house.clinic.id, shown.visit)

    assert [(each.short_code, each.left_quantity) for each in shown.vials] == [(vial.short_code, 5_000)]
    assert [each.container_code for each in left] == [vial.short_code]


def test_more_sessions_and_uses_ask_no_more_statements(house: House) -> None:
    filler = house.product("Filler")
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    visit = session(house, needs=(need(filler, 100),))
    used(house, visit, line(vial, 10))

    def asked() -> int:
        with house.store.reading() as connection, counted(connection) as said:
            sessions_of_day(connection, house.clinic.id, **DAY)
            session_bench(connection, house.clinic.id, visit_at_bench(connection, house.clinic.id, uid=visit))
        return len(said)

    before = asked()
    for _ in range(3):
        session(house, needs=(need(filler, 100), need(filler, 200)))
        used(house, visit, line(vial, 10))
    assert asked() == before <= 12


def test_a_scan_of_a_lot_that_is_open_is_a_question_with_a_quantity_for_each(house: House) -> None:
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=3)
    visit = session(house, needs=(need(filler, 2_500),))
    assert scanned(house, visit, scan_of(filler, lot)).which.step is Step.OPEN
    vial = opened(house, lot)

    found = scanned(house, visit, scan_of(filler, lot))

    assert (found.which.step, found.identified_by) == (Step.ASK, IdentifiedBy.SCAN)
    asked_about = found.which.vials[0]
    assert asked_about.container_code == vial.short_code
    assert found.place_uids[asked_about.location_id] == vial.container_uid
    assert found.proposals[asked_about.location_id].quantity == 2_500
    assert found.proposals[asked_about.location_id].said is Said.NEED
    ours = scanned(house, visit, ThingName(scan=f"SRC:{vial.short_code}"))
    assert (ours.which.step, ours.identified_by) == (Step.USE, IdentifiedBy.OUR_LABEL)


def test_a_vial_that_is_drawn_for_anothers_cocktail_is_said_to_be_hers_before_it_is_chosen(
    house: House,
) -> None:
    single = house.product("Vial", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(single, "A1", presentations=5)
    drawn, free = opened(house, lot), opened(house, lot)
    hers, mine = session(house, patient(house)), session(house, patient(house))
    draft = cocktails.begin(house, None, hers, reason="by hand").preparation_uid
    cocktails.add(house, draft, location_uid=drawn.container_uid, quantity=300)

    def stops(visit: str) -> dict[str | None, tuple[Rule, ...]]:
        found = scanned(house, visit, scan_of(single, lot))
        return {each.container_code: found.stopped_by[each.location_id] for each in found.meant}

    assert stops(mine) == {free.short_code: (), drawn.short_code: (Rule.OTHER_PATIENT,), None: ()}
    assert stops(hers)[drawn.short_code] == ()


def test_a_typed_short_code_is_our_label(house: House) -> None:
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"))
    with house.store.reading() as connection:
        clinic_id = house.clinic.id
        assert (
            label_of_short_code(connection, clinic_id, f" {vial.short_code.lower()} ")
            == f"SRC:{vial.short_code}"
        )
        assert label_of_short_code(connection, clinic_id, "0000") is None
        assert label_of_short_code(connection, house.another_clinic().id, vial.short_code) is None


def test_an_unknown_lot_is_not_found_and_the_other_clinic_that_has_it_is_named(house: House) -> None:
    filler, other = house.product("Filler"), house.another_clinic()
    theirs = other.lot_on_shelf(filler, "T1", at=other.fridge)
    visit = session(house)

    with pytest.raises(ThingNotFound) as refused:
        scanned(house, visit, scan_of(filler, theirs))

    assert refused.value.thing == "lot"
    with house.store.reading() as connection:
        clinic_id = house.clinic.id
        assert other_clinics_with(connection, clinic_id, code=filler.gtin, lot_number="T1") == ("Rila",)
        assert other_clinics_with(connection, clinic_id, code=filler.gtin, lot_number="t1") == ()
        assert other_clinics_with(connection, other.id, code=filler.gtin, lot_number="T1") == ()


def test_lots_are_chosen_by_hand_among_those_that_lie_here(house: House) -> None:
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    other = house.another_clinic()
    other.lot_on_shelf(filler, "T1", at=other.fridge)

    with house.store.reading() as connection:
        here = lots_here(connection, house.clinic.id, product_uid=filler.uid)
        named = product_of_code(connection, code=filler.gtin)
        printed = printed_lot(connection, house.clinic.id, lot_uid=lot.uid)
        with pytest.raises(ThingNotFound):
            printed_lot(connection, other.id, lot_uid=lot.uid)

    assert [(each.lot_number, each.quantity) for each in here] == [("A1", 10_000)]
    assert named is not None and named.uid == filler.uid
    assert (printed.lot_number, printed.expires_on) == ("A1", date(2027, 12, 31))


def test_a_session_is_planned_from_the_last_one_or_from_a_recipe(house: House) -> None:
    filler = house.product("Filler")
    house.clinic.lot_on_shelf(filler, "A1")
    recipe = cocktails.recipe(house, "Glow", ComponentOf(product_uid=filler.uid, quantity=3_000))
    ana = patient(house)
    before = session(house, ana, planned_at=NOW - timedelta(days=20), needs=(need(filler, 2_000),))
    advance(house, session(house, ana, planned_at=NOW), SessionState.CANCELLED)

    with house.store.reading() as connection:
        last = last_plan(connection, house.clinic.id, patient_uid=ana)
        none = last_plan(connection, house.another_clinic().id, patient_uid=ana)
        formula = recipe_needs(connection, recipe_uid=recipe.recipe_uid)
        names = [each.name for each in needables(connection, house.clinic.id)]
        formulas = [each.name for each in recipes_in_force(connection)]

    assert last is not None and none is None
    assert (last.session_uid, [each.quantity for each in last.needs]) == (before, [2_000])
    assert formula.cocktail.quantity == 3_000
    assert [(each.product_uid, each.quantity) for each in formula.parts] == [(filler.uid, 3_000)]
    assert names == ["Filler", "Glow"]
    assert formulas == ["Glow"]


def test_only_this_clinics_people_are_offered_and_only_who_may_prescribes(house: House) -> None:
    practitioner, _ = house.practitioner, house.nurse
    assert house.clinic.room
    with house.store.reading() as connection:
        here = practitioners(connection, house.clinic.id)
        may = prescribers(connection, house.clinic.id, today=NOW.date())
        too_early = prescribers(connection, house.clinic.id, today=date(2019, 1, 1))
        named = rooms(connection, house.clinic.id)
    assert [each.uid for each in here] == [each.uid for each in may] == [practitioner.person_uid]
    assert too_early == ()
    assert [each.name for each in named] == ["Room 1"]


def test_the_bench_says_where_and_how_a_thing_was_given_and_what_nobody_planned(house: House) -> None:
    filler, other = house.product("Filler"), house.product("Other")
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    visit = session(house, needs=(need(filler, 1_000),))
    extra = opened(house, house.clinic.lot_on_shelf(other, "O1"), session_uid=visit)
    areas = (AreaUse(area="face", quantity=600), AreaUse(area="neck", quantity=400))
    used(house, visit, line(vial, 1_000, areas=areas, technique="nappage", depth_um=4_000))
    used(house, visit, line(extra, 500))

    newest, oldest = bench(house, visit).uses

    assert [(each.name, each.quantity) for each in oldest.areas] == [("Face", 600), ("Neck", 400)]
    assert (oldest.technique_name, oldest.depth_um) == ("Nappage", 4_000)
    assert (oldest.planned, newest.planned, newest.beyond) == (Planned.AS_PLANNED, Planned.EXTRA, 500)
    assert [each.is_planned for each in bench(house, visit).vials] == [False]


def test_a_substance_is_asked_about_until_it_is_used_or_opened_in_the_session(house: House) -> None:
    filler, other = house.product("Filler"), house.product("Other")
    house.clinic.lot_on_shelf(filler, "A1")
    lot = house.clinic.lot_on_shelf(other, "O1", presentations=3)
    visit = session(house, needs=(need(filler, 1_000),))
    before = scanned(house, visit, scan_of(other, lot))

    vial = opened(house, lot, session_uid=visit)
    opened_for_it = scanned(house, visit, scan_of(other, lot))
    used(house, visit, line(vial, 500))
    after = scanned(house, visit, scan_of(other, lot))

    assert [each.must_be_meant for each in (before, opened_for_it, after)] == [True, False, False]
    assert not before.is_planned and before.usable


def test_what_was_booked_in_a_session_is_told_from_what_was_not(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=3)
    visit, other = session(house), session(house)
    vial = opened(house, lot, session_uid=visit)
    taken = used(house, other, line(vial, 500))

    with house.store.reading() as connection:
        here = visit_at_bench(connection, house.clinic.id, uid=visit)
        require_of_session(connection, house.clinic.id, here, movement_uid=vial.movement_uid)
        for uid in (taken.movement_uid, "nonsense"):
            with pytest.raises(NotOfThisSession):
                require_of_session(connection, house.clinic.id, here, movement_uid=uid)


def test_what_was_planned_stands_first_and_lots_that_read_alike_together(house: House) -> None:
    first, planned = house.product("Aaa"), house.product("Zzz")
    house.clinic.lot_on_shelf(first, "L1")
    lots = [house.clinic.lot_on_shelf(planned, number) for number in ("NEEV2601", "NEEV2602", "OTHE2603")]
    visit = session(house, needs=(need(planned, 1_000),))

    with house.store.reading() as connection:
        shown = visit_at_bench(connection, house.clinic.id, uid=visit)
        uids = planned_products(connection, house.clinic.id, shown.id)
        here = products_here(connection, house.clinic.id, first=uids)
        lot = printed_lot(connection, house.clinic.id, lot_uid=lots[1].uid)
        alike = lots_alike(connection, house.clinic.id, lot)
        words = words_of(connection, kinds=("areas", "no such kind"))

    assert uids == {planned.uid}
    assert [each.uid for each in here] == [planned.uid, first.uid]
    assert [each.lot_number for each in alike] == ["NEEV2601", "NEEV2602"]
    assert ("face", "Face") in words["areas"] and words["no such kind"] == ()
