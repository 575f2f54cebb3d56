"""Does finishing a session throw away what was opened and made for it alone, and leave everything else?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.models import Balance, Container, Lot, Movement
from stockroom.operations.advance_session import AdvanceSession, SessionAdvanced, advance_session
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.open_container import ContainerOpened
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.write_recipe import ComponentOf
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType, HoldReason, SessionState
from tests import cocktails
from tests.builders import NOW, Goods, House, key
from tests.operations.test_use_statements import counted
from tests.sessions import advance, hold, line, opened, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def ampoule(house: House) -> Goods:
    return house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE, residual_max_quantity=50)


def finished(house: House, visit: str, *, request: str | None = None) -> SessionAdvanced:
    command = AdvanceSession(session_uid=visit, to=SessionState.FINISHED)
    return advance_session(house.store, command, actor=house.nurse, key=request or key("finish"), now=NOW)


def left_in(house: House, vial: ContainerOpened) -> tuple[str, int]:
    """Its state, and what the books have in it."""
    row = rows(house.store, Container, short_code=vial.short_code)[0]
    here = rows(house.store, Balance, location_id=row.location_id)
    return row.state, sum(each.quantity for each in here)


def test_a_vial_drawn_in_it_that_serves_one_patient_is_thrown_away_with_its_reason(
    house: House, ampoule: Goods
) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(ampoule, "A1"))
    used(house, visit, line(vial, 1_200))

    answer = finished(house, visit)

    assert left_in(house, vial) == ("discarded", 0)
    assert answer.ended == (vial.short_code,)
    disposal = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert (disposal.kind, disposal.reason) == ("dispose", "remainder")
    assert (disposal.document_kind, disposal.document_uid) == ("session", visit)


def test_a_vial_opened_for_it_and_never_used_goes_too(house: House, ampoule: Goods) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(ampoule, "A1"), session_uid=visit)

    finished(house, visit)

    assert left_in(house, vial) == ("discarded", 0)


def test_what_usually_stays_behind_makes_a_finished_vial(house: House, ampoule: Goods) -> None:
    visit = session(house)
    shelf = house.clinic.lot_on_shelf(ampoule, "A1", presentations=2)
    nearly, quite = opened(house, shelf), opened(house, shelf)
    used(house, visit, line(nearly, 4_960), line(quite, 5_000))

    answer = finished(house, visit)

    assert left_in(house, nearly) == left_in(house, quite) == ("finished", 0)
    assert len(answer.ended) == 2


def test_a_vial_for_several_patients_stays_open(house: House) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"), session_uid=visit)
    used(house, visit, line(vial, 1_000))

    answer = finished(house, visit)

    assert left_in(house, vial) == ("open", 4_000)
    assert (answer.movement_uid, answer.ended) == (None, ())


def test_somebody_elses_vial_a_held_one_and_a_reversed_draw_stay(house: House, ampoule: Goods) -> None:
    visit, other = session(house), session(house)
    lot = house.clinic.lot_on_shelf(ampoule, "A1", presentations=3)
    held_lot = house.clinic.lot_on_shelf(ampoule, "H1")
    lent = opened(house, lot, session_uid=visit)
    used(house, other, line(lent, 100))
    held = opened(house, held_lot, session_uid=visit)
    hold(house, held_lot, HoldReason.SUSPICION)
    undone = opened(house, lot)
    taken = used(house, visit, line(undone, 100))
    back = Reverse(movement_uid=taken.movement_uid, reason="wrong vial")
    reverse(house.store, back, actor=house.nurse, key=key("undo"), now=NOW)

    finished(house, visit)

    assert left_in(house, lent) == ("open", 4_900)
    assert left_in(house, held) == ("open", 5_000)
    assert left_in(house, undone) == ("open", 5_000)


def test_a_vial_promised_to_another_visit_stays(house: House, ampoule: Goods) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(ampoule, "A1"), session_uid=visit)
    keep = Allocate(
        session_uid=session(house), thing=ThingName(location_uid=vial.container_uid), quantity=500
    )
    allocate(house.store, keep, actor=house.nurse, key=key("keep"), now=NOW)

    finished(house, visit)

    assert left_in(house, vial) == ("open", 5_000)


def test_a_cocktail_goes_when_the_last_of_its_sessions_is_over(house: House) -> None:
    first, last = session(house), session(house)
    filler = house.product("Filler", content_quantity=8_000)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    recipe = cocktails.recipe(house, "Glow", ComponentOf(product_uid=filler.uid, quantity=3_000))
    begun = cocktails.begin(house, recipe.recipe_uid, first, last, dose_count=2)
    cocktails.add(house, begun.preparation_uid, location_uid=vial.container_uid, quantity=6_000)
    made = cocktails.finish(house, begun.preparation_uid, output_quantity=6_000)
    lot = rows(house.store, Lot, uid=made.lot_uid)[0]

    def left() -> list[int]:
        return [each.quantity for each in rows(house.store, Balance, lot_id=lot.id)]

    finished(house, first)
    assert left() == [6_000]
    finished(house, last)
    assert left() == [0]
    assert left_in(house, vial) == ("open", 2_000)


def test_finishing_again_with_the_same_key_throws_nothing_away_twice(house: House, ampoule: Goods) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(ampoule, "A1"))
    used(house, visit, line(vial, 1_200))

    answer = finished(house, visit, request="finish-1")
    assert finished(house, visit, request="finish-1") == answer

    assert len(rows(house.store, Movement, kind="dispose")) == 1


def test_a_cancelled_visit_throws_nothing_away(house: House, ampoule: Goods) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(ampoule, "A1"), session_uid=visit)

    advance(house, visit, SessionState.CANCELLED)

    assert left_in(house, vial) == ("open", 5_000)


def test_more_vials_are_read_in_no_more_statements(house: House, ampoule: Goods) -> None:
    few, many = session(house), session(house)
    shelf = house.clinic.lot_on_shelf(ampoule, "A1", presentations=5)
    used(house, few, line(opened(house, shelf), 100))
    for _ in range(4):
        used(house, many, line(opened(house, shelf), 100))

    with counted(house.store) as for_few:
        finished(house, few)
    with counted(house.store) as for_many:
        finished(house, many)

    def reads(said: list[str]) -> int:
        return sum(statement.startswith("SELECT") for statement in said)

    assert reads(for_few) == reads(for_many)
