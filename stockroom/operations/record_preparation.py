"""How is a cocktail written down that was made and never booked?  Never refused for a rule: it has happened."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam

from stockroom.actor import Actor
from stockroom.clock import civil_date
from stockroom.db.built_once import adding, adding_one
from stockroom.db.identifiers import new_uid
from stockroom.db.store import Store
from stockroom.db.transaction import Work
from stockroom.errors import InvalidValue
from stockroom.ledger import allocations
from stockroom.ledger.acts import Act, perform
from stockroom.ledger.cocktails import Cocktail, CocktailBooked, book_cocktail, note_pouring
from stockroom.ledger.deviations import Broke, write_broken
from stockroom.ledger.lost_promises import lose_beyond
from stockroom.ledger.post import OccursInFuture
from stockroom.ledger.prepared_products import ad_hoc_locks, ad_hoc_product_id
from stockroom.models import (
    Preparation,
    PreparationIngredient,
    PreparationSession,
    RecipeVersion,
    TreatmentSession,
)
from stockroom.reads.asked_things import Asked, read_asked
from stockroom.reads.beginnings import broken_by_dating
from stockroom.reads.candidacies import candidacy
from stockroom.reads.finding import many_by_uid, one_by_uid
from stockroom.reads.incompatibilities import mixed_against
from stockroom.reads.late_ingredients import drawn_late, whole_taken
from stockroom.reads.lateness import broken_by_lateness
from stockroom.reads.lives import life_here
from stockroom.reads.locations import shelves_by_uid
from stockroom.reads.missing_goods import not_in_the_books
from stockroom.reads.preparations import (
    BEGUN_BEFORE,
    OpenPreparation,
    SeenBy,
    open_preparation,
    seen_by_each,
)
from stockroom.reads.recipes import formula
from stockroom.reads.short_codes import free_short_code, taken_codes
from stockroom.reads.things_then import Place, things_then
from stockroom.reads.vial_slack import allowed, slack_of
from stockroom.rules import compounding
from stockroom.rules.expiry import COLD, mixture_limit
from stockroom.rules.lives import Life, NoBeyondUseRule
from stockroom.rules.mixing import broken_by_mixture
from stockroom.rules.pooling import pooled
from stockroom.rules.usability import Thing
from stockroom.rules.using import ThingName, check_name
from stockroom.units import QUANTITY_MAX
from stockroom.vocabulary import Action, IdentifiedBy, PreparationState, Rule

INGREDIENTS_MAX = 200
_TAKEN_CODES = taken_codes(Preparation.short_code, Preparation.clinic_id == bindparam("clinic"))


@dataclass(frozen=True, kw_only=True)
class PouredIn:
    """What went into it, from one lot or opened container."""

    thing: ThingName
    quantity: int
    """Base units."""
    identified_by: IdentifiedBy | None = None
    """By the scan's scheme when None, else by hand."""


@dataclass(frozen=True, kw_only=True)
class RecordPreparation:
    """What was made, from what, for whom, when, and why it is written down only now."""

    ingredients: tuple[PouredIn, ...]
    location_uid: str
    """Where it lay when it was made."""
    occurred_at: datetime
    reason: str
    output_quantity: int | None = None
    """µL; all the liquid that went in when None."""
    recipe_version_uid: str | None = None
    """The version by which it was made, approved then or not; ad hoc when None."""
    dose_count: int = 1
    session_uids: tuple[str, ...] = ()
    overfill_reason: str = ""
    """Why more came out of a vial than its label and its usual overfill explain."""


@dataclass(frozen=True, kw_only=True)
class PreparationRecorded:
    """The cocktail's own lot, by which its use can be recorded, and what making it broke."""

    preparation_uid: str
    short_code: str
    movement_uid: str
    lot_uid: str
    lot_number: str
    beyond_use_at: datetime
    output_quantity: int
    loss_quantity: int
    deviations: tuple[str, ...]
    """Uids, each to be signed by a second person."""
    rules: tuple[str, ...]
    lost_allocation_uids: tuple[str, ...]


