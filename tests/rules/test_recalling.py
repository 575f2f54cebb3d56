"""Which numbers does a line of a notice name, which merely come near, and how far is a case?"""

from __future__ import annotations

import time

import pytest

from stockroom.errors import InvalidValue
from stockroom.rules.recalling import KnownLot, ScopeLine, Steps, check_line, match, matches, state_of
from stockroom.vocabulary import RecallState, RecallStepKind, ScopeKind

P, Q = "product", "other"
LOT, RANGE, PATTERN, PRODUCT = ScopeKind.LOT, ScopeKind.RANGE, ScopeKind.PATTERN, ScopeKind.PRODUCT


def line(kind: ScopeKind, said: str = "", last: str = "", product: str = P) -> ScopeLine:
    if kind is PATTERN:
        return ScopeLine(product_uid=product, kind=kind, pattern=said)
    return ScopeLine(product_uid=product, kind=kind, first=said, last=last)


@pytest.mark.parametrize(
    ("asked", "named", "near", "neither"),
    [
        (line(LOT, "A1"), ["A1"], ["a1", "A-1", "Al", "A I"], ["A11", "B1"]),
        (line(LOT, "LOT0"), ["LOT0"], ["LOTO", "lot 0"], ["LOT1"]),
        (line(RANGE, "LF2301", "LF2310"), ["LF2301", "LF2305", "LF2310"], ["lf2305"], ["LF2311", "LF23051"]),
        (line(RANGE, "A8", "A11"), ["A8", "A9", "A10", "A11"], ["a9"], ["A08", "A12"]),
        (line(RANGE, "08-X", "12-X"), ["08-X", "10-X"], ["10-x"], ["8-X", "13-X", "10-Y"]),
        (line(PATTERN, "HY24*"), ["HY24", "HY24-9"], ["hy24"], ["HY23"]),
        (line(PATTERN, "A?B*C"), ["A1BC", "A1BxxC"], ["a1bc"], ["ABC"]),
        (line(PRODUCT), ["anything"], [], []),
    ],
)  # fmt: skip
def test_a_line_names_numbers_letter_by_letter(
    asked: ScopeLine, named: list[str], near: list[str], neither: list[str]
) -> None:
    check_line(asked)

    assert [number for number in (*named, *near, *neither) if asked.covers(number)] == named
    assert [number for number in (*named, *near, *neither) if asked.comes_near(number)] == near


@pytest.mark.parametrize(
    "asked",
    [
        line(LOT),
        line(LOT, " A1"),
        line(LOT, "A" * 101),
        line(LOT, "A1", "A2"),
        line(PATTERN, ""),
        line(PATTERN, "*"),
        line(PATTERN, "?*?"),
        line(RANGE, "A1"),
        line(RANGE, "A5", "A1"),
        line(RANGE, "A1", "B9"),
        line(RANGE, "A01", "A100"),
        line(PRODUCT, "A1"),
    ],
)
def test_a_line_that_names_nothing_is_refused(asked: ScopeLine) -> None:
    with pytest.raises(InvalidValue):
        check_line(asked)


def test_a_hostile_pattern_takes_no_time() -> None:
    begun = time.monotonic()

    assert not matches("*a" * 50, "a" * 49 + "b" * 51)

    assert time.monotonic() - begun < 1


def test_what_is_found_stands_apart_from_what_comes_near_and_from_other_products() -> None:
    known = [
        KnownLot(product_uid=product, number=number, lot_uid=f"{product}{number}", clinic_uid="c")
        for product, number in ((P, "A1"), (P, "a1"), (P, "B2"), (Q, "A1"))
    ]

    found = match(line(LOT, "A1"), known)
    all_of_it = match(line(PATTERN, "?[!x]"), known), match(line(PATTERN, "??"), known)
    anywhere = match(line(LOT, "A1", product=""), known)

    assert [lot.lot_uid for lot in found.covered] == ["productA1"]
    assert [lot.lot_uid for lot in found.near] == ["producta1"]
    assert [lot.lot_uid for lot in found.elsewhere] == ["otherA1"]
    assert [each.is_everything for each in all_of_it] == [False, True]
    assert len(anywhere.covered) == 2


@pytest.mark.parametrize(
    ("lots", "finding", "steps", "state"),
    [
        (False, False, (), RecallState.FILED),
        (False, True, (), RecallState.NOT_AFFECTED),
        (True, True, (), RecallState.OPEN),
        (True, False, (RecallStepKind.CLOSED,), RecallState.CLOSED),
        (True, False, (RecallStepKind.CLOSED, RecallStepKind.RELEASED), RecallState.CLOSED),
        (True, False, (RecallStepKind.CLOSED, RecallStepKind.REOPENED), RecallState.OPEN),
    ],
)
def test_the_state_of_a_case_follows_from_its_rows(
    lots: bool, finding: bool, steps: tuple[RecallStepKind, ...], state: RecallState
) -> None:
    assert state_of(Steps(has_lots=lots, has_finding=finding, steps=steps)) is state
