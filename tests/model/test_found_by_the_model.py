"""Does what the reference says and the operations once did not still hold?"""

from __future__ import annotations

from stockroom.db.store import Store
from stockroom.operations.reverse import Reverse, reverse
from stockroom.vocabulary import ContainerType, Rule
from tests.builders import NOW, House, key
from tests.sessions import line, opened, over, patient, session, used


def test_overfill_of_a_use_that_was_taken_back_may_be_drawn_again(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler", content_quantity=1000, overfill_max_quantity=40)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    visit = session(house)
    wrong = used(house, visit, line(vial, 1030))
    reverse(
        store,
        Reverse(movement_uid=wrong.movement_uid, reason="a slip"),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    again = used(house, visit, line(vial, 1030))

    assert again.used[0].overfill == 30


def test_two_draws_from_one_vial_share_its_overfill(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler", content_quantity=1000, overfill_max_quantity=40)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))

    done = used(house, session(house), line(vial, 600), line(vial, 430))

    assert [each.overfill for each in done.used] == [0, 30]


def test_a_vial_goes_to_whoever_was_served_from_it_when_the_first_use_is_taken_back(store: Store) -> None:
    house = House(store)
    drug = house.product("Drug", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE)
    vial = opened(house, house.clinic.lot_on_shelf(drug, "A1"))
    first, second = patient(house), patient(house)
    wrong = used(house, session(house, first), line(vial, 100))
    for _ in range(2):
        used(
            house, session(house, second), line(vial, 100),
            actor=house.practitioner, override=over(Rule.OTHER_PATIENT),
        )  # fmt: skip
    reverse(
        store,
        Reverse(movement_uid=wrong.movement_uid, reason="a slip"),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    used(house, session(house, second), line(vial, 100))
