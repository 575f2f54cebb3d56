"""Is what a patient gets judged, moved once, and written down with all that is known of it?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.ledger.acts import KeyReused
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.models import Container, Line, Movement, Usage, UsageArea
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.use import SessionClosed
from stockroom.rules.fefo import NotEnoughUsable
from stockroom.rules.overriding import (
    KeptForOtherPatient,
    PuncturesSpent,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import AreaUse, OpenItFirst, ThingName
from stockroom.vocabulary import (
    ContainerType,
    IdentifiedBy,
    LocationKind,
    Rule,
)
from tests.builders import NOW, House, key
from tests.sessions import (
    books,
    finish,
    line,
    opened,
    over,
    patient,
    refusals,
    rows,
    scan_of,
    session,
    used,
)


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    """A house on SQLite, where the database makes no difference."""
    return House(sqlite_store)


# What is taken, from where


def test_a_draw_from_a_vial_moves_it_to_the_patient_with_all_that_is_known(house: House) -> None:
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    vial = opened(house, lot)
    visit = session(house, practitioner_uid=house.practitioner.person_uid)

    answer = used(
        house,
        visit,
        line(
            vial,
            1_500,
            areas=(AreaUse(area="face", quantity=1_000), AreaUse(area="neck", quantity=500)),
            technique="manual-injection",
            depth_um=4_000,
            indication="skin-rejuvenation",
        ),
    )

    container = rows(house.store, Container)[0]
    assert house.clinic.on_hand(lot) == 5_000
    assert house.clinic.on_hand(replace(lot, location_id=container.location_id)) == 3_500
    assert container.punctures == 1
    assert container.patient_id is None
    movement = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert (movement.kind, movement.document_kind, movement.document_uid) == ("use", "session", visit)
    moved = rows(house.store, Line, movement_id=movement.id)[0]
    usage = rows(house.store, Usage)[0]
    assert usage.line_id == moved.id
    assert (usage.technique, usage.depth_um, usage.indication) == (
        "manual-injection",
        4_000,
        "skin-rejuvenation",
    )
    assert (usage.practitioner_id, usage.identified_by) == (house.practitioner.person_id, "by_hand")
    assert {(each.area, each.quantity) for each in rows(house.store, UsageArea)} == {
        ("face", 1_000),
        ("neck", 500),
    }


def test_a_needle_and_a_dose_go_to_the_patient_in_one_movement(house: House) -> None:
    needle, dose = (
        house.needle(),
        house.product("Dose", content_quantity=3_000, container_type=ContainerType.SINGLE_DOSE),
    )
    needles = house.clinic.lot_on_shelf(needle, "N1", presentations=10, at=house.clinic.cupboard)
    doses = house.clinic.lot_on_shelf(dose, "D1", presentations=2)

    answer = used(house, session(house), line(needles), line(doses, 2_000))

    assert house.clinic.on_hand(needles) == 9
    assert house.clinic.on_hand(doses) == 3_000
    assert [(each.quantity, each.remainder) for each in answer.used] == [(1, 0), (2_000, 1_000)]
    moved = rows(house.store, Line, movement_id=rows(house.store, Movement, uid=answer.movement_uid)[0].id)
    disposal = house.clinic.account(LocationKind.DISPOSAL).id
    assert [each.quantity for each in moved if each.to_id == disposal] == [1_000]
    assert len(rows(house.store, Usage)) == 2


def test_a_manufacturers_code_takes_the_opened_vial_of_its_lot_first(house: House) -> None:
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    vial = opened(house, lot)

    answer = used(house, session(house), line(scan_of(filler, lot), 500))

    assert answer.used[0].container_code == vial.short_code
    usage = rows(house.store, Usage)[0]
    assert usage.identified_by == IdentifiedBy.SCAN
    assert usage.trade_item_id is not None
    assert usage.raw_scan == scan_of(filler, lot).scan


def test_our_own_label_names_the_vial(small: House) -> None:
    filler = small.product("Filler")
    vial = opened(small, small.clinic.lot_on_shelf(filler, "A1"))

    used(small, session(small), line(ThingName(scan=f"SRC:{vial.short_code}"), 500))

    assert rows(small.store, Usage)[0].identified_by == IdentifiedBy.OUR_LABEL


def test_picking_takes_what_expires_first_and_splits_the_areas(house: House) -> None:
    dose = house.product("Dose", content_quantity=1_000, container_type=ContainerType.SINGLE_DOSE)
    late = house.clinic.lot_on_shelf(dose, "LATE", presentations=5, expires_on=date(2027, 6, 30))
    soon = house.clinic.lot_on_shelf(dose, "SOON", presentations=1, expires_on=date(2026, 5, 31))

    answer = used(
        house,
        session(house),
        line(dose, 1_800, areas=(AreaUse(area="face", quantity=700), AreaUse(area="neck", quantity=900))),
    )

    assert [(each.lot_number, each.quantity, each.remainder) for each in answer.used] == [
        ("SOON", 1_000, 0),
        ("LATE", 800, 200),
    ]
    assert (house.clinic.on_hand(soon), house.clinic.on_hand(late)) == (0, 4_000)
    areas = sorted((each.area, each.quantity) for each in rows(house.store, UsageArea))
    assert areas == [("face", 700), ("neck", 300), ("neck", 600)]


def test_overfill_is_booked_before_it_is_drawn_up_to_the_tolerance(house: House) -> None:
    filler = house.product("Filler", content_quantity=1_000, overfill_max_quantity=100)
    lot = house.clinic.lot_on_shelf(filler, "A1")
    vial = opened(house, lot)
    visit = session(house)

    answer = used(house, visit, line(vial, 1_060))
    again = used(house, visit, line(vial, 40))

    assert (answer.used[0].overfill, again.used[0].overfill) == (60, 40)
    container = rows(house.store, Container)[0]
    assert house.clinic.on_hand(replace(lot, location_id=container.location_id)) == 0
    before = books(house.store)
    with pytest.raises(NotEnoughOnHand):
        used(house, visit, line(vial, 1))
    assert books(house.store) == before


def test_part_of_a_sealed_multi_dose_vial_is_refused_until_it_is_opened(small: House) -> None:
    lot = small.clinic.lot_on_shelf(small.product("Filler"), "A1")
    before = books(small.store)

    with pytest.raises(OpenItFirst):
        used(small, session(small, patient(small)), line(lot, 500))

    assert {**books(small.store), "sessions": 0} == {**before, "sessions": 0}


def test_more_than_on_hand_moves_nothing(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    visit = session(house)
    before = books(house.store)

    with pytest.raises(NotEnoughOnHand):
        used(house, visit, line(needles, 4))

    assert books(house.store) == before


def test_two_lines_from_one_place_are_counted_together(small: House) -> None:
    needles = small.clinic.lot_on_shelf(small.needle(), "N1", presentations=3)
    visit = session(small)

    with pytest.raises(NotEnoughOnHand):
        used(small, visit, line(needles, 2), line(needles, 2))
    used(small, visit, line(needles, 2), line(needles, 1))

    assert small.clinic.on_hand(needles) == 0


def test_nothing_usable_to_pick_says_how_much_there_is(small: House) -> None:
    dose = small.product("Dose", content_quantity=1_000, container_type=ContainerType.SINGLE_DOSE)
    small.clinic.lot_on_shelf(dose, "OLD", expires_on=date(2026, 3, 1))

    with pytest.raises(NotEnoughUsable) as refused:
        used(small, session(small), line(dose, 500))

    assert refused.value.unusable == "1 mL"


# Whose it is


def test_a_single_dose_vial_serves_the_patient_of_its_first_use_only(house: House) -> None:
    dose = house.product("Dose", container_type=ContainerType.SINGLE_DOSE)
    vial = opened(house, house.clinic.lot_on_shelf(dose, "D1"))
    mine = session(house, patient(house))
    used(house, mine, line(vial, 500))
    other = session(house, patient(house))
    before = books(house.store)

    with pytest.raises(KeptForOtherPatient):
        used(house, other, line(vial, 500))

    assert books(house.store) == before
    used(house, mine, line(vial, 500))
    assert rows(house.store, Container)[0].punctures == 2


def test_a_finished_session_takes_nothing_more(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    visit = session(house)
    finish(house, visit)
    before = books(house.store)

    with pytest.raises(SessionClosed):
        used(house, visit, line(needles))

    assert books(house.store) == before


def test_another_clinics_session_lot_and_vial_are_not_found(house: House) -> None:
    rila = house.another_clinic()
    needle, filler = house.needle(), house.product("Filler")
    theirs = rila.lot_on_shelf(needle, "N1", presentations=3)
    their_visit = session(house, clinic=rila)
    their_vial = opened(house, rila.lot_on_shelf(filler, "F1"), actor=rila.nurse)
    ours = house.clinic.lot_on_shelf(needle, "N2", presentations=3)
    visit = session(house)
    before = books(house.store)

    for session_uid, asked in (
        (their_visit, line(ours)),
        (visit, line(theirs)),
        (visit, line(their_vial, 10)),
        (visit, line(ThingName(scan=f"SRC:{their_vial.short_code}"), 10)),
        (visit, line(scan_of(needle, theirs))),
        ("nonsense", line(ours)),
    ):
        with pytest.raises(ThingNotFound):
            used(house, session_uid, asked)

    assert books(house.store) == before


def test_who_may_not_use_is_forbidden_and_it_is_written_down(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    visit = session(house)

    for actor in (house.manager, house.clinic.auditor, house.clinic.administrator):
        with pytest.raises(ActionForbidden):
            used(house, visit, line(needles), actor=actor)

    assert house.clinic.on_hand(needles) == 3
    assert len(refusals(house.store)) == 3


def test_the_same_key_is_one_use_and_one_answer(house: House) -> None:
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=3)
    visit = session(house)

    first = used(house, visit, line(needles), request="scan-1")
    second = used(house, visit, line(needles), request="scan-1")

    assert first == second
    assert house.clinic.on_hand(needles) == 2
    with pytest.raises(KeyReused):
        used(house, visit, line(needles, 2), request="scan-1")


def test_a_vial_is_drawn_from_as_often_as_its_maker_allows_and_a_mistake_counts_no_drawing(
    house: House,
) -> None:
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler", punctures_max=2), "A1"))
    visit = session(house)
    used(house, visit, line(vial, 100))
    mistake = used(house, visit, line(vial, 100))

    with pytest.raises(PuncturesSpent):
        used(house, visit, line(vial, 100))
    over_it = over(Rule.PUNCTURES_SPENT)
    override = used(house, visit, line(vial, 100), actor=house.practitioner, override=over_it)
    assert override.overridden == ("punctures_spent",)

    for movement_uid in (mistake.movement_uid, override.movement_uid):
        command = Reverse(movement_uid=movement_uid, reason="It was not used")
        reverse(house.store, command, actor=house.practitioner, key=key(), now=NOW)
    assert rows(house.store, Container)[0].punctures == 1
    used(house, visit, line(vial, 100))


def test_each_line_of_one_use_is_a_drawing_of_its_own(house: House) -> None:
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler", punctures_max=2), "A1"))
    visit = session(house)
    used(house, visit, line(vial, 100))
    before = books(house.store)

    with pytest.raises(PuncturesSpent):
        used(house, visit, line(vial, 100), line(vial, 200))

    assert books(house.store) == before
    used(house, visit, line(vial, 100))
    assert rows(house.store, Container)[0].punctures == 2


def test_who_picks_goes_to_the_next_vial_once_one_is_spent(small: House) -> None:
    filler = small.product("Filler", punctures_max=1)
    lot = small.clinic.lot_on_shelf(filler, "A1", presentations=2)
    vials = {opened(small, lot).container_uid for _ in range(2)}
    visit = session(small)

    used(small, visit, line(filler, 100), line(filler, 100))

    drawn = rows(small.store, Container)
    assert len(vials) == 2 and [each.punctures for each in drawn] == [1, 1]


def test_overfill_that_was_taken_back_may_be_found_again(house: House) -> None:
    filler = house.product("Filler", content_quantity=1_000, overfill_max_quantity=100)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    visit = session(house)
    mistake = used(house, visit, line(vial, 1_100))
    command = Reverse(movement_uid=mistake.movement_uid, reason="It was not used")
    reverse(house.store, command, actor=house.nurse, key=key(), now=NOW)

    again = used(house, visit, line(vial, 1_100))

    assert again.used[0].overfill == 100