def record_preparation(
    store: Store, command: RecordPreparation, *, actor: Actor, key: str, now: datetime
) -> PreparationRecorded:
    """Book a cocktail that was made already, begun and finished at `occurred_at`.

    It is judged by what was true when it was made (`reads.things_then`), and never refused for expiry, limit,
    hold, recall, allergy, sharing, leftovers put together, a closed period or the window: each broken rule becomes
    a deviation, an alert is raised, and promises that no longer fit are lost.  What a vial gave beyond the books is
    its overfill, beyond what is usual with a reason.  What differs from the recipe is written down as it was.  A
    draft of it that still stands is abandoned by itself.
    Raises InvalidValue without a reason or for an impossible line, OccursInFuture, ThingNotFound for an
    unknown lot, session or version, LotNotNamed, ScanUnreadable, ScanInDoubt, ScanNamesNothing, OpenItFirst
    (L13), NotAShelf, LocationClosed, NotInTheBooks (L4), also where nobody says why a vial gave so much, and
    OutputTooLarge when more came out than went in.
    """
    _check(command)
    today = civil_date(now, "UTC")
    asked = tuple(read_asked(each.thing, today=today) for each in command.ingredients)
    return perform(
        store,
        Act(
            kind="preparation.record",
            action=Action.RECORD_LATE,
            also_locks=ad_hoc_locks(store) if command.recipe_version_uid is None else (),
        ),
        command=command,
        body=lambda work: _record(work, command, asked),
        answer=PreparationRecorded,
        actor=actor,
        key=key,
        now=now,
    )


def _check(command: RecordPreparation) -> None:
    if not command.reason.strip():
        raise InvalidValue(field="reason", problem="write why it is recorded only now")
    if not 0 < len(command.ingredients) <= INGREDIENTS_MAX:
        raise InvalidValue(field="ingredients", problem=f"give 1 to {INGREDIENTS_MAX} things that went in")
    for n, each in enumerate(command.ingredients):
        check_name(each.thing, f"ingredients[{n}].thing")
        if each.thing.product_uid is not None:
            raise InvalidValue(
                field=f"ingredients[{n}]", problem="name the lot or container; we cannot pick it"
            )
        if not 0 < each.quantity <= QUANTITY_MAX:
            raise InvalidValue(field=f"ingredients[{n}].quantity", problem="more than zero base units")
    if command.output_quantity is not None and not 0 < command.output_quantity <= QUANTITY_MAX:
        raise InvalidValue(field="output_quantity", problem="more than zero µL")
    if command.dose_count <= 0:
        raise InvalidValue(field="dose_count", problem="one dose or more")


def _record(work: Work, command: RecordPreparation, asked: tuple[Asked, ...]) -> PreparationRecorded:
    if command.occurred_at > work.now:
        raise OccursInFuture(occurred_at=command.occurred_at)
    place = shelves_by_uid(work.connection, work.clinic_id, [command.location_uid])[command.location_uid]
    drawn_from = drawn_late(
        work.connection,
        work.clinic_id,
        [(each, one.quantity) for one, each in zip(command.ingredients, asked, strict=True)],
        at=command.occurred_at,
    )
    kept, lost = _make_room(work, command, asked, drawn_from)
    uid = _begin(work, command)
    draft = open_preparation(work.connection, work.clinic_id, uid)
    _pour(work, command, asked, drawn_from, kept, draft)
    draft = open_preparation(work.connection, work.clinic_id, uid)
    places = [(each.lot_id, each.location_id) for each in draft.ingredients]
    seen = seen_by_each(work.connection, work.clinic_id, draft, places)
    booked, cocktail = _book(work, command, draft, seen[0], place)
    note_pouring(work, [seen[0].things[each] for each in places], seen[0].patient)
    broke = _broke(work, command, draft, seen)
    posted = booked.posted
    deviations = write_broken(
        work, posted.movement_id, posted.uid, broke, reason=command.reason, preparation=uid
    )
    work.payload.update(sessions=sorted(command.session_uids), lost_allocations=lost)
    return PreparationRecorded(
        preparation_uid=uid,
        short_code=draft.short_code,
        movement_uid=posted.uid,
        lot_uid=booked.lot_uid,
        lot_number=cocktail.number,
        beyond_use_at=cocktail.beyond_use_at,
        output_quantity=cocktail.came_out.output_quantity,
        loss_quantity=cocktail.came_out.loss_quantity,
        deviations=deviations,
        rules=tuple(dict.fromkeys(each.rule.value for each in broke)),
        lost_allocation_uids=lost,
    )


