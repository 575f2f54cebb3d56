"""Is a text refused that would name a patient to everybody, and what is like it taken?"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import pytest
from sqlalchemy import func, select

from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.ledger.nameless import NamesPatient, require_nameless
from stockroom.ledger.said import SAID
from stockroom.models import ClinicHold
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.rules.overriding import Override
from stockroom.vocabulary import HoldReason
from tests.builders import NOW, House, key
from tests.patients import register
from tests.queries.counting import counted


@pytest.fixture
def house(store: Store) -> House:
    house = House(store)
    register(house, "Vera Zyxcanary-Stone", born_on=date(1970, 1, 2))
    register(house, "Anna Maria Zyxcanary", born_on=date(1971, 1, 2))
    return house


def _hold(house: House, note: str) -> None:
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    command = PlaceHold(lot_uid=lot.uid, reason=HoldReason.SUSPICION, note=note)
    place_hold(house.store, command, actor=house.practitioner, key=key("hold"), now=NOW)


@pytest.mark.parametrize(
    "note",
    [
        "Vera Zyxcanary-Stone had lumps",
        "lumps, says VERA  zyxcanary-stone.",
        "Zyxcanary, Anna Maria: itching",
    ],
)
def test_a_whole_name_is_refused_and_nothing_is_recorded(house: House, note: str) -> None:
    with pytest.raises(NamesPatient) as refused:
        _hold(house, note)

    assert refused.value.facts == {"field": "note"}
    with house.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(ClinicHold)).scalar_one() == 0


@pytest.mark.parametrize("note", ["lumps after session K7QF", "Vera", "Vera says that Maria saw it"])
def test_a_reference_a_code_and_one_word_of_a_name_are_taken(house: House, note: str) -> None:
    _hold(house, note)


@dataclass(frozen=True, kw_only=True)
class _Line:
    area: str = "Vera Zyxcanary-Stone"  # a word of the house's, which nobody writes freely
    note: str


@dataclass(frozen=True, kw_only=True)
class _Asked:
    """Texts where commands have them: of an override, of each line, in a list, and under a name of its own."""

    override: Override | None = None
    lines: tuple[_Line, ...] = ()
    comments: str = ""
    answer: tuple[str, ...] = ()
    name: str = field(default="", metadata=SAID)
    why: HoldReason = HoldReason.SUSPICION


@pytest.mark.parametrize(
    ("named", "asked"),
    [
        ("reason", _Asked(override=Override(rules=frozenset(), reason="Vera Zyxcanary-Stone asked for it"))),
        ("note", _Asked(lines=(_Line(note="broken"), _Line(note="given by\nVera Zyxcanary-Stone")))),
        ("answer", _Asked(answer=("one more", "for Anna Maria Zyxcanary"))),
        ("name", _Asked(name="Course of Anna Maria Zyxcanary")),
        ("", _Asked(lines=(_Line(note="broken"),), comments="Vera Zyxcanary-Stone", answer=("two words",))),
    ],
)
def test_a_name_is_found_wherever_in_the_command_it_stands_in_one_statement(
    house: House, named: str, asked: _Asked
) -> None:
    told: list[str] = []

    def look(work: Work) -> None:
        with counted(house.store.engine) as statements:
            try:
                require_nameless(work, asked)
            except NamesPatient as refused:
                told.append(refused.field)
        assert len(statements) == 1

    house.clinic.act("test.look", look)
    assert "".join(told) == named
