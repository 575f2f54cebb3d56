"""Does only what belongs in a cocktail get in, and is it kept for it at once?"""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select

from stockroom.barcodes.own_labels import LabelKind, OwnLabel, write_label
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, ThingNotFound
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.models import Clinic, ClinicHold, Container, PreparationIngredient
from stockroom.operations.add_ingredient import (
    NoSuchIngredient,
    RemoveIngredient,
    remove_ingredient,
)
from stockroom.operations.write_recipe import ComponentOf
from stockroom.rules.compounding import (
    IngredientComplete,
    NotForSeveralPatients,
    TooManySterileProducts,
    WrongProduct,
)
from stockroom.rules.overriding import (
    AllergiesNotAsked,
    EarlierLotWaiting,
    LotExpired,
    LotOnHold,
    LotRecalled,
    Override,
    OverrideForbidden,
    PatientAllergic,
    ProductIncomplete,
    PuncturesSpent,
)
from stockroom.rules.permissions import ActionForbidden
from stockroom.rules.using import OpenItFirst
from stockroom.vocabulary import ContainerType, Rule
from tests.builders import NOW, House, LotAt, key
from tests.cocktails import add, balances, begin, finish, opened, patient_with_session, planned, recipe, stock
from tests.patients import register


def held(house: House, lot: LotAt, reason: str) -> None:
    """A hold on a lot of the clinic."""

    def body(work: Work) -> None:
        work.connection.execute(
            insert(ClinicHold).values(
                uid=new_uid(work.now),
                clinic_id=house.clinic.id,
                lot_id=lot.id,
                reason=reason,
                note="",
                placed_at=work.now,
                placed_by_id=work.actor.person_id,
            )
        )

    house.clinic.act("test.hold", body)


def glow(house: House, *products_ml: tuple[str, int]) -> str:
    """A recipe that takes so many µL of each product."""
    parts = [ComponentOf(quantity=quantity, product_uid=uid) for uid, quantity in products_ml]
    return recipe(house, "Glow", *parts, output_quantity=sum(q for _, q in products_ml)).recipe_uid


