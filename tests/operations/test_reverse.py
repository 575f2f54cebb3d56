"""Is a booking taken back whole, once, by the right person, and does everything follow?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.post import post
from stockroom.ledger.reversals import GoodsMovedOn
from stockroom.models import Container, HoldPlace, Line, Movement, Preparation
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.reverse import MovementStays, Reverse, WholeMovementOnly, reverse
from stockroom.rules.permissions import ActionForbidden, NotYoursToReverse
from stockroom.rules.posting import AlreadyReversed, Draft, PartOfPresentation
from stockroom.rules.posting import Line as DraftLine
from stockroom.vocabulary import ContainerType, HoldReason, MovementKind, SessionState
from tests.builders import NOW, Clinic, House, LotAt, key
from tests.correcting import (
    alerts,
    books_are_true,
    nothing_moves,
    open_vial,
    prepare,
    promise,
    rows,
    set_state,
    state_of,
    use,
    visit,
)

LATER = NOW + timedelta(hours=1)


def take_back(house: House, uid: str, *numbers: int, actor: object = None) -> object:
    return reverse(
        house.store,
        Reverse(movement_uid=uid, reason="booked by mistake", line_numbers=numbers),
        actor=actor or house.practitioner,
        key=key(),
        now=LATER,
    )


def test_a_use_that_is_taken_back_is_in_the_vial_again(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    used = use(house.clinic, visit(house), (lot, vial.place, 700), actor=house.nurse)

    answer = reverse(
        store,
        Reverse(movement_uid=used.uid, reason="wrong vial"),
        actor=house.nurse,
        key=key(),
        now=LATER,
    )

    assert house.clinic.on_hand(lot, vial.place) == 5000
    back = rows(store, Movement, Movement.uid == answer.movement_uid)[0]
    assert (back.kind, back.reverses_movement_id, back.reason) == (
        "reverse",
        used.movement_id,
        "wrong vial",
    )
    assert (back.occurred_at, back.is_late) == (LATER, False)
    lines = rows(store, Line, Line.movement_id == back.id)
    assert [line.reverses_line_id for line in lines] == list(used.line_ids)
    books_are_true(store)


def test_each_line_is_taken_back_at_most_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    used = use(house.clinic, visit(house), (lot, vial.place, 700), (lot, vial.place, 300))
    take_back(house, used.uid, 1)

    assert house.clinic.on_hand(lot, vial.place) == 4700
    actor = house.practitioner
    with nothing_moves(sqlite_store), pytest.raises(AlreadyReversed):
        take_back(house, used.uid, 1, actor=actor)
    take_back(house, used.uid)
    assert house.clinic.on_hand(lot, vial.place) == 5000
    with nothing_moves(sqlite_store), pytest.raises(AlreadyReversed):
        take_back(house, used.uid, actor=actor)
    books_are_true(sqlite_store)


def test_the_same_key_takes_back_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    assert lot.movement is not None
    command = Reverse(movement_uid=lot.movement.uid, reason="not ours")

    first = reverse(sqlite_store, command, actor=house.manager, key="same", now=LATER)
    second = reverse(sqlite_store, command, actor=house.manager, key="same", now=LATER)

    assert first == second
    assert house.clinic.on_hand(lot) == 0


def test_a_receipt_of_which_something_was_used_stays_and_says_what_to_do(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    open_vial(house.clinic, product, lot)
    assert lot.movement is not None
    uid, actor = lot.movement.uid, house.manager

    with nothing_moves(store), pytest.raises(GoodsMovedOn) as refused:
        take_back(house, uid, actor=actor)

    assert (refused.value.lot_number, refused.value.on_hand, refused.value.needed) == ("A1", 5000, 10000)
    assert "Take back first what was opened" in str(refused.value)


def test_a_receipt_whose_goods_are_promised_goes_and_the_promise_is_lost(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    promised = promise(house.clinic, lot, house.clinic.fridge, 5000, visit(house))
    assert lot.movement is not None

    take_back(house, lot.movement.uid, actor=house.manager)

    assert state_of(store, promised) == "lost"
    assert [row.subject_uid for row in alerts(store)] == [promised.uid]
    books_are_true(store)


def test_an_opening_that_is_taken_back_discards_its_container_and_seals_the_vial(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)

    take_back(house, vial.movement.uid)

    assert house.clinic.on_hand(lot) == 5000
    container = rows(store, Container)[0]
    assert (container.state, container.closed_at) == ("discarded", LATER)
    books_are_true(store)


def test_an_opening_of_which_something_was_drawn_stays(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    use(house.clinic, visit(house), (lot, vial.place, 1))
    actor = house.practitioner

    with nothing_moves(sqlite_store), pytest.raises(GoodsMovedOn):
        take_back(house, vial.movement.uid, actor=actor)


def test_a_finished_vial_is_open_again_when_a_use_from_it_is_taken_back(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    used = use(house.clinic, visit(house), (lot, vial.place, 5000))
    _close(house.clinic, vial.location_id)

    take_back(house, used.uid)

    container = rows(store, Container)[0]
    assert (container.state, container.closed_at) == ("open", None)


def test_a_vial_that_was_kept_for_a_patient_who_got_nothing_is_kept_for_nobody(store: Store) -> None:
    house = House(store)
    product = house.product("Filler", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(product, "A1")
    session = visit(house)
    vial = open_vial(house.clinic, product, lot, patient_id=session.patient_id)
    first = use(house.clinic, session, (lot, vial.place, 100))
    second = use(house.clinic, session, (lot, vial.place, 100))

    take_back(house, first.uid)
    still = rows(store, Container)[0].patient_id
    take_back(house, second.uid)

    assert (still, rows(store, Container)[0].patient_id) == (session.patient_id, None)


def test_a_cocktail_that_lies_whole_is_taken_back_and_its_record_stays(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    mixed, prepared = prepare(house.clinic, (lot, vial.place, 1000), output=900)

    take_back(house, prepared.uid)

    assert house.clinic.on_hand(mixed) == 0
    assert house.clinic.on_hand(lot, vial.place) == 5000
    record = rows(store, Preparation)[0]
    assert (record.state, record.lot_id) == ("finished", mixed.id)
    books_are_true(store)


def test_a_cocktail_of_which_something_was_used_stays_and_is_never_taken_back_in_part(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    mixed, prepared = prepare(house.clinic, (lot, vial.place, 1000), output=900)
    actor = house.practitioner

    with nothing_moves(sqlite_store), pytest.raises(WholeMovementOnly):
        take_back(house, prepared.uid, 1, actor=actor)
    use(house.clinic, visit(house), (mixed, house.clinic.fridge, 1))
    with nothing_moves(sqlite_store), pytest.raises(GoodsMovedOn):
        take_back(house, prepared.uid, actor=actor)


def test_part_of_a_single_dose_does_not_go_back_to_the_shelf(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(product, "A1")
    fridge = house.clinic.fridge
    used = use(house.clinic, visit(house), (lot, fridge, 3000), to_disposal=((lot, fridge, 2000),))
    actor = house.practitioner

    with nothing_moves(sqlite_store), pytest.raises(PartOfPresentation):
        take_back(house, used.uid, 1, actor=actor)
    take_back(house, used.uid)
    assert house.clinic.on_hand(lot) == 5000


def test_a_hold_goes_back_with_the_goods(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    moved = _transfer(house.clinic, lot)
    place_hold(
        store,
        PlaceHold(reason=HoldReason.TEMPERATURE, note="warm", location_uid=house.clinic.cupboard.uid),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    take_back(house, moved, actor=house.manager)

    covered = {row.location_id for row in rows(store, HoldPlace)}
    assert covered == {house.clinic.cupboard.id, house.clinic.fridge.id}
    books_are_true(store)


def test_a_reversal_itself_stays(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    assert lot.movement is not None
    back = take_back(house, lot.movement.uid, actor=house.manager)
    actor = house.manager

    with nothing_moves(sqlite_store), pytest.raises(MovementStays):
        take_back(house, back.movement_uid, actor=actor)  # type: ignore[attr-defined]


def test_a_nurse_takes_back_her_own_use_until_the_session_is_finished_and_nobody_elses(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    session = visit(house)
    own = use(house.clinic, session, (lot, vial.place, 100), actor=house.nurse)
    others = use(house.clinic, session, (lot, vial.place, 100))
    nurse, manager, auditor = house.nurse, house.manager, house.clinic.auditor

    with nothing_moves(sqlite_store):
        with pytest.raises(NotYoursToReverse):
            take_back(house, others.uid, actor=nurse)
        with pytest.raises(NotYoursToReverse):
            take_back(house, own.uid, actor=manager)
        with pytest.raises(ActionForbidden):
            take_back(house, own.uid, actor=auditor)
    set_state(house.clinic, session, SessionState.FINISHED)
    with nothing_moves(sqlite_store), pytest.raises(NotYoursToReverse):
        take_back(house, own.uid, actor=nurse)
    take_back(house, own.uid)
    assert house.clinic.on_hand(lot, vial.place) == 4900


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"reason": "  "}, InvalidValue),
        ({"line_numbers": (7,)}, InvalidValue),
        ({"line_numbers": (1, 1)}, InvalidValue),
        ({"movement_uid": "0195f0c0-0000-7000-8000-000000000000"}, ThingNotFound),
    ],
)
def test_a_reversal_that_names_nothing_is_refused(
    sqlite_store: Store, change: dict[str, object], refusal: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    assert lot.movement is not None
    command = Reverse(**{"movement_uid": lot.movement.uid, "reason": "x", **change})  # type: ignore[arg-type]
    actor = house.manager

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        reverse(sqlite_store, command, actor=actor, key=key(), now=LATER)


def test_another_clinics_movement_is_not_found(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot = house.another_clinic().lot_on_shelf(house.product("Filler"), "A1")
    assert lot.movement is not None
    uid, actor = lot.movement.uid, house.manager

    with nothing_moves(sqlite_store), pytest.raises(ThingNotFound):
        take_back(house, uid, actor=actor)


def _close(clinic: Clinic, location_id: int) -> None:
    table = Container.__table__

    def body(work: Work) -> None:
        work.connection.execute(
            table.update()
            .where(table.c.location_id == location_id)
            .values(state="finished", closed_at=work.now)
        )

    clinic.act("test.finish", body)


def _transfer(clinic: Clinic, lot: LotAt) -> str:
    made: list[str] = []
    line = DraftLine(lot_id=lot.id, from_id=clinic.fridge.id, to_id=clinic.cupboard.id, quantity=5000)

    def body(work: Work) -> None:
        draft = Draft(
            kind=MovementKind.TRANSFER, lines=(line,), occurred_at=work.now, document_kind="transfer"
        )
        made.append(post(work, draft).uid)

    clinic.act("test.transfer", body)
    return made[0]
