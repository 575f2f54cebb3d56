"""How does something get into a cocktail?  Scanned, checked, and its volume kept for it at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from sqlalchemy import update

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.built_once import adding
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, NotFound, extracted
from stockroom.ledger import allocations
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.balances import NotEnoughOnHand
from stockroom.ledger.caution_answers import still_asked, write_cautions
from stockroom.ledger.encoding import canonical
from stockroom.ledger.passed_over import write_passed_over
from stockroom.ledger.taken_upon import taken_upon
from stockroom.models import PreparationIngredient
from stockroom.reads.agreements import agreement
from stockroom.reads.asked_things import Asked, choices, lay_out, read_asked
from stockroom.reads.candidacies import Candidacy, candidacy
from stockroom.reads.incompatibilities import mixed_against
from stockroom.reads.named import look_up
from stockroom.reads.named_sessions import named_sessions
from stockroom.reads.portions import Portion, free_quantity, portion_of
from stockroom.reads.preparations import OpenPreparation, SeenBy, open_preparation, seen_by_each
from stockroom.reads.promised_vials import as_drawn
from stockroom.reads.serials import check_unit
from stockroom.reads.vial_slack import NO_SLACK, more_than_held, slack_of
from stockroom.rules import compounding, fefo
from stockroom.rules.overriding import Override, judge
from stockroom.rules.passing_over import PassOver, check_passing_over
from stockroom.rules.pooling import refuse_pooling
from stockroom.rules.usability import Broken, Purpose, Thing, broken_rules, is_usable
from stockroom.rules.using import OpenItFirst, ThingName, after_draws, check_name, is_used_in_one_go
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import Action, BaseUnit, IdentifiedBy, Rule

TOO_MANY_PRODUCTS = "too_many_sterile_products"


@dataclass(eq=False, kw_only=True)
class NoSuchIngredient(NotFound):
    """Nothing with this number is in the cocktail."""

    code: ClassVar[str] = "no_such_ingredient"
    message: ClassVar[str] = extracted("There is no ingredient {n} in this cocktail. Look at the list again.")
    n: int


@dataclass(frozen=True, kw_only=True)
class AddIngredient:
    """What was scanned, or named by lot or container."""

    preparation_uid: str
    thing: ThingName
    quantity: int | None = None
    """Base units; what the recipe still lacks (or what is left here of it) when None."""
    identified_by: IdentifiedBy | None = None
    override: Override | None = None
    overfill_reason: str = ""
    """Why more comes out of a vial than its label and its usual overfill explain."""
    more_products_reason: str = ""
    """Why there may be more different sterile products in it than the clinic allows; a practitioner's word."""
    passing_over: tuple[PassOver, ...] = ()
    """Why lots that expire sooner are not taken first."""


@dataclass(frozen=True, kw_only=True)
class IngredientAdded:
    """What is kept for the cocktail, and what it still lacks of this component."""

    n: int
    lot_uid: str
    lot_number: str
    product: str
    container_code: str | None
    quantity: int
    base_unit: BaseUnit
    component_n: int | None
    lacking_quantity: int
    was_rounded: bool
    """The recipe asks for another volume than can be measured; this is the nearest that can."""
    overridden: tuple[Rule, ...]
    is_substitute: bool = False
    """The recipe asks for another product, and allows this one in its place."""


@dataclass(frozen=True, kw_only=True)
class RemoveIngredient:
    """An ingredient of which nothing was drawn."""

    preparation_uid: str
    n: int


@dataclass(frozen=True, kw_only=True)
class IngredientRemoved:
    preparation_uid: str
    n: int


