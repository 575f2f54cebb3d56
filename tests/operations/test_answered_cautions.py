"""Is a caution asked about once in a session of each person, and again when the facts are others?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.models import CautionAnswer, Deviation
from stockroom.operations.decide_suitability import DecideSuitability, decide_suitability
from stockroom.rules.overriding import CautionAsked
from stockroom.rules.using import ThingName, UseLine
from stockroom.vocabulary import ContainerType, Effect, Role, Rule, SubjectKind
from tests.builders import NOW, House, LotAt, key
from tests.cocktails import add, begin, colleague, finish
from tests.operations.test_use_statements import counted
from tests.patients import flag
from tests.sessions import line, opened, over, patient, rows, session, used

CAUTION = over(Rule.CAUTION, reason="she stopped them a week ago")


def decide(house: House, name: str, kind: SubjectKind, subject: str, effect: Effect) -> None:
    command = DecideSuitability(
        flag=name, subject_kind=kind, subject=subject, effect=effect, source="our own doctors"
    )
    decide_suitability(house.store, command, actor=house.practitioner, key=key(), now=NOW)


@pytest.fixture
def house(store: Store) -> Iterator[House]:
    """A clinic where three flags ask for a word: two of lidocaine, one of caffeine."""
    house = House(store)
    for name in ("anticoagulants", "herpes"):
        for regulatory_class in ("device", "compounded"):
            decide(house, name, SubjectKind.REGULATORY_CLASS, regulatory_class, Effect.NONE)
        decide(house, name, SubjectKind.INGREDIENT, "lidocaine", Effect.CAUTION)
    decide(house, "anticoagulants", SubjectKind.INGREDIENT, "caffeine", Effect.CAUTION)
    yield house


def dose(house: House, *ingredients: str) -> LotAt:
    product = house.product(
        key("Ampoule"),
        content_quantity=1_000,
        container_type=ContainerType.SINGLE_DOSE,
        ingredients=ingredients,
    )
    return house.clinic.lot_on_shelf(product, "F1", presentations=20)


def flagged(house: House, *slugs: str) -> tuple[str, str]:
    uid = patient(house)
    for slug in slugs:
        flag(house, uid, slug)
    return uid, session(house, uid)


def test_an_answer_holds_for_the_session_and_its_person_until_the_facts_change(house: House) -> None:
    numbing, other, coffee = dose(house, "lidocaine"), dose(house, "lidocaine"), dose(house, "caffeine")
    patient_uid, visit = flagged(house, "anticoagulants")

    with pytest.raises(CautionAsked):
        used(house, visit, line(numbing, 1_000))
    assert used(house, visit, line(numbing, 1_000), override=CAUTION).overridden == ("caution",)
    again = used(house, visit, line(other, 1_000))
    assert (again.overridden, again.answered_before) == ((), ("caution",))
    assert len(rows(house.store, Deviation)) == 1
    (answer,) = rows(house.store, CautionAnswer)
    assert (answer.word, answer.reason, "anticoag" in answer.about) == ("caution", CAUTION.reason, False)

    asked: list[Any] = [
        lambda: used(house, visit, line(coffee, 1_000)),
        lambda: used(house, visit, line(numbing, 1_000), actor=house.practitioner),
        lambda: used(house, session(house, patient_uid), line(numbing, 1_000)),
    ]
    for other_question in asked:
        with pytest.raises(CautionAsked):
            other_question()
    flag(house, patient_uid, "herpes")
    with pytest.raises(CautionAsked):
        used(house, visit, line(numbing, 1_000))
    used(house, visit, line(numbing, 1_000), override=CAUTION)
    assert used(house, visit, line(numbing, 1_000)).answered_before == ("caution",)


def test_a_cocktail_is_not_asked_about_again_when_it_is_used_in_the_session_it_was_made_for(
    house: House,
) -> None:
    numbing = house.product("Numbing", ingredients=("lidocaine",))
    vial = opened(house, house.clinic.lot_on_shelf(numbing, "N1")).container_uid
    _, visit = flagged(house, "anticoagulants")
    draft = begin(house, None, visit, reason="sore").preparation_uid

    with pytest.raises(CautionAsked):
        add(house, draft, location_uid=vial, quantity=1_000)
    add(house, draft, location_uid=vial, quantity=1_000, override=CAUTION)
    assert add(house, draft, location_uid=vial, quantity=500).overridden == ()
    second = colleague(house, Role.NURSE)
    with pytest.raises(CautionAsked):
        add(house, draft, location_uid=vial, quantity=500, actor=second)
    made = finish(house, draft)

    cocktail = UseLine(
        thing=ThingName(lot_uid=made.lot_uid), quantity=500, prescriber_uid=house.practitioner.person_uid
    )
    assert made.overridden == ()
    assert used(house, visit, cocktail).answered_before == ("caution",)


def test_a_scan_of_whom_no_flag_speaks_asks_nothing_more(house: House) -> None:
    plain, numbing = dose(house), dose(house, "lidocaine")
    _, visit = flagged(house, "anticoagulants")
    used(house, visit, line(plain, 1_000))
    used(house, visit, line(numbing, 1_000), override=CAUTION)

    with counted(house.store) as without:
        used(house, visit, line(plain, 1_000))
    with counted(house.store) as with_one:
        used(house, visit, line(numbing, 1_000))

    assert len(with_one) == len(without) + 1
