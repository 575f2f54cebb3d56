"""Is a use put right in one act, with everything that was known of it?"""

from __future__ import annotations

from datetime import timedelta

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, StockroomError, ThingNotFound
from stockroom.ledger.deviations import DEVIATION_UNSIGNED
from stockroom.ledger.reversals import GoodsMovedOn
from stockroom.models import Container, Deviation, Line, Movement, Usage, UsageArea
from stockroom.operations.correct_use import (
    CorrectedLine,
    CorrectUse,
    NobodyCame,
    correct_use,
)
from stockroom.operations.reverse import Reverse, reverse
from stockroom.reads.vial_slack import MoreThanTheVialHeld
from stockroom.rules.booked import NotAUse
from stockroom.rules.permissions import ActionForbidden, NotYoursToReverse
from stockroom.rules.posting import AlreadyReversed
from stockroom.rules.using import AreaUse
from stockroom.vocabulary import ContainerType, SessionState
from tests.builders import NOW, House, LotAt, key
from tests.correcting import (
    Vial,
    Visit,
    alerts,
    books_are_true,
    nothing_moves,
    open_vial,
    promise,
    rows,
    set_state,
    state_of,
    use,
    visit,
)

LATER = NOW + timedelta(hours=1)
AREAS = (("cheeks", 400), ("forehead", 300))


def _opened(house: House, **product: object) -> tuple[LotAt, Vial]:
    goods = house.product("Filler", **product)
    lot = house.clinic.lot_on_shelf(goods, "A1")
    return lot, open_vial(house.clinic, goods, lot)


def _used_on(store: Store, movement_uid: str) -> list[tuple[int | None, int]]:
    movement = rows(store, Movement, Movement.uid == movement_uid)[0]
    return [(line.session_id, line.quantity) for line in rows(store, Line, Line.movement_id == movement.id)]


def test_the_wrong_patient_is_put_right_and_what_was_known_is_kept(store: Store) -> None:
    house = House(store)
    lot, vial = _opened(house)
    wrong, right = visit(house), visit(house, "Ana Demova")
    used = use(house.clinic, wrong, (lot, vial.place, 700), areas=AREAS, actor=house.nurse)

    answer = correct_use(
        store,
        CorrectUse(movement_uid=used.uid, reason="wrong room", session_uid=right.uid),
        actor=house.nurse,
        key=key(),
        now=LATER,
    )

    assert _used_on(store, answer.movement_uid) == [(right.id, 700)]
    assert house.clinic.on_hand(lot, vial.place) == 4300
    now_stands = rows(store, Movement, Movement.uid == answer.movement_uid)[0]
    assert (now_stands.kind, now_stands.replaces_movement_id) == ("correct", used.movement_id)
    assert (now_stands.occurred_at, now_stands.recorded_at, now_stands.is_late) == (NOW, LATER, True)
    assert now_stands.document_uid == right.uid
    first, second = rows(store, Usage)
    assert (second.technique, second.raw_scan) == (first.technique, first.raw_scan)
    areas = rows(store, UsageArea, UsageArea.line_id == second.line_id)
    assert [(row.area, row.quantity) for row in areas] == list(AREAS)
    books_are_true(store)


def test_what_the_right_patient_should_not_have_got_is_a_deviation_with_an_alert(store: Store) -> None:
    house = House(store)
    lot, vial = _opened(house, ingredients=("hyaluronic-acid",))
    wrong, right = visit(house), visit(house, "Ana Demova")
    used = use(house.clinic, wrong, (lot, vial.place, 700))

    answer = correct_use(
        store,
        CorrectUse(movement_uid=used.uid, reason="wrong room", session_uid=right.uid),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )

    assert answer.broken_rules == ("allergy_not_asked",)
    assert [(row.rule, row.was_asked) for row in rows(store, Deviation)] == [("allergy_not_asked", False)]
    assert [row.subject_uid for row in alerts(store, DEVIATION_UNSIGNED)] == [answer.movement_uid]
    books_are_true(store)


def test_a_wrong_quantity_is_put_right_and_its_only_area_follows(store: Store) -> None:
    house = House(store)
    lot, vial = _opened(house)
    session = visit(house)
    used = use(house.clinic, session, (lot, vial.place, 700), areas=(("cheeks", 700),))

    answer = correct_use(
        store,
        CorrectUse(movement_uid=used.uid, reason="misread", lines=(CorrectedLine(n=1, quantity=500),)),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )

    assert _used_on(store, answer.movement_uid) == [(session.id, 500)]
    assert house.clinic.on_hand(lot, vial.place) == 4500
    assert sorted(row.quantity for row in rows(store, UsageArea)) == [500, 700]
    books_are_true(store)


