"""When is a cocktail made?  When everything is in it and every limit still holds: one movement, one lot of its own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.built_once import adding_one, changing
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue, Refused, extracted
from stockroom.ledger.accounts import accounts
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.allocations import AllocationEnded
from stockroom.ledger.deviations import Broke, write_deviations
from stockroom.ledger.post import Posted, post
from stockroom.ledger.usages import note_draw
from stockroom.models import Lot, Person, Preparation
from stockroom.reads.agreements import agreement, second_persons
from stockroom.reads.finding import one_by_uid
from stockroom.reads.locations import shelves_by_uid
from stockroom.reads.preparations import Ingredient, OpenPreparation, SeenBy, open_preparation, seen_by_each
from stockroom.rules import compounding
from stockroom.rules.agreeing import Agreement
from stockroom.rules.compounding import Drawn, Yield
from stockroom.rules.expiry import mixture_limit
from stockroom.rules.overriding import Override, judge
from stockroom.rules.posting import Draft, Line
from stockroom.rules.usability import Broken, Purpose, broken_rules
from stockroom.rules.using import after_draws, is_dedicated_on_use
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import (
    Action,
    BaseUnit,
    LocationKind,
    LotKind,
    MovementKind,
    PreparationState,
    Rule,
)

AD_HOC_MINUTES = 4 * 60
"""How long a mixture without a recipe may be used from its beginning (USP <797>, immediate use)."""
GAIN_MAX_PER_MILLE = 40
"""What may come out beyond what is booked in: graduated syringes are true to 4 % (ISO 7886-1)."""


@dataclass(eq=False, kw_only=True)
class NothingInIt(Refused):
    """A cocktail without ingredients is none."""

    code: ClassVar[str] = "nothing_in_it"
    message: ClassVar[str] = extracted("Nothing is in cocktail {short_code} yet. Scan its ingredients first.")
    short_code: str


@dataclass(eq=False, kw_only=True)
class TookTooLong(Refused):
    """Its time, counted from its beginning, was over before it was finished."""

    code: ClassVar[str] = "took_too_long"
    message: ClassVar[str] = extracted(
        "Cocktail {short_code} was to be used before {beyond_use_at}. Abandon it and begin a new one."
    )
    answered_for: ClassVar[bool] = True
    short_code: str
    beyond_use_at: datetime


@dataclass(frozen=True, kw_only=True)
class FinishPreparation:
    """What came out, and where it lies."""

    preparation_uid: str
    location_uid: str
    output_quantity: int | None = None
    """µL; all the liquid that went in when None."""
    loss_reason: str = ""
    checked_by_uid: str | None = None
    """The second person who checked it."""
    override: Override | None = None


@dataclass(frozen=True, kw_only=True)
class PreparationFinished:
    """The cocktail's own lot and its limit."""

    preparation_uid: str
    movement_uid: str
    lot_uid: str
    lot_number: str
    beyond_use_at: datetime
    output_quantity: int
    loss_quantity: int
    overridden: tuple[Rule, ...]


def finish_preparation(
    store: Store, command: FinishPreparation, *, actor: Actor, key: str, now: datetime
) -> PreparationFinished:
    """Make the lot of a draft, in one movement of all its ingredients.

    1. load the draft, its patients, and its ingredients as they lie there now
    2. judge every limit, hold and allergy again; only what was overridden when it was added stays so
    3. derive the limit (L11), what came out and what was lost
    4. post: each ingredient to compounding (remainders of sealed single doses to disposal), the new lot
       from compounding to where it lies; the draft's promises are used up
    Raises ThingNotFound, PreparationOver, NothingInIt, IngredientMissing, AllocationEnded,
    NotForSeveralPatients, TookTooLong, OutputTooLarge, LossNeedsReason, InvalidValue, NotAShelf,
    LocationClosed, LotRecalled, ContainerClosed, a Stopped for each other rule, OverrideForbidden,
    SecondPersonMissing, SecondPersonMayNot.
    """
    if command.output_quantity is not None and not 0 < command.output_quantity <= QUANTITY_MAX:
        raise InvalidValue(field="output_quantity", problem="more than zero µL")
    return perform(
        store,
        Act(kind="preparation.finish", action=Action.PREPARE),
        command=command,
        body=lambda work: _finish(work, command),
        answer=PreparationFinished,
        actor=actor,
        key=key,
        now=now,
    )


