"""Do limits go down at once, and up only by a permitted hand?"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stockroom.rules import correcting
from stockroom.rules.correcting import Change, Derived, Identity, LimitChange, check_identity, recompute
from stockroom.vocabulary import Role

BEGAN = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)
MANAGER = frozenset({Role.MANAGER})
PRACTITIONER = frozenset({Role.PRACTITIONER})


def day(number: int) -> datetime:
    return BEGAN + timedelta(days=number)


def vial(limit: datetime | None, *, shortened_to: datetime | None = None) -> Derived:
    return Derived(
        key="vial",
        parents=("lot",),
        began_at=BEGAN,
        minutes=28 * 1440,
        limit=limit,
        is_mixture=False,
        shortened_to=shortened_to,
    )


def cocktail(limit: datetime) -> Derived:
    return Derived(
        key="cocktail",
        parents=("vial", "other"),
        began_at=day(5),
        minutes=10 * 1440,
        limit=limit,
        is_mixture=True,
    )


def changed(found: tuple[LimitChange, ...]) -> list[tuple[str, datetime | None, Change]]:
    return [(each.key, each.new, each.change) for each in found]


@pytest.mark.parametrize("roles", [MANAGER, PRACTITIONER])
def test_an_earlier_expiry_lowers_everything_made_from_it_at_once(roles: frozenset[Role]) -> None:
    found = recompute({"lot": day(7), "other": None}, [vial(day(28)), cocktail(day(15))], roles=roles)

    assert changed(found) == [("vial", day(7), Change.LOWERED), ("cocktail", day(7), Change.LOWERED)]


def test_a_later_expiry_raises_only_by_a_practitioner() -> None:
    derived = [vial(day(7)), cocktail(day(7))]
    limits = {"lot": day(100), "other": None}

    raised = recompute(limits, derived, roles=PRACTITIONER)
    withheld = recompute(limits, derived, roles=MANAGER)

    assert changed(raised) == [("vial", day(28), Change.RAISED), ("cocktail", day(15), Change.RAISED)]
    assert changed(withheld) == [("vial", day(7), Change.WITHHELD), ("cocktail", day(7), Change.KEPT)]


def test_a_limit_shortened_by_hand_stays_short() -> None:
    found = recompute({"lot": day(100)}, [vial(day(3), shortened_to=day(3))], roles=PRACTITIONER)

    assert changed(found) == [("vial", day(3), Change.KEPT)]


def test_a_container_without_an_in_use_life_follows_the_print() -> None:
    tube = Derived(key="tube", parents=("lot",), began_at=BEGAN, minutes=None, limit=None, is_mixture=False)

    lowered = recompute({"lot": day(9)}, [tube], roles=MANAGER)
    kept = recompute({"lot": None}, [tube], roles=MANAGER)

    assert changed(lowered) == [("tube", day(9), Change.LOWERED)]
    assert changed(kept) == [("tube", None, Change.KEPT)]


def test_a_chain_of_five_hundred_mixtures_is_computed_to_its_end() -> None:
    chain = [
        Derived(
            key=str(number + 1),
            parents=(str(number),),
            began_at=BEGAN,
            minutes=10_000_000,
            limit=day(50),
            is_mixture=True,
        )
        for number in range(500)
    ]

    found = recompute({"0": day(2)}, chain, roles=MANAGER)

    assert {each.new for each in found} == {day(2)}
    assert len(found) == 500


def test_a_thing_without_its_parent_is_refused() -> None:
    with pytest.raises(correcting.ParentMissing):
        recompute({"lot": day(7)}, [cocktail(day(15)), vial(day(28))], roles=MANAGER)


@given(
    printed=st.none() | st.integers(0, 60),
    other=st.none() | st.integers(0, 60),
    vial_limit=st.integers(0, 60),
    cocktail_limit=st.integers(0, 60),
    by_practitioner=st.booleans(),
)
def test_l11_no_limit_ends_later_than_its_parents_unless_it_did_before(
    printed: int | None, other: int | None, vial_limit: int, cocktail_limit: int, by_practitioner: bool
) -> None:
    lot_limit = None if printed is None else day(printed)
    other_limit = None if other is None else day(other)

    opened, mixed = recompute(
        {"lot": lot_limit, "other": other_limit},
        [vial(day(vial_limit)), cocktail(day(cocktail_limit))],
        roles=PRACTITIONER if by_practitioner else MANAGER,
    )

    for change, parents in ((opened, [lot_limit]), (mixed, [opened.new, other_limit])):
        assert change.new is not None
        assert all(parent is None or change.new <= parent for parent in parents)
        assert by_practitioner or (change.old is not None and change.new <= change.old)


OLD = Identity(lot_number="A1", expires_on=date(2027, 1, 31), expires_at=None)
READ = Identity(lot_number="A7", expires_on=date(2027, 1, 31), expires_at=None)


def test_a_lot_read_wrongly_becomes_another_or_one_that_is_known_already() -> None:
    check_identity(OLD, READ, None)
    check_identity(OLD, READ, READ)


def test_a_correction_that_changes_nothing_is_refused_and_case_is_a_change() -> None:
    with pytest.raises(correcting.NothingToCorrect):
        check_identity(OLD, OLD, None)
    check_identity(OLD, Identity(lot_number="a1", expires_on=OLD.expires_on, expires_at=None), None)


def test_two_lots_with_different_expiries_are_not_declared_one() -> None:
    known = Identity(lot_number="A7", expires_on=date(2027, 2, 28), expires_at=None)

    with pytest.raises(correcting.OtherExpiryKnown) as refusal:
        check_identity(OLD, READ, known)

    assert refusal.value.facts == {"lot_number": "A7", "known": date(2027, 2, 28), "read": date(2027, 1, 31)}
