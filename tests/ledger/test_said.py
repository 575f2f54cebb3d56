"""Does the journal say why an act was done, whatever the act keeps of it?"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from stockroom.db.store import Store
from stockroom.ledger.said import SAID, said_beside
from stockroom.models import JournalEntry
from stockroom.operations.move_goods import MoveGoods, MoveLine, move_goods
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.release_hold import ReleaseHold, release_hold
from stockroom.rules.overriding import Override
from stockroom.vocabulary import HoldReason, Rule
from tests.builders import NOW, House, key


@dataclass(frozen=True, kw_only=True)
class _Line:
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class _Command:
    reason: str = ""
    late_reason: str | None = None
    interval_reason: str = ""
    patient_reference: str = ""
    letter: str = field(default="", metadata=SAID)
    kind: HoldReason | None = None
    override: Override | None = None
    lines: tuple[_Line, ...] = ()


_OVERRIDE = Override(rules=frozenset({Rule.EXPIRED}), reason="Nothing else in the house")


@pytest.mark.parametrize(
    ("command", "payload", "expected"),
    [
        (_Command(), {}, {}),
        (_Command(reason=" it fell "), {}, {"reason": "it fell"}),
        (_Command(reason="  "), {}, {}),
        (_Command(reason="it fell", late_reason="power cut"), {}, {"reason": "it fell", "late_reason": "power cut"}),
        (_Command(override=_OVERRIDE, interval_reason="she leaves in April"), {}, {}),
        (_Command(reason="it fell"), {"why": "it fell"}, {}),
        (_Command(reason="it fell"), {"rows": [{"said": ["it fell"]}]}, {}),
        (_Command(reason="it fell"), {"why": "it fell down"}, {"reason": "it fell"}),
        (_Command(patient_reference="P-17", letter="Dear Madam", kind=HoldReason.RECALL), {}, {}),
        (_Command(lines=(_Line(), _Line(note="wet"))), {}, {"lines.2.note": "wet"}),
    ],
)  # fmt: skip
def test_an_entry_gets_the_words_that_it_does_not_hold_yet(
    command: _Command, payload: dict[str, object], expected: dict[str, str]
) -> None:
    assert said_beside(payload, command) == expected


def _told(store: Store, kind: str) -> dict[str, object]:
    with store.reading() as connection:
        payload = connection.execute(
            select(JournalEntry.payload).where(JournalEntry.kind == kind)
        ).scalar_one()
    told: dict[str, object] = json.loads(payload)
    return told


def test_why_goods_were_held_released_and_moved_stands_in_the_journal(store: Store) -> None:
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler"), "A1")
    hold = PlaceHold(lot_uid=lot.uid, reason=HoldReason.SUSPICION, note="cloudy")
    placed = place_hold(store, hold, actor=house.practitioner, key=key("hold"), now=NOW)
    release = ReleaseHold(hold_uid=placed.hold_uid, note="it was the light")
    release_hold(store, release, actor=house.practitioner, key=key("release"), now=NOW)
    line = MoveLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=5000)
    move = MoveGoods(to_uid=house.clinic.room.uid, lines=(line,), reason="for tomorrow")
    move_goods(store, move, actor=house.nurse, key=key("move"), now=NOW)

    assert _told(store, "hold.place")["said"] == {"note": "cloudy"}
    assert _told(store, "hold.release")["said"] == {"note": "it was the light"}
    assert "for tomorrow" in json.dumps(_told(store, "goods.move"))