def add_ingredient(
    store: Store, command: AddIngredient, *, actor: Actor, key: str, now: datetime
) -> IngredientAdded:
    """Check what was scanned against the recipe and every rule, and keep its volume for the draft.

    1. read the scan, then under the lock the draft, its patients and the things that the scan may mean
    2. choose the place (opened first), the component that it serves, and the quantity
    3. judge every rule for every named patient (L8); nothing stays of what is refused
       what is in it already is not mixed with what does not go with it, unless the recipe goes against that
    4. promise the volume; a sealed single dose is kept whole, because its remainder is thrown away
    Raises InvalidValue, ScanUnreadable, ScanInDoubt, ScanNamesNothing, LotNotNamed, ThingNotFound,
    PreparationOver, WrongProduct, IngredientComplete, DoseTooSmall, OutOfOrder, OpenItFirst, NotForSeveralPatients,
    TooManySterileProducts, LeftoversPooled, SerialUsed, SerialOpened, SerialMixed,
    MoreThanTheVialHeld, NotEnoughOnHand, LotRecalled, ContainerClosed, a Stopped for each other rule,
    OverrideForbidden, OverrideReasonMissing, SecondPersonMissing, SecondPersonMayNot.
    """
    check_name(command.thing, "thing")
    if command.quantity is not None and not 0 < command.quantity <= QUANTITY_MAX:
        raise InvalidValue(field="quantity", problem="more than zero base units")
    check_passing_over(command.passing_over)
    asked = read_asked(command.thing, today=civil_date(now, "UTC"))
    return perform(
        store,
        Act(kind="preparation.add", action=Action.PREPARE),
        command=command,
        body=lambda work: _add(work, command, asked),
        answer=IngredientAdded,
        actor=actor,
        key=key,
        now=now,
    )


def remove_ingredient(
    store: Store, command: RemoveIngredient, *, actor: Actor, key: str, now: datetime
) -> IngredientRemoved:
    """Give back what was kept for an ingredient of which nothing was drawn.

    Raises ThingNotFound, PreparationOver, NoSuchIngredient.
    """
    return perform(
        store,
        Act(kind="preparation.remove", action=Action.PREPARE),
        command=command,
        body=lambda work: _remove(work, command),
        answer=IngredientRemoved,
        actor=actor,
        key=key,
        now=now,
    )


def _add(work: Work, command: AddIngredient, asked: Asked) -> IngredientAdded:
    draft = open_preparation(work.connection, work.clinic_id, command.preparation_uid)
    here, laid_out = _pointed_at(work, draft, asked)
    thing = _choose(here, command.quantity, draft, work.now)
    product = candidacy(work.connection, thing.product_id)
    portion = portion_of(draft, product, thing, command.quantity)
    if not thing.is_opened and not is_used_in_one_go(thing):
        raise OpenItFirst(lot_uid=thing.lot_uid, lot_number=thing.lot_number, product=thing.product_name)
    check_unit(work, thing, asked.unit.get("serial"))
    compounding.check_patients(
        thing.container_type, draft.sharers, lot_number=thing.lot_number, product=thing.product_name
    )
    said: dict[str, object] = {}
    if _needs_word_for_products(work, draft, thing, command.more_products_reason):
        said[TOO_MANY_PRODUCTS] = command.more_products_reason
    agreed = agreement(work, command.override)
    inside = [(each.lot_id, each.location_id) for each in draft.ingredients]
    views = seen_by_each(work.connection, work.clinic_id, draft, [*inside, (thing.lot_id, thing.location_id)])
    refuse_pooling(each for each in views[0].things.values() if each.product_id == thing.product_id)
    first = _first(work, draft, views, thing, laid_out, command)
    broken = _broken(work, draft, views, thing, first)
    asking = still_asked(
        work, broken, lambda: named_sessions(work.connection, work.clinic_id, draft.preparation_id)
    )
    overridden = judge(asking.broken, override=command.override, actions=work.actions, agreement=agreed)
    if overridden and command.override is not None:
        write_cautions(work, asking, command.override)
        reason, by = command.override.reason, work.actor.person_uid
        named = [seen.patient for seen in views]
        upon = taken_upon(work, asking.broken, named, zone=draft.zone, technique=draft.technique)
        said.update(rules=overridden, upon=sorted(upon), reason=reason, by=by, **agreed.facts)
    if command.overfill_reason.strip() and portion.quantity > thing.unpromised:
        said["overfill"] = command.overfill_reason.strip()
    _keep(work, draft, command, asked, thing, portion, said=said)
    write_passed_over(work, thing, first.passed, command.passing_over, document_uid=draft.uid)
    if said:  # why is kept with the ingredient: free text never enters a journal (L14)
        work.payload["overridden"] = sorted(overridden) + (
            [TOO_MANY_PRODUCTS] if TOO_MANY_PRODUCTS in said else []
        )
        work.payload.update(agreed.facts)
    return _answer(draft, product, thing, portion, overridden)


