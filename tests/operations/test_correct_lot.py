"""Is a wrongly read lot put right everywhere at once, and still found under its old name?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.deviations import DEVIATION_UNSIGNED
from stockroom.ledger.offspring import offspring
from stockroom.models import (
    Allocation,
    ClinicHold,
    Container,
    Deviation,
    HoldPlace,
    Line,
    Lot,
    LotAlias,
    Movement,
    PreparationIngredient,
    Usage,
    UsageArea,
)
from stockroom.operations.correct_lot import (
    CorrectLot,
    LotCorrected,
    LotWasCorrected,
    OwnLotStays,
    correct_lot,
)
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.reverse import Reverse, reverse
from stockroom.rules.correcting import Change, NothingToCorrect, OtherExpiryKnown
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import HoldReason, Role
from tests.builders import FAR, NOW, Goods, House, LotAt, key
from tests.correcting import (
    Vial,
    alerts,
    books_are_true,
    nothing_moves,
    open_vial,
    prepare,
    promise,
    rows,
    state_of,
    use,
    visit,
)
from tests.recalls import recalled

LATER = NOW + timedelta(hours=1)
AREAS = (("cheeks", 400), ("forehead", 300))


def put_right(
    house: House, lot: LotAt, number: str, *, expires_on: date | None = FAR, actor: Any = None, **values: Any
) -> LotCorrected:
    return correct_lot(
        house.store,
        CorrectLot(lot_uid=lot.uid, number=number, expires_on=expires_on, reason="8 read as B", **values),
        actor=actor or house.practitioner,
        key=key("correct"),
        now=LATER,
    )


def _lot_of(store: Store, uid: str, place: Any = None) -> LotAt:
    row = rows(store, Lot, Lot.uid == uid)[0]
    return LotAt(id=row.id, uid=row.uid, number=row.number, location_id=0 if place is None else place.id)


def _lived(house: House) -> tuple[Goods, LotAt, Vial, LotAt]:
    """A lot that was received, opened, used, mixed, partly taken back, and is still on the shelf."""
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "AB1", presentations=3)
    vial = open_vial(house.clinic, product, lot)
    session = visit(house)
    use(house.clinic, session, (lot, vial.place, 700), areas=AREAS)
    undone = use(house.clinic, session, (lot, vial.place, 100))
    reverse(
        house.store,
        Reverse(movement_uid=undone.uid, reason="x"),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )
    mixed, _ = prepare(house.clinic, (lot, vial.place, 1000), output=900)
    return product, lot, vial, mixed


def test_a_wrong_number_is_put_right_on_every_line_that_stands(store: Store) -> None:
    house = House(store)
    _product, lot, vial, mixed = _lived(house)
    before = {row.id: row for row in rows(store, Movement)}

    answer = put_right(house, lot, "A81")

    right = _lot_of(store, answer.lot_uid)
    fridge = house.clinic.fridge
    assert (house.clinic.on_hand(lot), house.clinic.on_hand(lot, vial.place)) == (0, 0)
    assert (house.clinic.on_hand(right, fridge), house.clinic.on_hand(right, vial.place)) == (10_000, 3300)
    again = rows(store, Movement, Movement.kind == "correct")
    assert [before[row.replaces_movement_id].kind for row in again] == ["receive", "open", "use", "prepare"]
    assert [row.occurred_at for row in again] == [
        before[row.replaces_movement_id].occurred_at for row in again
    ]
    assert {row.document_kind for row in again} == {"receipt", "container", "session", "preparation"}
    back = rows(store, Movement, Movement.uid == answer.reversal_uid)[0]
    assert len(rows(store, Line, Line.movement_id == back.id)) == 4
    assert rows(store, Container)[0].lot_id == right.id
    assert {row.lot_id for row in rows(store, PreparationIngredient)} == {right.id}
    with store.reading() as connection:
        assert [each.lot_id for each in offspring(connection, [right.id])] == [mixed.id]
        assert offspring(connection, [lot.id]) == ()
    books_are_true(store)


def test_what_was_known_of_a_use_is_kept_and_so_is_its_session(store: Store) -> None:
    house = House(store)
    _product, lot, _vial, _mixed = _lived(house)

    answer = put_right(house, lot, "A81")

    right = _lot_of(store, answer.lot_uid)
    used = rows(store, Line, Line.lot_id == right.id, Line.session_id.is_not(None))
    assert [line.quantity for line in used] == [700]
    usage = rows(store, Usage, Usage.line_id == used[0].id)[0]
    assert (usage.technique, usage.raw_scan) == ("point_by_point", "scanned")
    areas = rows(store, UsageArea, UsageArea.line_id == used[0].id)
    assert [(row.area, row.quantity) for row in areas] == list(AREAS)


def test_both_numbers_stay_findable_and_the_old_lot_leads_to_the_right_one(store: Store) -> None:
    house = House(store)
    _product, lot, _vial, mixed = _lived(house)

    first = put_right(house, lot, "A81")
    second = put_right(house, _lot_of(store, first.lot_uid), "A18")

    right = _lot_of(store, second.lot_uid)
    led = {row.number: row.superseded_by_id for row in rows(store, Lot, Lot.kind == "manufactured")}
    assert led == {"AB1": right.id, "A81": right.id, "A18": None}
    with store.reading() as connection:
        made = offspring(connection, [right.id])
    assert [each.lot_id for each in made] == [mixed.id], "a recall of it stops the cocktail"
    assert {row.number for row in rows(store, LotAlias)} == {"AB1", "A81"}
    books_are_true(store)


def test_a_number_that_is_corrected_back_is_the_first_lot_again(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "AB1")
    first = put_right(house, lot, "A81")

    answer = put_right(house, _lot_of(store, first.lot_uid), "AB1")

    assert answer.lot_uid == lot.uid
    assert house.clinic.on_hand(lot) == 5000
    assert {row.number: row.superseded_by_id for row in rows(store, Lot)} == {"AB1": None, "A81": lot.id}
    books_are_true(store)


def test_two_lots_are_declared_one(store: Store) -> None:
    house = House(store)
    product, lot, _vial, _mixed = _lived(house)
    other = house.clinic.lot_on_shelf(product, "A81")

    answer = put_right(house, lot, "A81")

    assert answer.lot_uid == other.uid
    assert house.clinic.on_hand(other) == 15_000
    books_are_true(store)


def test_two_lots_with_other_expiries_are_one_only_when_somebody_says_which_is_right(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    wrong = house.clinic.lot_on_shelf(product, "AB1", expires_on=date(2027, 1, 31))
    other = house.clinic.lot_on_shelf(product, "A81", expires_on=FAR)
    said = {"expires_on": date(2027, 1, 31)}
    actor = house.practitioner

    with nothing_moves(store), pytest.raises(OtherExpiryKnown):
        put_right(house, wrong, "A81", actor=actor, **said)
    put_right(house, wrong, "A81", conflict_stated=True, **said)

    assert rows(store, Lot, Lot.id == other.id)[0].expires_on == date(2027, 1, 31)
    assert {(row.lot_id, row.number, row.expires_on) for row in rows(store, LotAlias)} == {
        (other.id, "A81", FAR),
        (other.id, "AB1", date(2027, 1, 31)),
    }
    books_are_true(store)


def test_another_clinics_expiry_of_the_same_number_is_a_conflict(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    house.another_clinic().lot_on_shelf(product, "A81", expires_on=date(2027, 1, 31))
    lot = house.clinic.lot_on_shelf(product, "AB1")
    actor = house.practitioner

    with nothing_moves(sqlite_store), pytest.raises(OtherExpiryKnown):
        put_right(house, lot, "A81", actor=actor)


def test_a_wrong_expiry_is_amended_where_it_stands_and_posts_nothing(store: Store) -> None:
    house = House(store)
    _product, lot, _vial, _mixed = _lived(house)
    movements = len(rows(store, Movement))

    answer = put_right(house, lot, "AB1", expires_on=date(2026, 12, 31))

    assert (answer.lot_uid, answer.reversal_uid, answer.movement_uids) == (lot.uid, None, ())
    assert len(rows(store, Movement)) == movements
    assert rows(store, Lot, Lot.id == lot.id)[0].expires_on == date(2026, 12, 31)
    assert [(row.number, row.expires_on) for row in rows(store, LotAlias)] == [("AB1", FAR)]
    books_are_true(store)


def test_an_earlier_expiry_shortens_the_vial_and_the_cocktail_at_once(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "AB1")
    vial = open_vial(house.clinic, product, lot)
    mixed, _ = prepare(house.clinic, (lot, vial.place, 1000), output=900)
    until = datetime(2026, 2, 28, 22, 0, tzinfo=UTC)  # the end of the day in Sofia

    answer = put_right(house, lot, "AB1", expires_on=date(2026, 2, 28), actor=house.manager)

    assert {each.uid: each.change for each in answer.limits} == {
        vial.uid: Change.LOWERED,
        mixed.uid: Change.LOWERED,
    }
    assert rows(store, Container)[0].beyond_use_at == until
    assert rows(store, Lot, Lot.id == mixed.id)[0].beyond_use_at == until


def test_what_was_used_after_the_right_expiry_is_a_deviation_with_an_alert(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "AB1")
    vial = open_vial(house.clinic, product, lot)
    used = use(house.clinic, visit(house), (lot, vial.place, 700))

    put_right(house, lot, "AB1", expires_on=date(2026, 2, 28))

    found = {(row.movement_id, row.rule, row.was_asked) for row in rows(store, Deviation)}
    assert found == {(used.movement_id, "expired", False), (used.movement_id, "beyond_use", False)}
    assert [row.subject_uid for row in alerts(store, DEVIATION_UNSIGNED)] == [used.uid]
    books_are_true(store)


@pytest.mark.parametrize(
    ("role", "change", "limit"),
    [
        (Role.MANAGER, Change.WITHHELD, datetime(2026, 3, 2, 22, 0, tzinfo=UTC)),
        (Role.PRACTITIONER, Change.RAISED, NOW + timedelta(hours=23)),
    ],
)
def test_a_later_expiry_lengthens_a_limit_only_when_a_practitioner_corrects(
    store: Store, role: Role, change: Change, limit: datetime
) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "AB1", expires_on=date(2026, 3, 2))
    vial = open_vial(house.clinic, product, lot, beyond_use_at=datetime(2026, 3, 2, 22, 0, tzinfo=UTC))

    answer = put_right(house, lot, "A81", actor=house.clinic.employ(role))

    assert [(each.uid, each.change) for each in answer.limits] == [(vial.uid, change)]
    assert rows(store, Container)[0].beyond_use_at == limit
    books_are_true(store)


def test_holds_and_promises_follow_the_lot(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "AB1", presentations=2)
    vial = open_vial(house.clinic, product, lot)
    promised = promise(house.clinic, lot, vial.place, 300, visit(house))
    for command in (
        PlaceHold(reason=HoldReason.SUSPICION, note="x", lot_uid=lot.uid),
        PlaceHold(reason=HoldReason.TEMPERATURE, note="x", location_uid=vial.uid),
    ):
        place_hold(store, command, actor=house.nurse, key=key(), now=NOW)

    answer = put_right(house, lot, "A81")

    right = _lot_of(store, answer.lot_uid)
    assert state_of(store, promised) == "released"
    anew = rows(store, Allocation, Allocation.state == "active")
    assert [(row.lot_id, row.location_id, row.quantity) for row in anew] == [
        (right.id, vial.location_id, 300)
    ]
    assert {row.lot_id for row in rows(store, ClinicHold)} == {right.id, None}
    assert (right.id, vial.location_id) in {(r.lot_id, r.location_id) for r in rows(store, HoldPlace)}
    books_are_true(store)


def test_a_recall_of_the_right_number_takes_hold_at_once(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "AB1", presentations=2)
    vial = open_vial(house.clinic, product, lot)
    mixed, _ = prepare(house.clinic, (lot, vial.place, 1000), output=900)
    session = visit(house)
    promise(house.clinic, lot, vial.place, 300, session)
    of_mixed = promise(house.clinic, mixed, house.clinic.fridge, 300, session)
    recalled(store, product.uid, "A81", actor=house.practitioner, now=NOW)

    answer = put_right(house, lot, "A81")

    assert len(answer.lost_allocation_uids) == 2
    assert state_of(store, of_mixed) == "lost"
    assert [(row.lot_id, row.reason) for row in rows(store, ClinicHold)] == [(mixed.id, "recall")]
    books_are_true(store)


def test_a_corrected_cocktail_is_still_taken_back_whole(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lot = house.clinic.lot_on_shelf(product, "AB1")
    vial = open_vial(house.clinic, product, lot)
    mixed, prepared = prepare(house.clinic, (lot, vial.place, 1000), output=900)
    answer = put_right(house, lot, "A81")

    reverse(
        store,
        Reverse(movement_uid=prepared.uid, reason="never made"),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )

    assert house.clinic.on_hand(mixed) == 0
    assert house.clinic.on_hand(_lot_of(store, answer.lot_uid), vial.place) == 5000
    books_are_true(store)


@pytest.mark.parametrize(
    ("case", "refusal"),
    [
        ("nothing changes", NothingToCorrect),
        ("no number", InvalidValue),
        ("two expiries", InvalidValue),
        ("a cocktail", OwnLotStays),
        ("corrected before", LotWasCorrected),
        ("another clinic's", ThingNotFound),
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_leaves_nothing(
    sqlite_store: Store, case: str, refusal: type[StockroomError]
) -> None:
    house = House(sqlite_store)
    product, lot, _vial, mixed = _lived(house)
    old = house.clinic.lot_on_shelf(product, "OLD")
    put_right(house, old, "NEW")
    far = house.another_clinic().lot_on_shelf(product, "FAR")
    at, actor = LATER, house.practitioner
    lots = {"a cocktail": mixed, "corrected before": old, "another clinic's": far}
    number = {"nothing changes": "AB1", "no number": " "}.get(case, "A81")
    values: dict[str, Any] = {"expires_at": at} if case == "two expiries" else {}

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        put_right(house, lots.get(case, lot), number, actor=actor, **values)


def test_a_nurse_corrects_no_lot_and_the_same_key_corrects_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    _product, lot, _vial, _mixed = _lived(house)
    nurse = house.nurse
    command = CorrectLot(lot_uid=lot.uid, number="A81", expires_on=FAR, reason="x")
    with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
        correct_lot(sqlite_store, command, actor=nurse, key=key(), now=LATER)

    first = correct_lot(sqlite_store, command, actor=house.manager, key="same", now=LATER)
    second = correct_lot(sqlite_store, command, actor=house.manager, key="same", now=LATER)

    assert first == second
