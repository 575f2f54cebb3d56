"""Does a vial for several that comes into a treatment room serve one patient, and keep what was true of it?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from stockroom.db.store import Store
from stockroom.ledger.product_rows import IngredientOf, RuleOf
from stockroom.ledger.verify import verify
from stockroom.models import Alert, Allocation, Container, Product, TreatmentSession
from stockroom.operations.allocate import Allocate, allocate
from stockroom.operations.move_goods import ContainerPlaced, PlaceContainer, place_container
from stockroom.operations.open_container import ContainerOpened
from stockroom.operations.revise_product import ReviseProduct, revise_product
from stockroom.operations.set_settings import SetSettings, set_settings
from stockroom.reads.settings import settings_with_version
from stockroom.rules.overriding import KeptForOtherPatient, PatientAllergic, ProductIncomplete
from stockroom.rules.using import ThingName
from stockroom.vocabulary import ContainerState, ContainerType, StorageClass
from tests.builders import NOW, Goods, House, Place, key
from tests.cocktails import add, begin
from tests.cocktails import finish as mixed
from tests.sessions import finish, line, opened, patient, rows, session, used


@pytest.fixture
def house(store: Store) -> House:
    return House(store)


@pytest.fixture
def small(sqlite_store: Store) -> House:
    return House(sqlite_store)


def _vial(house: House, **facts: object) -> ContainerOpened:
    return opened(house, house.clinic.lot_on_shelf(house.product("Filler", **facts), "A1", presentations=5))


def _put(house: House, vial: ContainerOpened, place: Place, **more: str) -> ContainerPlaced:
    command = PlaceContainer(container_uid=vial.container_uid, to_uid=place.uid, **more)
    return place_container(house.store, command, actor=house.nurse, key=key("put"), now=NOW)


def test_in_a_treatment_room_a_vial_for_several_becomes_who_gets_of_it_next(house: House) -> None:
    vial, ana, bea = _vial(house), session(house), session(house)

    placed = _put(house, vial, house.clinic.room)
    _put(house, vial, house.clinic.fridge)
    used(house, ana, line(vial, 500))

    assert placed.serves_one
    with pytest.raises(KeptForOtherPatient):
        used(house, bea, line(vial, 500))
    finish(house, ana)
    assert rows(house.store, Container)[0].state == ContainerState.DISCARDED


def test_what_one_patient_is_getting_in_the_room_is_hers(house: House) -> None:
    vial, ana, bea = _vial(house), session(house), session(house)
    used(house, ana, line(vial, 500))

    _put(house, vial, house.clinic.room)

    with pytest.raises(KeptForOtherPatient):
        used(house, bea, line(vial, 500))
    used(house, ana, line(vial, 500))


def test_a_session_may_be_named_for_which_it_is_brought(small: House) -> None:
    vial, ana, bea = _vial(small), session(small), session(small)

    _put(small, vial, small.clinic.room, session_uid=bea)

    with pytest.raises(KeptForOtherPatient):
        used(small, ana, line(vial, 500))
    used(small, bea, line(vial, 500))


@pytest.mark.parametrize("way", ["drawn", "named", "mixed"])
def test_what_was_promised_of_it_to_others_is_lost_once_it_is_hers(house: House, way: str) -> None:
    vial, ana, bea = _vial(house), session(house), session(house)
    for visit in (ana, bea):
        keeping = Allocate(session_uid=visit, thing=ThingName(location_uid=vial.container_uid), quantity=400)
        allocate(house.store, keeping, actor=house.nurse, key=key("keep"), now=NOW)

    _put(house, vial, house.clinic.room, **({"session_uid": ana} if way == "named" else {}))
    if way == "drawn":
        used(house, ana, line(vial, 300))
    elif way == "mixed":
        draft = begin(house, None, ana, reason="by hand").preparation_uid
        add(house, draft, location_uid=vial.container_uid, quantity=300)
        mixed(house, draft)

    kept = {each.session_id: each.state for each in rows(house.store, Allocation) if each.session_id}
    ids = {each.uid: each.id for each in rows(house.store, TreatmentSession)}
    assert kept[ids[bea]] == "lost" and kept[ids[ana]] == ("used" if way == "drawn" else "active")
    assert [each.kind for each in rows(house.store, Alert)] == ["allocation_lost"]
    assert verify(house.store, anchors=False).ok


def test_what_is_promised_of_it_to_one_is_promised_to_nobody_else(house: House) -> None:
    """Neither by pointing at it nor by picking, until it is drawn for whoever is here; the syringe is past that."""
    vial, ana, bea = _vial(house), session(house), session(house)
    _put(house, vial, house.clinic.room)
    at_it = ThingName(location_uid=vial.container_uid)

    def keep(visit: str, thing: ThingName) -> None:
        keeping = Allocate(session_uid=visit, thing=thing, quantity=400)
        allocate(house.store, keeping, actor=house.nurse, key=key("keep"), now=NOW)

    def pour(visit: str) -> str:
        draft = begin(house, None, visit, reason="by hand").preparation_uid
        add(house, draft, location_uid=vial.container_uid, quantity=300)
        return draft

    keep(ana, at_it)
    keep(ana, at_it)
    with pytest.raises(KeptForOtherPatient):
        keep(bea, at_it)
    keep(bea, ThingName(product_uid=rows(house.store, Product)[0].uid))
    (picked,) = (each for each in rows(house.store, Allocation) if each.quantity > 400)
    assert picked.location_id == house.clinic.fridge.id

    mine = pour(bea)
    for act in (lambda: pour(ana), lambda: used(house, ana, line(vial, 300)), lambda: keep(ana, at_it)):
        with pytest.raises(KeptForOtherPatient):
            act()
    mixed(house, mine)
    assert [each.kind for each in rows(house.store, Alert)] == ["allocation_lost"] * 2
    assert verify(house.store, anchors=False).ok


def test_a_vial_that_is_opened_in_the_room_is_hers_too(small: House) -> None:
    lot = small.clinic.lot_on_shelf(small.product("Filler"), "A1", presentations=2)
    ana, bea = session(small), session(small)

    vial = opened(small, lot, stands_in_uid=small.clinic.room.uid, session_uid=ana)

    with pytest.raises(KeptForOtherPatient):
        used(small, bea, line(vial, 500))
    used(small, ana, line(vial, 500))


def _decide(house: House, value: bool) -> None:
    with house.store.reading() as connection:
        _, version = settings_with_version(connection, house.clinic.id)
    command = SetSettings(values={"treatment_room_one_patient": value}, version=version)
    set_settings(house.store, command, actor=house.manager, key=key("set"), now=NOW)


@pytest.mark.parametrize(
    ("asked", "type_", "where"),
    [
        (False, ContainerType.MULTI_DOSE, lambda house: house.clinic.room),
        (True, ContainerType.MULTI_USE_TOPICAL, lambda house: house.clinic.room),
        (True, ContainerType.MULTI_DOSE, lambda house: house.clinic.cupboard),
    ],
    ids=["the clinic decided otherwise", "a cream", "a cupboard"],
)
def test_elsewhere_it_goes_on_for_several(
    small: House, asked: bool, type_: ContainerType, where: Callable[[House], Place]
) -> None:
    _decide(small, asked)
    vial = _vial(small, container_type=type_)

    placed = _put(small, vial, where(small))
    used(small, session(small), line(vial, 500))
    used(small, session(small), line(vial, 500))

    assert not placed.serves_one


def _revised(house: House, product: Goods, ingredients: tuple[str, ...] = (), **facts: object) -> None:
    said = {"container_type": ContainerType.SINGLE_DOSE, "storage_class": StorageClass.ROOM, **facts}
    version = rows(house.store, Product, uid=product.uid)[0].version
    command = ReviseProduct(
        product_uid=product.uid,
        version=version,
        rule=RuleOf(**said),
        ingredients=tuple(IngredientOf(slug=slug) for slug in ingredients),
        reason="the leaflet changed",
    )
    revise_product(house.store, command, actor=house.manager, key=key("revise"), now=NOW)


def test_an_open_vial_keeps_what_was_true_when_it_was_opened(house: House) -> None:
    product = house.product("Filler")
    vial = opened(house, house.clinic.lot_on_shelf(product, "A1", presentations=5))

    _revised(house, product)

    used(house, session(house), line(vial, 500))
    used(house, session(house), line(vial, 500))
    with pytest.raises(ProductIncomplete):
        opened(house, house.clinic.lot_on_shelf(product, "A2", presentations=1))


def test_what_it_held_when_it_was_opened_and_what_was_found_in_it_since_both_stop(house: House) -> None:
    product = house.product("Filler", ingredients=("lidocaine",))
    vial = opened(house, house.clinic.lot_on_shelf(product, "A1", presentations=5))
    before, since = (session(house, patient(house, slug)) for slug in ("lidocaine", "hyaluronidase"))

    _revised(house, product, ingredients=("hyaluronidase",))

    for visit in (before, since):
        with pytest.raises(PatientAllergic):
            used(house, visit, line(vial, 500))