def _finish(work: Work, command: FinishPreparation) -> PreparationFinished:
    draft = open_preparation(work.connection, work.clinic_id, command.preparation_uid)
    _check_complete(draft)
    place = shelves_by_uid(work.connection, work.clinic_id, [command.location_uid])[command.location_uid]
    checked_by_id = _checker(work, command.checked_by_uid)
    seen = seen_by_each(
        work.connection,
        work.clinic_id,
        draft,
        [(each.lot_id, each.location_id) for each in draft.ingredients],
    )
    _check_sharing(draft, seen[0])
    agreed = agreement(work, command.override)
    overridden = _judge(work, draft, seen, command.override, agreed)
    came_out = _output(draft, command)
    limit = _limit(work, draft, seen[0])
    lot_uid, lot_id, number = _insert_lot(work, draft, limit)
    posted = _post(work, draft, command, lot_id, place.id, came_out)
    _write_deviations(work, draft, posted, overridden, command.override, agreed)
    _note_drawings(work, draft, seen[0])
    _end(work, draft, posted, lot_id, came_out, checked_by_id)
    work.payload.update(
        preparation=draft.uid,
        lot=lot_uid,
        output=came_out.output_quantity,
        loss=came_out.loss_quantity,
        beyond_use_at=limit,
    )
    return PreparationFinished(
        preparation_uid=draft.uid,
        movement_uid=posted.uid,
        lot_uid=lot_uid,
        lot_number=number,
        beyond_use_at=limit,
        output_quantity=came_out.output_quantity,
        loss_quantity=came_out.loss_quantity,
        overridden=tuple(dict.fromkeys(each.rule for each in overridden)),
    )


def _check_complete(draft: OpenPreparation) -> None:
    if not draft.ingredients:
        raise NothingInIt(short_code=draft.short_code)
    for each in draft.ingredients:
        if not each.is_kept:
            raise AllocationEnded(allocation=each.allocation_uid)
    if draft.formula is not None:
        recipe = draft.formula.recipe
        portions = compounding.scale(recipe, draft.dose_count * recipe.output_quantity, {})
        compounding.check_complete(recipe, portions, draft.drawn)


def _checker(work: Work, uid: str | None) -> int | None:
    if uid is None:
        return None
    checker = one_by_uid(work.connection, Person, uid, thing="person")
    if checker.id == work.actor.person_id or checker.is_system:
        raise InvalidValue(
            field="checked_by_uid", problem="a second person checks it, not the one who made it"
        )
    return int(checker.id)


def _check_sharing(draft: OpenPreparation, seen: SeenBy) -> None:
    for each in draft.ingredients:
        thing = seen.things[each.lot_id, each.location_id]
        compounding.check_patients(
            thing.container_type, draft.sharers, lot_number=thing.lot_number, product=thing.product_name
        )


def _judge(
    work: Work,
    draft: OpenPreparation,
    seen: Sequence[SeenBy],
    override: Override | None,
    agreed: Agreement,
) -> tuple[Broke, ...]:
    """Judge each ingredient as it is now; what was overridden for it when it was added still is."""
    broken: dict[tuple[Rule, int, int], Broken] = {}
    today = civil_date(work.now, draft.zone)
    taken_upon = {
        (rule, each.lot_id, each.location_id) for each in draft.ingredients for rule in each.overridden
    }
    draws_before_the_last = Counter(draft.places) - Counter(set(draft.places))
    for patient_view in seen:
        for thing in after_draws(patient_view.things.values(), draws_before_the_last.elements()):
            for each in broken_rules(
                thing, now=work.now, today=today, purpose=Purpose.COMPOUND, patient=patient_view.patient
            ):
                broken.setdefault((each.rule, thing.lot_id, thing.location_id), each)
    fresh = [each for key, each in broken.items() if key not in taken_upon]
    for place in dict.fromkeys((each.thing.lot_id, each.thing.location_id) for each in fresh):
        of_place = [each for each in fresh if (each.thing.lot_id, each.thing.location_id) == place]
        judge(of_place, override=override, actions=work.actions, agreement=agreed)
    return tuple(Broke(rule=each.rule, lot_id=each.thing.lot_id) for each in fresh)


def _output(draft: OpenPreparation, command: FinishPreparation) -> Yield:
    drawn = [Drawn(quantity=each.quantity, base_unit=each.base_unit) for each in draft.ingredients]
    liquid = sum(each.quantity for each in drawn if each.base_unit is BaseUnit.MICROLITRE)
    loss_max = 0
    if draft.formula is not None:
        loss_max = draft.formula.recipe.loss_max_quantity * draft.dose_count
    return compounding.check_output(
        drawn,
        command.output_quantity if command.output_quantity is not None else liquid,
        base_unit=BaseUnit.MICROLITRE,
        loss_max_quantity=loss_max,
        tolerance_per_mille=GAIN_MAX_PER_MILLE,
        loss_reason=command.loss_reason,
    )


