"""Is the pick among a product's first lots the pick among all of them?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from stockroom.db.store import Store
from stockroom.rules.fefo import FIRST_LOTS, NotEnoughUsable
from stockroom.rules.usability import Thing
from stockroom.rules.using import ThingName
from stockroom.vocabulary import HoldReason
from tests.builders import NOW, Goods, House, LotAt
from tests.operations.test_use_statements import counted, keep
from tests.sessions import hold, line, session, used

TODAY = NOW.date()
MANY = 3 * FIRST_LOTS


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def _shelf(house: House, *, begins: date, presentations: int = 1) -> tuple[Goods, list[LotAt]]:
    """Many lots of needles, booked in an order that is not that of their expiry."""
    needle = house.needle()
    lots = {
        n: house.clinic.lot_on_shelf(
            needle, f"N{n:02}", presentations=presentations, expires_on=begins + timedelta(days=n)
        )
        for n in sorted(range(MANY), key=lambda n: n * 7 % MANY)
    }
    return needle, [lots[n] for n in range(MANY)]


def _taken(house: House, needle: Goods, quantity: int = 1) -> list[str]:
    return [each.lot_number for each in used(house, session(house), line(needle, quantity)).used]


def test_the_first_of_many_lots_is_taken_first(house: House) -> None:
    needle, _ = _shelf(house, begins=TODAY + timedelta(days=1))

    assert [_taken(house, needle) for _ in range(3)] == [["N00"], ["N01"], ["N02"]]


def test_more_than_the_first_lots_hold_is_taken_from_the_next_in_order(house: House) -> None:
    needle, _ = _shelf(house, begins=TODAY + timedelta(days=1))

    assert _taken(house, needle, FIRST_LOTS + 3) == [f"N{n:02}" for n in range(FIRST_LOTS + 3)]


def test_first_lots_that_have_all_expired_do_not_hide_the_later_ones(house: House) -> None:
    needle, _ = _shelf(house, begins=TODAY - timedelta(days=FIRST_LOTS + 2))

    assert _taken(house, needle) == [f"N{FIRST_LOTS + 2:02}"]


def test_first_lots_that_are_all_held_do_not_hide_the_later_ones(house: House) -> None:
    needle, lots = _shelf(house, begins=TODAY + timedelta(days=1))
    for lot in lots[: FIRST_LOTS + 1]:
        hold(house, lot, HoldReason.SUSPICION)

    assert _taken(house, needle) == [f"N{FIRST_LOTS + 1:02}"]


def test_what_others_were_promised_is_not_taken_while_later_lots_are_free(house: House) -> None:
    needle, lots = _shelf(house, begins=TODAY + timedelta(days=1))
    other = session(house)
    for lot in lots[: FIRST_LOTS + 1]:
        keep(house, other, ThingName(lot_uid=lot.uid), 1)

    assert _taken(house, needle) == [f"N{FIRST_LOTS + 1:02}"]


def test_a_lot_without_an_expiry_is_not_taken_before_a_dated_one_beyond_the_first(house: House) -> None:
    needle, _ = _shelf(house, begins=TODAY - timedelta(days=FIRST_LOTS + 2))
    house.clinic.lot_on_shelf(needle, "ENDLESS", expires_on=None)

    assert _taken(house, needle) == [f"N{FIRST_LOTS + 2:02}"]


def test_a_lot_of_the_same_day_as_the_last_of_the_first_is_among_them(house: House) -> None:
    needle = house.needle()
    for n in reversed(range(MANY)):
        house.clinic.lot_on_shelf(needle, f"S{n:02}", expires_on=TODAY + timedelta(days=9))

    assert _taken(house, needle, MANY - 1) == [f"S{n:02}" for n in range(MANY - 1)]


def test_a_refusal_names_all_that_is_there(house: House) -> None:
    needle, _ = _shelf(house, begins=TODAY - timedelta(days=FIRST_LOTS))

    with pytest.raises(NotEnoughUsable) as refused:
        _taken(house, needle, MANY)

    assert (refused.value.usable, refused.value.unusable) == (
        f"{MANY - FIRST_LOTS} pieces",
        f"{FIRST_LOTS} pieces",
    )


def test_many_lots_cost_no_statement_more(house: House) -> None:
    needle, _ = _shelf(house, begins=TODAY + timedelta(days=1), presentations=2)
    few = house.needle("Needle 32G 4 mm")
    house.clinic.lot_on_shelf(few, "F1", presentations=2)
    _taken(house, needle)
    _taken(house, few)
    visit = session(house)

    with counted(house.store) as of_many:
        used(house, visit, line(needle))
    with counted(house.store) as of_few:
        used(house, visit, line(few))

    assert len(of_many) == len(of_few)


def test_only_the_first_lots_are_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    needle, _ = _shelf(house, begins=TODAY + timedelta(days=1))
    looked_at: list[Thing] = []
    made = Thing.limit

    def note(thing: Thing, zone: str) -> object:
        looked_at.append(thing)
        return made(thing, zone)

    monkeypatch.setattr(Thing, "limit", note)
    _taken(house, needle)

    assert len({each.lot_id for each in looked_at}) == FIRST_LOTS