def test_a_scanned_vial_is_found_open_and_the_volume_of_the_recipe_is_kept(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    vial = opened(house.clinic, filler, lot)
    draft = begin(house, glow(house, (filler.uid, 1500)), patient_with_session(house, "Ana A"), dose_count=2)

    added = add(house, draft.preparation_uid, scan=f"01{filler.gtin}10A1", with_key="add")
    again = add(house, draft.preparation_uid, scan=f"01{filler.gtin}10A1", with_key="add")

    assert added == again
    assert (added.n, added.quantity, added.component_n, added.lacking_quantity) == (1, 3000, 1, 0)
    assert balances(store) == {
        (lot.id, vial.id): (5000, 3000),
        (lot.id, house.clinic.fridge.id): (5000, 0),
    }


def test_our_own_label_names_the_container(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    first, second = (opened(house.clinic, filler, lot) for _ in range(2))
    with sqlite_store.reading() as connection:
        code = connection.execute(
            select(Container.short_code).where(Container.location_id == second.id)
        ).scalar_one()
    draft = begin(house, glow(house, (filler.uid, 1500)), patient_with_session(house, "Ana A"))

    added = add(house, draft.preparation_uid, scan=write_label(OwnLabel(LabelKind.CONTAINER, code)))

    assert added.container_code == code
    assert balances(sqlite_store)[lot.id, first.id] == (5000, 0)
    assert balances(sqlite_store)[lot.id, second.id] == (5000, 1500)


def test_what_is_left_in_one_vial_is_taken_and_the_rest_from_the_next(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler", content_quantity=2000)
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    for _ in range(2):
        opened(house.clinic, filler, lot)
    draft = begin(house, glow(house, (filler.uid, 3000)), patient_with_session(house, "Ana A"))

    first = add(house, draft.preparation_uid, lot_uid=lot.uid)
    second = add(house, draft.preparation_uid, lot_uid=lot.uid)

    assert (first.quantity, first.lacking_quantity) == (2000, 1000)
    assert (second.quantity, second.lacking_quantity) == (1000, 0)
    with pytest.raises(IngredientComplete):
        add(house, draft.preparation_uid, lot_uid=lot.uid)


def test_a_sealed_single_dose_is_kept_whole(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    ampoule = house.product("Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(ampoule, "A1", presentations=3)
    draft = begin(house, glow(house, (ampoule.uid, 2500)), patient_with_session(house, "Ana A"))

    added = add(house, draft.preparation_uid, lot_uid=lot.uid)

    assert added.quantity == 2500
    assert balances(sqlite_store)[lot.id, lot.location_id] == (6000, 4000)


def test_a_sealed_multi_dose_vial_is_opened_first(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    draft = begin(house, glow(house, (filler.uid, 1500)), patient_with_session(house, "Ana A"))
    before = stock(sqlite_store)

    with pytest.raises(OpenItFirst):
        add(house, draft.preparation_uid, lot_uid=lot.uid)

    assert stock(sqlite_store) == before


def test_the_wrong_product_is_refused_and_leaves_nothing(store: Store) -> None:
    house = House(store)
    filler, other = house.product("Filler"), house.product("Other")
    lot = house.clinic.lot_on_shelf(other, "B1")
    opened(house.clinic, other, lot)
    draft = begin(house, glow(house, (filler.uid, 1500)), patient_with_session(house, "Ana A"))
    before = stock(store)

    with pytest.raises(WrongProduct) as refused:
        add(house, draft.preparation_uid, lot_uid=lot.uid)

    assert refused.value.missing == ("Filler",)
    assert stock(store) == before


@pytest.mark.parametrize(("reason", "error"), [("recall", LotRecalled), ("temperature", LotOnHold)])
def test_what_is_held_is_refused_and_leaves_nothing(
    sqlite_store: Store, reason: str, error: type[Exception]
) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    opened(house.clinic, filler, lot)
    draft = begin(house, glow(house, (filler.uid, 1500)), patient_with_session(house, "Ana A"))
    held(house, lot, reason)
    before = stock(sqlite_store)

    with pytest.raises(error):
        add(house, draft.preparation_uid, lot_uid=lot.uid)

    assert stock(sqlite_store) == before


def test_what_is_expired_or_not_confirmed_is_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    old = house.product("Old", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    unknown = house.product("Unknown", container_type=ContainerType.SINGLE_DOSE, confirmed=False)
    expired = house.clinic.lot_on_shelf(old, "A1", expires_on=date(2026, 3, 1))
    doubtful = house.clinic.lot_on_shelf(unknown, "B1")
    draft = begin(house, None, patient_with_session(house, "Ana A"), reason="test of limits")
    before = stock(sqlite_store)

    with pytest.raises(LotExpired):
        add(house, draft.preparation_uid, lot_uid=expired.uid, quantity=500)
    with pytest.raises(ProductIncomplete):
        add(house, draft.preparation_uid, lot_uid=doubtful.uid, quantity=500)

    assert stock(sqlite_store) == before


def test_an_override_needs_a_practitioner_and_is_kept_with_the_ingredient(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    old = house.product("Old", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    expired = house.clinic.lot_on_shelf(old, "A1", expires_on=date(2026, 3, 1))
    draft = begin(house, None, patient_with_session(house, "Ana A"), reason="test of limits")
    override = Override(rules=frozenset({Rule.EXPIRED}), reason="nothing else in town")

    with pytest.raises(OverrideForbidden):
        add(house, draft.preparation_uid, lot_uid=expired.uid, quantity=500, override=override)
    added = add(
        house,
        draft.preparation_uid,
        lot_uid=expired.uid,
        quantity=500,
        override=override,
        actor=house.practitioner,
    )

    assert added.overridden == (Rule.EXPIRED,)
    with sqlite_store.reading() as connection:
        said = connection.execute(select(PreparationIngredient.overrides)).scalar_one()
    assert '"rules":["expired"]' in said
    assert house.practitioner.person_uid in said


def test_an_allergy_of_any_named_patient_stops_it(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler", ingredients=("vitamin-c",))
    lot = house.clinic.lot_on_shelf(filler, "A1")
    opened(house.clinic, filler, lot)
    sessions = (
        patient_with_session(house, "Ana A"),
        patient_with_session(house, "Ana B", "vitamin-c"),
    )
    draft = begin(house, glow(house, (filler.uid, 1500)), *sessions)
    before = stock(store)

    with pytest.raises(PatientAllergic):
        add(house, draft.preparation_uid, lot_uid=lot.uid)

    assert stock(store) == before


def test_a_patient_whom_nobody_asked_is_not_safe(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler", ingredients=("vitamin-c",))
    lot = house.clinic.lot_on_shelf(filler, "A1")
    opened(house.clinic, filler, lot)
    unasked = planned(house.clinic, register(house, "Ana A").patient_uid)
    draft = begin(house, glow(house, (filler.uid, 1500)), unasked)

    with pytest.raises(AllergiesNotAsked):
        add(house, draft.preparation_uid, lot_uid=lot.uid)


@pytest.mark.parametrize("patients", [0, 2])
def test_a_single_dose_is_drawn_from_for_one_named_patient_only(sqlite_store: Store, patients: int) -> None:
    house = House(sqlite_store)
    ampoule = house.product("Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    lot = house.clinic.lot_on_shelf(ampoule, "A1", presentations=3)
    sessions = [patient_with_session(house, f"Ana {n}") for n in range(patients)]
    draft = begin(house, glow(house, (ampoule.uid, 1000)), *sessions)
    before = stock(sqlite_store)

    with pytest.raises(NotForSeveralPatients):
        add(house, draft.preparation_uid, lot_uid=lot.uid)

    assert stock(sqlite_store) == before


def test_an_earlier_lot_in_the_same_place_is_asked_for(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    ampoule = house.product("Ampoule", content_quantity=2000, container_type=ContainerType.SINGLE_DOSE)
    house.clinic.lot_on_shelf(ampoule, "SOON", expires_on=date(2026, 6, 1))
    later = house.clinic.lot_on_shelf(ampoule, "LATER", expires_on=date(2027, 6, 1))
    draft = begin(house, glow(house, (ampoule.uid, 1000)), patient_with_session(house, "Ana A"))

    with pytest.raises(EarlierLotWaiting) as refused:
        add(house, draft.preparation_uid, scan=f"01{ampoule.gtin}10{later.number}")

    assert refused.value.earlier_lot_number == "SOON"


def test_more_sterile_products_than_the_clinic_allows_need_a_practitioners_word(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    with sqlite_store.reading() as connection:
        allowed = connection.execute(select(Clinic.sterile_products_max)).scalar_one()
    draft = begin(house, None, patient_with_session(house, "Ana A"), reason="many things")
    lots = []
    for n in range(allowed + 1):
        product = house.product(f"Ampoule {n}", container_type=ContainerType.SINGLE_DOSE)
        lots.append(house.clinic.lot_on_shelf(product, f"L{n}"))
    for lot in lots[:-1]:
        add(house, draft.preparation_uid, lot_uid=lot.uid, quantity=500)

    for said in ({}, {"more_products_reason": "no other way"}):
        with pytest.raises(TooManySterileProducts):
            add(house, draft.preparation_uid, lot_uid=lots[-1].uid, quantity=500, **said)
    added = add(
        house,
        draft.preparation_uid,
        lot_uid=lots[-1].uid,
        quantity=500,
        more_products_reason="no other way",
        actor=house.practitioner,
    )

    assert added.n == allowed + 1


def test_more_than_is_free_is_refused(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    opened(house.clinic, filler, lot)
    first, second = (
        begin(house, None, patient_with_session(house, f"Ana {n}"), reason="twice") for n in range(2)
    )
    add(house, first.preparation_uid, lot_uid=lot.uid, quantity=4000)
    before = stock(sqlite_store)

    with pytest.raises(NotEnoughOnHand):
        add(house, second.preparation_uid, lot_uid=lot.uid, quantity=1500)
    with pytest.raises(InvalidValue):
        add(house, second.preparation_uid, lot_uid=lot.uid)

    assert stock(sqlite_store) == before


def test_what_is_removed_is_free_again(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    vial = opened(house.clinic, filler, lot)
    draft = begin(house, glow(house, (filler.uid, 1500)), patient_with_session(house, "Ana A"))
    add(house, draft.preparation_uid, lot_uid=lot.uid)
    command = RemoveIngredient(preparation_uid=draft.preparation_uid, n=1)

    for _ in range(2):  # the same key removes once
        remove_ingredient(store, command, actor=house.nurse, key="remove", now=NOW)

    assert balances(store)[lot.id, vial.id] == (5000, 0)
    with pytest.raises(NoSuchIngredient):
        remove_ingredient(store, command, actor=house.nurse, key=key(), now=NOW)
    assert add(house, draft.preparation_uid, lot_uid=lot.uid).n == 2


def test_another_clinics_draft_and_lot_are_not_found_and_a_manager_adds_nothing(sqlite_store: Store) -> None:
    house = House(sqlite_store)
    filler = house.product("Filler")
    lot = house.clinic.lot_on_shelf(filler, "A1")
    opened(house.clinic, filler, lot)
    draft = begin(house, glow(house, (filler.uid, 1500)), patient_with_session(house, "Ana A"))
    there = house.another_clinic()
    theirs = there.lot_on_shelf(filler, "A2")

    with pytest.raises(ThingNotFound):
        add(house, draft.preparation_uid, lot_uid=lot.uid, actor=there.nurse)
    with pytest.raises(ThingNotFound):
        add(house, draft.preparation_uid, lot_uid=theirs.uid)
    with pytest.raises(ActionForbidden):
        add(house, draft.preparation_uid, lot_uid=lot.uid, actor=house.manager)
    assert add(house, draft.preparation_uid, lot_uid=lot.uid, now=NOW + timedelta(minutes=1)).n == 1


def test_what_the_draft_draws_already_counts_as_drawn(store: Store) -> None:
    house = House(store)
    filler = house.product("Filler", content_quantity=5000, punctures_max=2)
    lot = house.clinic.lot_on_shelf(filler, "A1", presentations=2)
    vial = opened(house.clinic, filler, lot)
    draft = begin(house, None, patient_with_session(house, "Ana A"), reason="dry skin").preparation_uid
    for _ in range(2):
        add(house, draft, location_uid=vial.uid, quantity=500)

    with pytest.raises(PuncturesSpent):
        add(house, draft, location_uid=vial.uid, quantity=500)

    second = opened(house.clinic, filler, lot)
    assert add(house, draft, lot_uid=lot.uid, quantity=500).container_code is not None
    finish(house, draft)
    with store.reading() as connection:
        punctures = dict(connection.execute(select(Container.location_id, Container.punctures)).all())
    assert punctures == {vial.id: 2, second.id: 1}