def _make_room(
    work: Work, command: RecordPreparation, asked: tuple[Asked, ...], things: tuple[Thing, ...]
) -> tuple[tuple[int, ...], tuple[str, ...]]:
    """See that it was there (L4), and end as lost the promises for which nothing is left.

    Gives what each ingredient takes of the books, which is less than went in where a vial gave its overfill, and the
    uids of what is lost.
    """
    left = {(each.lot_id, each.location_id): each.quantity for each in things}
    slack = slack_of(work.connection, work.clinic_id, _gave_more(command, things), also_ended=True)
    beyond = allowed(slack, with_reason=bool(command.overfill_reason.strip()))
    kept: list[int] = []
    for one, each, thing in zip(command.ingredients, asked, things, strict=True):
        place, wanted = (thing.lot_id, thing.location_id), whole_taken(thing, one.quantity)
        overfill = min(max(0, wanted - left[place]), beyond.get(thing.location_id, 0))
        if wanted - overfill > left[place] or overfill == wanted:
            raise not_in_the_books(work.connection, work.clinic_id, each, used=one.quantity, thing=thing)
        kept.append(wanted - overfill)
        left[place] -= wanted - overfill
        if overfill:
            beyond[thing.location_id] -= overfill
    return tuple(kept), lose_beyond(work, left, cause="late_preparation")


def _gave_more(command: RecordPreparation, things: tuple[Thing, ...]) -> list[Thing]:
    """Of what more went in than the books have there."""
    taken: dict[int, int] = {}
    for one, thing in zip(command.ingredients, things, strict=True):
        taken[thing.location_id] = taken.get(thing.location_id, 0) + one.quantity
    return [each for each in things if taken[each.location_id] > each.quantity]


def _begin(work: Work, command: RecordPreparation) -> str:
    """Insert the draft as it began then, with its sessions, whatever became of them; give its uid."""
    sessions = many_by_uid(
        work.connection, TreatmentSession, command.session_uids, thing="session", clinic_id=work.clinic_id
    )
    version_id, product_id, minutes = None, None, None
    if command.recipe_version_uid is not None:
        version = one_by_uid(work.connection, RecipeVersion, command.recipe_version_uid, thing="recipe")
        version_id, product_id = version.id, formula(work.connection, version.id).product_id
        minutes = version.beyond_use_minutes
        work.payload["recipe_version"] = version.uid
    uid = new_uid(work.now)
    life = Life(minutes=BEGUN_BEFORE, rule="")
    with suppress(NoBeyondUseRule):  # a fact is never refused
        life = life_here(work.connection, work.clinic_id, minutes, version_id=version_id)
    preparation_id = work.connection.execute(
        adding_one(Preparation),
        {
            "uid": uid,
            "clinic_id": work.clinic_id,
            "recipe_version_id": version_id,
            "product_id": product_id or ad_hoc_product_id(work),
            "reason": command.reason,
            "state": PreparationState.DRAFT,
            "short_code": free_short_code(work.connection, _TAKEN_CODES, clinic=work.clinic_id),
            "dose_count": command.dose_count,
            "started_at": command.occurred_at,
            "started_by_id": work.actor.person_id,
            "life_minutes": life.minutes,
            "life_minutes_refrigerated": life.refrigerated_minutes,
            "life_rule": life.rule,
        },
    ).scalar_one()
    named = [
        {"clinic_id": work.clinic_id, "preparation_id": preparation_id, "session_id": row.id}
        for row in sessions.values()
    ]
    if named:
        work.connection.execute(adding(PreparationSession), named)
    return uid


def _pour(
    work: Work,
    command: RecordPreparation,
    asked: tuple[Asked, ...],
    things: tuple[Thing, ...],
    kept: tuple[int, ...],
    draft: OpenPreparation,
) -> None:
    """Write each ingredient with the promise that it uses up."""
    components = _components(work, command, things, draft)
    for n, (one, each, thing) in enumerate(zip(command.ingredients, asked, things, strict=True), start=1):
        promised = allocations.allocate(
            work,
            allocations.Promise(
                lot_id=thing.lot_id,
                lot_number=thing.lot_number,
                location_id=thing.location_id,
                quantity=kept[n - 1],
                preparation_id=draft.preparation_id,
            ),
        )
        work.connection.execute(
            adding(PreparationIngredient),
            {
                "uid": new_uid(work.now),
                "clinic_id": work.clinic_id,
                "preparation_id": draft.preparation_id,
                "n": n,
                "component_n": components[n - 1],
                "lot_id": thing.lot_id,
                "location_id": thing.location_id,
                "quantity": one.quantity,
                "allocation_id": promised.allocation_id,
                "identified_by": one.identified_by or each.identified_by,
                "raw_scan": one.thing.scan,
                "serial": None if thing.is_opened else each.unit.get("serial"),
                "overrides": "",
            },
        )


