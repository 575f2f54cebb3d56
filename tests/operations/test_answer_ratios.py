"""Is an unusual number of needles or cartridges asked about when a session is finished, answered, and kept?"""

from __future__ import annotations

import pytest

from stockroom.db.store import Store
from stockroom.models import RatioAnswer, TreatmentSession
from stockroom.operations.advance_session import AdvanceSession, RatioAnswerOf, advance_session
from stockroom.rules.ratios import PiecesUsed, RatioUnanswered, unusual
from stockroom.rules.settings import ClinicSettings
from stockroom.vocabulary import BaseUnit, ContainerType, RatioKind, SessionState
from tests.builders import NOW, House, key
from tests.sessions import line, rows, session, used


@pytest.mark.parametrize(
    ("changed", "asked"),
    [
        ({}, []),
        ({"pierces": True}, [("few_needles", 0, 1)]),
        ({"pierces": True, "needles": 1}, []),
        ({"pierces": True, "needles": 1, "planned_needles": 3}, [("few_needles", 1, 3)]),
        ({"needles": 11}, [("many_needles", 11, 10)]),
        ({"needles": 11, "planned_needles": 12}, []),
        ({"cartridges": 2}, [("many_cartridges", 2, 1)]),
        ({"pierces": True, "techniques": frozenset({"microneedling"})}, [("shared_cartridge", 0, 1)]),
        ({"pierces": True, "techniques": frozenset({"microneedling"}), "cartridges": 1}, []),
    ],
)
def test_what_is_asked_about(changed: dict[str, object], asked: list[tuple[str, int, int]]) -> None:
    usual: dict[str, object] = {
        "needles": 0, "cartridges": 0, "techniques": frozenset(), "pierces": False, "planned_needles": 0,
    }  # fmt: skip

    found = unusual(PiecesUsed(**{**usual, **changed}), ClinicSettings())  # type: ignore[arg-type]

    assert [(each.kind.value, each.counted, each.usual) for each in found] == asked


def finish(house: House, visit: str, *answers: RatioAnswerOf) -> None:
    command = AdvanceSession(session_uid=visit, to=SessionState.FINISHED, answers=answers)
    advance_session(house.store, command, actor=house.nurse, key=key("finish"), now=NOW)


def test_a_session_without_needles_is_finished_once_somebody_says_why(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler", container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(filler, "F1", presentations=2)
    needle = house.product(
        "Needle",
        content_quantity=1,
        base_unit=BaseUnit.PIECE,
        container_type=ContainerType.NONE,
        needle_gauge=30,
    )
    needles = house.clinic.lot_on_shelf(needle, "N1", presentations=9)
    without, with_one = session(house), session(house)
    for visit in (without, with_one):
        used(house, visit, line(lot, 5_000, technique="nappage"))
    used(house, with_one, line(needles, 1))

    finish(house, with_one)
    with pytest.raises(RatioUnanswered):
        finish(house, without)
    assert {row.uid: row.state for row in rows(store, TreatmentSession)}[without] == "planned"
    finish(house, without, RatioAnswerOf(kind=RatioKind.FEW_NEEDLES, answer="it came with its own"))

    (row,) = rows(store, RatioAnswer)
    assert (row.kind, row.counted, row.usual, row.answer) == ("few_needles", 0, 1, "it came with its own")
