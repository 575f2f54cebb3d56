"""Does a clinic's own word on a flag count at its next scan, there and nowhere else?"""

from __future__ import annotations

from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.errors import StockroomError, ThingNotFound
from stockroom.models import ClinicSuitabilityRule, Container, Deviation
from stockroom.operations.decide_suitability import (
    DecideSuitability,
    SourceMissing,
    decide_suitability,
)
from stockroom.rules.overriding import (
    AllergiesNotAsked,
    CautionAsked,
    ContraindicatedForPatient,
    OverrideForbidden,
    PatientAllergic,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerType, Effect, Rule, SubjectKind
from tests.builders import NOW, House, key
from tests.cocktails import add, begin
from tests.cocktails import finish as finish_cocktail
from tests.operations.test_use_statements import counted
from tests.patients import ask, flag
from tests.sessions import line, opened, over, patient, rows, session, used


def decide(house: House, effect: Effect | None, *, actor: Any = None, **values: Any) -> Effect:
    said = {
        "flag": "pregnancy",
        "subject_kind": SubjectKind.REGULATORY_CLASS,
        "subject": "device",
        "source": "a leaflet of the maker",
        **values,
    }
    command = DecideSuitability(effect=effect, **said)
    return decide_suitability(
        house.store, command, actor=actor or house.practitioner, key=key("decide"), now=NOW
    ).effect


def dose(house: House, **values: Any) -> Any:
    product = house.product(
        key("Filler"), content_quantity=1, container_type=ContainerType.SINGLE_DOSE, **values
    )
    return house.clinic.lot_on_shelf(product, "F1", presentations=20)


def flagged_visit(house: House, slug: str = "pregnancy") -> str:
    uid = patient(house)
    flag(house, uid, slug)
    return session(house, uid)


def test_a_flag_stops_a_use_and_only_a_practitioner_overrides_it(store: Store) -> None:
    house = House(store)
    lot, visit = dose(house), flagged_visit(house)

    with pytest.raises(ContraindicatedForPatient):
        used(house, visit, line(lot))
    with pytest.raises(OverrideForbidden):
        used(house, visit, line(lot), override=over(Rule.CONTRAINDICATED))
    answer = used(house, visit, line(lot), override=over(Rule.CONTRAINDICATED), actor=house.practitioner)

    assert answer.overridden == ("contraindicated",)
    assert [(row.rule, row.was_asked) for row in rows(store, Deviation)] == [("contraindicated", True)]


def test_a_clinic_makes_a_caution_of_it_that_a_nurse_answers(store: Store) -> None:
    house = House(store)
    lot, visit = dose(house), flagged_visit(house)

    assert decide(house, Effect.CAUTION) is Effect.CAUTION

    with pytest.raises(CautionAsked):
        used(house, visit, line(lot))
    assert used(house, visit, line(lot), override=over(Rule.CAUTION)).overridden == ("caution",)


def test_a_clinic_lets_a_rule_go_and_takes_it_up_again_and_another_clinic_follows_it(store: Store) -> None:
    house = House(store)
    lot, visit = dose(house), flagged_visit(house)

    assert decide(house, Effect.NONE) is Effect.NONE
    assert used(house, visit, line(lot)).overridden == ()
    assert decide(house, None, source="") is Effect.STOP
    with pytest.raises(ContraindicatedForPatient):
        used(house, visit, line(lot))


def test_a_clinic_has_rules_of_its_own_about_an_ingredient_or_a_technique(store: Store) -> None:
    house = House(store)
    plain, lot = dose(house), dose(house, ingredients=("lidocaine",))
    decide(
        house, Effect.STOP, flag="herpes", subject_kind=SubjectKind.INGREDIENT_CLASS, subject="anaesthetic"
    )
    decide(house, Effect.NONE, flag="herpes")
    decide(house, Effect.CAUTION, flag="herpes", subject_kind=SubjectKind.TECHNIQUE, subject="nappage")
    visit = flagged_visit(house, "herpes")

    with pytest.raises(ContraindicatedForPatient):
        used(house, visit, line(lot))
    with pytest.raises(CautionAsked):
        used(house, visit, line(plain, technique="nappage"))
    assert used(house, visit, line(plain, technique="spot-marks")).overridden == ()


REFUSED: list[tuple[dict[str, Any], type[StockroomError]]] = [
    ({"source": " "}, SourceMissing),
    ({"flag": "boredom"}, ThingNotFound),
    ({"subject": "sweets"}, ThingNotFound),
    ({"subject_kind": SubjectKind.TECHNIQUE, "subject": "device"}, ThingNotFound),
    ({"subject_kind": SubjectKind.INGREDIENT, "subject": "anaesthetic"}, ThingNotFound),
]


@pytest.mark.parametrize(("values", "error"), REFUSED)
def test_what_is_not_there_or_has_no_source_is_refused(
    sqlite_store: Store, values: dict[str, Any], error: type[StockroomError]
) -> None:
    house = House(sqlite_store)

    with pytest.raises(error):
        decide(house, Effect.STOP, **values)

    assert rows(sqlite_store, ClinicSuitabilityRule) == []


def test_only_a_practitioner_decides(sqlite_store: Store) -> None:
    house = House(sqlite_store)

    for actor in (house.nurse, house.manager, house.clinic.administrator):
        with pytest.raises(ActionForbidden):
            decide(house, Effect.NONE, actor=actor)


def test_flags_and_classes_count_through_a_cocktail_and_when_it_is_finished(store: Store) -> None:
    """The allergy is added, and the flag noted, while the cocktail is mixed: finishing judges again."""
    house = House(store)
    saline = house.product("Saline", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE)
    numbing = house.product(
        "Numbing", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE, ingredients=("lidocaine",)
    )
    uid, other = patient(house), patient(house)
    decide(house, Effect.NONE, flag="skin-inflammation")
    drafts = []
    for patient_uid in (uid, other):
        draft = begin(house, None, session(house, patient_uid), reason="for the face").preparation_uid
        for product in (saline, numbing):
            lot = house.clinic.lot_on_shelf(product, key("L"), presentations=2)
            add(house, draft, lot_uid=lot.uid, quantity=1000)
        drafts.append(draft)

    ask(house, uid, classes=("anaesthetic",))
    flag(house, other, "herpes")

    with pytest.raises(PatientAllergic):
        finish_cocktail(house, drafts[0])
    with pytest.raises(ContraindicatedForPatient):
        finish_cocktail(house, drafts[1])
    done = finish_cocktail(house, drafts[1], override=over(Rule.CONTRAINDICATED), actor=house.practitioner)
    assert done.overridden == (Rule.CONTRAINDICATED,)


def test_a_made_cocktail_carries_the_classes_of_everything_in_it_to_the_scan(store: Store) -> None:
    house = House(store)
    saline = house.product("Saline", content_quantity=1000, container_type=ContainerType.SINGLE_DOSE)
    uid = patient(house)
    visit = session(house, uid)
    draft = begin(house, None, visit, reason="for the face").preparation_uid
    lot = house.clinic.lot_on_shelf(saline, "S1", presentations=2)
    add(house, draft, lot_uid=lot.uid, quantity=1000)
    made = finish_cocktail(house, draft)

    flag(house, uid, "pregnancy")

    with pytest.raises(ContraindicatedForPatient) as stop:
        used(
            house,
            visit,
            line(ThingName(lot_uid=made.lot_uid), 1000),
        )
    assert "contraindicated" in stop.value.rules


def test_a_flag_costs_the_scan_no_statement(store: Store) -> None:
    house = House(store)
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=9)
    visit, nurse = flagged_visit(house), house.nurse
    decide(house, Effect.NONE)

    with counted(store) as said:
        used(house, visit, line(needles), actor=nurse)

    assert len(said) == (10 if store.is_sqlite else 8)


def test_a_vial_is_not_opened_for_whom_it_does_not_suit(store: Store) -> None:
    """Said at the opening: once it is broken open, it is too late to put it back."""
    house = House(store)
    lot = house.clinic.lot_on_shelf(house.product("Filler", ingredients=("lidocaine",)), "F1")
    uid, unasked = patient(house), patient(house, asked=False)
    ask(house, uid, classes=("anaesthetic",))

    with pytest.raises(PatientAllergic):
        opened(house, lot, session_uid=session(house, uid))
    with pytest.raises(AllergiesNotAsked):
        opened(house, lot, session_uid=session(house, unasked))
    with pytest.raises(ContraindicatedForPatient):
        opened(house, lot, session_uid=flagged_visit(house))
    assert rows(store, Container) == []
