"""Is a hold lifted by the right people only, and do both dates stay?"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import ClinicHold, ProductHold
from stockroom.operations.correct_lot import CorrectLot, correct_lot
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.release_hold import ReleaseHold, ReleaseRecall, release_hold, release_recall
from stockroom.operations.reverse import Reverse, reverse
from stockroom.rules.holding import HoldAlreadyReleased, RecallHoldStays
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import HoldReason
from tests.builders import FAR, NOW, House, key
from tests.correcting import books_are_true, nothing_moves, open_vial, prepare, rows
from tests.recalls import recalled

LATER = NOW + timedelta(hours=2)


def _held(house: House) -> str:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    placed = place_hold(
        house.store,
        PlaceHold(reason=HoldReason.SUSPICION, note="cloudy", lot_uid=lot.uid),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )
    return placed.hold_uid


def test_a_released_hold_keeps_both_dates_and_both_people(store: Store) -> None:
    house = House(store)
    hold_uid = _held(house)

    release_hold(
        store, ReleaseHold(hold_uid=hold_uid, note="clear"), actor=house.manager, key=key(), now=LATER
    )

    row = rows(store, ClinicHold)[0]
    assert (row.placed_at, row.released_at) == (NOW, LATER)
    assert (row.placed_by_id, row.released_by_id) == (house.nurse.person_id, house.manager.person_id)
    assert (row.note, row.release_note) == ("cloudy", "clear")
    books_are_true(store)


def test_a_hold_is_released_once_and_the_same_key_is_answered_again(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    command = ReleaseHold(hold_uid=_held(house), note="clear")
    first = release_hold(sqlite_store, command, actor=house.manager, key="same", now=LATER)

    with nothing_moves(sqlite_store):
        assert release_hold(sqlite_store, command, actor=house.manager, key="same", now=LATER) == first
        with pytest.raises(HoldAlreadyReleased):
            release_hold(sqlite_store, command, actor=house.manager, key=key(), now=LATER)


def test_a_nurse_releases_nothing_and_another_clinic_finds_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    command = ReleaseHold(hold_uid=_held(house), note="clear")
    nurse, stranger, manager = house.nurse, house.another_clinic().manager, house.manager

    with nothing_moves(sqlite_store):
        with pytest.raises(ActionForbidden):
            release_hold(sqlite_store, command, actor=nurse, key=key(), now=LATER)
        with pytest.raises(ThingNotFound):
            release_hold(sqlite_store, command, actor=stranger, key=key(), now=LATER)
        with pytest.raises(InvalidValue):
            release_hold(
                sqlite_store,
                ReleaseHold(hold_uid=command.hold_uid, note=" "),
                actor=manager,
                key=key(),
                now=LATER,
            )


def test_a_recall_lets_go_of_its_cocktails_when_it_ends_but_not_of_those_of_another_recall(
    store: Store,
) -> None:
    house = House(store)
    one, two = house.product("Filler"), house.product("Booster")
    lots = [house.clinic.lot_on_shelf(product, "A1") for product in (one, two)]
    vials = [open_vial(house.clinic, product, lot) for product, lot in zip((one, two), lots, strict=True)]
    of_one, _ = prepare(house.clinic, (lots[0], vials[0].place, 100), output=100)
    of_both, _ = prepare(
        house.clinic, (lots[0], vials[0].place, 100), (lots[1], vials[1].place, 100), output=200
    )
    first, _second = (
        recalled(store, product.uid, "A1", actor=house.practitioner, now=NOW) for product in (one, two)
    )

    release_recall(
        store,
        ReleaseRecall(hold_uid=first.hold_uids[0], note="false alarm"),
        actor=house.manager,
        key=key(),
        now=LATER,
    )

    still = {row.lot_id for row in rows(store, ClinicHold, ClinicHold.released_at.is_(None))}
    assert still == {of_both.id}
    assert {row.lot_id for row in rows(store, ClinicHold)} == {of_one.id, of_both.id}
    released = rows(store, ProductHold, ProductHold.uid == first.hold_uids[0])[0]
    assert (released.released_at, released.release_note) == (LATER, "false alarm")
    books_are_true(store)


def test_a_cocktails_recall_hold_is_not_released_by_itself(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "A1")
    vial = open_vial(house.clinic, product, lot)
    prepare(house.clinic, (lot, vial.place, 100), output=100)
    recalled(sqlite_store, product.uid, "A1", actor=house.practitioner, now=NOW)
    hold_uid = rows(sqlite_store, ClinicHold)[0].uid
    manager, nurse = house.manager, house.nurse

    with nothing_moves(sqlite_store):
        with pytest.raises(RecallHoldStays):
            release_hold(
                sqlite_store, ReleaseHold(hold_uid=hold_uid, note="x"), actor=manager, key=key(), now=LATER
            )
        with pytest.raises(ActionForbidden):
            release_recall(
                sqlite_store, ReleaseRecall(hold_uid=hold_uid, note="x"), actor=nurse, key=key(), now=LATER
            )


def test_a_cocktail_whose_lot_was_put_right_is_let_go_when_the_recall_ends(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    vial = open_vial(house.clinic, filler, lot)
    prepare(house.clinic, (lot, vial.place, 100), output=100)
    placed = recalled(sqlite_store, filler.uid, "A1", actor=house.practitioner, now=NOW)
    misread = CorrectLot(lot_uid=lot.uid, number="A7", expires_on=FAR, reason="Misread")
    correct_lot(sqlite_store, misread, actor=house.practitioner, key=key(), now=NOW)

    ended = ReleaseRecall(hold_uid=placed.hold_uids[0], note="over")
    release_recall(sqlite_store, ended, actor=house.practitioner, key=key(), now=LATER)

    assert all(hold.released_at is not None for hold in rows(sqlite_store, ClinicHold))


@pytest.mark.parametrize("is_reversed", [True, False], ids=["reversed", "standing"])
def test_the_end_of_a_recall_lifts_exactly_the_holds_that_it_placed(store: Store, is_reversed: bool) -> None:
    house = House(store)
    products = [house.product(name) for name in ("Filler", "Booster", "Serum")]
    lots = [house.clinic.lot_on_shelf(product, "A1") for product in products]
    vials = [open_vial(house.clinic, product, lot) for product, lot in zip(products, lots, strict=True)]
    mixed, posted = prepare(
        house.clinic, (lots[0], vials[0].place, 100), (lots[1], vials[1].place, 100), output=200
    )
    one, two, elsewhere = (
        recalled(store, product.uid, "A1", actor=house.practitioner, now=NOW).hold_uids[0]
        for product in products
    )
    if is_reversed:
        back = Reverse(movement_uid=posted.uid, reason="Never made")
        reverse(store, back, actor=house.practitioner, key=key(), now=NOW)

    def end(recall_uid: str) -> set[str | None]:
        """End a recall, and give the recalls whose holds on the cocktail stand still."""
        ended = ReleaseRecall(hold_uid=recall_uid, note="over")
        release_recall(store, ended, actor=house.manager, key=key(), now=LATER)
        standing = rows(store, ClinicHold, ClinicHold.released_at.is_(None))
        assert {row.lot_id for row in standing} <= {mixed.id}
        return {row.origin_uid for row in standing}

    assert end(elsewhere) == {one, two}
    assert end(one) == {two}
    assert end(two) == set()
    books_are_true(store)


def test_a_hold_that_does_not_say_its_recall_is_lifted_with_the_last_that_reaches_it(store: Store) -> None:
    house = House(store)
    filler, serum = house.product("Filler"), house.product("Serum")
    lot, other = (house.clinic.lot_on_shelf(product, "A1") for product in (filler, serum))
    vial = open_vial(house.clinic, filler, lot)
    prepare(house.clinic, (lot, vial.place, 100), output=100)
    recalls = [
        recalled(store, product.uid, other.number, actor=house.practitioner, now=NOW).hold_uids[0]
        for product in (filler, serum)
    ]
    _forget_origins(house)

    standing = []
    for recall_uid in reversed(recalls):
        ended = ReleaseRecall(hold_uid=recall_uid, note="over")
        release_recall(store, ended, actor=house.manager, key=key(), now=LATER)
        standing.append(len(rows(store, ClinicHold, ClinicHold.released_at.is_(None))))

    assert standing == [1, 0]


def _forget_origins(house: House) -> None:
    """As the rows of an older release are."""

    def body(work: Work) -> None:
        work.connection.execute(update(ClinicHold).values(origin_uid=None))

    house.clinic.act("test.forget", body)
