"""Does a cocktail go to the patient for whom it was made, from where it lies, until its limit?"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from stockroom.db.store import Store
from stockroom.ledger.product_rows import IngredientOf, RuleOf
from stockroom.models import Alert, Balance, Location, Lot, Product, Recipe, Usage
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.finish_preparation import PreparationFinished
from stockroom.operations.revise_product import (
    ConfirmProduct,
    ReviseProduct,
    confirm_product,
    revise_product,
)
from stockroom.operations.write_recipe import ComponentOf
from stockroom.rules.overriding import (
    ContraindicatedForPatient,
    KeptForOtherPatient,
    PastBeyondUse,
    PatientAllergic,
    ProductIncomplete,
)
from stockroom.rules.using import AreaUse, ThingName, UseLine
from stockroom.vocabulary import ContainerType, RegulatoryClass, StorageClass
from tests import cocktails
from tests.builders import NOW, House, key
from tests.operations.test_use_statements import PLAIN, counted
from tests.patients import ask, flag
from tests.sessions import line, opened, patient, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


def made(house: House, visit: str, *holds: str) -> tuple[str, PreparationFinished]:
    """A cocktail of 3 mL for one session, and the text of its label."""
    filler = house.product("Filler", ingredients=holds)
    vial = opened(house, house.clinic.lot_on_shelf(filler, "A1"))
    recipe = cocktails.recipe(house, "Glow", ComponentOf(product_uid=filler.uid, quantity=3_000))
    begun = cocktails.begin(house, recipe.recipe_uid, visit)
    cocktails.add(house, begun.preparation_uid, location_uid=vial.container_uid, quantity=3_000)
    finished = cocktails.finish(house, begun.preparation_uid, output_quantity=3_000)
    return f"SRP:{begun.short_code}", finished


def dose(house: House, label: str, quantity: int, **values: Any) -> UseLine:
    """What is injected of a cocktail, which is compounded and so prescribed."""
    prescriber = house.practitioner.person_uid
    return line(ThingName(scan=label), quantity, prescriber_uid=prescriber, **values)


def test_a_cocktail_and_a_needle_go_to_its_patient_in_one_movement(house: House) -> None:
    visit = session(house)
    label, cocktail = made(house, visit)
    needles = house.clinic.lot_on_shelf(house.needle(), "N1", presentations=5)

    answer = used(house, visit, dose(house, label, 2_500), line(needles))

    lot = rows(house.store, Lot, uid=cocktail.lot_uid)[0]
    assert [each.quantity for each in rows(house.store, Balance, lot_id=lot.id)] == [500]
    assert [each.lot_uid for each in answer.used] == [cocktail.lot_uid, needles.uid]
    assert {each.identified_by for each in rows(house.store, Usage)} == {"our_label", "by_hand"}


def test_a_cocktail_is_nobody_elses_and_ends_at_its_limit(house: House) -> None:
    visit = session(house)
    label, cocktail = made(house, visit)

    with pytest.raises(KeptForOtherPatient):
        used(house, session(house), dose(house, label, 100))
    used(house, visit, dose(house, label, 100), now=cocktail.beyond_use_at - timedelta(seconds=1))
    with pytest.raises(PastBeyondUse):
        used(house, visit, dose(house, label, 100), now=cocktail.beyond_use_at)


def test_what_is_in_a_cocktail_of_a_cocktail_stops_it_and_a_flag_speaks_of_it(house: House) -> None:
    ana = patient(house)
    visit = session(house, ana)
    _, inner = made(house, visit, "lidocaine")
    other = opened(house, house.clinic.lot_on_shelf(house.product("Base"), "B1"))
    outer = cocktails.begin(house, None, visit, reason="both", again_reason="the second step")
    cocktails.add(house, outer.preparation_uid, lot_uid=inner.lot_uid, quantity=2_000)
    cocktails.add(house, outer.preparation_uid, location_uid=other.container_uid, quantity=1_000)
    cocktails.finish(house, outer.preparation_uid, output_quantity=3_000)
    give = dose(house, f"SRP:{outer.short_code}", 1_000)

    flag(house, ana, "pregnancy", from_on=NOW.date())
    with pytest.raises(ContraindicatedForPatient) as flagged:
        used(house, visit, give)
    ask(house, ana, classes=("anaesthetic",))
    with pytest.raises(PatientAllergic) as stopped:
        used(house, visit, give)

    assert flagged.value.rules == ("contraindicated",)
    assert stopped.value.rules == ("allergy", "contraindicated")
    assert rows(house.store, Usage) == []


def test_a_cocktail_into_two_areas_stays_within_the_budget(house: House) -> None:
    visit, nurse = session(house), house.nurse
    label, _ = made(house, visit)
    areas = (AreaUse(area="face", quantity=1_000), AreaUse(area="neck", quantity=500))
    given = dose(house, label, 2_000, areas=areas)

    with counted(house.store) as said:
        used(house, visit, given, actor=nurse, now=NOW)

    assert len(said) <= PLAIN, "\n".join(said)


def test_a_cocktail_of_what_nobody_knows_any_more_is_not_safe(house: House) -> None:
    visit = session(house)
    label, _ = made(house, visit)
    filler = rows(house.store, Product, name="Filler")[0]
    rule = RuleOf(container_type=ContainerType.MULTI_DOSE)
    revised = ReviseProduct(product_uid=filler.uid, version=filler.version, rule=rule)
    revise_product(house.store, revised, actor=house.manager, key=key(), now=NOW)

    with pytest.raises(ProductIncomplete):
        used(house, visit, dose(house, label, 500))


def rewritten(house: House, name: str, *slugs: str, now: datetime = NOW, **facts: Any) -> None:
    """Another version of a product's rule is in force and confirmed: by it the product holds these."""
    product = rows(house.store, Product, name=name)[0]
    rule = RuleOf(
        container_type=ContainerType.MULTI_DOSE,
        storage_class=StorageClass.REFRIGERATED,
        regulatory_class=RegulatoryClass.DEVICE,
        authorised_in=("*",),
        ingredients_known=True,
        **facts,
    )
    revised = revise_product(
        house.store,
        ReviseProduct(
            product_uid=product.uid,
            version=product.version,
            rule=rule,
            ingredients=tuple(IngredientOf(slug=slug) for slug in slugs),
        ),
        actor=house.manager,
        key=key(),
        now=now,
    )
    confirmed = ConfirmProduct(product_uid=product.uid, version=revised.version)
    confirm_product(house.store, confirmed, actor=house.practitioner, key=key(), now=now)