def _pointed_at(
    work: Work, draft: OpenPreparation, asked: Asked
) -> tuple[tuple[Thing, ...], tuple[Thing, ...]]:
    """Give the places of the one lot that is meant, and everything that lies beside them."""
    found = look_up(work.connection, work.clinic_id, asked.names)
    asker = replace(draft.asker, preparation_id=None)  # what is in it already cannot be added again
    laid_out = lay_out(work.connection, work.clinic_id, [asked], found, asker=asker)
    here = choices(work.connection, work.clinic_id, asked, found, laid_out)
    if not here:
        number = asked.scan.lot_number if asked.scan is not None else None
        raise NotEnoughOnHand(lot_number=number or "?", wanted=1)
    here = as_drawn(work.connection, work.clinic_id, here, patient_id=asker.patient_id)
    return after_draws(here, draft.places), laid_out


def _choose(here: Sequence[Thing], quantity: int | None, draft: OpenPreparation, now: datetime) -> Thing:
    """Say which of the places is meant: usable, not promised to others, there as far as anybody knows, opened first."""
    today = civil_date(now, draft.zone)
    patient = draft.patients[0] if draft.patients else None

    def rank(thing: Thing) -> tuple[bool, bool, bool]:
        usable = is_usable(thing, now=now, today=today, purpose=Purpose.COMPOUND, patient=patient)
        return (not usable, free_quantity(thing) < (quantity or 1), thing.is_passed_over)

    return min(fefo.in_order(here, zone=draft.zone), key=rank)


def _needs_word_for_products(work: Work, draft: OpenPreparation, thing: Thing, reason: str) -> bool:
    products = {each.product_id for each in draft.ingredients} | {thing.product_id}
    try:
        compounding.check_sterile_products(products, draft.products_max)
    except compounding.TooManySterileProducts:
        if not reason.strip() or Action.OVERRIDE_CLINICAL not in work.actions:
            raise
        return True
    return False


def _first(
    work: Work,
    draft: OpenPreparation,
    views: Sequence[SeenBy],
    thing: Thing,
    laid_out: Sequence[Thing],
    command: AddIngredient,
) -> fefo.Earlier:
    """What should be taken first, for any of the patients, and what the bench has answered."""
    answered = check_passing_over(command.passing_over)
    found = [
        fefo.earlier(
            thing,
            laid_out,
            answered,
            now=work.now,
            zone=draft.zone,
            purpose=Purpose.COMPOUND,
            patient=seen.patient,
            days=draft.earlier_lot_days,
        )
        for seen in views
    ]
    return next((each for each in found if each.waiting is not None), found[0])


def _broken(
    work: Work, draft: OpenPreparation, views: Sequence[SeenBy], thing: Thing, first: fefo.Earlier
) -> tuple[Broken, ...]:
    """List what the thing breaks for any of the named patients, each rule once."""
    today = civil_date(work.now, draft.zone)
    place = (thing.lot_id, thing.location_id)
    broken: dict[Rule, Broken] = {}
    for seen in views:
        (drawn,) = after_draws([seen.things[place]], draft.places)
        if thing.is_opened:  # drawn from for another's cocktail, which only whoever looked it up knows
            drawn = replace(drawn, dedicated_patient_id=thing.dedicated_patient_id)
        for each in broken_rules(
            drawn,
            now=work.now,
            today=today,
            purpose=Purpose.COMPOUND,
            patient=seen.patient,
            earlier=first.waiting,
            technique=draft.technique,
        ):
            broken[each.rule] = each.once_more(broken.get(each.rule))
    if draft.ingredients:
        inside = views[0].things.values()
        for each in mixed_against(work.connection, work.clinic_id, inside, accepted=draft.accepted):
            if (each.thing.lot_id, each.thing.location_id) == place:
                broken[each.rule] = each
    return tuple(broken.values())


