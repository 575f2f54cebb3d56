"""What does a use look like when it is put right?"""

from __future__ import annotations

import pytest

from stockroom.errors import InvalidValue
from stockroom.rules.correcting_uses import Part, UsePart, corrected, corrected_areas
from stockroom.rules.using import AreaUse

SHELF, VIAL, PATIENT, BIN, FOUND = 1, 2, 8, 9, 7


def part(n: int, kind: Part, quantity: int, *, at: int = SHELF) -> UsePart:
    source, target = {
        Part.USED: (at, PATIENT),
        Part.REMAINDER: (at, BIN),
        Part.OVERFILL: (FOUND, at),
    }[kind]
    return UsePart(
        n=n,
        part=kind,
        lot_id=5,
        from_id=source,
        to_id=target,
        quantity=quantity,
        content_quantity=5000,
        at_shelf=at == SHELF,
    )


@pytest.mark.parametrize(
    ("booked", "right", "expected"),
    [
        # from a shelf: the presentation that was taken stays taken
        ([(1, Part.USED, 3000), (2, Part.REMAINDER, 2000)], {1: 1200}, [(1, 1200), (2, 3800)]),
        ([(1, Part.USED, 3000), (2, Part.REMAINDER, 2000)], {1: 5000}, [(1, 5000)]),
        ([(1, Part.USED, 5000)], {1: 4000}, [(1, 4000), (0, 1000)]),
        ([(1, Part.USED, 5000)], {1: 6000}, [(1, 6000), (0, 4000)]),
        ([(1, Part.USED, 3000), (2, Part.REMAINDER, 2000)], {}, [(1, 3000), (2, 2000)]),
    ],
)
def test_less_into_the_patient_is_more_into_the_bin(
    booked: list[tuple[int, Part, int]], right: dict[int, int], expected: list[tuple[int, int]]
) -> None:
    found = corrected([part(*each) for each in booked], right, disposal_id=BIN, adjustment_id=FOUND, lying={})

    assert [(each.n, each.quantity) for each in found] == expected
    assert all(each.to_id == BIN for each in found if each.n == 0)


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (700, [(1, 200), (2, 700)]),
        (600, [(1, 100), (2, 600)]),
        (400, [(2, 400)]),
        (900, [(1, 200), (2, 900)]),
    ],
)
def test_of_what_was_found_in_a_vial_as_much_stays_as_was_needed(
    quantity: int, expected: list[tuple[int, int]]
) -> None:
    booked = [part(1, Part.OVERFILL, 200, at=VIAL), part(2, Part.USED, 700, at=VIAL)]

    found = corrected(booked, {2: quantity}, disposal_id=BIN, adjustment_id=FOUND, lying={})

    assert [(each.n, each.quantity) for each in found] == expected


@pytest.mark.parametrize(
    ("booked", "quantity", "expected"),
    [
        ([(1, Part.USED, 700)], 1000, [(1, 1000)]),  # the vial still holds so much
        ([(1, Part.USED, 700)], 1150, [(1, 1150), (0, 150)]),
        ([(1, Part.OVERFILL, 200), (2, Part.USED, 700)], 1150, [(1, 350), (2, 1150)]),
    ],
)
def test_what_was_drawn_beyond_what_a_vial_holds_now_is_its_overfill(
    booked: list[tuple[int, Part, int]], quantity: int, expected: list[tuple[int, int]]
) -> None:
    drawn = booked[-1][0]

    found = corrected(
        [part(*each, at=VIAL) for each in booked],
        {drawn: quantity},
        disposal_id=BIN,
        adjustment_id=FOUND,
        lying={VIAL: 300},
    )

    assert [(each.n, each.quantity) for each in found] == expected
    assert all((each.from_id, each.to_id) == (FOUND, VIAL) for each in found if each.part is Part.OVERFILL)


@pytest.mark.parametrize("quantities", [{9: 1}, {2: 1}, {1: 0}, {1: -1}])
def test_only_a_line_to_the_patient_is_corrected_and_never_to_nothing(quantities: dict[int, int]) -> None:
    with pytest.raises(InvalidValue):
        corrected(
            [part(1, Part.USED, 3000), part(2, Part.REMAINDER, 2000)],
            quantities,
            disposal_id=BIN,
            adjustment_id=FOUND,
            lying={},
        )


@pytest.mark.parametrize(
    ("quantity", "said", "booked", "expected"),
    [
        (500, None, [("cheeks", 700)], [("cheeks", 500)]),
        (700, None, [("cheeks", 400), ("neck", 300)], [("cheeks", 400), ("neck", 300)]),
        (900, None, [("cheeks", 400), ("neck", 300)], [("cheeks", 400), ("neck", 300)]),
        (500, [("neck", 500)], [("cheeks", 700)], [("neck", 500)]),
        (500, [], [("cheeks", 700)], []),
        (500, None, [("cheeks", 400), ("neck", 300)], None),
        (500, [("neck", 501)], [], None),
        (500, [("neck", 0)], [], None),
        (500, [("neck", 1), ("neck", 1)], [], None),
    ],
)
def test_areas_follow_where_that_is_certain_and_are_asked_for_where_not(
    quantity: int,
    said: list[tuple[str, int]] | None,
    booked: list[tuple[str, int]],
    expected: list[tuple[str, int]] | None,
) -> None:
    def areas(pairs: list[tuple[str, int]]) -> list[AreaUse]:
        return [AreaUse(area=area, quantity=each) for area, each in pairs]

    def right() -> tuple[AreaUse, ...]:
        return corrected_areas(
            quantity,
            booked_quantity=700,
            said=None if said is None else areas(said),
            booked=areas(booked),
        )

    if expected is None:
        with pytest.raises(InvalidValue):
            right()
    else:
        assert list(right()) == areas(expected)