def test_a_cocktail_holds_what_its_vial_held_when_it_was_opened_and_what_is_known_since(house: House) -> None:
    """A new leaflet takes nothing out of the vial that is open, nor of what was mixed from it."""
    ana, bea, cleo = patient(house), patient(house), patient(house)
    first, second = session(house, ana), session(house, bea)
    label, _ = made(house, first, "lidocaine")
    rewritten(house, "Filler", "hyaluronic-acid")
    later = cocktails.begin(house, rows(house.store, Recipe)[0].uid, second)
    vial = rows(house.store, Location, kind="container")[0].uid
    cocktails.add(house, later.preparation_uid, location_uid=vial, quantity=1_000)
    kept = session(house, cleo)
    allocate(
        house.store,
        Allocate(session_uid=kept, thing=ThingName(location_uid=vial), quantity=100),
        actor=house.nurse,
        key=key(),
        now=NOW,
    )

    for each in (ana, bea, cleo):
        ask(house, each, "lidocaine")

    assert {row.subject_uid for row in rows(house.store, Alert, kind="unsuitable")} == {first, second, kept}
    with pytest.raises(PatientAllergic):
        used(house, first, dose(house, label, 500))
    ask(house, ana, "hyaluronic-acid")
    with pytest.raises(PatientAllergic):
        used(house, first, dose(house, label, 500))
