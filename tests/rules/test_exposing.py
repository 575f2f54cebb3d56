"""Which goods lay at a place while it was warm, and where are they now?  Told in a few lines of a ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stockroom.rules.exposing import Moved, Stood, exposed
from stockroom.vocabulary import LocationKind

ZERO = datetime(2026, 3, 2, tzinfo=UTC)
FRIDGE, ROOM, VIAL, PATIENT, MIX, SUPPLIER = 1, 2, 3, 4, 5, 6
KINDS = {
    FRIDGE: LocationKind.FRIDGE, ROOM: LocationKind.ROOM, VIAL: LocationKind.CONTAINER,
    PATIENT: LocationKind.PATIENT, MIX: LocationKind.COMPOUNDING, SUPPLIER: LocationKind.SUPPLIER,
}  # fmt: skip
A, B, COCKTAIL = 10, 11, 12


def at(hour: int) -> datetime:
    return ZERO + timedelta(hours=hour)


def moved(hour: int, lot: int, from_: int, to: int, quantity: int = 1, movement: int | None = None) -> Moved:
    return Moved(
        movement_id=movement or hour, occurred_at=at(hour), lot_id=lot, from_id=from_, from_kind=KINDS[from_],
        to_id=to, to_kind=KINDS[to], quantity=quantity,
    )  # fmt: skip


def test_what_came_and_went_meanwhile_and_what_lay_there_all_the_time() -> None:
    found = exposed(
        place_id=FRIDGE, since=at(1), until=at(9), on_hand={(A, FRIDGE): 5}, stood=(),
        moved=[moved(0, B, FRIDGE, ROOM), moved(2, B, SUPPLIER, FRIDGE), moved(3, B, FRIDGE, ROOM)],
    )  # fmt: skip

    assert found.spots == {(A, FRIDGE), (B, FRIDGE), (B, ROOM)}


def test_what_came_after_it_was_good_again_is_left_alone() -> None:
    found = exposed(
        place_id=FRIDGE, since=at(1), until=at(4), on_hand={(A, FRIDGE): 5, (B, FRIDGE): 3}, stood=(),
        moved=[moved(6, B, SUPPLIER, FRIDGE, 3), moved(7, B, FRIDGE, ROOM, 0)],
    )  # fmt: skip

    assert found.spots == {(A, FRIDGE)}


def test_what_left_after_it_was_good_again_is_followed() -> None:
    found = exposed(
        place_id=FRIDGE, since=at(1), until=at(4), on_hand={}, stood=(), moved=[moved(6, A, FRIDGE, ROOM, 3)]
    )

    assert found.spots == {(A, FRIDGE), (A, ROOM)}


def test_an_opened_vial_a_cocktail_and_a_patient_are_followed_in_turn() -> None:
    found = exposed(
        place_id=FRIDGE, since=at(1), until=None, on_hand={}, stood=(),
        moved=[
            moved(2, A, FRIDGE, VIAL), moved(3, A, VIAL, MIX, movement=30),
            moved(3, COCKTAIL, MIX, ROOM, movement=30), moved(4, COCKTAIL, ROOM, PATIENT),
        ],
    )  # fmt: skip

    assert found.spots == {(A, FRIDGE), (A, VIAL), (COCKTAIL, ROOM)}
    assert found.gone == ((4, LocationKind.PATIENT),)


def test_a_vial_counts_for_the_time_it_stood_there() -> None:
    there = Stood(location_id=VIAL, since=at(0), until=at(2))
    gone_before = Stood(location_id=VIAL, since=at(0), until=at(1))
    asked = {"place_id": FRIDGE, "since": at(1), "until": at(4), "on_hand": {(A, VIAL): 5}, "moved": ()}

    assert exposed(stood=(there,), **asked).spots == {(A, VIAL)}  # type: ignore[arg-type]
    assert exposed(stood=(gone_before,), **asked).spots == frozenset()  # type: ignore[arg-type]


def test_without_an_earlier_good_reading_what_lies_there_now_is_all_that_is_known() -> None:
    found = exposed(place_id=FRIDGE, since=None, until=None, on_hand={(A, FRIDGE): 5}, stood=(), moved=())

    assert found.spots == {(A, FRIDGE)} and found.gone == ()