def test_an_area_that_nobody_knows_is_refused(store: Store) -> None:
    house = House(store)
    lot, vial = _opened(house)
    used = use(house.clinic, visit(house), (lot, vial.place, 700), areas=AREAS)
    wrong, actor = (AreaUse(area="the moon", quantity=700),), house.practitioner

    with nothing_moves(store), pytest.raises(InvalidValue, match="the moon is not in the list"):
        correct_use(
            store,
            CorrectUse(movement_uid=used.uid, reason="other area", lines=(CorrectedLine(n=1, areas=wrong),)),
            actor=actor,
            key=key(),
            now=LATER,
        )


def test_wrong_areas_are_put_right(store: Store) -> None:
    house = House(store)
    lot, vial = _opened(house)
    used = use(house.clinic, visit(house), (lot, vial.place, 700), areas=AREAS)
    right = (AreaUse(area="neck", quantity=700),)

    correct_use(
        store,
        CorrectUse(movement_uid=used.uid, reason="other area", lines=(CorrectedLine(n=1, areas=right),)),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )

    newest = max(row.line_id for row in rows(store, Usage))
    assert [(row.area, row.quantity) for row in rows(store, UsageArea, UsageArea.line_id == newest)] == [
        ("neck", 700)
    ]


def test_less_of_a_single_dose_means_more_in_the_bin(store: Store) -> None:
    house = House(store)
    goods = house.product("Ampoule", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(goods, "A1")
    fridge, session = house.clinic.fridge, visit(house)
    used = use(house.clinic, session, (lot, fridge, 3000), to_disposal=((lot, fridge, 2000),))

    answer = correct_use(
        store,
        CorrectUse(movement_uid=used.uid, reason="misread", lines=(CorrectedLine(n=1, quantity=1200),)),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )

    assert _used_on(store, answer.movement_uid) == [(session.id, 1200), (None, 3800)]
    assert house.clinic.on_hand(lot) == 0
    books_are_true(store)


def test_a_correction_can_be_corrected_and_still_names_the_first_use(store: Store) -> None:
    house = House(store)
    lot, vial = _opened(house)
    used = use(house.clinic, visit(house), (lot, vial.place, 700))
    first = correct_use(
        store,
        CorrectUse(movement_uid=used.uid, reason="one", lines=(CorrectedLine(n=1, quantity=600),)),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )

    second = correct_use(
        store,
        CorrectUse(movement_uid=first.movement_uid, reason="two", lines=(CorrectedLine(n=1, quantity=500),)),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )

    stands = rows(store, Movement, Movement.uid == second.movement_uid)[0]
    assert stands.replaces_movement_id == used.movement_id
    assert house.clinic.on_hand(lot, vial.place) == 4500
    books_are_true(store)


def test_a_vial_kept_for_the_wrong_patient_is_kept_for_the_right_one(store: Store) -> None:
    house = House(store)
    wrong, right = visit(house), visit(house, "Ana Demova")
    goods = house.product("Filler", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(goods, "A1")
    vial = open_vial(house.clinic, goods, lot, patient_id=wrong.patient_id)
    used = use(house.clinic, wrong, (lot, vial.place, 700))

    correct_use(
        store,
        CorrectUse(movement_uid=used.uid, reason="wrong room", session_uid=right.uid),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )

    assert rows(store, Container)[0].patient_id == right.patient_id


def test_more_than_was_booked_takes_what_was_promised_but_never_more_than_is_there(store: Store) -> None:
    house = House(store)
    lot, vial = _opened(house)
    session = visit(house)
    used = use(house.clinic, session, (lot, vial.place, 700))
    promised = promise(house.clinic, lot, vial.place, 4300, visit(house, "Ana Demova"))
    actor = house.practitioner

    def say(quantity: int) -> None:
        correct_use(
            store,
            CorrectUse(movement_uid=used.uid, reason="x", lines=(CorrectedLine(n=1, quantity=quantity),)),
            actor=actor,
            key=key(),
            now=LATER,
        )

    with nothing_moves(store), pytest.raises(MoreThanTheVialHeld):
        say(5001)
    with nothing_moves(store), pytest.raises(GoodsMovedOn):
        say(10_001)  # no vial holds twice its label
    say(1000)
    assert state_of(store, promised) == "lost"
    assert house.clinic.on_hand(lot, vial.place) == 4000
    books_are_true(store)


def test_a_use_that_was_taken_back_has_nothing_to_correct_and_a_receipt_is_no_use(
    sqlite_store: Store,
) -> None:
    house = House(sqlite_store)
    lot, vial = _opened(house)
    used = use(house.clinic, visit(house), (lot, vial.place, 700))
    reverse(
        sqlite_store,
        Reverse(movement_uid=used.uid, reason="x"),
        actor=house.practitioner,
        key=key(),
        now=LATER,
    )
    assert lot.movement is not None
    actor, line = house.practitioner, (CorrectedLine(n=1, quantity=1),)

    with nothing_moves(sqlite_store):
        for uid, refusal in ((used.uid, AlreadyReversed), (lot.movement.uid, NotAUse)):
            with pytest.raises(refusal):
                correct_use(
                    sqlite_store,
                    CorrectUse(movement_uid=uid, reason="x", lines=line),
                    actor=actor,
                    key=key(),
                    now=LATER,
                )


def _said(used: str, other: Visit, absent: Visit) -> dict[str, tuple[CorrectUse, type[StockroomError]]]:
    def line(**values: object) -> tuple[CorrectedLine, ...]:
        return (CorrectedLine(**{"n": 1, **values}),)  # type: ignore[arg-type]

    both = (AreaUse(area="neck", quantity=1), AreaUse(area="neck", quantity=1))
    return {
        "no reason": (CorrectUse(movement_uid=used, reason=" ", session_uid=other.uid), InvalidValue),
        "nothing": (CorrectUse(movement_uid=used, reason="x"), InvalidValue),
        "no such line": (CorrectUse(movement_uid=used, reason="x", lines=line(n=9)), InvalidValue),
        "zero": (CorrectUse(movement_uid=used, reason="x", lines=line(quantity=0)), InvalidValue),
        "too little for its areas": (
            CorrectUse(movement_uid=used, reason="x", lines=line(quantity=500)),
            InvalidValue,
        ),
        "one area twice": (CorrectUse(movement_uid=used, reason="x", lines=line(areas=both)), InvalidValue),
        "nobody came": (CorrectUse(movement_uid=used, reason="x", session_uid=absent.uid), NobodyCame),
        "no such session": (
            CorrectUse(movement_uid=used, reason="x", session_uid="0195f0c0-0000-7000-8000-000000000000"),
            ThingNotFound,
        ),
    }


@pytest.mark.parametrize(
    "case",
    [
        "no reason",
        "nothing",
        "no such line",
        "zero",
        "too little for its areas",
        "one area twice",
        "nobody came",
        "no such session",
    ],
)
def test_a_correction_that_cannot_be_is_refused_and_leaves_nothing(sqlite_store: Store, case: str) -> None:
    house = House(sqlite_store)
    lot, vial = _opened(house)
    used = use(house.clinic, visit(house), (lot, vial.place, 700), areas=AREAS)
    other = visit(house, "Ana Demova")
    absent = visit(house, "Eva Demova", state=SessionState.DID_NOT_COME)
    command, refusal = _said(used.uid, other, absent)[case]
    actor = house.practitioner

    with nothing_moves(sqlite_store), pytest.raises(refusal):
        correct_use(sqlite_store, command, actor=actor, key=key(), now=LATER)


def test_a_nurse_corrects_her_own_use_until_either_session_is_finished(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    rila = house.another_clinic()
    lot, vial = _opened(house)
    session, finished = visit(house), visit(house, "Ana Demova", state=SessionState.FINISHED)
    used = use(house.clinic, session, (lot, vial.place, 700), actor=house.nurse)
    nurse, manager, stranger = house.nurse, house.manager, rila.nurse
    into_finished = CorrectUse(movement_uid=used.uid, reason="x", session_uid=finished.uid)
    less = CorrectUse(movement_uid=used.uid, reason="x", lines=(CorrectedLine(n=1, quantity=1),))

    with nothing_moves(sqlite_store):
        for actor, command, refusal in (
            (nurse, into_finished, NotYoursToReverse),
            (manager, less, ActionForbidden),
            (stranger, less, ThingNotFound),
        ):
            with pytest.raises(refusal):
                correct_use(sqlite_store, command, actor=actor, key=key(), now=LATER)
    set_state(house.clinic, session, SessionState.FINISHED)
    with nothing_moves(sqlite_store), pytest.raises(NotYoursToReverse):
        correct_use(sqlite_store, less, actor=nurse, key=key(), now=LATER)


def test_the_same_key_corrects_once(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    lot, vial = _opened(house)
    used = use(house.clinic, visit(house), (lot, vial.place, 700))
    command = CorrectUse(movement_uid=used.uid, reason="x", lines=(CorrectedLine(n=1, quantity=1),))

    first = correct_use(sqlite_store, command, actor=house.practitioner, key="same", now=LATER)
    second = correct_use(sqlite_store, command, actor=house.practitioner, key="same", now=LATER)

    assert first == second
    assert house.clinic.on_hand(lot, vial.place) == 4999
