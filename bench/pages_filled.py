"""What do pages show that the history of the bench does not hold?  A delivery in work, a cocktail, a hold, a person."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from bench.catalogue_rows import CLINIC, ROOM_1, ROOM_2
from bench.names import gtin
from bench.pages_begun import begin, open_one
from bench.pages_begun import uid_of as _first
from stockroom import clock
from stockroom.access.passwords import hash_password
from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.ledger.product_rows import RuleOf
from stockroom.models import Clinic, Location, Lot, Manufacturer, Patient, Product, Supplier
from stockroom.operations.add_delivery_line import AddDeliveryLine, add_delivery_line
from stockroom.operations.add_product import AddProduct, add_product
from stockroom.operations.approve_recipe import ApproveRecipe, approve_recipe
from stockroom.operations.employ import Employ, GiveRole, employ, give_role
from stockroom.operations.place_hold import PlaceHold, place_hold
from stockroom.operations.plan_session import NeedOf, PlanSession, plan_session
from stockroom.operations.start_delivery import StartDelivery, start_delivery
from stockroom.operations.start_preparation import StartPreparation, start_preparation
from stockroom.operations.write_recipe import ComponentOf, VersionOf, WriteRecipe, write_recipe
from stockroom.reads.actors import actor_of, system_actor
from stockroom.vocabulary import BaseUnit, ContainerType, HoldReason, Role
from tests.serving import PASSWORD, SALT

EMAIL = "everybody@bench.test"
__all__ = ["EMAIL", "PASSWORD", "fill_pages"]
SESSIONS = 24
"""So many are planned for today."""
_UNKNOWN = "09529999999993"
_keys = count(1)


def fill_pages(store: Store) -> None:
    """Employ somebody who holds every role, and have him or her begin what pages show."""
    actor = _everybody(store)
    _do(store, place_hold, _hold(store), actor)
    begun = _do(store, start_delivery, StartDelivery(supplier_uid=_first(store, Supplier)), actor)
    for code in (gtin(2), gtin(3), _UNKNOWN):
        line = AddDeliveryLine(delivery_uid=begun.delivery_uid, scan=f"01{code}17300101\x1d10PAGES")
        _do(store, add_delivery_line, line, actor)
    session_uids = [_do(store, plan_session, _session(store, n), actor).session_uid for n in range(SESSIONS)]
    _begin_cocktail(store, actor, session_uids[0])
    begin(store, lambda operation, command: _do(store, operation, command, actor))


def _everybody(store: Store) -> Actor:
    clinic_uid = _first(store, Clinic)
    with store.reading() as connection:
        system = system_actor(connection, device="bench", clinic_id=CLINIC, clinic_uid=clinic_uid)
    person = Employ(
        name="Demo everybody",
        profession="physician",
        authorisations=("prescribe", "inject", "compound"),
        authorised_from=date(2020, 1, 1),
        email=EMAIL,
        password_hash=hash_password(PASSWORD, salt=SALT),
    )
    employed = _do(store, employ, person, system)
    for role in Role:
        _do(store, give_role, GiveRole(user_uid=employed.user_uid, role=role), system)
    return _actor(store, EMAIL)


def _actor(store: Store, email: str) -> Actor:
    clinic_uid = _first(store, Clinic)
    with store.reading() as connection:
        actor = actor_of(connection, email=email, clinic_uid=clinic_uid, device="bench")
    assert actor is not None
    return actor


def _hold(store: Store) -> PlaceHold:
    return PlaceHold(reason=HoldReason.SUSPICION, note="cloudy", lot_uid=_first(store, Lot))


def _session(store: Store, n: int) -> PlanSession:
    """One of today's sessions, with three needs."""
    needs = tuple(NeedOf(product_uid=_first(store, Product, 2 + 3 * n + k), quantity=1 + k) for k in range(3))
    return PlanSession(
        patient_uid=_first(store, Patient, 1 + n),
        planned_at=clock.now(),
        room_uid=_first(store, Location, ROOM_1 if n % 2 else ROOM_2),
        needs=needs,
    )


def _begin_cocktail(store: Store, actor: Actor, session_uid: str) -> None:
    liquid = AddProduct(
        manufacturer_uid=_first(store, Manufacturer),
        name="Demo liquid",
        strength="1 mg/mL",
        rule=RuleOf(container_type=ContainerType.SINGLE_DOSE),
        presentation="vial",
        base_unit=BaseUnit.MICROLITRE,
        content_quantity=5_000,
    )
    product_uid = _do(store, add_product, liquid, actor).product_uid
    open_one(store, lambda operation, command: _do(store, operation, command, actor), product_uid)
    version = VersionOf(
        components=(ComponentOf(product_uid=product_uid, quantity=1_000),),
        output_quantity=1_000,
        beyond_use_minutes=60,
        reason="for the bench",
    )
    recipe = WriteRecipe(name="Demo mixture", purpose="for the bench", sources="bench", version=version)
    written = _do(store, write_recipe, recipe, actor)
    other = _actor(store, "practitioner@bench.test")
    _do(store, approve_recipe, ApproveRecipe(version_uid=written.version_uid), other)
    start = StartPreparation(recipe_uid=written.recipe_uid, session_uids=(session_uid,))
    _do(store, start_preparation, start, actor)


def _do(store: Store, operation: Any, command: object, actor: Actor) -> Any:
    now: datetime = clock.now()
    return operation(store, command, actor=actor, key=f"pages-{next(_keys)}", now=now)
