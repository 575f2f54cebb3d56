"""When is a cocktail made?  When everything is in it and every limit still holds: one movement, one lot of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from stockroom.actor import Actor
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import Forbidden, InvalidValue, Refused, extracted
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.allocations import AllocationEnded
from stockroom.ledger.caution_answers import still_asked, write_cautions
from stockroom.ledger.cocktails import Cocktail, book_cocktail, note_pouring
from stockroom.ledger.deviations import Broke, write_deviations
from stockroom.ledger.post import Posted
from stockroom.ledger.taken_upon import taken_upon
from stockroom.reads.agreements import agreement, second_person, second_persons
from stockroom.reads.authorised import require_authorised
from stockroom.reads.incompatibilities import mixed_against
from stockroom.reads.locations import shelves_by_uid
from stockroom.reads.named_sessions import named_sessions
from stockroom.reads.preparations import OpenPreparation, SeenBy, open_preparation, seen_by_each
from stockroom.reads.settings import settings_of
from stockroom.rules import compounding
from stockroom.rules.agreeing import Agreement
from stockroom.rules.expiry import COLD, mixture_limit
from stockroom.rules.mixing import broken_by_mixture
from stockroom.rules.overriding import Override, judge
from stockroom.rules.usability import Broken
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import Action, Rule, SignOnWay


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


@dataclass(eq=False, kw_only=True)
class CheckMissing(Refused):
    """This clinic wants a second person to check a cocktail and sign."""

    code: ClassVar[str] = "check_missing"
    message: ClassVar[str] = extracted(
        "In this clinic a second person checks each cocktail. Call a colleague, who looks at every ingredient "
        "of {short_code} and signs with badge, PIN or password."
    )
    short_code: str


@dataclass(eq=False, kw_only=True)
class CheckerMayNot(Forbidden):
    """Who checks is one of those who made it, or may not prepare here."""

    code: ClassVar[str] = "checker_may_not"
    message: ClassVar[str] = extracted(
        "Whoever checks {short_code} is somebody else than you, has put nothing into it, works in this clinic and may "
        "prepare cocktails. Call such a colleague."
    )
    short_code: str


@dataclass(frozen=True, kw_only=True)
class FinishPreparation:
    """What came out, and where it lies: in a fridge it may keep longer."""

    preparation_uid: str
    location_uid: str
    output_quantity: int | None = None
    """µL; all the liquid that went in when None."""
    loss_reason: str = ""
    checked_by_uid: str | None = None
    """The second person who checked it and signs; an entrance sets it once that person has proved who it is."""
    checked_way: SignOnWay = SignOnWay.PASSWORD
    """How that person proved it."""
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
    CheckMissing, CheckerMayNot, NotForSeveralPatients, TookTooLong, OutputTooLarge, LossNeedsReason,
    InvalidValue, NotAShelf, LocationClosed, LotRecalled, ContainerClosed, a Stopped for each other rule,
    OverrideForbidden, SecondPersonMissing, SecondPersonMayNot, AuthorisationAsked, OutsideAuthorisation.
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
    began_it = work.actor.person_id == draft.started_by_id
    require_authorised(work, "compound", answer=command.override, was_asked=began_it)
    _check_complete(draft)
    place = shelves_by_uid(work.connection, work.clinic_id, [command.location_uid])[command.location_uid]
    checked_by_id = _checker(work, draft, command)
    seen = seen_by_each(
        work.connection,
        work.clinic_id,
        draft,
        [(each.lot_id, each.location_id) for each in draft.ingredients],
    )
    _check_sharing(draft, seen[0])
    agreed = agreement(work, command.override)
    overridden = _judge(work, draft, seen, command.override, agreed)
    cocktail = Cocktail(
        preparation_id=draft.preparation_id,
        preparation_uid=draft.uid,
        product_id=draft.product_id,
        number=draft.lot_number(work.now),
        beyond_use_at=_limit(work, draft, seen[0], place.storage_class),
        lies_cold=place.storage_class in COLD,
        location_id=place.id,
        poured=tuple(each.poured for each in draft.ingredients),
        came_out=draft.came_out(command.output_quantity, loss_reason=command.loss_reason),
        occurred_at=work.now,
        reason=command.loss_reason,
        checked_by_id=checked_by_id,
    )
    booked = book_cocktail(work, cocktail)
    _write_deviations(work, draft, booked.posted, overridden, command.override, agreed)
    drawn_from = [seen[0].things[each.lot_id, each.location_id] for each in draft.ingredients]
    note_pouring(work, drawn_from, seen[0].patient)
    return PreparationFinished(
        preparation_uid=draft.uid,
        movement_uid=booked.posted.uid,
        lot_uid=booked.lot_uid,
        lot_number=cocktail.number,
        beyond_use_at=cocktail.beyond_use_at,
        output_quantity=cocktail.came_out.output_quantity,
        loss_quantity=cocktail.came_out.loss_quantity,
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
        portions = compounding.unrounded(recipe, draft.wanted_quantity)
        compounding.check_complete(recipe, portions, draft.drawn)


def _checker(work: Work, draft: OpenPreparation, command: FinishPreparation) -> int | None:
    """Who checked it: somebody who may prepare, and neither began nor finishes it nor put anything into it; the
    signature says so.
    """
    if command.checked_by_uid is None:
        if settings_of(work.connection, work.clinic_id).second_check_of_cocktails:
            raise CheckMissing(short_code=draft.short_code)
        return None
    checker = second_person(work, command.checked_by_uid, way=command.checked_way)
    assert checker is not None
    put_in = {each.added_by_uid for each in draft.ingredients}
    is_other = checker.is_another and checker.person_id != draft.started_by_id and checker.uid not in put_in
    if not is_other or Action.PREPARE not in checker.actions:
        raise CheckerMayNot(short_code=draft.short_code)
    require_authorised(work, "check", answer=command.override, person_id=checker.person_id)
    work.payload["checked_by"] = checker.uid
    return checker.person_id


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
    """Judge each ingredient as it is now; what was overridden for it when it was added still is, by what was known."""
    upon = frozenset[str]().union(*(each.upon for each in draft.ingredients))
    patients = [each.patient for each in seen]
    views = ((each.patient, tuple(each.things.values())) for each in seen)
    zone, technique = draft.zone, draft.technique
    broken = broken_by_mixture(views, draft.places, now=work.now, zone=zone, technique=technique)
    if len(seen[0].things) > 1:
        inside = seen[0].things.values()
        broken += mixed_against(work.connection, work.clinic_id, inside, accepted=draft.accepted)
    fresh = [
        each
        for each in broken
        if not taken_upon(work, [each], patients, zone=zone, technique=technique) <= upon
    ]
    asking = still_asked(
        work, fresh, lambda: named_sessions(work.connection, work.clinic_id, draft.preparation_id)
    )
    by_place: dict[tuple[int, int], list[Broken]] = {}
    for each in asking.broken:
        by_place.setdefault((each.thing.lot_id, each.thing.location_id), []).append(each)
    for of_place in by_place.values():
        judge(of_place, override=override, actions=work.actions, agreement=agreed)
    write_cautions(work, asking, override)
    return tuple(Broke(rule=each.rule, lot_id=each.thing.lot_id) for each in asking.broken)


def _limit(work: Work, draft: OpenPreparation, seen: SeenBy, storage_class: str | None) -> datetime:
    """Its limit where it is put; while it is made it lies in no fridge."""
    own_limit = draft.started_at + timedelta(minutes=draft.minutes)
    if work.now >= own_limit:
        raise TookTooLong(short_code=draft.short_code, beyond_use_at=own_limit)
    parents = [thing.limit(draft.zone) for thing in seen.things.values()]
    return mixture_limit(parents, draft.started_at, draft.minutes_in(storage_class))


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
