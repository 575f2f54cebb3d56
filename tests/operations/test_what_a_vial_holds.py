"""Does what was drawn and thrown away add up to the label, and is only what is unusual asked about?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue
from stockroom.ledger.reversals import GoodsMovedOn
from stockroom.ledger.verify import verify
from stockroom.models import Container, Movement, Preparation
from stockroom.operations.abandon_preparation import (
    AbandonPreparation,
    DrawnOf,
    PreparationAbandoned,
    abandon_preparation,
)
from stockroom.operations.add_ingredient import AddIngredient, add_ingredient
from stockroom.operations.correct_use import CorrectedLine, CorrectUse, UseCorrected, correct_use
from stockroom.operations.dispose import FinishContainer, RemainderNeedsReason, finish_container
from stockroom.operations.finish_preparation import FinishPreparation, finish_preparation
from stockroom.operations.open_container import ContainerOpened
from stockroom.operations.reverse import Reverse, reverse
from stockroom.operations.start_preparation import StartPreparation, start_preparation
from stockroom.operations.use import Used
from stockroom.queries.container_account import account_of
from stockroom.reads.counted_heads import CountedAlready
from stockroom.reads.vial_slack import MoreThanTheVialHeld
from stockroom.rules.pooling import LeftoversPooled
from stockroom.rules.using import ThingName
from stockroom.vocabulary import BaseUnit, ContainerState, ContainerType, DisposalReason
from tests.builders import NOW, Goods, House, key
from tests.cocktails import add, begin
from tests.sessions import books, line, opened, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def _vial(house: House, product: Goods, number: str = "A1") -> ContainerOpened:
    return opened(house, house.clinic.lot_on_shelf(product, number, presentations=1))


def _finish(house: House, vial: ContainerOpened, reason: DisposalReason | None = None) -> None:
    command = FinishContainer(container_uid=vial.container_uid, reason=reason)
    finish_container(house.store, command, actor=house.nurse, key=key("finish"), now=NOW)


def _is_sound(store: Store) -> bool:
    return verify(store, anchors=False).ok


def test_within_the_tolerances_overfill_and_rest_post_by_themselves(house: House) -> None:
    product = house.product("Filler", overfill_max_quantity=200, residual_max_quantity=100)
    vial, other = _vial(house, product), _vial(house, product, "A2")

    given = used(house, session(house), line(vial, 5_150))
    used(house, session(house), line(other, 4_950))
    _finish(house, vial)
    _finish(house, other)

    assert given.used[0].overfill == 150
    assert [each.state for each in rows(house.store, Container)] == [ContainerState.FINISHED] * 2
    assert [each.closed_by_id for each in rows(house.store, Container)] == [house.nurse.person_id] * 2
    assert rows(house.store, Movement, kind="dispose")[0].reason == "residual"
    assert _is_sound(house.store)


def test_beyond_the_tolerances_a_reason_is_asked_and_stands_beside_the_movement(house: House) -> None:
    product = house.product("Filler", overfill_max_quantity=200, residual_max_quantity=100)
    vial, visit = _vial(house, product), session(house)
    before = books(house.store)

    with pytest.raises(MoreThanTheVialHeld) as asked:
        used(house, visit, line(vial, 5_300))
    unchanged = books(house.store)
    used(house, visit, line(vial, 5_300), overfill_reason="Filled to the brim")

    assert before == unchanged
    assert (asked.value.left, asked.value.usual) == ("5 mL", "0.2 mL")
    assert rows(house.store, Movement, kind="use")[0].reason == "Filled to the brim"
    with pytest.raises(RemainderNeedsReason):
        _finish(house, _vial(house, product, "A2"))


def _more(house: House, given: Used | UseCorrected, quantity: int, **values: str) -> UseCorrected:
    command = CorrectUse(
        movement_uid=given.movement_uid,
        reason="amount changed at the bench",
        lines=(CorrectedLine(n=1, quantity=quantity),),
        **values,
    )
    return correct_use(house.store, command, actor=house.nurse, key=key("more"), now=NOW)


def test_a_use_that_was_more_takes_the_overfill_and_asks_only_beyond_it(house: House) -> None:
    vial = _vial(house, house.product("Filler", overfill_max_quantity=200))
    given = used(house, session(house), line(vial, 5_000))

    within = _more(house, given, 5_150)
    before = books(house.store)
    with pytest.raises(MoreThanTheVialHeld) as asked:
        _more(house, within, 5_300)
    unchanged = books(house.store)
    brim = _more(house, within, 5_300, overfill_reason="Filled to the brim")

    assert before == unchanged
    assert asked.value.left == "0 mL"
    corrected = rows(house.store, Movement, kind="correct")
    assert [each.reason for each in corrected] == [
        "amount changed at the bench",
        "amount changed at the bench; Filled to the brim",
    ]
    with house.store.reading() as connection:
        account = account_of(connection, house.clinic.id, container_uid=vial.container_uid)
    assert (account.overfill_quantity, account.left_quantity) == (300, 0)
    _more(house, brim, 4_900)
    with house.store.reading() as connection:
        account = account_of(connection, house.clinic.id, container_uid=vial.container_uid)
    assert (account.overfill_quantity, account.left_quantity) == (0, 100)
    assert _is_sound(house.store)


def test_a_use_that_was_more_than_any_vial_holds_is_not_there(small: House) -> None:
    vial = _vial(small, small.product("Filler"))
    given = used(small, session(small), line(vial, 5_000))
    before = books(small.store)

    with pytest.raises(GoodsMovedOn):
        _more(small, given, 10_001, overfill_reason="A large one")

    assert books(small.store) == before


def test_no_vial_holds_twice_its_label_whatever_the_reason(small: House) -> None:
    vial = _vial(small, small.product("Filler"))

    with pytest.raises(Exception, match="not enough") as refused:
        used(small, session(small), line(vial, 10_001), overfill_reason="A large one")

    assert not isinstance(refused.value, MoreThanTheVialHeld)


def test_a_cocktail_takes_what_a_vial_holds_beyond_its_label(house: House) -> None:
    vial = _vial(house, house.product("Filler", overfill_max_quantity=200))
    nurse, visit = house.nurse, session(house)
    start = StartPreparation(session_uids=(visit,), reason="by hand")
    draft = start_preparation(house.store, start, actor=nurse, key=key(), now=NOW).preparation_uid

    def add(quantity: int, **more: str) -> None:
        thing = ThingName(location_uid=vial.container_uid)
        command = AddIngredient(preparation_uid=draft, thing=thing, quantity=quantity, **more)
        add_ingredient(house.store, command, actor=nurse, key=key("add"), now=NOW)

    with pytest.raises(MoreThanTheVialHeld):
        add(5_300)
    add(5_100)
    end = FinishPreparation(preparation_uid=draft, location_uid=house.clinic.fridge.uid)
    made = finish_preparation(house.store, end, actor=nurse, key=key("end"), now=NOW)

    (cocktail,) = rows(house.store, Preparation)
    assert made.output_quantity == 5_100 and cocktail.lot_id is not None
    with house.store.reading() as connection:
        (into,) = account_of(connection, house.clinic.id, container_uid=vial.container_uid).mixed
    assert (into.preparation_uid, into.short_code) == (draft, cocktail.short_code)
    assert (into.quantity, into.draws) == (5_100, 1)
    _finish(house, vial)
    assert _is_sound(house.store)


def test_a_cocktail_that_is_not_made_throws_away_what_was_drawn_beyond_the_label_too(house: House) -> None:
    vial = _vial(house, house.product("Filler", overfill_max_quantity=200))
    draft = begin(house, None, session(house), reason="by hand").preparation_uid
    add(house, draft, location_uid=vial.container_uid, quantity=5_100)

    def abandon(quantity: int) -> PreparationAbandoned:
        drawn = (DrawnOf(n=1, quantity=quantity),)
        said = AbandonPreparation(preparation_uid=draft, drawn=drawn, reason="the power was off")
        return abandon_preparation(house.store, said, actor=house.nurse, key=key("end"), now=NOW)

    with pytest.raises(InvalidValue):
        abandon(5_101)
    ended = abandon(5_100)
    assert [each.quantity for each in ended.disposed] == [5_100]
    with house.store.reading() as connection:
        account = account_of(connection, house.clinic.id, container_uid=vial.container_uid)
    assert (account.overfill_quantity, account.left_quantity) == (100, 0)
    back = Reverse(movement_uid=ended.movement_uid or "", reason="it was made after all")
    reverse(house.store, back, actor=house.nurse, key=key("back"), now=NOW)
    with house.store.reading() as connection:
        assert (
            account_of(connection, house.clinic.id, container_uid=vial.container_uid).left_quantity == 5_000
        )
    assert _is_sound(house.store)


def test_leftovers_are_not_pooled_into_one_dose(house: House) -> None:
    product = house.product("Filler", in_use_minutes=600)
    first, second = _vial(house, product), _vial(house, product, "A2")
    used(house, session(house), line(first, 4_500), line(second, 4_500))
    visit = session(house)
    before = books(house.store)

    with pytest.raises(LeftoversPooled) as refused:
        used(house, visit, line(product, 1_000))

    assert set(refused.value.containers) == {first.short_code, second.short_code}
    assert books(house.store) == before
    third = _vial(house, product, "A3")
    given = used(house, visit, line(product, 1_000))
    assert [(each.container_code, each.quantity) for each in given.used][-1][0] == third.short_code


def test_nor_into_one_cocktail(small: House) -> None:
    product = small.product("Filler", in_use_minutes=600)
    vials = [_vial(small, product), _vial(small, product, "A2")]
    used(small, session(small), *(line(vial, 4_500) for vial in vials))
    start = StartPreparation(session_uids=(session(small),), reason="by hand")
    draft = start_preparation(small.store, start, actor=small.nurse, key=key(), now=NOW).preparation_uid

    def add(vial: ContainerOpened) -> None:
        thing = ThingName(location_uid=vial.container_uid)
        command = AddIngredient(preparation_uid=draft, thing=thing, quantity=300)
        add_ingredient(small.store, command, actor=small.nurse, key=key("add"), now=NOW)

    add(vials[0])
    with pytest.raises(LeftoversPooled):
        add(vials[1])


def test_a_counted_head_gives_one_use_a_session_and_goes_with_its_last(house: House) -> None:
    head = house.product(
        "Head", content_quantity=2, base_unit=BaseUnit.PIECE, container_type=ContainerType.COUNTED_USE
    )
    vial, first = _vial(house, head), session(house)

    used(house, first, line(vial, 1))
    with pytest.raises(CountedAlready):
        used(house, first, line(vial, 1))
    used(house, session(house), line(vial, 1))

    container = rows(house.store, Container)[0]
    assert (container.state, container.closed_by_id) == (ContainerState.DISCARDED, house.nurse.person_id)
    assert _is_sound(house.store)


def test_an_empty_tube_closes_and_its_estimated_difference_is_booked(house: House) -> None:
    cream = house.product("Cream", content_quantity=30_000, container_type=ContainerType.MULTI_USE_TOPICAL)
    early, late = _vial(house, cream), _vial(house, cream, "A2")

    used(house, session(house), line(early, 2_000))
    used(house, session(house), line(late, 30_000))
    used(house, session(house), line(late, 2_000))
    _finish(house, early)
    _finish(house, late)

    assert [each.reason for each in rows(house.store, Movement, kind="dispose")] == ["estimated"]
    assert {each.state for each in rows(house.store, Container)} == {ContainerState.FINISHED}
    assert _is_sound(house.store)
