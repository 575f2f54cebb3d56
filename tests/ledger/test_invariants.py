"""Can an invariant be broken through the ledger itself?"""

# ruff: noqa: N802 - the number of the invariant stands in the name as it is written

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from stockroom.db.identifiers import new_uid
from stockroom.db.transaction import Work
from stockroom.errors import ThingNotFound
from stockroom.ledger.acts import Act, KeyReused, perform
from stockroom.ledger.allocations import AllocationEnded, Promise, allocate, lose, release
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.deviations import Broke, write_deviations
from stockroom.ledger.post import OccursInFuture, Posted, post
from stockroom.ledger.verify import verify
from stockroom.models import Balance, JournalEntry, Line, Lot, Movement
from stockroom.rules.posting import (
    AlreadyReversed,
    Draft,
    LineImpossible,
    MoveNotAllowed,
    PartOfPresentation,
    PostedLine,
    reversal_lines,
)
from stockroom.rules.posting import Line as DraftLine
from stockroom.vocabulary import Action, LocationKind, MovementKind, Rule
from tests.builders import NOW, key
from tests.ledger.scene import PATIENT_NAME, Scene, in_act
from tests.patients import journalled, register


def _draft(scene: Scene, quantity: int = 1, **changes: Any) -> Draft:
    """Needles to the bin."""
    line = DraftLine(
        lot_id=scene.needle_lot.id,
        from_id=scene.needle_lot.location_id,
        to_id=scene.clinic.account(LocationKind.DISPOSAL).id,
        quantity=quantity,
    )
    return Draft(
        kind=MovementKind.DISPOSE, lines=(replace(line, **changes),), occurred_at=NOW, document_kind="bin"
    )


def _post(scene: Scene, draft: Draft) -> Posted:
    return in_act(scene.clinic, lambda work: post(work, draft))


def _books(scene: Scene) -> tuple[Any, ...]:
    """Everything that a refused posting must leave as it was."""
    with scene.store.reading() as connection:
        return (
            connection.execute(select(Balance.__table__).order_by(Balance.location_id, Balance.lot_id)).all(),
            connection.execute(select(func.count()).select_from(Movement)).scalar_one(),
            connection.execute(select(func.count()).select_from(Line)).scalar_one(),
            connection.execute(select(func.count()).select_from(JournalEntry)).scalar_one(),
        )


@pytest.mark.parametrize("quantity", [0, -1, 2**53])
def test_L1_a_line_moves_more_than_nothing_and_no_more_than_can_be_read(scene: Scene, quantity: int) -> None:
    before = _books(scene)

    with pytest.raises(LineImpossible):
        _post(scene, _draft(scene, quantity))

    assert _books(scene) == before


def test_L1_a_line_goes_to_another_place(scene: Scene) -> None:
    with pytest.raises(LineImpossible):
        _post(scene, _draft(scene, to_id=scene.needle_lot.location_id))


def test_L1_a_session_is_named_exactly_when_goods_go_to_a_patient(scene: Scene) -> None:
    with pytest.raises(LineImpossible):
        _post(scene, _draft(scene, session_id=scene.session_id))
    with pytest.raises(LineImpossible):
        _post(scene, _draft(scene, to_id=scene.clinic.account(LocationKind.PATIENT).id))


def test_L1_a_lot_of_another_clinic_cannot_be_posted(scene: Scene) -> None:
    other = scene.house.another_clinic()
    assert other.fridge.id
    theirs = other.lot_on_shelf(scene.needle, "theirs")

    with pytest.raises(ThingNotFound):
        _post(scene, _draft(scene, lot_id=theirs.id))