def _keep(
    work: Work,
    draft: OpenPreparation,
    command: AddIngredient,
    asked: Asked,
    thing: Thing,
    portion: Portion,
    *,
    said: dict[str, object],
) -> None:
    """Promise the volume to the draft, whole presentations of what is sealed, and write the ingredient."""
    if work.actor.person_id != draft.started_by_id:
        said = {**said, "added_by": work.actor.person_uid}
    kept = _kept(work, thing, portion, with_reason=bool(command.overfill_reason.strip()))
    promised = allocations.allocate(
        work,
        allocations.Promise(
            lot_id=thing.lot_id,
            lot_number=thing.lot_number,
            location_id=thing.location_id,
            quantity=kept,
            preparation_id=draft.preparation_id,
        ),
    )
    work.connection.execute(
        adding(PreparationIngredient),
        {
            "uid": new_uid(work.now),
            "clinic_id": work.clinic_id,
            "preparation_id": draft.preparation_id,
            "n": draft.next_n,
            "component_n": portion.component_n,
            "lot_id": thing.lot_id,
            "location_id": thing.location_id,
            "quantity": portion.quantity,
            "allocation_id": promised.allocation_id,
            "identified_by": command.identified_by or asked.identified_by,
            "raw_scan": command.thing.scan,
            "serial": None if thing.is_opened else asked.unit.get("serial"),
            "overrides": canonical(said) if said else "",
        },
    )
    work.payload.update(
        preparation=draft.uid, n=draft.next_n, lot=thing.lot_uid, quantity=portion.quantity, kept=kept
    )


def _kept(work: Work, thing: Thing, portion: Portion, *, with_reason: bool) -> int:
    """Base units that are promised: whole presentations of what is sealed, and of a vial no more than the books
    have in it; what it gives beyond them is booked when the cocktail is made.

    Raises MoreThanTheVialHeld.
    """
    if not thing.is_opened:
        return portion.quantity + -portion.quantity % thing.content_quantity
    beyond = portion.quantity - thing.unpromised
    if beyond <= 0 or thing.unpromised <= 0:
        return portion.quantity
    room = slack_of(work.connection, work.clinic_id, [thing]).get(thing.location_id, NO_SLACK)
    if beyond <= (room.most if with_reason else room.within):
        return thing.unpromised
    if beyond <= room.most:
        raise more_than_held(thing, room, wanted=portion.quantity)
    return portion.quantity


def _answer(
    draft: OpenPreparation, product: Candidacy, thing: Thing, portion: Portion, overridden: tuple[Rule, ...]
) -> IngredientAdded:
    return IngredientAdded(
        n=draft.next_n,
        lot_uid=thing.lot_uid,
        lot_number=thing.lot_number,
        product=thing.product_name,
        container_code=thing.container_code,
        quantity=portion.quantity,
        base_unit=product.base_unit,
        component_n=portion.component_n,
        lacking_quantity=portion.lacking_quantity,
        was_rounded=portion.was_rounded,
        overridden=overridden,
        is_substitute=portion.is_substitute,
    )


def _remove(work: Work, command: RemoveIngredient) -> IngredientRemoved:
    draft = open_preparation(work.connection, work.clinic_id, command.preparation_uid)
    found = next((each for each in draft.ingredients if each.n == command.n), None)
    if found is None:
        raise NoSuchIngredient(n=command.n)
    if found.is_kept:
        allocations.release(work, found.promised)
    work.connection.execute(
        update(PreparationIngredient)
        .where(PreparationIngredient.clinic_id == work.clinic_id, PreparationIngredient.id == found.id)
        .values(removed_at=work.recorded_at)
    )
    work.payload.update(preparation=draft.uid, n=command.n, lot=found.lot_uid)
    return IngredientRemoved(preparation_uid=draft.uid, n=command.n)
