"""Does a cocktail keep longer in a fridge, where the rule says so, and no longer than elsewhere once it is out?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, text

from stockroom.db.store import Store
from stockroom.ledger.verify import verify
from stockroom.models import Alert, Deviation, Location, Lot, Movement, Preparation
from stockroom.operations.change_location import ChangeLocation, change_location
from stockroom.operations.move_goods import GoodsMoved, MoveGoods, MoveLine, move_goods
from stockroom.operations.record_preparation import PouredIn, RecordPreparation, record_preparation
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.operations.write_recipe import ComponentOf
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType, LocationKind, LotKind, StorageClass
from tests.builders import NOW, House, Place, key
from tests.cocktails import add, begin, finish, patient_with_session, recipe
from tests.ledger.planting import unguarded
from tests.sessions import line, rows, used

DAY = timedelta(hours=24)
HALF_A_DAY = timedelta(hours=12)


class Bench:
    """A clinic under Category 1, a recipe that would allow three days, and another fridge."""

    def __init__(self, store: Store, *, recipe_hours: int = 72, **settings: object) -> None:
        self.store, self.house = store, House(store)
        said = SetSettings(values={"beyond_use_rule": "category_1", **settings}, version=1)
        set_settings(store, said, actor=self.house.clinic.administrator, key=key(), now=NOW - DAY)
        ampoule = self.house.product(
            "Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE
        )
        self.lot = self.house.clinic.lot_on_shelf(ampoule, "A1", presentations=9)
        self.recipe_uid = recipe(
            self.house,
            "Glow",
            ComponentOf(quantity=2000, product_uid=ampoule.uid),
            output_quantity=2000,
            beyond_use_minutes=recipe_hours * 60,
        ).recipe_uid
        self.fridge, self.room = self.house.clinic.fridge, self.house.clinic.room
        self.session_uid = patient_with_session(self.house, "Ana A")

    def made(self, place: Place) -> Lot:
        draft = begin(self.house, self.recipe_uid, self.session_uid, again_reason="another").preparation_uid
        add(self.house, draft, lot_uid=self.lot.uid)
        uid = finish(self.house, draft, location_uid=place.uid).lot_uid
        return self.lot_of(uid)

    def lot_of(self, uid: str) -> Lot:
        (found,) = rows(self.store, Lot, kind=LotKind.PREPARED, uid=uid)
        return found

    def move(
        self, lot: Lot, source: Place, target: Place, *, at: datetime, quantity: int = 2000
    ) -> GoodsMoved:
        command = MoveGoods(
            to_uid=target.uid, lines=(MoveLine(lot_uid=lot.uid, from_uid=source.uid, quantity=quantity),)
        )
        return move_goods(self.store, command, actor=self.house.nurse, key=key("move"), now=at)


def test_it_keeps_as_long_as_the_rule_says_of_the_place_where_it_is_put(store: Store) -> None:
    bench = Bench(store)

    cold, warm = bench.made(bench.fridge), bench.made(bench.room)

    assert (cold.beyond_use_at, warm.beyond_use_at) == (NOW + DAY, NOW + HALF_A_DAY)
    assert verify(store, anchors=False).ok


@pytest.mark.parametrize(
    ("hours", "settings", "cold"),
    [
        (18, {}, 18),  # the recipe allows no more
        (6, {}, 6),
        (72, {"beyond_use_minutes": 600}, 10),  # the clinic's own minutes count everywhere
        (72, {"beyond_use_minutes": 600, "beyond_use_minutes_refrigerated": 900}, 15),
        (72, {"beyond_use_rule": "immediate_use"}, 4),  # that rule knows no fridge
        (72, {"beyond_use_rule": "immediate_use", "beyond_use_minutes_refrigerated": 480}, 8),
    ],
)
def test_the_recipe_and_the_clinics_own_minutes_bound_it(
    sqlite_store: Store, hours: int, settings: dict[str, object], cold: int
) -> None:
    bench = Bench(sqlite_store, recipe_hours=hours, **settings)

    assert bench.made(bench.fridge).beyond_use_at == NOW + timedelta(hours=cold)


def test_taken_out_of_the_fridge_it_keeps_no_longer_than_elsewhere_and_back_in_it_gains_nothing(
    store: Store,
) -> None:
    bench = Bench(store)
    other_fridge = bench.house.clinic.place("Second fridge", LocationKind.FRIDGE, StorageClass.REFRIGERATED)
    lot = bench.made(bench.fridge)

    stayed = bench.move(lot, bench.fridge, other_fridge, at=NOW + timedelta(hours=1))
    still_cold = bench.lot_of(lot.uid).beyond_use_at
    out = bench.move(lot, other_fridge, bench.room, at=NOW + timedelta(hours=2))
    taken_out = bench.lot_of(lot.uid).beyond_use_at
    back = bench.move(lot, bench.room, bench.fridge, at=NOW + timedelta(hours=3))

    assert (stayed.shortened, still_cold) == ((), NOW + DAY)
    assert (out.shortened, taken_out) == ((lot.uid,), NOW + HALF_A_DAY)
    assert (back.shortened, bench.lot_of(lot.uid).beyond_use_at) == ((), NOW + HALF_A_DAY)
    (made,) = rows(store, Preparation)
    assert made.warm_since == NOW + timedelta(hours=2)
    assert verify(store, anchors=False).ok


def test_a_fridge_that_turns_out_to_be_none_shortens_what_lies_in_it(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    lot = bench.made(bench.fridge)
    with sqlite_store.reading() as connection:
        place = connection.execute(select(Location.__table__).where(Location.id == bench.fridge.id)).one()
    command = ChangeLocation(
        location_uid=place.uid, version=place.version, name=place.name, storage_class=StorageClass.ROOM
    )

    change_location(sqlite_store, command, actor=bench.house.clinic.manager, key=key(), now=NOW)

    assert bench.lot_of(lot.uid).beyond_use_at == NOW + HALF_A_DAY
    assert verify(sqlite_store, anchors=False).ok


def test_what_was_mixed_from_it_follows(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    inner = bench.made(bench.fridge)
    outer = begin(bench.house, None, bench.session_uid, reason="diluted").preparation_uid
    add(bench.house, outer, lot_uid=inner.uid, quantity=1000)
    made = finish(bench.house, outer, location_uid=bench.fridge.uid).lot_uid

    bench.move(inner, bench.fridge, bench.room, at=NOW + timedelta(hours=2), quantity=1000)

    assert bench.lot_of(made).beyond_use_at == NOW + HALF_A_DAY
    assert verify(sqlite_store, anchors=False).ok


def test_one_recorded_late_lay_where_it_was_put(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    command = RecordPreparation(
        ingredients=(PouredIn(thing=ThingName(lot_uid=bench.lot.uid), quantity=2000),),
        location_uid=bench.fridge.uid,
        occurred_at=NOW - timedelta(hours=3),
        reason="the tablet was empty",
        session_uids=(bench.session_uid,),
    )

    made = record_preparation(sqlite_store, command, actor=bench.house.nurse, key=key(), now=NOW)

    assert made.beyond_use_at == NOW - timedelta(hours=3) + DAY
    assert verify(sqlite_store, anchors=False).ok


def test_what_was_used_meanwhile_and_too_late_is_signed_when_its_leaving_the_fridge_comes_out(
    store: Store,
) -> None:
    bench = Bench(store)
    lot = bench.made(bench.fridge)
    prescriber = bench.house.practitioner.person_uid
    drawn = [
        used(
            bench.house,
            bench.session_uid,
            line(ThingName(lot_uid=lot.uid), 500, prescriber_uid=prescriber),
            now=NOW + timedelta(hours=hours),
        )
        for hours in (1, 13, 15)
    ]
    command = MoveGoods(
        to_uid=bench.room.uid,
        lines=(MoveLine(lot_uid=lot.uid, from_uid=bench.fridge.uid, quantity=500),),
        happened_at=NOW + timedelta(hours=14),
        late_reason="Found on the bench",
    )

    moved = move_goods(store, command, actor=bench.house.nurse, key=key(), now=NOW + timedelta(hours=16))

    (deviation,) = rows(store, Deviation)
    (late,) = rows(store, Movement, uid=drawn[2].movement_uid)
    assert (deviation.rule, deviation.movement_id, deviation.reason) == (
        "beyond_use", late.id, "Found on the bench",
    )  # fmt: skip
    assert moved.broken_rules == ("beyond_use",)
    assert [each.subject_uid for each in rows(store, Alert, kind="deviation_unsigned")] == [late.uid]
    assert verify(store, anchors=False).ok


def test_verify_sees_a_cocktail_that_outlives_its_time_outside_the_fridge(sqlite_store: Store) -> None:
    bench = Bench(sqlite_store)
    bench.made(bench.fridge)

    with unguarded(sqlite_store) as connection:
        connection.execute(text("UPDATE preparation SET warm_since = ended_at"))

    assert [finding.invariant for finding in verify(sqlite_store, anchors=False).findings] == ["L11"]
