"""Is more than a clinic tolerates confirmed by two, and by two who may?"""

from __future__ import annotations

import pytest

from stockroom.rules.agreeing import SecondPerson
from stockroom.rules.confirming import (
    CountNeedsSecondPerson,
    SecondPersonMayNotConfirm,
    Tolerance,
    Weighed,
    Why,
    check_second,
    why_second,
)
from stockroom.rules.valuing import Worth
from stockroom.vocabulary import Action, CountReason

TOLERANCE = Tolerance(minor=10_000, currency="EUR", presentations=5)


def worth(minor: int, currency: str = "EUR") -> Worth:
    return Worth(minor=minor, currency=currency)


def differs(
    quantity: int = 1000, *, worth: Worth | None = None, reason: CountReason = CountReason.LOST
) -> Weighed:
    return Weighed(quantity=quantity, content_quantity=1000, worth=worth, reason=reason)


@pytest.mark.parametrize(
    ("case", "differences", "why"),
    [
        ("nothing differs", [], ()),
        ("at the tolerance", [differs(worth=worth(10_000))], ()),
        ("one cent above it", [differs(worth=worth(10_001))], (Why.WORTH,)),
        ("two small ones", [differs(worth=worth(6_000)), differs(worth=worth(6_000))], (Why.WORTH,)),
        ("free samples", [differs(900_000, worth=worth(0))], ()),
        ("five of unknown worth", [differs(5_000)], ()),
        ("a little of a sixth", [differs(5_001)], (Why.UNKNOWN_WORTH,)),
        ("six things, one of each", [differs(1)] * 6, (Why.UNKNOWN_WORTH,)),
        ("another currency is not known", [differs(6_000, worth=worth(1, "USD"))], (Why.UNKNOWN_WORTH,)),
        ("a theft", [differs(worth=worth(1), reason=CountReason.SUSPECTED_THEFT)], (Why.SUSPECTED_THEFT,)),
        ("a theft where nothing differs", [differs(0, reason=CountReason.SUSPECTED_THEFT)], ()),
        (
            "all of it",
            [differs(worth=worth(20_000)), differs(9_000, reason=CountReason.SUSPECTED_THEFT)],
            (Why.WORTH, Why.UNKNOWN_WORTH, Why.SUSPECTED_THEFT),
        ),
    ],
)
def test_a_second_person_is_asked_for(case: str, differences: list[Weighed], why: tuple[Why, ...]) -> None:
    assert (case, why_second(differences, TOLERANCE)) == (case, why)


def person(*, is_another: bool = True, may: frozenset[Action] = frozenset({Action.COUNT})) -> SecondPerson:
    return SecondPerson(person_id=2, uid="uid", is_another=is_another, actions=may)


@pytest.mark.parametrize(
    ("why", "second", "refusal"),
    [
        ((), None, None),
        ((), person(), None),
        ((Why.WORTH,), person(), None),
        ((Why.WORTH,), None, CountNeedsSecondPerson),
        ((Why.WORTH,), person(is_another=False), SecondPersonMayNotConfirm),
        ((Why.WORTH,), person(may=frozenset({Action.USE})), SecondPersonMayNotConfirm),
        ((), person(may=frozenset()), SecondPersonMayNotConfirm),
    ],
)
def test_a_second_person_is_another_one_who_may_count(
    why: tuple[Why, ...], second: SecondPerson | None, refusal: type[Exception] | None
) -> None:
    if refusal is None:
        check_second(why, second)
        return
    with pytest.raises(refusal) as refused:
        check_second(why, second)
    assert refused.value.may_confirm == ("manager", "nurse")  # type: ignore[attr-defined]