@pytest.mark.parametrize("table", ["movement", "line"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET id = id", "DELETE FROM {}"])
def test_L2_no_act_changes_what_was_posted(scene: Scene, table: str, statement: str) -> None:
    before = _books(scene)

    with pytest.raises(DBAPIError, match="append-only"):
        in_act(scene.clinic, lambda work: work.connection.execute(text(statement.format(table))))

    assert _books(scene) == before


def _reversal(scene: Scene, *, is_reversed: bool = False) -> Draft:
    line = PostedLine(
        line_id=scene.reversed_use.line_ids[0],
        lot_id=scene.needle_lot.id,
        from_id=scene.needle_lot.location_id,
        to_id=scene.clinic.account(LocationKind.PATIENT).id,
        quantity=2,
        session_id=scene.session_id,
        is_reversed=is_reversed,
    )
    return Draft(
        kind=MovementKind.REVERSE,
        lines=reversal_lines(scene.reversed_use.uid, [line]),
        occurred_at=NOW,
        document_kind="movement",
        reverses_movement_id=scene.reversed_use.movement_id,
    )


def test_L3_a_line_is_reversed_once(scene: Scene) -> None:
    before = _books(scene)

    with pytest.raises(AlreadyReversed):
        _reversal(scene, is_reversed=True)
    with pytest.raises(IntegrityError):
        _post(scene, _reversal(scene))

    assert _books(scene) == before


def test_L4_a_place_gives_no_more_than_it_has(scene: Scene) -> None:
    before = _books(scene)

    with pytest.raises(NotEnoughOnHand) as refused:
        _post(scene, _draft(scene, 51))

    assert (refused.value.lot_number, refused.value.wanted) == ("N1", 51)
    assert _books(scene) == before


def test_L4_a_draft_built_on_a_stale_read_is_refused_by_the_conditional_update(scene: Scene) -> None:
    seen = scene.clinic.on_hand(scene.needle_lot)
    stale = _draft(scene, seen - 5)  # all that was neither used nor promised when it was read
    scene.use_needles(1)

    with pytest.raises(NotEnoughOnHand):
        _post(scene, stale)

    assert scene.clinic.on_hand(scene.needle_lot) == seen - 1


def test_L5_balances_follow_their_lines_through_a_long_history(scene: Scene) -> None:
    for quantity in (1, 3, 2, 5):
        scene.use_needles(quantity)
        _post(scene, _draft(scene, quantity))

    assert scene.clinic.on_hand(scene.needle_lot) == 50 - 2 * 11
    assert verify(scene.store).ok


def test_L6_a_line_to_a_place_of_another_clinic_is_impossible(scene: Scene) -> None:
    other = scene.house.another_clinic()

    with pytest.raises(ThingNotFound):
        _post(scene, _draft(scene, to_id=other.account(LocationKind.DISPOSAL).id))

    assert verify(scene.store).ok


def _promise(scene: Scene, quantity: int) -> Promise:
    return Promise(
        lot_id=scene.needle_lot.id,
        lot_number="N1",
        location_id=scene.needle_lot.location_id,
        quantity=quantity,
        session_id=scene.session_id,
    )


def test_L7_no_more_is_promised_than_is_neither_used_nor_promised(scene: Scene) -> None:
    with pytest.raises(NotEnoughOnHand):
        in_act(scene.clinic, lambda work: allocate(work, _promise(scene, 46)))

    in_act(scene.clinic, lambda work: allocate(work, _promise(scene, 45)))
    assert verify(scene.store).ok


def test_L7_what_is_promised_is_not_taken_by_anybody_else(scene: Scene) -> None:
    with pytest.raises(NotEnoughOnHand):
        _post(scene, _draft(scene, 46))


@pytest.mark.parametrize("end", [release, lose])
def test_L7_a_promise_ends_once(scene: Scene, end: Any) -> None:
    in_act(scene.clinic, lambda work: end(work, scene.promised))
    before = _books(scene)

    with pytest.raises((AllocationEnded, RuntimeError)):
        in_act(scene.clinic, lambda work: end(work, scene.promised))

    assert _books(scene) == before
    assert verify(scene.store).ok


def test_L7_a_use_that_consumes_its_promise_ends_it(scene: Scene) -> None:
    consumes = {scene.promised.allocation_id: 3}
    _post(scene, replace(_draft(scene, 3), consumes=consumes))

    with pytest.raises(AllocationEnded):
        _post(scene, replace(_draft(scene, 3), consumes=consumes))
    assert verify(scene.store).ok


def test_L8_a_use_past_its_limit_is_right_in_the_books_when_a_deviation_says_so(scene: Scene) -> None:
    late = NOW + timedelta(days=1)
    used = in_act(scene.clinic, lambda work: _use_cocktail_and_say(work, scene, said=True), now=late)

    assert used.seq > 0
    assert verify(scene.store).ok


def test_L8_a_use_past_its_limit_is_found_when_no_deviation_says_so(scene: Scene) -> None:
    late = NOW + timedelta(days=1)
    used = in_act(scene.clinic, lambda work: _use_cocktail_and_say(work, scene, said=False), now=late)

    found = {finding.invariant: finding.row for finding in verify(scene.store).findings}
    assert found["L8"] == str(used.line_ids[0])


def _use_cocktail_and_say(work: Work, scene: Scene, *, said: bool) -> Posted:
    line = DraftLine(
        lot_id=scene.cocktail_lot_id,
        from_id=scene.clinic.room.id,
        to_id=scene.clinic.account(LocationKind.DISPOSAL).id,
        quantity=100,
    )
    patient = scene.clinic.account(LocationKind.PATIENT).id
    posted = post(
        work,
        Draft(
            kind=MovementKind.USE,
            lines=(replace(line, to_id=patient, session_id=scene.session_id),),
            occurred_at=work.now,
            document_kind="session",
        ),
    )
    work.connection.execute(
        text("INSERT INTO usage (clinic_id, line_id, identified_by) VALUES (:clinic, :line, 'by_hand')"),
        {"clinic": work.clinic_id, "line": posted.line_ids[0]},
    )
    if said:
        broke = Broke(rule=Rule.BEYOND_USE, lot_id=scene.cocktail_lot_id)
        reason = "the patient was already under the needle"
        write_deviations(work, posted.movement_id, [broke], reason=reason, was_asked=True)
    return posted


def test_L9_nothing_is_booked_before_it_has_happened(scene: Scene) -> None:
    draft = replace(_draft(scene), occurred_at=NOW + timedelta(seconds=1))

    with pytest.raises(OccursInFuture):
        _post(scene, draft)


def test_L9_what_is_recorded_afterwards_says_so(scene: Scene) -> None:
    posted = _post(scene, replace(_draft(scene), occurred_at=NOW - timedelta(hours=2)))

    with scene.store.reading() as connection:
        row = connection.execute(select(Movement).where(Movement.id == posted.movement_id)).one()
    assert row.is_late and row.occurred_at == NOW - timedelta(hours=2)
    assert verify(scene.store).ok


def test_L9_a_clock_that_stepped_back_is_flagged_and_not_obeyed(scene: Scene) -> None:
    posted = scene.use_needles(1, now=NOW - timedelta(hours=2))

    with scene.store.reading() as connection:
        movement = connection.execute(select(Movement).where(Movement.id == posted.movement_id)).one()
        payload = connection.execute(
            select(JournalEntry.payload).where(
                JournalEntry.clinic_id == scene.clinic.id,
                JournalEntry.stream == "changes",
                JournalEntry.seq == posted.seq,
            )
        ).scalar_one()
    assert (movement.occurred_at, movement.recorded_at, movement.is_late) == (NOW, NOW, False)
    assert '"clock_stepped_back":"2026-03-02T06:00:00.000000Z"' in payload
    assert verify(scene.store).ok


@dataclass(frozen=True, kw_only=True)
class _Bin:
    quantity: int


@dataclass(frozen=True, kw_only=True)
class _Binned:
    movement_uid: str


def _bin(scene: Scene, quantity: int, *, under: str) -> _Binned:
    draft = _draft(scene, quantity)
    return perform(
        scene.store,
        Act(kind="test.bin", action=Action.DISPOSE),
        command=_Bin(quantity=quantity),
        body=lambda work: _Binned(movement_uid=post(work, draft).uid),
        answer=_Binned,
        actor=scene.clinic.system,
        key=under,
        now=NOW,
    )


def test_L10_the_same_key_gives_the_same_answer_and_one_movement(scene: Scene) -> None:
    under = key("bin")

    answers = {_bin(scene, 3, under=under).movement_uid for _ in range(3)}

    assert len(answers) == 1
    assert scene.clinic.on_hand(scene.needle_lot) == 47


def test_L10_the_same_key_with_other_content_is_a_conflict(scene: Scene) -> None:
    under = key("bin")
    _bin(scene, 3, under=under)

    with pytest.raises(KeyReused):
        _bin(scene, 4, under=under)


def test_L10_a_refused_act_consumes_no_key(scene: Scene) -> None:
    under = key("bin")
    with pytest.raises(NotEnoughOnHand):
        _bin(scene, 60, under=under)

    assert _bin(scene, 1, under=under).movement_uid
    assert verify(scene.store).ok


def test_L11_a_prepared_lot_without_a_limit_is_refused_by_the_database(scene: Scene) -> None:
    lot = insert(Lot).values(
        uid=new_uid(NOW),
        clinic_id=scene.clinic.id,
        product_id=scene.vial.id,
        kind="prepared",
        number="C2",
        created_at=NOW,
    )

    with pytest.raises(IntegrityError):
        in_act(scene.clinic, lambda work: work.connection.execute(lot))


def test_L12_a_refused_act_leaves_no_gap_in_the_journal(scene: Scene) -> None:
    first = scene.use_needles(1).seq
    for _ in range(3):
        with pytest.raises(NotEnoughOnHand):
            _post(scene, _draft(scene, 60))

    assert scene.use_needles(1).seq == first + 1
    assert verify(scene.store).ok


@pytest.mark.parametrize("quantity", [1, 4_999, 5_001])
def test_L13_part_of_a_presentation_never_leaves_a_shelf(scene: Scene, quantity: int) -> None:
    draft = _draft(scene, quantity, lot_id=scene.vial_lot.id, from_id=scene.vial_lot.location_id)

    with pytest.raises(PartOfPresentation):
        _post(scene, draft)


def test_L13_whole_ones_do_and_a_kind_goes_only_where_it_may(scene: Scene) -> None:
    whole = _draft(scene, 5_000, lot_id=scene.vial_lot.id, from_id=scene.vial_lot.location_id)

    _post(scene, whole)
    with pytest.raises(MoveNotAllowed):
        _post(scene, replace(whole, kind=MovementKind.RECEIVE))


def test_L14_no_journal_holds_the_name_of_a_patient_who_was_registered(scene: Scene) -> None:
    register(scene.house, "Tsvetelina Izmislena")

    written = journalled(scene.store).casefold()

    assert "tsvetelina" not in written and "izmislena" not in written
    assert verify(scene.store, search_names=True).ok


def test_L14_verify_finds_a_name_that_an_act_wrote_into_its_entry(scene: Scene) -> None:
    def careless(work: Work) -> None:
        work.payload["note"] = f"the arm of {PATIENT_NAME}"

    in_act(scene.clinic, careless)

    found = {finding.invariant: finding for finding in verify(scene.store).findings}
    assert set(found) == {"L14"}
    assert found["L14"].table == "journal_entry"
    assert verify(scene.store, search_names=False).ok


def test_L14_a_short_code_that_reads_like_a_short_name_is_no_name(scene: Scene) -> None:
    register(scene.house, "Ana A")
    in_act(scene.clinic, lambda work: work.payload.update(code="7ANA", other="ANA"))

    assert verify(scene.store).ok


def test_L14_words_that_stand_apart_are_no_name(scene: Scene) -> None:
    register(scene.house, "May Longbow")
    apart = "it may have been left as long as that beside the longbow"
    in_act(scene.clinic, lambda work: work.payload.update(said=apart))
    is_good = verify(scene.store).ok

    in_act(scene.clinic, lambda work: work.payload.update(said={"by": "Longbow", "of": "May"}))

    assert is_good
    assert [finding.invariant for finding in verify(scene.store).findings] == ["L14"]


def test_L14_a_name_of_one_word_is_found(scene: Scene) -> None:
    register(scene.house, "Desislava")
    in_act(scene.clinic, lambda work: work.payload.update(said="for Desislava"))

    assert not verify(scene.store).ok