def _limit(work: Work, draft: OpenPreparation, seen: SeenBy) -> datetime:
    minutes = draft.formula.beyond_use_minutes if draft.formula is not None else AD_HOC_MINUTES
    own_limit = draft.started_at + timedelta(minutes=minutes)
    if work.now >= own_limit:
        raise TookTooLong(short_code=draft.short_code, beyond_use_at=own_limit)
    parents = [thing.limit(draft.zone) for thing in seen.things.values()]
    return mixture_limit(parents, draft.started_at, minutes)


def _insert_lot(work: Work, draft: OpenPreparation, limit: datetime) -> tuple[str, int, str]:
    """Give the cocktail its lot; its number is the day in the clinic and the code on its label."""
    uid = new_uid(work.now)
    number = f"{civil_date(work.now, draft.zone):%Y%m%d}-{draft.short_code}"
    lot_id = work.connection.execute(
        adding_one(Lot),
        {
            "uid": uid,
            "clinic_id": work.clinic_id,
            "product_id": draft.product_id,
            "kind": LotKind.PREPARED,
            "number": number,
            "number_is_ours": True,
            "beyond_use_at": limit,
            "created_at": work.recorded_at,
        },
    ).scalar_one()
    return uid, lot_id, number


def _post(
    work: Work,
    draft: OpenPreparation,
    command: FinishPreparation,
    lot_id: int,
    place_id: int,
    came_out: Yield,
) -> Posted:
    places = accounts(work, LocationKind.COMPOUNDING, LocationKind.DISPOSAL)
    compounding_id, disposal_id = places[LocationKind.COMPOUNDING], places[LocationKind.DISPOSAL]
    made = Line(lot_id=lot_id, from_id=compounding_id, to_id=place_id, quantity=came_out.output_quantity)
    return post(
        work,
        Draft(
            kind=MovementKind.PREPARE,
            lines=(*_into(draft.ingredients, compounding_id, disposal_id), made),
            occurred_at=work.now,
            document_kind="preparation",
            document_uid=draft.uid,
            reason=command.loss_reason,
            consumes={each.allocation_id: each.promised_quantity for each in draft.ingredients},
        ),
    )


def _into(ingredients: Iterable[Ingredient], compounding_id: int, disposal_id: int) -> list[Line]:
    """Each ingredient into the cocktail; what is left of presentations used in one go is thrown away (L13)."""
    lines: list[Line] = []
    for each in ingredients:
        lot_id, from_id = each.lot_id, each.location_id
        lines.append(Line(lot_id=lot_id, from_id=from_id, to_id=compounding_id, quantity=each.quantity))
        if remainder := each.promised_quantity - each.quantity:
            lines.append(Line(lot_id=lot_id, from_id=from_id, to_id=disposal_id, quantity=remainder))
    return lines


def _write_deviations(
    work: Work,
    draft: OpenPreparation,
    posted: Posted,
    overridden: tuple[Broke, ...],
    override: Override | None,
    agreed: Agreement,
) -> None:
    """What was overridden, now or when it was added, is signed by a second person."""
    agreed_then = second_persons(work, (each.agreed_by_uid for each in draft.ingredients))
    for each in draft.ingredients:
        write_deviations(
            work,
            posted.movement_id,
            [Broke(rule=rule, lot_id=each.lot_id) for rule in sorted(each.overridden)],
            reason=each.override_reason,
            was_asked=True,
            agreed_by=agreed_then.get(each.agreed_by_uid or ""),
        )
    if override is not None:
        write_deviations(
            work,
            posted.movement_id,
            overridden,
            reason=override.reason,
            was_asked=True,
            agreed_by=agreed.by,
        )


def _note_drawings(work: Work, draft: OpenPreparation, seen: SeenBy) -> None:
    """Count the punctures; an opened container that serves one patient only is from now on hers."""
    opened = [seen.things[each.lot_id, each.location_id] for each in draft.ingredients if each.is_container]
    for thing in dict.fromkeys(opened):
        patient = seen.patient
        serves_one = is_dedicated_on_use(thing) and thing.dedicated_patient_id is None
        dedicated_to = patient.patient_id if serves_one and patient is not None else None
        note_draw(work, thing.location_id, opened.count(thing), dedicated_to=dedicated_to)


def _end(
    work: Work,
    draft: OpenPreparation,
    posted: Posted,
    lot_id: int,
    came_out: Yield,
    checked_by_id: int | None,
) -> None:
    work.connection.execute(
        changing(Preparation, "clinic_id", "id"),
        {
            "its_clinic_id": work.clinic_id,
            "its_id": draft.preparation_id,
            "state": PreparationState.FINISHED,
            "ended_at": work.now,
            "checked_by_id": checked_by_id,
            "lot_id": lot_id,
            "movement_id": posted.movement_id,
            "loss_quantity": came_out.loss_quantity,
        },
    )
