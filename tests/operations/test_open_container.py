"""Does a vial open once, with a clock, a code and a place?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import insert

from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.models import Alert, ClinicHold, Container, Deviation, HoldPlace, Line, Movement, Placing
from stockroom.operations.move_goods import PlaceContainer, place_container
from stockroom.operations.open_container import ContainerOpened, NothingToOpen
from stockroom.operations.record_use import RecordUse, record_use
from stockroom.reads.beginnings import OpenedEarlierOnly
from stockroom.rules.overriding import EarlierLotWaiting, LotExpired, OverrideForbidden, ProductIncomplete
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import ContainerType, HoldReason, LocationKind, Rule
from tests.builders import NOW, House, LotAt, Place, key
from tests.recalls import recalled
from tests.sessions import books, line, opened, over, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def put(house: House, vial: ContainerOpened, place: Place) -> None:
    command = PlaceContainer(container_uid=vial.container_uid, to_uid=place.uid)
    place_container(house.store, command, actor=house.nurse, key=key("put"), now=NOW)


def test_opening_moves_one_presentation_into_a_container_with_a_clock(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler", in_use_minutes=90), "A1", presentations=3)

    answer = opened(house, lot)

    assert house.clinic.on_hand(lot) == 10_000
    container = rows(house.store, Container)[0]
    assert (container.state, container.content_quantity, container.stands_in_id) == (
        "open",
        5_000,
        lot.location_id,
    )
    assert container.beyond_use_at == answer.beyond_use_at == NOW + timedelta(minutes=90)
    assert 3 <= len(answer.short_code) <= 4
    moved = rows(house.store, Line, movement_id=rows(house.store, Movement, uid=answer.movement_uid)[0].id)
    assert [(each.from_id, each.to_id, each.quantity) for each in moved] == [
        (lot.location_id, container.location_id, 5_000)
    ]
    placing = rows(house.store, Placing)[0]
    assert (placing.container_id, placing.location_id) == (container.location_id, lot.location_id)


def test_the_in_use_life_depends_on_where_it_stands(house: House) -> None:
    product = house.product("Filler", in_use_minutes_room=60, in_use_minutes_refrigerated=600)
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)

    cold = opened(house, lot)
    warm = opened(house, lot, stands_in_uid=house.clinic.room.uid)

    assert cold.beyond_use_at == NOW + timedelta(minutes=600)
    assert warm.beyond_use_at == NOW + timedelta(minutes=60)
    assert cold.short_code != warm.short_code


def test_a_life_that_is_known_for_the_fridge_alone_is_not_known_in_a_room(house: House) -> None:
    product = house.product("Filler", in_use_minutes_room=None, in_use_minutes_refrigerated=600)
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    room = house.clinic.room.uid
    before = books(house.store)

    with pytest.raises(ProductIncomplete):
        opened(house, lot, stands_in_uid=room)

    assert books(house.store) == before
    over_it = over(Rule.PRODUCT_INCOMPLETE)
    warm = opened(house, lot, actor=house.practitioner, stands_in_uid=room, override=over_it)
    assert warm.overridden == ("product_incomplete",)
    assert warm.beyond_use_at == NOW + timedelta(minutes=600)
    assert opened(house, lot).overridden == ()


def test_a_vial_that_is_carried_to_a_room_where_nobody_knows_its_life_stops_its_use(house: House) -> None:
    product = house.product("Filler", in_use_minutes_room=None, in_use_minutes_refrigerated=600)
    vial = opened(house, house.clinic.lot_on_shelf(product, "A1"))
    visit = session(house)
    used(house, visit, line(vial, 100))
    put(house, vial, house.clinic.room)

    with pytest.raises(ProductIncomplete):
        used(house, visit, line(vial, 100))

    put(house, vial, house.clinic.fridge)
    used(house, visit, line(vial, 100))


def test_the_limit_is_never_past_the_printed_day(small: House) -> None:
    lot = small.clinic.lot_on_shelf(
        small.product("Filler", in_use_minutes=7 * 24 * 60), "A1", expires_on=date(2026, 3, 3)
    )

    assert opened(small, lot).beyond_use_at == datetime(2026, 3, 3, 22, 0, tzinfo=UTC)


def test_an_opening_is_dated_back_with_a_reason_and_never_forward(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler", in_use_minutes=90), "A1", presentations=3)
    before = books(house.store)

    for values in (
        {"opened_at": NOW - timedelta(hours=1)},
        {"opened_at": NOW + timedelta(seconds=1), "reason": "tomorrow"},
    ):
        with pytest.raises(OpenedEarlierOnly):
            opened(house, lot, **values)
    assert books(house.store) == before

    answer = opened(house, lot, opened_at=NOW - timedelta(hours=1), reason="The tablet was flat")

    assert answer.beyond_use_at == NOW + timedelta(minutes=30)
    movement = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert (movement.is_late, movement.reason) == (True, "The tablet was flat")


@pytest.mark.parametrize(
    ("values", "stop", "rule"),
    [
        ({"expires_on": date(2026, 3, 1)}, LotExpired, Rule.EXPIRED),
        ({}, ProductIncomplete, Rule.PRODUCT_INCOMPLETE),
    ],
)
def test_a_broken_rule_stops_an_opening_until_a_practitioner_overrides_it(
    house: House, values: dict[str, date], stop: type[Exception], rule: Rule
) -> None:
    product = house.product("Filler", confirmed=rule is not Rule.PRODUCT_INCOMPLETE)
    lot = house.clinic.lot_on_shelf(product, "A1", **values)
    before = books(house.store)

    with pytest.raises(stop):
        opened(house, lot)
    with pytest.raises(OverrideForbidden):
        opened(house, lot, override=over(rule))
    assert books(house.store) == before

    answer = opened(house, lot, override=over(rule), actor=house.practitioner)

    assert answer.overridden == (rule.value,)
    assert [each.rule for each in rows(house.store, Deviation)] == [rule.value]


def test_an_earlier_lot_in_the_same_fridge_is_opened_first(small: House) -> None:
    filler = small.product("Filler")
    small.clinic.lot_on_shelf(filler, "EARLY", expires_on=date(2026, 6, 30))
    late = small.clinic.lot_on_shelf(filler, "LATE")

    with pytest.raises(EarlierLotWaiting):
        opened(small, late)


def test_a_hold_on_the_shelf_goes_into_the_container(house: House) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1", presentations=2)
    hold_goods_at(house, lot)

    opened(house, lot, override=over(Rule.HELD), actor=house.practitioner)

    container = rows(house.store, Container)[0]
    assert {each.location_id for each in rows(house.store, HoldPlace)} == {
        lot.location_id,
        container.location_id,
    }


def hold_goods_at(house: House, lot: LotAt) -> None:
    def body(work: Work) -> None:
        hold_id = work.connection.execute(
            insert(ClinicHold)
            .values(
                uid=new_uid(work.now),
                clinic_id=house.clinic.id,
                reason=HoldReason.TEMPERATURE,
                note="warm",
                placed_at=work.now,
                placed_by_id=work.actor.person_id,
            )
            .returning(ClinicHold.id)
        ).scalar_one()
        work.connection.execute(
            insert(HoldPlace).values(
                clinic_id=house.clinic.id,
                hold_id=hold_id,
                lot_id=lot.id,
                location_id=lot.location_id,
                recorded_at=work.now,
            )
        )

    house.clinic.act("test.hold", body)


def test_what_has_no_container_or_is_open_already_is_not_opened(small: House) -> None:
    needles = small.clinic.lot_on_shelf(small.needle(), "N1", presentations=3)
    filler = small.clinic.lot_on_shelf(small.product("Filler"), "A1")
    opened(small, filler)

    with pytest.raises(NothingToOpen):
        opened(small, needles)
    with pytest.raises(NothingToOpen):
        opened(small, filler)


def test_an_empty_shelf_an_unusable_place_and_a_wrong_role_open_nothing(house: House) -> None:
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    before = books(house.store)

    with pytest.raises(InvalidValue):
        opened(house, lot, stands_in_uid=house.clinic.account(LocationKind.DISPOSAL).uid)
    with pytest.raises(ActionForbidden):
        opened(house, lot, actor=house.manager)
    with pytest.raises(ThingNotFound):
        opened(house, lot, actor=house.another_clinic().nurse)
    assert books(house.store)["balances"] == before["balances"]


def test_no_more_vials_open_than_there_are(small: House) -> None:
    filler = small.product("Filler")
    lot = small.clinic.lot_on_shelf(filler, "A1")
    opened(small, lot)

    with pytest.raises((NotEnoughOnHand, NothingToOpen)):
        opened(small, lot)

    assert len(rows(small.store, Container)) == 1


def test_a_single_dose_vial_may_be_opened_for_a_session(small: House) -> None:
    dose = small.product("Dose", container_type=ContainerType.SINGLE_DOSE)
    lot = small.clinic.lot_on_shelf(dose, "D1")

    answer = opened(small, lot, session_uid=session(small))

    assert answer.quantity == 5_000


def test_an_opening_that_has_happened_is_recorded_whatever_stops_it_now(house: House) -> None:
    filler = house.product("Filler", in_use_minutes=90)
    lot = house.clinic.lot_on_shelf(filler, "A1", expires_on=date(2026, 3, 1))
    recalled(house.store, filler.uid, "A1", actor=house.practitioner, now=NOW)
    earlier = NOW - timedelta(hours=1)

    answer = opened(house, lot, opened_at=earlier, reason="The tablet was flat")
    command = RecordUse(
        session_uid=session(house), lines=(line(answer, 700),), occurred_at=earlier, reason="The same"
    )
    record_use(house.store, command, actor=house.nurse, key=key(), now=NOW)

    assert answer.broken_rules == ("recalled", "expired")
    of_opening = rows(house.store, Deviation, reason="The tablet was flat")
    assert [(each.rule, each.was_asked) for each in of_opening] == [("recalled", False), ("expired", False)]
    movement = rows(house.store, Movement, uid=answer.movement_uid)[0]
    assert len(rows(house.store, Alert, subject_uid=movement.uid)) == 1


def test_an_auditor_records_no_opening(small: House) -> None:
    lot = small.clinic.lot_on_shelf(small.product("Filler"), "A1")

    with pytest.raises(ActionForbidden):
        opened(small, lot, opened_at=NOW, reason="Late", actor=small.clinic.auditor)
