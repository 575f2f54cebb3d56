"""Does a recall reach every clinic, every cocktail and every promise at once?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import ClinicHold, Lot, OrganisationEntry, ProductHold
from stockroom.operations.recall_lot import AlreadyRecalled, RecallLot, recall_lot
from stockroom.reads.things import Where, things
from stockroom.rules.permissions import ActionForbidden
from stockroom.vocabulary import HoldReason
from tests.builders import NOW, House, key
from tests.correcting import (
    alerts,
    books_are_true,
    nothing_moves,
    open_vial,
    prepare,
    promise,
    rows,
    state_of,
    total,
    visit,
)

RECALLED, FREE = {frozenset({"recall"})}, {frozenset[str]()}


def reasons(house: House, lot_id: int) -> set[frozenset[str]]:
    """Why a lot is held, over all places in its clinic."""
    clinic_id = rows(house.store, Lot, Lot.id == lot_id)[0].clinic_id
    with house.store.reading() as connection:
        found = things(connection, clinic_id, Where(lot_ids=[lot_id]))
    return {frozenset(reason.value for reason in each.hold_reasons) for each in found}


def test_a_recall_holds_the_lot_in_every_clinic_and_what_comes_later(store: Store) -> None:
    house = House(store)
    rila = house.another_clinic()
    product = house.product("Filler")
    here = house.clinic.lot_on_shelf(product, "A1")
    there = rila.lot_on_shelf(product, "A1")
    other = rila.lot_on_shelf(product, "B2")
    before = total(store, house.clinic)

    placed = recall_lot(
        store,
        RecallLot(product_uid=product.uid, lot_number="A1", note="FSN 2026-3"),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )

    third = house.another_clinic("Pirin")
    later = third.lot_on_shelf(product, "A1", now=NOW)
    assert set(placed.lot_uids) == {here.uid, there.uid}
    assert reasons(house, here.id) == reasons(house, there.id) == reasons(house, later.id) == RECALLED
    assert reasons(house, other.id) == FREE
    assert total(store, house.clinic) == before
    books_are_true(store)


def test_a_recall_of_a_product_covers_all_its_lots(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")
    lots = [house.clinic.lot_on_shelf(product, number) for number in ("A1", "B2")]

    recall_lot(
        store,
        RecallLot(product_uid=product.uid, lot_number=None, note="withdrawn"),
        actor=house.manager,
        key=key(),
        now=NOW,
    )

    assert [reasons(house, lot.id) for lot in lots] == [RECALLED, RECALLED]


def test_a_recall_reaches_cocktails_made_of_cocktails_in_their_clinics(store: Store) -> None:
    house = House(store)
    rila = house.another_clinic()
    product, bystander = house.product("Filler"), house.product("Saline")
    made = []
    for clinic in (house.clinic, rila):
        lot = clinic.lot_on_shelf(product, "A1")
        vial = open_vial(clinic, product, lot)
        first, _ = prepare(clinic, (lot, vial.place, 1000), output=1000)
        second, _ = prepare(clinic, (first, clinic.fridge, 500), output=400)
        clean = clinic.lot_on_shelf(bystander, "S1")
        clean_vial = open_vial(clinic, bystander, clean)
        untouched, _ = prepare(clinic, (clean, clean_vial.place, 100), output=100)
        made.append((first, second, untouched))

    placed = recall_lot(
        store,
        RecallLot(product_uid=product.uid, lot_number="A1", note="FSN"),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )

    assert set(placed.prepared_lot_uids) == {
        each.uid for first, second, _ in made for each in (first, second)
    }
    for first, second, untouched in made:
        assert reasons(house, first.id) == reasons(house, second.id) == RECALLED
        assert reasons(house, untouched.id) == FREE
    holds = rows(store, ClinicHold)
    assert {(row.clinic_id, row.lot_id, row.reason) for row in holds} == {
        (clinic.id, each.id, "recall")
        for clinic, (first, second, _) in zip((house.clinic, rila), made, strict=True)
        for each in (first, second)
    }


def test_what_was_promised_of_a_recalled_lot_or_its_cocktail_is_lost_in_every_clinic(store: Store) -> None:
    house = House(store)
    rila = house.another_clinic()
    product = house.product("Filler")
    here = house.clinic.lot_on_shelf(product, "A1", presentations=2)
    vial = open_vial(house.clinic, product, here)
    mixed, _ = prepare(house.clinic, (here, vial.place, 1000), output=900)
    there = rila.lot_on_shelf(product, "A1")
    session, far = visit(house), visit(house, "Ana Demova", clinic=rila)
    promised = [
        promise(house.clinic, here, vial.place, 700, session),
        promise(house.clinic, mixed, house.clinic.fridge, 300, session),
        promise(rila, there, rila.fridge, 5000, far),
    ]

    placed = recall_lot(
        store,
        RecallLot(product_uid=product.uid, lot_number="A1", note="FSN"),
        actor=house.practitioner,
        key=key(),
        now=NOW + timedelta(minutes=1),
    )

    assert [state_of(store, each) for each in promised] == ["lost", "lost", "lost"]
    assert set(placed.lost_allocation_uids) == {each.uid for each in promised}
    raised = alerts(store)
    assert {row.subject_uid for row in raised} == {each.uid for each in promised}
    assert sorted(row.clinic_id for row in raised) == sorted([house.clinic.id, house.clinic.id, rila.id])
    books_are_true(store)


def test_a_recall_stands_in_the_organisations_journal(store: Store) -> None:
    house = House(store)
    product = house.product("Filler")

    placed = recall_lot(
        store,
        RecallLot(product_uid=product.uid, lot_number="A1", note="FSN"),
        actor=house.practitioner,
        key=key(),
        now=NOW,
    )

    entry = rows(store, OrganisationEntry, OrganisationEntry.kind == "recall.place")
    assert len(entry) == 1
    assert placed.hold_uid in entry[0].payload
    hold = rows(store, ProductHold)[0]
    assert (hold.uid, hold.lot_number, hold.reason) == (placed.hold_uid, "A1", HoldReason.RECALL.value)


def test_the_same_recall_is_not_declared_twice_but_replayed(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    product = house.product("Filler")
    command = RecallLot(product_uid=product.uid, lot_number="A1", note="FSN")
    first = recall_lot(sqlite_store, command, actor=house.practitioner, key="same", now=NOW)

    with nothing_moves(sqlite_store):
        assert recall_lot(sqlite_store, command, actor=house.practitioner, key="same", now=NOW) == first
        with pytest.raises(AlreadyRecalled) as refused:
            recall_lot(sqlite_store, command, actor=house.practitioner, key=key(), now=NOW)

    assert refused.value.hold_uid == first.hold_uid


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"note": ""}, InvalidValue),
        ({"lot_number": " "}, InvalidValue),
        ({"product_uid": "0195f0c0-0000-7000-8000-000000000000"}, ThingNotFound),
    ],
)
def test_a_recall_that_says_too_little_is_refused(
    sqlite_store: Store, changed: dict[str, str], refusal: type[Exception]
) -> None:
    house = House(sqlite_store)
    said = {"product_uid": house.product("Filler").uid, "lot_number": "A1", "note": "FSN", **changed}
    actor = house.practitioner

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        recall_lot(sqlite_store, RecallLot(**said), actor=actor, key=key(), now=NOW)


def test_a_nurse_recalls_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    command = RecallLot(product_uid=house.product("Filler").uid, lot_number="A1", note="FSN")
    nurse = house.nurse

    with nothing_moves(sqlite_store), pytest.raises(ActionForbidden):
        recall_lot(sqlite_store, command, actor=nurse, key=key(), now=NOW)
