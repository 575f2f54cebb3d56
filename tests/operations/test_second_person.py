"""Where a clinic wants a second person for an override: does every act ask, and keep who it was?"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.errors import ThingNotFound
from stockroom.models import Allocation, Deviation, JournalEntry, PreparationIngredient, User
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.dispatch_goods import DispatchGoods, DispatchLine, dispatch_goods
from stockroom.operations.employ import SwitchLogIn, switch_log_in
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.rules.agreeing import SecondPersonMayNot, SecondPersonMissing
from stockroom.rules.overriding import Override
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType, HoldReason, Role, Rule
from tests.builders import NOW, House, LotAt, key
from tests.cocktails import add, begin
from tests.cocktails import finish as finish_cocktail
from tests.operations.test_use_statements import PLAIN, counted
from tests.sessions import books, hold, line, opened, rows, session, used

Do = Callable[[House, LotAt, Override], object]


def _use(house: House, lot: LotAt, override: Override) -> object:
    return used(house, session(house), line(lot), actor=house.practitioner, override=override)


def _open(house: House, lot: LotAt, override: Override) -> object:
    return opened(house, lot, actor=house.practitioner, override=override)


def _allocate(house: House, lot: LotAt, override: Override) -> object:
    command = Allocate(
        session_uid=session(house), thing=ThingName(lot_uid=lot.uid), quantity=1, override=override
    )
    return allocate(house.store, command, actor=house.practitioner, key=key("keep"), now=NOW)


def _add(house: House, lot: LotAt, override: Override) -> object:
    draft = begin(house, None, session(house), reason="ad hoc").preparation_uid
    return add(house, draft, lot_uid=lot.uid, quantity=1000, actor=house.practitioner, override=override)


def _dispatch(house: House, lot: LotAt, override: Override) -> object:
    there = house.another_clinic(f"Rila {key()}")
    sent = DispatchLine(lot_uid=lot.uid, from_uid=house.clinic.fridge.uid, quantity=1000)
    command = DispatchGoods(to_clinic_uid=there.uid, lines=(sent,), override=override)
    return dispatch_goods(house.store, command, actor=house.manager, key=key("send"), now=NOW)


ACTS: dict[str, Do] = {
    "use": _use,
    "open": _open,
    "allocate": _allocate,
    "add to a cocktail": _add,
    "send away": _dispatch,
}
WRITES_DEVIATIONS = ["use", "open", "send away"]


def want(house: House, *rules: Rule) -> None:
    """The clinic wants a second person for these rules."""
    command = SetSettings(values={"second_person_for": [rule.value for rule in rules]}, version=1)
    set_settings(house.store, command, actor=house.manager, key=key("set"), now=NOW)


def held_lot(house: House) -> LotAt:
    dose = house.product("Dose", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(dose, "A1", presentations=9)
    hold(house, lot, HoldReason.SUSPICION)
    return lot


def with_second(second: Actor | None) -> Override:
    uid = None if second is None else second.person_uid
    return Override(rules=frozenset({Rule.HELD}), reason="It was looked at", second_person_uid=uid)


def payloads(store: Store, kind: str) -> list[dict[str, Any]]:
    with store.reading() as connection:
        found = connection.execute(select(JournalEntry.payload).where(JournalEntry.kind == kind)).scalars()
        return [json.loads(each) for each in found]


@pytest.mark.parametrize("name", ACTS)
def test_every_act_that_can_be_overridden_asks_for_the_second_person(store: Store, name: str) -> None:
    house = House(store)
    want(house, Rule.HELD)
    lot, colleague = held_lot(house), house.clinic.employ(Role.PRACTITIONER)

    with pytest.raises(SecondPersonMissing) as refusal:
        ACTS[name](house, lot, with_second(None))
    ACTS[name](house, lot, with_second(colleague))

    assert refusal.value.rules == ("held",)
    assert refusal.value.may_override == ("manager", "practitioner")


@pytest.mark.parametrize("name", WRITES_DEVIATIONS)
def test_the_deviation_and_the_journal_keep_who_agreed(store: Store, name: str) -> None:
    house = House(store)
    want(house, Rule.HELD)
    lot, colleague = held_lot(house), house.clinic.employ(Role.PRACTITIONER)

    ACTS[name](house, lot, with_second(colleague))

    (deviation,) = rows(store, Deviation)
    assert deviation.agreed_by_id == colleague.person_id
    assert deviation.signed_by_id == colleague.person_id
    kind = {"use": "use", "open": "container.open", "send away": "goods.dispatch"}[name]
    (payload,) = payloads(store, kind)
    assert [each["agreed_by"] for each in payload["deviations"]] == [colleague.person_uid]


def test_a_manager_who_agrees_does_not_sign_by_that(store: Store) -> None:
    house = House(store)
    want(house, Rule.HELD)

    _use(house, held_lot(house), with_second(house.manager))

    (deviation,) = rows(store, Deviation)
    assert (deviation.agreed_by_id, deviation.signed_by_id) == (house.manager.person_id, None)


def test_what_was_agreed_when_it_was_added_stands_on_the_deviation_of_the_cocktail(store: Store) -> None:
    house = House(store)
    want(house, Rule.HELD)
    lot, colleague = held_lot(house), house.clinic.employ(Role.PRACTITIONER)
    draft = begin(house, None, session(house), reason="ad hoc").preparation_uid
    add(
        house,
        draft,
        lot_uid=lot.uid,
        quantity=1000,
        actor=house.practitioner,
        override=with_second(colleague),
    )

    finish_cocktail(house, draft, loss_reason="none")

    (deviation,) = rows(store, Deviation)
    assert (deviation.rule, deviation.agreed_by_id) == ("held", colleague.person_id)
    (said,) = [json.loads(row.overrides) for row in rows(store, PreparationIngredient)]
    assert said["agreed_by"] == colleague.person_uid
    assert payloads(store, "preparation.add")[0]["agreed_by"] == colleague.person_uid


def test_a_rule_broken_between_adding_and_finishing_asks_again(store: Store) -> None:
    house = House(store)
    want(house, Rule.HELD)
    dose = house.product("Dose", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE)
    lot, colleague = house.clinic.lot_on_shelf(dose, "A1"), house.clinic.employ(Role.PRACTITIONER)
    draft = begin(house, None, session(house), reason="ad hoc").preparation_uid
    add(house, draft, lot_uid=lot.uid, quantity=1000)
    hold(house, lot, HoldReason.SUSPICION)

    with pytest.raises(SecondPersonMissing):
        finish_cocktail(house, draft, actor=house.practitioner, override=with_second(None))
    finish_cocktail(house, draft, actor=house.practitioner, override=with_second(colleague))

    (deviation,) = rows(store, Deviation)
    assert deviation.agreed_by_id == colleague.person_id


def test_what_is_kept_for_a_session_keeps_who_agreed(store: Store) -> None:
    house = House(store)
    want(house, Rule.HELD)
    colleague = house.clinic.employ(Role.PRACTITIONER)

    _allocate(house, held_lot(house), with_second(colleague))

    assert json.loads(rows(store, Allocation)[0].overrides)["agreed_by"] == colleague.person_uid
    assert payloads(store, "allocate")[0]["agreed_by"] == colleague.person_uid


def test_who_cannot_agree_changes_nothing(store: Store) -> None:
    house = House(store)
    want(house, Rule.HELD)
    lot, visit = held_lot(house), session(house)
    gone = house.clinic.employ(Role.PRACTITIONER)
    with store.reading() as connection:
        uid = connection.execute(select(User.uid).where(User.id == gone.user_id)).scalar_one()
    switch_log_in(
        store,
        SwitchLogIn(user_uid=uid, active=False),
        actor=house.clinic.administrator,
        key=key("off"),
        now=NOW,
    )
    before = books(store)

    for second in (
        house.practitioner,
        house.nurse,
        house.another_clinic("Pirin").practitioner,
        gone,
        house.system,
    ):
        with pytest.raises(SecondPersonMayNot):
            used(house, visit, line(lot), actor=house.practitioner, override=with_second(second))
    nobody = Override(rules=frozenset({Rule.HELD}), reason="x", second_person_uid=visit)
    with pytest.raises(ThingNotFound):
        used(house, visit, line(lot), actor=house.practitioner, override=nobody)

    after = books(store)
    assert {name: after[name] for name in before if name != "location"} == {
        name: before[name] for name in before if name != "location"
    }


def test_where_the_clinic_wants_nobody_one_person_overrides_alone(store: Store) -> None:
    house = House(store)
    want(house, Rule.EXPIRED)

    _use(house, held_lot(house), with_second(None))

    (deviation,) = rows(store, Deviation)
    assert (deviation.agreed_by_id, deviation.signed_by_id) == (None, None)


def test_an_override_costs_a_few_statements_more_and_a_plain_use_none(store: Store) -> None:
    house = House(store)
    want(house, Rule.HELD)
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=9)
    lot, colleague, visit = held_lot(house), house.clinic.employ(Role.PRACTITIONER), session(house)
    actor = house.practitioner

    with counted(store) as plain:
        used(house, visit, line(needles), actor=actor)
    with counted(store) as overridden:
        used(house, visit, line(lot, 1000), actor=actor, override=with_second(colleague))

    assert len(plain) <= 10, "\n".join(plain)
    # What a clinic wants, who agrees, deviation and signature; and whether the reason holds a patient's name.
    assert len(overridden) <= PLAIN + 5, "\n".join(overridden)
