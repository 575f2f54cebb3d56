"""Is what never reached the patient taken back and thrown away in one act, by whoever may?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.models import Balance, Container, Movement
from stockroom.operations.spill_use import SpillUse, spill_use
from stockroom.queries.sessions import session as shown
from stockroom.rules.booked import NotAUse
from stockroom.rules.permissions import ActionForbidden, NotYoursToReverse
from stockroom.rules.posting import AlreadyReversed
from stockroom.vocabulary import ContainerType, DisposalReason, Role
from tests.builders import NOW, House, key
from tests.sessions import books, finish, line, opened, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def spill(
    house: House,
    movement_uid: str,
    *,
    reason: DisposalReason = DisposalReason.SPILLED,
    actor=None,
    request=None,
):
    return spill_use(
        house.store,
        SpillUse(movement_uid=movement_uid, reason=reason),
        actor=actor or house.nurse,
        key=request or key("spill"),
        now=NOW,
    )


def uses(house: House, visit: str) -> int:
    with house.store.reading() as connection:
        return len(shown(connection, house.clinic.id, uid=visit).uses)


def test_a_draw_that_was_spilled_leaves_the_vial_as_drawn_and_the_patient_without(house: House) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"))
    taken = used(house, visit, line(vial, 1_000))

    answer = spill(house, taken.movement_uid)

    container = rows(house.store, Container)[0]
    here = rows(house.store, Balance, location_id=container.location_id)[0]
    assert (here.quantity, container.punctures) == (4_000, 1)
    assert uses(house, visit) == 0
    disposal = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert (disposal.kind, disposal.reason, disposal.document_uid) == ("dispose", "spilled", visit)


def test_a_broken_ampoule_is_thrown_away_whole_and_a_needle_too(house: House) -> None:
    visit = session(house)
    ampoule = house.product("Ampoule", content_quantity=2_000, container_type=ContainerType.SINGLE_DOSE)
    ampoules = house.clinic.lot_on_shelf(ampoule, "A1", presentations=3)
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)
    taken = used(house, visit, line(ampoules, 1_500), line(needles, 1))

    spill(house, taken.movement_uid, reason=DisposalReason.BROKEN)

    assert (house.clinic.on_hand(ampoules), house.clinic.on_hand(needles)) == (4_000, 4)


def test_overfill_that_was_spilled_is_gone_as_it_came(house: House) -> None:
    visit = session(house)
    filler = house.product("Filler", overfill_max_quantity=100)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    taken = used(house, visit, line(vial, 5_080))

    spill(house, taken.movement_uid)

    container = rows(house.store, Container)[0]
    assert rows(house.store, Balance, location_id=container.location_id)[0].quantity == 0


def test_it_is_done_once_and_only_of_a_use(house: House) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"))
    taken = used(house, visit, line(vial, 1_000))

    with pytest.raises(NotAUse):
        spill(house, vial.movement_uid)
    with pytest.raises(InvalidValue):
        spill(house, taken.movement_uid, reason=DisposalReason.EXPIRED)
    done = spill(house, taken.movement_uid, request="once")
    after = books(house.store)
    assert spill(house, taken.movement_uid, request="once") == done
    with pytest.raises(AlreadyReversed):
        spill(house, taken.movement_uid)
    assert books(house.store) == after


def test_after_the_session_it_is_the_practitioners(house: House) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"))
    taken = used(house, visit, line(vial, 1_000))
    finish(house, visit)

    with pytest.raises(NotYoursToReverse):
        spill(house, taken.movement_uid)
    spill(house, taken.movement_uid, actor=house.practitioner)


def test_while_the_session_goes_on_a_colleague_in_the_room_may_say_so_too(house: House) -> None:
    visit = session(house)
    vial = opened(house, house.clinic.lot_on_shelf(house.product("Filler"), "A1"))
    taken = used(house, visit, line(vial, 1_000))
    colleague = house.clinic.employ(Role.NURSE)

    with pytest.raises(ActionForbidden):  # who treats nobody was not in the room
        spill(house, taken.movement_uid, actor=house.clinic.manager)
    answer = spill(house, taken.movement_uid, actor=colleague)

    disposal = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert disposal.actor_id == colleague.person_id
    assert uses(house, visit) == 0
