"""Do protocols come from the source texts, and does every change of one leave what it said before?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.models import Protocol, ProtocolNeed, ProtocolVersion
from stockroom.operations.write_protocol import (
    ProtocolChanged,
    ProtocolNameTaken,
    ProtocolWritten,
    RetireProtocol,
    ReviseProtocol,
    WriteProtocol,
    are_protocols_taken,
    retire_protocol,
    revise_protocol,
    take_protocols,
    write_protocol,
)
from stockroom.reference import load
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.planning import NeedOf
from stockroom.rules.protocols import ProtocolOf, Spacing, UseOf
from stockroom.vocabulary import NeedUse, SpanUnit
from tests.builders import NOW, House, key
from tests.courses import protocol
from tests.sessions import rows


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def revise(
    house: House, was: ProtocolWritten, *, version: int | None = None, name: str = "Skin", **says: Any
) -> ProtocolWritten:
    command = ReviseProtocol(
        protocol_uid=was.protocol_uid,
        version=was.version if version is None else version,
        name=name,
        says=ProtocolOf(**{"reason": "Better", **says}),
    )
    return revise_protocol(house.store, command, actor=house.practitioner, key=key("revise"), now=NOW)


def test_the_protocols_of_the_source_texts_come_in_once_with_their_sources(house: House) -> None:
    by = {"actor": house.system, "now": NOW}
    taken = [take_protocols(house.store, load(), key=key("take"), **by).added for _ in range(2)]  # type: ignore[arg-type]

    assert taken == [7, 0]
    version = {each.slug: each for each in rows(house.store, Protocol)}["intensive-therapy"]
    said = rows(house.store, ProtocolVersion, protocol_id=version.id)[0]
    assert (said.sessions_from, said.sessions_to, said.sources) == (1, 10, "003")
    assert (said.interval_from, said.interval_to, said.interval_unit) == (1, 6, "months")
    assert (said.maintenance_from, said.maintenance_to, said.maintenance_unit) == (2, 6, "months")
    with house.store.reading() as connection:
        assert are_protocols_taken(connection, load())


def test_what_the_house_made_of_a_template_stays(small: House) -> None:
    mine = protocol(small, "Intensive therapy")
    take_protocols(small.store, load(), actor=small.system, key=key("take"), now=NOW)

    names = {each.name for each in rows(small.store, Protocol)}

    assert {"Intensive therapy", "Intensive therapy (intensive-therapy)"} <= names
    revise(small, mine, name="Intensive therapy", note="Ours")
    assert take_protocols(small.store, load(), actor=small.system, key=key("take"), now=NOW).added == 0


def test_a_change_is_a_version_and_the_one_before_stays(house: House) -> None:
    filler, needle = house.product("Filler"), house.needle()
    was = protocol(house, "Skin", NeedOf(product_uid=filler.uid, quantity=2_000))

    now = revise(
        house,
        was,
        name="Skin, face",
        interval=Spacing(least=1, most=None, unit=SpanUnit.MONTHS),
        areas=("face", "neck"),
        technique="nappage",
        needs=(
            UseOf(use=NeedUse.TREATMENT, need=NeedOf(product_uid=filler.uid, quantity=2_500)),
            UseOf(use=NeedUse.NEEDLE, need=NeedOf(product_uid=needle.uid, quantity=4)),
        ),
    )

    assert (now.version, now.number) == (2, 2)
    assert rows(house.store, Protocol)[0].name == "Skin, face"
    first, second = sorted(rows(house.store, ProtocolVersion), key=lambda each: each.number)
    assert (first.interval_from, first.interval_unit) == (3, "weeks")
    assert (second.interval_from, second.interval_to, second.interval_unit) == (1, None, "months")
    assert (second.areas, second.technique, second.reason) == ("face neck", "nappage", "Better")
    assert second.written_by_id == house.practitioner.person_id
    needs = [(each.protocol_version_id, each.use, each.quantity) for each in rows(house.store, ProtocolNeed)]
    assert needs == [
        (first.id, "treatment", 2_000), (second.id, "treatment", 2_500), (second.id, "needle", 4),
    ]  # fmt: skip


def test_two_people_change_the_same_protocol_and_the_second_is_told(house: House) -> None:
    was = protocol(house)
    revise(house, was)

    with pytest.raises(ProtocolChanged):
        revise(house, was, note="Too late")

    assert len(rows(house.store, ProtocolVersion)) == 2


@pytest.mark.parametrize(
    ("says", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"sessions_from": 0}, "sessions"),
        ({"sessions_from": 6, "sessions_to": 3}, "sessions"),
        ({"sessions_to": 3}, "sessions"),
        ({"interval": Spacing(least=4, most=3, unit=SpanUnit.WEEKS)}, "interval"),
        ({"maintenance_every": Spacing(least=0, most=None, unit=SpanUnit.WEEKS)}, "maintenance_every"),
        ({"areas": ("face", "face")}, "areas"),
        ({"areas": ("moon",)}, "areas"),
        ({"technique": "hammer"}, "technique"),
        ({"purpose": "x" * 2_001}, "purpose"),
        ({"needs": (UseOf(use=NeedUse.NEEDLE, need=NeedOf(quantity=1)),)}, "needs[0]"),
    ],
)
def test_what_no_protocol_can_say_is_refused_by_its_field(
    small: House, says: dict[str, Any], field: str
) -> None:
    was = protocol(small)

    with pytest.raises(InvalidValue) as refused:
        revise(small, was, **says)

    assert refused.value.field == field
    assert len(rows(small.store, ProtocolVersion)) == 1


def test_names_are_one_protocol_s_and_roles_are_kept(small: House) -> None:
    was = protocol(small, "Skin")
    with pytest.raises(ProtocolNameTaken):
        protocol(small, "Skin")
    with pytest.raises(InvalidValue):
        protocol(small, "   ")
    command = WriteProtocol(name="Hair", says=ProtocolOf(reason="New"))
    with pytest.raises(ActionForbidden):
        write_protocol(small.store, command, actor=small.nurse, key=key(), now=NOW)
    with pytest.raises(ThingNotFound):
        revise(
            small, ProtocolWritten(protocol_uid="019a0000-0000-7000-8000-000000000000", version=1, number=1)
        )
    for n, is_retired in enumerate((True, False), start=1):
        retire = RetireProtocol(protocol_uid=was.protocol_uid, version=n, is_retired=is_retired)
        retire_protocol(small.store, retire, actor=small.practitioner, key=key(), now=NOW)
        assert (rows(small.store, Protocol)[0].retired_at is not None) is is_retired