def _components(
    work: Work, command: RecordPreparation, things: tuple[Thing, ...], draft: OpenPreparation
) -> list[int | None]:
    """Which component of the recipe each ingredient served; None for what it does not ask for."""
    if draft.formula is None:
        return [None] * len(things)
    recipe, drawn = draft.formula.recipe, dict[int, int]()
    served: list[int | None] = []
    for one, thing in zip(command.ingredients, things, strict=True):
        try:
            portions = compounding.scale(recipe, draft.wanted_quantity, {})
            product = candidacy(work.connection, thing.product_id).candidate
            n = compounding.match_component(recipe, portions, drawn, product).component.n
        except (compounding.WrongProduct, compounding.IngredientComplete, compounding.DoseTooSmall):
            served.append(None)
            continue
        drawn[n] = drawn.get(n, 0) + one.quantity
        served.append(n)
    return served


def _book(
    work: Work, command: RecordPreparation, draft: OpenPreparation, seen: SeenBy, place: Row[Any]
) -> tuple[CocktailBooked, Cocktail]:
    parents = [thing.limit(draft.zone) for thing in seen.things.values()]  # as they are now (L11)
    cocktail = Cocktail(
        preparation_id=draft.preparation_id,
        preparation_uid=draft.uid,
        product_id=draft.product_id,
        number=draft.lot_number(command.occurred_at),
        beyond_use_at=mixture_limit(parents, command.occurred_at, draft.minutes_in(place.storage_class)),
        location_id=place.id,
        lies_cold=place.storage_class in COLD,
        poured=tuple(each.poured for each in draft.ingredients),
        came_out=draft.came_out(command.output_quantity, loss_reason=command.reason),
        occurred_at=command.occurred_at,
        reason="; ".join(filter(None, (command.reason, command.overfill_reason.strip()))),
        has_happened=True,
    )
    return book_cocktail(work, cocktail), cocktail


def _broke(
    work: Work, command: RecordPreparation, draft: OpenPreparation, seen: Sequence[SeenBy]
) -> tuple[Broke, ...]:
    """What making it broke, for whoever got it; a single dose shared by several was somebody else's."""
    views = ((each.patient, tuple(_then(work, command, draft, each).values())) for each in seen)
    broken = broken_by_mixture(
        views, draft.places, now=command.occurred_at, zone=draft.zone, technique=draft.technique
    )
    broke = [Broke(rule=each.rule, lot_id=each.thing.lot_id) for each in broken]
    for thing in seen[0].things.values():
        try:
            compounding.check_patients(
                thing.container_type, draft.sharers, lot_number=thing.lot_number, product=thing.product_name
            )
        except compounding.NotForSeveralPatients:
            broke.append(Broke(rule=Rule.OTHER_PATIENT, lot_id=thing.lot_id))
    for rule in broken_by_lateness(work.connection, work.clinic_id, command.occurred_at, now=work.now):
        broke += [Broke(rule=rule, lot_id=each.lot_id) for each in draft.ingredients]
    poured = seen[0].things.values()
    broke += [Broke(rule=Rule.LEFTOVERS_POOLED, lot_id=each.lot_id) for each in pooled(poured)]
    against = mixed_against(work.connection, work.clinic_id, poured, accepted=draft.accepted)
    broke += [Broke(rule=each.rule, lot_id=each.thing.lot_id) for each in against]
    dated = broken_by_dating(work.connection, work.clinic_id, poured, at=command.occurred_at)
    broke += [Broke(rule=rule, lot_id=lot_id) for rule, lot_id in dated]
    return tuple(dict.fromkeys(broke))


def _then(work: Work, command: RecordPreparation, draft: OpenPreparation, seen: SeenBy) -> dict[Place, Thing]:
    """The ingredients as this patient would have got them when it was made."""
    return things_then(
        work.connection, work.clinic_id, seen.things.values(), at=command.occurred_at, zone=draft.zone
    )
